//! Versions: other answers to a question, other words of one; and what the artist thinks of an answer.
//!
//! A message that takes the place of another version takes over its [`Entry`]: nothing around it is drawn again, and the
//! focus stays where it is.

use super::{
    Chat,
    entry::{Entry, Wait},
    sending::{coming, local_message},
    set_if_new,
};
use crate::{
    api,
    types::{chat::*, error::Problem, ids::*, page::Thread},
    ui::{
        hooks::{keyboard, media, scroll},
        platform,
    },
};
use leptos::{prelude::*, task::spawn_local};
use uuid::Uuid;
use wasm_bindgen::JsCast;

/// In the place of a part's number, until what stands below is known.
const NEW: usize = usize::MAX;

/// The question that is being written anew; at most one.
#[derive(Clone, Copy)]
pub struct Editing {
    pub of: RwSignal<Option<MessageId>>,
    pub saving: RwSignal<bool>,
    pub problem: RwSignal<Option<Problem>>,
    /// Its words were sent under this name, so that a second try sends nothing new.
    sent: StoredValue<Option<(ClientMessageId, String)>>,
    /// Where the focus goes back to.
    from_composer: StoredValue<bool>,
    /// The question whose field stood open when its conversation was left, and what stood in it.
    left: StoredValue<Option<(MessageId, String)>>,
}

impl Default for Editing {
    fn default() -> Self {
        Self {
            of: RwSignal::new(None),
            saving: RwSignal::new(false),
            problem: RwSignal::new(None),
            sent: StoredValue::new(None),
            from_composer: StoredValue::new(false),
            left: StoredValue::new(None),
        }
    }
}

impl Editing {
    pub(super) fn end(self) {
        self.of.set(None);
        self.problem.set(None);
        self.saving.set(false);
        self.sent.set_value(None);
    }

    /// The conversation is left: the field goes, its words are kept.
    pub(super) fn leave(self) {
        if let Some(of) = self.of.get_untracked() {
            let field = keyboard::find(".edit-field").and_then(|field| field.dyn_into().ok());
            let words = field.map(|field: web_sys::HtmlTextAreaElement| (of, field.value()));
            self.left.set_value(words);
        }
        self.end();
    }

    /// Another version of a message comes in its place. Who writes it anew writes on: what she sends comes beside that one,
    /// too. Unless it is what she sent.
    fn follow(self, former: MessageId, version: &Message) {
        if self.of.get_untracked() == Some(former) {
            let is_it = |sent: &Option<(_, String)>| matches!(sent, Some((_, words)) if *words == version.content);
            match self.sent.with_value(is_it) {
                true => self.end(),
                false => self.of.set(Some(version.id)),
            }
        }
    }

    /// What stands in the question's field first.
    pub fn words(self, question: &Message) -> String {
        let left = self.left.try_update_value(Option::take).flatten();
        match left.filter(|(of, _)| *of == question.id) {
            Some((_, words)) => words,
            None => question.content.clone(),
        }
    }
}

/// A thumb and the words that came with it.
type Opinion = (Option<Feedback>, Option<String>);

fn opinion(entry: &Entry) -> Opinion {
    let message = entry.message.read_untracked();
    (message.feedback, message.feedback_comment.clone())
}

fn set_opinion(entry: &Entry, (value, comment): Opinion) {
    entry.message.update(|message| {
        message.feedback = value;
        message.feedback_comment = comment;
    });
}

/// The versions of a message, for the one that comes beside it or in its place.
fn family(former: &Message) -> Vec<MessageId> {
    let mut family = former.siblings.clone();
    if family.is_empty() {
        family.push(former.id);
    }
    if gives_its_place(former) {
        family.retain(|id| *id != former.id);
    }
    family
}

/// A failed answer without a word does not stay as a version.
fn gives_its_place(message: &Message) -> bool {
    message.status == MessageStatus::Failed && message.content.is_empty()
}

impl Entry {
    /// The server has it.
    fn is_known(&self) -> bool {
        !matches!(*self.wait.read_untracked(), Wait::Sending | Wait::Network)
    }
}

impl Chat {
    /// Runs what starts a turn. Until it is over, turns the feed tells of may be its own.
    fn ask(self, work: impl Future<Output = ()> + 'static) {
        self.with_inner(|inner| inner.asking += 1);
        spawn_local(async move {
            work.await;
            if self.alive() {
                self.with_inner(|inner| inner.asking -= 1);
                self.meet_unknown();
            }
        });
    }

    /// The composer has the focus, where that opens no keyboard on the screen.
    pub fn focus_composer(self) {
        if !media::touch() {
            keyboard::focus("[data-testid=composer]");
        }
    }

    /// Another answer in the place of this one, which stays behind ‹ ›.
    pub fn regenerate(self, entry: &Entry) {
        if entry.retrying.get_untracked() {
            return;
        }
        entry.retrying.set(true);
        self.problem.set(None);
        let (entry, open) = (entry.clone(), self.open_id());
        let (id, handoff) = {
            let message = entry.message.read_untracked();
            (message.id, message.handoff.clone())
        };
        self.ask(async move {
            let started = api::regenerate_answer(id, RegenerateRequest::default()).await;
            platform::load_renderer().await;
            if !self.alive() {
                return;
            }
            entry.retrying.set(false);
            match started {
                Ok(started) if self.open_id() == open => {
                    let mut answer = coming(&started);
                    answer.handoff = handoff;
                    self.focus_composer();
                    self.put_answer(answer);
                    scroll::to_question();
                }
                Ok(_) => {}
                Err(problem) => self.fail(problem),
            }
        });
    }

    /// Shows the version `step` further.
    pub fn move_branch(self, entry: &Entry, step: isize) {
        let Some(open) = self.open_id() else { return };
        let (id, target) = {
            let message = entry.message.read_untracked();
            let at = message.siblings.iter().position(|id| *id == message.id);
            let to = at.and_then(|at| at.checked_add_signed(step));
            (message.id, to.and_then(|to| message.siblings.get(to).copied()))
        };
        let Some(target) = target else { return };
        if self.with_inner(|inner| std::mem::replace(&mut inner.moving, true)) != Some(false) {
            return;
        }
        self.problem.set(None);
        spawn_local(async move {
            let turns = self.turns();
            let thread = api::show_branch(open, target).await;
            platform::load_renderer().await;
            self.with_inner(|inner| inner.moving = false);
            if !self.alive() || self.open_id() != Some(open) {
                return;
            }
            match thread {
                Ok(thread) => {
                    scroll::keep(&format!("[data-id=\"{id}\"] .branches"));
                    self.reconcile(thread);
                    self.announce_version(target);
                    if self.turns() != turns {
                        self.reload(open);
                    }
                }
                Err(problem) => self.fail(problem),
            }
        });
    }

    fn announce_version(self, id: MessageId) {
        if let Some(entry) = self.find(|message| message.id == id)
            && let Some((at, of)) = place(&entry.message.read_untracked())
        {
            self.announced.set((self.texts().version)(at, of));
        }
    }

    /// Opens the last question for other words, if the server has it and its turn has come.
    pub fn edit_last(self, from_composer: bool) -> bool {
        let entries = self.entries.get_untracked();
        let Some(last) = last_question(&entries).filter(|last| can_be_edited(&last.wait.read_untracked())) else {
            return false;
        };
        self.editing.end();
        scroll::free();
        self.editing.from_composer.set_value(from_composer);
        self.editing.of.set(Some(last.id()));
        true
    }

    pub fn leave_edit(self) {
        let of = self.editing.of.get_untracked();
        self.editing.end();
        if let (false, Some(id)) = (self.editing.from_composer.get_value(), of) {
            keyboard::focus_soon(format!("[data-id=\"{id}\"] [data-testid=edit]"));
        } else {
            keyboard::focus("[data-testid=composer]");
            scroll::hold();
        }
    }

    /// Sends the question with other words; what was said stays behind ‹ ›. Refused, the field stays as it is.
    pub fn save_edit(self, entry: &Entry, text: &str) {
        let text = text.trim().to_owned();
        let Editing {
            saving, problem, sent, ..
        } = self.editing;
        let open = self.open_id();
        if text.is_empty() || saving.get_untracked() || open.is_none() {
            return;
        }
        saving.set(true);
        problem.set(None);
        // what is typed from now on is the next message
        self.focus_composer();
        let id = match sent.get_value() {
            Some((id, before)) if before == text => id,
            _ => ClientMessageId(Uuid::new_v4()),
        };
        sent.set_value(Some((id, text.clone())));
        let entry = entry.clone();
        let request = SendRequest {
            message: text.clone(),
            conversation_id: open,
            client_message_id: Some(id),
            edits: Some(entry.id()),
            ..SendRequest::default()
        };
        self.ask(async move {
            let started = api::send_message(request).await;
            platform::load_renderer().await;
            if !self.alive() || self.open_id() != open {
                return;
            }
            match started {
                Ok(started) => {
                    self.editing.end();
                    self.put_edited(&entry, text, &started);
                }
                Err(refusal) if self.editing.of.get_untracked() == Some(entry.id()) => {
                    saving.set(false);
                    problem.set(Some(refusal));
                }
                Err(refusal) => self.fail(refusal),
            }
        });
    }

    /// The new words in the place of the former ones, and the answer they get.
    fn put_edited(self, entry: &Entry, text: String, started: &Started) {
        if self.find(|message| message.id == started.user_message_id).is_none() {
            let mut question = local_message(Role::User, text);
            question.id = started.user_message_id;
            question.parent_id = entry.message.read_untracked().parent_id;
            self.take_place(entry, question);
            entry.wait.set(Wait::Sent);
            self.cut_below(entry);
        }
        self.put_answer(coming(started));
        scroll::to_question();
    }

    /// Puts a message where another version of it stands.
    pub(super) fn take_place(self, entry: &Entry, mut message: Message) {
        self.drop_running_of(entry);
        {
            let former = entry.message.read_untracked();
            self.editing.follow(former.id, &message);
            if message.siblings.is_empty() && former.id != message.id {
                message.siblings = family(&former);
                message.siblings.push(message.id);
            }
        }
        set_if_new(&entry.wait, Wait::No);
        set_if_new(&entry.retrying, false);
        set_if_new(&entry.slow, false);
        entry.replace(message, self.lang);
    }

    /// What was said after this message belongs to another branch now; what waits to be sent stays.
    fn cut_below(self, entry: &Entry) {
        let mut below = false;
        let gone = |other: &Entry| {
            let gone = below && other.is_known();
            below |= other.key == entry.key;
            gone
        };
        let gone: Vec<Entry> = self.entries.get_untracked().into_iter().filter(gone).collect();
        if gone.is_empty() {
            return;
        }
        gone.iter().for_each(|gone| self.drop_running_of(gone));
        self.entries
            .update(|entries| entries.retain(|entry| gone.iter().all(|gone| gone.key != entry.key)));
    }

    /// An answer in the place of another one to the same question.
    pub(super) fn put_in_place(self, entry: &Entry, answer: Message) {
        let stays = gives_its_place(&entry.message.read_untracked());
        self.take_place(entry, answer);
        if !stays {
            self.cut_below(entry);
        }
    }

    /// Brings the page to the branch the server shows, without touching what is right already.
    pub(super) fn reconcile(self, thread: Thread) {
        // the list is read apart, and holds no archived ones
        if thread.conversation.status == ConversationStatus::Archived {
            self.upsert(thread.conversation);
        }
        let mut old = self.entries.get_untracked();
        let above = thread.page.messages.first().and_then(|first| first.parent_id);
        let kept = old.iter().position(|entry| Some(entry.id()) == above);
        let rest = old.split_off(kept.map_or(0, |last| last + 1));
        if kept.is_none() {
            self.next_before.set(thread.page.next_before);
        }
        let mut entries = old;
        for message in thread.page.messages {
            let same = |entry: &&Entry| entry.is_known() && entry.id() == message.id;
            let version = |entry: &&Entry| entry.is_known() && message.siblings.contains(&entry.id());
            let known = rest.iter().find(same).or_else(|| rest.iter().find(version));
            entries.push(match known {
                Some(known) => {
                    self.bring_up_to_date(known, message);
                    known.clone()
                }
                None => Entry::above(message, NEW, self.lang),
            });
        }
        for other in rest {
            if entries.iter().any(|entry| entry.key == other.key) {
                continue;
            }
            if other.is_known() {
                self.drop_running_of(&other);
            } else {
                entries.push(other);
            }
        }
        // what is new above known ones is a part of its own: in theirs, or between them, it would draw them anew
        let mut below = None;
        for entry in entries.iter_mut().rev() {
            if entry.page == NEW {
                entry.page = below.map_or(0, |page: usize| page + 1);
            }
            below = below.max(Some(entry.page));
        }
        let same = {
            let now = self.entries.read_untracked();
            now.len() == entries.len() && now.iter().zip(&entries).all(|(a, b)| a.key == b.key)
        };
        if !same {
            self.entries.set(entries);
        }
        let of = self.editing.of.get_untracked();
        if of.is_some() && self.find(|message| Some(message.id) == of).is_none() {
            self.editing.end();
        }
        self.requeue();
        self.watch_live();
    }

    fn bring_up_to_date(self, entry: &Entry, message: Message) {
        let (id, generation) = {
            let known = entry.message.read_untracked();
            (known.id, known.generation_id)
        };
        if id != message.id {
            self.take_place(entry, message);
        } else if !self.is_running(generation) {
            entry.replace(message, self.lang);
        } else if entry.message.read_untracked().siblings != message.siblings {
            entry.message.update(|known| known.siblings = message.siblings);
        }
    }

    /// A thumb, at once; what the server refuses is taken back. Of quick changes the last one is sent.
    pub fn give_feedback(self, entry: &Entry, value: Option<Feedback>, comment: Option<String>) {
        let (id, mut kept) = (entry.id(), opinion(entry));
        set_opinion(entry, (value, comment));
        if self.rating.read_untracked().contains(&id) {
            return;
        }
        self.rating.update(|rating| rating.push(id));
        let entry = entry.clone();
        spawn_local(async move {
            while entry.id() == id {
                let wanted = opinion(&entry);
                if wanted == kept {
                    break;
                }
                let answer = api::give_feedback(id, wanted.0, wanted.1.clone()).await;
                if !self.alive() {
                    return;
                }
                match answer {
                    Ok(()) => kept = wanted,
                    Err(problem) => {
                        if entry.id() == id {
                            set_opinion(&entry, kept.clone());
                        }
                        self.fail(problem);
                        break;
                    }
                }
            }
            self.rating.update(|rating| rating.retain(|known| *known != id));
        });
    }
}

/// The artist's last question; its answer may be on its way.
pub fn last_question(entries: &[Entry]) -> Option<&Entry> {
    entries.iter().rev().find(|entry| !entry.is_answer())
}

/// The server has the question, and its turn has come.
pub fn can_be_edited(wait: &Wait) -> bool {
    matches!(wait, Wait::No | Wait::Sent)
}

/// Which version of how many a message is, from 1; `None` when it is the only one.
pub fn place(message: &Message) -> Option<(usize, usize)> {
    let at = message.siblings.iter().position(|id| *id == message.id)?;
    (message.siblings.len() > 1).then_some((at + 1, message.siblings.len()))
}
