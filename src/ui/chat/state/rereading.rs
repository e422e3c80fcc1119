//! What the feed could not tell: the list and the open conversation are read again.

use super::{Chat, list};
use crate::{
    api,
    types::{chat::ConversationPage, error::ErrorCode, ids::ConversationId},
    ui::{hooks::focus, platform},
};
use leptos::{prelude::*, task::spawn_local};

impl Chat {
    /// After a cut, frames of the list are missing: reads the list and the open conversation again.
    pub(super) fn refresh(self) {
        self.refresh_list();
        // one that is on its way is read already
        if let (Some(open), false) = (self.open_id(), self.loading.get_untracked()) {
            self.reload(open);
        }
    }

    /// Reads the list again; once more if the feed told of a change in between, which may be newer than what was read.
    pub(super) fn refresh_list(self) {
        spawn_local(async move {
            loop {
                let told = self.with_inner(|inner| inner.list_frames);
                let page = api::more_conversations(None).await;
                if !self.alive() {
                    return;
                }
                let page = match page {
                    Ok(page) => page,
                    // erased in another tab: nothing that stands here is there any more
                    Err(problem) if problem.code == ErrorCode::NotFound && !self.list.read_untracked().is_empty() => {
                        let _ = window().location().replace("/");
                        return;
                    }
                    Err(_) => return,
                };
                if self.with_inner(|inner| inner.list_frames) == told {
                    return self.take_list(page);
                }
            }
        });
    }

    pub(super) fn take_list(self, page: ConversationPage) {
        let complete = page.next_cursor.is_none();
        self.list
            .update(|list| list::refresh(list, page.conversations, complete));
        if complete {
            self.next_cursor.set(None);
        }
        let open = self.open_id();
        let open = self
            .list
            .read_untracked()
            .iter()
            .find(|known| Some(known.id) == open)
            .cloned();
        if let Some(open) = open {
            self.upsert(open);
        }
    }

    /// Reads the open conversation again; once more if a turn came in between. In a tab that nobody sees it is put off: what
    /// is read counts as seen.
    pub(super) fn reload(self, open: ConversationId) {
        if !focus::tab_is_visible() {
            self.with_inner(|inner| inner.behind = true);
            return;
        }
        spawn_local(async move {
            loop {
                let turns = self.turns();
                let thread = api::load_thread(open).await;
                platform::load_renderer().await;
                if !self.alive() || self.open_id() != Some(open) {
                    return;
                }
                let target = self.target();
                let ours = self.with_inner(|inner| {
                    inner.behind = inner.asking > 0 || inner.outbox.in_flight(target);
                    inner.behind
                });
                // when what is on its way has its answer
                if ours != Some(false) {
                    return;
                }
                if self.turns() == turns {
                    match thread {
                        Ok(Some(thread)) => self.reconcile(thread),
                        Ok(None) => self.gone.set(true),
                        Err(_) => {}
                    }
                    return;
                }
            }
        });
    }

    /// Reads the open conversation again, if that was put off and nothing is in the way any more.
    pub(super) fn catch_up(self) {
        let target = self.target();
        let behind = self.with_inner(|inner| inner.behind && inner.asking == 0 && !inner.outbox.in_flight(target));
        if let (Some(true), Some(open)) = (behind, self.open_id()) {
            self.reload(open);
        }
    }

    pub(super) fn feeds(self) -> u32 {
        self.with_inner(|inner| inner.feeds).unwrap_or_default()
    }

    pub(super) fn turns(self) -> u32 {
        self.with_inner(|inner| inner.turns).unwrap_or_default()
    }
}
