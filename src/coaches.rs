//! The squad: one file per coach in `src/coaches/`, read when the program starts.
//!
//! A coach is data. To add a seventh, add `src/coaches/<id>.toml` (copy a neighbour; every field is checked and an
//! error names the file and the field) and build again. Nothing else lists the coaches. Cargo sees changes of known
//! files by itself; for a new one touch this file.
//!
//! Routing words are patterns; their small grammar is told in `domain::routing`. Example sentences are weak
//! evidence for messages that no pattern knows.

use crate::types::{
    coach::{CoachCard, CoachId},
    lang::{Bilingual, Lang},
};
use include_dir::{Dir, include_dir};
use serde::Deserialize;

static FILES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/src/coaches");

/// Who meets an artist that nobody has met yet. The squad must have this coach.
pub const FIRST_CONTACT: &str = "marty";
/// Who answers when a life is in danger. The squad must have this coach.
pub const CRISIS_CONTACT: &str = "clarice";

/// The facts of *What the squad knows of me* that a coach may recommend to have first.
pub const PREREQUISITE_KEYS: &[&str] = &[
    "identity_defined",
    "fan_base_started",
    "spotify_profile",
    "release_date",
];

const MIN_STARTERS: usize = 3;
const MIN_DEMO_REPLIES: usize = 2;

/// A file of the squad that cannot be used; somebody who edits it reads this.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("coaches/{file}: {field}: {problem}")]
pub struct CoachError {
    pub file: String,
    /// Dotted path of the field, or `file` when the whole of it cannot be read.
    pub field: String,
    pub problem: String,
}

/// A coach with everything that stays on the server.
#[derive(Clone, Debug, PartialEq)]
pub struct Coach {
    pub id: CoachId,
    /// Place in the squad, from 1.
    pub order: u32,
    pub name: String,
    /// Other spellings under which artists ask for this coach.
    pub aliases: Vec<String>,
    pub emoji: String,
    /// `#rrggbb`, lower case.
    pub colour: String,
    pub role: Bilingual,
    pub field: Bilingual,
    pub opening: Bilingual,
    /// In the artist's words: a press on the coach's card sends the first one as hers.
    pub starters: BilingualList,
    pub prerequisites: Vec<Prerequisite>,
    /// The system prompt, the same for every artist.
    pub prompt: String,
    pub words: BilingualWords,
    pub examples: BilingualList,
    /// What the demo squad says in this coach's place, Markdown.
    pub demo: BilingualList,
}

/// Recommended before this coach, never demanded.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prerequisite {
    /// One of [`PREREQUISITE_KEYS`].
    pub key: String,
    pub fr: String,
    pub en: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BilingualList {
    pub fr: Vec<String>,
    pub en: Vec<String>,
}

impl BilingualList {
    pub fn get(&self, lang: Lang) -> &[String] {
        match lang {
            Lang::Fr => &self.fr,
            Lang::En => &self.en,
        }
    }
}

/// Routing patterns by how much they prove.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Words {
    /// Settles it even against another field's strong word.
    pub decisive: Vec<String>,
    /// Enough to take the thread from another specialist.
    pub strong: Vec<String>,
    /// Enough to leave the first contact.
    pub fair: Vec<String>,
    /// Only counts together with others.
    pub weak: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BilingualWords {
    pub fr: Words,
    pub en: Words,
}

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CoachFile {
    id: String,
    order: u32,
    name: String,
    #[serde(default)]
    aliases: Vec<String>,
    emoji: String,
    colour: String,
    role: BilingualText,
    field: BilingualText,
    opening: BilingualText,
    prompt: String,
    starters: BilingualList,
    #[serde(default)]
    prerequisites: Vec<Prerequisite>,
    words: BilingualWords,
    examples: BilingualList,
    demo: BilingualList,
}

/// [`Bilingual`] that refuses a third language.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BilingualText {
    fr: String,
    en: String,
}

impl From<BilingualText> for Bilingual {
    fn from(text: BilingualText) -> Self {
        Self {
            fr: text.fr.trim().into(),
            en: text.en.trim().into(),
        }
    }
}

impl Coach {
    /// Reads one file; `file` is its name with `.toml`.
    fn parse(file: &str, text: &str) -> Result<Self, CoachError> {
        let wrong = |field: &str, problem: String| CoachError {
            file: file.into(),
            field: field.into(),
            problem,
        };
        // The reader's message carries line, column and the field's name.
        let read: CoachFile = toml::from_str(text).map_err(|error| wrong("file", error.to_string().trim().into()))?;
        let coach = Self {
            id: CoachId::new(&read.id),
            order: read.order,
            name: read.name,
            aliases: read.aliases,
            emoji: read.emoji,
            colour: read.colour,
            role: read.role.into(),
            field: read.field.into(),
            opening: read.opening.into(),
            starters: read.starters,
            prerequisites: read.prerequisites,
            prompt: read.prompt.trim().into(),
            words: read.words,
            examples: read.examples,
            demo: read.demo,
        };
        coach.check(file).map_err(|(field, problem)| wrong(&field, problem))?;
        Ok(coach)
    }

    /// What serde cannot see; gives the field and what is wrong with it.
    fn check(&self, file: &str) -> Result<(), (String, String)> {
        let id = self.id.as_str();
        if Some(id) != file.strip_suffix(".toml") {
            return Err(("id".into(), format!("`{id}` must be the name of the file")));
        }
        if !id
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        {
            return Err(("id".into(), "only lower-case letters, digits and dashes".into()));
        }
        let digits = self.colour.strip_prefix('#').unwrap_or_default();
        if digits.len() != 6 || !digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            return Err((
                "colour".into(),
                format!("`{}` is not a colour like #8b5cf6 (lower case)", self.colour),
            ));
        }
        let texts = [
            ("name", &self.name),
            ("emoji", &self.emoji),
            ("prompt", &self.prompt),
            ("role.fr", &self.role.fr),
            ("role.en", &self.role.en),
            ("field.fr", &self.field.fr),
            ("field.en", &self.field.en),
            ("opening.fr", &self.opening.fr),
            ("opening.en", &self.opening.en),
        ];
        if let Some((field, _)) = texts.iter().find(|(_, text)| text.trim().is_empty()) {
            return Err(((*field).into(), "is empty".into()));
        }
        for prerequisite in &self.prerequisites {
            if !PREREQUISITE_KEYS.contains(&prerequisite.key.as_str()) {
                let problem = format!("`{}` is none of {}", prerequisite.key, PREREQUISITE_KEYS.join(", "));
                return Err(("prerequisites.key".into(), problem));
            }
        }
        for (field, list, least) in [
            ("starters", &self.starters, MIN_STARTERS),
            ("demo", &self.demo, MIN_DEMO_REPLIES),
        ] {
            for lang in [Lang::Fr, Lang::En] {
                let texts = list.get(lang);
                if texts.len() < least || texts.iter().any(|text| text.trim().is_empty()) {
                    return Err((
                        format!("{field}.{}", lang.code()),
                        format!("needs {least} texts or more, none empty"),
                    ));
                }
            }
        }
        Ok(())
    }

    /// What the page and programs may see, in one language.
    pub fn card(&self, lang: Lang) -> CoachCard {
        let prerequisite = |p: &Prerequisite| if lang == Lang::Fr { p.fr.clone() } else { p.en.clone() };
        CoachCard {
            id: self.id.clone(),
            name: self.name.clone(),
            emoji: self.emoji.clone(),
            role: self.role.get(lang).into(),
            colour: self.colour.clone(),
            field: self.field.get(lang).into(),
            prerequisites: self.prerequisites.iter().map(prerequisite).collect(),
            starters: self.starters.get(lang).to_vec(),
            opening: self.opening.get(lang).into(),
        }
    }
}

/// The coaches in their order.
#[derive(Clone, Debug, PartialEq)]
pub struct Squad {
    coaches: Vec<Coach>,
}

impl Squad {
    /// The squad that was built into the program.
    pub fn load() -> Result<Self, CoachError> {
        Self::from_files(FILES.files().filter_map(|file| {
            let name = file.path().file_name()?.to_str()?;
            name.ends_with(".toml")
                .then(|| (name, file.contents_utf8().unwrap_or_default()))
        }))
    }

    /// A squad from file names and texts.
    pub fn from_files<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, CoachError> {
        let mut coaches: Vec<Coach> = Vec::new();
        for (file, text) in files {
            let coach = Coach::parse(file, text)?;
            let wrong = |field: &str, problem: String| CoachError {
                file: file.into(),
                field: field.into(),
                problem,
            };
            if coaches.iter().any(|other| other.id == coach.id) {
                return Err(wrong("id", format!("`{}` is taken by another file", coach.id)));
            }
            if let Some(other) = coaches.iter().find(|other| other.order == coach.order) {
                return Err(wrong("order", format!("{} is taken by {}", coach.order, other.id)));
            }
            coaches.push(coach);
        }
        coaches.sort_by_key(|coach| coach.order);
        for needed in [FIRST_CONTACT, CRISIS_CONTACT] {
            if !coaches.iter().any(|coach| coach.id.as_str() == needed) {
                let problem = "the squad needs this coach".into();
                return Err(CoachError {
                    file: format!("{needed}.toml"),
                    field: "file".into(),
                    problem,
                });
            }
        }
        Ok(Self { coaches })
    }

    pub fn get(&self, id: &CoachId) -> Option<&Coach> {
        self.coaches.iter().find(|coach| coach.id == *id)
    }

    pub fn iter(&self) -> std::slice::Iter<'_, Coach> {
        self.coaches.iter()
    }

    pub fn cards(&self, lang: Lang) -> Vec<CoachCard> {
        self.coaches.iter().map(|coach| coach.card(lang)).collect()
    }
}

impl<'a> IntoIterator for &'a Squad {
    type Item = &'a Coach;
    type IntoIter = std::slice::Iter<'a, Coach>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files() -> Vec<(String, String)> {
        let text = |file: &include_dir::File<'_>| file.contents_utf8().unwrap().to_owned();
        FILES
            .files()
            .map(|file| (file.path().to_str().unwrap().to_owned(), text(file)))
            .collect()
    }

    fn load(files: &[(String, String)]) -> Result<Squad, CoachError> {
        Squad::from_files(files.iter().map(|(name, text)| (name.as_str(), text.as_str())))
    }

    /// Loads the squad after one edit of Peter's file and gives the error.
    fn broken(from: &str, to: &str) -> String {
        let mut files = files();
        let peter = files.iter_mut().find(|(name, _)| name == "peter.toml").unwrap();
        assert!(peter.1.contains(from), "{from} stands in peter.toml");
        peter.1 = peter.1.replacen(from, to, 1);
        load(&files).unwrap_err().to_string()
    }

    #[test]
    fn the_squad_loads_in_its_order() {
        let squad = Squad::load().unwrap();
        let ids: Vec<&str> = squad.iter().map(|coach| coach.id.as_str()).take(6).collect();
        assert_eq!(ids, ["marty", "luke", "peter", "riplay", "april", "clarice"]);
        for coach in &squad {
            for reply in coach.demo.fr.iter().chain(&coach.demo.en) {
                let words = reply.split_whitespace().count();
                assert!(
                    (50..=200).contains(&words),
                    "{}: a demo reply of {words} words",
                    coach.id
                );
            }
        }
    }

    #[test]
    fn an_error_names_the_file_and_the_field() {
        for (from, to, field) in [
            ("#3b82f6", "blue", "colour"),
            ("identity_defined", "identity_found", "prerequisites.key"),
            ("id = \"peter\"", "id = \"pete\"", "id"),
            ("order = 3", "order = 1", "order"),
            ("order = 3", "order = 3\nage = 40", "age"),
            ("[role]\nfr", "[role]\nit", "it"),
        ] {
            let error = broken(from, to);
            assert!(error.starts_with("coaches/peter.toml: "), "{error}");
            assert!(error.contains(field), "{field} in {error}");
        }
    }

    #[test]
    fn a_seventh_coach_is_one_more_file() {
        let mut files = files();
        let peter = files.iter().find(|(name, _)| name == "peter.toml").unwrap().1.clone();
        let order = files.len() + 1;
        let seventh = peter
            .replacen("\"peter\"", "\"zoe\"", 1)
            .replacen("order = 3", &format!("order = {order}"), 1);
        files.push(("zoe.toml".into(), seventh));
        let squad = load(&files).unwrap();
        assert_eq!(squad.iter().last().unwrap().id.as_str(), "zoe");
    }
}
