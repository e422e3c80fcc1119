//! What an entry of the palette does, what it is called and what it is known by.

use super::{Action, Choice, Palette};
use crate::{
    types::{ids::ConversationId, page::Theme},
    ui::{
        chat::{
            row::{RENAME_FIELD, export_href},
            search,
            sheets::Sheet,
            sidebar::{SIDEBAR, SWITCH},
            state::Chat,
        },
        hooks::{
            focus, frame,
            keyboard::{find, focus_soon},
            media,
        },
        kit::Icon,
        texts::{Texts, sheets::SheetTexts},
    },
};
use leptos::prelude::*;
use wasm_bindgen::JsCast;

impl Palette {
    /// Does what was chosen.
    pub(super) fn run(self, choice: Choice) {
        let chat = self.chat;
        let write = || {
            if !media::touch() {
                focus_soon("[data-testid=composer]".to_owned());
            }
        };
        match choice {
            Choice::Conversation {
                known,
                message,
                snippet,
                ..
            } => {
                chat.open_at(known.id, message, &snippet);
                write();
            }
            Choice::Continue { id, .. } => {
                chat.go_to(Some(id), false);
                write();
            }
            Choice::Talk(coach) => {
                chat.open_new();
                chat.go_to(None, false);
                chat.picked.set(Some(coach));
                write();
            }
            Choice::Do(action) => match action {
                Action::NewChat => {
                    chat.start_new();
                    write();
                }
                Action::Stop => chat.stop(),
                Action::Latest => chat.latest(),
                Action::Edit => drop(chat.edit_last(true)),
                Action::Rename | Action::Pin(_) | Action::Archive(_) | Action::Delete | Action::Export(_) => {
                    chat.open_id().into_iter().for_each(|id| act(chat, id, action));
                }
                Action::ShowArchived => show_archived(chat),
                Action::Theme => press("[data-testid=theme-toggle]"),
                Action::Language => press("[data-testid=lang-toggle]"),
                Action::Settings => chat.sheet.set(Some(Sheet::Settings)),
                Action::About => chat.sheet.set(Some(Sheet::About)),
                Action::Keys => chat.sheet.set(Some(Sheet::Shortcuts)),
                Action::Runs => drop(window().location().set_href("/runs")),
            },
        }
    }
}

pub(super) fn action_words(
    (texts, sheet_texts): (&'static Texts, &'static SheetTexts),
    theme: Theme,
    action: Action,
) -> &'static str {
    match action {
        Action::NewChat => texts.new_chat,
        Action::Stop => texts.stop,
        Action::Latest => texts.latest,
        Action::Edit => sheet_texts.key_edit,
        Action::Rename => texts.rename_this,
        Action::Pin(true) => sheet_texts.action_pin,
        Action::Pin(false) => sheet_texts.action_unpin,
        Action::Delete => texts.delete_this,
        Action::Archive(true) => sheet_texts.action_archive,
        Action::Archive(false) => sheet_texts.action_unarchive,
        Action::ShowArchived => sheet_texts.action_archived,
        Action::Export(_) => sheet_texts.action_export,
        Action::Theme if theme == Theme::Dark => sheet_texts.action_light,
        Action::Theme => sheet_texts.action_dark,
        Action::Language => texts.switch_language,
        Action::Settings => texts.chat_settings,
        Action::About => texts.about_me,
        Action::Keys => texts.keyboard,
        Action::Runs => sheet_texts.action_runs,
    }
}

/// What an action is known by: its icon, and the keys that do it too.
pub(super) fn sign(action: Action, theme: Theme, texts: &'static Texts) -> (Icon, &'static str) {
    match action {
        Action::NewChat => (Icon::Compose, texts.new_chat_keys),
        Action::Stop => (Icon::Square, "Esc"),
        Action::Latest => (Icon::ArrowDown, ""),
        Action::Edit => (Icon::Pencil, "↑"),
        Action::Rename => (Icon::Pencil, ""),
        Action::Pin(_) => (Icon::Pin, ""),
        Action::Archive(_) | Action::ShowArchived => (Icon::Archive, ""),
        Action::Delete => (Icon::Trash, ""),
        Action::Export("json") => (Icon::Braces, ""),
        Action::Export(_) => (Icon::Download, ""),
        Action::Theme if theme == Theme::Dark => (Icon::Sun, ""),
        Action::Theme => (Icon::Moon, ""),
        Action::Language => (Icon::Languages, ""),
        Action::Settings => (Icon::Sliders, ""),
        Action::About => (Icon::Person, ""),
        Action::Keys => (Icon::Keyboard, "?"),
        Action::Runs => (Icon::Clock, ""),
    }
}

/// Something with the open conversation.
pub fn act(chat: Chat, id: ConversationId, action: Action) {
    match action {
        Action::Rename => {
            search::end(chat);
            chat.renaming.set(Some(id));
            frame::next_frame(|| focus::focus_in_list(SIDEBAR, RENAME_FIELD));
        }
        Action::Pin(pinned) => chat.pin(id, pinned),
        Action::Archive(archived) => {
            chat.archive(id, archived);
            chat.focus_composer();
        }
        Action::Delete => chat.delete(id, Box::new(|| focus_soon("[data-testid=composer]".to_owned()))),
        Action::Export(format) => export(id, format),
        _ => {}
    }
}

/// The list of the archived ones, in the column or in the sheet; a search gives way to it.
fn show_archived(chat: Chat) {
    search::end(chat);
    chat.show_archived(true);
    frame::next_frame(|| focus::focus_in_list(SIDEBAR, SWITCH));
}

/// Downloads the conversation.
fn export(id: ConversationId, format: &str) {
    let link = document().create_element("a");
    if let Some(link) = link.ok().and_then(|link| link.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = link.set_attribute("href", &export_href(id, format));
        let _ = link.set_attribute("download", "");
        link.click();
    }
}

/// Presses a button of the menu, which knows how.
fn press(selector: &str) {
    if let Some(button) = find(selector) {
        button.click();
    }
}
