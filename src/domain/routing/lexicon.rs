//! Phrases and stems, and finding them in a message in spite of typing errors.
//!
//! A pattern is a few words: `spotify`, `canvas`, `monthly listeners`. In it `*` ends a stem (`promo*`), `|` separates
//! choices (`single|album|ep`), and `..` stands for up to three words of any kind. Small words (`mon`, `the`, `so`)
//! between two words of a pattern are passed over, so `ose pas` also finds *j'ose vraiment pas*.

use super::text::{self, Token};
use std::collections::{HashMap, HashSet};

/// A pattern found in a message; `start..end` are token numbers.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Found {
    /// What the pattern stands for: the number given to [`Lexicon::add`].
    pub tag: usize,
    pub pattern: usize,
    pub start: usize,
    pub end: usize,
    /// Weight of the pattern, less when a word was mistyped.
    pub weight: f32,
}

struct Word {
    text: String,
    stem: bool,
}

enum Step {
    OneOf(Vec<usize>),
    Gap,
}

struct Pattern {
    tag: usize,
    weight: f32,
    steps: Vec<Step>,
}

/// Passed over inside a phrase, at most [`MAX_FILLERS`] in a row.
const FILLERS: &[&str] = &[
    "a",
    "an",
    "the",
    "my",
    "our",
    "own",
    "some",
    "so",
    "really",
    "too",
    "very",
    "this",
    "that",
    "of",
    "just",
    "even",
    "always",
    "been",
    "such",
    "bit",
    "all",
    "still",
    "mon",
    "ma",
    "mes",
    "le",
    "la",
    "les",
    "l",
    "un",
    "une",
    "de",
    "du",
    "des",
    "d",
    "trop",
    "tres",
    "vraiment",
    "bien",
    "tout",
    "toute",
    "ce",
    "cette",
    "mes",
    "notre",
    "nos",
    "propre",
    "ne",
    "n",
    "y",
    "en",
    "me",
    "m",
    "juste",
    "encore",
    "toujours",
    "trop",
    "grave",
    "tellement",
    "plutot",
    "quand",
    "meme",
    "prochain",
    "prochaine",
    "new",
    "next",
    "nouveau",
    "nouvel",
    "nouvelle",
    "premier",
    "premiere",
    "first",
    "petit",
    "petite",
    "little",
    "big",
    "gros",
];
const MAX_FILLERS: usize = 2;
const MAX_GAP: usize = 3;
/// A mistyped word proves a little less.
const TYPO: f32 = 0.8;

/// Real words one letter away from words of ours: never typing errors of them.
const REAL_WORDS: &str = include_str!("real_words.txt");

pub(super) struct Lexicon {
    words: Vec<Word>,
    ids: HashMap<(String, bool), usize>,
    patterns: Vec<Pattern>,
    /// Patterns by the words they may start with.
    starts: HashMap<usize, Vec<usize>>,
    exact: HashMap<String, usize>,
    /// Words by first letter, for stems and typing errors.
    initials: HashMap<char, Vec<usize>>,
    real_words: HashSet<&'static str>,
}

impl Default for Lexicon {
    fn default() -> Self {
        Self {
            words: Vec::new(),
            ids: HashMap::new(),
            patterns: Vec::new(),
            starts: HashMap::new(),
            exact: HashMap::new(),
            initials: HashMap::new(),
            real_words: REAL_WORDS.split_whitespace().collect(),
        }
    }
}

impl Lexicon {
    /// Adds a pattern; a text without a word adds nothing. Returns the pattern's number.
    pub fn add(&mut self, pattern: &str, tag: usize, weight: f32) -> usize {
        let mut steps = Vec::new();
        for part in text::fold(pattern).replace(['\'', '’', '-'], " ").split_whitespace() {
            if part == ".." {
                steps.push(Step::Gap);
            } else {
                steps.push(Step::OneOf(
                    part.split('|')
                        .filter(|w| !w.is_empty())
                        .map(|w| self.word(w))
                        .collect(),
                ));
            }
        }
        let number = self.patterns.len();
        if let Some(Step::OneOf(first)) = steps.first() {
            for id in first {
                self.starts.entry(*id).or_default().push(number);
            }
        }
        self.patterns.push(Pattern { tag, weight, steps });
        number
    }

    fn word(&mut self, written: &str) -> usize {
        let stem = written.ends_with('*');
        let text = written.trim_end_matches('*').to_owned();
        if let Some(id) = self.ids.get(&(text.clone(), stem)) {
            return *id;
        }
        let id = self.words.len();
        if let Some(initial) = text.chars().next() {
            self.initials.entry(initial).or_default().push(id);
        }
        if !stem {
            self.exact.insert(text.clone(), id);
        }
        self.ids.insert((text.clone(), stem), id);
        self.words.push(Word { text, stem });
        id
    }

    /// The words of ours a token may be, with 1 for a clean one and less for a mistyped one.
    fn readings(&self, token: &str) -> Vec<(usize, f32)> {
        let mut out: Vec<(usize, f32)> = self.exact.get(token).map(|id| (*id, 1.0)).into_iter().collect();
        let Some(same_initial) = token.chars().next().and_then(|c| self.initials.get(&c)) else {
            return out;
        };
        // A short stem at the head of a long word may be chance (`play*` in `playlits`): look for errors then, too.
        let mut explained = !out.is_empty();
        for id in same_initial.iter().filter(|id| self.words[**id].stem) {
            let stem = &self.words[*id].text;
            if token.starts_with(stem.as_str()) {
                explained |= stem.len() + 3 > token.len() || stem.len() > 4;
                out.push((*id, 1.0));
            }
        }
        if !explained && (4..=24).contains(&token.len()) && token.is_ascii() && !self.real_words.contains(token) {
            out.extend(
                same_initial
                    .iter()
                    .filter(|id| self.words[**id].mistyped_as(token))
                    .map(|id| (*id, TYPO)),
            );
        }
        out
    }

    /// Every pattern in the message, at every place.
    pub fn find(&self, tokens: &[Token]) -> Vec<Found> {
        let mut known: HashMap<&str, Vec<(usize, f32)>> = HashMap::new();
        for token in tokens {
            known.entry(&token.text).or_insert_with(|| self.readings(&token.text));
        }
        let readings: Vec<&[(usize, f32)]> = tokens.iter().map(|t| known[t.text.as_str()].as_slice()).collect();
        let mut out = Vec::new();
        for (start, reading) in readings.iter().enumerate() {
            for (id, _) in *reading {
                for number in self.starts.get(id).into_iter().flatten() {
                    let pattern = &self.patterns[*number];
                    if let Some((end, quality)) = walk(&pattern.steps, tokens, &readings, start, false) {
                        let weight = pattern.weight * quality;
                        out.push(Found {
                            tag: pattern.tag,
                            pattern: *number,
                            start,
                            end,
                            weight,
                        });
                    }
                }
            }
        }
        out
    }
}

/// Matches the steps from token `at`; gives the token after the last one and the worst reading.
fn walk(
    steps: &[Step],
    tokens: &[Token],
    readings: &[&[(usize, f32)]],
    at: usize,
    inside: bool,
) -> Option<(usize, f32)> {
    let Some((step, rest)) = steps.split_first() else {
        return Some((at, 1.0));
    };
    match step {
        Step::Gap => (at..=at + MAX_GAP).find_map(|next| walk(rest, tokens, readings, next, false)),
        Step::OneOf(ids) => {
            let mut here = at;
            let mut passed = 0;
            loop {
                let reading = readings.get(here)?;
                let quality = reading
                    .iter()
                    .filter(|(id, _)| ids.contains(id))
                    .map(|(_, q)| *q)
                    .fold(0.0, f32::max);
                if quality > 0.0
                    && let Some((end, worst)) = walk(rest, tokens, readings, here + 1, true)
                {
                    return Some((end, worst.min(quality)));
                }
                if !inside || passed == MAX_FILLERS || !FILLERS.contains(&tokens[here].text.as_str()) {
                    return None;
                }
                here += 1;
                passed += 1;
            }
        }
    }
}

impl Word {
    /// One slip of the finger (two in a long word), never in the first letter; words under six letters have too
    /// many neighbours and are never guessed.
    fn mistyped_as(&self, token: &str) -> bool {
        let length = self.text.len();
        if length < 6 || !self.text.is_ascii() || token.len() + 2 < length {
            return false;
        }
        let slips = if length >= 9 { 2 } else { 1 };
        distance(self.text.as_bytes(), token.as_bytes(), self.stem) <= slips
    }
}

/// Edit distance with swapped neighbours as one edit. With `prefix`, the best over all beginnings of `b`.
fn distance(a: &[u8], b: &[u8], prefix: bool) -> usize {
    // What lies further out than two edits never counts, so the tail of a long token is not looked at.
    let b = &b[..b.len().min(if prefix { a.len() + 2 } else { b.len() })];
    if !prefix && a.len().abs_diff(b.len()) > 2 {
        return usize::MAX;
    }
    let mut before = [0usize; 32];
    let mut last = [0usize; 32];
    let mut row = [0usize; 32];
    if a.len() > 30 || b.len() > 30 {
        return usize::MAX;
    }
    (0..=b.len()).for_each(|j| last[j] = j);
    for i in 1..=a.len() {
        row[0] = i;
        for j in 1..=b.len() {
            let cost = usize::from(a[i - 1] != b[j - 1]);
            row[j] = (last[j] + 1).min(row[j - 1] + 1).min(last[j - 1] + cost);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = last;
        last = row;
    }
    if prefix {
        last[..=b.len()].iter().copied().min().unwrap_or(usize::MAX)
    } else {
        last[b.len()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(pattern: &str, message: &str) -> bool {
        let mut lexicon = Lexicon::default();
        lexicon.add(pattern, 0, 1.0);
        !lexicon.find(&text::tokens(message)).is_empty()
    }

    #[test]
    fn patterns_forgive_typing_errors_but_not_other_words() {
        for (pattern, message) in [
            ("instagram", "mon instagrm"),
            ("spotify", "Spotifi?"),
            ("playlist*", "mes platlists"),
            ("ose pas", "j'ose vraiment pas"),
            ("sor* .. single|album", "je sors enfin ce fichu single"),
            ("followers", "my folowers"),
        ] {
            assert!(finds(pattern, message), "{pattern} in {message}");
        }
        for (pattern, message) in [
            ("mourir", "j'aime courir"),
            ("reels", "real feelings"),
            ("comments", "comment faire"),
            ("riplay", "le replay du concert"),
            ("sor* .. single", "je sors ce soir avec mes amis écouter un single"),
        ] {
            assert!(!finds(pattern, message), "{pattern} in {message}");
        }
    }
}
