//! Who asks, for server functions.

use crate::types::{chat::*, coach::CoachId, error::*, ids::*, page::*};

pub struct Caller;
pub async fn caller() -> Result<Caller, Problem> {
    Ok(Caller)
}
fn none<T>() -> Result<T, Problem> {
    Err(Problem::new(ErrorCode::Unavailable, "not wired yet"))
}
impl Caller {
    pub async fn shell(&self) -> Result<Shell, Problem> {
        none()
    }
    pub async fn thread(&self, _: ConversationId) -> Result<Option<Thread>, Problem> {
        none()
    }
    pub async fn older_messages(&self, _: ConversationId, _: &str) -> Result<MessagePage, Problem> {
        none()
    }
    pub async fn message(&self, _: MessageId) -> Result<Message, Problem> {
        none()
    }
    pub async fn send(&self, _: SendRequest) -> Result<Started, Problem> {
        none()
    }
    pub async fn stop(&self, _: GenerationId) -> Result<Message, Problem> {
        none()
    }
    pub async fn retry(&self, _: GenerationId) -> Result<Started, Problem> {
        none()
    }
    pub async fn undo_handoff(&self, _: MessageId) -> Result<Started, Problem> {
        none()
    }
    pub async fn pick_coach(&self, _: ConversationId, _: CoachId) -> Result<Conversation, Problem> {
        none()
    }
    pub async fn conversations(&self, _: Option<&str>) -> Result<ConversationPage, Problem> {
        none()
    }
    pub async fn rename(&self, _: ConversationId, _: &str) -> Result<Conversation, Problem> {
        none()
    }
    pub async fn delete(&self, _: ConversationId) -> Result<(), Problem> {
        none()
    }
    pub async fn restore(&self, _: ConversationId) -> Result<Conversation, Problem> {
        none()
    }
}
