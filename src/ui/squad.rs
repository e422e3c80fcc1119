//! The squad as the page's components know it: shared cards, found by id.

use crate::types::coach::{CoachCard, CoachId};
use std::sync::Arc;

/// A coach's card, shared by all that draw it.
pub type Coach = Arc<CoachCard>;

/// All coaches in their order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Squad(Arc<[Coach]>);

impl Squad {
    pub fn new(cards: impl IntoIterator<Item = CoachCard>) -> Self {
        Self(cards.into_iter().map(Arc::new).collect())
    }

    pub fn all(&self) -> &[Coach] {
        &self.0
    }

    /// The coach with this id. One that left the squad keeps its messages: it is shown by its id, in grey.
    pub fn get(&self, id: &CoachId) -> Coach {
        self.0.iter().find(|coach| coach.id == *id).cloned().unwrap_or_else(|| {
            Arc::new(CoachCard {
                id: id.clone(),
                name: id.to_string(),
                emoji: String::new(),
                role: String::new(),
                colour: "#8b8794".into(),
                field: String::new(),
                prerequisites: Vec::new(),
                starters: Vec::new(),
                opening: String::new(),
            })
        })
    }
}

/// `style` that makes a coach's colours known to an element and all in it.
pub fn coach_style(coach: &CoachCard) -> String {
    format!("--coach:{}", coach.colour)
}
