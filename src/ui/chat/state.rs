//! The state of the chat page: the open conversation, its messages, what runs, what waits, the list.
//!
//! One [`Chat`] lives as long as the page and outlives navigation between conversations. Values come in by three doors:
//! page data, answers of server functions (`actions`, `sending`, `branches`, `rereading`), frames of the feed (`frames`).
//! Components read signals and call methods. What needs no browser is in `outbox`, `list` and `entry`.

mod actions;
mod boxed;
pub mod branches;
pub mod entry;
mod frames;
mod life;
pub mod list;
mod news;
pub mod outbox;
mod rereading;
pub mod search;
mod seek;
mod sending;
mod settings;
mod turns;
mod withdrawing;

use super::sheets::Sheet;
use crate::{
    types::{
        chat::*,
        coach::CoachId,
        error::{ErrorCode, Problem},
        ids::*,
        lang::Lang,
        page::*,
        profile::{ABOUT, Profile},
    },
    ui::{
        hooks::{frame, keyboard::pressed, scroll, storage},
        kit::PresenceState,
        platform,
        squad::Squad,
        texts::{Texts, texts},
    },
};
use branches::Editing;
use entry::{Entry, Running};
use leptos::{ev, prelude::*};
use outbox::{Outbox, Target};
use search::Search;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// Messages that the page takes over at once. The last ones, which may change, are one part.
const PART: usize = 2;

/// What can be taken back for a moment.
#[derive(Clone)]
pub struct Undoable {
    pub conversation: Conversation,
    pub how: Left,
}

/// How a conversation left the list.
#[derive(Clone, Copy)]
pub enum Left {
    /// `open`: it was the one on the page.
    Deleted { open: bool },
    /// Into the archive; `false`: out of it.
    Archived(bool),
}

/// Goes to a conversation's address; `true`: in place of the present one.
pub type Go = Callback<(Option<ConversationId>, bool)>;

#[derive(Clone, Copy)]
pub struct Chat {
    pub lang: Lang,
    pub squad: StoredValue<Squad>,
    pub entries: RwSignal<Vec<Entry>>,
    /// `None` in a new conversation.
    pub conversation: RwSignal<Option<Conversation>>,
    /// Cursor of the messages above.
    pub next_before: RwSignal<Option<String>>,
    /// Another conversation is on its way.
    pub loading: RwSignal<bool>,
    pub not_found: RwSignal<bool>,
    /// The answer that is being written, or is next.
    pub current: RwSignal<Option<GenerationId>>,
    /// The answer whose stop was asked for and is not answered.
    pub stopping: RwSignal<Option<GenerationId>>,
    /// The conversation that is open was deleted elsewhere.
    pub gone: RwSignal<bool>,
    /// All that are known, newest first, archived ones too.
    pub list: RwSignal<Vec<Conversation>>,
    pub next_cursor: RwSignal<Option<String>>,
    /// The list shows the archived ones.
    pub archived: RwSignal<bool>,
    pub archived_pages: RwSignal<Pages>,
    /// Of the list.
    pub search: Search,
    /// Whose title is a field in the list.
    pub renaming: RwSignal<Option<ConversationId>>,
    /// A title that nobody took: it is in that field again.
    pub refused_title: StoredValue<Option<(ConversationId, String)>>,
    /// What left the list a moment ago, the last one at the end.
    pub undoable: RwSignal<Vec<Undoable>>,
    pub presence: RwSignal<PresenceState>,
    /// The program was updated: this page is of the build before.
    pub outdated: RwSignal<bool>,
    /// What stands in the composer.
    pub text: RwSignal<String>,
    /// Who shall answer the next message.
    pub picked: RwSignal<Option<CoachId>>,
    /// Settings of a new conversation; its first message carries them.
    pub wish: RwSignal<ChatSettings>,
    /// What the artist calls herself.
    pub artist_name: RwSignal<Option<String>>,
    /// Why the last thing the artist asked for was refused.
    pub problem: RwSignal<Option<Problem>>,
    /// It is about the message in the composer.
    pub refused: RwSignal<bool>,
    pub editing: Editing,
    /// Answers whose feedback is on its way.
    pub rating: RwSignal<Vec<MessageId>>,
    /// What was typed about the artist and is not saved.
    pub unsaved: RwSignal<Option<Profile>>,
    /// What a coach's link says of the artist, as it stands behind [`ABOUT`].
    pub proposed: RwSignal<Option<String>>,
    /// What is open above the page.
    pub sheet: RwSignal<Option<Sheet>>,
    /// What a screen reader hears.
    pub announced: RwSignal<String>,
    /// The end of the thread is out of sight.
    pub away: RwSignal<bool>,
    go: StoredValue<Option<Go>>,
    inner: StoredValue<Inner>,
}

/// How much of a list that is read later is here.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Pages {
    #[default]
    Unread,
    Reading,
    Failed(Problem),
    /// With the cursor of the next page, if there is one.
    Read(Option<String>),
}

#[derive(Default)]
struct Inner {
    running: HashMap<GenerationId, Running>,
    outbox: Outbox,
    /// Texts that were sent and still stand in the composer, in order.
    boxed: Vec<(ClientMessageId, String)>,
    /// Generations of the open conversation that were started elsewhere and are not on the page yet.
    unknown: HashSet<GenerationId>,
    /// Name of the new conversation until the server gives it an id.
    fresh: Uuid,
    frame_asked: bool,
    older_asked: bool,
    /// The conversation that is on its way.
    opening: Option<ConversationId>,
    /// Deleted by this tab a moment ago.
    deleting: HashSet<ConversationId>,
    /// Tries in a row without an answer.
    unanswered: u32,
    /// Turns that were asked for and are not answered: regenerated answers, edited questions.
    asking: u32,
    /// How often the feed opened.
    feeds: u32,
    /// The open conversation has to be read again.
    behind: bool,
    /// Turns that were put on the page.
    turns: u32,
    /// What the feed told about the list, counted.
    list_frames: u32,
    /// Another branch is on its way.
    moving: bool,
    keeping: settings::Keeping,
    /// The browser has been told to load another page in place of this one.
    leaving: bool,
}

impl Chat {
    pub fn new(lang: Lang, squad: Squad, conversations: ConversationPage, thread: Option<Thread>) -> Self {
        let chat = Self {
            lang,
            squad: StoredValue::new(squad),
            entries: RwSignal::default(),
            conversation: RwSignal::new(None),
            next_before: RwSignal::new(None),
            loading: RwSignal::new(false),
            not_found: RwSignal::new(false),
            current: RwSignal::new(None),
            stopping: RwSignal::new(None),
            gone: RwSignal::new(false),
            list: RwSignal::new(list::sorted(conversations.conversations)),
            next_cursor: RwSignal::new(conversations.next_cursor),
            archived: RwSignal::new(false),
            archived_pages: RwSignal::default(),
            search: Search::default(),
            renaming: RwSignal::new(None),
            refused_title: StoredValue::new(None),
            undoable: RwSignal::new(Vec::new()),
            presence: RwSignal::default(),
            outdated: RwSignal::new(false),
            text: RwSignal::default(),
            picked: RwSignal::new(None),
            wish: RwSignal::default(),
            artist_name: RwSignal::new(None),
            problem: RwSignal::new(None),
            refused: RwSignal::new(false),
            editing: Editing::default(),
            rating: RwSignal::default(),
            unsaved: RwSignal::new(None),
            proposed: RwSignal::new(None),
            sheet: RwSignal::new(None),
            announced: RwSignal::default(),
            away: RwSignal::new(false),
            go: StoredValue::new(None),
            inner: StoredValue::new(Inner::default()),
        };
        if let Some(thread) = thread {
            chat.show(thread);
        }
        chat
    }

    fn with_inner<T>(self, work: impl FnOnce(&mut Inner) -> T) -> Option<T> {
        self.inner.try_update_value(work)
    }

    /// The page this state belongs to is still there.
    fn alive(self) -> bool {
        !self.entries.is_disposed()
    }

    pub fn texts(self) -> &'static Texts {
        texts(self.lang)
    }

    /// Why something was not done.
    pub fn cause(self, code: ErrorCode) -> &'static str {
        self.cause_or(code, self.texts().offline_title)
    }

    /// What kept a press from doing something. Of a conversation that is out of reach its own place says so.
    pub fn refusal(self) -> Option<ErrorCode> {
        let code = self.problem.read().as_ref().map(|problem| problem.code);
        code.filter(|_| !self.is_out_of_reach())
    }

    /// Why a press did nothing, where the bar says already that there is no network.
    pub fn refusal_cause(self, code: ErrorCode) -> &'static str {
        self.cause_or(code, self.texts().offline_refused)
    }

    fn cause_or(self, code: ErrorCode, offline: &'static str) -> &'static str {
        match code {
            ErrorCode::Unavailable if self.presence.get_untracked() == PresenceState::Offline => offline,
            code => (self.texts().cause)(code),
        }
    }

    /// On a page that is none of a conversation there is no place for one.
    pub fn open_sheet(self, sheet: Sheet) {
        if !self.not_found.get_untracked() && self.sheet.get_untracked() != Some(sheet) {
            self.sheet.set(Some(sheet));
        }
    }

    /// A press on a coach's link to the sheet of what the squad knows of the artist; with a key held it is the browser's.
    pub fn follow_about(self, event: &ev::MouseEvent) {
        let href = pressed(event, "a").and_then(|link| link.get_attribute("href"));
        let held = event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key();
        if let Some(about) = href.as_deref().and_then(|href| href.strip_prefix(ABOUT))
            && !held
        {
            event.prevent_default();
            self.propose(about);
        }
    }

    fn propose(self, about: &str) {
        self.proposed.set(Some(about.to_owned()));
        self.open_sheet(Sheet::About);
    }

    /// For a sheet: it was closed.
    pub fn close_sheet(self) -> Callback<()> {
        Callback::new(move |()| self.sheet.set(None))
    }

    pub fn open_id(self) -> Option<ConversationId> {
        self.conversation
            .read_untracked()
            .as_ref()
            .map(|conversation| conversation.id)
    }

    fn target(self) -> Target {
        let fresh = self.with_inner(|inner| inner.fresh).unwrap_or_default();
        self.open_id().map_or(Target::New(fresh), Target::Existing)
    }

    pub fn go_to(self, id: Option<ConversationId>, replace: bool) {
        if let Some(go) = self.go.get_value() {
            go.run((id, replace));
        }
    }

    /// Puts a conversation's messages on the page.
    fn show(self, thread: Thread) {
        let messages = thread.page.messages;
        let last = messages.len().saturating_sub(1);
        let entries = messages
            .into_iter()
            .enumerate()
            .map(|(at, message)| Entry::above(message, (last - at) / PART, self.lang))
            .collect();
        self.entries.set(entries);
        self.next_before.set(thread.page.next_before);
        let mut conversation = thread.conversation;
        conversation.unread = false;
        self.mark_read(conversation.id);
        self.conversation.set(Some(conversation));
        self.requeue();
    }

    /// Takes everything of the open conversation off the page.
    fn clear(self) {
        if let Some(id) = self.open_id() {
            scroll::leave(id);
        }
        self.with_inner(|inner| {
            inner.unknown.clear();
            inner.boxed.clear();
            inner.opening = None;
            inner.older_asked = false;
            inner.behind = false;
            inner.fresh = Uuid::new_v4();
        });
        self.drop_running();
        self.editing.leave();
        self.entries.set(Vec::new());
        self.next_before.set(None);
        self.conversation.set(None);
        self.current.set(None);
        self.stopping.set(None);
        self.picked.set(None);
        self.wish.set(ChatSettings::default());
        self.problem.set(None);
        self.not_found.set(false);
        self.gone.set(false);
        self.announced.set(String::new());
        self.away.set(false);
    }

    /// Its row is there, where a title is changed.
    pub fn is_listed(self, open: &Conversation) -> bool {
        let shown = (open.status == ConversationStatus::Archived) == self.archived.get();
        shown && self.list.read().iter().any(|known| known.id == open.id)
    }

    /// Leaves for a new conversation.
    pub fn start_new(self) {
        if self.open_id().is_none() {
            self.open_new();
        }
        self.go_to(None, false);
        frame::next_frame(move || self.focus_composer());
    }

    /// A new conversation, in this page.
    pub fn open_new(self) {
        // what was typed in a conversation that is gone goes along
        let left = self
            .gone
            .get_untracked()
            .then(|| (self.open_id(), self.unsent(&self.text.get_untracked())));
        self.clear();
        if self.search.found.with_untracked(Option::is_some) {
            platform::with_extras(move |extras| (extras.end_search)(self));
        }
        self.loading.set(false);
        self.text.set(storage::draft(None));
        if let Some((gone, text)) = left.filter(|(_, text)| !text.trim().is_empty()) {
            storage::keep_draft(gone, "");
            self.back_in_box(None, &text);
        }
        self.bring_waiting();
    }

    fn find(self, found: impl Fn(&Message) -> bool) -> Option<Entry> {
        self.entries
            .read_untracked()
            .iter()
            .find(|entry| found(&entry.message.read_untracked()))
            .cloned()
    }

    /// Brings the end of the thread into view.
    pub fn latest(self) {
        scroll::to_latest();
        // the button goes
        self.focus_composer();
    }
}

fn set_if_changed<T: PartialEq + Send + Sync + 'static>(signal: RwSignal<T>, value: T) {
    if *signal.read_untracked() != value {
        signal.set(value);
    }
}

fn set_if_new<T: PartialEq + Send + Sync + Clone + 'static>(signal: &ArcRwSignal<T>, value: T) {
    if *signal.read_untracked() != value {
        signal.set(value);
    }
}
