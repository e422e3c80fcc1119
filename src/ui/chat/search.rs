//! The search of the list: its field, and what was found.

use super::{
    sidebar::SIDEBAR,
    state::{Chat, search::Found},
};
use crate::{
    types::chat::{Conversation, SearchHit, TextPart},
    ui::{
        hooks::{focus, frame, keyboard::composing},
        kit::{Button, Icon, IconButton, PresenceState, changing, changing_text, effect, icon, key},
        platform,
        squad::coach_style,
        texts::{sheets::sheet_texts, use_texts},
    },
};
use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast;

/// Id of the field.
pub const SEARCH: &str = "conversation-search";

/// Enter opens the newest hit, Esc takes the words away and then leaves the field; where there is a keyboard, for the
/// composer.
#[component]
pub fn SearchField(chat: Chat) -> impl IntoView {
    let texts = use_texts();
    let node = NodeRef::<html::Input>::new();
    let search = move || {
        if let Some(field) = node.get_untracked() {
            search_later(chat, field.value());
        }
    };
    let clear = move || {
        if let Some(field) = node.get_untracked() {
            field.set_value("");
            let _ = field.focus();
        }
        search_later(chat, String::new());
    };
    // what was written before the page was live
    effect(move || {
        if node.get().is_some() {
            frame::next_frame(search);
        }
    });
    let leave = move |event: ev::KeyboardEvent| {
        if event.key() != "Escape" || event.shift_key() || composing(&event) {
            return;
        }
        if let Some(field) = node.get_untracked().filter(|field| field.value().is_empty()) {
            let _ = field.blur();
            return chat.focus_composer();
        }
        // the sheet stays open
        event.prevent_default();
        event.stop_propagation();
        clear();
    };
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        focus::hide_popover(SIDEBAR);
        platform::pressed_extras(move |extras| (extras.open_first)(chat));
    };
    let cross = move || {
        chat.search.found.with(Option::is_some).then(|| {
            let clear = Callback::new(move |()| clear());
            view! { <IconButton icon=Icon::Close label=texts.clear_search class="icon-button-small search-clear" on_press=clear /> }
                .into_any()
        })
    };
    view! {
        <form class="search" role="search" on:submit=submit>
            <label class="search-icon" for=SEARCH>
                {icon(Icon::Search, 20)}
            </label>
            <input
                node_ref=node
                id=SEARCH
                class="search-field"
                type="search"
                maxlength="200"
                autocomplete="off"
                spellcheck="false"
                enterkeyhint="search"
                data-testid="conversation-search"
                aria-label=texts.search_field
                aria-keyshortcuts=texts.search_key
                placeholder=texts.search
                on:input=move |_| search()
                on:keydown=leave
            />
            {key(texts.search_key)}
            {changing(cross)}
        </form>
    }
    .into_any()
}

fn search_later(chat: Chat, words: String) {
    if !words.is_empty() || chat.search.found.with_untracked(Option::is_some) {
        platform::with_extras(move |extras| (extras.search)(chat.search, &words));
    }
}

/// In place of the list while the artist searches.
pub fn hits(chat: Chat) -> AnyView {
    let (texts, words) = (sheet_texts(chat.lang), chat.texts());
    let summary = move || {
        chat.search.found.with(|found| match found {
            None => String::new(),
            Some(found) => match found.hits.len() + found.archived.len() {
                _ if found.problem.is_some() => String::new(),
                0 if found.reading => words.searching.to_owned(),
                0 => (texts.nothing_found)(&found.words),
                count => (texts.found)(count, found.more.iter().any(Option::is_some)),
            },
        })
    };
    let archived = move |found: &Found| {
        let hits = drawn(chat, &found.archived)?;
        Some(view! { <h2 class="group-label">{words.archived}</h2> {hits} {older(chat, found, true)} }.into_any())
    };
    let rows = move || {
        chat.search.found.with(|found| {
            let found = found.as_ref()?;
            if found.problem.is_some() {
                return Some(failed(chat));
            }
            if found.hits.is_empty() && found.archived.is_empty() {
                let done = !found.reading;
                return done.then(|| view! { <p class="sidebar-none">{texts.nothing_found_hint}</p> }.into_any());
            }
            Some(view! { {drawn(chat, &found.hits)} {older(chat, found, false)} {archived(found)} }.into_any())
        })
    };
    view! {
        <p class="group-label" role="status">
            {changing_text(summary)}
        </p>
        {changing(rows)}
    }
    .into_any()
}

/// Whoever goes elsewhere in the list has found what she wanted.
pub fn end(chat: Chat) {
    chat.search.look("");
    let field = document().get_element_by_id(SEARCH);
    if let Some(field) = field.and_then(|field| field.dyn_into::<web_sys::HtmlInputElement>().ok()) {
        field.set_value("");
    }
}

/// More than one page was found.
fn older(chat: Chat, found: &Found, archived: bool) -> Option<AnyView> {
    found.more[usize::from(archived)].as_ref()?;
    let busy = found.reading_more;
    let words = chat.texts().more_conversations;
    let press = move |_| chat.more_hits(archived);
    Some(
        view! {
            <button type="button" class="row-link row-more" data-testid="more-hits" aria-busy=busy.to_string() on:click=press>
                {words}
            </button>
        }
        .into_any(),
    )
}

fn drawn(chat: Chat, hits: &[(Conversation, SearchHit)]) -> Option<AnyView> {
    let rows: Vec<_> = hits
        .iter()
        .map(|(conversation, found)| row(chat, conversation, found))
        .collect();
    (!rows.is_empty()).then(|| view! { <ul>{rows}</ul> }.into_any())
}

/// No network, or a refusal.
fn failed(chat: Chat) -> AnyView {
    let texts = chat.texts();
    let words = move || {
        let code = chat
            .search
            .found
            .with(|found| Some(found.as_ref()?.problem.as_ref()?.code));
        match code {
            _ if chat.presence.get() == PresenceState::Offline => sheet_texts(chat.lang).search_offline,
            Some(code) => (texts.cause)(code),
            None => "",
        }
    };
    view! {
        <p class="sidebar-none" role="alert">
            {changing_text(words)}
        </p>
        <Button on_press=Callback::new(move |()| chat.search.again())>{texts.retry}</Button>
    }
    .into_any()
}

fn row(chat: Chat, conversation: &Conversation, found: &SearchHit) -> AnyView {
    let (id, message, parts) = (conversation.id, found.message_id, found.snippet.clone());
    let coach = chat.squad.with_value(|squad| squad.get(&conversation.current_coach));
    // in another tab it is the fragment that says where
    let href = match message {
        Some(message) => format!("/chat/{id}#{message}"),
        None => format!("/chat/{id}"),
    };
    let press = move |event: ev::MouseEvent| {
        focus::hide_popover(SIDEBAR);
        let held = event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key();
        if message.is_some() && !held {
            event.prevent_default();
            chat.open_at(id, message, &parts);
        }
    };
    let current = move || chat.conversation.read().as_ref().is_some_and(|open| open.id == id);
    let snippet = (!found.snippet.is_empty())
        .then(|| view! { <span class="hit-snippet">{marked(&found.snippet)}</span> }.into_any());
    view! {
        <li class="row row-hit" style=coach_style(&coach) data-testid="conversation" data-id=id.to_string()>
            <a
                class="row-link"
                href=href
                aria-current=move || current().then_some("page")
                on:click=press
            >
                <span class="row-sign">
                    <i></i>
                </span>
                <span class="hit-words">
                    <span class="row-title">{marked(&found.title)}</span>
                    {snippet}
                </span>
            </a>
        </li>
    }
    .into_any()
}

/// Plain text with the found words marked.
pub(super) fn marked(parts: &[TextPart]) -> Vec<AnyView> {
    let part = |part: &TextPart| {
        let text = part.text.clone();
        if part.hit {
            view! { <mark>{text}</mark> }.into_any()
        } else {
            text.into_any()
        }
    };
    parts.iter().map(part).collect()
}
