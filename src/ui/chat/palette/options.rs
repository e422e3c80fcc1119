//! What the palette offers for some words. Pure: everything known comes in.

use crate::types::{
    chat::{Conversation, ConversationStatus, SearchHit, TextPart},
    coach::CoachId,
    ids::{ConversationId, MessageId},
};

/// So many conversations stand there before anything is asked for.
const RECENT: usize = 5;
/// And so many that were found.
const FOUND: usize = 12;

/// What can be chosen.
#[derive(Clone, Debug, PartialEq)]
pub enum Choice {
    Conversation {
        known: Conversation,
        title: Vec<TextPart>,
        snippet: Vec<TextPart>,
        /// Where it was found; `None`: in the title.
        message: Option<MessageId>,
    },
    /// A new conversation with this coach.
    Talk(CoachId),
    /// The last one with this coach.
    Continue {
        coach: CoachId,
        id: ConversationId,
        title: String,
    },
    Do(Action),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    NewChat,
    Stop,
    Latest,
    Edit,
    Rename,
    Pin(bool),
    Archive(bool),
    Delete,
    ShowArchived,
    Export(&'static str),
    Theme,
    Language,
    Settings,
    About,
    Keys,
    Runs,
}

impl Action {
    /// Other words that people type for it, in both languages.
    pub fn also(self) -> &'static str {
        match self {
            Self::NewChat => "nouveau conversation",
            Self::Stop => "esc cancel annuler",
            Self::Latest => "end fin bottom bas",
            Self::Edit => "change modifier corriger",
            Self::Rename => "title name titre nommer",
            Self::Pin(true) => "top haut",
            Self::Delete => "remove trash enlever effacer corbeille",
            Self::Pin(false) | Self::Archive(_) | Self::ShowArchived => "",
            Self::Export("json") => "download save json télécharger enregistrer",
            Self::Export(_) => "download save markdown télécharger enregistrer",
            Self::Theme => "theme mode dark light thème sombre clair",
            Self::Language => "language english french langue anglais français",
            Self::Settings => "settings model temperature provider réglages modèle température fournisseur",
            Self::About => "about profile name style spotify profil nom connaît",
            Self::Keys => "keyboard shortcuts keys help clavier raccourcis touches aide",
            Self::Runs => "history costs historique coûts",
        }
    }
}

impl Choice {
    /// One of its own, also the end of an element's id.
    pub fn key(&self) -> String {
        match self {
            Self::Conversation { known, .. } => known.id.to_string(),
            Self::Talk(coach) => format!("talk-{coach}"),
            Self::Continue { coach, .. } => format!("continue-{coach}"),
            Self::Do(action) => match action {
                Action::NewChat => "new",
                Action::Stop => "stop",
                Action::Latest => "latest",
                Action::Edit => "edit",
                Action::Rename => "rename",
                Action::Pin(_) => "pin",
                Action::Archive(_) => "archive",
                Action::Delete => "delete",
                Action::ShowArchived => "archived",
                Action::Export(format) => format,
                Action::Theme => "theme",
                Action::Language => "language",
                Action::Settings => "settings",
                Action::About => "about",
                Action::Keys => "keys",
                Action::Runs => "runs",
            }
            .to_owned(),
        }
    }
}

/// Words as they are compared: small letters without accents. The accents of our two languages are enough here, and the
/// search of the server knows all others.
fn fold(letter: char) -> char {
    let small = match letter {
        'À'..='Ö' | 'Ø'..='Þ' => char::from_u32(letter as u32 + 0x20).unwrap_or(letter),
        'Œ' => 'œ',
        'Ÿ' => 'ÿ',
        other => other.to_ascii_lowercase(),
    };
    match small {
        'à'..='å' => 'a',
        'ç' => 'c',
        'è'..='ë' => 'e',
        'ì'..='ï' => 'i',
        'ñ' => 'n',
        'ò'..='ö' => 'o',
        'ù'..='ü' => 'u',
        'ý' | 'ÿ' => 'y',
        other => other,
    }
}

/// A letter or a digit; all alphabets, without their tables.
fn in_word(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || (letter >= 'À' && !matches!(letter, '×' | '÷' | '\u{2000}'..='\u{206f}'))
}

/// What was typed, folded, in words.
pub fn wanted(typed: &str) -> Vec<String> {
    let folded: String = typed.chars().map(fold).collect();
    let words = folded.split(|letter| !in_word(letter)).filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

/// The text begins with what was typed, if that is more than two letters.
pub fn begins(text: &str, typed: &[String]) -> bool {
    let typed = typed.join(" ");
    typed.len() > 2 && wanted(text).join(" ").starts_with(&typed)
}

/// The text with the wanted words marked, when each of them begins one of its words.
pub fn matched(text: &str, wanted: &[String]) -> Option<Vec<TextPart>> {
    let letters: Vec<char> = text.chars().collect();
    let folded: Vec<char> = letters.iter().copied().map(fold).collect();
    let mut hit = vec![false; letters.len()];
    for word in wanted {
        let word: Vec<char> = word.chars().collect();
        let mut found = false;
        for at in 0..folded.len() {
            let begins = in_word(folded[at]) && (at == 0 || !in_word(folded[at - 1]));
            if begins && folded[at..].starts_with(&word) {
                hit[at..at + word.len()].fill(true);
                found = true;
            }
        }
        if !found {
            return None;
        }
    }
    let mut parts: Vec<TextPart> = Vec::new();
    for (letter, hit) in letters.into_iter().zip(hit) {
        match parts.last_mut() {
            Some(part) if part.hit == hit => part.text.push(letter),
            _ => parts.push(TextPart {
                text: letter.into(),
                hit,
            }),
        }
    }
    Some(parts)
}

/// Conversations: those known by their titles at once, then what the server found. Without words the newest.
pub fn conversations(
    list: &[Conversation],
    open: Option<ConversationId>,
    wanted: &[String],
    found: impl Iterator<Item = (Conversation, SearchHit)>,
) -> Vec<Choice> {
    let choice = |known: &Conversation, title, snippet, message| Choice::Conversation {
        known: known.clone(),
        title,
        snippet,
        message,
    };
    if wanted.is_empty() {
        let others = list
            .iter()
            .filter(|known| known.status == ConversationStatus::Active && Some(known.id) != open);
        return others
            .take(RECENT)
            .map(|known| choice(known, matched(&known.title, &[]).unwrap_or_default(), Vec::new(), None))
            .collect();
    }
    let mut all: Vec<Choice> = list
        .iter()
        .filter_map(|known| Some(choice(known, matched(&known.title, wanted)?, Vec::new(), None)))
        .collect();
    for (known, hit) in found {
        if all.iter().all(|there| there.key() != known.id.to_string()) {
            all.push(choice(&known, hit.title, hit.snippet, hit.message_id));
        }
    }
    all.truncate(FOUND);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(text: &str, typed: &str) -> Option<String> {
        let parts = matched(text, &wanted(typed))?;
        let show = |part: &TextPart| match part.hit {
            true => format!("[{}]", part.text),
            false => part.text.clone(),
        };
        Some(parts.iter().map(show).collect())
    }

    #[test]
    fn words_begin_words_whatever_their_accents() {
        for (text, typed, shown) in [
            ("“Salt” comes out", "sal", Some("“[Sal]t” comes out")),
            ("Été à l’Olympia", "ete  OLYM", Some("[Été] à l’[Olym]pia")),
            ("L’été d’avant", "été", Some("L’[été] d’avant")),
            ("Basalt", "sal", None),
            ("Salt", "salt sea", None),
            ("Ça", "", Some("Ça")),
            ("", "a", None),
            ("Ночь", "Но", Some("[Но]чь")),
        ] {
            assert_eq!(marked(text, typed).as_deref(), shown, "{typed} in {text}");
        }
        assert!(wanted(" ?! ").is_empty());
        assert!(begins("Thème clair", &wanted("theme cl")));
        assert!(!begins("Thème clair", &wanted("th")), "too little");
        assert!(!begins("Thème clair", &wanted("clair")));
    }
}
