//! Asking a small model who should answer, when words are unsure.

use super::{
    models::Models,
    ports::{PromptRequest, ProviderEvent, Speaker, Turn},
};
use crate::{
    coaches::{CRISIS_CONTACT, Squad},
    types::{
        chat::{DecidedBy, Routing},
        coach::CoachId,
        lang::Lang,
    },
};
use futures_util::StreamExt;
use serde::Deserialize;
use std::{fmt::Write, time::Duration};

/// Longer than this and words decide.
const PATIENCE: Duration = Duration::from_secs(2);
/// Below this the thread stays where it is.
const SURE: f32 = 0.6;

#[derive(Deserialize)]
struct Verdict {
    coach: String,
    confidence: f32,
    #[serde(default)]
    crisis: bool,
}

/// The model's decision; `None` when it is late, unreadable, unsure, or names nobody of the squad.
pub async fn classify(models: &Models, squad: &Squad, text: &str, current: Option<&CoachId>) -> Option<Routing> {
    let choice = models.choose(None, None).ok()?;
    let provider = models.provider(&choice.provider)?;
    let request = PromptRequest {
        model: choice.facts.id,
        system: instructions(squad),
        turns: vec![Turn {
            speaker: Speaker::User,
            text: format!(
                "Current coach: {}\nMessage: {text}",
                current.map_or("none", CoachId::as_str)
            ),
            cache: false,
        }],
        prefill: None,
        temperature: Some(0.0),
        max_tokens: 60,
    };
    let answer = async {
        let mut stream = provider.stream(request);
        let mut answer = String::new();
        while let Some(event) = stream.next().await {
            match event.ok()? {
                ProviderEvent::Text(text) => answer.push_str(&text),
                ProviderEvent::Usage(_) => {}
                ProviderEvent::Stop { .. } => break,
            }
        }
        Some(answer)
    };
    let answer = tokio::time::timeout(PATIENCE, answer).await.ok()??;
    let verdict = read(&answer)?;
    let coach = CoachId::new(if verdict.crisis { CRISIS_CONTACT } else { &verdict.coach });
    squad.get(&coach)?;
    (verdict.crisis || verdict.confidence >= SURE).then_some(Routing {
        coach,
        confidence: verdict.confidence.clamp(0.0, 1.0),
        why: String::new(),
        by: DecidedBy::Model,
        crisis: verdict.crisis,
    })
}

fn read(answer: &str) -> Option<Verdict> {
    let json = answer.get(answer.find('{')?..=answer.rfind('}')?)?;
    serde_json::from_str(json).ok()
}

fn instructions(squad: &Squad) -> String {
    let mut text = String::from("You route messages of musicians to a squad of coaches. The squad:\n");
    for coach in squad.iter() {
        let _ = writeln!(text, "- {}: {}", coach.id, coach.field.get(Lang::En));
    }
    text.push_str(
        "The current coach keeps the thread unless the message clearly belongs to another field.\n\
         crisis is true only when the writer may mean to end their own life; jokes, titles and lyrics are none.\n\
         Answer with JSON only: {\"coach\": \"<id>\", \"confidence\": <0 to 1>, \"crisis\": <true or false>}",
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verdict_is_found_in_talk() {
        let verdict = read("Sure: {\"coach\": \"luke\", \"confidence\": 0.8}!").unwrap();
        assert_eq!((verdict.coach.as_str(), verdict.confidence), ("luke", 0.8));
        assert!(read("} no {").is_none());
    }
}
