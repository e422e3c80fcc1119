//! Fan-out inside this process: committed events and changed conversations, to whoever listens at this moment.
//!
//! A listener that falls behind or comes later reads the table; nothing is kept here. Other processes hear of it by
//! [`Hints`].

use super::hints::Hints;
use crate::types::{
    event::{Event, GenerationInfo},
    ids::*,
};
use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::sync::broadcast;

/// Signals a slow reader may fall behind before it has to read the table again.
const BACKLOG: usize = 256;

/// What happened to a generation.
#[derive(Clone, Debug)]
pub enum Signal {
    /// Its run began: who answers is decided.
    Started(Arc<GenerationInfo>),
    /// This event is committed.
    Committed { seq: i64, event: Arc<Event> },
    /// Another process has committed up to this number (0: the run began): it is in the table.
    Elsewhere { seq: i64 },
}

/// A conversation of an artist changed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ListChange {
    pub conversation: ConversationId,
    pub generation: Option<GenerationId>,
    pub deleted: bool,
}

/// `None` says that some signals were missed.
type Room<T> = broadcast::Sender<Option<T>>;
type Rooms<K, T> = Arc<Mutex<HashMap<K, Room<T>>>>;

#[derive(Clone, Default)]
pub struct Hub {
    generations: Rooms<GenerationId, Signal>,
    lists: Rooms<UserId, ListChange>,
    /// For the owner, who looks at everybody's runs.
    everybody: Rooms<(), ListChange>,
    pub(super) hints: Arc<Hints>,
}

/// A place in a room; the room goes with its last listener.
pub struct Subscription<K: Eq + Hash + Copy, T: Clone> {
    rooms: Rooms<K, T>,
    key: K,
    receiver: broadcast::Receiver<Option<T>>,
}

impl<K: Eq + Hash + Copy, T: Clone> Subscription<K, T> {
    fn new(rooms: &Rooms<K, T>, key: K) -> Self {
        let receiver = lock(rooms)
            .entry(key)
            .or_insert_with(|| broadcast::channel(BACKLOG).0)
            .subscribe();
        Self {
            rooms: Arc::clone(rooms),
            key,
            receiver,
        }
    }

    /// The next signal; `None` when some were missed and the table has to be read.
    pub async fn next(&mut self) -> Option<T> {
        match self.receiver.recv().await {
            Ok(signal) => signal,
            Err(broadcast::error::RecvError::Lagged(_)) => None,
            // the room never closes while somebody is in it
            Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
        }
    }

    /// The next signal, if one waits already.
    pub fn try_next(&mut self) -> Option<T> {
        self.receiver.try_recv().ok().flatten()
    }
}

impl<K: Eq + Hash + Copy, T: Clone> Drop for Subscription<K, T> {
    fn drop(&mut self) {
        let mut rooms = lock(&self.rooms);
        if rooms.get(&self.key).is_some_and(|room| room.receiver_count() <= 1) {
            rooms.remove(&self.key);
        }
    }
}

fn lock<K, T>(rooms: &Rooms<K, T>) -> std::sync::MutexGuard<'_, HashMap<K, Room<T>>> {
    rooms.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Hub {
    pub fn follow(&self, generation: GenerationId) -> Subscription<GenerationId, Signal> {
        Subscription::new(&self.generations, generation)
    }

    pub fn follow_list(&self, user: UserId) -> Subscription<UserId, ListChange> {
        Subscription::new(&self.lists, user)
    }

    pub fn follow_everybody(&self) -> Subscription<(), ListChange> {
        Subscription::new(&self.everybody, ())
    }

    pub fn publish(&self, generation: GenerationId, signal: Signal) {
        self.hints.generation(generation, &signal);
        if let Some(room) = lock(&self.generations).get(&generation) {
            // an error means that nobody listens
            let _ = room.send(Some(signal));
        }
    }

    pub fn publish_list(&self, user: UserId, change: ListChange) {
        self.hints.list(user, change);
        self.publish_list_here(user, change);
    }

    /// Something waits for a runner, and this process takes nothing.
    pub fn publish_work(&self) {
        self.hints.work();
    }

    pub(super) fn publish_list_here(&self, user: UserId, change: ListChange) {
        if let Some(room) = lock(&self.lists).get(&user) {
            let _ = room.send(Some(change));
        }
        if let Some(room) = lock(&self.everybody).get(&()) {
            let _ = room.send(Some(change));
        }
    }

    /// An artist is gone: whoever listens to her list here has to look for itself, and finds nothing.
    pub fn forget(&self, user: UserId) {
        if let Some(room) = lock(&self.lists).get(&user) {
            let _ = room.send(None);
        }
    }

    /// Words of other processes were lost: whoever listens has to look for itself.
    pub(super) fn missed(&self) {
        fn tell<K, T>(rooms: &Rooms<K, T>) {
            for room in lock(rooms).values() {
                let _ = room.send(None);
            }
        }
        tell(&self.generations);
        tell(&self.lists);
        tell(&self.everybody);
    }
}
