//! What a page is drawn from, sent with its first HTML.

use super::{
    chat::{Conversation, ConversationPage, MessagePage},
    coach::{CoachCard, CoachId},
    error::Problem,
    lang::Lang,
    time_zone::TimeZone,
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    #[default]
    Dark,
    Light,
}

impl Theme {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dark => "dark",
            Self::Light => "light",
        }
    }
    pub const fn other(self) -> Self {
        match self {
            Self::Dark => Self::Light,
            Self::Light => Self::Dark,
        }
    }
}

/// Cookies and headers decide these; the server puts them into the context of every page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preferences {
    pub lang: Lang,
    pub theme: Theme,
}

/// What every page needs: the squad, who may answer, the artist.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shell {
    pub coaches: Vec<CoachCard>,
    /// No provider is configured: the demo squad answers and the page says so.
    pub demo: bool,
    /// What the artist calls herself, if she told.
    pub artist_name: Option<String>,
    pub conversations: ConversationPage,
    /// When this was read.
    #[serde(with = "super::moment")]
    pub now: OffsetDateTime,
    /// The artist's, as her browser last told; UTC before.
    pub time_zone: TimeZone,
    /// The artist's English clock counts twelve hours, as her browser's language says.
    pub twelve_hours: bool,
}

/// A conversation with its last messages.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Thread {
    pub conversation: Conversation,
    pub page: MessagePage,
}

/// What a plain form leaves on the page that answers it: the text is still in the box. In the context of that one page,
/// on the server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FormState {
    pub text: String,
    /// The form was to send it.
    pub sending: bool,
    /// Why the form was refused.
    pub problem: Option<Problem>,
    /// Who answers in a conversation that has no message yet.
    pub picked: Option<CoachId>,
}

/// The cookie that tells a page which of the messages that the browser itself has sent the program has answered: its
/// `client_message_id`. A script of the page reads it.
pub const ANSWERED: &str = "answered";

/// The owner's door on the page of runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OwnerForm {
    /// This squad has no owner's token.
    #[default]
    Absent,
    Offered,
    /// That was not the token.
    Wrong,
    /// Too many wrong ones.
    Wait,
    Entered,
}
