//! What is new in a conversation, and what of it has been seen.

use super::{Chat, list, set_if_changed};
use crate::{
    api,
    types::{chat::Conversation, ids::ConversationId},
    ui::hooks::focus,
};
use leptos::{prelude::*, task::spawn_local};

impl Chat {
    /// What finished while the tab was hidden has been seen now.
    pub(super) fn look(self) {
        let open = self.open_id();
        if focus::tab_is_visible() {
            self.catch_up();
        }
        let news = self
            .list
            .read_untracked()
            .iter()
            .any(|known| Some(known.id) == open && known.unread);
        if let (true, Some(id)) = (news && focus::tab_is_visible(), open) {
            self.mark_read(id);
            spawn_local(async move { drop(api::mark_read(id).await) });
        }
    }

    /// The open conversation has no news for who looks at it.
    pub(super) fn mark_read(self, id: ConversationId) {
        if self
            .list
            .read_untracked()
            .iter()
            .any(|known| known.id == id && known.unread)
        {
            self.list.update(|list| {
                list.iter_mut()
                    .filter(|known| known.id == id)
                    .for_each(|known| known.unread = false)
            });
        }
    }

    pub fn upsert(self, conversation: Conversation) {
        let open = self.open_id() == Some(conversation.id);
        if open {
            set_if_changed(self.gone, false);
            let shown = Conversation {
                unread: false,
                ..conversation.clone()
            };
            set_if_changed(self.conversation, Some(shown));
        }
        self.list.update(|list| list::upsert(list, conversation));
        if open {
            self.look();
        }
    }
}
