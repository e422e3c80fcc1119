//! Parts of the page that nobody sees before asking for them. Their code is a file of its own, loaded once the page
//! is live where there is a keyboard, else with the first press or when one of them is wanted.
//!
//! To add a part, add its function here and draw it by `platform::extras()` in a place that changes: it is `None` until
//! the file has come. What stands in a page's first HTML cannot be such a part.

use super::{
    chat::{
        feedback,
        palette::{self, Action},
        row::{self, ListState},
        search,
        sheets::{self, Sheet},
        sidebar,
        state::{Chat, entry::Entry, search::Search},
        thread,
    },
    hooks::drag,
};
use crate::types::{
    chat::Feedback,
    ids::{ConversationId, MessageId},
};
use leptos::{html::Li, prelude::*};

#[derive(Clone, Copy)]
pub struct Extras {
    /// What a search found.
    pub hits: fn(Chat) -> AnyView,
    pub row_menu: fn(ConversationId, ListState, NodeRef<Li>) -> AnyView,
    pub rename: fn(ConversationId, String, ListState) -> AnyView,
    /// A question while its words are changed.
    pub edit: fn(Chat, Entry) -> AnyView,
    /// What is thought of an answer, while it is written.
    pub comment: fn(Chat, Entry, RwSignal<Option<MessageId>>) -> AnyView,
    pub undo_notice: fn(Chat) -> AnyView,
    pub sheet: fn(Chat, Sheet) -> AnyView,
    /// Something with a conversation.
    pub act: fn(Chat, ConversationId, Action),
    pub move_branch: fn(Chat, &Entry, isize),
    pub regenerate: fn(Chat, &Entry),
    pub undo_handoff: fn(Chat, &Entry),
    pub take_back: fn(Chat, &Entry),
    pub give_feedback: fn(Chat, &Entry, Option<Feedback>, Option<String>),
    pub search: fn(Search, &str),
    pub search_again: fn(Search),
    pub end_search: fn(Chat),
    pub open_first: fn(Chat),
    pub seek: fn(Chat, ConversationId, MessageId, Option<f64>),
    pub older: fn(Chat),
    pub read_archived: fn(Chat, Option<String>),
    pub unarchive: fn(Chat),
    /// Once, when they are here.
    pub start: fn(),
}

pub const EXTRAS: Extras = Extras {
    hits: search::hits,
    row_menu: row::menu,
    rename: row::rename,
    edit: thread::edit_field,
    comment: feedback::comment_field,
    undo_notice: sidebar::undo_notice,
    sheet: sheets::draw,
    act: palette::act,
    move_branch: Chat::move_branch,
    regenerate: Chat::regenerate,
    undo_handoff: Chat::undo_handoff,
    take_back: Chat::take_back,
    give_feedback: Chat::give_feedback,
    search: Search::look,
    search_again: Search::again,
    end_search: search::end,
    open_first: Chat::open_first,
    seek: Chat::seek,
    older: Chat::ask_older,
    read_archived: Chat::ask_archived,
    unarchive: Chat::unarchive,
    start: drag::start,
};
