//! One file per route.

pub mod chat;
pub mod landing;
pub mod not_found;
