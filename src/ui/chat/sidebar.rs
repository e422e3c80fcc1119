//! The conversations: a column of the desktop, a sheet on a phone.
//!
//! One element serves both: it has the attribute `popover`, which the stylesheet overrules from 1024 px on. So the sheet
//! opens, closes and takes the keyboard without a line of ours, and without JavaScript.

use super::{
    list::groups,
    row::{ListState, Row},
};
use crate::{
    types::{chat::Conversation, ids::ConversationId},
    ui::{
        kit::{Icon, IconButton, Item, Toast, changing, changing_list, icon, key, mark},
        platform,
        squad::Squad,
        texts::{format::Today, use_texts},
    },
};
use leptos::{ev, prelude::*};
use std::{collections::HashMap, sync::Arc};

/// Id of the sheet.
pub const SIDEBAR: &str = "sidebar";

/// What the artist does in the list.
#[derive(Clone, Copy)]
pub struct ListActions {
    pub on_rename: Callback<(ConversationId, String)>,
    pub on_delete: Callback<ConversationId>,
    /// Takes the last deletion back.
    pub on_undo: Callback<()>,
    /// The time for that is over.
    pub on_undo_gone: Callback<()>,
    /// The next page of the list.
    pub on_more: Callback<()>,
}

#[component]
pub fn Sidebar(
    squad: Squad,
    /// Newest first.
    #[prop(into)]
    conversations: Signal<Vec<Conversation>>,
    #[prop(into)] current: Signal<Option<ConversationId>>,
    /// The artist's day; `None` until it is known.
    #[prop(into)]
    today: Signal<Option<Today>>,
    /// There are older ones to load.
    #[prop(into)]
    more: Signal<bool>,
    /// Title of the conversation that was deleted a moment ago.
    #[prop(into)]
    deleted: Signal<Option<String>>,
    #[prop(into)] artist_name: Option<String>,
    actions: ListActions,
) -> impl IntoView {
    let texts = use_texts();
    let by_id = Memo::new(move |_| {
        conversations.with(|list| {
            list.iter()
                .map(|one| (one.id, Arc::new(one.clone())))
                .collect::<HashMap<_, _>>()
        })
    });
    let grouped = Memo::new(move |_| conversations.with(|list| groups(list, today.get(), texts)));
    let state = ListState::new(by_id, squad, current, actions);
    let group = move |label: String| {
        let ids = {
            let label = label.clone();
            move || {
                grouped.with(|groups| {
                    let group = groups.iter().find(|group| group.label == label);
                    let ids = group.into_iter().flat_map(|group| group.conversations.iter().copied());
                    ids.map(|id| Item::new(id, move || view! { <Row id state /> }.into_any()))
                        .collect()
                })
            }
        };
        view! {
            <h2 class="group-label">{label}</h2>
            <ul>{changing_list(ids)}</ul>
        }
        .into_any()
    };
    let labelled = move |label: &String| {
        let label = label.clone();
        Item::new(label.clone(), move || group(label))
    };
    let labels = move || grouped.with(|groups| groups.iter().map(|group| labelled(&group.label)).collect());
    let none = move || {
        grouped
            .with(Vec::is_empty)
            .then(|| view! { <p class="sidebar-none">{texts.no_conversations}</p> }.into_any())
    };
    let older = move || {
        more.get().then(|| {
            view! {
                <button type="button" class="row-link row-more" on:click=move |_| actions.on_more.run(())>
                    {texts.more_conversations}
                </button>
            }
            .into_any()
        })
    };
    let notice = Signal::derive(move || deleted.get().map(|title| (texts.deleted)(&title)));
    view! {
        <aside id=SIDEBAR popover="auto" class="sidebar" on:toggle=|event: ev::Event| platform::focus_opened(&event)>
            {head()}
            <nav class="sidebar-list" aria-label=texts.conversations data-testid="conversation-list">
                {changing_list(labels)}
                {changing(none)}
                {changing(older)}
            </nav>
            {artist_name.map(foot)}
            <Toast
                notice
                action=texts.undo
                testid="undo"
                on_action=actions.on_undo
                on_gone=actions.on_undo_gone
            />
        </aside>
    }
    .into_any()
}

fn head() -> impl IntoView {
    let texts = use_texts();
    let collapse = Callback::new(|()| platform::show_sidebar(false));
    view! {
        <div class="sidebar-head">
            <a class="sidebar-name" href="/">
                {mark(26)}
                {texts.product}
            </a>
            <IconButton icon=Icon::Panel label=texts.close_conversations class="only-narrow" opens=SIDEBAR />
            <IconButton icon=Icon::Panel label=texts.close_conversations class="only-wide" on_press=collapse />
        </div>
        <a class="sidebar-new" href="/chat" data-testid="new-chat" on:click=|_| platform::hide_popover(SIDEBAR)>
            {icon(Icon::Compose, 20)}
            <span>{texts.new_chat}</span>
            {key(texts.new_chat_keys)}
        </a>
    }
}

fn foot(name: String) -> impl IntoView {
    let initial = name.chars().next().map(|first| first.to_uppercase().to_string());
    view! {
        <div class="sidebar-foot">
            <span class="initial" aria-hidden="true">
                {initial}
            </span>
            {name}
        </div>
    }
}
