//! Opening a conversation at the message that a search has found. Its code is among the extras.

use super::Chat;
use crate::{
    types::{
        chat::TextPart,
        ids::{ConversationId, MessageId},
    },
    ui::{
        hooks::{
            found::words,
            frame::next_frame,
            keyboard::find,
            scroll::{self, Where},
        },
        platform,
    },
};
use leptos::prelude::*;
use std::{cell::Cell, collections::HashSet, rc::Rc};

/// So many pages are read upwards for one message: 1,200 messages, at 30 a page (`PAGE` in `domain/chat.rs`). One that
/// stands further up is not gone to: the conversation opens at its end, where the reader can go up herself.
const MOST_PAGES: u32 = 40;

/// Whoever does one of these meanwhile wants something else by now.
const LEAVES: [&str; 4] = ["pointerdown", "keydown", "wheel", "touchmove"];

impl Chat {
    /// Opens a conversation at a message that was found, with the words marked that are in its `snippet`, or at its end.
    pub fn open_at(self, id: ConversationId, message: Option<MessageId>, snippet: &[TextPart]) {
        self.go_to(Some(id), false);
        if let Some(message) = message {
            let found = snippet.iter().filter(|part| part.hit);
            let found = found.flat_map(|part| words(&part.text)).collect();
            self.seek_to(id, message, Where::Top(found));
        }
    }

    /// Shows a message of the conversation that is open or about to be, marked, or where it `stood` below the view's top,
    /// px. One of a version that is not shown is not looked for: the page stays at the end.
    pub fn seek(self, id: ConversationId, message: MessageId, stood: Option<f64>) {
        self.seek_to(
            id,
            message,
            stood.map_or_else(|| Where::Top(HashSet::new()), Where::Stood),
        );
    }

    fn seek_to(self, id: ConversationId, message: MessageId, place: Where) {
        platform::take_over_all();
        let left = Rc::new(Cell::new(false));
        let listeners = LEAVES.map(|name| {
            let left = left.clone();
            window_event_listener_untyped(name, move |_| left.set(true))
        });
        let seek = Seek {
            chat: self,
            id,
            message,
            place,
            turns: self.turns(),
            pages: 0,
            before: None,
            left,
            listeners: listeners.into(),
        };
        next_frame(move || seek.look());
    }
}

struct Seek {
    chat: Chat,
    id: ConversationId,
    message: MessageId,
    place: Where,
    turns: u32,
    pages: u32,
    /// Cursor of the page that was asked for last.
    before: Option<String>,
    left: Rc<Cell<bool>>,
    listeners: Vec<WindowListenerHandle>,
}

impl Drop for Seek {
    fn drop(&mut self) {
        self.listeners.drain(..).for_each(WindowListenerHandle::remove);
    }
}

enum Step {
    Wait,
    Found,
    No,
}

impl Seek {
    /// Once per frame, so that a message that came stands in the page.
    fn look(mut self) {
        let asked = scroll::asked_for() == Some(self.message);
        match self.step() {
            Step::Wait => return next_frame(move || self.look()),
            Step::Found => {
                let fold = format!("[data-id=\"{}\"] .fold[aria-expanded=false]", self.message);
                let (message, place) = (self.message, std::mem::replace(&mut self.place, Where::Stood(0.0)));
                let show = move || scroll::show(message, place);
                match find(&fold) {
                    // once it is unfolded
                    Some(fold) => {
                        fold.click();
                        next_frame(show);
                    }
                    None => show(),
                }
            }
            Step::No if asked => scroll::to_latest(),
            Step::No => {}
        }
        if asked {
            platform::drop_fragment();
        }
    }

    fn step(&mut self) -> Step {
        let Self { chat, message, .. } = *self;
        if !chat.alive() || chat.open_id() != Some(self.id) || chat.turns() != self.turns || self.left.get() {
            return Step::No;
        }
        if chat.loading.get_untracked() {
            return Step::Wait;
        }
        let ids: Vec<_> = chat
            .entries
            .with_untracked(|entries| entries.iter().map(|entry| entry.id()).collect());
        if ids.contains(&message) {
            return Step::Found;
        }
        if chat.with_inner(|inner| inner.older_asked) == Some(true) {
            return Step::Wait;
        }
        // Ids are in the order of time: what is not older than the first one here stands in another version.
        let above = ids.first().is_some_and(|first| message < *first);
        let before = chat.next_before.get_untracked();
        // a page that did not come leaves its cursor
        if !above || before.is_none() || before == self.before || self.pages == MOST_PAGES {
            return Step::No;
        }
        self.pages += 1;
        self.before = before;
        chat.older();
        Step::Wait
    }
}
