//! What the artist asks for besides sending.

use super::{Chat, Left, Pages, Undoable, entry::Entry, list};
use crate::{
    api,
    types::{
        chat::*,
        coach::CoachId,
        error::{ErrorCode, Problem},
        ids::*,
    },
    ui::{
        address,
        hooks::{frame, scroll, storage},
        platform,
        texts::sheets::sheet_texts,
    },
};
use leptos::{prelude::*, task::spawn_local};
use std::time::Duration;

/// Between two tries to stop an answer without a network.
const STOP_AGAIN: Duration = Duration::from_secs(2);

impl Chat {
    /// Another conversation, in this page.
    pub fn open(self, id: ConversationId) {
        self.clear();
        self.loading.set(true);
        self.with_inner(|inner| inner.opening = Some(id));
        let known = self.list.read_untracked().iter().find(|known| known.id == id).cloned();
        self.conversation
            .set(Some(known.unwrap_or_else(|| Conversation::placeholder(id))));
        self.text.set(storage::draft(Some(id)));
        spawn_local(async move {
            let (feeds, turns) = (self.feeds(), self.turns());
            let thread = api::load_thread(id).await;
            platform::load_renderer().await;
            // She may have gone on meanwhile.
            if !self.alive() || self.with_inner(|inner| inner.opening) != Some(Some(id)) {
                return;
            }
            self.loading.set(false);
            // One that cannot be had is opened again when the server is back, and what is sent until then waits for it.
            let later = matches!(&thread, Err(problem) if problem.code == ErrorCode::Unavailable);
            if later && self.feeds() != feeds {
                return self.open(id);
            }
            self.with_inner(|inner| inner.opening = later.then_some(id));
            match thread {
                Ok(Some(thread)) => {
                    platform::tell("opened");
                    // of a turn that came in between, and may not be in it
                    self.drop_running();
                    self.show(thread);
                    if self.turns() != turns {
                        self.reload(id);
                    }
                }
                Ok(None) => return self.not_found.set(true),
                Err(problem) => {
                    self.fail(problem);
                    platform::tell("unreachable");
                }
            }
            self.bring_waiting();
            self.watch_live();
            scroll::to_latest();
            if address::came_back()
                && let Some((message, stood)) = scroll::left(id)
            {
                platform::with_extras(move |extras| (extras.seek)(self, id, message, Some(stood)));
            }
        });
    }

    /// From the list, or the open one, which may stand further down than the list was read.
    fn known(self, id: ConversationId) -> Option<Conversation> {
        let listed = self.list.read_untracked().iter().find(|known| known.id == id).cloned();
        listed.or_else(|| self.conversation.get_untracked().filter(|open| open.id == id))
    }

    /// A malformed address.
    pub fn open_nothing(self) {
        self.clear();
        self.loading.set(false);
        self.not_found.set(true);
    }

    /// The stop of the answer that is being written was asked for.
    pub fn is_stopping(self) -> bool {
        let current = self.current.get();
        current.is_some() && self.stopping.get() == current
    }

    /// Stops the answer that is being written; the page shows what the server kept.
    pub fn stop(self) {
        let Some(generation) = self.current.get_untracked() else {
            return;
        };
        if self.stopping.get_untracked() == Some(generation) {
            return;
        }
        self.stopping.set(Some(generation));
        self.stop_one(generation);
    }

    /// Stops one that is being written or waits for its turn.
    pub(super) fn stop_one(self, generation: GenerationId) {
        spawn_local(async move {
            let message = api::stop_answer(generation).await;
            if !self.alive() {
                return;
            }
            let unheard = matches!(&message, Err(problem) if problem.is_silence());
            if unheard && self.current.get_untracked() == Some(generation) {
                return set_timeout(move || self.stop_one(generation), STOP_AGAIN);
            }
            if self.stopping.get_untracked() == Some(generation) {
                self.stopping.set(None);
            }
            // she may have gone on to another conversation
            let here = self.find(|message| message.generation_id == Some(generation)).is_some();
            match message {
                Ok(message) => {
                    if here && message.status == MessageStatus::Stopped {
                        self.announced.set(self.texts().badge_stopped.to_owned());
                    }
                    self.finish(generation, message);
                }
                Err(problem) => self.fail(problem),
            }
        });
    }

    /// Takes a hand-over back: the former coach answers in the place of the given answer.
    pub fn undo_handoff(self, entry: &Entry) {
        if entry.retrying.get_untracked() {
            return;
        }
        entry.retrying.set(true);
        self.focus_composer();
        let (open, entry) = (self.open_id(), entry.clone());
        spawn_local(async move {
            let started = api::undo_handoff(entry.id()).await;
            if !self.alive() {
                return;
            }
            entry.retrying.set(false);
            let answer = match started {
                Ok(started) => api::load_message(started.message_id).await,
                Err(problem) => Err(problem),
            };
            if !self.alive() || self.open_id() != open {
                return;
            }
            match answer {
                Ok(answer) => {
                    // an earlier pick does not count any more
                    self.picked.set(None);
                    if let Some(coach) = answer.coach.clone() {
                        self.conversation.update(|open| {
                            if let Some(open) = open {
                                open.current_coach = coach;
                            }
                        });
                    }
                    self.put_answer(answer);
                }
                Err(problem) => self.fail(problem),
            }
        });
    }

    /// An answer that leaves the page is not followed any more.
    pub(super) fn drop_running_of(self, entry: &Entry) {
        let generation = entry.message.read_untracked().generation_id;
        if let Some(generation) = generation {
            self.with_inner(|inner| inner.running.remove(&generation));
            self.unwatch(generation);
        }
    }

    pub(super) fn fail(self, problem: Problem) {
        if self.alive() {
            self.refused.set(false);
            self.problem.set(Some(problem));
        }
    }

    /// What is said of a squad that cannot be reached is not true any more.
    pub(super) fn is_reached(self) {
        for said in [self.problem, self.editing.problem] {
            if said.with_untracked(is_away) {
                said.set(None);
            }
        }
    }

    /// The open conversation could not be had, which stands in its place. One that a program has made may have no message
    /// yet.
    pub fn is_out_of_reach(self) -> bool {
        self.problem.with(is_away) && self.entries.read().is_empty() && self.conversation.read().is_some()
    }

    /// The artist picks who answers from now on. The next message says so too: it may be faster, or wait for the network.
    pub fn pick(self, coach: CoachId) {
        self.picked.set(Some(coach.clone()));
        frame::next_frame(move || self.focus_composer());
        let Some(id) = self.open_id() else { return };
        spawn_local(async move {
            match api::pick_coach(id, coach).await {
                Ok(conversation) if self.alive() => self.upsert(conversation),
                Err(problem) if !problem.is_silence() && self.open_id() == Some(id) => {
                    self.picked.set(None);
                    self.fail(problem);
                }
                _ => {}
            }
        });
    }

    /// The page of messages above, unless it is on its way.
    pub fn older(self) {
        let more = self.next_before.read_untracked().is_some();
        if more && self.with_inner(|inner| std::mem::replace(&mut inner.older_asked, true)) == Some(false) {
            platform::with_extras(move |extras| (extras.older)(self));
        }
    }

    pub fn ask_older(self) {
        let (id, before) = (self.open_id(), self.next_before.get_untracked());
        spawn_local(async move {
            let page = match (id, before) {
                (Some(id), Some(before)) => api::older_messages(id, before).await.ok(),
                _ => None,
            };
            platform::load_renderer().await;
            self.with_inner(|inner| inner.older_asked = false);
            if let (Some(page), true) = (page, self.alive() && self.open_id() == id) {
                self.put_above(page);
            }
        });
    }

    fn put_above(self, page: MessagePage) {
        let first = self.entries.read_untracked().first().cloned();
        let number = first.as_ref().map_or(0, |first| first.page + 1);
        let below = first.and_then(|first| first.message.read_untracked().parent_id);
        // another branch may be shown meanwhile
        if page.messages.last().is_none_or(|last| Some(last.id) == below) {
            let above = page.messages.into_iter();
            let above: Vec<Entry> = above.map(|message| Entry::above(message, number, self.lang)).collect();
            self.entries.update(|entries| drop(entries.splice(0..0, above)));
            self.next_before.set(page.next_before);
        }
    }

    /// The next page of the list that is shown.
    pub fn more(self) {
        if self.archived.get_untracked() {
            if let Pages::Read(cursor @ Some(_)) = self.archived_pages.get_untracked() {
                self.read_archived(cursor);
            }
            return;
        }
        let Some(cursor) = self.next_cursor.get_untracked() else {
            return;
        };
        spawn_local(async move {
            let Ok(page) = api::more_conversations(Some(cursor)).await else {
                return;
            };
            if self.alive() {
                self.put_all(page.conversations);
                self.next_cursor.set(page.next_cursor);
            }
        });
    }

    pub(super) fn put_all(self, conversations: Vec<Conversation>) {
        self.list.update(|list| {
            for conversation in conversations {
                list::upsert(list, conversation);
            }
        });
    }

    pub fn rename(self, id: ConversationId, title: String) {
        self.change(
            id,
            ConversationPatch {
                title: Some(title),
                ..ConversationPatch::default()
            },
        );
    }

    pub fn pin(self, id: ConversationId, pinned: bool) {
        self.change(
            id,
            ConversationPatch {
                pinned: Some(pinned),
                ..ConversationPatch::default()
            },
        );
    }

    pub fn archive(self, id: ConversationId, archived: bool) {
        self.can_undo(self.known(id), Left::Archived(archived));
        self.put_in_archive(id, archived);
    }

    /// The open one comes back to the list.
    pub fn unarchive(self) {
        if let Some(id) = self.open_id() {
            self.archive(id, false);
            self.focus_composer();
        }
    }

    fn put_in_archive(self, id: ConversationId, archived: bool) {
        self.change(
            id,
            ConversationPatch {
                archived: Some(archived),
                ..ConversationPatch::default()
            },
        );
    }

    /// Shows the change at once, and takes it back when it is refused.
    fn change(self, id: ConversationId, patch: ConversationPatch) {
        let before = self.known(id);
        if let Some(mut changed) = before.clone() {
            if let Some(title) = &patch.title {
                changed.title.clone_from(title);
            }
            changed.pinned = patch.pinned.unwrap_or(changed.pinned);
            changed.status = match patch.archived {
                Some(true) => ConversationStatus::Archived,
                Some(false) => ConversationStatus::Active,
                None => changed.status,
            };
            self.upsert(changed);
        }
        let title = patch.title.clone();
        spawn_local(async move {
            match (api::change_conversation(id, patch).await, before) {
                (Ok(conversation), _) if self.alive() => {
                    self.upsert(conversation);
                    self.is_reached();
                }
                (Err(problem), Some(before)) if self.alive() => {
                    self.upsert(before);
                    self.undoable
                        .update(|all| all.retain(|left| left.conversation.id != id));
                    // unless another one is being written
                    if let (Some(title), None) = (title, self.renaming.get_untracked()) {
                        self.refused_title.set_value(Some((id, title)));
                        self.renaming.set(Some(id));
                    }
                    self.fail(problem);
                }
                _ => {}
            }
        });
    }

    /// `then` runs when it leaves the list.
    pub fn delete(self, id: ConversationId, then: Box<dyn FnOnce()>) {
        let known = self.known(id);
        // the feed may tell before the answer comes
        self.with_inner(|inner| inner.deleting.insert(id));
        spawn_local(async move {
            let deleted = api::delete_conversation(id).await;
            self.with_inner(|inner| inner.deleting.remove(&id));
            match deleted {
                Ok(()) if self.alive() => {
                    // she may have gone on meanwhile, or come here
                    let open = self.open_id() == Some(id);
                    self.forget(id);
                    self.is_reached();
                    then();
                    self.can_undo(known, Left::Deleted { open });
                    if open {
                        // the way back does not lead to what is no more
                        self.go_to(None, true);
                    }
                }
                Ok(()) => {}
                Err(problem) => self.fail(problem),
            }
        });
    }

    /// It is deleted, here or elsewhere.
    pub(super) fn forget(self, id: ConversationId) {
        self.list.update(|list| {
            list::remove(list, id);
        });
        self.search.lose(id);
        platform::tell_of("deleted", &format!("/chat/{id}"));
    }

    fn can_undo(self, known: Option<Conversation>, how: Left) {
        let left = known.map(|conversation| Undoable { conversation, how });
        self.undoable.update(|all| all.extend(left));
    }

    /// Takes back what took the last one from the list; then the one before can be taken back.
    pub fn undo(self) {
        let Some(undoable) = self.undoable.try_update(Vec::pop).flatten() else {
            return;
        };
        self.focus_composer();
        let Undoable { conversation, how } = undoable.clone();
        let back = (sheet_texts(self.lang).was_unarchived)(&conversation.title);
        let open = match how {
            Left::Archived(archived) => {
                if archived {
                    self.announced.set(back);
                }
                return self.put_in_archive(conversation.id, !archived);
            }
            Left::Deleted { open } => open,
        };
        spawn_local(async move {
            match api::restore_conversation(conversation.id).await {
                Ok(conversation) if self.alive() => {
                    let id = conversation.id;
                    self.upsert(conversation);
                    self.is_reached();
                    self.announced.set(back);
                    if open && self.open_id().is_none() {
                        self.go_to(Some(id), false);
                    }
                }
                Ok(_) => {}
                Err(problem) => {
                    let lost = problem.code == ErrorCode::NotFound;
                    self.fail(problem);
                    // the only way back
                    self.undoable.try_update(|all| all.extend((!lost).then_some(undoable)));
                }
            }
        });
    }

    pub fn forget_undoable(self) {
        self.undoable.update(Vec::clear);
    }
}

fn is_away(problem: &Option<Problem>) -> bool {
    matches!(problem, Some(problem) if problem.code == ErrorCode::Unavailable)
}
