//! A message that waits is taken back, from the outbox or from the server.

use super::{Chat, entry::Entry};
use crate::{
    api,
    types::{chat::MessageStatus, error::ErrorCode, ids::*},
};
use leptos::{prelude::*, task::spawn_local};

impl Chat {
    /// A message that waits comes back into the composer, from the outbox or from the server.
    pub fn take_back(self, entry: &Entry) {
        self.focus_composer();
        let waiting = self.with_inner(|inner| {
            let item = inner.outbox.items().find(|item| item.id.to_string() == entry.key);
            item.cloned()
        });
        if let Some(item) = waiting.flatten() {
            return self.bring_back(&item, false);
        }
        let question = entry.id();
        let answer =
            self.find(|message| message.parent_id == Some(question) && message.status == MessageStatus::Queued);
        if let Some(generation) = answer.and_then(|answer| answer.message.read_untracked().generation_id) {
            self.withdraw(generation, Some(entry.message.read_untracked().content.clone()));
        }
    }

    /// Asks the server to forget a turn that has not come; then `text` is back in the composer.
    pub(super) fn withdraw(self, generation: GenerationId, text: Option<String>) {
        let of = self.open_id();
        spawn_local(async move {
            let answer = api::take_back(generation).await;
            if !self.alive() {
                return;
            }
            match answer {
                Ok(None) => {
                    self.drop_turn(generation);
                    if let Some(text) = text {
                        self.back_in_box(of, &text);
                    }
                }
                Ok(Some(message)) => {
                    let question = message.parent_id;
                    self.finish(generation, message);
                    if let (Some(of), None) = (self.open_id(), self.find(|message| Some(message.id) == question)) {
                        self.reload(of);
                    }
                }
                // another tab was first
                Err(problem) if problem.code == ErrorCode::NotFound => self.drop_turn(generation),
                Err(problem) => self.fail(problem),
            }
        });
    }

    /// A turn that was taken back before it came, here or in another tab, leaves the page.
    pub(super) fn drop_turn(self, generation: GenerationId) {
        let Some(answer) = self.find(|message| message.generation_id == Some(generation)) else {
            return;
        };
        let (id, question) = (answer.id(), answer.message.read_untracked().parent_id);
        let above = self.find(|message| Some(message.id) == question);
        let above = above.and_then(|question| question.message.read_untracked().parent_id);
        self.drop_running_of(&answer);
        if let Some(behind) = self.find(|message| message.parent_id == Some(id)) {
            behind.message.update(|message| message.parent_id = above);
        }
        self.with_inner(|inner| inner.turns += 1);
        self.entries
            .update(|entries| entries.retain(|entry| entry.id() != id && Some(entry.id()) != question));
        self.requeue();
    }
}
