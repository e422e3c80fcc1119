//! Small things: badge, key, ring, dots, skeleton, presence.

use super::{Icon, changing_text, icon};
use crate::ui::texts::use_texts;
use leptos::prelude::*;

/// A fact that is true or not, as a chip; `name` is its `data-badge`.
pub fn badge(name: &'static str, glyph: Icon, label: &'static str) -> AnyView {
    view! {
        <span class="badge" data-testid="badge" data-badge=name>
            {icon(glyph, 12)}
            {label}
        </span>
    }
    .into_any()
}

/// A key of the keyboard.
pub fn key(name: &'static str) -> impl IntoView {
    view! { <kbd class="key">{name}</kbd> }
}

/// A turning circle, 16 px; words beside it say what is going on.
pub fn spinner() -> impl IntoView {
    view! { <span class="spinner" aria-hidden="true"></span> }
}

/// A grey bar in place of a text that is on its way, `width` in percent.
pub fn skeleton(width: u8) -> AnyView {
    view! { <span class="skeleton" style=format!("width:{width}%") aria-hidden="true"></span> }.into_any()
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PresenceState {
    #[default]
    Online,
    Reconnecting,
    Offline,
}

impl PresenceState {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Reconnecting => "reconnecting",
            Self::Offline => "offline",
        }
    }
}

/// Whether the squad can be reached: a sign and always its word.
#[component]
pub fn Presence(#[prop(into)] state: Signal<PresenceState>) -> impl IntoView {
    let texts = use_texts();
    let word = move || match state.get() {
        PresenceState::Online => texts.online,
        PresenceState::Reconnecting => texts.reconnecting,
        PresenceState::Offline => texts.offline,
    };
    view! {
        <span class="presence" data-testid="presence" data-state=move || state.get().as_str() role="status">
            <span class="presence-sign" aria-hidden="true"></span>
            {changing_text(word)}
        </span>
    }
}
