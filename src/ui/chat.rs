//! The parts of the chat page, drawn from values and signals; what they do comes in as callbacks.
//!
//! `frame` puts the page together from its slots: `sidebar`, `header` (with `picker` and `menu`), `banner`, then
//! `empty` or the thread of `message`s (with `typing`, `handoff`, `error_card`, `versions`, `feedback`, `edit`), and `composer_view`. What moves is in
//! `state`; `thread`, `answer` and `composer` tie it to the parts.

pub mod about;
pub mod answer;
pub mod banner;
pub mod composer;
pub mod composer_view;
pub mod edit;
pub mod empty;
pub mod erase;
pub mod error_card;
pub mod facts;
pub mod feedback;
pub mod frame;
pub mod gone;
pub mod handoff;
pub mod header;
pub mod list;
pub mod menu;
pub mod message;
pub mod palette;
pub mod picker;
pub mod row;
pub mod search;
pub mod settings;
pub mod sheets;
pub mod shortcuts;
pub mod sidebar;
pub mod state;
pub mod thread;
pub mod typing;
pub mod versions;
pub mod words_field;
