//! Generations below the HTTP surface: rows, claims, and the engine in this process.

use squad::{
    engine::log::RunKey,
    store::{
        Store,
        generations::Claimed,
        turns::{Beginning, NewAnswer, NewTurn, Question, new_conversation_id, new_generation_id, new_message_id},
    },
    types::{
        chat::{ChatSettings, DecidedBy, Platform, Routing},
        coach::CoachId,
        ids::UserId,
    },
};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// An answer in a conversation of its own, not stored yet.
pub fn new_answer() -> NewAnswer {
    let coach = CoachId::new("luke");
    NewAnswer {
        generation: new_generation_id(),
        message: new_message_id(),
        user_message: new_message_id(),
        conversation: new_conversation_id(),
        coach: coach.clone(),
        picked_coach: None,
        routing: Some(Routing {
            coach,
            confidence: 1.0,
            why: String::new(),
            by: DecidedBy::Artist,
            crisis: false,
        }),
        handoff: None,
        provider: "anthropic".into(),
        model: "claude-haiku-5-5".into(),
        temperature: None,
        max_tokens: 1000,
        client_message_id: None,
        request_hash: None,
        again: false,
        claim: false,
    }
}

/// The turn with which its conversation begins.
pub fn first_turn(answer: &NewAnswer) -> NewTurn<'_> {
    const AUTOMATIC: &ChatSettings = &ChatSettings {
        provider: None,
        model: None,
        temperature: None,
    };
    NewTurn {
        question: Some(Question {
            parent: None,
            text: "Salut",
        }),
        begins: Some(Beginning {
            platform: Platform::Web,
            settings: AUTOMATIC,
        }),
        title: Some("A talk"),
        ..NewTurn::another(answer, true)
    }
}

/// A question of a new artist and its queued answer.
pub async fn queued(store: &Store) -> (UserId, NewAnswer) {
    let user = UserId(uuid::Uuid::new_v4());
    let mut tx = store.as_user(user).await.unwrap();
    let answer = new_answer();
    tx.insert_turn(&first_turn(&answer)).await.unwrap();
    tx.commit().await.unwrap();
    (user, answer)
}

/// A generation that this test runs.
pub async fn running(store: &Store) -> (Claimed, Arc<RunKey>) {
    let (_, answer) = queued(store).await;
    let mut system = store.system("a test runs it").await.unwrap();
    let claimed = system.claim(10, false).await.unwrap();
    let claimed = claimed
        .into_iter()
        .find(|claimed| claimed.id == answer.generation)
        .unwrap();
    let key = key(&claimed);
    (claimed, key)
}

pub fn key(claimed: &Claimed) -> Arc<RunKey> {
    Arc::new(RunKey {
        generation: claimed.id,
        fence: claimed.fence,
        next_seq: claimed.next_seq,
        stop: CancellationToken::new(),
    })
}
