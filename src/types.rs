//! What crosses the wire: plain data with serde, compiled for the program and for the page.
//!
//! Nothing here does input or output. To add a noun, add a file and list it below.

pub mod chat;
pub mod coach;
pub mod error;
pub mod event;
pub mod feed;
pub mod help;
pub mod ids;
pub mod lang;
pub mod models;
pub mod moment;
pub mod page;
pub mod profile;
pub mod run;
pub mod time_zone;
