//! Frames of `/feed`, the page's one WebSocket per tab: text frames in the page's own encoding ([`crate::wire`]).

use super::{
    chat::Conversation,
    event::{Event, GenerationInfo},
    ids::*,
};
use serde::{Deserialize, Serialize};

/// From the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeedRequest {
    /// Send the events of this generation after number `after` (0: from the start), then follow.
    Watch {
        generation_id: GenerationId,
        #[serde(default)]
        after: i64,
    },
    Unwatch {
        generation_id: GenerationId,
    },
}

/// From the server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeedFrame {
    /// First frame of a watch, and again when a queued answer starts.
    Generation { info: GenerationInfo },
    Event {
        generation_id: GenerationId,
        seq: i64,
        event: Event,
    },
    /// The log of this generation is gone: read the message itself.
    Gone { generation_id: GenerationId },
    /// There is no such generation: its message was taken back before its turn, or was never this artist's.
    Nothing { generation_id: GenerationId },
    /// A conversation was added or changed; an archived one says so in its `status`, and another shown branch in its
    /// `active_leaf_id`. A generation started elsewhere has its id in `generation_id`.
    List {
        conversation: Box<Conversation>,
        generation_id: Option<GenerationId>,
    },
    /// A conversation was deleted.
    ListGone { conversation_id: ConversationId },
    /// Every 15 s; two missed mean the connection is dead.
    Tick {},
}
