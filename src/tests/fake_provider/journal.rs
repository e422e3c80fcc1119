//! What was asked, and what became of it.

use crate::script::lock;
use axum::http::HeaderMap;
use serde::Serialize;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::{SystemTime, UNIX_EPOCH},
};

/// One request. Times are microseconds since 1970.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Call {
    pub path: String,
    /// Without the key's value.
    pub headers: BTreeMap<String, String>,
    pub body: Value,
    pub at_us: u64,
    /// Of the answer; `null` while nothing was answered.
    pub status: Option<u16>,
    pub first_token_us: Option<u64>,
    pub last_token_us: Option<u64>,
    pub tokens_sent: usize,
    pub ended_us: Option<u64>,
    /// The answer was sent to its end, whatever its script made of it.
    pub finished: bool,
    /// The client went before the end.
    pub disconnected: bool,
}

#[derive(Default)]
pub struct Journal(Mutex<Vec<Arc<Mutex<Call>>>>);

impl Journal {
    pub fn enter(&self, path: &str, headers: &HeaderMap, body: Value) -> Entry {
        let shown = |name: &str, value: &str| {
            if is_secret(name) {
                "***".to_owned()
            } else {
                value.to_owned()
            }
        };
        let headers = headers
            .iter()
            .map(|(name, value)| {
                (
                    name.to_string(),
                    shown(name.as_str(), value.to_str().unwrap_or_default()),
                )
            })
            .collect();
        let call = Call {
            path: path.to_owned(),
            headers,
            body,
            at_us: now_us(),
            ..Call::default()
        };
        let call = Arc::new(Mutex::new(call));
        lock(&self.0).push(call.clone());
        Entry(call)
    }

    pub fn calls(&self) -> Vec<Call> {
        lock(&self.0).iter().map(|call| lock(call).clone()).collect()
    }

    pub fn clear(&self) {
        lock(&self.0).clear();
    }
}

fn is_secret(header: &str) -> bool {
    matches!(header, "x-api-key" | "authorization")
}

/// A call that is being answered. Dropped before [`Entry::finish`], it was the client who went.
pub struct Entry(Arc<Mutex<Call>>);

impl Entry {
    pub fn status(&self, status: u16) {
        lock(&self.0).status = Some(status);
    }

    pub fn token(&self, sent_us: u64) {
        let mut call = lock(&self.0);
        call.first_token_us.get_or_insert(sent_us);
        call.last_token_us = Some(sent_us);
        call.tokens_sent += 1;
    }

    pub fn finish(&self) {
        let mut call = lock(&self.0);
        call.finished = true;
        call.ended_us = Some(now_us());
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let mut call = lock(&self.0);
        if !call.finished {
            call.disconnected = true;
            call.ended_us = Some(now_us());
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "readers in other processes compare these times with their own clock"
)]
pub fn now_us() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_micros() as u64)
}
