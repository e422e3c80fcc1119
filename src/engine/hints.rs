//! Hints between processes: something is new in this generation, this list changed, something waits for a runner. Ids
//! and numbers, never text; losing one costs its reader a poll of a second and a half, nothing else.
//!
//! Whoever publishes on the hub leaves a note here, only while another process is registered; a task of its own sends
//! what was gathered, each generation once, through Redis where that works, else by NOTIFY.

use super::hub::{Hub, ListChange, Signal};
use crate::{
    domain::ports::Fanout,
    store::{
        Store,
        hints::{Ear, say},
    },
    types::ids::*,
};
use std::{
    collections::HashMap,
    fmt::Write,
    mem,
    str::FromStr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::{Notify, broadcast},
    time::{MissedTickBehavior, interval, sleep},
};
use uuid::Uuid;

/// Between two rounds of hints: a reader elsewhere reads the table that often at most.
const PACE: Duration = Duration::from_millis(40);
/// How often the processes are counted.
const COUNT: Duration = Duration::from_secs(1);
const LISTEN_AGAIN: Duration = Duration::from_secs(1);
/// Bytes of one hint; NOTIFY takes fewer than 8,000.
const ROOM: usize = 7_000;
const HELLO: &str = "hello";
const WORK: &str = "work";

/// What waits to be sent.
#[derive(Default)]
struct Notes {
    /// The number of the newest event; 0 when it only began.
    generations: HashMap<GenerationId, i64>,
    lists: Vec<(UserId, ListChange)>,
    work: bool,
}

/// Where notes are left. Cheap to ask, and nothing happens as long as nobody else is there.
#[derive(Default)]
pub struct Hints {
    /// Other processes on this database.
    others: AtomicU64,
    notes: Mutex<Notes>,
    left: Notify,
    /// Somebody came.
    came: Notify,
}

impl Hints {
    fn note(&self, write: impl FnOnce(&mut Notes)) {
        if self.others.load(Ordering::Relaxed) > 0 {
            write(&mut self.notes.lock().unwrap_or_else(PoisonError::into_inner));
            self.left.notify_one();
        }
    }

    pub(super) fn generation(&self, id: GenerationId, signal: &Signal) {
        let seq = match signal {
            Signal::Started(_) => 0,
            Signal::Committed { seq, .. } => *seq,
            // it came from elsewhere itself
            Signal::Elsewhere { .. } => return,
        };
        self.note(|notes| {
            let newest = notes.generations.entry(id).or_default();
            *newest = seq.max(*newest);
        });
    }

    pub(super) fn list(&self, user: UserId, change: ListChange) {
        self.note(|notes| notes.lists.push((user, change)));
    }

    /// Something waits for a runner, and this process takes nothing.
    pub fn work(&self) {
        self.note(|notes| notes.work = true);
    }

    fn take(&self) -> Notes {
        mem::take(&mut self.notes.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// One item of a hint, as it travels.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Item {
    Generation(GenerationId, i64),
    List(UserId, ListChange),
    Work,
    Hello,
}

impl Item {
    fn write(&self, text: &mut String) {
        // writing to a string cannot fail
        let _ = match self {
            Self::Generation(id, seq) => write!(text, " {id}.{seq}"),
            Self::List(user, change) => {
                let generation = change.generation.map_or(Uuid::nil(), |id| id.0);
                let deleted = u8::from(change.deleted);
                write!(text, " {user}.{}.{generation}.{deleted}", change.conversation)
            }
            Self::Work => write!(text, " {WORK}"),
            Self::Hello => write!(text, " {HELLO}"),
        };
    }

    fn read(text: &str) -> Option<Self> {
        fn id(text: Option<&str>) -> Option<Uuid> {
            Uuid::from_str(text?).ok()
        }
        match text {
            WORK => return Some(Self::Work),
            HELLO => return Some(Self::Hello),
            _ => {}
        }
        let mut parts = text.split('.');
        let (first, second) = (id(parts.next())?, parts.next()?);
        let Some(generation) = parts.next() else {
            return Some(Self::Generation(GenerationId(first), second.parse().ok()?));
        };
        Some(Self::List(
            UserId(first),
            ListChange {
                conversation: ConversationId(id(Some(second))?),
                generation: id(Some(generation)).filter(|id| !id.is_nil()).map(GenerationId),
                deleted: parts.next()? == "1",
            },
        ))
    }
}

/// Texts of at most [`ROOM`] bytes, each with the sender in front.
fn pack(sender: &str, items: impl IntoIterator<Item = Item>) -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    for item in items {
        let mut text = String::new();
        item.write(&mut text);
        match texts.last_mut().filter(|last| last.len() + text.len() <= ROOM) {
            Some(last) => last.push_str(&text),
            None => texts.push(format!("{sender}{text}")),
        }
    }
    texts
}

/// Sends and hears hints for as long as the program runs.
pub struct Exchange {
    pub store: Store,
    pub hub: Hub,
    /// Redis, where it is set up.
    pub fanout: Option<Arc<dyn Fanout>>,
    /// Called when something waits for a runner.
    pub wake: Box<dyn Fn() + Send + Sync>,
}

impl Exchange {
    /// When this returns, other processes have been told that this one is there.
    pub async fn start(self) {
        // so that a process does not take its own words for another's
        let sender = Uuid::new_v4().simple().to_string();
        let (exchange, sender) = (Arc::new(self), Arc::<str>::from(sender));
        let ear = exchange.greet(&sender).await;
        exchange.count_once().await;
        if let Some(fanout) = &exchange.fanout {
            tokio::spawn(Arc::clone(&exchange).hear(fanout.listen(), Arc::clone(&sender)));
        }
        tokio::spawn(Arc::clone(&exchange).listen(ear, Arc::clone(&sender)));
        tokio::spawn(Arc::clone(&exchange).count());
        tokio::spawn(exchange.send(sender));
    }

    fn hints(&self) -> &Hints {
        &self.hub.hints
    }

    async fn hear(self: Arc<Self>, mut hints: broadcast::Receiver<String>, sender: Arc<str>) {
        loop {
            match hints.recv().await {
                Ok(text) => self.take(&text, &sender),
                Err(broadcast::error::RecvError::Lagged(_)) => self.hub.missed(),
                Err(broadcast::error::RecvError::Closed) => return,
            }
        }
    }

    async fn listen(self: Arc<Self>, mut ear: sqlx::Result<Ear>, sender: Arc<str>) {
        loop {
            let error = match &mut ear {
                Ok(ear) => match ear.next().await {
                    Ok(Some(text)) => {
                        self.take(&text, &sender);
                        continue;
                    }
                    Ok(None) => "the connection was lost".into(),
                    Err(error) => error.to_string(),
                },
                Err(error) => error.to_string(),
            };
            tracing::debug!(error, "hints of other processes cannot be heard; listening again");
            sleep(LISTEN_AGAIN).await;
            ear = self.greet(&sender).await;
            if ear.is_ok() {
                self.hub.missed();
            }
        }
    }

    /// Registers, and says so.
    async fn greet(&self, sender: &str) -> sqlx::Result<Ear> {
        let ear = self.store.ear().await?;
        let mut system = self.store.system("processes belong to nobody").await?;
        for text in pack(sender, [Item::Hello]) {
            system.say(&text).await?;
        }
        Ok(ear)
    }

    fn take(&self, text: &str, sender: &str) {
        let mut items = text.split(' ');
        if items.next() == Some(sender) {
            return;
        }
        for item in items.filter_map(Item::read) {
            match item {
                Item::Generation(id, seq) => self.hub.publish(id, Signal::Elsewhere { seq }),
                Item::List(user, change) => self.hub.publish_list_here(user, change),
                Item::Work => (self.wake)(),
                Item::Hello => {
                    self.hints().others.fetch_max(1, Ordering::Relaxed);
                    self.hints().came.notify_one();
                }
            }
        }
    }

    async fn count(self: Arc<Self>) {
        let mut tick = interval(COUNT);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = tick.tick() => {}
                () = self.hints().came.notified() => {}
            }
            self.count_once().await;
        }
    }

    async fn count_once(&self) {
        let counted = async {
            let mut system = self.store.system("processes belong to nobody").await?;
            system.processes().await
        };
        if let Ok(processes) = counted.await {
            let others = u64::try_from(processes - 1).unwrap_or_default();
            self.hints().others.store(others, Ordering::Relaxed);
        }
    }

    async fn send(self: Arc<Self>, sender: Arc<str>) {
        let mut mouth = None;
        loop {
            self.hints().left.notified().await;
            let notes = self.hints().take();
            let generations = notes.generations.into_iter().map(|(id, seq)| Item::Generation(id, seq));
            let lists = notes.lists.into_iter().map(|(user, change)| Item::List(user, change));
            let items = generations.chain(lists).chain(notes.work.then_some(Item::Work));
            for text in pack(&sender, items) {
                if let Err(error) = self.say(&mut mouth, text).await {
                    tracing::debug!(%error, "a hint was lost");
                    mouth = None;
                }
            }
            sleep(PACE).await;
        }
    }

    async fn say(&self, mouth: &mut Option<sqlx::PgConnection>, text: String) -> sqlx::Result<()> {
        if let Some(fanout) = &self.fanout {
            let heard = fanout.publish(text.clone()).await.unwrap_or_default();
            // this process hears itself too
            if heard > self.hints().others.load(Ordering::Relaxed) {
                return Ok(());
            }
        }
        let mouth = match mouth {
            Some(mouth) => mouth,
            none => none.insert(self.store.dedicated().await?),
        };
        say(mouth, &text).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_survive_the_way_and_rubbish_is_nothing() {
        let id = |n: u128| Uuid::from_u128(n);
        let change = |generation, deleted| ListChange {
            conversation: ConversationId(id(2)),
            generation,
            deleted,
        };
        let items = [
            Item::Generation(GenerationId(id(1)), 7),
            Item::List(UserId(id(3)), change(Some(GenerationId(id(4))), false)),
            Item::List(UserId(id(3)), change(None, true)),
            Item::Work,
            Item::Hello,
        ];
        let texts = pack("me", items);
        assert_eq!(texts.len(), 1);
        let back: Vec<_> = texts[0].split(' ').skip(1).filter_map(Item::read).collect();
        assert_eq!(back, items);
        let many = pack("me", (0..1_000).map(|n| Item::Generation(GenerationId(id(n)), 1)));
        assert!(many.len() > 1 && many.iter().all(|text| text.len() < 8_000 && text.starts_with("me ")));
        for rubbish in [
            "",
            "x",
            "1.2",
            "00000000-0000-0000-0000-000000000001",
            "00000000-0000-0000-0000-000000000001.x",
        ] {
            assert_eq!(Item::read(rubbish), None, "{rubbish}");
        }
    }

    #[test]
    fn nothing_is_noted_while_nobody_else_is_there() {
        let hints = Hints::default();
        hints.generation(GenerationId(Uuid::from_u128(1)), &Signal::Elsewhere { seq: 1 });
        hints.work();
        assert!(!hints.take().work);
        hints.others.store(1, Ordering::Relaxed);
        hints.work();
        assert!(hints.take().work);
    }
}
