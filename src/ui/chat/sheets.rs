//! What opens above the page as a dialog, a sheet on a phone: at most one. Its code is among the extras.
//!
//! To add one, add a variant to [`Sheet`], its view to [`draw`], and what opens it: `chat.sheet.set(Some(…))`.

use super::{palette::palette, shortcuts::shortcuts, state::Chat};
use crate::ui::{
    kit::{Changing, changing},
    platform,
};
use leptos::prelude::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sheet {
    Shortcuts,
    Palette,
}

/// Where the open one stands in the page.
pub fn place(chat: Chat) -> Changing<Option<AnyView>> {
    changing(move || {
        let sheet = chat.sheet.get()?;
        Some((platform::extras()?.sheet)(chat, sheet))
    })
}

pub fn draw(chat: Chat, sheet: Sheet) -> AnyView {
    match sheet {
        Sheet::Shortcuts => shortcuts(chat),
        Sheet::Palette => palette(chat),
    }
}
