//! The one event vocabulary of a generation, and the one reducer.
//!
//! Live view, replay, crash recovery and tests all build an answer's text with [`Transcript::apply`], so an
//! interrupted reader ends with the same characters as one that saw everything.

use super::{
    chat::{Handoff, Usage},
    coach::CoachId,
    error::Problem,
    ids::*,
};
use serde::{Deserialize, Serialize};

/// First event of every connection: whose answer this is. It has no `seq`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct GenerationInfo {
    pub generation_id: GenerationId,
    pub conversation_id: ConversationId,
    pub user_message_id: MessageId,
    pub message_id: MessageId,
    pub coach: CoachId,
    pub provider: String,
    pub model: String,
    pub temperature: Option<f64>,
    pub handoff: Option<Handoff>,
}

/// Facts of a complete answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Done {
    pub stop_reason: String,
    pub cached: bool,
    pub usage: Usage,
    pub cost_usd: Option<f64>,
    pub time_to_first_token_ms: Option<i64>,
    pub duration_ms: Option<i64>,
}

/// A stored event of a generation's log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// More text.
    Delta {
        text: String,
    },
    /// What was shown of the former attempt is void.
    Reset {
        attempt: i32,
    },
    /// What was shown stays; the answer goes on after it.
    Seam {
        attempt: i32,
    },
    Done(Done),
    Failed(Box<Problem>),
    Cancelled {},
}

impl Event {
    /// Name of the event on every wire, and `kind` in the log.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Delta { .. } => "delta",
            Self::Reset { .. } => "reset",
            Self::Seam { .. } => "seam",
            Self::Done(_) => "done",
            Self::Failed(_) => "failed",
            Self::Cancelled {} => "cancelled",
        }
    }

    pub const fn is_final(&self) -> bool {
        matches!(self, Self::Done(_) | Self::Failed(_) | Self::Cancelled {})
    }
}

/// How a transcript ended.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Ending {
    #[default]
    Open,
    Done(Done),
    Failed(Box<Problem>),
    Cancelled,
}

/// The text and state of an answer after the events up to `seq`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Transcript {
    /// Number of the last event applied; 0 before the first.
    pub seq: i64,
    pub text: String,
    /// The answer was cut and went on after what was shown, or started again.
    pub resumed: bool,
    pub ending: Ending,
}

/// What an event did to a [`Transcript`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    Yes,
    /// Already seen: nothing changed.
    Duplicate,
    /// An earlier event is missing: nothing changed, read again from [`Transcript::seq`].
    Gap,
}

impl Transcript {
    /// Applies event number `seq`. Duplicates and gaps change nothing, so readers may receive events twice.
    pub fn apply(&mut self, seq: i64, event: &Event) -> Applied {
        if seq <= self.seq {
            return Applied::Duplicate;
        }
        if seq != self.seq + 1 {
            return Applied::Gap;
        }
        self.seq = seq;
        match event {
            Event::Delta { text } => self.text.push_str(text),
            Event::Reset { .. } => {
                self.text.clear();
                self.resumed = true;
            }
            Event::Seam { .. } => self.resumed = true,
            Event::Done(done) => self.ending = Ending::Done(done.clone()),
            Event::Failed(problem) => self.ending = Ending::Failed(problem.clone()),
            Event::Cancelled {} => self.ending = Ending::Cancelled,
        }
        Applied::Yes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delta(text: &str) -> Event {
        Event::Delta { text: text.into() }
    }

    #[test]
    fn any_cut_and_replay_gives_the_same_text() {
        let log = [
            delta("Bon"),
            Event::Reset { attempt: 2 },
            delta("Hé"),
            delta("llo"),
            Event::Seam { attempt: 3 },
            delta(" toi"),
            Event::Cancelled {},
        ];
        let numbered = || log.iter().zip(1..).map(|(event, seq)| (seq, event));
        let mut whole = Transcript::default();
        for (seq, event) in numbered() {
            assert_eq!(whole.apply(seq, event), Applied::Yes);
        }
        assert_eq!(whole.text, "Héllo toi");
        for cut in 0..=log.len() {
            for overlap in 0..=cut {
                let mut reader = Transcript::default();
                for (seq, event) in numbered().take(cut).chain(numbered().skip(cut - overlap)) {
                    reader.apply(seq, event);
                }
                assert_eq!(reader, whole, "cut at {cut}, {overlap} events sent twice");
            }
        }
    }

    #[test]
    fn a_gap_is_never_skipped() {
        let mut reader = Transcript::default();
        assert_eq!(reader.apply(2, &delta("b")), Applied::Gap);
        assert_eq!(reader, Transcript::default());
    }

    #[test]
    fn the_wire_form_is_the_data_under_its_kind() {
        assert_eq!(serde_json::to_string(&delta("a")).unwrap(), r#"{"delta":{"text":"a"}}"#);
        assert_eq!(
            serde_json::to_string(&Event::Cancelled {}).unwrap(),
            r#"{"cancelled":{}}"#
        );
    }
}
