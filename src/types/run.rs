//! A generation as whoever watches its run sees it: facts, never words of anybody.

use super::{chat::*, coach::CoachId, error::ErrorCode, ids::*};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// What seldom happens to a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    /// Another process went on with it.
    TakenOver,
    /// The provider failed before its first word, and was asked again.
    Retried,
    /// After a cut, what was shown was thrown away.
    Reset,
    /// After a cut, what was shown was kept.
    Seam,
}

impl StepKind {
    pub const ALL: [Self; 4] = [Self::TakenOver, Self::Retried, Self::Reset, Self::Seam];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TakenOver => "taken_over",
            Self::Retried => "retried",
            Self::Reset => "reset",
            Self::Seam => "seam",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// One of them, when it happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct RunStep {
    pub kind: StepKind,
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// The attempt that begins, from 1.
    pub attempt: i32,
    /// Why, where a provider failed.
    pub code: Option<ErrorCode>,
    /// Of a takeover, the process that had it before.
    pub process: Option<String>,
}

/// A run in a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    pub state: GenerationState,
    pub user: UserId,
    pub usage: Usage,
    /// US dollars; `None` while it runs and where no price is known.
    pub cost_usd: Option<f64>,
    pub time_to_first_token_ms: Option<i64>,
    pub duration_ms: Option<i64>,
    /// Of the answer as it is stored now.
    pub characters: i64,
    pub recoveries: i32,
    pub takeovers: i32,
    /// The process that claimed it last.
    pub process: Option<String>,
}

/// A run with all that happened to it.
#[derive(Clone, Debug, PartialEq)]
pub struct RunStory {
    pub run: Run,
    pub steps: Vec<RunStep>,
    /// When its last piece was stored; its pieces are deleted some hours after the end.
    pub last_stored_at: Option<OffsetDateTime>,
}

impl RunStory {
    /// The process that claimed it first.
    pub fn first_process(&self) -> Option<&str> {
        let before = self.steps.iter().find(|step| step.kind == StepKind::TakenOver);
        before.map_or(self.run.process.as_deref(), |step| step.process.as_deref())
    }
}

/// Which runs a list shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunFilter {
    pub status: Option<GenerationStatus>,
    pub coach: Option<CoachId>,
    pub model: Option<String>,
    /// Not older than this many hours.
    pub hours: Option<i32>,
    pub before: Option<GenerationId>,
}

/// A page of runs, the newest first.
#[derive(Clone, Debug, PartialEq)]
pub struct RunPage {
    pub runs: Vec<Run>,
    pub next: Option<GenerationId>,
}
