//! How much one artist may send, and how many new artists one address may make. Held in this process.

use crate::types::ids::UserId;
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter, clock::Clock};
use std::{
    collections::HashMap,
    net::IpAddr,
    num::NonZeroU32,
    str::FromStr,
    sync::{Mutex, MutexGuard, PoisonError},
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

/// Seconds until the next one is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait(pub u64);

pub struct Limits {
    messages: Option<DefaultKeyedRateLimiter<UserId>>,
    artists: Option<DefaultKeyedRateLimiter<IpAddr>>,
    /// Messages that were counted and did not count: the next ones are free.
    given_back: Mutex<HashMap<UserId, u32>>,
    /// Each for the artists whose id falls on it.
    queues: [tokio::sync::Mutex<()>; QUEUES],
}

impl Limits {
    pub fn new(setting: LimitSetting) -> Self {
        match setting {
            LimitSetting::Off => Self {
                messages: None,
                artists: None,
                given_back: Mutex::default(),
                queues: [const { tokio::sync::Mutex::const_new(()) }; QUEUES],
            },
            LimitSetting::Messages(quota) => Self {
                messages: Some(RateLimiter::keyed(quota)),
                artists: Some(RateLimiter::keyed(Quota::per_hour(NEW_ARTISTS_AN_HOUR))),
                given_back: Mutex::default(),
                queues: [const { tokio::sync::Mutex::const_new(()) }; QUEUES],
            },
        }
    }

    pub fn message(&self, user: UserId) -> Result<(), Wait> {
        if let Some(left) = self.given_back().get_mut(&user).filter(|left| **left > 0) {
            *left -= 1;
            return Ok(());
        }
        check(self.messages.as_ref(), &user)
    }

    /// To be held from counting a message until it is stored: whoever is refused behind it finds the message there, if it
    /// is the same. `None`: nobody is ever refused.
    pub async fn in_order(&self, user: UserId) -> Option<tokio::sync::MutexGuard<'_, ()>> {
        self.messages.as_ref()?;
        let queue = (user.0.as_u128() % QUEUES as u128) as usize;
        Some(self.queues[queue].lock().await)
    }

    /// The message that was counted last was none.
    pub fn give_back(&self, user: UserId) {
        if self.messages.is_some() {
            *self.given_back().entry(user).or_default() += 1;
        }
    }

    fn given_back(&self) -> MutexGuard<'_, HashMap<UserId, u32>> {
        self.given_back.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn new_artist(&self, address: IpAddr) -> Result<(), Wait> {
        check(self.artists.as_ref(), &address)
    }

    /// Forgets who has been quiet long enough.
    pub fn shrink(&self) {
        if let Some(messages) = &self.messages {
            messages.retain_recent();
            self.given_back().retain(|_, left| *left > 0);
        }
        if let Some(artists) = &self.artists {
            artists.retain_recent();
        }
    }
}

fn check<K: Clone + std::hash::Hash + Eq>(limiter: Option<&DefaultKeyedRateLimiter<K>>, key: &K) -> Result<(), Wait> {
    let Some(limiter) = limiter else { return Ok(()) };
    limiter.check_key(key).map_err(|not_until| {
        let wait = not_until.wait_time_from(limiter.clock().now());
        Wait(wait.as_secs() + 1)
    })
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
    fn one_artist_does_not_use_up_another_ones_messages() {
        let limits = Limits::new("2/hour".parse().unwrap());
        let (one, two) = (UserId(uuid::Uuid::from_u128(1)), UserId(uuid::Uuid::from_u128(2)));
        assert!(limits.message(one).is_ok() && limits.message(one).is_ok());
        let Wait(seconds) = limits.message(one).unwrap_err();
        assert!((1..=1801).contains(&seconds), "{seconds}");
        limits.give_back(one);
        assert!(limits.message(one).is_ok() && limits.message(one).is_err());
        assert!(limits.message(two).is_ok());
    }
}
