//! Marty's Squad.
pub mod types;
