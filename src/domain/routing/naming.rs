//! An artist who asks for a coach by name: `@peter`, "passe-moi Luke", "can I talk to April?", "Luke, t'es là ?".
//!
//! A name alone is not a request: *in April*, *my friend Peter* and *Luke Combs* are none. A request is a name after
//! words that ask for somebody, or a name that is called at the beginning or at the end of the message.

use super::text::{self, Token};
use crate::{coaches::Squad, types::coach::CoachId};

/// Words that ask for somebody, to stand right before the name. `|` separates choices.
const REQUESTS: &[&str] = &[
    "passe|passer|passes|passez|repasse|repasser|filer|file|donne|donnez|ramene|rends|envoie|trouve|appelle|appelez|mets moi|nous|lui",
    "passe|passez|passer sur|chez|a|au|avec|vers",
    "parler|parle|parlez|discuter|discute|causer|echanger|bosser|travailler|continuer|avancer|papoter|chatter a|avec|au|aux|de",
    "mets|mettre|mettez|connecte|connecter|mettez moi|nous avec|sur|chez|en",
    "contact avec",
    "moi|nous avec|vers|sur",
    "envoie|envoyer|redirige|oriente|transfere|bascule|emmene|amene moi|nous|le|la vers|chez|a|sur",
    "bascule|basculer|change|changer|switch|switche|revenir|reviens|retourner|retourne|retour|repasser|repasse vers|sur|chez|a|au|avec|pour",
    "voir|revoir|appeler|appelle|consulter|contacter|joindre|prends|prendre|invoque|reprendre|rappeler|rappelle",
    "veux|voudrais|aimerais|prefere|souhaite|veut",
    "demande|demander|poser|pose|question|questions|ecris|ecrire|dis a|au|pour",
    "avis|opinion|regard|aide|conseil|conseils|vue de|d",
    "que|quoi pense|dit|dirait|ferait|penserait",
    "talk|speak|chat|work|speaking|talking|continue|switch|swap|change|go|return|transfer|get|connect|pass|hand|put|take|send to|with|over|back|through|me|in",
    "me|us|through|over|back|on|transfer|connect|pass|send|hand to|with|over",
    "give|get|pass|bring|fetch|find|show me|in|us|back",
    "call|ask|put|summon|need|want|prefer|see|have|bring|get|contact|message",
    "d like|d rather|love|prefer",
    "ou est",
    "est ce que",
    "y a",
    "back|over|switch|move to",
];

/// Between the asking words and the name.
const BETWEEN: &[&str] = &[
    "a",
    "avec",
    "to",
    "with",
    "the",
    "coach",
    "notre",
    "le",
    "la",
    "au",
    "manager",
    "our",
    "please",
    "plutot",
    "directement",
    "rather",
    "have",
    "see",
    "speak",
    "talk",
    "avoir",
    "parler",
    "voir",
    "juste",
    "just",
    "directly",
    "instead",
    "ca",
    "cela",
    "it",
    "this",
    "that",
];

/// Agreeing to a coach who was proposed: a few of these words and the name, nothing else ("oui avec Clarice").
const ASSENT: &[&str] = &[
    "oui",
    "ouais",
    "ouai",
    "ui",
    "ok",
    "okay",
    "oki",
    "accord",
    "dac",
    "vas",
    "go",
    "yes",
    "yeah",
    "yep",
    "yup",
    "sure",
    "avec",
    "with",
    "pour",
    "plutot",
    "rather",
    "let",
    "allons",
    "va",
    "allez",
    "carrement",
    "volontiers",
    "prends",
    "choisis",
    "take",
    "pick",
    "choose",
    "try",
    "essayons",
    "pourquoi",
    "why",
    "instead",
    "partons",
    "parfait",
    "perfect",
];
/// What may stand beside them.
const BESIDE_ASSENT: &[&str] = &[
    "veux",
    "voudrais",
    "prefere",
    "d",
    "y",
    "s",
    "do",
    "please",
    "alors",
    "me",
    "moi",
    "i",
    "ll",
    "je",
    "on",
    "then",
    "donc",
    "ca",
    "marche",
    "super",
    "sounds",
    "good",
    "great",
    "fine",
    "bien",
    "the",
    "la",
    "le",
    "pas",
    "not",
    "go",
    "nice",
    "cool",
    "merci",
    "thanks",
    "maintenant",
    "now",
    "coach",
    "for",
    "this",
    "ce",
    "coup",
    "fois",
    "to",
    "bon",
    "well",
    "works",
    "is",
    "c",
    "est",
];

/// Said to somebody before the name: "hey Peter".
const GREETINGS: &[&str] = &[
    "hey", "hi", "hello", "yo", "salut", "coucou", "bonjour", "bonsoir", "hola", "wesh", "ok", "dear", "cher", "chere",
    "dis", "alors", "morning", "evening", "re", "hep", "psst",
];
/// What follows a name that is called, besides punctuation.
const CALLED: &[&str] = &[
    "tu", "t", "you", "can", "could", "are", "r", "help", "peux", "please", "aide", "what", "how", "comment", "il",
    "j", "je", "i", "on", "qu", "pourquoi", "why", "dis", "tell", "merci", "thanks", "moi", "here", "there", "es",
    "ici", "do", "une", "quoi",
];
/// "would Luke …", "can April …": a request only when somebody is to do something that a month cannot do.
const MODALS: &[&str] = &["would", "does", "can", "could", "will", "should", "is", "peut", "est"];
const DEEDS: &[&str] = &[
    "help",
    "say",
    "think",
    "tell",
    "give",
    "look",
    "take",
    "join",
    "answer",
    "advise",
    "suggest",
    "recommend",
    "there",
    "here",
    "around",
    "available",
    "free",
    "online",
    "in",
    "la",
    "dispo",
    "disponible",
    "m",
    "me",
    "listen",
    "handle",
    "jump",
    "step",
    "chime",
    "weigh",
];
/// After the name of a coach that is a month: "I want April as …".
const MONTH_AFTER: &[&str] = &[
    "as", "or", "ou", "comme", "release", "works", "work", "be", "was", "seems",
];
const NOT: &[&str] = &["pas", "not", "don", "never", "jamais", "sans", "without"];
/// Before the name of a coach that is also a month or a friend's name.
const NOT_A_COACH: &[&str] = &[
    "friend",
    "brother",
    "sister",
    "cousin",
    "ami",
    "amie",
    "pote",
    "copain",
    "frere",
    "producteur",
    "producer",
    "in",
    "en",
    "early",
    "late",
    "mid",
    "since",
    "until",
    "before",
    "after",
    "by",
    "this",
    "next",
    "last",
    "debut",
    "fin",
    "mi",
    "depuis",
    "avant",
    "apres",
    "on",
    "about",
    "like",
    "comme",
    "of",
    "from",
    "st",
    "saint",
    "mr",
    "every",
];

/// A coach that was asked for and the artist's words that did it.
pub(super) struct Named {
    pub coach: CoachId,
    pub start: usize,
    pub end: usize,
}

pub(super) struct Names {
    names: Vec<(Vec<String>, CoachId)>,
    requests: Vec<Vec<Vec<String>>>,
}

impl Names {
    pub fn new(squad: &Squad) -> Self {
        let spelled = |coach: &crate::coaches::Coach| {
            let all = [coach.id.as_str(), coach.name.as_str()]
                .into_iter()
                .chain(coach.aliases.iter().map(String::as_str));
            all.map(text::fold).collect()
        };
        let choices = |step: &str| step.split('|').map(str::to_owned).collect();
        Self {
            names: squad.iter().map(|coach| (spelled(coach), coach.id.clone())).collect(),
            requests: REQUESTS
                .iter()
                .map(|r| split_steps(r).into_iter().map(choices).collect())
                .collect(),
        }
    }

    fn coach(&self, word: &str) -> Option<&CoachId> {
        self.names
            .iter()
            .find(|(spelled, _)| spelled.iter().any(|name| name == word))
            .map(|(_, id)| id)
    }

    /// The first coach the message asks for.
    pub fn find(&self, original: &str, tokens: &[Token]) -> Option<Named> {
        for (at, token) in tokens.iter().enumerate() {
            let Some(coach) = self.coach(&token.text) else { continue };
            let named = |start: usize| {
                Some(Named {
                    coach: coach.clone(),
                    start,
                    end: token.end,
                })
            };
            if original[..token.start].ends_with('@') {
                return named(token.start - 1);
            }
            if self.is_somebody_else(original, tokens, at) {
                continue;
            }
            if let Some(first) = self.request_before(tokens, at) {
                return named(tokens[first].start);
            }
            if self.is_assent(tokens, at) || is_called(original, tokens, at) {
                return named(token.start);
            }
        }
        None
    }

    /// A surname follows, a date, or a word that makes it a month or a friend.
    fn is_somebody_else(&self, original: &str, tokens: &[Token], at: usize) -> bool {
        let token = &tokens[at];
        if at > 0
            && NOT_A_COACH.contains(&tokens[at - 1].text.as_str())
            && !GREETINGS.contains(&tokens[at - 1].text.as_str())
        {
            return true;
        }
        let Some(next) = tokens.get(at + 1) else { return false };
        if MONTH_AFTER.contains(&next.text.as_str()) {
            return true;
        }
        if &original[token.end..next.start] != " " {
            return original[token.end..next.start].starts_with(['\'', '’'])
                && next.text == "s"
                && self.request_before(tokens, at).is_none();
        }
        let dated = next.text.starts_with(|c: char| c.is_ascii_digit());
        let surname = token.capital
            && next.capital
            && next.text != "i"
            && next.text.len() > 1
            && self.coach(&next.text).is_none();
        dated || (surname && !original[token.end..next.end].chars().all(|c| !c.is_lowercase()))
    }

    /// The message says yes to this coach and no more.
    fn is_assent(&self, tokens: &[Token], name: usize) -> bool {
        let others = || tokens.iter().enumerate().filter(|(at, _)| *at != name);
        let says = |list: &[&str]| others().any(|(_, token)| list.contains(&token.text.as_str()));
        tokens.len() <= 8
            && says(ASSENT)
            && (!says(NOT) || says(&["pourquoi", "why"]))
            && others().all(|(_, token)| {
                let word = token.text.as_str();
                ASSENT.contains(&word) || BESIDE_ASSENT.contains(&word)
            })
    }

    /// The first word of a request that ends right before the name.
    fn request_before(&self, tokens: &[Token], name: usize) -> Option<usize> {
        if name > 0
            && MODALS.contains(&tokens[name - 1].text.as_str())
            && tokens.get(name + 1).is_some_and(|t| DEEDS.contains(&t.text.as_str()))
        {
            return Some(name - 1);
        }
        let mut end = name;
        for _ in 0..=3 {
            for request in &self.requests {
                let Some(start) = end.checked_sub(request.len()) else {
                    continue;
                };
                let fits = request
                    .iter()
                    .zip(&tokens[start..end])
                    .all(|(choices, token)| choices.contains(&token.text));
                if fits && !refused(tokens, start) {
                    return Some(start);
                }
            }
            if end == 0 || !BETWEEN.contains(&tokens[end - 1].text.as_str()) {
                return None;
            }
            end -= 1;
        }
        None
    }
}

fn split_steps(request: &str) -> Vec<&str> {
    request.split(' ').collect()
}

/// "je veux pas parler à …": a request with a "not" before it, or between its words.
fn refused(tokens: &[Token], start: usize) -> bool {
    let asks = tokens[start.saturating_sub(4)..start].iter();
    let mut before = asks.clone().map(|t| t.text.as_str());
    before.any(|word| NOT.contains(&word)) && !asks.clone().any(|t| t.text == "pourquoi" || t.text == "why")
}

/// "Luke, t'es là ?", "salut Clarice !", "t'es là Luke ?", or the name alone.
fn is_called(original: &str, tokens: &[Token], at: usize) -> bool {
    let token = &tokens[at];
    let opening = at == 0 || (at <= 2 && tokens[..at].iter().all(|t| GREETINGS.contains(&t.text.as_str())));
    let after = original[token.end..].trim_start();
    if opening {
        if after.is_empty() || after.starts_with([',', '!', '?', ':', '.', ';', '…', '-', '–', '\n']) {
            let dated = tokens
                .get(at + 1)
                .is_some_and(|t| t.text.starts_with(|c: char| c.is_ascii_digit()));
            return !dated || at > 0;
        }
        return tokens.get(at + 1).is_some_and(|t| CALLED.contains(&t.text.as_str()));
    }
    let last = at + 1 == tokens.len();
    let before = original[..token.start].trim_end();
    let answers = tokens[..at]
        .iter()
        .any(|t| matches!(t.text.as_str(), "tu" | "t" | "you" | "toi" | "merci" | "thanks"));
    last && (before.ends_with(',') || tokens[at - 1].text == "la") && (answers || original.trim_end().ends_with('?'))
}
