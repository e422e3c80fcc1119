//! A change of coach: its card, and the memory of one that the artist took back.

use crate::{
    store::{self, Tx},
    types::{
        chat::{DecidedBy, Handoff, Routing},
        coach::CoachId,
        ids::{ConversationId, MessageId},
    },
};

/// Messages of the shown branch in which a hand-over that was taken back is remembered: ten turns.
const REMEMBERED: i32 = 20;

/// The card of a change of coach: none on a first message, none when the artist asked for it, none in a crisis.
pub fn handoff(current: Option<&CoachId>, routing: &Routing, named: bool, first: bool) -> Option<Handoff> {
    let from = current.filter(|from| **from != routing.coach && !named && !first && !routing.crisis)?;
    Some(Handoff {
        from: from.clone(),
        to: routing.coach.clone(),
        why: routing.why.clone(),
        confidence: routing.confidence,
    })
}

/// Whether the artist took a hand-over to this coach back, not long before `leaf`, and has not heard the coach since.
///
/// The answer that came instead stands in the branch; the one with the card is its sibling.
pub async fn taken_back(
    tx: &mut Tx,
    conversation: ConversationId,
    leaf: MessageId,
    coach: &CoachId,
) -> store::Result<bool> {
    for answer in tx.branch(conversation, leaf, REMEMBERED).await?.into_iter().rev() {
        if answer.coach.as_ref() == Some(coach) {
            return Ok(false);
        }
        if answer.routing.is_none_or(|routing| routing.by != DecidedBy::Artist) {
            continue;
        }
        for sibling in answer.siblings.into_iter().filter(|id| *id != answer.id) {
            let card = tx.message(sibling).await?.and_then(|message| message.handoff);
            if card.is_some_and(|card| card.to == *coach) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}
