//! A talk that its caller brings along: programs that speak OpenAI's API keep the history themselves and send all of it
//! with every question.
//!
//! It is stored as a conversation of its own before the question is, in one transaction. So the prompt is built from the
//! table as for every other turn, and a run that another process takes over finds it there.

use super::{
    Chat, Result, Turn,
    sending::{Wish, apart},
};
use crate::{
    coaches::FIRST_CONTACT,
    domain::prompts::HISTORY_MESSAGES,
    store::turns::{PastMessage, new_conversation_id, new_message_id},
    types::{chat::*, coach::CoachId, ids::UserId},
};

/// Earlier questions that say whose thread it is; a talk changes hands late, if at all.
const ROUTED_QUESTIONS: usize = 20;

/// Who said something before the question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voice {
    /// The program that calls: how it wants to be answered. The coach stays who the coach is and reads it as the
    /// artist's own wish.
    Instructions,
    Artist,
    Coach,
}

/// What was said before the question.
#[derive(Clone, Debug)]
pub struct Said {
    pub voice: Voice,
    pub text: String,
}

impl Chat {
    /// Answers `request` after all of `past`. A caller who leaves meanwhile stops nothing.
    pub async fn complete(
        &self,
        user: UserId,
        platform: Platform,
        request: SendRequest,
        past: Vec<Said>,
    ) -> Result<Turn> {
        if past.is_empty() {
            return self.send(user, platform, request).await;
        }
        let wish = self.check(&request)?;
        let chat = self.clone();
        apart(async move {
            let coach = chat.coach_so_far(&past, &wish);
            let id = new_conversation_id();
            let mut tx = chat.store.as_user(user).await?;
            tx.begin_with_past(id, &coach, platform, &stored(past)).await?;
            chat.go_on_in(tx, id, &request, &wish).await
        })
        .await
    }

    /// Whose thread it is when the question comes, by words alone; without an earlier question, who gets this one.
    fn coach_so_far(&self, past: &[Said], wish: &Wish) -> CoachId {
        let mut questions: Vec<_> = past
            .iter()
            .filter(|said| said.voice == Voice::Artist)
            .map(|said| said.text.as_str())
            .rev()
            .take(ROUTED_QUESTIONS)
            .collect();
        if questions.is_empty() {
            questions.push(&wish.text);
        }
        let mut current = None;
        for question in questions.into_iter().rev() {
            let decision = self.router.decide(question, current.as_ref(), wish.picked.as_ref());
            current = Some(decision.routing.coach);
        }
        current.unwrap_or_else(|| CoachId::new(FIRST_CONTACT))
    }
}

/// The messages of the conversation: as many as a prompt can have, with the instructions right before the question,
/// where a long talk does not push them out of the window.
fn stored(past: Vec<Said>) -> Vec<PastMessage> {
    let (instructions, talk): (Vec<_>, Vec<_>) = past.into_iter().partition(|said| said.voice == Voice::Instructions);
    let most = usize::try_from(HISTORY_MESSAGES).unwrap_or_default();
    let surplus = talk.len().saturating_sub(most);
    let talk = talk.into_iter().skip(surplus).map(|said| match said.voice {
        Voice::Coach => (Role::Assistant, said.text),
        Voice::Artist | Voice::Instructions => (Role::User, said.text),
    });
    let instructions: Vec<_> = instructions.into_iter().map(|said| said.text).collect();
    let instructions = (!instructions.is_empty()).then(|| {
        let text = instructions.join("\n\n");
        (Role::User, format!("<instructions>\n{text}\n</instructions>"))
    });
    talk.chain(instructions)
        .map(|(role, content)| PastMessage {
            id: new_message_id(),
            role,
            content,
        })
        .collect()
}
