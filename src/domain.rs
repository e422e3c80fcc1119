//! Rules of the squad: no HTTP, no SQL, no page.

pub mod ports;
pub mod routing;
