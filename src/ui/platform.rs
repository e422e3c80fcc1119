//! What has two halves: one in the program while it draws the HTML (`platform/program.rs`), one in the browser
//! (`platform/browser.rs`). Add a function to both; one that only event handlers, effects and tasks call has no half in the
//! program and belongs to [`hooks`](super::hooks).

#[cfg(not(feature = "ssr"))]
mod browser;
#[cfg(feature = "ssr")]
mod program;

use crate::types::page::Theme;
#[cfg(not(feature = "ssr"))]
pub use browser::*;
#[cfg(feature = "ssr")]
pub use program::*;

/// What a phone's browser paints its own bars with: the backdrop's upper end.
pub const fn theme_colour(theme: Theme) -> &'static str {
    match theme {
        Theme::Dark => "#34146b",
        Theme::Light => "#dccbfa",
    }
}
