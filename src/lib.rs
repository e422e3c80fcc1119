//! Marty's Squad.
#[cfg(feature = "ssr")]
pub mod coaches;
#[cfg(feature = "ssr")]
pub mod domain;
pub mod types;
