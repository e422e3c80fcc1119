//! The JSON API, a file per noun.

pub mod chat;
pub mod coaches;
pub mod conversations;
pub mod export;
pub mod health;
pub mod messages;
pub mod stats;
pub mod workflows;
