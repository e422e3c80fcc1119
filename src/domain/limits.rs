//! How much one artist may send, and how many new artists one address may make.
//!
//! Counted where all processes count together, when there is such a place; while it cannot be asked, in this process.

use super::ports::{Counters, Taken};
use crate::types::ids::UserId;
use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    middleware::StateInformationMiddleware,
    state::keyed::DefaultKeyedStateStore,
};
use std::{
    collections::HashMap,
    hash::Hash,
    net::IpAddr,
    num::NonZeroU32,
    str::FromStr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

const NEW_ARTISTS_AN_HOUR: NonZeroU32 = match NonZeroU32::new(20) {
    Some(count) => count,
    None => NonZeroU32::MIN,
};

/// Artists who share one wait for each other for a millisecond.
const QUEUES: usize = 64;

/// `SQUAD_LIMITS`: `50/hour`, `10/minute`, or `off`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitSetting {
    Off,
    Messages(Quota),
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "SQUAD_LIMITS={0:?} is not a limit. Write a number of messages and a period, like 50/hour or 10/minute, or off"
)]
pub struct BadLimit(String);

impl FromStr for LimitSetting {
    type Err = BadLimit;

    fn from_str(text: &str) -> Result<Self, BadLimit> {
        if text.eq_ignore_ascii_case("off") {
            return Ok(Self::Off);
        }
        let bad = || BadLimit(text.to_string());
        let (count, period) = text.split_once('/').ok_or_else(bad)?;
        let count: NonZeroU32 = count.trim().parse().map_err(|_| bad())?;
        match period.trim() {
            "hour" | "h" => Ok(Self::Messages(Quota::per_hour(count))),
            "minute" | "min" | "m" => Ok(Self::Messages(Quota::per_minute(count))),
            "second" | "s" => Ok(Self::Messages(Quota::per_second(count))),
            _ => Err(bad()),
        }
    }
}

/// What an artist may still do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// At once, after a quiet time.
    pub limit: u32,
    pub left: u32,
    /// Seconds until all are there again.
    pub full_in: u64,
}

/// Not now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// Until the next one is allowed.
    pub seconds: u64,
    pub limit: u32,
}

pub struct Limits {
    /// Wrong tokens of the owner; counted even where nothing else is.
    owner: Guesses,
    messages: Option<Limit<UserId>>,
    artists: Option<Limit<IpAddr>>,
    shared: Option<Arc<dyn Counters>>,
    /// Messages that were counted and did not count: the next ones are free.
    given_back: Mutex<HashMap<UserId, u32>>,
    /// Each for the artists whose id falls on it.
    queues: [tokio::sync::Mutex<()>; QUEUES],
}

impl Limits {
    pub fn new(setting: LimitSetting, shared: Option<Arc<dyn Counters>>) -> Self {
        let (messages, artists) = match setting {
            LimitSetting::Off => (None, None),
            LimitSetting::Messages(quota) => (
                Some(Limit::new("message", quota)),
                Some(Limit::new("artist", Quota::per_hour(NEW_ARTISTS_AN_HOUR))),
            ),
        };
        Self {
            owner: Guesses::default(),
            messages,
            artists,
            shared,
            given_back: Mutex::default(),
            queues: [const { tokio::sync::Mutex::const_new(()) }; QUEUES],
        }
    }

    /// Counts a message; `None` where there is no limit.
    pub async fn message(&self, user: UserId) -> Result<Option<Allowance>, Wait> {
        let Some(limit) = &self.messages else { return Ok(None) };
        if let Some(free) = self.given_back().get_mut(&user).filter(|free| **free > 0) {
            *free -= 1;
            return Ok(None);
        }
        limit.take(self.shared.as_deref(), user).await.map(Some)
    }

    /// To be held from counting a message until it is stored: whoever is refused behind it finds the message there, if it
    /// is the same. `None`: nobody is ever refused.
    pub async fn in_order(&self, user: UserId) -> Option<tokio::sync::MutexGuard<'_, ()>> {
        self.messages.as_ref()?;
        let queue = (user.0.as_u128() % QUEUES as u128) as usize;
        Some(self.queues[queue].lock().await)
    }

    /// The message counted last was not stored: the next one is free.
    pub async fn give_back(&self, user: UserId) {
        let Some(limit) = &self.messages else { return };
        let told = match &self.shared {
            Some(shared) => {
                let (burst, refill) = limit.figures();
                shared.give_back(&limit.name(user), burst, refill).await
            }
            None => false,
        };
        if !told {
            *self.given_back().entry(user).or_default() += 1;
        }
    }

    fn given_back(&self) -> MutexGuard<'_, HashMap<UserId, u32>> {
        self.given_back.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub async fn new_artist(&self, address: IpAddr) -> Result<(), Wait> {
        match &self.artists {
            Some(limit) => limit.take(self.shared.as_deref(), address).await.map(drop),
            None => Ok(()),
        }
    }

    /// Whether a token of the owner from this address may be looked at, right or wrong.
    pub fn may_guess(&self, address: IpAddr) -> Result<(), Wait> {
        self.owner.may(address, Instant::now())
    }

    pub fn guessed_wrong(&self, address: IpAddr) {
        self.owner.wrong(address, Instant::now());
    }

    /// Forgets who has been quiet long enough.
    pub fn shrink(&self) {
        self.owner.shrink(Instant::now());
        if let Some(messages) = &self.messages {
            messages.here.retain_recent();
            self.given_back().retain(|_, left| *left > 0);
        }
        if let Some(artists) = &self.artists {
            artists.here.retain_recent();
        }
    }
}

/// Wrong guesses of one address before it has to wait, and for how long they count.
const GUESSES: u32 = 10;
const GUESSES_COUNT: Duration = Duration::from_secs(3600);

/// Wrong guesses by address: how many, and since when.
#[derive(Default)]
struct Guesses(Mutex<HashMap<IpAddr, (u32, Instant)>>);

impl Guesses {
    fn all(&self) -> MutexGuard<'_, HashMap<IpAddr, (u32, Instant)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn may(&self, address: IpAddr, now: Instant) -> Result<(), Wait> {
        let passed = |since: Instant| now.saturating_duration_since(since);
        match self.all().get(&address) {
            Some((GUESSES.., since)) if passed(*since) < GUESSES_COUNT => Err(Wait {
                seconds: (GUESSES_COUNT - passed(*since)).as_secs() + 1,
                limit: GUESSES,
            }),
            _ => Ok(()),
        }
    }

    fn wrong(&self, address: IpAddr, now: Instant) {
        let mut all = self.all();
        let (count, since) = all.entry(address).or_insert((0, now));
        if now.saturating_duration_since(*since) >= GUESSES_COUNT {
            (*count, *since) = (0, now);
        }
        *count += 1;
    }

    fn shrink(&self, now: Instant) {
        self.all()
            .retain(|_, (_, since)| now.saturating_duration_since(*since) < GUESSES_COUNT);
    }
}

type Here<K> = RateLimiter<K, DefaultKeyedStateStore<K>, DefaultClock, StateInformationMiddleware>;

/// One limit, for each key.
struct Limit<K: Clone + Hash + Eq> {
    what: &'static str,
    quota: Quota,
    here: Here<K>,
}

impl<K: Clone + Copy + Hash + Eq + ToString> Limit<K> {
    fn new(what: &'static str, quota: Quota) -> Self {
        Self {
            what,
            quota,
            here: RateLimiter::keyed(quota).with_middleware(),
        }
    }

    fn name(&self, key: K) -> String {
        format!("{}:{}", self.what, key.to_string())
    }

    /// How many at once, and how long until there is one more.
    fn figures(&self) -> (u32, Duration) {
        (self.quota.burst_size().get(), self.quota.replenish_interval())
    }

    async fn take(&self, shared: Option<&dyn Counters>, key: K) -> Result<Allowance, Wait> {
        let (limit, refill) = self.figures();
        let taken = match shared {
            Some(shared) => shared.take(&self.name(key), limit, refill).await,
            None => None,
        };
        match taken.unwrap_or_else(|| self.take_here(key)) {
            Taken::Yes { left } => Ok(Allowance {
                limit,
                left,
                full_in: (refill * (limit - left.min(limit))).as_secs(),
            }),
            Taken::No(wait) => Err(Wait {
                seconds: wait.as_secs() + 1,
                limit,
            }),
        }
    }

    fn take_here(&self, key: K) -> Taken {
        match self.here.check_key(&key) {
            Ok(state) => Taken::Yes {
                left: state.remaining_burst_capacity(),
            },
            Err(not_until) => Taken::No(not_until.wait_time_from(self.here.clock().now())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_and_refused() {
        assert_eq!("off".parse(), Ok(LimitSetting::Off));
        assert_eq!(
            "50/hour".parse(),
            Ok(LimitSetting::Messages(Quota::per_hour(NonZeroU32::new(50).unwrap())))
        );
        for bad in ["", "50", "0/hour", "x/hour", "5/day"] {
            assert!(bad.parse::<LimitSetting>().is_err(), "{bad}");
        }
    }

    #[test]
    fn ten_wrong_guesses_of_an_address_make_it_wait_and_no_other() {
        let (guesses, now) = (Guesses::default(), Instant::now());
        let [here, there] = [1, 2].map(|last| IpAddr::from([127, 0, 0, last]));
        for _ in 0..GUESSES {
            assert!(guesses.may(here, now).is_ok());
            guesses.wrong(here, now);
        }
        assert_eq!(guesses.may(here, now).unwrap_err().seconds, 3601);
        assert!(guesses.may(there, now).is_ok());
        assert!(guesses.may(here, now + GUESSES_COUNT).is_ok());
        guesses.shrink(now + GUESSES_COUNT);
        assert!(guesses.all().is_empty());
    }

    #[tokio::test]
    async fn one_artist_does_not_use_up_another_ones_messages() {
        let limits = Limits::new("2/hour".parse().unwrap(), None);
        let (one, two) = (UserId(uuid::Uuid::from_u128(1)), UserId(uuid::Uuid::from_u128(2)));
        for left in [1, 0] {
            assert_eq!(limits.message(one).await.unwrap().unwrap().left, left);
        }
        let Wait { seconds, limit } = limits.message(one).await.unwrap_err();
        assert!((1..=1801).contains(&seconds) && limit == 2, "{seconds}");
        limits.give_back(one).await;
        assert!(limits.message(one).await.is_ok() && limits.message(one).await.is_err());
        assert!(limits.message(two).await.is_ok());
    }
}
