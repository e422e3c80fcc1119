//! The demo squad: answers made up from the coaches' files, so that the program runs whole with no key.
//!
//! The same prompt always gets the same answer. Given a [`PromptRequest::prefill`] that is a beginning of it, only
//! the rest is streamed, so an answer that was cut ends with exactly the text it would have had.

use super::Answer;
use crate::{
    domain::{
        ports::{LlmProvider, PromptRequest, ProviderEvent, Speaker, Turn},
        routing::detect_language,
    },
    types::{chat::Usage, lang::Lang},
};
use std::{pin::pin, sync::Arc, time::Duration};
use tokio::time::{Instant, sleep_until};

/// What the demo needs of a coach.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DemoCoach {
    pub id: String,
    pub name: String,
    /// The coach's own prompt: a request whose `system` holds it is for this coach.
    pub prompt: String,
    /// Answers to any question, the first one to whatever begins a conversation; at least one in each language.
    pub replies_fr: Vec<String>,
    pub replies_en: Vec<String>,
    /// The question that ends the first answer of a conversation, when that asks none itself.
    pub opening_fr: String,
    pub opening_en: String,
}

/// How fast the squad writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Before the first word.
    pub think: Duration,
    /// Between words. Zero: all at once.
    pub word: Duration,
}

impl Pace {
    /// About 25 words a second after 0.4 s of thought.
    pub const HUMAN: Self = Self {
        think: Duration::from_millis(400),
        word: Duration::from_millis(40),
    };
    pub const INSTANT: Self = Self {
        think: Duration::ZERO,
        word: Duration::ZERO,
    };
}

pub struct DemoProvider {
    coaches: Arc<[DemoCoach]>,
    pace: Pace,
}

impl DemoProvider {
    pub fn new(coaches: Vec<DemoCoach>, pace: Pace) -> Self {
        Self {
            coaches: coaches.into(),
            pace,
        }
    }

    /// By the prompt; else by a model named `demo/<coach>`; else the first coach.
    fn coach(&self, request: &PromptRequest) -> Option<&DemoCoach> {
        let by_prompt = self
            .coaches
            .iter()
            .filter(|coach| !coach.prompt.is_empty() && request.system.contains(coach.prompt.trim()))
            .max_by_key(|coach| coach.prompt.len());
        let named = request.model.strip_prefix("demo/");
        by_prompt
            .or_else(|| self.coaches.iter().find(|coach| Some(coach.id.as_str()) == named))
            .or_else(|| self.coaches.first())
    }
}

impl LlmProvider for DemoProvider {
    fn name(&self) -> &'static str {
        "demo"
    }

    fn stream(&self, request: PromptRequest) -> Answer {
        let whole = self
            .coach(&request)
            .map(|coach| reply(coach, &request))
            .unwrap_or_default();
        let said = request.prefill.as_deref().unwrap_or_default();
        let text = whole.strip_prefix(said).unwrap_or(&whole).to_owned();
        let usage = Usage {
            input_tokens: Some(
                request.turns.iter().map(|turn| words(&turn.text)).sum::<i64>() + words(&request.system),
            ),
            output_tokens: Some(words(&text)),
            cache_read_tokens: Some(0),
            cache_write_tokens: Some(0),
        };
        let limit = usize::try_from(request.max_tokens).unwrap_or(usize::MAX);
        stream(text, limit, usage, self.pace)
    }
}

fn stream(text: String, limit: usize, usage: Usage, pace: Pace) -> Answer {
    Box::pin(async_stream::stream! {
        let mut due = Instant::now() + pace.think;
        let mut timer = pin!(sleep_until(due));
        let mut sent = 0;
        for word in text.split_inclusive(char::is_whitespace).take(limit) {
            if !pace.think.is_zero() || !pace.word.is_zero() {
                timer.as_mut().await;
                due += pace.word;
                timer.as_mut().reset(due);
            }
            sent += word.len();
            yield Ok(ProviderEvent::Text(word.to_owned()));
        }
        let (reason, usage) = if sent == text.len() {
            ("end_turn", usage)
        } else {
            ("max_tokens", Usage { output_tokens: Some(words(&text[..sent])), ..usage })
        };
        yield Ok(ProviderEvent::Stop { reason: reason.to_owned(), usage, cost_usd: Some(0.0) });
    })
}

fn words(text: &str) -> i64 {
    i64::try_from(text.split_whitespace().count()).unwrap_or(i64::MAX)
}

/// Numbers to call for help, as an answer has them that begins with such.
const TO_CALL: &str = "](tel:";
/// So many turns after them nobody is coached.
const CAREFUL: usize = 8;
const STAY_FR: [&str; 3] = [
    "Tu l’as écrit, et c’est déjà beaucoup. La musique attendra.\n\n**Es-tu en sécurité, là, maintenant ?** Est-ce que quelqu’un \
     peut venir près de toi ?",
    "Je suis toujours là, et je ne suis qu’un programme : ce que tu traverses mérite une vraie voix. Les numéros plus haut \
     répondent jour et nuit. Tu peux commencer par « je ne vais pas bien », cela suffit.\n\nQui pourrait être avec toi dans \
     l’heure qui vient ?",
    "Rien ne presse ici. Reste près de quelqu’un, ou au téléphone avec quelqu’un : les numéros plus haut sont faits pour cet \
     instant, pas seulement pour plus grave.\n\nAs-tu pu parler à une personne ?",
];
const STAY_EN: [&str; 3] = [
    "You wrote it, and that is a lot already. The music can wait.\n\n**Are you safe, right now?** Can somebody come and be \
     with you?",
    "I am still here, and I am only a program: what you are going through deserves a human voice. The numbers above answer day \
     and night. You can begin with \"I am not well\", that is enough.\n\nWho could be with you within the hour?",
    "There is no hurry here. Stay close to somebody, or on the phone with somebody: the numbers above are made for this moment, \
     not only for worse ones.\n\nHave you been able to talk to a person?",
];

/// The first reply that this conversation has not had, or the one of longest ago, in the language of the last message that
/// shows one, else in English; with the coach's own question after the first one. After words of ending one's life it only
/// stays with the person.
fn reply(coach: &DemoCoach, request: &PromptRequest) -> String {
    let users = || request.turns.iter().filter(|turn| turn.speaker == Speaker::User);
    let lang = users()
        .rev()
        .find_map(|turn| detect_language(written(&turn.text)))
        .unwrap_or(Lang::En);
    // what comes first when it was never heard, else the one that was heard longest ago
    let heard = |reply: &str| {
        let said = |turn: &Turn| turn.speaker == Speaker::Assistant && turn.text.contains(reply.trim());
        request.turns.iter().rposition(said).map_or(0, |at| at + 1)
    };
    let helps = |turn: &Turn| turn.text.contains(TO_CALL);
    if request.turns.iter().rev().take(CAREFUL).any(helps) {
        let stay = match lang {
            Lang::Fr => STAY_FR,
            Lang::En => STAY_EN,
        };
        return stay
            .into_iter()
            .min_by_key(|reply| heard(reply))
            .unwrap_or_default()
            .into();
    }
    let (replies, opening) = match lang {
        Lang::Fr => (&coach.replies_fr, &coach.opening_fr),
        Lang::En => (&coach.replies_en, &coach.opening_en),
    };
    let chosen = replies
        .iter()
        .min_by_key(|reply| heard(reply))
        .map_or("", |reply| reply.trim());
    let asks = chosen.rsplit("\n\n").next().is_some_and(|end| end.contains('?'));
    if users().count() > 1 || opening.is_empty() || asks {
        return chosen.to_owned();
    }
    format!("{chosen}\n\n{}", opening.trim()).trim().to_owned()
}

/// What the artist wrote: notes for the model follow it in tags.
fn written(turn: &str) -> &str {
    turn.split("\n\n<").next().unwrap_or(turn)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::llm::testing::{hear, prompt, turn};
    use futures_util::StreamExt;

    fn coach(id: &str, prompt: &str) -> DemoCoach {
        let replies = |lang| (1..=3).map(|n| format!("{id} {lang} réponse {n}.")).collect();
        DemoCoach {
            id: id.into(),
            name: id.into(),
            prompt: prompt.into(),
            replies_fr: replies("fr"),
            replies_en: replies("en"),
            opening_fr: "Pourquoi ?".into(),
            opening_en: "Why?".into(),
        }
    }

    fn squad(pace: Pace) -> DemoProvider {
        DemoProvider::new(
            vec![coach("marty", "You are Marty."), coach("luke", "You are Luke, a coach")],
            pace,
        )
    }

    async fn said(request: PromptRequest) -> String {
        hear(squad(Pace::INSTANT).stream(request)).await.text
    }

    #[tokio::test]
    async fn the_coach_of_the_prompt_answers_in_the_artists_language() {
        let english = said(prompt("How do I find my style?")).await;
        assert!(
            english.starts_with("luke en") && english.ends_with("\n\nWhy?"),
            "{english}"
        );
        let french = said(prompt("Comment je trouve mon style ?")).await;
        assert!(
            french.starts_with("luke fr") && french.ends_with("\n\nPourquoi ?"),
            "{french}"
        );
        for unclear in [
            "Rihanna?",
            "Naïve melody, Øresund session",
            "C G Am F",
            "<b>x</b>",
            "مرحبا",
            "xxxx",
        ] {
            let english = said(prompt(unclear)).await;
            assert!(english.starts_with("luke en"), "English when nothing tells: {unclear}");
            let mut french = prompt("Comment je trouve mon style ?");
            french.turns.push(turn(Speaker::Assistant, "The one you have.", false));
            french.turns.push(turn(Speaker::User, unclear, false));
            assert!(said(french).await.starts_with("luke fr"), "as before: {unclear}");
        }
        for english in [
            "Help me grow on TikTok",
            "Marketing tips please",
            "New single next month",
        ] {
            assert!(said(prompt(english)).await.starts_with("luke en"), "{english}");
        }
        let other = PromptRequest {
            system: "?".into(),
            model: "demo/luke".into(),
            ..prompt("the")
        };
        assert!(said(other.clone()).await.starts_with("luke en"));
        assert!(
            said(PromptRequest {
                model: "demo".into(),
                ..other
            })
            .await
            .starts_with("marty en")
        );
        assert_eq!(
            detect_language(written(
                "Comment faire ?\n\n<known>\n- the name and the style\n</known>"
            )),
            Some(Lang::Fr)
        );
    }

    #[tokio::test]
    async fn a_conversation_hears_each_reply_once_and_one_opening() {
        let mut request = prompt("Comment je trouve mon style ?");
        let mut heard = Vec::new();
        for n in 1..=3 {
            let reply = said(request.clone()).await;
            // as they were written: the first ones ask, the others go on from there
            assert!(reply.starts_with(&format!("luke fr réponse {n}.")), "{reply}");
            assert_eq!(reply, said(request.clone()).await, "the same prompt, the same answer");
            assert_eq!(reply.contains("Pourquoi"), heard.is_empty());
            request.turns.push(turn(Speaker::Assistant, &reply, false));
            request
                .turns
                .push(turn(Speaker::User, "Comment je trouve mon style ?", false));
            heard.push(reply.split('.').next().unwrap().to_owned());
        }
        let again = said(request).await;
        assert!(again.starts_with(&heard[0]), "the one of longest ago: {again}");
    }

    #[tokio::test]
    async fn nobody_is_coached_after_words_of_ending_ones_life() {
        let help = "Appelle le **[3114](tel:3114)**.";
        let mut request = prompt(&format!("Je veux mourir\n\n<already_said>\n{help}\n</already_said>"));
        let mut last = String::new();
        for _ in 0..3 {
            let reply = said(request.clone()).await;
            assert!(STAY_FR.contains(&reply.as_str()) && reply != last, "{reply}");
            // the note stands behind the last question only
            request.turns.pop();
            request.turns.push(turn(Speaker::User, "oui, je suis là", false));
            request
                .turns
                .push(turn(Speaker::Assistant, &format!("{help}\n\n{reply}"), false));
            request.turns.push(turn(Speaker::User, "oui, je suis là", false));
            last = reply;
        }
        for _ in 0..CAREFUL {
            request
                .turns
                .push(turn(Speaker::User, "Comment je trouve mon style ?", false));
        }
        assert!(said(request).await.starts_with("luke fr"));
    }

    #[tokio::test]
    async fn a_cut_answer_goes_on_where_it_stopped() {
        let whole = said(prompt("the")).await;
        for (cut, _) in whole.char_indices() {
            let rest = said(PromptRequest {
                prefill: Some(whole[..cut].into()),
                ..prompt("the")
            })
            .await;
            assert_eq!(format!("{}{rest}", &whole[..cut]), whole);
        }
    }

    #[tokio::test]
    async fn words_come_at_their_pace_and_not_before() {
        let pace = Pace {
            think: Duration::from_millis(30),
            word: Duration::from_millis(5),
        };
        let start = Instant::now();
        let mut answer = squad(pace).stream(prompt("the"));
        answer.next().await.unwrap().unwrap();
        assert!(start.elapsed() >= pace.think);
        // "luke en réponse 1.⏎⏎Why?" is five words and the empty line; the stop follows the last word at once.
        assert_eq!(answer.count().await, 6);
        assert!(start.elapsed() >= pace.think + 5 * pace.word);
    }

    #[tokio::test]
    async fn words_are_its_tokens() {
        let heard = hear(squad(Pace::INSTANT).stream(prompt("the"))).await;
        let Some(ProviderEvent::Stop { reason, usage, .. }) = heard.stop else {
            panic!("no stop")
        };
        assert_eq!(
            (reason.as_str(), usage.input_tokens, usage.output_tokens),
            ("end_turn", Some(8), Some(5))
        );
        let short = hear(squad(Pace::INSTANT).stream(PromptRequest {
            max_tokens: 2,
            ..prompt("the")
        }))
        .await;
        assert_eq!(short.text, "luke en ");
        assert!(matches!(short.stop, Some(ProviderEvent::Stop { reason, .. }) if reason == "max_tokens"));
    }
}
