//! What a model is told: the coach's prompt, the history, and what is known of the artist with the last question.
//!
//! The stable part stands first and ends with a cache breakpoint, so that the next request begins with the same bytes.
//! For the same reason the window is not slid but cut in steps: at the budget, back to half of it.

use super::ports::{PromptRequest, Speaker, Turn};
use crate::{
    coaches::Coach,
    config::models::ModelFacts,
    store::{messages::PastTurn, profiles::ArtistFacts},
    types::{chat::Role, ids::MessageId},
};
use std::fmt::Write;

/// Characters of one token, on the safe side for French and English.
const CHARS_PER_TOKEN: usize = 3;
/// History sent at most, in tokens, however large a model's window is: a coach needs the recent talk, and every token
/// is paid for.
const HISTORY_BUDGET: usize = 24_000;
/// Messages looked at for a prompt.
pub const HISTORY_MESSAGES: i32 = 400;

/// Asks a model to go on with an answer that was cut.
const GO_ON: &str = "Your answer above was cut off by a technical fault. Go on exactly where it stops, in the middle of a \
word if need be: no apology, no repetition, no introduction. Write only what comes next.";

/// Every coach may offer to keep what was said. The address is [`crate::types::profile::ABOUT`].
const KEEP: &str = "When the artist has told you her artist name, her style, her Spotify link or her release date and it \
is not in what is known of her, or when her artistic identity is now defined or her fan base started, you may end your \
answer with one link, on a line of its own, that opens her own sheet filled in. Its words are in her language, its \
address is /chat#about? followed by only what she said, percent-encoded, out of artist_name, music_style, spotify_url, \
release_date (YYYY-MM-DD), identity_defined=true and fan_base_started=true, joined by &. For example: \
[Keep this](/chat#about?artist_name=Nova&music_style=dream%20pop). She decides: nothing is kept before she saves it, so \
never say that it is. At most one such link in an answer, and never again for what she left.";

/// The part of the history that is sent, and whether its start has moved for good.
pub struct Window<'a> {
    pub turns: &'a [PastTurn],
    /// Prompts start here from now on.
    pub new_start: Option<MessageId>,
}

fn tokens(turn: &PastTurn) -> usize {
    turn.content.chars().count() / CHARS_PER_TOKEN + 4
}

/// Cuts the history when it is over the budget: back to half of it, at a question of the artist.
pub fn window<'a>(turns: &'a [PastTurn], facts: &ModelFacts) -> Window<'a> {
    let budget = HISTORY_BUDGET.min(facts.context_window as usize / 2);
    let total: usize = turns.iter().map(tokens).sum();
    if total <= budget {
        return Window { turns, new_start: None };
    }
    let mut kept = 0;
    let mut start = turns.len().saturating_sub(1);
    for (index, turn) in turns.iter().enumerate().rev() {
        kept += tokens(turn);
        if kept > budget / 2 && index + 1 < turns.len() {
            break;
        }
        if turn.role == Role::User {
            start = index;
        }
    }
    Window {
        turns: &turns[start..],
        new_start: Some(turns[start].id),
    }
}

/// What the squad knows of the artist, as the model reads it.
fn known(artist: &ArtistFacts) -> String {
    let mut text = String::new();
    let mut line = |label: &str, value: Option<&str>| {
        if let Some(value) = value.filter(|value| !value.trim().is_empty()) {
            let _ = writeln!(text, "- {label}: {}", value.trim());
        }
    };
    line("name", artist.artist_name.as_deref());
    line("style", artist.music_style.as_deref());
    line("stage", artist.stage.as_deref());
    line("Spotify", artist.spotify_url.as_deref());
    line(
        "release date",
        artist.release_date.map(|date| date.to_string()).as_deref(),
    );
    line("artistic identity", artist.identity_defined.then_some("defined"));
    line("fan base", artist.fan_base_started.then_some("started"));
    if text.is_empty() {
        "- nothing yet\n".into()
    } else {
        text
    }
}

/// The whole request. `history` ends with the question.
pub fn build(
    coach: &Coach,
    history: &[PastTurn],
    artist: &ArtistFacts,
    help_shown: Option<&str>,
    name_of: impl Fn(&str) -> Option<String>,
) -> PromptRequest {
    let mut turns: Vec<Turn> = Vec::new();
    for past in history {
        let (speaker, text) = match past.role {
            Role::User => (Speaker::User, past.content.clone()),
            Role::Assistant => {
                let other = past
                    .coach
                    .as_deref()
                    .filter(|id| *id != coach.id.as_str())
                    .and_then(&name_of);
                let text = other.map_or_else(|| past.content.clone(), |name| format!("[{name}]\n{}", past.content));
                (Speaker::Assistant, text)
            }
        };
        match turns.last_mut() {
            Some(last) if last.speaker == speaker => {
                last.text.push_str("\n\n");
                last.text.push_str(&text);
            }
            None if speaker == Speaker::Assistant => {}
            _ => turns.push(Turn {
                speaker,
                text,
                cache: false,
            }),
        }
    }
    let count = turns.len();
    if count > 1 {
        turns[count - 2].cache = true;
    }
    if let Some(last) = turns.last_mut() {
        let _ = write!(
            last.text,
            "\n\n<known_of_the_artist>\n{}</known_of_the_artist>",
            known(artist)
        );
        if let Some(help) = help_shown {
            let _ = write!(
                last.text,
                "\n\n<already_said>\nThe artist has just read this above your answer. Do not repeat the numbers; stay with the person.\n{help}\n</already_said>"
            );
        }
    }
    PromptRequest {
        model: String::new(),
        system: format!("{}\n\n{KEEP}", coach.prompt),
        turns,
        prefill: None,
        temperature: None,
        max_tokens: 0,
    }
}

/// The same request, going on after `shown`: by prefill where the model takes one, else by asking.
pub fn go_on(mut request: PromptRequest, shown: &str, facts: &ModelFacts) -> PromptRequest {
    if facts.prefill {
        request.prefill = Some(shown.to_string());
        return request;
    }
    request.turns.push(Turn {
        speaker: Speaker::Assistant,
        text: shown.trim_end().to_string(),
        cache: false,
    });
    request.turns.push(Turn {
        speaker: Speaker::User,
        text: GO_ON.into(),
        cache: false,
    });
    request
}

/// How much of the start of `more` repeats the end of `shown`, in bytes of `more`. Short matches are chance, not
/// repetition: a model that repeats itself does so by at least a few words.
pub fn overlap(shown: &str, more: &str) -> usize {
    const SHORTEST: usize = 12;
    let mut best = 0;
    for (end, _) in more.char_indices().skip(1).chain([(more.len(), ' ')]) {
        if end >= SHORTEST && shown.ends_with(&more[..end]) {
            best = end;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{coaches::Squad, config::models::Catalogue, types::coach::CoachId};
    use uuid::Uuid;

    fn turn(number: u128, role: Role, content: &str, coach: Option<&str>) -> PastTurn {
        PastTurn {
            id: MessageId(Uuid::from_u128(number)),
            role,
            content: content.into(),
            coach: coach.map(Into::into),
        }
    }

    fn talk(rounds: u128, length: usize) -> Vec<PastTurn> {
        (0..rounds)
            .flat_map(|n| {
                [
                    turn(2 * n, Role::User, &"q".repeat(length), None),
                    turn(2 * n + 1, Role::Assistant, &"a".repeat(length), Some("luke")),
                ]
            })
            .chain([turn(2 * rounds, Role::User, "last", None)])
            .collect()
    }

    fn facts() -> ModelFacts {
        Catalogue::bundled().unwrap().model("anthropic", "claude-haiku-5-5")
    }

    #[test]
    fn two_requests_in_a_row_begin_with_the_same_bytes() {
        let squad = Squad::load().unwrap();
        let luke = squad.get(&CoachId::new("luke")).unwrap();
        let long = talk(6, 40);
        let first = build(luke, &long[..9], &ArtistFacts::default(), None, |_| None);
        let second = build(luke, &long[..11], &ArtistFacts::default(), None, |_| None);
        assert_eq!(first.system, second.system);
        let stable = first.turns.iter().position(|turn| turn.cache).unwrap();
        assert_eq!(
            stable,
            first.turns.len() - 2,
            "the breakpoint stands before the last question"
        );
        for (one, two) in first.turns[..=stable].iter().zip(&second.turns) {
            assert_eq!((&one.text, one.speaker), (&two.text, two.speaker));
        }
    }

    #[test]
    fn the_window_is_cut_back_to_half_and_then_stays() {
        let long = talk(100, 3_000);
        let cut = window(&long, &facts());
        let start = cut.new_start.unwrap();
        let sum: usize = cut.turns.iter().map(tokens).sum();
        assert!(sum <= HISTORY_BUDGET / 2 && sum > HISTORY_BUDGET / 4, "{sum}");
        assert_eq!(cut.turns[0].id, start);
        assert_eq!(cut.turns[0].role, Role::User);
        // the next question finds the window where it was
        let mut next = cut.turns.to_vec();
        next.push(turn(900, Role::Assistant, "x", None));
        next.push(turn(901, Role::User, "y", None));
        assert!(window(&next, &facts()).new_start.is_none());
    }

    #[test]
    fn one_long_question_is_sent_whole() {
        let only = [turn(1, Role::User, &"w".repeat(200_000), None)];
        assert_eq!(window(&only, &facts()).turns.len(), 1);
    }

    #[test]
    fn another_coach_is_named_and_roles_alternate() {
        let squad = Squad::load().unwrap();
        let peter = squad.get(&CoachId::new("peter")).unwrap();
        let history = [
            turn(1, Role::Assistant, "orphan", Some("luke")),
            turn(2, Role::User, "one", None),
            turn(3, Role::User, "two", None),
            turn(4, Role::Assistant, "said", Some("luke")),
            turn(5, Role::User, "three", None),
        ];
        let request = build(peter, &history, &ArtistFacts::default(), None, |id| {
            Some(id.to_uppercase())
        });
        let texts: Vec<_> = request.turns.iter().map(|turn| turn.text.as_str()).collect();
        assert_eq!(texts[0], "one\n\ntwo");
        assert_eq!(texts[1], "[LUKE]\nsaid");
        assert!(texts[2].starts_with("three\n\n<known_of_the_artist>\n- nothing yet"));
        assert_eq!(texts.len(), 3);
    }

    #[test]
    fn repetition_at_a_seam_is_found() {
        assert_eq!(
            overlap("You post every day and nobody", "every day and nobody stays."),
            "every day and nobody".len()
        );
        assert_eq!(overlap("You post every day and nobody", " stays with you at all."), 0);
        assert_eq!(
            overlap("la la la", "la la la, and then more"),
            0,
            "eight characters are chance"
        );
    }
}
