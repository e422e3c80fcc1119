//! Reading a generation: replay what the log has after a number, then follow. A gap is never skipped, a reader owns
//! nothing, and a disconnect is nothing.

use super::hub::{Hub, Signal, Subscription};
use crate::{
    store::Store,
    types::{
        chat::{GenerationStatus, Message, MessageStatus},
        error::{ErrorCode, Problem},
        event::{Done, Event, GenerationInfo},
        ids::*,
    },
};
use std::{collections::VecDeque, pin::Pin, sync::Arc, time::Duration};
use tokio::time::{Instant, Sleep, sleep};

/// Without a signal for this long the table is read: another process may be the one that writes.
const POLL: Duration = Duration::from_millis(1500);
/// Events read from the table at once.
const PAGE: i64 = 500;

/// What a reader gets, in this order: `Info` once, events, and nothing after a final event, `Gone` or `Nothing`.
#[derive(Clone, Debug)]
pub enum Item {
    Info(Arc<GenerationInfo>),
    Event {
        seq: i64,
        event: Arc<Event>,
    },
    /// The log is gone and the reader has seen some of it: the message itself has the text.
    Gone,
    /// There is no such generation, or none any more.
    Nothing,
}

impl Item {
    /// For readers of events only: a turn taken back reads as cancelled.
    pub fn told(self) -> Self {
        match self {
            Self::Nothing => Self::Event {
                seq: 1,
                event: Arc::new(Event::Cancelled {}),
            },
            other => other,
        }
    }
}

pub struct Reader {
    store: Store,
    user: UserId,
    generation: GenerationId,
    after: i64,
    subscription: Subscription<GenerationId, Signal>,
    pending: VecDeque<Item>,
    /// The `Info` was given.
    introduced: bool,
    /// Everything comes by signal from the first event on: the table need not be read.
    fresh: bool,
    /// Set once and moved on when it fires, not at every event.
    silence: Pin<Box<Sleep>>,
    heard: Instant,
    /// The last page read from the table was full.
    more: bool,
    ended: bool,
}

impl Reader {
    /// Reads after event number `after` (0: from the start). Whose generation it is was checked by the caller, and is
    /// again by every query.
    pub fn new(store: Store, hub: &Hub, user: UserId, generation: GenerationId, after: i64) -> Self {
        Self {
            store,
            user,
            generation,
            after,
            subscription: hub.follow(generation),
            pending: VecDeque::new(),
            introduced: false,
            fresh: false,
            silence: Box::pin(sleep(POLL)),
            heard: Instant::now(),
            more: false,
            ended: false,
        }
    }

    /// For a generation that is about to be started: made before its transaction commits, so it hears everything.
    pub fn before_start(store: Store, hub: &Hub, user: UserId, generation: GenerationId) -> Self {
        Self {
            fresh: true,
            ..Self::new(store, hub, user, generation, 0)
        }
    }

    /// The next item; `None` after the last one.
    pub async fn next(&mut self) -> sqlx::Result<Option<Item>> {
        loop {
            if let Some(item) = self.pending.pop_front() {
                if let Item::Event { seq, event } = &item {
                    self.after = *seq;
                    self.ended = event.is_final();
                }
                return Ok(Some(item));
            }
            if self.ended {
                return Ok(None);
            }
            if !self.fresh {
                self.read_table().await?;
                self.fresh = !self.more;
                if !self.pending.is_empty() || self.ended {
                    continue;
                }
            }
            tokio::select! {
                biased;
                signal = self.subscription.next() => match signal {
                    Some(signal) => self.take(signal),
                    // some were missed
                    None => self.fresh = false,
                },
                () = self.silence.as_mut() => {
                    let due = self.heard + POLL;
                    if due <= Instant::now() {
                        self.fresh = false;
                        self.heard = Instant::now();
                    }
                    self.silence.as_mut().reset(self.heard + POLL);
                }
            }
        }
    }

    fn take(&mut self, signal: Signal) {
        self.heard = Instant::now();
        match signal {
            Signal::Started(info) if !self.introduced => {
                self.introduced = true;
                self.pending.push_back(Item::Info(info));
            }
            Signal::Started(_) => {}
            Signal::Committed { seq, event } if seq == self.after.saturating_add(1) && self.introduced => {
                self.pending.push_back(Item::Event { seq, event });
            }
            Signal::Elsewhere { seq } if self.introduced && seq <= self.after => {}
            Signal::Committed { seq, .. } if seq <= self.after => {}
            Signal::Committed { .. } | Signal::Elsewhere { .. } => self.fresh = false,
        }
    }

    async fn read_table(&mut self) -> sqlx::Result<()> {
        let mut tx = self.store.as_user(self.user).await?;
        let Some(row) = tx.generation(self.generation).await? else {
            self.ended = true;
            self.pending.push_back(Item::Nothing);
            return Ok(());
        };
        let status = row.state.status;
        if status == GenerationStatus::Queued || (status == GenerationStatus::Running && !row.routed) {
            return Ok(());
        }
        if !self.introduced {
            self.introduced = true;
            self.pending.push_back(Item::Info(Arc::new(row.info())));
        }
        let events = tx.chunks(self.generation, self.after, PAGE).await?;
        let complete = events.last().is_some_and(|(_, event)| event.is_final());
        if events.is_empty() && status.is_final() {
            if self.after == 0
                && let Some(message) = tx.message(row.state.message_id).await?
            {
                self.pending.extend(from_message(message, row.state.chunks));
            } else {
                self.ended = true;
                self.pending.push_back(Item::Gone);
            }
            return Ok(());
        }
        self.more = !complete && events.len() as i64 == PAGE;
        let mut expected = self.after;
        for (seq, event) in events {
            expected += 1;
            if seq != expected {
                break;
            }
            self.pending.push_back(Item::Event {
                seq,
                event: Arc::new(event),
            });
        }
        Ok(())
    }
}

/// A finished answer whose chunks were deleted: its text as one delta and its end, with the log's last two numbers.
fn from_message(message: Message, last: i64) -> [Item; 2] {
    let end = match message.status {
        MessageStatus::Stopped => Event::Cancelled {},
        MessageStatus::Failed => {
            Event::Failed(Box::new(message.error.unwrap_or_else(|| {
                Problem::new(ErrorCode::ProviderError, "The provider failed.")
            })))
        }
        _ => Event::Done(Done {
            stop_reason: message.stop_reason.unwrap_or_default(),
            cached: message.cached,
            usage: message.usage,
            cost_usd: message.cost_usd,
            time_to_first_token_ms: message.time_to_first_token_ms,
            duration_ms: message.duration_ms,
        }),
    };
    let text = Event::Delta { text: message.content };
    [
        Item::Event {
            seq: (last - 1).max(1),
            event: Arc::new(text),
        },
        Item::Event {
            seq: last.max(2),
            event: Arc::new(end),
        },
    ]
}
