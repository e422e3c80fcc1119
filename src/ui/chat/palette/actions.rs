//! What an entry of the palette does, when it makes sense, and what it is called.

use super::{Action, Choice, Palette};
use crate::{
    types::{chat::ConversationStatus, ids::ConversationId, page::Theme},
    ui::{
        chat::{
            row::{RENAME_FIELD, export_href},
            search,
            sheets::Sheet,
            sidebar::{SIDEBAR, SWITCH},
            state::{
                Chat,
                branches::{can_be_edited, last_question},
            },
        },
        hooks::{
            focus, frame,
            keyboard::{find, focus_soon},
            media,
        },
        kit::PresenceState,
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

/// The actions that make sense now.
pub(super) fn sensible(chat: Chat) -> Vec<Action> {
    let open = chat.conversation.read();
    let open = open.as_ref().filter(|_| !chat.gone.get());
    let status = open.map(|open| open.status);
    let entries = chat.entries.read();
    let editable = || last_question(&entries).is_some_and(|last| can_be_edited(&last.wait.read()));
    let there = |yes: bool, action| yes.then_some(action);
    let network = chat.presence.get() != PresenceState::Offline;
    [
        there(chat.current.read().is_some() && !chat.stopping.get(), Action::Stop),
        there(
            status.is_some() || chat.gone.get() || !entries.is_empty(),
            Action::NewChat,
        ),
        there(chat.away.get() && !entries.is_empty(), Action::Latest),
        there(chat.editing.of.read().is_none() && editable(), Action::Edit),
        there(open.is_some_and(|open| chat.is_listed(open)), Action::Rename),
        open.map(|open| Action::Pin(!open.pinned)),
        there(status == Some(ConversationStatus::Active), Action::Archive(true)),
        there(status == Some(ConversationStatus::Archived), Action::Archive(false)),
        there(status.is_some() && network, Action::Export("markdown")),
        there(status.is_some() && network, Action::Export("json")),
        there(status.is_some(), Action::Delete),
        there(!chat.list.read().is_empty(), Action::ShowArchived),
        Some(Action::Theme),
        there(network, Action::Language),
        Some(Action::Settings),
        Some(Action::About),
        there(!media::touch(), Action::Keys),
        there(network && !chat.list.read().is_empty(), Action::Runs),
    ]
    .into_iter()
    .flatten()
    .collect()
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

/// Something with the open conversation.
pub fn act(chat: Chat, id: ConversationId, action: Action) {
    match action {
        Action::Rename => {
            search::end(chat);
            chat.renaming.set(Some(id));
            frame::next_frame(|| focus::focus_in_list(SIDEBAR, RENAME_FIELD));
        }
        Action::Pin(pinned) => chat.pin(id, pinned),
        Action::Archive(archived) => chat.archive(id, archived),
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
