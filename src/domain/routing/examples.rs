//! What the example sentences of the coach files say about a message that no pattern knows.
//!
//! Naive Bayes over word beginnings and pairs of words, one-against-the-rest. It is weak evidence on purpose: it
//! can decide where nothing else speaks, and tips the scale where two coaches are close.

use super::text::Token;
use std::collections::{HashMap, HashSet};

/// Added to every count, so that one lonely example never decides.
const SMOOTHING: f32 = 0.4;
/// Letters that stand for a word: `abonnés` and `abonnement`, `motivation` and `motivated` are one.
const BEGINNING: usize = 5;

/// Words that say nothing about a field when they stand alone; pairs of them may.
const SILENT: &[&str] = &[
    "je", "j", "tu", "il", "on", "le", "la", "les", "l", "un", "une", "des", "du", "de", "d", "et", "est", "ai", "a",
    "as", "mon", "ma", "mes", "ce", "cette", "que", "qu", "pour", "avec", "dans", "sur", "en", "au", "ne", "n", "y",
    "se", "me", "m", "s", "t", "te", "i", "you", "the", "an", "of", "and", "is", "am", "are", "my", "your", "this",
    "that", "to", "for", "with", "in", "at", "it", "be", "do", "c", "ca", "ou", "plus", "please", "comment", "how",
    "what", "quoi", "quel", "quelle", "faut", "veux", "want", "need", "besoin", "can", "peux", "should", "musique",
    "music", "fais", "fait", "font", "why", "pourquoi", "now", "told", "tell", "dernier", "derniere", "last", "know",
    "meme", "same", "what", "qui", "who", "faire", "make", "get", "have", "has", "on", "so", "but", "mais", "pas",
    "don", "not", "or", "by", "from", "suis", "like", "les", "aux", "par", "when", "quand", "if", "si", "song",
    "songs", "morceau", "titre", "chanson", "chansons", "morceaux", "all", "tout", "tous", "toute",
];

/// Words that may tip the scale and are no reason: nobody speaks *of* them.
const HOLLOW: &[&str] = &[
    "about",
    "after",
    "again",
    "already",
    "also",
    "always",
    "another",
    "any",
    "anything",
    "around",
    "because",
    "been",
    "before",
    "being",
    "both",
    "bring",
    "could",
    "did",
    "does",
    "doing",
    "done",
    "each",
    "else",
    "even",
    "ever",
    "every",
    "everything",
    "few",
    "first",
    "found",
    "gave",
    "gets",
    "getting",
    "give",
    "goes",
    "going",
    "gone",
    "good",
    "got",
    "had",
    "having",
    "her",
    "here",
    "him",
    "his",
    "into",
    "its",
    "just",
    "keep",
    "less",
    "let",
    "little",
    "long",
    "lot",
    "made",
    "makes",
    "making",
    "many",
    "may",
    "maybe",
    "might",
    "mine",
    "more",
    "most",
    "much",
    "must",
    "myself",
    "needs",
    "never",
    "next",
    "new",
    "nobody",
    "nothing",
    "off",
    "often",
    "once",
    "one",
    "only",
    "other",
    "our",
    "out",
    "over",
    "own",
    "quite",
    "rather",
    "really",
    "say",
    "see",
    "seem",
    "she",
    "since",
    "some",
    "somebody",
    "someone",
    "something",
    "soon",
    "still",
    "such",
    "take",
    "takes",
    "taking",
    "than",
    "their",
    "them",
    "then",
    "there",
    "these",
    "they",
    "thing",
    "things",
    "those",
    "though",
    "through",
    "till",
    "time",
    "times",
    "today",
    "together",
    "too",
    "try",
    "under",
    "until",
    "upon",
    "use",
    "very",
    "wants",
    "was",
    "way",
    "well",
    "went",
    "were",
    "where",
    "whether",
    "which",
    "while",
    "whose",
    "will",
    "without",
    "would",
    "yet",
    "aie",
    "alors",
    "apres",
    "assez",
    "aucun",
    "aucune",
    "aussi",
    "autour",
    "autre",
    "autres",
    "avais",
    "avait",
    "avant",
    "avec",
    "avoir",
    "avons",
    "beaucoup",
    "bien",
    "bon",
    "bonne",
    "ceci",
    "cela",
    "celle",
    "celui",
    "ces",
    "cet",
    "ceux",
    "chaque",
    "chez",
    "chose",
    "choses",
    "comme",
    "deja",
    "depuis",
    "derniers",
    "deux",
    "deuxieme",
    "devoir",
    "devrais",
    "dire",
    "dis",
    "dit",
    "dois",
    "doit",
    "donc",
    "donne",
    "donner",
    "elle",
    "elles",
    "encore",
    "entre",
    "es",
    "etait",
    "etaient",
    "ete",
    "etre",
    "fallait",
    "ils",
    "jamais",
    "jusqu",
    "leur",
    "leurs",
    "lui",
    "mes",
    "met",
    "mettre",
    "mieux",
    "moi",
    "moins",
    "non",
    "nos",
    "notre",
    "nous",
    "nouveau",
    "nouvelle",
    "ont",
    "parce",
    "pendant",
    "personne",
    "peu",
    "peut",
    "plein",
    "plutot",
    "pourrais",
    "pouvoir",
    "premier",
    "premiere",
    "prendre",
    "pres",
    "presque",
    "puis",
    "quelque",
    "quelques",
    "quels",
    "quelles",
    "rien",
    "sais",
    "sait",
    "sans",
    "savoir",
    "sera",
    "serait",
    "ses",
    "soit",
    "sois",
    "sont",
    "sous",
    "souvent",
    "sujet",
    "tant",
    "temps",
    "tes",
    "toi",
    "ton",
    "toujours",
    "toutes",
    "tres",
    "trop",
    "trouver",
    "une",
    "vais",
    "vas",
    "vers",
    "veut",
    "voir",
    "vois",
    "voudrais",
    "voulais",
    "votre",
    "vous",
    "vraiment",
];

#[derive(Default)]
pub(super) struct Examples {
    counts: HashMap<String, Vec<f32>>,
    totals: Vec<f32>,
}

fn speaks(token: &Token) -> bool {
    token.text.len() > 2 && !SILENT.contains(&token.text.as_str())
}

fn features(tokens: &[Token]) -> HashSet<String> {
    let mut out = HashSet::new();
    for token in tokens {
        if speaks(token) {
            out.insert(token.text.chars().take(BEGINNING).collect());
        }
    }
    for pair in tokens.windows(2).filter(|pair| pair.iter().any(speaks)) {
        out.insert(format!("{} {}", pair[0].text, pair[1].text));
    }
    out
}

impl Examples {
    pub fn new(coaches: usize) -> Self {
        Self {
            counts: HashMap::new(),
            totals: vec![0.0; coaches],
        }
    }

    /// Counts a sentence for a coach; with `weight` −1 it is taken out again.
    pub fn count(&mut self, tokens: &[Token], coach: usize, weight: f32) {
        for feature in features(tokens) {
            let counts = self
                .counts
                .entry(feature)
                .or_insert_with(|| vec![0.0; self.totals.len()]);
            counts[coach] += weight;
            self.totals[coach] += weight;
        }
    }

    /// For each coach the log-odds that the message is hers, 0 when the examples do not know its words.
    pub fn odds(&self, tokens: &[Token]) -> Vec<f32> {
        let mut odds = vec![0.0; self.totals.len()];
        let all: f32 = self.totals.iter().sum();
        for feature in features(tokens) {
            let Some(counts) = self.counts.get(&feature) else {
                continue;
            };
            let seen: f32 = counts.iter().sum();
            if seen <= 0.0 {
                continue;
            }
            for (coach, sum) in odds.iter_mut().enumerate() {
                *sum += self.feature_odds(counts[coach], seen, self.totals[coach], all);
            }
        }
        odds
    }

    fn feature_odds(&self, count: f32, seen: f32, total: f32, all: f32) -> f32 {
        // Both sides are smoothed in proportion to their size, so that a feature of average rate gives 0.
        let share = total / all.max(1.0);
        let here = (count + SMOOTHING * share) / (total + 1.0);
        let elsewhere = (seen - count + SMOOTHING * (1.0 - share)) / (all - total + 1.0);
        (here / elsewhere).ln().clamp(-2.5, 2.5)
    }

    /// The word of the message that speaks most for a coach.
    pub fn telling(&self, tokens: &[Token], coach: usize) -> Option<usize> {
        let all: f32 = self.totals.iter().sum();
        let mut best: Option<(usize, f32)> = None;
        for (at, token) in tokens.iter().enumerate() {
            if !speaks(token) || HOLLOW.contains(&token.text.as_str()) {
                continue;
            }
            let feature: String = token.text.chars().take(BEGINNING).collect();
            let Some(counts) = self.counts.get(&feature) else {
                continue;
            };
            let odds = self.feature_odds(counts[coach], counts.iter().sum(), self.totals[coach], all);
            if odds > best.map_or(0.0, |b| b.1) {
                best = Some((at, odds));
            }
        }
        best.map(|b| b.0)
    }
}
