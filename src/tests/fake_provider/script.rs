//! What the next calls shall do.
//!
//! ```json
//! {"match": "single", "times": 2, "then": [
//!   {"thinking": "…"}, {"text": "Bon"}, {"delay_ms": 200}, {"hold": "here"}, {"tokens": 30}, {"cut": true}]}
//! {"then": [{"status": 529, "headers": {"retry-after": "1"}, "body": {"type": "error"}}]}
//! ```
//! A call takes the first script of the queue whose `match` is in its last user text (or that has none), `times` times
//! (once when not said). After the last step the answer ends well, with `end_turn` or the reason of a `stop`.

use serde::Deserialize;
use serde_json::Value;
use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::Semaphore;

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Step {
    /// An HTTP answer instead of a stream; everything before it may only wait.
    Refuse {
        status: u16,
        #[serde(default)]
        headers: BTreeMap<String, String>,
        #[serde(default)]
        body: Value,
    },
    Do(Do),
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Do {
    /// One delta with exactly this text.
    Text(String),
    /// A thinking block before the text.
    Thinking(String),
    /// This many tokens of the usual answer at the usual pace.
    Tokens(usize),
    DelayMs(u64),
    /// Waits for `POST /__fake/release/{name}`.
    Hold(String),
    #[serde(deserialize_with = "only_true")]
    Ping(()),
    /// All further writes come in pieces of this many bytes.
    Chop(usize),
    /// Bytes that are no event's data of this dialect.
    Garbage(String),
    /// Another `usage` in place of the counted one; `null` leaves it out.
    Usage(Value),
    Stop(String),
    ErrorEvent {
        #[serde(rename = "type")]
        kind: String,
        #[serde(default)]
        message: String,
    },
    /// Drops the connection in the middle of the body.
    #[serde(deserialize_with = "only_true")]
    Cut(()),
    /// Ends the body politely without the stream's last event.
    #[serde(deserialize_with = "only_true")]
    End(()),
    /// Not one byte more, until the client goes.
    #[serde(deserialize_with = "only_true")]
    Silence(()),
}

fn only_true<'de, D: serde::Deserializer<'de>>(value: D) -> Result<(), D::Error> {
    if bool::deserialize(value)? {
        Ok(())
    } else {
        Err(serde::de::Error::custom("only true makes sense here"))
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    #[serde(default)]
    r#match: Option<String>,
    #[serde(default = "once")]
    times: usize,
    then: Vec<Step>,
}

fn once() -> usize {
    1
}

#[derive(Deserialize)]
#[serde(untagged)]
pub enum Added {
    Many(Vec<Script>),
    One(Script),
}

/// The queue, and the places where answers wait.
#[derive(Default)]
pub struct Scripts {
    queue: Mutex<VecDeque<Script>>,
    gates: Mutex<HashMap<String, Arc<Gate>>>,
}

impl Scripts {
    /// How many are queued now.
    pub fn add(&self, added: Added) -> usize {
        let mut queue = lock(&self.queue);
        match added {
            Added::Many(scripts) => queue.extend(scripts),
            Added::One(script) => queue.push_back(script),
        }
        queue.len()
    }

    pub fn forget(&self) {
        lock(&self.queue).clear();
    }

    pub fn take(&self, last_user_text: &str) -> Option<Vec<Step>> {
        let mut queue = lock(&self.queue);
        let fits = |script: &Script| script.r#match.as_ref().is_none_or(|part| last_user_text.contains(part));
        let index = queue.iter().position(fits)?;
        let script = queue.get_mut(index)?;
        script.times = script.times.saturating_sub(1);
        if script.times == 0 {
            queue.remove(index).map(|script| script.then)
        } else {
            Some(script.then.clone())
        }
    }

    pub fn gate(&self, name: &str) -> Arc<Gate> {
        lock(&self.gates).entry(name.to_owned()).or_default().clone()
    }
}

/// Counts, so that a release may come before its hold, and somebody who waits for the hold after it.
pub struct Gate {
    open: Semaphore,
    reached: Semaphore,
}

impl Default for Gate {
    fn default() -> Self {
        Self {
            open: Semaphore::new(0),
            reached: Semaphore::new(0),
        }
    }
}

impl Gate {
    pub async fn hold(&self) {
        self.reached.add_permits(1);
        take(&self.open).await;
    }

    pub fn release(&self) {
        self.open.add_permits(1);
    }

    pub async fn reached(&self) {
        take(&self.reached).await;
    }
}

async fn take(semaphore: &Semaphore) {
    if let Ok(permit) = semaphore.acquire().await {
        permit.forget();
    }
}

pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
