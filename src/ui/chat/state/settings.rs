//! Which provider and model answer in the open conversation, and how freely.

use super::Chat;
use crate::{
    api,
    types::{chat::*, error::Problem, ids::ConversationId},
};
use leptos::{prelude::*, task::spawn_local};

/// Changes go to the server one after the other, so that the last one stays.
#[derive(Default)]
pub struct Keeping {
    flies: bool,
    next: Option<Change>,
}

struct Change {
    id: ConversationId,
    wanted: ChatSettings,
    before: ChatSettings,
}

impl Chat {
    pub fn settings(self) -> ChatSettings {
        match self.conversation.read().as_ref() {
            Some(open) => open.settings.clone(),
            None => self.wish.get(),
        }
    }

    /// Shows the settings at once, and takes them back when they are refused. Those of a new conversation wait for its
    /// first message.
    pub fn change_settings(self, wanted: ChatSettings, on_refused: Callback<Option<Problem>>) {
        let Some(open) = self.conversation.get_untracked() else {
            return self.wish.set(wanted);
        };
        let (id, before) = (open.id, open.settings);
        self.show_settings(id, &wanted);
        let flies = self.with_inner(|inner| {
            inner.keeping.next = Some(Change { id, wanted, before });
            std::mem::replace(&mut inner.keeping.flies, true)
        });
        if flies == Some(false) {
            spawn_local(self.send_settings(on_refused));
        }
    }

    async fn send_settings(self, on_refused: Callback<Option<Problem>>) {
        // as the server has them
        let mut sure: Option<(ConversationId, ChatSettings)> = None;
        while let Some(Change { id, wanted, before }) = self.with_inner(|inner| inner.keeping.next.take()).flatten() {
            let before = match sure.take() {
                Some((known, settings)) if known == id => settings,
                _ => before,
            };
            let patch = ConversationPatch {
                settings: Some(wanted),
                ..ConversationPatch::default()
            };
            let answer = api::change_conversation(id, patch).await;
            if !self.alive() {
                return;
            }
            match answer {
                Ok(conversation) => {
                    let last = self.with_inner(|inner| inner.keeping.next.is_none()) == Some(true);
                    if last {
                        self.show_settings(id, &conversation.settings);
                    }
                    sure = Some((id, conversation.settings));
                    on_refused.try_run(None);
                }
                Err(problem) => {
                    self.with_inner(|inner| inner.keeping.next = None);
                    self.show_settings(id, &before);
                    if on_refused.try_run(Some(problem.clone())).is_none() {
                        self.fail(problem);
                    }
                }
            }
        }
        self.with_inner(|inner| inner.keeping.flies = false);
    }

    fn show_settings(self, id: ConversationId, settings: &ChatSettings) {
        let open = self.conversation.get_untracked().filter(|open| open.id == id);
        let known = open.or_else(|| self.list.read_untracked().iter().find(|known| known.id == id).cloned());
        if let Some(known) = known {
            self.upsert(Conversation {
                settings: settings.clone(),
                ..known
            });
        }
    }
}
