//! What was said and is not with the server yet. A pure machine: the caller stores, sends and tells what came of it.
//!
//! An item is in flight or held. It leaves with an answer, good or bad; without one it is held and goes out again, with
//! the same id, so that the server takes it once. In one conversation one item is in flight at a time and in order; the
//! first answer tells the others of a new conversation where they belong.

use crate::types::{coach::CoachId, ids::*};
use uuid::Uuid;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A conversation the server does not know yet, by a name of this page.
    New(Uuid),
    Existing(ConversationId),
}

#[derive(Clone, Debug, PartialEq)]
pub enum What {
    Message { text: String, coach: Option<CoachId> },
    Retry { generation: GenerationId },
}

#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    pub id: ClientMessageId,
    pub target: Target,
    pub what: What,
    /// When it was said, milliseconds since 1970.
    pub at: f64,
}

impl Item {
    pub fn text(&self) -> Option<&str> {
        match &self.what {
            What::Message { text, .. } => Some(text),
            What::Retry { .. } => None,
        }
    }

    /// As it is kept over reloads, and over updates of the page: so this form never changes, new ones get a name of their
    /// own. A line `message <id> <time> new|in <id> [coach]` or `retry <id> <time> new|in <id> <generation>`, then the text.
    pub fn to_text(&self) -> String {
        let Self { id, target, what, at } = self;
        let at = *at as u64;
        let target = match target {
            Target::New(name) => format!("new {name}"),
            Target::Existing(conversation) => format!("in {conversation}"),
        };
        match what {
            What::Message { text, coach } => {
                let coach = coach.as_ref().map_or("", CoachId::as_str);
                format!("message {id} {at} {target} {coach}\n{text}")
            }
            What::Retry { generation } => format!("retry {id} {at} {target} {generation}\n"),
        }
    }

    pub fn from_text(kept: &str) -> Option<Self> {
        let (line, text) = kept.split_once('\n')?;
        let mut words = line.split(' ');
        let (kind, id, at, place, name) = (
            words.next()?,
            words.next()?,
            words.next()?,
            words.next()?,
            words.next()?,
        );
        let last = words.next().unwrap_or_default();
        Some(Self {
            id: ClientMessageId(id.parse().ok()?),
            target: match place {
                "new" => Target::New(name.parse().ok()?),
                "in" => Target::Existing(ConversationId(name.parse().ok()?)),
                _ => return None,
            },
            what: match kind {
                "message" => What::Message {
                    text: text.to_owned(),
                    coach: (!last.is_empty()).then(|| CoachId::new(last)),
                },
                "retry" => What::Retry {
                    generation: GenerationId(last.parse().ok()?),
                },
                _ => return None,
            },
            // no fraction is kept, and reading one is a large piece of code
            at: at.parse::<u64>().ok()? as f64,
        })
    }
}

#[derive(Clone, Debug, Default)]
pub struct Outbox {
    items: Vec<(Item, bool)>,
}

impl Outbox {
    pub fn push(&mut self, item: Item) {
        if self.items.iter().all(|(known, _)| known.id != item.id) {
            self.items.push((item, false));
        }
    }

    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    pub fn items(&self) -> impl Iterator<Item = &Item> {
        self.items.iter().map(|(item, _)| item)
    }

    /// Something for this target is on its way and not answered.
    pub fn in_flight(&self, target: Target) -> bool {
        self.items.iter().any(|(item, flies)| *flies && item.target == target)
    }

    /// The next item that may go out; it is in flight from now on. `alone`: only while no other one is.
    pub fn take(&mut self, alone: bool) -> Option<Item> {
        if alone && self.items.iter().any(|(_, flies)| *flies) {
            return None;
        }
        let next = (0..self.items.len()).find(|&index| {
            let target = self.items[index].0.target;
            self.items[..index].iter().all(|(item, _)| item.target != target) && !self.items[index].1
        })?;
        self.items[next].1 = true;
        Some(self.items[next].0.clone())
    }

    /// The server answered; with `conversation` it has taken the message. Answers with the items that now know where
    /// they belong.
    pub fn answered(&mut self, id: ClientMessageId, conversation: Option<ConversationId>) -> Vec<Item> {
        let Some(index) = self.items.iter().position(|(item, _)| item.id == id) else {
            return Vec::new();
        };
        let (item, _) = self.items.remove(index);
        let (Target::New(_), Some(conversation)) = (item.target, conversation) else {
            return Vec::new();
        };
        let mut changed = Vec::new();
        for (other, _) in self.items.iter_mut().filter(|(other, _)| other.target == item.target) {
            other.target = Target::Existing(conversation);
            changed.push(other.clone());
        }
        changed
    }

    /// No answer at all: it is held until the next try.
    pub fn unanswered(&mut self, id: ClientMessageId) {
        for (item, flies) in &mut self.items {
            if item.id == id {
                *flies = false;
            }
        }
    }
}

/// What of the box's text was not sent yet, when `sent` texts still stand in front of it.
pub fn unsent<'a>(boxed: &'a str, sent: &[String]) -> &'a str {
    let mut rest = boxed;
    for text in sent {
        match rest.strip_prefix(text.as_str()) {
            Some(after) => rest = after,
            None => return rest,
        }
    }
    rest
}

/// The box's text without one of the `sent` texts that stand in front of it. The same words further on are new ones.
pub fn without(boxed: &str, sent: &[String], text: &str) -> String {
    let front = boxed.len() - unsent(boxed, sent).len();
    match boxed[..front].find(text) {
        Some(at) => format!("{}{}", &boxed[..at], &boxed[at + text.len()..]),
        None => boxed.to_owned(),
    }
}

/// The box's text with `text` behind what was `sent` and still stands in front, in a line of its own.
pub fn with(boxed: &str, sent: &[String], text: &str) -> String {
    let rest = unsent(boxed, sent);
    let front = &boxed[..boxed.len() - rest.len()];
    let line = if rest.is_empty() || rest.starts_with(char::is_whitespace) {
        ""
    } else {
        "\n"
    };
    format!("{front}{text}{line}{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(n: u128, target: Target) -> Item {
        let what = What::Message {
            text: n.to_string(),
            coach: None,
        };
        Item {
            id: ClientMessageId(Uuid::from_u128(n)),
            target,
            what,
            at: n as f64,
        }
    }

    fn id(n: u128) -> ClientMessageId {
        ClientMessageId(Uuid::from_u128(n))
    }

    #[test]
    fn what_is_kept_comes_back_and_keeps_its_form() {
        let mut one = item(1, Target::New(Uuid::from_u128(7)));
        one.what = What::Message {
            text: "two\nlines\n".into(),
            coach: Some(CoachId::new("luke")),
        };
        let kept = "message 00000000-0000-0000-0000-000000000001 1 new 00000000-0000-0000-0000-000000000007 luke\ntwo\nlines\n";
        assert_eq!(one.to_text(), kept);
        let mut two = item(2, Target::Existing(ConversationId(Uuid::from_u128(8))));
        two.at = 1_790_000_000_123.0;
        two.what = What::Retry {
            generation: GenerationId(Uuid::from_u128(9)),
        };
        let three = item(3, two.target);
        for item in [one, two, three] {
            assert_eq!(Item::from_text(&item.to_text()), Some(item));
        }
        for damaged in ["", "message", "message 1 2 in 3 luke\ntext"] {
            assert_eq!(Item::from_text(damaged), None);
        }
    }

    #[test]
    fn one_at_a_time_and_in_order_in_each_conversation() {
        let (a, b) = (
            Target::New(Uuid::from_u128(7)),
            Target::Existing(ConversationId(Uuid::from_u128(8))),
        );
        let mut outbox = Outbox::default();
        for item in [item(1, a), item(2, a), item(3, b), item(1, a)] {
            outbox.push(item);
        }
        assert_eq!(outbox.take(false).map(|item| item.id), Some(id(1)));
        assert_eq!(outbox.take(false).map(|item| item.id), Some(id(3)));
        assert_eq!(outbox.take(false), None);
        outbox.unanswered(id(1));
        assert_eq!(
            outbox.take(false).map(|item| item.id),
            Some(id(1)),
            "the same one again, not the next"
        );
        let conversation = ConversationId(Uuid::from_u128(9));
        let changed = outbox.answered(id(1), Some(conversation));
        assert_eq!(changed.len(), 1);
        let next = outbox.take(false).expect("the second one may go");
        assert_eq!((next.id, next.target), (id(2), Target::Existing(conversation)));
        assert!(outbox.answered(id(2), Some(conversation)).is_empty());
        outbox.answered(id(3), None);
        assert!(outbox.is_empty());
    }

    #[test]
    fn a_refusal_lets_the_next_one_start_the_conversation() {
        let new = Target::New(Uuid::from_u128(7));
        let mut outbox = Outbox::default();
        outbox.push(item(1, new));
        outbox.push(item(2, new));
        outbox.take(false);
        outbox.answered(id(1), None);
        assert_eq!(outbox.take(false).map(|item| item.target), Some(new));
    }

    #[test]
    fn only_what_was_sent_leaves_the_box() {
        let sent = ["salut".to_owned()];
        assert_eq!(unsent("salut", &sent), "");
        assert_eq!(unsent("salut toi", &sent), " toi");
        assert_eq!(unsent("autre", &sent), "autre");
        assert_eq!(without("salut toi", &sent, "salut"), " toi");
        assert_eq!(without("effacé", &sent, "salut"), "effacé");
        assert_eq!(without("encore salut", &sent, "salut"), "encore salut");
        let both = ["salut".to_owned(), "toi".to_owned()];
        assert_eq!(without("saluttoi et toi", &both, "toi"), "salut et toi");
    }

    #[test]
    fn what_comes_back_stands_behind_what_is_on_its_way() {
        assert_eq!(with("", &[], "retour"), "retour");
        assert_eq!(with("un brouillon", &[], "retour"), "retour\nun brouillon");
        assert_eq!(with(" toi", &[], "salut"), "salut toi");
        let sent = ["salut".to_owned()];
        assert_eq!(with("salut", &sent, "retour"), "salutretour");
        assert_eq!(with("saluttoi", &sent, "retour"), "salutretour\ntoi");
    }
}
