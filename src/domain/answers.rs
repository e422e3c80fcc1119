//! The answer cache: a question that was answered a short while ago, word for word the same, gets the same answer at once.
//!
//! The key is a hash over everything that shapes an answer. It carries the artist too, unless the prompt has nothing of
//! her: no facts, and no talk before the question. Only whole answers are kept, given in one go; what an artist asks to
//! have again (regenerate, retry) never comes from here, nor does anything in a crisis.

use super::ports::{Cache, CacheKey, PromptRequest, Speaker};
use crate::types::{chat::Usage, coach::CoachId, ids::UserId};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    str::FromStr,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};
use tokio::{
    sync::{Mutex as AsyncMutex, OwnedMutexGuard},
    time::{Instant, sleep, timeout},
};

/// Whoever asks the same meanwhile waits this long for the one who asked first, and then asks for itself.
const PATIENCE: Duration = Duration::from_secs(30);
/// The same for one who asks in another process: that one may be dead.
const PATIENCE_ELSEWHERE: Duration = Duration::from_secs(15);
const LOOK_AGAIN: Duration = Duration::from_millis(150);
/// Raised whenever the key or what is kept changes its meaning.
const VERSION: u8 = 1;
const SWEEP_AT: usize = 256;

/// `SQUAD_ANSWER_CACHE`: how long an answer is kept, like `1h`, `10m` or `30s`; `None` is `off`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeepAnswers(pub Option<Duration>);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("SQUAD_ANSWER_CACHE={0:?} is not a time. Write how long answers are kept, like 1h, 10m or 30s, or off")]
pub struct BadTime(String);

impl FromStr for KeepAnswers {
    type Err = BadTime;

    fn from_str(text: &str) -> Result<Self, BadTime> {
        if text.eq_ignore_ascii_case("off") {
            return Ok(Self(None));
        }
        let unit = match text.chars().last() {
            Some('s') => 1,
            Some('m') => 60,
            Some('h') => 3_600,
            _ => 0,
        };
        let count: Option<u64> = text
            .get(..text.len().saturating_sub(1))
            .and_then(|count| count.parse().ok());
        match count.and_then(|count| count.checked_mul(unit)) {
            Some(seconds @ 1..=604_800) => Ok(Self(Some(Duration::from_secs(seconds)))),
            _ => Err(BadTime(text.to_string())),
        }
    }
}

/// An answer as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    pub text: String,
    pub stop_reason: String,
    /// What it took when a model was asked.
    pub usage: Usage,
    /// US dollars.
    pub cost: Option<Decimal>,
}

/// Everything that shapes the answer to `request`; `artist` where something of her is in it.
pub fn key(provider: &str, coach: &CoachId, request: &PromptRequest, artist: Option<UserId>) -> CacheKey {
    let turns: Vec<_> = request
        .turns
        .iter()
        .map(|turn| (turn.speaker == Speaker::User, &turn.text))
        .collect();
    let shape = (
        VERSION,
        provider,
        &request.model,
        (request.temperature, request.max_tokens, &request.prefill),
        coach.as_str(),
        &request.system,
        turns,
        artist,
    );
    // JSON keeps the parts apart; nothing in it can fail to be written
    Sha256::digest(serde_json::to_vec(&shape).unwrap_or_default()).into()
}

/// The cache and who is asking at this moment.
pub struct Answers {
    cache: Arc<dyn Cache>,
    keep: Duration,
    flights: Mutex<Flights>,
}

#[derive(Default)]
struct Flights {
    by_key: HashMap<CacheKey, Weak<AsyncMutex<()>>>,
    sweep_at: usize,
}

/// What a look at the cache gave.
pub enum Look {
    Hit(Kept),
    /// Ask the provider. Until this is dropped, whoever asks the same waits.
    Miss(Flight),
}

pub struct Flight {
    key: CacheKey,
    cache: Arc<dyn Cache>,
    /// No other process asks.
    leads: bool,
    /// Nobody else in this process does. Let go last.
    _first: Option<OwnedMutexGuard<()>>,
}

impl Drop for Flight {
    fn drop(&mut self) {
        if self.leads {
            self.cache.let_go(self.key);
        }
    }
}

impl Answers {
    pub fn new(cache: Arc<dyn Cache>, keep: Duration) -> Self {
        Self {
            cache,
            keep,
            flights: Mutex::default(),
        }
    }

    /// Looks for an answer, and waits for one that is being given to somebody else. One who fails or is stopped lets the
    /// next one ask.
    pub async fn look(&self, key: CacheKey) -> Look {
        if let Some(kept) = self.get(key).await {
            return Look::Hit(kept);
        }
        let first = timeout(PATIENCE, self.flight(key).lock_owned()).await.ok();
        let mut flight = Flight {
            key,
            cache: Arc::clone(&self.cache),
            leads: false,
            _first: first,
        };
        let since = Instant::now();
        loop {
            // before the look: who led until now has put it there
            flight.leads = self.cache.lead(key, PATIENCE_ELSEWHERE).await;
            if let Some(kept) = self.get(key).await {
                return Look::Hit(kept);
            }
            if flight.leads || since.elapsed() > PATIENCE_ELSEWHERE {
                return Look::Miss(flight);
            }
            sleep(LOOK_AGAIN).await;
        }
    }

    /// Keeps the answer that a flight brought.
    pub async fn keep(&self, flight: Flight, kept: &Kept) {
        if let Ok(text) = serde_json::to_string(kept) {
            self.cache.put(flight.key, text, self.keep).await;
        }
    }

    async fn get(&self, key: CacheKey) -> Option<Kept> {
        serde_json::from_str(&self.cache.get(key).await?).ok()
    }

    fn flight(&self, key: CacheKey) -> Arc<AsyncMutex<()>> {
        let mut flights = self.flights.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(flight) = flights.by_key.get(&key).and_then(Weak::upgrade) {
            return flight;
        }
        if flights.by_key.len() >= flights.sweep_at {
            flights.by_key.retain(|_, flight| flight.strong_count() > 0);
            flights.sweep_at = SWEEP_AT.max(flights.by_key.len() * 2);
        }
        let flight = Arc::default();
        flights.by_key.insert(key, Arc::downgrade(&flight));
        flight
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ports::Turn;

    #[test]
    fn times_are_read_and_refused() {
        assert_eq!("off".parse(), Ok(KeepAnswers(None)));
        assert_eq!("1h".parse(), Ok(KeepAnswers(Some(Duration::from_secs(3_600)))));
        for bad in ["", "h", "1", "0s", "1d", "-1h", "999999999999999999h", "1é"] {
            assert!(bad.parse::<KeepAnswers>().is_err(), "{bad}");
        }
    }

    #[test]
    fn every_part_of_a_request_changes_the_key() {
        let turn = |speaker, text: &str| Turn {
            speaker,
            text: text.into(),
            cache: false,
        };
        let plain = PromptRequest {
            model: "m".into(),
            system: "s".into(),
            turns: vec![turn(Speaker::User, "q")],
            prefill: None,
            temperature: None,
            max_tokens: 10,
        };
        let luke = CoachId::new("luke");
        let mut keys = vec![
            key("p", &luke, &plain, None),
            key("other", &luke, &plain, None),
            key("p", &CoachId::new("april"), &plain, None),
            key("p", &luke, &plain, Some(UserId(uuid::Uuid::from_u128(1)))),
        ];
        let changes: [&dyn Fn(&mut PromptRequest); 7] = [
            &|request| request.model.push('2'),
            &|request| request.system.push('2'),
            &|request| request.temperature = Some(0.5),
            &|request| request.max_tokens = 11,
            &|request| request.prefill = Some(String::new()),
            &|request| request.turns[0].text.push('2'),
            &|request| {
                let talk = [turn(Speaker::User, "a"), turn(Speaker::Assistant, "b")];
                request.turns.splice(0..0, talk);
            },
        ];
        for change in changes {
            let mut changed = plain.clone();
            change(&mut changed);
            keys.push(key("p", &luke, &changed, None));
        }
        let count = keys.len();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), count);
    }
}
