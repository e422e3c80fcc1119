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

/// A question of a new artist and its queued answer.
pub async fn queued(store: &Store) -> (UserId, NewAnswer) {
    let user = UserId(uuid::Uuid::new_v4());
    let coach = CoachId::new("luke");
    let mut tx = store.as_user(user).await.unwrap();
    let answer = NewAnswer {
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
    };
    tx.insert_turn(&NewTurn {
        question: Some(Question {
            parent: None,
            text: "Salut",
        }),
        begins: Some(Beginning {
            platform: Platform::Web,
            settings: &ChatSettings::default(),
        }),
        title: Some("A talk"),
        ..NewTurn::another(&answer, true)
    })
    .await
    .unwrap();
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
