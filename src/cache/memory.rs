//! The cache in this process: the newest answers, as many as fit.

use crate::domain::ports::{Cache, CacheKey};
use futures_util::future::BoxFuture;
use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

/// Bytes of all answers together.
const ROOM: usize = 16 * 1024 * 1024;

#[derive(Default)]
pub struct MemoryCache(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    kept: HashMap<CacheKey, Entry>,
    /// Oldest first, with the time it was put: an entry that was put again stands here twice.
    order: VecDeque<(CacheKey, Instant)>,
    bytes: usize,
}

struct Entry {
    text: String,
    put: Instant,
    until: Instant,
}

impl Inner {
    fn remove(&mut self, key: &CacheKey) {
        if let Some(entry) = self.kept.remove(key) {
            self.bytes -= entry.text.len();
        }
    }

    fn get(&mut self, key: CacheKey, now: Instant) -> Option<String> {
        if self.kept.get(&key)?.until <= now {
            self.remove(&key);
        }
        self.kept.get(&key).map(|entry| entry.text.clone())
    }

    fn put(&mut self, key: CacheKey, text: String, until: Instant, now: Instant) {
        self.remove(&key);
        self.bytes += text.len();
        self.order.push_back((key, now));
        self.kept.insert(key, Entry { text, put: now, until });
        while let Some((oldest, put)) = self.order.front().copied() {
            let entry = self.kept.get(&oldest).filter(|entry| entry.put == put);
            if entry.is_some_and(|entry| entry.until > now) && self.bytes <= ROOM {
                break;
            }
            if entry.is_some() {
                self.remove(&oldest);
            }
            self.order.pop_front();
        }
    }
}

impl MemoryCache {
    fn inner(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Cache for MemoryCache {
    fn get(&self, key: CacheKey) -> BoxFuture<'_, Option<String>> {
        Box::pin(async move { self.inner().get(key, Instant::now()) })
    }

    fn put(&self, key: CacheKey, text: String, keep: Duration) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let now = Instant::now();
            self.inner().put(key, text, now + keep, now);
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_old_or_too_much_goes() {
        let mut inner = Inner::default();
        let start = Instant::now();
        let at = |seconds: u64| start + Duration::from_secs(seconds);
        inner.put([1; 32], "one".into(), at(10), at(0));
        inner.put([2; 32], "two".into(), at(11), at(1));
        assert_eq!(inner.get([1; 32], at(9)).as_deref(), Some("one"));
        assert_eq!(inner.get([1; 32], at(10)), None);
        // put again, it is as new as that
        inner.put([2; 32], "newer".into(), at(19), at(9));
        inner.put([3; 32], "x".repeat(ROOM - 5), at(21), at(11));
        assert_eq!(inner.get([2; 32], at(12)).as_deref(), Some("newer"));
        inner.put([4; 32], "more".into(), at(22), at(12));
        assert_eq!((inner.get([2; 32], at(12)), inner.bytes), (None, ROOM - 1));
        assert_eq!(inner.order.len(), inner.kept.len());
    }
}
