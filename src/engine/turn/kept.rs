//! Answers from the cache, and into it.

use super::{Abandoned, Run};
use crate::{
    domain::{
        answers::{Flight, Kept, Look, key},
        ports::PromptRequest,
    },
    engine::runs::Parts,
    store::{
        generations::{CacheUse, Claimed},
        profiles::ArtistFacts,
    },
    types::chat::Usage,
};
use rust_decimal::Decimal;

/// Its texts are the program's own and cost nothing: there is nothing to keep.
const DEMO: &str = "demo";

/// The kept answer to this request, or leave to ask for one that may be kept.
pub(super) async fn look(
    parts: &Parts,
    claimed: &Claimed,
    request: &PromptRequest,
    artist: &ArtistFacts,
) -> (Option<Kept>, Option<Flight>) {
    let Some(answers) = parts.answers.as_ref().filter(|_| claimed.provider != DEMO) else {
        return (None, None);
    };
    // without facts and without a talk before it, a question is anybody's
    let personal = *artist != ArtistFacts::default() || request.turns.len() > 1;
    let artist = personal.then_some(claimed.user);
    match answers
        .look(key(&claimed.provider, &claimed.coach, request, artist))
        .await
    {
        Look::Hit(kept) => (Some(kept), None),
        Look::Miss(flight) => (None, Some(flight)),
    }
}

impl Run {
    /// The answer that was kept, through the same log as every other.
    pub(super) async fn give(mut self, kept: Kept) -> Result<(), Abandoned> {
        self.say(kept.text.clone());
        self.flush().await?;
        let nothing = Some(0);
        let usage = Usage {
            input_tokens: nothing,
            output_tokens: nothing,
            cache_read_tokens: nothing,
            cache_write_tokens: nothing,
        };
        let hit = CacheUse::Hit { saved: kept.cost };
        self.end_well(&kept, usage, Some(Decimal::ZERO), hit).await
    }

    /// Keeps an answer for whoever asks the same. Cut short by a limit or by the provider it is none to give twice.
    pub(super) async fn keep(&self, flight: Option<Flight>, kept: &Kept) {
        if let (Some(flight), Some(answers), "end_turn", false) =
            (flight, &self.parts.answers, kept.stop_reason.as_str(), self.resumed)
        {
            answers.keep(flight, kept).await;
        }
    }
}
