//! Being forgotten: everything of an artist goes at once, and her sessions with it.

use super::{Chat, Result};
use crate::types::ids::UserId;

impl Chat {
    /// Deletes everything of this artist. There is no way back. Running answers are dropped.
    pub async fn erase_everything(&self, user: UserId) -> Result<()> {
        let mut tx = self.store.as_user(user).await?;
        let live = tx.all_live_generations().await?;
        tx.erase_everything().await?;
        tx.commit().await?;
        live.into_iter().for_each(|generation| self.engine.drop_run(generation));
        let mut system = self.store.system("identity belongs to no artist's scope").await?;
        system.erase_identity(user).await?;
        self.hub.forget(user);
        Ok(())
    }
}
