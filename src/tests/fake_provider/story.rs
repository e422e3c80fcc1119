//! Answers that tell by themselves whether anything is missing or doubled.
//!
//! A question with `story:<name>:<words>` in it is answered with that many words, each with its number, the same for the
//! same name. Asked to go on, the fake reads in the prompt how far it came, says the last words again, as models do,
//! and goes on from there; told something that is not its story, it says so.

/// Words that are said again when a story goes on.
const AGAIN: usize = 3;

pub struct Story {
    name: String,
    words: usize,
    /// The word to be told next.
    next: usize,
    /// What the prompt says was told is no beginning of this story.
    foreign: bool,
}

impl Story {
    /// What is asked for by turns of `(role, text)`, oldest first.
    pub fn of(turns: &[(&str, String)]) -> Option<Self> {
        let asked = |(role, text): &(&str, String)| (*role == "user").then(|| wish(text))?;
        let (place, (name, words)) = turns
            .iter()
            .enumerate()
            .rev()
            .find_map(|(place, turn)| Some((place, asked(turn)?)))?;
        let told = turns.get(place + 1).filter(|(role, _)| *role == "assistant");
        let told: Vec<_> = told.map_or("", |(_, text)| text).split_whitespace().collect();
        let foreign = told
            .iter()
            .enumerate()
            .any(|(number, told)| *told != word(&name, number));
        let next = told.len().saturating_sub(AGAIN);
        Some(Self {
            name,
            words,
            next,
            foreign,
        })
    }

    /// The next word, with a space behind it; `None` at the end.
    pub fn tell(&mut self) -> Option<String> {
        if std::mem::take(&mut self.foreign) {
            return Some("(this is not my story) ".to_owned());
        }
        let number = self.next;
        self.next += 1;
        (number < self.words).then(|| word(&self.name, number) + " ")
    }
}

fn word(name: &str, number: usize) -> String {
    format!("{name}·{number}")
}

/// The name and the number of words of the last story that `text` asks for.
fn wish(text: &str) -> Option<(String, usize)> {
    let (_, wish) = text.rsplit_once("story:")?;
    let (name, rest) = wish.split_once(':')?;
    let end = rest.find(|sign: char| !sign.is_ascii_digit()).unwrap_or(rest.len());
    Some((name.to_owned(), rest[..end].parse().ok()?))
}
