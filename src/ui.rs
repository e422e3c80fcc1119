//! The page. `ui → api → services`; nothing here knows the database.
//!
//! `pages` has one file per page, `address` the way between them, `chat` the parts of the chat page, `kit` the dumb parts
//! they share, `extras` what is loaded when it is wanted, `runs` the page of runs, which only the program draws, `texts`
//! every word in both languages, `boot` the scripts in the document, `hooks` what reaches into the browser. What needs a
//! different half in the program and in the browser is in `platform`.

pub mod address;
pub mod app;
pub mod boot;
pub mod chat;
pub mod extras;
pub mod hooks;
pub mod kit;
pub mod pages;
pub mod platform;
pub mod runs;
pub mod squad;
pub mod texts;
