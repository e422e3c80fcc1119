//! Conversations and messages as they cross the wire (`snake_case`, UTC RFC 3339 times, UUID ids).

use super::{coach::CoachId, error::Problem, ids::*};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// Longest message, in Unicode scalar values, after trimming.
pub const MAX_MESSAGE_CHARS: usize = 10_000;

macro_rules! text_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $text)] $variant),* }
        impl $name {
            pub const ALL: &[Self] = &[$(Self::$variant),*];
            /// The name on the wire and in the database.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

text_enum! { Role { User = "user", Assistant = "assistant" } }
text_enum! { MessageStatus {
    Queued = "queued", Streaming = "streaming", Complete = "complete", Stopped = "stopped", Failed = "failed",
} }
text_enum! { GenerationStatus {
    Queued = "queued", Running = "running", Completed = "completed", Failed = "failed", Cancelled = "cancelled",
} }
text_enum! {
    /// Where a conversation was started.
    Platform { Web = "web", Api = "api", Whatsapp = "whatsapp", Bridge = "bridge" }
}
text_enum! { ConversationStatus { Active = "active", Archived = "archived" } }
text_enum! {
    /// Which step of the routing decided.
    DecidedBy { Artist = "artist", Words = "words", Model = "model", Thread = "thread" }
}
text_enum! { Feedback { Up = "up", Down = "down" } }

impl GenerationStatus {
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Cancelled)
    }
}

/// Tokens of one answer, summed over its attempts; `None` is "the provider never told".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Usage {
    pub input_tokens: Option<i64>,
    pub output_tokens: Option<i64>,
    pub cache_read_tokens: Option<i64>,
    pub cache_write_tokens: Option<i64>,
}

/// Who answers, how sure that is, and why; stored with the message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Routing {
    pub coach: CoachId,
    /// 0 to 1.
    pub confidence: f32,
    /// The artist's own words that decided, or empty.
    pub why: String,
    pub by: DecidedBy,
    /// Words of ending one's life: the answer starts with real help.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub crisis: bool,
}

/// A change of coach that is shown in the thread.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Handoff {
    pub from: CoachId,
    pub to: CoachId,
    pub why: String,
    pub confidence: f32,
}

/// Who answers in a conversation when a message names nothing; `None` is automatic.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct ChatSettings {
    #[serde(default)]
    pub provider: Option<String>,
    #[serde(default)]
    pub model: Option<String>,
    /// 0 to 2; models that refuse one never see it.
    #[serde(default)]
    pub temperature: Option<f64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Conversation {
    pub id: ConversationId,
    pub title: String,
    pub current_coach: CoachId,
    pub platform: Platform,
    pub status: ConversationStatus,
    pub pinned: bool,
    /// An answer is being written or waits for its turn.
    pub running: bool,
    /// An answer finished that was not looked at.
    pub unread: bool,
    /// The end of the shown branch.
    #[serde(default)]
    pub active_leaf_id: Option<MessageId>,
    #[serde(default)]
    pub settings: ChatSettings,
    #[serde(with = "super::moment")]
    pub created_at: OffsetDateTime,
    #[serde(with = "super::moment")]
    pub last_message_at: OffsetDateTime,
}

impl Conversation {
    /// One of which nothing but the id is known yet.
    pub fn placeholder(id: ConversationId) -> Self {
        Self {
            id,
            title: String::new(),
            current_coach: CoachId::new(""),
            platform: Platform::Web,
            status: ConversationStatus::Active,
            pinned: false,
            running: false,
            unread: false,
            active_leaf_id: None,
            settings: ChatSettings::default(),
            created_at: OffsetDateTime::UNIX_EPOCH,
            last_message_at: OffsetDateTime::UNIX_EPOCH,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Message {
    pub id: MessageId,
    pub parent_id: Option<MessageId>,
    pub role: Role,
    pub content: String,
    pub coach: Option<CoachId>,
    pub status: MessageStatus,
    pub generation_id: Option<GenerationId>,
    pub provider: Option<String>,
    pub model: Option<String>,
    /// As it was asked for; `None`: the model's own.
    pub temperature: Option<f64>,
    pub stop_reason: Option<String>,
    pub cached: bool,
    pub resumed: bool,
    pub feedback: Option<Feedback>,
    /// What the artist said with the thumb.
    pub feedback_comment: Option<String>,
    pub usage: Usage,
    /// US dollars; `None` when a price or a usage is not known.
    pub cost_usd: Option<f64>,
    pub time_to_first_token_ms: Option<i64>,
    pub duration_ms: Option<i64>,
    pub routing: Option<Routing>,
    /// Of an answer: the change of coach shown above it.
    pub handoff: Option<Handoff>,
    /// Why a failed answer failed.
    pub error: Option<Problem>,
    /// Ids of the messages with the same parent, this one included, oldest first.
    pub siblings: Vec<MessageId>,
    #[serde(with = "super::moment")]
    pub created_at: OffsetDateTime,
}

/// `POST /api/chat` and the page's send.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct SendRequest {
    pub message: String,
    #[serde(default)]
    pub conversation_id: Option<ConversationId>,
    /// A coach id, or `auto`.
    #[serde(default)]
    pub coach: Option<String>,
    #[serde(default)]
    pub provider: Option<String>,
    #[serde(default)]
    pub model: Option<String>,
    #[serde(default)]
    pub temperature: Option<f64>,
    #[serde(default)]
    pub client_message_id: Option<ClientMessageId>,
    #[serde(default)]
    pub edits: Option<MessageId>,
    /// The most tokens of the answer, where the door has a word for it; no part of the body.
    #[serde(skip)]
    pub max_tokens: Option<u32>,
}

/// The ids of a started turn; all that follows comes from the log of `generation_id`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Started {
    pub generation_id: GenerationId,
    pub conversation_id: ConversationId,
    pub user_message_id: MessageId,
    pub message_id: MessageId,
    /// Who is expected to answer; a queued message is routed again when its turn comes.
    pub coach: CoachId,
    pub status: GenerationStatus,
}

/// A page of messages, oldest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct MessagePage {
    pub messages: Vec<Message>,
    /// Value for `before` that gives the page above, if there is one.
    pub next_before: Option<String>,
}

/// What an artist changes of a conversation; `None` leaves a field as it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct ConversationPatch {
    #[serde(default)]
    pub title: Option<String>,
    #[serde(default)]
    pub pinned: Option<bool>,
    #[serde(default)]
    pub archived: Option<bool>,
    #[serde(default)]
    pub current_coach: Option<CoachId>,
    /// Any message of the conversation: the newest branch through it is shown.
    #[serde(default)]
    pub active_leaf_id: Option<MessageId>,
    /// All three at once.
    #[serde(default)]
    pub settings: Option<ChatSettings>,
}

/// `POST /api/messages/{id}/regenerate`; what is `None` stays as it was.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct RegenerateRequest {
    #[serde(default)]
    pub coach: Option<String>,
    #[serde(default)]
    pub provider: Option<String>,
    #[serde(default)]
    pub model: Option<String>,
    #[serde(default)]
    pub temperature: Option<f64>,
}

/// A piece of a found text, and whether it is one of the words that were searched. Plain text, never markup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct TextPart {
    pub text: String,
    pub hit: bool,
}

/// Where a search found a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct SearchHit {
    pub conversation_id: ConversationId,
    /// The newest message with all the words; `None` when only the title has them.
    pub message_id: Option<MessageId>,
    pub title: Vec<TextPart>,
    /// The place in that message, or empty.
    pub snippet: Vec<TextPart>,
}

/// A page of conversations: pinned ones first, then the newest; of a search, the newest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct ConversationPage {
    pub conversations: Vec<Conversation>,
    pub next_cursor: Option<String>,
    /// Of a search: one for each conversation, in the same order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hits: Option<Vec<SearchHit>>,
}

/// `GET /api/chat/status/{generation_id}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct GenerationState {
    pub generation_id: GenerationId,
    pub conversation_id: ConversationId,
    pub message_id: MessageId,
    pub status: GenerationStatus,
    /// 0 to 1 of the model's output limit, 1 when ended.
    pub progress: f64,
    /// Events stored.
    pub chunks: i64,
    pub attempt: i32,
    pub coach: CoachId,
    pub provider: String,
    pub model: String,
    pub cached: bool,
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339::option")]
    pub started_at: Option<OffsetDateTime>,
    #[serde(with = "time::serde::rfc3339::option")]
    pub first_token_at: Option<OffsetDateTime>,
    #[serde(with = "time::serde::rfc3339::option")]
    pub finished_at: Option<OffsetDateTime>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Problem>,
}
