//! Runs as those see them who watch: an artist her own, the owner everybody's. Facts only; no text is read.

use super::chat::{Chat, ChatError, Result};
use crate::{
    store::{
        generations::{GenerationRow, Live},
        stats::Figures,
    },
    types::{ids::*, run::*},
};
use time::{Duration, OffsetDateTime};

/// Runs of a page.
pub const PAGE: i64 = 30;

/// Whose runs, and who looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Viewer {
    Artist(UserId),
    Owner,
}

const OWNER: &str = "the owner sees every run, and no text";

impl Chat {
    /// A page of runs, the newest first.
    pub async fn runs(&self, viewer: Viewer, filter: &RunFilter, now: OffsetDateTime, limit: i64) -> Result<RunPage> {
        let since = filter.hours.map(|hours| now - Duration::hours(hours.into()));
        let mut runs = match viewer {
            Viewer::Artist(user) => self.store.as_user(user).await?.runs(filter, since, limit + 1).await?,
            Viewer::Owner => self.store.system(OWNER).await?.runs(filter, since, limit + 1).await?,
        };
        let more = runs.len() as i64 > limit;
        runs.truncate(usize::try_from(limit).unwrap_or_default());
        let next = runs.last().filter(|_| more).map(|run| run.state.generation_id);
        Ok(RunPage { runs, next })
    }

    /// One run with all that happened to it.
    pub async fn run(&self, viewer: Viewer, id: GenerationId) -> Result<RunStory> {
        let found = match viewer {
            Viewer::Artist(user) => self.store.as_user(user).await?.run(id).await?,
            Viewer::Owner => self.store.system(OWNER).await?.run(id).await?,
        };
        found.ok_or(ChatError::NotFound)
    }

    /// Sums over the answers that a viewer may see.
    pub async fn figures(&self, viewer: Viewer) -> Result<Figures> {
        Ok(match viewer {
            Viewer::Artist(user) => self.store.as_user(user).await?.figures().await?,
            Viewer::Owner => self.store.system(OWNER).await?.figures().await?,
        })
    }

    /// What waits and runs now, of everybody.
    pub async fn live(&self) -> Result<Live> {
        Ok(self
            .store
            .system("answers of everybody are counted")
            .await?
            .live()
            .await?)
    }

    /// Stops a run, whoever's it is where the owner asks.
    pub async fn stop_run(&self, viewer: Viewer, id: GenerationId) -> Result<GenerationRow> {
        let user = match viewer {
            Viewer::Artist(user) => user,
            Viewer::Owner => self.run(viewer, id).await?.run.user,
        };
        self.cancel(user, id).await
    }
}
