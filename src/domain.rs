//! Rules of the squad: no HTTP, no SQL, no page.
//!
//! [`chat`] starts, stops and repeats turns · [`routing`] decides who answers by words, [`classify`] by a model, [`handover`] shows it ·
//! [`prompts`] says what a model is told · [`answers`] when none is asked · [`models`] which one is asked · [`pricing`] what it cost · [`runs`] how it went · [`profile`] what is known of the artist · [`ports`] are the
//! traits behind which providers and clocks stand.

pub mod answers;
pub mod chat;
pub mod classify;
pub mod handover;
pub mod limits;
pub mod models;
pub mod ports;
pub mod pricing;
pub mod profile;
pub mod prompts;
pub mod routing;
pub mod runs;
