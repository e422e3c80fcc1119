//! The conversations: a column of the desktop, a sheet on a phone.
//!
//! One element serves both: it has the attribute `popover`, which the stylesheet overrules from 1024 px on.

use super::list::groups;
use crate::{
    types::{chat::Conversation, ids::ConversationId},
    ui::{
        kit::{Icon, IconButton, Popover, Toast, icon, key, mark},
        platform,
        squad::{Squad, coach_style},
        texts::{format::Today, use_texts},
    },
};
use leptos::{ev, html, prelude::*};
use std::collections::HashMap;

/// What the artist does in the list.
#[derive(Clone, Copy)]
pub struct ListActions {
    /// A new conversation, in this page.
    pub on_new: Callback<()>,
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
    view! { <aside id="sidebar" popover="auto" class="sidebar"></aside> }.into_any()
}
