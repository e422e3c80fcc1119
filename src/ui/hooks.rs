//! The browser: everything that touches web-sys and is not an element of a component.
//!
//! All of it compiles for both targets and runs in the browser only: from effects, event handlers and tasks, which the
//! server never runs. What belongs to the tab (its socket, its scroll box) lives in thread-locals of these modules,
//! because a tab has one of each and its handles cannot leave the browser's thread.

pub mod clipboard;
pub mod drag;
pub mod feed;
pub mod focus;
pub mod found;
pub mod frame;
pub mod keyboard;
pub mod media;
pub mod scroll;
pub mod storage;
