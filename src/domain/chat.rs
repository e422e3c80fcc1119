//! Turns and conversations: start, stop, repeat, take back, look at. Every door calls these, and only these.
//!
//! [`sending`] starts a turn · [`conversations`] keeps what turns belong to · [`branches`] repeats answers beside each
//! other · [`completions`] answers a talk that its caller brings · [`settings`] say who is asked · [`search`] finds ·
//! [`export`] and [`erase`] give an artist what is hers.

pub mod branches;
pub mod completions;
mod conversations;
pub mod erase;
pub mod export;
pub mod search;
mod sending;
pub mod settings;

use super::{
    limits::{Allowance, Limits, Wait},
    models::Models,
    ports::Engine,
    routing::Router,
};
use crate::{
    coaches::Squad,
    engine::{
        hub::{Hub, ListChange, Signal},
        reader::Reader,
    },
    store::{
        Store,
        generations::{GenerationRow, Stopped},
    },
    telemetry::{self, Ended},
    types::{
        chat::*,
        coach::CoachId,
        error::{ErrorCode, Problem},
        event::Event,
        ids::*,
    },
};
use std::sync::Arc;

/// Messages of a page when the caller does not say.
pub const PAGE: i64 = 30;

/// Why a call cannot be done. Its text is for whoever called.
#[derive(Debug, thiserror::Error)]
pub enum ChatError {
    #[error("not found")]
    NotFound,
    #[error("{0}")]
    Invalid(String),
    #[error("{0}")]
    Conflict(String),
    #[error("too many messages; the next one is possible in {} s", .0.seconds)]
    RateLimited(Wait),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

impl From<ChatError> for Problem {
    fn from(error: ChatError) -> Self {
        match error {
            ChatError::NotFound => Self::new(ErrorCode::NotFound, "There is nothing at this address."),
            ChatError::Invalid(detail) => Self::new(ErrorCode::Invalid, detail),
            ChatError::Conflict(detail) => Self::new(ErrorCode::Conflict, detail),
            ChatError::RateLimited(Wait { seconds, limit }) => Self {
                retry_after: Some(seconds),
                limit: Some(limit),
                ..Self::new(
                    ErrorCode::RateLimited,
                    format!("The next message is possible in {seconds} s."),
                )
            },
            ChatError::Database(error) => {
                tracing::error!(%error, "the database failed");
                Self::new(ErrorCode::Unavailable, "The database does not answer at this moment.")
            }
        }
    }
}

pub type Result<T> = std::result::Result<T, ChatError>;

/// The service. Cheap to clone.
#[derive(Clone)]
pub struct Chat {
    pub store: Store,
    pub hub: Hub,
    pub engine: Arc<dyn Engine>,
    pub squad: Arc<Squad>,
    pub router: Arc<Router>,
    pub models: Arc<Models>,
    pub limits: Arc<Limits>,
    /// A small model may be asked who should answer.
    pub ask_model: bool,
}

/// A started turn. The reader hears it from its first event on, unless the turn was already known.
pub struct Turn {
    pub started: Started,
    pub reader: Reader,
    /// What is left, where the message was counted.
    pub allowance: Option<Allowance>,
}

impl Chat {
    fn picked(&self, coach: Option<&str>) -> Result<Option<CoachId>> {
        match coach {
            None | Some("auto") => Ok(None),
            Some(id) => self.known_coach(&CoachId::new(id)).map(Some),
        }
    }

    pub fn known_coach(&self, id: &CoachId) -> Result<CoachId> {
        match self.squad.get(id) {
            Some(coach) => Ok(coach.id.clone()),
            None => {
                let known: Vec<_> = self.squad.iter().map(|coach| coach.id.as_str()).collect();
                Err(ChatError::Invalid(format!(
                    "coach: {:?} is not one of auto, {}",
                    id.as_str(),
                    known.join(", ")
                )))
            }
        }
    }

    /// After the commit: whoever reads these hears of their end, and runs of this process drop their provider.
    fn tell_stopped(&self, stopped: &[Stopped]) {
        for one in stopped {
            let (seq, event) = (one.seq, Arc::new(Event::Cancelled {}));
            self.hub.publish(one.generation, Signal::Committed { seq, event });
            self.engine.drop_run(one.generation);
            telemetry::answer_ended(Ended::stopped(&one.provider, &one.model));
        }
    }

    fn tell(&self, user: UserId, conversation: ConversationId, generation: Option<GenerationId>) {
        self.hub.publish_list(
            user,
            ListChange {
                conversation,
                generation,
                deleted: false,
            },
        );
    }

    pub fn reader(&self, user: UserId, generation: GenerationId, after: i64) -> Reader {
        Reader::new(self.store.clone(), &self.hub, user, generation, after)
    }

    pub async fn generation(&self, user: UserId, id: GenerationId) -> Result<GenerationRow> {
        let mut tx = self.store.as_user(user).await?;
        tx.generation(id).await?.ok_or(ChatError::NotFound)
    }

    pub async fn chunks(
        &self,
        user: UserId,
        id: GenerationId,
        after: i64,
    ) -> Result<(Vec<(i64, Event)>, GenerationStatus)> {
        let mut tx = self.store.as_user(user).await?;
        // the state first: events that come in between belong to the next call
        let row = tx.generation(id).await?.ok_or(ChatError::NotFound)?;
        Ok((tx.chunks(id, after, 1_000).await?, row.state.status))
    }

    /// Stops an answer; what is stored is kept. A finished one stays as it is.
    pub async fn cancel(&self, user: UserId, id: GenerationId) -> Result<GenerationRow> {
        let mut tx = self.store.as_user(user).await?;
        let row = tx.generation(id).await?.ok_or(ChatError::NotFound)?;
        if row.state.status.is_final() {
            return Ok(row);
        }
        let stopped = tx.cancel_generation(id).await?;
        let row = tx.generation(id).await?.ok_or(ChatError::NotFound)?;
        tx.commit().await?;
        self.tell_stopped(stopped.as_slice());
        self.engine.queued();
        self.tell(user, row.state.conversation_id, None);
        Ok(row)
    }

    /// Takes a question back before its turn: it goes, with the answer it did not get. Where it cannot (its turn has come,
    /// it begins the conversation, or it has other versions) its answer is stopped, and told.
    pub async fn take_back(&self, user: UserId, id: GenerationId) -> Result<Option<GenerationRow>> {
        let mut tx = self.store.as_user(user).await?;
        let Some((conversation, stopped)) = tx.delete_queued_turn(id).await? else {
            drop(tx);
            return self.cancel(user, id).await.map(Some);
        };
        tx.commit().await?;
        self.tell_stopped(&[stopped]);
        self.engine.queued();
        self.tell(user, conversation, None);
        Ok(None)
    }
}

fn violates(error: &sqlx::Error, constraint: &str) -> bool {
    error
        .as_database_error()
        .is_some_and(|error| error.constraint() == Some(constraint))
}
