//! Sending: the bubble at once, the text out of the box only when the server has it, the outbox when nobody answers.

use super::{
    Chat,
    entry::{Entry, Wait},
    outbox::{Item, Target, What},
    set_if_new,
};
use crate::{
    api,
    types::{
        chat::*,
        coach::CoachId,
        error::{ErrorCode, Problem},
        ids::*,
    },
    ui::{
        hooks::{feed, frame, media, scroll, storage},
        platform,
    },
};
use leptos::{prelude::*, task::spawn_local};
use std::time::Duration;
use uuid::Uuid;

/// Longest title a conversation has before the server gave it one, in characters.
const TITLE: usize = 60;
const AGAIN_MS: u64 = 1_500;
const AGAIN_MOST_MS: u64 = 30_000;
/// A page that lives on after this has not left.
pub(super) const LEFT_BY_NOW: Duration = Duration::from_secs(10);
/// Between a phone's clock and the server's, at the most, in seconds.
const CLOCKS_DIFFER: i64 = 120;

impl Chat {
    /// Sends what stands in the composer and was not sent yet.
    pub fn send(self) {
        let boxed = self.text.get_untracked();
        let text = self.unsent(&boxed);
        if Self::room(&boxed) < 0 {
            self.refuse(Problem::new(ErrorCode::TooLarge, ""));
        } else if !text.trim().is_empty() {
            // a coach who is called by name was chosen last
            let picked = self.picked.get_untracked().filter(|_| !text.trim().starts_with('@'));
            let id = self.say(text.trim().to_owned(), picked);
            self.with_inner(|inner| inner.boxed.push((id, text)));
            self.text.update(|_| ());
            self.keep_draft();
        }
    }

    /// A coach card's question.
    pub fn start_with(self, coach: CoachId, question: String) {
        if self.entries.read_untracked().is_empty() {
            self.picked.set(Some(coach.clone()));
            self.say(question, Some(coach));
            self.focus_composer();
        }
    }

    fn say(self, text: String, coach: Option<CoachId>) -> ClientMessageId {
        spawn_local(platform::load_renderer());
        let id = ClientMessageId(Uuid::new_v4());
        let item = Item {
            id,
            target: self.target(),
            what: What::Message { text, coach },
            at: media::now_ms(),
        };
        self.problem.set(None);
        match item.target {
            Target::New(name) => storage::keep_settings(name, &self.wish.read_untracked()),
            // it was about this message
            Target::Existing(_) => self.picked.set(None),
        }
        let behind = self.with_inner(|inner| inner.outbox.items().any(|other| other.target == item.target));
        self.enqueue(item.clone());
        self.put_bubble(&item, Wait::Sending);
        if self.current.read_untracked().is_some() || behind == Some(true) {
            // It waits; the answer that is being written, or what waits before it, stays in view.
            frame::next_frame(scroll::to_latest);
        } else {
            scroll::to_question();
        }
        self.deliver();
        id
    }

    fn enqueue(self, item: Item) {
        storage::keep_item(&item);
        self.with_inner(|inner| inner.outbox.push(item));
    }

    fn put_bubble(self, item: &Item, wait: Wait) {
        let Some(text) = item.text() else { return };
        let key = item.id.to_string();
        if self.entries.read_untracked().iter().any(|entry| entry.key == key) {
            return;
        }
        let entry = Entry::keyed(key, local_message(Role::User, text.to_owned()), self.lang);
        entry.wait.set(wait);
        self.entries.update(|entries| entries.push(entry));
    }

    /// Asks the same question again, now or when there is a network.
    pub fn retry(self, entry: &Entry) {
        let generation = entry.message.read_untracked().generation_id;
        let Some(generation) = generation else { return };
        if entry.retrying.get_untracked() {
            return;
        }
        entry.retrying.set(true);
        self.focus_composer();
        let what = What::Retry { generation };
        let id = ClientMessageId(Uuid::new_v4());
        self.enqueue(Item {
            id,
            target: self.target(),
            what,
            at: media::now_ms(),
        });
        self.deliver();
    }

    /// What an earlier life of this page could not send.
    pub(super) fn restore_outbox(self) {
        let items = storage::kept_items();
        let open = self.open_id();
        if let (None, Some(Target::New(fresh))) = (open, items.iter().rev().map(|item| item.target).find(is_new)) {
            self.with_inner(|inner| inner.fresh = fresh);
            self.wish.set(storage::settings(fresh));
        }
        self.with_inner(|inner| items.into_iter().for_each(|item| inner.outbox.push(item)));
        self.bring_waiting();
        self.deliver();
    }

    /// Shows what waits in the outbox for the open conversation, unless it stands here as asked: the page that said it may
    /// not have heard that the server has it.
    pub(super) fn bring_waiting(self) {
        let target = self.target();
        let waiting = self.with_inner(|inner| {
            let here = inner.outbox.items().filter(|item| item.target == target);
            here.cloned().collect::<Vec<_>>()
        });
        let waiting = waiting.unwrap_or_default();
        let asked: Vec<_> = {
            let entries = self.entries.read_untracked();
            let questions = entries.iter().rev().filter(|entry| !entry.is_answer());
            let asked = questions.take(waiting.len()).map(|entry| {
                let question = entry.message.read_untracked();
                (question.content.clone(), question.created_at.unix_timestamp())
            });
            asked.collect()
        };
        // the same words of long before are another question; the clocks may differ
        let stands = |item: &Item| {
            let said = (item.at / 1_000.0) as i64 - CLOCKS_DIFFER;
            asked.iter().any(|(text, at)| item.text() == Some(text) && *at >= said)
        };
        for item in waiting {
            if let What::Retry { generation } = item.what
                && let Some(entry) = self.find(|message| message.generation_id == Some(generation))
            {
                set_if_new(&entry.retrying, true);
            }
            if !stands(&item) {
                self.put_bubble(&item, Wait::Network);
            }
        }
    }

    /// Sends all that may go out now. The first answer makes the artist: two messages at once would make two.
    pub(super) fn deliver(self) {
        let nobody = self.list.read_untracked().is_empty() && self.conversation.read_untracked().is_none();
        while let Some(item) = self.with_inner(|inner| inner.outbox.take(nobody)).flatten() {
            spawn_local(self.deliver_one(item));
        }
    }

    async fn deliver_one(self, item: Item) {
        let (conversation_id, settings) = match item.target {
            Target::Existing(id) => (Some(id), ChatSettings::default()),
            Target::New(_) if self.target() == item.target => (None, self.wish.get_untracked()),
            Target::New(name) => (None, storage::settings(name)),
        };
        let answer = match item.what.clone() {
            What::Message { text, coach } => {
                let ChatSettings {
                    provider,
                    model,
                    temperature,
                } = settings.clone();
                let request = SendRequest {
                    message: text,
                    conversation_id,
                    coach: coach.map(|coach| coach.to_string()),
                    provider,
                    model,
                    temperature,
                    client_message_id: Some(item.id),
                    ..SendRequest::default()
                };
                api::send_message(request).await
            }
            What::Retry { generation } => api::retry_answer(generation, item.id).await,
        };
        if !self.alive() {
            return;
        }
        match answer {
            Ok(started) => self.taken(&item, started, settings),
            // a page of another build is not understood either; the next one sends it
            Err(problem) if problem.is_silence() || self.outdated.get_untracked() => return self.unanswered(&item),
            Err(problem) => self.refused(&item, problem),
        }
        self.with_inner(|inner| inner.unanswered = 0);
        self.deliver();
        self.meet_unknown();
    }

    /// The server has it.
    fn taken(self, item: &Item, started: Started, settings: ChatSettings) {
        let wanted = self.with_inner(|inner| inner.outbox.items().any(|known| known.id == item.id));
        if wanted == Some(false) {
            // taken back while it was on its way
            self.withdraw(started.generation_id, None);
        }
        let open = self.target() == item.target;
        let changed = self.with_inner(|inner| inner.outbox.answered(item.id, Some(started.conversation_id)));
        let id = item.id;
        if is_new(&item.target) && self.with_inner(|inner| inner.leaving) == Some(true) {
            // the next page would not know where it went; it asks again, and is told
            set_timeout(move || storage::drop_item(id), LEFT_BY_NOW);
        } else {
            storage::drop_item(id);
        }
        changed.unwrap_or_default().iter().for_each(storage::keep_item);
        if let Target::New(name) = item.target {
            storage::keep_settings(name, &ChatSettings::default());
        }
        feed::ensure();
        if !open {
            return;
        }
        self.take_from_box(item.id);
        if let Target::New(_) = item.target {
            storage::keep_draft(None, "");
            self.becomes_known(item, &started, settings);
        }
        self.keep_draft();
        self.bubble_is_taken(item, &started);
        // it may have come by the feed or with the page already, and further than to its start
        if self.find(|message| message.id == started.message_id).is_none() {
            self.put_answer(coming(&started));
        }
    }

    fn bubble_is_taken(self, item: &Item, started: &Started) {
        let Some(text) = item.text() else { return };
        let key = item.id.to_string();
        // The message may have come by the feed or with the page already.
        let twice = |entry: &Entry| entry.key != key && entry.id() == started.user_message_id;
        if self.entries.read_untracked().iter().any(twice) {
            self.entries.update(|entries| entries.retain(|entry| entry.key != key));
            return;
        }
        self.put_bubble(item, Wait::Sending);
        let bubble = self
            .entries
            .read_untracked()
            .iter()
            .find(|entry| entry.key == key)
            .cloned();
        if let Some(bubble) = bubble {
            bubble.message.update(|message| {
                message.id = started.user_message_id;
                message.content = text.to_owned();
            });
            bubble.wait.set(Wait::Sent);
        }
    }

    /// A new conversation got its id: its address comes in place of `/chat`.
    fn becomes_known(self, item: &Item, started: &Started, settings: ChatSettings) {
        let now = media::now();
        let mut title: String = item.text().unwrap_or_default().chars().take(TITLE).collect();
        title = title.split_whitespace().collect::<Vec<_>>().join(" ");
        let conversation = Conversation {
            id: started.conversation_id,
            title,
            current_coach: started.coach.clone(),
            platform: Platform::Web,
            status: ConversationStatus::Active,
            pinned: false,
            running: true,
            unread: false,
            active_leaf_id: None,
            settings,
            created_at: now,
            last_message_at: now,
        };
        let known = self
            .list
            .read_untracked()
            .iter()
            .find(|known| known.id == conversation.id)
            .cloned();
        let conversation = known.unwrap_or(conversation);
        self.picked.set(None);
        self.conversation.set(Some(conversation.clone()));
        self.upsert(conversation);
        self.go_to(Some(started.conversation_id), true);
    }

    /// Refused: the bubble goes, the text stays.
    fn refused(self, item: &Item, problem: Problem) {
        self.bring_back(item, problem.code == ErrorCode::NotFound);
        if self.target() == item.target {
            self.refuse(problem);
        }
    }

    /// Says why the text in the composer was not sent.
    pub fn refuse(self, problem: Problem) {
        self.refused.set(true);
        self.problem.set(Some(problem));
    }

    /// Nobody answered: it waits in the outbox, shown as queued, and goes out again with the same id.
    fn unanswered(self, item: &Item) {
        // which says how it stands with the network
        feed::ensure();
        let tries = self.with_inner(|inner| {
            inner.outbox.unanswered(item.id);
            inner.unanswered = (inner.unanswered + 1).min(8);
            inner.unanswered
        });
        // and all behind it, which cannot go before it
        let waiting = self.with_inner(|inner| {
            let here = inner.outbox.items().filter(|other| other.target == item.target);
            here.map(|other| other.id).collect::<Vec<_>>()
        });
        for id in waiting.unwrap_or_default() {
            let key = id.to_string();
            if let Some(bubble) = self.entries.read_untracked().iter().find(|entry| entry.key == key) {
                set_if_new(&bubble.wait, Wait::Network);
            }
            self.take_from_box(id);
            self.keep_draft();
        }
        let wait = (AGAIN_MS << (tries.unwrap_or(1) - 1)).min(AGAIN_MOST_MS);
        set_timeout(
            move || {
                if self.alive() && media::online() {
                    self.deliver();
                }
            },
            Duration::from_millis(wait),
        );
    }
}

fn is_new(target: &Target) -> bool {
    matches!(target, Target::New(_))
}

/// The answer of a started turn, without a word yet.
pub(super) fn coming(started: &Started) -> Message {
    let mut answer = local_message(Role::Assistant, String::new());
    answer.id = started.message_id;
    answer.parent_id = Some(started.user_message_id);
    answer.generation_id = Some(started.generation_id);
    answer.coach = Some(started.coach.clone());
    answer.status = MessageStatus::Queued;
    answer
}

/// A message the server has not told about yet.
pub(super) fn local_message(role: Role, content: String) -> Message {
    Message {
        id: MessageId(Uuid::new_v4()),
        parent_id: None,
        role,
        content,
        coach: None,
        status: MessageStatus::Complete,
        generation_id: None,
        provider: None,
        model: None,
        temperature: None,
        stop_reason: None,
        cached: false,
        resumed: false,
        feedback: None,
        feedback_comment: None,
        usage: Usage::default(),
        cost_usd: None,
        time_to_first_token_ms: None,
        duration_ms: None,
        routing: None,
        handoff: None,
        error: None,
        siblings: Vec::new(),
        created_at: media::now(),
    }
}
