//! One conversation of the list: its link, its menu, its new title.
//!
//! To add an action, add a button of the class `menu-entry` to [`menu`].

use super::{sidebar::SIDEBAR, state::Chat};
use crate::{
    types::{
        chat::{Conversation, ConversationStatus},
        coach::CoachId,
        ids::ConversationId,
    },
    ui::{
        hooks::{focus, keyboard::focus_soon},
        kit::{Icon, IconButton, Popover, PresenceState, changing, effect, icon, spinner},
        platform,
        squad::coach_style,
        texts::{sheets::sheet_texts, use_texts},
    },
};
use leptos::{ev, html, prelude::*};
use std::{collections::HashMap, sync::Arc};
use wasm_bindgen::JsCast;

const MENU: &str = "conversation-actions";
pub const RENAME_FIELD: &str = "rename-field";
const MENU_BUTTON: &str = "[data-testid=conversation-menu]";

/// What the rows of a list share: at most one menu is open.
#[derive(Clone, Copy)]
pub struct ListState {
    by_id: Memo<HashMap<ConversationId, Arc<Conversation>>>,
    chat: Chat,
    menu: RwSignal<Option<ConversationId>>,
}

impl ListState {
    pub fn new(by_id: Memo<HashMap<ConversationId, Arc<Conversation>>>, chat: Chat) -> Self {
        let menu = RwSignal::new(None);
        effect(move || {
            if platform::extras_missed() {
                menu.set(None);
            }
        });
        Self { by_id, chat, menu }
    }
}

#[component]
pub fn Row(id: ConversationId, state: ListState) -> impl IntoView {
    let texts = use_texts();
    let row = Memo::new(move |_| state.by_id.with(|all| all.get(&id).cloned()));
    let title = Memo::new(move |_| row.with(|row| row.as_ref().map(|row| row.title.clone()).unwrap_or_default()));
    let coach = Memo::new(move |_| row.with(|row| row.as_ref().map(|row| row.current_coach.clone())));
    let flag = move |read: fn(&Conversation) -> bool| {
        Memo::new(move |_| row.with(|row| row.as_ref().is_some_and(|row| read(row))))
    };
    let (running, unread) = (flag(|row| row.running), flag(|row| row.unread));
    let is_current = Memo::new(move |_| {
        state
            .chat
            .conversation
            .read()
            .as_ref()
            .is_some_and(|open| open.id == id)
    });
    let menu_open = Memo::new(move |_| state.menu.get() == Some(id));
    let renaming = Memo::new(move |_| state.chat.renaming.get() == Some(id));
    let node = NodeRef::<html::Li>::new();
    let style = move || {
        coach
            .get()
            .map(|coach: CoachId| coach_style(&state.chat.squad.read_value().get(&coach)))
    };
    let sign = move || {
        let sign = if running.get() {
            spinner().into_any()
        } else {
            view! { <i></i> }.into_any()
        };
        view! {
            <span class="row-sign" role=move || running.get().then_some("img") aria-label=move || running.get().then_some(texts.running)>
                {sign}
            </span>
        }
        .into_any()
    };
    let link = move || {
        view! {
            <a
                class="row-link"
                href=format!("/chat/{id}")
                aria-current=move || is_current.get().then_some("page")
                on:click=|_| focus::hide_popover(SIDEBAR)
            >
                {changing(sign)}
                <span class="row-title">{title}</span>
                {move || unread.get().then(|| view! { <span class="row-unread" role="img" aria-label=texts.unread></span> }.into_any())}
            </a>
            <IconButton
                icon=Icon::Dots
                label=move || (texts.conversation_actions)(&title.read())
                testid="conversation-menu"
                class="icon-button-small row-menu"
                on_press=move |()| state.menu.set(Some(id))
            />
        }
    };
    let content = move || {
        if renaming.get() {
            let field = move || platform::extras().map(|extras| (extras.rename)(id, title.get_untracked(), state));
            view! { {changing(sign)} {changing(field)} }.into_any()
        } else {
            link().into_any()
        }
    };
    let menu = move || {
        let extras = menu_open.get().then(platform::extras)??;
        Some((extras.row_menu)(id, state, node))
    };
    view! {
        <li
            node_ref=node
            class="row"
            style=style
            data-testid="conversation"
            data-id=id.to_string()
            data-current=move || is_current.get().to_string()
            data-unread=move || unread.get().to_string()
            data-menu=move || menu_open.get().to_string()
        >
            {changing(content)}
            {changing(menu)}
        </li>
    }
    .into_any()
}

/// Exists only while it is open.
pub fn menu(id: ConversationId, state: ListState, row: NodeRef<html::Li>) -> AnyView {
    let (words, texts) = (use_texts(), sheet_texts(state.chat.lang));
    let node = NodeRef::<html::Div>::new();
    effect(move || {
        if let (Some(menu), Some(row)) = (node.get(), row.get_untracked()) {
            focus::show_popover(MENU);
            focus::place_below(&menu, &row);
        }
    });
    // a row that moves takes its menu away before that can tell that it closed
    let close = move || {
        focus::hide_popover(MENU);
        state.menu.set(None);
    };
    let rename = move |_| {
        close();
        state.chat.renaming.set(Some(id));
    };
    let known = state.by_id.with_untracked(|all| all.get(&id).cloned());
    let title = known.as_ref().map(|known| known.title.clone()).unwrap_or_default();
    let pinned = known.as_ref().is_some_and(|known| known.pinned);
    let archived = known.is_some_and(|known| known.status == ConversationStatus::Archived);
    let pin = move |_| {
        close();
        state.chat.pin(id, !pinned);
        go_on(id, in_row(id, MENU_BUTTON));
    };
    let archive = move |_| {
        close();
        let next = after(id);
        state.chat.archive(id, !archived);
        go_on(id, next);
    };
    let export = move |format: &'static str, glyph: Icon, words: &'static str, testid: &'static str| {
        view! {
            <a
                class="menu-entry"
                href=export_href(id, format)
                download
                data-testid=testid
                on:click=|_| focus::hide_popover(MENU)
            >
                {icon(glyph, 16)}
                <span class="menu-words">{words}</span>
            </a>
        }
        .into_any()
    };
    let delete = move |_| {
        close();
        let next = after(id);
        state.chat.delete(id, Box::new(move || go_on(id, next)));
    };
    let closed = Callback::new(move |()| {
        if state.menu.get_untracked() == Some(id) {
            state.menu.set(None);
            // a popover above the sheet does not do so itself
            go_on(id, in_row(id, MENU_BUTTON));
        }
    });
    view! {
        <Popover id=MENU label=(words.conversation_actions)(&title) class="row-popover" node_ref=node on_closed=closed>
            <p class="sheet-title" aria-hidden="true">
                {title}
            </p>
            <button type="button" class="menu-entry" data-testid="conversation-rename" on:click=rename>
                {icon(Icon::Pencil, 16)}
                <span class="menu-words">{texts.rename}</span>
            </button>
            <button type="button" class="menu-entry" data-testid="conversation-pin" on:click=pin>
                {icon(Icon::Pin, 16)}
                <span class="menu-words">{if pinned { texts.unpin } else { texts.pin }}</span>
            </button>
            <button type="button" class="menu-entry" data-testid="conversation-archive" on:click=archive>
                {icon(Icon::Archive, 16)}
                <span class="menu-words">{if archived { words.unarchive } else { texts.archive }}</span>
            </button>
            {export("markdown", Icon::Download, texts.export_markdown, "conversation-export")}
            {export("json", Icon::Braces, texts.export_json, "conversation-export-json")}
            <div class="menu-line" aria-hidden="true"></div>
            <button type="button" class="menu-entry menu-entry-danger" data-testid="conversation-delete" on:click=delete>
                {icon(Icon::Trash, 16)}
                <span class="menu-words">{texts.delete}</span>
            </button>
        </Popover>
    }
    .into_any()
}

/// Where the focus goes when this row leaves the list: to the next one, the one before the last, or the new chat.
fn after(id: ConversationId) -> String {
    let rows = document()
        .query_selector_all("[data-testid=conversation-list] [data-id]")
        .ok();
    let ids: Vec<String> = rows.map_or_else(Vec::new, |rows| {
        let row = |index| {
            rows.item(index)?
                .dyn_into::<web_sys::Element>()
                .ok()?
                .get_attribute("data-id")
        };
        (0..rows.length()).filter_map(row).collect()
    });
    let at = ids.iter().position(|other| *other == id.to_string());
    let next = at.and_then(|at| ids.get(at + 1).or_else(|| ids.get(at.checked_sub(1)?)));
    next.map_or_else(|| "[data-testid=new-chat]".into(), |next| in_row(next, "a"))
}

/// Selects a part of a row.
fn in_row(id: impl std::fmt::Display, part: &str) -> String {
    format!("[data-testid=conversation-list] [data-id=\"{id}\"] {part}")
}

/// Once the row has changed or is gone, unless the artist has moved on meanwhile.
fn go_on(id: ConversationId, next: String) {
    let active = document().active_element();
    let here = active.is_none_or(|active| {
        active.tag_name() == "BODY" || matches!(active.closest(&format!("[data-id=\"{id}\"]")), Ok(Some(_)))
    });
    if here {
        focus_soon(next);
    }
}

/// Enter and leaving the field save, Esc leaves everything as it was. An empty title changes nothing.
pub fn rename(id: ConversationId, title: String, state: ListState) -> AnyView {
    let texts = sheet_texts(state.chat.lang);
    let node = NodeRef::<html::Input>::new();
    let refused = state.chat.refused_title.try_update_value(Option::take).flatten();
    let refused = refused.filter(|(of, _)| *of == id).map(|(_, title)| title);
    // who has gone on meanwhile is not called back
    let opened = refused.is_none();
    effect(move || {
        if let Some(field) = node.get().filter(|_| opened) {
            let _ = field.focus();
        }
    });
    let select = move |_| {
        if let Some(field) = node.get_untracked() {
            field.select();
        }
    };
    let before = StoredValue::new(title.clone());
    let save = move || {
        if state.chat.renaming.get_untracked() != Some(id) {
            return;
        }
        let text = node
            .get_untracked()
            .map(|field| field.value().trim().to_owned())
            .unwrap_or_default();
        // what is typed stays in the field until there is somebody to take it
        if state.chat.presence.get_untracked() == PresenceState::Offline && text != before.get_value() {
            return state.chat.announced.set(state.chat.texts().offline_title.to_owned());
        }
        state.chat.renaming.set(None);
        if !text.is_empty() && text != before.get_value() {
            state.chat.rename(id, text);
        }
    };
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        save();
        if state.chat.renaming.get_untracked().is_none() {
            go_on(id, in_row(id, "a"));
        }
    };
    let leave = move |event: ev::KeyboardEvent| {
        if event.key() == "Escape" {
            event.prevent_default();
            event.stop_propagation();
            state.chat.renaming.set(None);
            go_on(id, in_row(id, "a"));
        }
    };
    view! {
        <form class="rename" on:submit=submit>
            <input
                node_ref=node
                id=RENAME_FIELD
                class="rename-field"
                type="text"
                maxlength="120"
                autocomplete="off"
                aria-label=texts.rename_field
                value=refused.unwrap_or(title)
                on:focus=select
                on:keydown=leave
                on:blur=move |_| save()
            />
        </form>
    }
    .into_any()
}

/// The whole conversation as a file, `markdown` or `json`.
pub fn export_href(id: ConversationId, format: &str) -> String {
    format!("/api/conversations/{id}/export?format={format}")
}
