//! What the feed tells: events of answers, and what changed in the list, here or in another tab.

use super::{
    Chat,
    entry::{Entry, Running, Wait},
    set_if_new,
};
use crate::{
    api,
    markdown::Renderer,
    types::{
        chat::*,
        event::{Applied, Ending, GenerationInfo},
        feed::*,
        ids::*,
    },
    ui::{
        hooks::{feed, frame, keyboard, storage},
        platform,
    },
};
use leptos::{prelude::*, task::spawn_local};

/// A screen reader hears so much of an answer.
const HEARD: usize = 500;

impl Chat {
    pub(super) fn feed_handlers(self) -> feed::Handlers {
        feed::Handlers {
            on_frame: Box::new(move |frame| self.frame(frame)),
            on_open: Box::new(move |again| {
                platform::take_over_all();
                let opening = self.with_inner(|inner| {
                    inner.feeds += 1;
                    inner.opening
                });
                if let (Some(id), false) = (opening.flatten(), self.loading.get_untracked()) {
                    self.open(id);
                }
                self.watch_again();
                self.is_reached();
                self.deliver();
                if again {
                    let search = self.search;
                    if search.found.with_untracked(Option::is_some) {
                        platform::with_extras(move |extras| (extras.search_again)(search));
                    }
                    self.refresh();
                } else if self.list.read_untracked().iter().any(|known| known.running) {
                    // it may have ended before anybody could tell
                    self.refresh_list();
                }
            }),
            on_presence: Box::new(move |presence| {
                platform::take_over_all();
                if self.alive() && self.presence.get_untracked() != presence {
                    self.presence.set(presence);
                }
            }),
            on_return: Box::new(move || self.deliver()),
            on_outdated: Box::new(move || self.leave_old_page()),
        }
    }

    /// Loads the page anew, unless that would disturb somebody who writes: then she is told, and the feed, which keeps
    /// trying, comes back here. What stands in the composer and what waits outlives the reload, what is changed does not.
    fn leave_old_page(self) {
        if !self.alive() {
            return;
        }
        let changes = self.sheet.get_untracked().is_some()
            || self.renaming.get_untracked().is_some()
            || keyboard::find(".edit-field, .comment-field").is_some();
        let reads = self.away.get_untracked() || !self.text.read_untracked().is_empty();
        if !changes && (document().hidden() || !reads) {
            storage::reload_once();
        } else if !self.outdated.get_untracked() {
            self.outdated.set(true);
        }
    }

    fn frame(self, frame: FeedFrame) {
        if !self.alive() {
            return;
        }
        match frame {
            FeedFrame::Generation { info } => self.generation(info),
            FeedFrame::Event {
                generation_id,
                seq,
                event,
            } => {
                let applied = self.with_inner(|inner| {
                    let running = inner.running.get_mut(&generation_id)?;
                    Some((running.apply(seq, &event), running.transcript.seq))
                });
                match applied.flatten() {
                    Some((Applied::Yes, _)) => self.ask_frame(),
                    Some((Applied::Gap, after)) => feed::send(&FeedRequest::Watch { generation_id, after }),
                    Some((Applied::Duplicate, _)) | None => {}
                }
            }
            FeedFrame::Gone { generation_id } => self.gone(generation_id),
            FeedFrame::Nothing { generation_id } => self.drop_turn(generation_id),
            FeedFrame::List {
                conversation,
                generation_id,
            } => {
                self.with_inner(|inner| inner.list_frames += 1);
                let open = self.open_id() == Some(conversation.id);
                self.upsert(*conversation);
                if let (true, Some(generation)) = (open, generation_id) {
                    self.meet(generation);
                }
            }
            FeedFrame::ListGone { conversation_id } => {
                self.with_inner(|inner| inner.list_frames += 1);
                let ours = self.with_inner(|inner| inner.deleting.contains(&conversation_id)) == Some(true);
                if self.open_id() == Some(conversation_id) && !ours {
                    self.gone.set(true);
                }
                self.forget(conversation_id);
            }
            FeedFrame::Tick {} => {}
        }
    }

    pub(super) fn watch(self, entry: Entry, generation_id: GenerationId) {
        let new = self.with_inner(|inner| {
            inner.unknown.remove(&generation_id);
            let new = !inner.running.contains_key(&generation_id);
            if new {
                inner.running.insert(generation_id, Running::new(entry));
            }
            new
        });
        if new == Some(true) {
            feed::ensure();
            feed::send(&FeedRequest::Watch {
                generation_id,
                after: 0,
            });
        }
    }

    /// Follows none of the answers any more.
    pub(super) fn drop_running(self) {
        let watched = self.with_inner(|inner| std::mem::take(&mut inner.running));
        for generation in watched.unwrap_or_default().into_keys() {
            self.unwatch(generation);
        }
    }

    pub(super) fn unwatch(self, generation_id: GenerationId) {
        feed::send(&FeedRequest::Unwatch { generation_id });
    }

    /// Watches every unfinished answer of the page.
    pub(super) fn watch_live(self) {
        let entries = self.entries.get_untracked();
        for entry in entries.into_iter().filter(Entry::is_live) {
            let generation = entry.message.read_untracked().generation_id;
            if let Some(generation) = generation {
                self.watch(entry, generation);
            }
        }
    }

    fn watch_again(self) {
        let watched = self.with_inner(|inner| {
            let known = inner.running.iter().map(|(id, running)| (*id, running.transcript.seq));
            known.chain(inner.unknown.iter().map(|id| (*id, 0))).collect::<Vec<_>>()
        });
        for (generation_id, after) in watched.unwrap_or_default() {
            feed::send(&FeedRequest::Watch { generation_id, after });
        }
    }

    fn generation(self, info: GenerationInfo) {
        let known = self.with_inner(|inner| {
            let running = inner.running.get_mut(&info.generation_id)?;
            running.info = Some(info.clone());
            Some(running.entry.clone())
        });
        let Some(entry) = known.flatten() else {
            let asked = self.with_inner(|inner| inner.unknown.contains(&info.generation_id));
            if asked == Some(true) && self.open_id() == Some(info.conversation_id) {
                spawn_local(self.bring(info));
            }
            return;
        };
        let changed = {
            let message = entry.message.read_untracked();
            message.coach.as_ref() != Some(&info.coach) || message.handoff != info.handoff
        };
        if changed {
            entry.message.update(|message| {
                message.coach = Some(info.coach.clone());
                message.handoff = info.handoff.clone();
            });
        }
    }

    /// A generation of the open conversation that this tab may not have started.
    fn meet(self, generation_id: GenerationId) {
        let on_page = self
            .find(|message| message.generation_id == Some(generation_id))
            .is_some();
        if on_page {
            return;
        }
        let ours_maybe = self.with_inner(|inner| {
            inner.unknown.insert(generation_id);
            inner.asking > 0 || inner.outbox.in_flight(self.target())
        });
        // If it is ours, the answer to the send says so; see `meet_unknown`.
        if ours_maybe == Some(false) {
            feed::send(&FeedRequest::Watch {
                generation_id,
                after: 0,
            });
        }
    }

    /// After a send was answered: what is still unknown was started elsewhere, and what could not be read meanwhile is.
    pub(super) fn meet_unknown(self) {
        for generation in self
            .with_inner(|inner| std::mem::take(&mut inner.unknown))
            .unwrap_or_default()
        {
            self.meet(generation);
        }
        self.catch_up();
    }

    /// Puts a turn that was started elsewhere on the page.
    async fn bring(self, info: GenerationInfo) {
        let question = match self.find(|message| message.id == info.user_message_id) {
            Some(_) => None,
            None => api::load_message(info.user_message_id).await.ok(),
        };
        let Ok(answer) = api::load_message(info.message_id).await else {
            return;
        };
        if !self.alive() || self.open_id() != Some(info.conversation_id) {
            return;
        }
        // What this tab started itself may have come to the page meanwhile, and is followed already.
        if self.is_running(Some(info.generation_id)) {
            return;
        }
        self.unwatch(info.generation_id);
        if let Some(question) = question
            && self.find(|message| message.id == question.id).is_none()
        {
            let known = |entry: &&Entry| !matches!(*entry.wait.read_untracked(), Wait::Sending | Wait::Network);
            let last = self.entries.read_untracked().iter().rfind(known).map(Entry::id);
            if question.parent_id != last {
                // It stands beside another one.
                self.with_inner(|inner| inner.unknown.remove(&info.generation_id));
                return self.reload(info.conversation_id);
            }
            self.entries
                .update(|entries| entries.push(Entry::new(question, self.lang)));
        }
        self.put_answer(answer);
        self.with_inner(|inner| inner.unknown.remove(&info.generation_id));
    }

    /// Puts an answer below its question, in place of a former one, and follows it while it is not finished.
    pub(super) fn put_answer(self, answer: Message) {
        let (id, question, generation) = (answer.id, answer.parent_id, answer.generation_id);
        if let Some(known) = self.find(|message| message.id == id) {
            if !self.is_running(generation) {
                known.replace(answer, self.lang);
            }
        } else {
            self.with_inner(|inner| inner.turns += 1);
            if let Some(former) = self.find(|other| other.role == Role::Assistant && other.parent_id == question) {
                self.put_in_place(&former, answer);
            } else {
                self.put_below(Entry::new(answer, self.lang), question);
            }
        }
        self.requeue();
        self.watch_live();
    }

    fn put_below(self, entry: Entry, question: Option<MessageId>) {
        self.entries.update(|entries| {
            let below = entries.iter().position(|other| Some(other.id()) == question);
            let at = below.map_or(entries.len(), |at| at + 1);
            entries.insert(at, entry);
        });
    }

    pub(super) fn is_running(self, generation: Option<GenerationId>) -> bool {
        generation.is_some_and(|id| self.with_inner(|inner| inner.running.contains_key(&id)) == Some(true))
    }

    fn ask_frame(self) {
        if self.with_inner(|inner| std::mem::replace(&mut inner.frame_asked, true)) == Some(false) {
            frame::next_frame(move || platform::with_renderer(move |renderer| self.flush(renderer)));
        }
    }

    /// Once per frame: all that came goes on the page.
    fn flush(self, renderer: Renderer) {
        let lang = self.lang;
        let ended = self.with_inner(|inner| {
            inner.frame_asked = false;
            let mut ended = Vec::new();
            for (id, running) in inner.running.iter_mut().filter(|(_, running)| running.dirty) {
                if running.flush(renderer, lang) {
                    ended.push(*id);
                }
            }
            let gone = ended
                .iter()
                .filter_map(|id| inner.running.remove(id))
                .collect::<Vec<_>>();
            let text = inner
                .running
                .values()
                .filter(|running| !running.transcript.text.is_empty());
            (gone, text.map(|running| running.entry.clone()).collect::<Vec<_>>())
        });
        let Some((ended, speaking)) = ended else { return };
        for entry in &speaking {
            self.question_is_heard(entry);
        }
        for running in ended {
            self.question_is_heard(&running.entry);
            self.announce(&running, renderer);
            self.unwatch_ended(&running);
            self.requeue();
        }
    }

    fn unwatch_ended(self, running: &Running) {
        let generation = running.entry.message.read_untracked().generation_id;
        if let Some(generation) = generation {
            self.unwatch(generation);
        }
    }

    fn question_is_heard(self, answer: &Entry) {
        let question = answer.message.read_untracked().parent_id;
        if let Some(question) = self.find(|message| Some(message.id) == question)
            && question.wait.get_untracked() == Wait::Sent
        {
            set_if_new(&question.wait, Wait::No);
        }
    }

    /// What was stopped is told by who stopped it, what failed by its card.
    fn announce(self, running: &Running, renderer: Renderer) {
        match running.transcript.ending {
            Ending::Done(_) => {
                let words: String = (renderer.plain)(&running.transcript.text).chars().take(HEARD).collect();
                let answered = (self.texts().answered)(&self.coach_name(&running.entry));
                self.announced.set(format!("{answered} {words}"));
            }
            // nobody is answering any more
            Ending::Failed(_) => self.announced.set(String::new()),
            _ => {}
        }
        platform::tell("answered");
    }

    /// The message as the server has it ends what was live here.
    pub(super) fn finish(self, generation: GenerationId, message: Message) {
        let running = self.with_inner(|inner| inner.running.remove(&generation)).flatten();
        self.unwatch(generation);
        let entry = running
            .map(|running| running.entry)
            .or_else(|| self.find(|known| known.id == message.id));
        if let Some(entry) = entry {
            entry.replace(message, self.lang);
            self.question_is_heard(&entry);
        }
        self.requeue();
    }

    fn gone(self, generation: GenerationId) {
        let entry = self
            .with_inner(|inner| inner.running.get(&generation).map(|running| running.entry.clone()))
            .flatten();
        let Some(entry) = entry else { return };
        spawn_local(async move {
            let message = api::load_message(entry.id()).await;
            if let (true, Ok(message)) = (self.alive(), message) {
                self.finish(generation, message);
            }
        });
    }
}
