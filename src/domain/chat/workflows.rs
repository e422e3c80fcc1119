//! Generations as durable runs: the list of them.

use super::{Chat, Result};
use crate::{
    store::generations::GenerationRow,
    types::{
        chat::GenerationStatus,
        ids::{GenerationId, UserId},
    },
};

impl Chat {
    /// A page of the artist's generations, the newest first, older than `before`; with it, where the next page starts.
    pub async fn generations(
        &self,
        user: UserId,
        status: Option<GenerationStatus>,
        before: Option<GenerationId>,
        limit: i64,
    ) -> Result<(Vec<GenerationRow>, Option<GenerationId>)> {
        let mut tx = self.store.as_user(user).await?;
        let mut rows = tx.generations(status, before, limit + 1).await?;
        let more = rows.len() as i64 > limit;
        rows.truncate(usize::try_from(limit).unwrap_or_default());
        let next = rows.last().filter(|_| more).map(|row| row.state.generation_id);
        Ok((rows, next))
    }
}
