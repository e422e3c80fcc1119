//! Bars at the top of the panel: the demo squad answers, the network is away, the conversation is archived.

use super::state::Chat;
use crate::ui::{
    hooks::media,
    kit::{Icon, Popover, changing_text, icon},
    platform,
    texts::{format::when, use_texts},
};
use leptos::prelude::*;
use time::OffsetDateTime;

pub const KEYS: &str = "ANTHROPIC_API_KEY=…\nOPENAI_API_KEY=…\nOPENROUTER_API_KEY=…";

/// The answers are made up by the program; says so, and how to set a key.
#[component]
pub fn DemoBanner() -> impl IntoView {
    let texts = use_texts();
    view! {
        <div class="bar" data-testid="demo-banner">
            <strong class="bar-tag">{texts.demo}</strong>
            <span class="bar-text">{texts.demo_text}</span>
            <button type="button" class="bar-link" popovertarget="demo-help" aria-haspopup="dialog" aria-label=texts.demo_how_label>
                {texts.demo_how}
            </button>
            <Popover id="demo-help" label=texts.demo_help_title class="help">
                <h2 class="help-title">{texts.demo_help_title}</h2>
                <p>{texts.demo_help}</p>
                <pre class="help-code">{KEYS}</pre>
                <p>{texts.demo_help_then}</p>
            </Popover>
        </div>
    }
    .into_any()
}

/// The program was updated while somebody writes here.
#[component]
pub fn UpdateBar() -> impl IntoView {
    let texts = use_texts();
    view! {
        <div class="bar" role="status" data-testid="outdated">
            {icon(Icon::Refresh, 20)}
            <span class="bar-text">{texts.outdated}</span>
            <a class="bar-link" href="" rel="external">
                {texts.outdated_load}
            </a>
        </div>
    }
}

/// The open conversation is not in the list.
#[component]
pub fn ArchivedBar(chat: Chat) -> impl IntoView {
    let texts = chat.texts();
    view! {
        <div class="bar" data-testid="archived-bar">
            {icon(Icon::Archive, 20)}
            <span class="bar-text">{texts.is_archived}</span>
            <button type="button" class="bar-link" on:click=move |_| platform::pressed_extras(move |extras| (extras.unarchive)(chat))>
                {texts.unarchive}
            </button>
        </div>
    }
}

/// Stands while there is no network, and over a copy of the page.
#[component]
pub fn OfflineBar(
    /// So many messages wait for it here.
    waiting: Memo<usize>,
    /// The answer is to stop.
    stopping: Signal<bool>,
) -> impl IntoView {
    let texts = use_texts();
    let words = move || match waiting.get() {
        0 if stopping.get() => texts.offline_stop.to_owned(),
        0 => texts.offline_text.to_owned(),
        count => (texts.offline_waiting)(count),
    };
    let copy = copied_at().map(|at| format!("{} ", (texts.offline_copy)(&when(texts, &media::today(), at))));
    view! {
        <div class="bar" role="status">
            {icon(Icon::NoNetwork, 20)}
            <span class="bar-text">
                <strong>{texts.offline_title}</strong>
                " "
                {copy}
                {changing_text(words)}
            </span>
        </div>
    }
}

/// When the page was kept, if it is a copy.
fn copied_at() -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp(platform::kept()?.parse().ok()?).ok()
}
