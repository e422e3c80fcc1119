//! One message of the thread, with signals of its own: a token touches one message and nothing else.

use crate::{
    markdown::{Renderer, live::Live},
    types::{chat::*, event::*, ids::*, lang::Lang},
    ui::platform,
};
use leptos::prelude::*;
use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

/// Why a message is not answered yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Wait {
    #[default]
    No,
    /// The server has not taken it.
    Sending,
    /// In the outbox.
    Network,
    /// Its answer waits until the ones before it are finished; an answer with this shows nothing.
    Turn,
    /// Taken a moment ago, not a word of the answer yet.
    Sent,
}

/// A block of an answer. Its element stays while its key does: a block that grows is finished in its own element, and
/// what is finished is never drawn again.
#[derive(Clone, Debug)]
pub struct Drawn {
    place: usize,
    /// `None` while it grows.
    hash: Option<u64>,
    pub html: Html,
}

#[derive(Clone, Debug)]
pub enum Html {
    Whole(Arc<str>),
    Grown {
        /// No other block of the page has it: after a reset the same place is another element.
        number: u32,
        html: ArcRwSignal<Arc<str>>,
    },
}

static GROWN: AtomicU32 = AtomicU32::new(0);

impl Drawn {
    pub fn key(&self) -> String {
        match &self.html {
            Html::Whole(_) => format!("{} {}", self.place, self.hash.unwrap_or_default()),
            Html::Grown { number, .. } => format!("grown {number}"),
        }
    }

    fn is(&self, other: &Self) -> bool {
        (self.place, self.hash) == (other.place, other.hash)
    }

    fn open(place: usize, html: &str) -> Self {
        Self {
            place,
            hash: None,
            html: Html::Grown {
                number: GROWN.fetch_add(1, Ordering::Relaxed),
                html: ArcRwSignal::new(html.into()),
            },
        }
    }

    /// The same element with other words, when it is one that grew.
    fn become_like(&mut self, other: &Self) {
        match (&self.html, &other.html) {
            (Html::Grown { html, .. }, Html::Whole(whole)) => {
                grow(html, whole);
                self.hash = other.hash;
            }
            _ => *self = other.clone(),
        }
    }
}

fn grow(html: &ArcRwSignal<Arc<str>>, now: &str) {
    if **html.read_untracked() != *now {
        html.set(now.into());
    }
}

#[derive(Clone)]
pub struct Entry {
    /// Stays the same while the message gets its id from the server.
    pub key: String,
    /// Everything but the growing text.
    pub message: ArcRwSignal<Message>,
    pub wait: ArcRwSignal<Wait>,
    pub blocks: ArcRwSignal<Vec<Drawn>>,
    /// Not a token for 8 seconds.
    pub slow: ArcRwSignal<bool>,
    /// A retry was asked for and waits.
    pub retrying: ArcRwSignal<bool>,
    /// Part of the thread it stands in, counted from the end: 0 for what came after the page was opened.
    pub page: usize,
}

impl Entry {
    pub fn new(message: Message, lang: Lang) -> Self {
        Self::keyed(message.id.to_string(), message, lang)
    }

    pub fn keyed(key: String, message: Message, lang: Lang) -> Self {
        let entry = Self {
            key,
            message: ArcRwSignal::new(message),
            wait: ArcRwSignal::default(),
            blocks: ArcRwSignal::default(),
            slow: ArcRwSignal::new(false),
            retrying: ArcRwSignal::new(false),
            page: 0,
        };
        {
            let message = entry.message.read_untracked();
            if message.role == Role::Assistant && platform::is_taken_over() {
                entry.draw_whole(&message, lang);
            }
        }
        entry
    }

    /// A message of the `page`-th part from the end.
    pub fn above(message: Message, page: usize, lang: Lang) -> Self {
        Self {
            page,
            ..Self::new(message, lang)
        }
    }

    pub fn id(&self) -> MessageId {
        self.message.read_untracked().id
    }

    pub fn is_answer(&self) -> bool {
        self.message.read_untracked().role == Role::Assistant
    }

    /// An answer that is not finished.
    pub fn is_live(&self) -> bool {
        let message = self.message.read_untracked();
        message.role == Role::Assistant && matches!(message.status, MessageStatus::Queued | MessageStatus::Streaming)
    }

    /// Takes the message as the server has it now, text and all.
    pub fn replace(&self, message: Message, lang: Lang) {
        if message.role == Role::Assistant {
            self.draw_whole(&message, lang);
        }
        if *self.message.read_untracked() != message {
            self.message.set(message);
        }
    }

    /// While the page is taken over: what the program has drawn of this answer is what stands there.
    pub fn take_over(&self, lang: Lang) {
        if platform::is_taken_over() {
            return;
        }
        match platform::drawn(self.id()) {
            Some(blocks) => self.blocks.set(numbered(blocks)),
            None => self.draw_whole(&self.message.read_untracked(), lang),
        }
    }

    /// Draws a whole text; blocks that are right already stay as they are.
    fn draw_whole(&self, message: &Message, lang: Lang) {
        let cut = message.status != MessageStatus::Complete;
        if let Some(renderer) = platform::renderer() {
            return self.draw(renderer, &message.content, cut, lang);
        }
        let (entry, text) = (self.clone(), message.content.clone());
        platform::with_renderer(move |renderer| entry.draw(renderer, &text, cut, lang));
    }

    /// `cut`: it ends half-way, for now or for good.
    fn draw(&self, renderer: Renderer, text: &str, cut: bool, lang: Lang) {
        let blocks = if cut { renderer.cut } else { renderer.blocks };
        let blocks = blocks(text, lang);
        let blocks = numbered(blocks.into_iter().map(|block| block.html));
        self.blocks.maybe_update(|now| {
            let same = now.len() == blocks.len() && now.iter().zip(&blocks).all(|(a, b)| a.is(b));
            now.truncate(blocks.len());
            for (now, block) in now.iter_mut().zip(&blocks) {
                if !now.is(block) {
                    now.become_like(block);
                }
            }
            now.extend(blocks.into_iter().skip(now.len()));
            !same
        });
    }

    /// Puts what was finished and the open end on the page; the first finished block is the one that was open.
    fn grow(&self, finished: Vec<String>, end: &str) {
        self.blocks.maybe_update(|blocks| {
            let before = blocks.len();
            let mut open = blocks.pop_if(|last| last.hash.is_none());
            for html in finished {
                let block = drawn(blocks.len(), html);
                let mut grown = open.take().unwrap_or_else(|| block.clone());
                if !grown.is(&block) {
                    grown.become_like(&block);
                }
                blocks.push(grown);
            }
            match open {
                _ if end.is_empty() => {}
                Some(open) => {
                    if let Html::Grown { html, .. } = &open.html {
                        grow(html, end);
                    }
                    blocks.push(open);
                }
                None => blocks.push(Drawn::open(blocks.len(), end)),
            }
            blocks.len() != before
        });
    }
}

fn numbered(blocks: impl IntoIterator<Item = String>) -> Vec<Drawn> {
    blocks
        .into_iter()
        .enumerate()
        .map(|(index, html)| drawn(index, html))
        .collect()
}

fn drawn(index: usize, html: String) -> Drawn {
    // A block read back from the page is written as the browser writes it.
    let canonical = html
        .replace("&quot;", "\"")
        .replace("&nbsp;", "\u{a0}")
        .replace("=\"\"", "");
    let mut hasher = DefaultHasher::new();
    canonical.hash(&mut hasher);
    Drawn {
        place: index,
        hash: Some(hasher.finish()),
        html: Html::Whole(html.into()),
    }
}

/// The live end of an answer: what its log has told so far, and what of it is on the page.
pub struct Running {
    pub entry: Entry,
    pub transcript: Transcript,
    pub info: Option<GenerationInfo>,
    live: Live,
    /// Bytes of text the page had before the log was read from its start.
    shown: usize,
    pub dirty: bool,
}

impl Running {
    pub fn new(entry: Entry) -> Self {
        let shown = entry.message.read_untracked().content.len();
        Self {
            entry,
            transcript: Transcript::default(),
            info: None,
            live: Live::default(),
            shown,
            dirty: false,
        }
    }

    pub fn apply(&mut self, seq: i64, event: &Event) -> Applied {
        let applied = self.transcript.apply(seq, event);
        if applied == Applied::Yes {
            self.dirty = true;
            if matches!(event, Event::Reset { .. }) {
                self.live = Live::default();
                self.shown = 0;
                self.entry.blocks.set(Vec::new());
            }
        }
        applied
    }

    /// Puts what came since the last frame on the page. Answers with `true` when it ended.
    pub fn flush(&mut self, renderer: Renderer, lang: Lang) -> bool {
        self.dirty = false;
        let entry = &self.entry;
        if self.transcript.ending != Ending::Open {
            let cut = !matches!(self.transcript.ending, Ending::Done(_));
            entry.draw(renderer, &self.transcript.text, cut, lang);
            let message = ended(&entry.message.read_untracked(), &self.transcript, self.info.as_ref());
            entry.message.set(message);
            return true;
        }
        let text = &self.transcript.text;
        if text.is_empty() || text.len() < self.shown {
            return false;
        }
        if std::mem::take(&mut self.shown) > 0 {
            entry.blocks.set(Vec::new());
        }
        let finished = (renderer.advance)(&mut self.live, text, lang);
        entry.grow(finished, &(renderer.tail)(&self.live, text, lang));
        let started = {
            let message = entry.message.read_untracked();
            message.status != MessageStatus::Streaming || message.resumed != self.transcript.resumed
        };
        if started {
            let resumed = self.transcript.resumed;
            entry.message.update(|message| {
                message.status = MessageStatus::Streaming;
                message.resumed |= resumed;
            });
        }
        false
    }
}

/// The message as the last event of its log left it.
fn ended(message: &Message, transcript: &Transcript, info: Option<&GenerationInfo>) -> Message {
    let mut message = message.clone();
    message.content = transcript.text.clone();
    message.resumed |= transcript.resumed;
    if let Some(info) = info {
        message.provider = Some(info.provider.clone());
        message.model = Some(info.model.clone());
        message.temperature = info.temperature;
    }
    match &transcript.ending {
        Ending::Open => {}
        Ending::Done(done) => {
            message.status = MessageStatus::Complete;
            message.stop_reason = Some(done.stop_reason.clone());
            message.cached = done.cached;
            message.usage = done.usage;
            message.cost_usd = done.cost_usd;
            message.time_to_first_token_ms = done.time_to_first_token_ms;
            message.duration_ms = done.duration_ms;
        }
        Ending::Failed(problem) => {
            message.status = MessageStatus::Failed;
            message.error = Some((**problem).clone());
        }
        Ending::Cancelled => message.status = MessageStatus::Stopped,
    }
    message
}
