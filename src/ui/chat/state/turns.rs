//! Whose turn it is: who is answered now, and who waits.

use super::{
    Chat,
    entry::{Entry, Wait},
    set_if_new,
};
use crate::types::chat::MessageStatus;
use leptos::prelude::*;
use std::time::Duration;

/// Without a token for so long, the page says that the coach is still at work.
const SLOW: Duration = Duration::from_secs(8);

impl Chat {
    /// Who of the live answers is written now and who waits for its turn; tells their questions.
    pub(super) fn requeue(self) {
        let entries = self.entries.get_untracked();
        let mut current = None;
        // one that ended in the very frame in which its turn came still has to be shown
        let waited = |entry: &Entry| entry.is_answer() && entry.wait.get_untracked() == Wait::Turn;
        for entry in entries.iter().filter(|entry| entry.is_live() || waited(entry)) {
            let live = entry.is_live();
            let (generation, question, queued) = {
                let message = entry.message.read_untracked();
                (
                    message.generation_id,
                    message.parent_id,
                    message.status == MessageStatus::Queued,
                )
            };
            let waits = live && queued && current.is_some();
            set_if_new(&entry.wait, if waits { Wait::Turn } else { Wait::No });
            let question = entries.iter().find(|entry| Some(entry.id()) == question);
            if let Some(question) = question {
                let now = question.wait.get_untracked();
                match (waits, now) {
                    (true, _) => set_if_new(&question.wait, Wait::Turn),
                    (false, Wait::Turn) => set_if_new(&question.wait, Wait::No),
                    _ => {}
                }
            }
            if live && !waits && current.is_none() {
                current = generation;
                if self.current.get_untracked() != generation {
                    self.becomes_current(entry.clone());
                }
            }
        }
        if self.current.get_untracked() != current {
            self.current.set(current);
        }
    }

    pub(super) fn becomes_current(self, entry: Entry) {
        if is_server() {
            return;
        }
        self.announced.set((self.texts().answering)(&self.coach_name(&entry)));
        set_timeout(
            move || {
                let silent = entry.blocks.read_untracked().is_empty();
                if entry.is_live() && silent {
                    entry.slow.set(true);
                }
            },
            SLOW,
        );
    }

    pub fn coach_name(self, entry: &Entry) -> String {
        let coach = entry.message.read_untracked().coach.clone();
        coach
            .map(|id| self.squad.with_value(|squad| squad.get(&id).name.clone()))
            .unwrap_or_default()
    }
}
