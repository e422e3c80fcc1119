//! What outlives a reload: drafts and the outbox, in `localStorage`. Without it (private mode, full, switched off) all
//! works as before, for as long as the page lives.

use super::media;
use crate::{
    types::{chat::ChatSettings, ids::*},
    ui::chat::state::outbox::Item,
};
use leptos::{prelude::*, wasm_bindgen::JsCast};
use uuid::Uuid;
use web_sys::{Storage, StorageEvent};

const RELOADED: &str = "squad.reloaded";
const DRAFT: &str = "squad.draft.";
/// One key per item, so that two tabs never overwrite each other's.
const OUTBOX: &str = "squad.outbox.";
const SETTINGS: &str = "squad.settings.";
/// What an item is for the moment in which other tabs are told that it is taken back; none of [`Item::to_text`]'s forms.
const TAKEN_BACK: &str = "taken back";
/// How all of them begin.
const OURS: &str = "squad.";

fn storage() -> Option<Storage> {
    window().local_storage().ok().flatten()
}

fn set(key: &str, value: &str) {
    if let Some(storage) = storage() {
        let _ = if value.is_empty() {
            storage.remove_item(key)
        } else {
            storage.set_item(key, value)
        };
    }
}

fn draft_key(conversation: Option<ConversationId>) -> String {
    conversation.map_or_else(|| format!("{DRAFT}new"), |id| format!("{DRAFT}{id}"))
}

/// What was typed and not sent in this conversation, or in a new one.
pub fn draft(conversation: Option<ConversationId>) -> String {
    storage()
        .and_then(|storage| storage.get_item(&draft_key(conversation)).ok().flatten())
        .unwrap_or_default()
}

pub fn keep_draft(conversation: Option<ConversationId>, text: &str) {
    set(&draft_key(conversation), text);
}

/// Loads the page anew, but never in a circle: a page that is old again within half a minute stays.
pub fn reload_once() {
    let Some(session) = window().session_storage().ok().flatten() else {
        return;
    };
    let now = media::now_ms() as u64;
    let last = session
        .get_item(RELOADED)
        .ok()
        .flatten()
        .and_then(|at| at.parse::<u64>().ok());
    if last.is_none_or(|last| now.saturating_sub(last) > 30_000) && session.set_item(RELOADED, &now.to_string()).is_ok()
    {
        let _ = window().location().reload();
    }
}

pub fn keep_item(item: &Item) {
    set(&format!("{OUTBOX}{}", item.id), &item.to_text());
}

pub fn drop_item(id: ClientMessageId) {
    set(&format!("{OUTBOX}{id}"), "");
}

/// Drops an item that must not be sent any more. Other tabs may have it, too: see [`on_taken_back`].
pub fn take_back_item(id: ClientMessageId) {
    set(&format!("{OUTBOX}{id}"), TAKEN_BACK);
    drop_item(id);
}

/// Calls `then` with every item that another tab takes back.
pub fn on_taken_back(then: impl Fn(ClientMessageId) + 'static) {
    let told = window_event_listener_untyped("storage", move |event| {
        let event: &StorageEvent = event.unchecked_ref();
        let id = event.key().filter(|_| event.new_value().as_deref() == Some(TAKEN_BACK));
        if let Some(id) = id.and_then(|key| key.strip_prefix(OUTBOX)?.parse().ok()) {
            then(ClientMessageId(id));
        }
    });
    on_cleanup(move || told.remove());
}

/// What waits since an earlier life of this page, oldest first.
pub fn kept_items() -> Vec<Item> {
    let Some(storage) = storage() else { return Vec::new() };
    let mut items: Vec<Item> = keys(&storage)
        .filter(|key| key.starts_with(OUTBOX))
        .filter_map(|key| storage.get_item(&key).ok().flatten())
        .filter_map(|text| Item::from_text(&text))
        .collect();
    items.sort_by(|a, b| a.at.total_cmp(&b.at));
    items
}

fn keys(storage: &Storage) -> impl Iterator<Item = String> {
    (0..storage.length().unwrap_or_default()).filter_map(|index| storage.key(index).ok().flatten())
}

fn settings_key(name: Uuid) -> String {
    format!("{SETTINGS}{name}")
}

/// What the messages of a new conversation that wait carry: provider, model and hundredths of the temperature, a line each.
/// It outlives updates of the page, so this form never changes. With nothing chosen, nothing is kept.
pub fn keep_settings(name: Uuid, settings: &ChatSettings) {
    let word = |word: &Option<String>| word.clone().unwrap_or_default();
    // a float's text is a large piece of code
    let temperature = settings.temperature.map(|value| (value * 100.0).round() as u32);
    let text = if *settings == ChatSettings::default() {
        String::new()
    } else {
        let temperature = temperature.map_or_else(String::new, |value| value.to_string());
        format!("{}\n{}\n{temperature}", word(&settings.provider), word(&settings.model))
    };
    set(&settings_key(name), &text);
}

pub fn settings(name: Uuid) -> ChatSettings {
    let kept = storage().and_then(|storage| storage.get_item(&settings_key(name)).ok().flatten());
    let kept = kept.unwrap_or_default();
    let mut lines = kept.split('\n').map(|line| Some(line).filter(|line| !line.is_empty()));
    let mut word = || lines.next().flatten();
    ChatSettings {
        provider: word().map(str::to_owned),
        model: word().map(str::to_owned),
        temperature: word()
            .and_then(|value| value.parse::<u32>().ok())
            .map(|value| f64::from(value) / 100.0),
    }
}

/// Drafts, the outbox, everything.
pub fn forget_all() {
    let Some(storage) = storage() else { return };
    let ours: Vec<_> = keys(&storage).filter(|key| key.starts_with(OURS)).collect();
    for key in ours {
        let _ = storage.remove_item(&key);
    }
}
