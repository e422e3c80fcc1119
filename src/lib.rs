//! Marty's Squad: six AI coaches for independent musicians, in a chat that loses nothing.
//!
//! The map, from the wire inwards; what stands below the line is compiled into the program only:
//! `types` (what crosses the wire) · `wire` (how) · `markdown` (the one renderer) · `api` (server functions) · `ui` (the page) ·
//! `server` (HTTP) · `domain` (rules) · `engine` (durable generation) · `store` (SQL) · `cache` (what may be lost) · `providers` (models) ·
//! `coaches` (the squad's files) · `telemetry` (figures, log, traces) · `config` · `cli`.
#![recursion_limit = "256"]

pub mod api;
pub mod markdown;
pub mod types;
pub mod ui;
pub mod wire;

#[cfg(feature = "ssr")]
pub mod cache;
#[cfg(feature = "ssr")]
pub mod cli;
#[cfg(feature = "ssr")]
pub mod coaches;
#[cfg(feature = "ssr")]
pub mod config;
#[cfg(feature = "ssr")]
pub mod domain;
#[cfg(feature = "ssr")]
pub mod engine;
#[cfg(feature = "ssr")]
pub mod providers;
#[cfg(feature = "ssr")]
pub mod server;
#[cfg(feature = "ssr")]
pub mod store;
#[cfg(feature = "ssr")]
pub mod telemetry;

#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    // the release build has neither places nor names to tell
    #[cfg(debug_assertions)]
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_body(ui::app::App);
}
