//! The prompt cache as the real one counts: a prefix that was marked is remembered for five minutes, and a later
//! prompt that begins with it reads it.

use crate::script::lock;
use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
    sync::Mutex,
    time::{Duration, Instant},
};

const KEPT: Duration = Duration::from_secs(300);

/// A piece of a prompt, in its order.
pub struct Piece<'a> {
    pub role: &'a str,
    pub text: &'a str,
    /// The prefix up to the end of this piece is to be cached.
    pub marked: bool,
}

/// Prompt tokens by where they came from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    pub fresh: usize,
    pub written: usize,
    pub read: usize,
}

impl Counted {
    pub fn total(self) -> usize {
        self.fresh + self.written + self.read
    }
}

pub struct Cache {
    min_tokens: usize,
    prefixes: Mutex<HashMap<u64, Instant>>,
}

impl Cache {
    pub fn new(min_tokens: usize) -> Self {
        Self {
            min_tokens,
            prefixes: Mutex::default(),
        }
    }

    pub fn count(&self, model: &str, pieces: &[Piece<'_>]) -> Counted {
        let now = Instant::now();
        let mut prefixes = lock(&self.prefixes);
        prefixes.retain(|_, used| now.duration_since(*used) < KEPT);
        let mut hasher = DefaultHasher::new();
        model.hash(&mut hasher);
        let (mut total, mut read, mut marked) = (0, 0, Vec::new());
        let last_mark = pieces.iter().rposition(|piece| piece.marked);
        for (index, piece) in pieces.iter().enumerate() {
            (piece.role, piece.text).hash(&mut hasher);
            total += tokens(piece.text);
            let key = hasher.finish();
            if last_mark.is_some_and(|last| index <= last)
                && let Some(used) = prefixes.get_mut(&key)
            {
                *used = now;
                read = total;
            }
            if piece.marked && total >= self.min_tokens {
                marked.push((key, total));
            }
        }
        let cached = marked.last().map_or(0, |(_, total)| *total).max(read);
        prefixes.extend(marked.into_iter().map(|(key, _)| (key, now)));
        Counted {
            fresh: total - cached,
            written: cached - read,
            read,
        }
    }
}

/// Four characters are a token.
pub fn tokens(text: &str) -> usize {
    text.chars().count().div_ceil(4)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces<'a>(texts: &[(&'a str, bool)]) -> Vec<Piece<'a>> {
        texts
            .iter()
            .map(|(text, marked)| Piece {
                role: "user",
                text,
                marked: *marked,
            })
            .collect()
    }

    #[test]
    fn a_longer_prompt_reads_what_the_shorter_one_wrote() {
        let cache = Cache::new(2);
        let first = cache.count("m", &pieces(&[("systemsystem", true), ("question", false)]));
        assert_eq!(
            first,
            Counted {
                fresh: 2,
                written: 3,
                read: 0
            }
        );
        let second = cache.count(
            "m",
            &pieces(&[
                ("systemsystem", true),
                ("question", false),
                ("answer..", true),
                ("next", false),
            ]),
        );
        assert_eq!(
            second,
            Counted {
                fresh: 1,
                written: 4,
                read: 3
            }
        );
        let third = cache.count(
            "m",
            &pieces(&[
                ("systemsystem", false),
                ("question", false),
                ("answer..", false),
                ("more", true),
            ]),
        );
        assert_eq!(
            third,
            Counted {
                fresh: 0,
                written: 1,
                read: 7
            }
        );
        assert_eq!(cache.count("other", &pieces(&[("systemsystem", true)])).read, 0);
        assert_eq!(
            cache.count("m", &pieces(&[("systemsystem", false)])),
            Counted {
                fresh: 3,
                written: 0,
                read: 0
            }
        );
    }

    #[test]
    fn a_short_prompt_is_not_cached() {
        let cache = Cache::new(4);
        for _ in 0..2 {
            assert_eq!(
                cache.count("m", &pieces(&[("short", true)])),
                Counted {
                    fresh: 2,
                    written: 0,
                    read: 0
                }
            );
        }
    }
}
