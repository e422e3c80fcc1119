//! The composer's text: what of it is on its way, and what comes back.

use super::{
    Chat,
    outbox::{self, Item, Target, What},
};
use crate::{
    types::{chat::MAX_MESSAGE_CHARS, ids::*},
    ui::hooks::storage,
};
use leptos::prelude::*;

impl Chat {
    /// There is nothing in the composer that was not sent.
    pub fn nothing_to_send(self) -> bool {
        self.unsent(&self.text.read()).trim().is_empty()
    }

    pub(super) fn unsent(self, boxed: &str) -> String {
        outbox::unsent(boxed, &self.sent()).to_owned()
    }

    /// Texts that were sent and still stand in the composer.
    pub(super) fn sent(self) -> Vec<String> {
        let sent = self.with_inner(|inner| inner.boxed.iter().map(|(_, text)| text.clone()).collect());
        sent.unwrap_or_default()
    }

    /// So many characters may still be added to a message; below zero: they are too many.
    pub fn room(text: &str) -> i32 {
        MAX_MESSAGE_CHARS as i32 - text.trim().chars().count() as i32
    }

    /// The composer's text changed by the artist's hand.
    pub fn typed(self, text: String) {
        if *self.text.read_untracked() != text {
            self.text.set(text);
            self.keep_draft();
        }
    }

    /// What was sent is in the outbox; the draft is the rest.
    pub(super) fn keep_draft(self) {
        let boxed = self.text.get_untracked();
        storage::keep_draft(self.open_id(), &self.unsent(&boxed));
    }

    /// What was sent leaves the composer, where it still stands.
    pub(super) fn take_from_box(self, id: ClientMessageId) -> Option<String> {
        let sent = self.sent();
        let text = self.with_inner(|inner| {
            let at = inner.boxed.iter().position(|(known, _)| *known == id)?;
            Some(inner.boxed.remove(at).1)
        });
        let text = text.flatten()?;
        self.text.update(|boxed| *boxed = outbox::without(boxed, &sent, &text));
        Some(text)
    }

    /// In front of what stands there and is not on its way, or of the draft of a conversation that was left meanwhile.
    pub fn back_in_box(self, of: Option<ConversationId>, text: &str) {
        if self.open_id() == of {
            let sent = self.sent();
            self.text.update(|boxed| *boxed = outbox::with(boxed, &sent, text));
            self.keep_draft();
        } else {
            storage::keep_draft(of, &outbox::with(&storage::draft(of), &[], text));
        }
    }

    /// It leaves the outbox, and nothing on the page shows it any more.
    fn waits_no_more(self, item: &Item) {
        let key = item.id.to_string();
        self.with_inner(|inner| inner.outbox.answered(item.id, None));
        self.entries.update(|entries| entries.retain(|entry| entry.key != key));
        if let What::Retry { generation } = item.what
            && let Some(entry) = self.find(|message| message.generation_id == Some(generation))
        {
            entry.retrying.set(false);
        }
    }

    /// Another tab took it back, or was told that it is refused. What is on its way is taken back when its answer comes.
    pub(super) fn taken_back_elsewhere(self, id: ClientMessageId) {
        let item = self.with_inner(|inner| inner.outbox.items().find(|item| item.id == id).cloned());
        if let Some(item) = item.flatten() {
            self.waits_no_more(&item);
        }
    }

    /// `gone`: its conversation is not there any more.
    pub(super) fn bring_back(self, item: &Item, gone: bool) {
        storage::take_back_item(item.id);
        self.waits_no_more(item);
        if self.target() != item.target {
            // it was left meanwhile
            let of = match item.target {
                Target::Existing(id) if !gone => Some(id),
                _ => None,
            };
            item.text().into_iter().for_each(|text| self.back_in_box(of, text));
            return;
        }
        let boxed = self.take_from_box(item.id);
        if let Some(text) = boxed.as_deref().or(item.text()) {
            self.back_in_box(self.open_id(), text);
        }
    }
}
