//! A coach as the page and programs see it. The whole coach, with prompt and routing words, is in
//! `coaches` and never leaves the server.

use serde::{Deserialize, Serialize};
use std::{fmt, sync::Arc};

/// The id of a coach: lower-case ASCII letters, digits and dashes, the name of its file.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "ssr", schema(value_type = String))]
#[serde(transparent)]
pub struct CoachId(Arc<str>);

impl CoachId {
    pub fn new(id: &str) -> Self {
        Self(id.into())
    }
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
impl fmt::Display for CoachId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl fmt::Debug for CoachId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A coach in one language, as `GET /api/coaches` and the page show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct CoachCard {
    pub id: CoachId,
    pub name: String,
    pub emoji: String,
    /// Role line, e.g. `Social & fan base`.
    pub role: String,
    /// `#rrggbb`.
    pub colour: String,
    pub field: String,
    /// Facts that help before this coach, in words; they recommend and never block.
    pub prerequisites: Vec<String>,
    /// Questions an artist may start with; the first one stands on the coach's card.
    pub starters: Vec<String>,
    /// The question with which the coach opens a conversation.
    pub opening: String,
}
