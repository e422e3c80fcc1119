//! The page. `ui → api → services`; nothing here knows the database.

pub mod app;
