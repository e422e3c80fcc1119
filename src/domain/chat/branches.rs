//! Branches: an edited question or another answer stands beside the former one, and is what is shown. Nothing goes.

use super::{Chat, ChatError, Result, Turn};
use crate::{
    store::{
        Tx,
        conversations::ConversationChange,
        generations::Stopped,
        turns::{NewAnswer, NewTurn, new_generation_id, new_message_id},
    },
    types::{chat::*, coach::CoachId, ids::*, page::Thread},
};

const MAX_COMMENT_CHARS: usize = 2_000;

/// Where the new version of a question hangs, and who answers there.
pub(super) struct Place {
    pub parent: Option<MessageId>,
    pub coach: Option<CoachId>,
}

/// Beside the former version. There the coach of the answer above goes on; a first question has none.
pub(super) async fn before_edited(tx: &mut Tx, conversation: ConversationId, edited: MessageId) -> Result<Place> {
    let invalid = || ChatError::Invalid("edits: is not a message of the artist in this conversation".into());
    let message = tx.message(edited).await?.ok_or_else(invalid)?;
    let (place, parent) = tx.message_place(edited).await?.ok_or_else(invalid)?;
    if place != conversation || message.role != Role::User {
        return Err(invalid());
    }
    let coach = match parent {
        Some(above) => tx.message(above).await?.and_then(|message| message.coach),
        None => None,
    };
    Ok(Place { parent, coach })
}

/// Stops every answer of a conversation that runs or waits; its readers are told after the commit. Before the
/// conversation is locked: a run that ends takes its own row first and the conversation second, and so do all.
pub(super) async fn stop_live(tx: &mut Tx, conversation: ConversationId) -> Result<Vec<Stopped>> {
    let mut stopped = Vec::new();
    for generation in tx.live_generations(conversation).await? {
        stopped.extend(tx.cancel_generation(generation).await?);
    }
    Ok(stopped)
}

impl Chat {
    /// Another answer to the question of this one, beside it. Who answers stays unless a coach is picked; the model is
    /// the named one, else the conversation's. Words of ending one's life are over any pick.
    pub async fn regenerate(&self, user: UserId, id: MessageId, wish: &RegenerateRequest) -> Result<Turn> {
        let mut tx = self.store.as_user(user).await?;
        let (conversation, parent) = tx.message_place(id).await?.ok_or(ChatError::NotFound)?;
        let stopped = stop_live(&mut tx, conversation).await?;
        let locked = tx
            .lock_conversation(conversation, None, 0)
            .await?
            .ok_or(ChatError::NotFound)?;
        let former = tx.message(id).await?.ok_or(ChatError::NotFound)?;
        let (Role::Assistant, Some(question)) = (former.role, parent) else {
            return Err(ChatError::Invalid(
                "id: is a question; only an answer can be given again".into(),
            ));
        };
        let picked = self.picked(wish.coach.as_deref())?;
        let asked = self.checked_settings(ChatSettings {
            provider: wish.provider.clone(),
            model: wish.model.clone(),
            temperature: wish.temperature,
        })?;
        let routing = match &picked {
            Some(coach) => {
                let asked = tx.message(question).await?.ok_or(ChatError::NotFound)?;
                Some(self.router.decide(&asked.content, None, Some(coach)).routing)
            }
            None => former.routing,
        };
        let coach = routing
            .as_ref()
            .map(|routing| routing.coach.clone())
            .or(former.coach)
            .unwrap_or(locked.current_coach);
        let answer = NewAnswer {
            handoff: former.handoff.filter(|_| picked.is_none()),
            picked_coach: picked,
            routing,
            claim: self.engine.takes_turns(),
            ..self.another(conversation, question, coach, &asked, &locked.settings)?
        };
        let (at, _) = tx.insert_turn(&NewTurn::another(&answer, true)).await?;
        let allowance = self.limits.message(user).await.map_err(ChatError::RateLimited)?;
        let turn = self.queue(tx, answer, at, None).await?;
        self.tell_stopped(&stopped);
        Ok(Turn { allowance, ..turn })
    }

    /// The same question again, after a failed or stopped answer. A failed one without text gives its place to the new
    /// one; otherwise the new one stands beside it and is shown. The same `client` again finds what it started.
    pub async fn retry(&self, user: UserId, id: GenerationId, client: Option<ClientMessageId>) -> Result<Turn> {
        let mut tx = self.store.as_user(user).await?;
        let row = tx.generation(id).await?.ok_or(ChatError::NotFound)?;
        if !matches!(row.state.status, GenerationStatus::Failed | GenerationStatus::Cancelled) {
            return Err(ChatError::Conflict(
                "only a failed or a cancelled generation can be retried".into(),
            ));
        }
        let conversation = row.state.conversation_id;
        let locked = tx
            .lock_conversation(conversation, client, 0)
            .await?
            .ok_or(ChatError::NotFound)?;
        if let (true, Some(client)) = (locked.repeated, client)
            && let Some(known) = tx.turn_by_client_id(client).await?
        {
            return Ok(self.again(user, known.started));
        }
        let allowance = self.limits.message(user).await.map_err(ChatError::RateLimited)?;
        let former = tx.message(row.state.message_id).await?.ok_or(ChatError::NotFound)?;
        let question = former.parent_id.ok_or(ChatError::NotFound)?;
        let coach = match &former.routing {
            Some(routing) => routing.coach.clone(),
            None => row.state.coach,
        };
        let asked = ChatSettings::default();
        let answer = NewAnswer {
            routing: former.routing,
            handoff: former.handoff,
            client_message_id: client,
            ..self.another(conversation, question, coach, &asked, &locked.settings)?
        };
        let replaces = former.content.is_empty();
        let show = !replaces || locked.leaf == Some(former.id);
        let (at, _) = tx.insert_turn(&NewTurn::another(&answer, show)).await?;
        if replaces {
            tx.adopt_children(conversation, former.id, answer.message).await?;
        }
        let turn = self.queue(tx, answer, at, None).await?;
        Ok(Turn { allowance, ..turn })
    }

    /// Takes a hand-over back: the former coach answers the same question beside the given answer, and keeps the thread.
    pub async fn undo_handoff(&self, user: UserId, id: MessageId) -> Result<Turn> {
        let mut tx = self.store.as_user(user).await?;
        let message = tx.message(id).await?.ok_or(ChatError::NotFound)?;
        let (Some(card), Some(generation)) = (message.handoff.clone(), message.generation_id) else {
            return Err(ChatError::Conflict("no hand-over gave this message".into()));
        };
        let row = tx.generation(generation).await?.ok_or(ChatError::NotFound)?;
        // before the lock, as every run does it: the other way round the two would wait for each other
        let stopped = if row.state.status.is_final() {
            None
        } else {
            tx.cancel_generation(generation).await?
        };
        let locked = tx
            .lock_conversation(row.state.conversation_id, None, 0)
            .await?
            .ok_or(ChatError::NotFound)?;
        let allowance = self.limits.message(user).await.map_err(ChatError::RateLimited)?;
        let question = message.parent_id.ok_or(ChatError::NotFound)?;
        let coach = self.known_coach(&card.from)?;
        let asked = ChatSettings::default();
        let answer = NewAnswer {
            routing: Some(Routing {
                coach: coach.clone(),
                confidence: 1.0,
                why: String::new(),
                by: DecidedBy::Artist,
                crisis: false,
            }),
            ..self.another(row.state.conversation_id, question, coach, &asked, &locked.settings)?
        };
        let (at, _) = tx.insert_turn(&NewTurn::another(&answer, true)).await?;
        let turn = self.queue(tx, answer, at, None).await?;
        self.tell_stopped(stopped.as_slice());
        Ok(Turn { allowance, ..turn })
    }

    /// A new answer to a question that has one, as the conversation or `asked` says; nobody has routed it.
    fn another(
        &self,
        conversation: ConversationId,
        question: MessageId,
        coach: CoachId,
        asked: &ChatSettings,
        kept: &ChatSettings,
    ) -> Result<NewAnswer> {
        let (choice, temperature) = self.choice(asked, kept)?;
        Ok(NewAnswer {
            generation: new_generation_id(),
            message: new_message_id(),
            user_message: question,
            conversation,
            coach,
            picked_coach: None,
            routing: None,
            handoff: None,
            provider: choice.provider,
            model: choice.facts.id,
            temperature,
            max_tokens: i32::try_from(choice.max_tokens).unwrap_or(i32::MAX),
            client_message_id: None,
            request_hash: None,
            again: true,
            claim: false,
        })
    }

    /// Shows the newest branch through this message; its last page.
    pub async fn show_branch(&self, user: UserId, id: ConversationId, through: MessageId) -> Result<Thread> {
        let change = ConversationChange {
            active_leaf: Some(through),
            ..Default::default()
        };
        self.change_conversation(user, id, change).await?;
        self.thread(user, id).await?.ok_or(ChatError::NotFound)
    }

    /// A thumb, with or without words, replaces the former one; `None` takes it back. The answer as it is then.
    pub async fn give_feedback(
        &self,
        user: UserId,
        id: MessageId,
        value: Option<Feedback>,
        comment: Option<&str>,
    ) -> Result<Message> {
        let mut tx = self.store.as_user(user).await?;
        let message = tx.message(id).await?.ok_or(ChatError::NotFound)?;
        if message.role != Role::Assistant {
            return Err(ChatError::Invalid(
                "id: is a question; feedback is about an answer".into(),
            ));
        }
        let comment = comment.map(str::trim).filter(|comment| !comment.is_empty());
        if comment.is_some_and(|comment| comment.contains('\0')) {
            return Err(ChatError::Invalid(
                "comment: contains the character U+0000, which cannot be stored".into(),
            ));
        }
        if comment.is_some_and(|comment| comment.chars().count() > MAX_COMMENT_CHARS) {
            return Err(ChatError::Invalid(format!(
                "comment: has more than {MAX_COMMENT_CHARS} characters"
            )));
        }
        tx.give_feedback(id, value, comment).await?;
        let message = tx.message(id).await?.ok_or(ChatError::NotFound)?;
        tx.commit().await?;
        Ok(message)
    }
}
