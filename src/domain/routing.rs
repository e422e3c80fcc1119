//! Who answers a message: pure rules, no model, no input or output.
//!
//! In this order: words of ending one's life ([`crisis`]), the coach who was picked or named ([`naming`]), words of
//! a field ([`lexicon`] over the patterns of the coach files, [`examples`] where they are silent), else the coach who
//! has the thread, else the first contact. The caller may ask a small model when [`Decision::unsure`].
//!
//! To teach the squad a word, add it to the coach's file under `[words.fr]` or `[words.en]`: `decisive`, `strong`,
//! `fair` or `weak` say how much it proves ([`DECISIVE`] and below). Then run the tests: they print the accuracy
//! over labelled messages and fail when it falls.

mod crisis;
mod examples;
mod lexicon;
mod naming;
#[cfg(test)]
mod tests;
mod text;

pub use crisis::crisis_text;
pub use text::detect_language;

use crate::{
    coaches::{CRISIS_CONTACT, CoachError, FIRST_CONTACT, Squad},
    types::{
        chat::{DecidedBy, Routing},
        coach::CoachId,
    },
};
use examples::Examples;
use lexicon::{Found, Lexicon};
use text::Token;

/// What a pattern of each level is worth. [`LEAVE_SPECIALIST`] and [`LEAVE_FIRST_CONTACT`] are measured in these.
const DECISIVE: f32 = 5.0;
const STRONG: f32 = 3.0;
const FAIR: f32 = 2.0;
const WEAK: f32 = 1.0;

/// How far ahead of the current specialist another coach must be: more than one fair word, less than a strong one.
const LEAVE_SPECIALIST: f32 = 2.3;
/// A change of subject that is announced ("et pour …", "by the way") lowers it to one fair word.
const LEAVE_WHEN_ANNOUNCED: f32 = 1.5;
/// An answer of a few words to the coach's question is rarely a change of subject.
const LEAVE_FROM_SHORT_ANSWER: f32 = 3.5;
const SHORT_ANSWER: usize = 5;
/// What takes a message from the first contact, or from nobody.
const LEAVE_FIRST_CONTACT: f32 = 1.2;
/// Log-odds of the examples become points: so many per unit, at most a fair word's worth and a bit.
const EXAMPLE_POINTS: f32 = 0.45;
const EXAMPLE_LIMIT: f32 = 2.4;
/// They never talk a clear word away: less than a weak word.
const EXAMPLE_DOUBT: f32 = 0.8;
/// A word that weighs this share of the heaviest may be the one that is said back.
const NEARLY_AS_HEAVY: f32 = 0.75;
/// Below this the words are unsure of themselves.
const SURE: f32 = 0.55;
/// Fields are told from the beginning and the end of a long message; danger is looked for in all of it.
const MAX_TOKENS: usize = 160;

/// The artist tells the coach what was done; rarely a change of subject either.
const REPORTS: &[&str] = &[
    "j ai mis|fini|termine|choisi|envoye|prepare|teste|essaye|note|refait",
    "on a|est mis|fini|cale|choisi|envoye|prepare|parti",
    "c est fait|bon|regle|boucle",
    "i did|made|finished|picked|chose|tried|wrote|sent|uploaded|have",
    "i ve done|made|finished|picked|chosen|tried|written|sent|uploaded",
    "we picked|chose|did|finished",
];

/// Proper names of the field: said back to the artist rather than a common word that weighs the same.
const PLATFORMS: &[&str] = &[
    "instagram*",
    "insta",
    "ig",
    "tiktok*",
    "facebook",
    "snapchat",
    "snap",
    "twitter",
    "threads",
    "twitch",
    "discord",
    "whatsapp",
    "telegram",
    "youtube",
    "spotify",
    "deezer",
    "soundcloud",
    "bandcamp",
    "apple music",
    "tidal",
    "qobuz",
    "distrokid",
    "tunecore",
    "submithub",
    "groover",
    "release radar",
    "discover weekly",
];

/// Figures of speech in which a word of a field means nothing of it.
const IDIOMS: &[&str] = &[
    "a|every|one|no|not single line|word|note|person|time|day|thing|soul|idea",
    "i m|am single",
    "post it|its",
    "en plan",
    "bon|bons plan|plans",
    "plan b",
    "en gros plan",
    "fan de|of",
    "point de vue",
    "story of my life",
    "real life",
    "live in|with|at|near",
    "for the record",
    "track record",
    "follow up",
    "drop|dropped out",
    "du monde|coin|jour",
    "tout|toute le|la monde|journee",
    "play|plays a role|part",
    "date with|night",
    "at first sight",
];

/// The artist turns to something else.
const TURNS: &[&str] = &[
    "et pour|sur|concernant|cote|niveau",
    "sinon",
    "au fait",
    "autre question|chose|sujet",
    "maintenant",
    "changeons|change|changer de sujet",
    "par contre",
    "en fait",
    "passons a|au",
    "franchement",
    "revenons",
    "what about",
    "how about",
    "and for|about|on",
    "by the way",
    "btw",
    "another question|thing|topic",
    "now",
    "changing subject|topic",
    "something else",
    "actually",
    "let s talk",
    "honestly",
    "wait",
    "also",
    "parlons",
    "different question|topic|subject",
    "switching topic|topics|gears",
    "on parle",
    "cote",
];

/// Who answers, and how that came.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    pub routing: Routing,
    /// The artist asked for this coach, by a name or a pick: no hand-over card.
    pub named: bool,
    /// Words alone do not settle it: a model may be asked.
    pub unsure: bool,
}

/// The rules over one squad. Building takes milliseconds, deciding microseconds.
pub struct Router {
    ids: Vec<CoachId>,
    first_contact: usize,
    crisis_contact: usize,
    crisis: crisis::Crisis,
    names: naming::Names,
    words: Lexicon,
    turns: Lexicon,
    reports: Lexicon,
    platforms: Lexicon,
    idioms: Lexicon,
    examples: Examples,
}

/// Evidence for one coach.
#[derive(Clone, Debug, Default)]
struct Score {
    points: f32,
    /// Part of `points` that patterns gave.
    by_patterns: f32,
    /// What speaks for the coach, the heaviest first.
    found: Vec<Found>,
}

impl Router {
    pub fn new(squad: &Squad) -> Self {
        let ids: Vec<CoachId> = squad.iter().map(|coach| coach.id.clone()).collect();
        let position = |id: &str| ids.iter().position(|other| other.as_str() == id).unwrap_or_default();
        let (first_contact, crisis_contact) = (position(FIRST_CONTACT), position(CRISIS_CONTACT));
        let mut words = Lexicon::default();
        let mut examples = Examples::new(ids.len());
        for (number, coach) in squad.iter().enumerate() {
            for list in [&coach.words.fr, &coach.words.en] {
                let levels = [
                    (&list.decisive, DECISIVE),
                    (&list.strong, STRONG),
                    (&list.fair, FAIR),
                    (&list.weak, WEAK),
                ];
                for (patterns, weight) in levels {
                    patterns.iter().for_each(|pattern| {
                        words.add(pattern, number, weight);
                    });
                }
            }
            let sentences = coach.examples.fr.iter().chain(&coach.examples.en);
            sentences
                .chain(&coach.starters.fr)
                .chain(&coach.starters.en)
                .for_each(|s| examples.count(&text::tokens(s), number, 1.0));
        }
        let lexicon = |patterns: &[&str]| {
            let mut lexicon = Lexicon::default();
            patterns.iter().for_each(|pattern| {
                lexicon.add(pattern, 0, 1.0);
            });
            lexicon
        };
        let (turns, reports) = (lexicon(TURNS), lexicon(REPORTS));
        let (platforms, idioms) = (lexicon(PLATFORMS), lexicon(IDIOMS));
        let names = naming::Names::new(squad);
        Self {
            ids,
            first_contact,
            crisis_contact,
            crisis: crisis::Crisis::new(),
            names,
            words,
            turns,
            reports,
            platforms,
            idioms,
            examples,
        }
    }

    /// `current` has the thread; `picked` was chosen in the page. Ids the squad does not know count as none.
    pub fn decide(&self, text: &str, current: Option<&CoachId>, picked: Option<&CoachId>) -> Decision {
        let tokens = text::tokens(text);
        let known = |id: &&CoachId| self.ids.contains(id);
        if let Some(found) = self.crisis.find(text, &tokens) {
            let why = quote(text, &tokens, &found);
            return self
                .decision(self.crisis_contact, 1.0, why, DecidedBy::Words)
                .in_crisis();
        }
        if let Some(picked) = picked.filter(known) {
            return asked_for(picked.clone(), String::new());
        }
        if let Some(named) = self.names.find(text, &tokens) {
            return asked_for(named.coach, text[named.start..named.end].to_owned());
        }
        self.by_words(text, &tokens, current.filter(known))
    }

    /// The message asks for a coach by name.
    pub fn names_coach(&self, text: &str) -> bool {
        self.names.find(text, &text::tokens(text)).is_some()
    }

    fn by_words(&self, text: &str, tokens: &[Token], current: Option<&CoachId>) -> Decision {
        // The words of a title speak of the work, not of what the artist needs.
        let outside = self.crisis.outside_titles(text, tokens);
        let window = ends(if outside.is_empty() { tokens } else { &outside });
        let scores = self.scores(&window);
        let holder = current
            .and_then(|id| self.ids.iter().position(|other| other == id))
            .unwrap_or(self.first_contact);
        let mut order: Vec<usize> = (0..scores.len()).collect();
        order.sort_by(|a, b| scores[*b].points.total_cmp(&scores[*a].points));
        let (top, second) = (order[0], order.get(1).copied().unwrap_or(order[0]));
        let answers = window.len() <= SHORT_ANSWER || self.reports.find(&window).iter().any(|found| found.start == 0);
        let short_answer = answers && !text.contains('?');
        let mut lead = scores[top].points - scores[holder].points.max(0.0);
        let confidence = confidence(scores[top].points, scores[second].points);
        let specialist = current.is_some() && holder != self.first_contact;
        let announced = specialist && !self.turns.find(&window).is_empty();
        let needed = match (specialist, announced) {
            (false, _) => LEAVE_FIRST_CONTACT,
            (true, true) => LEAVE_WHEN_ANNOUNCED,
            (true, false) if short_answer => LEAVE_FROM_SHORT_ANSWER,
            (true, false) => LEAVE_SPECIALIST,
        };
        if specialist && !announced {
            // What an artist tells a coach has many colours: only the patterns count against who has the thread.
            lead = lead.min(scores[top].by_patterns - scores[holder].by_patterns);
        }
        // The first contact takes a thread back only when the artist speaks of the squad itself.
        let needed = if specialist && top == self.first_contact {
            needed.max(DECISIVE - 0.5)
        } else {
            needed
        };
        // Examples alone never take the thread from a specialist.
        let proven = !specialist || scores[top].by_patterns >= FAIR * 0.75;
        if top != holder && lead >= needed && proven {
            let why = self.why(text, &window, top, &scores[top]);
            let mut decision = self.decision(top, confidence, why, DecidedBy::Words);
            // Examples alone are a guess.
            decision.unsure = confidence < SURE || scores[top].by_patterns < FAIR * 0.75;
            return decision;
        }
        if top == holder && scores[top].by_patterns >= FAIR * 0.75 {
            let why = self.why(text, &window, top, &scores[top]);
            return self.decision(top, confidence, why, DecidedBy::Words);
        }
        let mut decision = self.decision(
            holder,
            if current.is_some() { 0.6 } else { 0.4 },
            String::new(),
            DecidedBy::Thread,
        );
        // Nothing said, or not enough: worth a model's opinion unless it is an answer in a running thread.
        decision.unsure = if specialist {
            top != holder && lead >= needed * 0.5
        } else {
            window.len() > 3
        };
        decision
    }

    /// What patterns and examples say of every coach.
    fn scores(&self, tokens: &[Token]) -> Vec<Score> {
        let found = self.words.find(tokens);
        let mut scores = vec![Score::default(); self.ids.len()];
        let idioms = self.idioms.find(tokens);
        let said = |f: &&Found| !idioms.iter().any(|idiom| idiom.start <= f.start && f.end <= idiom.end);
        let mut ranked: Vec<&Found> = found
            .iter()
            .filter(said)
            .filter(|f| !is_inside_another(f, &found))
            .collect();
        ranked.sort_by(|a, b| {
            b.weight
                .total_cmp(&a.weight)
                .then((b.end - b.start).cmp(&(a.end - a.start)))
                .then(a.start.cmp(&b.start))
        });
        let mut taken: Vec<&Found> = Vec::new();
        for one in ranked {
            if taken
                .iter()
                .any(|other| other.tag == one.tag && other.start < one.end && one.start < other.end)
            {
                continue;
            }
            // A chorus says it again and proves nothing more.
            let repeated = taken.iter().any(|other| other.pattern == one.pattern);
            taken.push(one);
            if repeated {
                continue;
            }
            let score = &mut scores[one.tag];
            score.points += one.weight;
            score.by_patterns += one.weight;
            score.found.push(one.clone());
        }
        // Where a pattern speaks clearly the examples only tip the scale, and the first contact's, which are about
        // anything, are silent.
        let clear = scores
            .iter()
            .enumerate()
            .any(|(n, score)| n != self.first_contact && score.by_patterns >= FAIR * 0.75);
        if clear {
            // "Hello" and "I need help" stand before nearly every real question.
            scores[self.first_contact].points *= 0.5;
        }
        for (number, odds) in self.examples.odds(tokens).into_iter().enumerate() {
            let share = match (clear, number == self.first_contact) {
                (true, true) => 0.0,
                (true, false) => 0.4,
                (false, _) => 1.0,
            };
            scores[number].points += (odds * EXAMPLE_POINTS).clamp(-EXAMPLE_DOUBT, EXAMPLE_LIMIT) * share;
        }
        scores
    }

    /// The artist's own words that decided.
    fn why(&self, text: &str, tokens: &[Token], coach: usize, score: &Score) -> String {
        match (
            self.most_telling(tokens, &score.found),
            self.examples.telling(tokens, coach),
        ) {
            (Some(found), _) => quote(text, tokens, found),
            (None, Some(at)) => text[tokens[at].start..tokens[at].end].to_owned(),
            (None, None) => String::new(),
        }
    }

    /// A platform goes first; then, of what weighs about the same, a phrase, then a noun, then the longer word.
    fn most_telling<'a>(&self, tokens: &[Token], found: &'a [Found]) -> Option<&'a Found> {
        let heaviest = found.first()?.weight;
        let platforms = self.platforms.find(tokens);
        let is_platform = |one: &Found| platforms.iter().any(|p| one.start <= p.start && p.end <= one.end);
        found
            .iter()
            .filter(|one| one.weight >= heaviest * NEARLY_AS_HEAVY || is_platform(one))
            .max_by_key(|one| {
                let words = &tokens[one.start..one.end];
                let platform = is_platform(one);
                let verb = words.len() == 1 && is_verb(&words[0].text);
                let letters: usize = words.iter().map(|word| word.text.len()).sum();
                (platform, words.len() > 1, !verb, letters)
            })
    }

    fn decision(&self, coach: usize, confidence: f32, why: String, by: DecidedBy) -> Decision {
        let routing = Routing {
            coach: self.ids[coach].clone(),
            confidence,
            why,
            by,
            crisis: false,
        };
        Decision {
            routing,
            named: false,
            unsure: false,
        }
    }
}

impl Decision {
    fn in_crisis(mut self) -> Self {
        self.routing.crisis = true;
        self
    }
}

/// The coach who has the thread goes on with it.
pub fn stay_with(coach: CoachId) -> Routing {
    Routing {
        coach,
        confidence: 0.6,
        why: String::new(),
        by: DecidedBy::Thread,
        crisis: false,
    }
}

fn asked_for(coach: CoachId, why: String) -> Decision {
    let routing = Routing {
        coach,
        confidence: 1.0,
        why,
        by: DecidedBy::Artist,
        crisis: false,
    };
    Decision {
        routing,
        named: true,
        unsure: false,
    }
}

/// A longer phrase of another coach explains the word better: in *pub Spotify* there is no *Spotify* by itself.
fn is_inside_another(one: &Found, all: &[Found]) -> bool {
    let length = one.end - one.start;
    all.iter().any(|other| {
        other.tag != one.tag
            && other.start <= one.start
            && one.end <= other.end
            && other.end - other.start > length
            && other.weight >= one.weight
    })
}

/// More points and a clearer lead are surer; one strong word alone gives about three quarters.
fn confidence(top: f32, second: f32) -> f32 {
    let (top, second) = (top.max(0.0), second.max(0.0));
    ((top / (top + second + 1.0)) * 100.0).round() / 100.0
}

/// By its ending; good enough to choose between two words.
fn is_verb(word: &str) -> bool {
    ["er", "ir", "ez", "ing"].iter().any(|ending| word.ends_with(ending))
}

fn quote(text: &str, tokens: &[Token], found: &Found) -> String {
    match (tokens.get(found.start), tokens.get(found.end.saturating_sub(1))) {
        (Some(first), Some(last)) => text[first.start..last.end].to_owned(),
        _ => String::new(),
    }
}

fn ends(tokens: &[Token]) -> Vec<Token> {
    if tokens.len() <= MAX_TOKENS {
        return tokens.to_vec();
    }
    let half = MAX_TOKENS / 2;
    tokens[..half]
        .iter()
        .chain(&tokens[tokens.len() - half..])
        .cloned()
        .collect()
}

/// `squad route`: the decision of words as JSON, with no server and no database.
pub fn route_json(text: &str, current: Option<&str>) -> Result<serde_json::Value, CoachError> {
    let current = current.map(CoachId::new);
    let Routing {
        coach,
        confidence,
        why,
        by,
        crisis,
    } = Router::new(&Squad::load()?)
        .decide(text, current.as_ref(), None)
        .routing;
    // Printed with two decimals: an f32 as JSON shows digits nobody meant.
    let confidence = (f64::from(confidence) * 100.0).round() / 100.0;
    Ok(serde_json::json!({ "coach": coach, "confidence": confidence, "why": why, "by": by.as_str(), "crisis": crisis }))
}
