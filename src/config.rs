//! Settings: one struct per concern; every error names what has to be corrected.

pub mod models;
pub mod settings;
