//! What an artist typed, made comparable: lower case, no accents, no apostrophes, slang written out.
//!
//! Every token remembers where it stands in the original, so that a decision can quote the artist. To teach a new
//! contraction or a piece of chat slang, add a line to [`expand`].

use crate::types::lang::Lang;

/// A word of the message. Slang that stands for several words gives several tokens with the same place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub text: String,
    /// Bytes of the original.
    pub start: usize,
    pub end: usize,
    pub capital: bool,
}

/// One letter without case and accent; `None` for a mark that only decorates the letter before it.
fn fold_char(c: char, out: &mut String) {
    match c {
        'à' | 'â' | 'ä' | 'á' | 'ã' | 'å' | 'À' | 'Â' | 'Ä' | 'Á' | 'Ã' | 'Å' => out.push('a'),
        'é' | 'è' | 'ê' | 'ë' | 'É' | 'È' | 'Ê' | 'Ë' => out.push('e'),
        'î' | 'ï' | 'í' | 'ì' | 'Î' | 'Ï' | 'Í' | 'Ì' => out.push('i'),
        'ô' | 'ö' | 'ó' | 'ò' | 'õ' | 'Ô' | 'Ö' | 'Ó' | 'Ò' | 'Õ' => out.push('o'),
        'ù' | 'û' | 'ü' | 'ú' | 'Ù' | 'Û' | 'Ü' | 'Ú' => out.push('u'),
        'ç' | 'Ç' => out.push('c'),
        'ñ' | 'Ñ' => out.push('n'),
        'ÿ' | 'Ÿ' => out.push('y'),
        'œ' | 'Œ' => out.push_str("oe"),
        'æ' | 'Æ' => out.push_str("ae"),
        '\u{300}'..='\u{36f}' => {}
        _ => out.extend(c.to_lowercase()),
    }
}

pub(super) fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    text.chars().for_each(|c| fold_char(c, &mut out));
    out
}

/// `heeelp` is `help`: nobody's word has the same letter three times.
fn squeeze(word: String) -> String {
    let letters: Vec<char> = word.chars().collect();
    if !letters
        .windows(3)
        .any(|w| w[0] == w[1] && w[1] == w[2] && !w[0].is_ascii_digit())
    {
        return word;
    }
    let mut out = String::with_capacity(word.len());
    let mut i = 0;
    while i < letters.len() {
        let run = letters[i..].iter().take_while(|c| **c == letters[i]).count();
        let keep = if run >= 3 && !letters[i].is_ascii_digit() {
            1
        } else {
            run
        };
        (0..keep).for_each(|_| out.push(letters[i]));
        i += run;
    }
    out
}

/// Contractions and chat slang, written out. One list for both languages: none of these means something else in the
/// other one often enough to matter.
fn expand(word: &str) -> Option<&'static [&'static str]> {
    Some(match word {
        "dont" => &["don", "t"],
        "doesnt" => &["doesn", "t"],
        "didnt" => &["didn", "t"],
        "cant" | "cannot" | "cnt" => &["can", "t"],
        "wont" => &["won", "t"],
        "isnt" => &["isn", "t"],
        "wasnt" => &["wasn", "t"],
        "arent" => &["aren", "t"],
        "im" => &["i", "m"],
        "ive" => &["i", "ve"],
        "id" => &["i", "d"],
        "whats" => &["what", "s"],
        "whos" => &["who", "s"],
        "hows" => &["how", "s"],
        "thats" => &["that", "s"],
        "theres" => &["there", "s"],
        "wanna" => &["want", "to"],
        "gonna" => &["going", "to"],
        "gotta" => &["got", "to"],
        "lemme" => &["let", "me"],
        "gimme" => &["give", "me"],
        "idk" => &["i", "don", "t", "know"],
        "ur" => &["your"],
        "u" => &["you"],
        "abt" => &["about"],
        "plz" | "pls" => &["please"],
        "thx" => &["thanks"],
        "ppl" => &["people"],
        "jai" | "g" | "ge" => &["j", "ai"],
        "jsuis" | "chuis" | "chui" | "jsui" | "chu" => &["je", "suis"],
        "jveux" | "jveu" | "jvx" | "jveut" | "jv" => &["je", "veux"],
        "veu" | "vx" | "veus" => &["veux"],
        "jpeux" | "jpe" => &["je", "peux"],
        "jarrive" => &["j", "arrive"],
        "jose" => &["j", "ose"],
        "jaime" => &["j", "aime"],
        "jaimerais" | "jaimerai" | "jaimerait" => &["j", "aimerais"],
        "aimerai" | "aimerait" => &["aimerais"],
        "jsais" | "jsai" | "chais" => &["je", "sais"],
        "jsp" => &["je", "sais", "pas"],
        "jme" => &["je", "me"],
        "jfais" => &["je", "fais"],
        "jte" => &["je", "te"],
        "jperds" => &["je", "perds"],
        "jpense" => &["je", "pense"],
        "jen" => &["j", "en"],
        "ya" => &["il", "y", "a"],
        "cest" | "cé" => &["c", "est"],
        "keske" | "kesk" | "qqch" => &["qu", "est", "ce", "que"],
        "koi" => &["quoi"],
        "ki" => &["qui"],
        "pa" => &["pas"],
        "plu" => &["plus"],
        "pk" | "pq" | "pkoi" => &["pourquoi"],
        "qd" => &["quand"],
        "bcp" => &["beaucoup"],
        "tt" => &["tout"],
        "pr" => &["pour"],
        "ds" => &["dans"],
        "tro" => &["trop"],
        "envi" => &["envie"],
        "stp" | "svp" => &["please"],
        "slt" => &["salut"],
        "bjr" => &["bonjour"],
        "bsr" => &["bonsoir"],
        "auj" => &["aujourd", "hui"],
        "qq1" => &["quelqu", "un"],
        "jsuit" => &["je", "suis"],
        _ => return None,
    })
}

/// `jpublie` is *je publie*: no word of either language begins with a j and a consonant.
fn swallowed(word: &str) -> Option<&str> {
    let verb = word.strip_prefix('j')?;
    let consonant = verb.starts_with(|c: char| c.is_ascii_lowercase() && !"aeiouyhj".contains(c));
    (consonant && verb.len() > 2).then_some(verb)
}

/// The words of a text. Everything that is neither a letter nor a digit separates.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut out = Vec::new();
    let mut word = String::new();
    let mut from: Option<usize> = None;
    let mut capital = false;
    let mut push = |word: &mut String, start: usize, end: usize, capital: bool| {
        let folded = squeeze(std::mem::take(word));
        match expand(&folded) {
            Some(parts) => out.extend(parts.iter().map(|part| Token {
                text: (*part).into(),
                start,
                end,
                capital,
            })),
            None if folded.is_empty() => {}
            None => match swallowed(&folded) {
                Some(verb) => out.extend(["je", verb].map(|part| Token {
                    text: part.into(),
                    start,
                    end,
                    capital,
                })),
                None => out.push(Token {
                    text: folded,
                    start,
                    end,
                    capital,
                }),
            },
        }
    };
    for (at, c) in text.char_indices() {
        let inside = c.is_alphanumeric() || ('\u{300}'..='\u{36f}').contains(&c);
        if inside {
            if from.is_none() {
                from = Some(at);
                capital = c.is_uppercase();
            }
            fold_char(c, &mut word);
        } else if let Some(start) = from.take() {
            push(&mut word, start, at, capital);
        }
    }
    if let Some(start) = from {
        push(&mut word, start, text.len(), capital);
    }
    out
}

const FRENCH: &[&str] = &[
    "je", "j", "tu", "il", "elle", "on", "nous", "vous", "le", "la", "les", "un", "une", "des", "du", "de", "et",
    "est", "ai", "suis", "mon", "ma", "mes", "ton", "ta", "tes", "son", "sa", "ses", "ce", "cette", "ces", "qui",
    "que", "qu", "quoi", "quand", "pour", "pas", "plus", "avec", "dans", "sur", "par", "comment", "pourquoi",
    "combien", "faut", "fais", "fait", "faire", "veux", "peux", "ca", "c", "au", "aux", "ou", "mais", "donc", "sais",
    "moi", "toi", "salut", "bonjour", "bonsoir", "merci", "oui", "non", "coucou", "quel", "quelle", "trop", "tres",
    "bien", "aussi", "encore", "jamais", "rien", "d", "l", "m", "n", "s", "t", "y", "en", "sans", "envie", "sont",
    "ont", "avant", "apres", "chez", "ecoutes", "sortie", "aide", "besoin", "suicide", "sens", "mourir", "vie",
    "nouveau", "nouvelle", "mois", "semaine", "conseils", "chanson", "morceau", "ecrire", "trouver", "premier",
    "premiere",
];
const ENGLISH: &[&str] = &[
    "i", "you", "he", "she", "it", "we", "they", "the", "an", "of", "and", "is", "are", "was", "be", "my", "your",
    "his", "her", "our", "this", "that", "these", "who", "what", "when", "where", "why", "how", "to", "for", "not",
    "no", "with", "in", "at", "by", "do", "does", "did", "don", "can", "want", "need", "have", "has", "should",
    "would", "will", "get", "make", "ve", "re", "ll", "hi", "hello", "hey", "thanks", "please", "yes", "ok", "just",
    "so", "but", "if", "from", "about", "feel", "there", "help", "going", "know", "like", "myself", "life", "die",
    "kill", "really", "too", "all", "any", "more", "up", "out", "then", "next", "new", "month", "week", "tips", "song",
    "write", "find", "first", "grow", "us", "some", "pitching",
];
/// Words of both lists that mean something in each language prove nothing.
const BOTH: &[&str] = &[
    "on", "a", "me", "plus", "son", "pour", "ou", "as", "or", "son", "sur", "please", "ok", "fan",
];

/// No ï: English has it too (*naïve*).
const ACCENTS: [char; 15] = [
    'é', 'è', 'ê', 'à', 'â', 'ç', 'ù', 'û', 'ô', 'î', 'œ', 'É', 'È', 'À', 'Ç',
];

/// Words of Spanish, Italian, Portuguese and German that are of neither language, and no names.
const OTHERS: &[&str] = &[
    "hola", "como", "puedo", "quiero", "consigo", "mis", "mas", "para", "una", "del", "muy", "por", "cancion", "ciao",
    "posso", "trovare", "piu", "che", "sono", "della", "gli", "mio", "mia", "voglio", "canzone", "ola", "nao", "voce",
    "meu", "minha", "quero", "uma", "ich", "und", "nicht", "wie", "mein", "meine", "der", "fur", "mehr", "kann", "ist",
];
const OTHER_LETTERS: [char; 14] = ['¿', '¡', 'á', 'í', 'ó', 'ú', 'ñ', 'ã', 'õ', 'ß', 'ä', 'ö', 'ì', 'ò'];

/// The language of a text by its function words and accents; `None` when they do not tell, or tell of a third one.
pub fn detect_language(text: &str) -> Option<Lang> {
    let (mut french, mut english, mut accents) = (0i32, 0i32, 0i32);
    let mut others = i32::from(text.contains(['¿', '¡']));
    let tokens = tokens(text);
    for token in tokens.iter().take(200) {
        let word = token.text.as_str();
        let written = &text[token.start..token.end];
        // A letter by itself is a chord, an initial or a tag, and *I*; before an apostrophe it is French: *l'ombre*. At the
        // end *I* is a number: *Chapitre I*.
        let last = tokens.last().is_some_and(|last| last.start == token.start);
        let alone = (word.len() == 1 || written.len() == 1)
            && (word != "i" || last)
            && !text[token.end..].starts_with(['\'', '’']);
        if written != "à" && (BOTH.contains(&word) || alone) {
            continue;
        }
        french += i32::from(FRENCH.contains(&word));
        english += i32::from(ENGLISH.contains(&word));
        others += i32::from(OTHERS.contains(&word) || (!token.capital && written.contains(OTHER_LETTERS)));
        // One accent outweighs nothing by itself but breaks a tie; names have them in every language.
        accents |= i32::from(!token.capital && written.contains(ACCENTS));
    }
    if others > french.max(english) {
        return None;
    }
    match (french * 2 + accents).cmp(&(english * 2)) {
        std::cmp::Ordering::Greater => Some(Lang::Fr),
        std::cmp::Ordering::Less => Some(Lang::En),
        std::cmp::Ordering::Equal => None,
    }
}
