//! The page's header, 56 px: who answers, whether the squad can be reached, the menu.

use super::{menu::ChatMenu, picker::CoachPicker, state::Chat};
use crate::{
    types::coach::CoachId,
    ui::{
        hooks::focus,
        kit::{Icon, IconButton, Presence, PresenceState, icon, plectrum},
        platform,
        squad::{Coach, Squad},
        texts::use_texts,
    },
};
use leptos::prelude::*;

/// `next` is the path to come back to after a change of language or theme without JavaScript.
#[component]
pub fn ChatHeader(
    squad: Squad,
    #[prop(into)] coach: Signal<Coach>,
    #[prop(into)] presence: Signal<PresenceState>,
    #[prop(into)] next: Signal<String>,
    /// The artist picks who answers.
    #[prop(into)]
    on_pick: Callback<CoachId>,
    chat: Chat,
) -> impl IntoView {
    let texts = use_texts();
    let current = Signal::derive(move || coach.read().id.clone());
    let rest = move || {
        view! {
            <IconButton
                icon=Icon::List
                label=texts.open_conversations
                testid="sidebar-toggle"
                class="only-narrow"
                opens="sidebar"
            />
            <IconButton
                icon=Icon::Panel
                label=texts.open_conversations
                class="only-collapsed"
                on_press=|()| focus::switch_sidebar(true)
            />
            <button
                type="button"
                class="current-coach"
                data-testid="current-coach"
                data-coach=move || coach.read().id.to_string()
                aria-haspopup="dialog"
                aria-label=move || coach.with(|coach| (texts.current_coach)(&coach.name, &coach.role))
                popovertarget="coach-picker"
            >
                {move || Some(plectrum(&coach.read(), 32))}
                <span class="current-words">
                    <span class="current-name">{move || coach.read().name.clone()}</span>
                    <span class="current-role">{move || coach.read().role.clone()}</span>
                </span>
                {icon(Icon::ChevronDown, 16)}
            </button>
            <span class="header-space"></span>
            <Presence state=presence />
            <IconButton icon=Icon::Dots label=texts.menu testid="menu" opens="chat-menu" />
            <CoachPicker squad current on_pick />
            <ChatMenu next chat />
        }
        .into_any()
    };
    view! { <header class="chat-header">{platform::later("rest", "rest", rest)}</header> }.into_any()
}
