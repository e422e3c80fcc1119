//! The groups of the conversation list.

use crate::{
    types::{chat::Conversation, ids::ConversationId},
    ui::texts::{Texts, format::Today},
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    pub label: String,
    pub conversations: Vec<ConversationId>,
}

/// Pinned ones first, then by the artist's days; `conversations` are newest first. While the day is not known, all that
/// is not pinned stands under one neutral label.
pub fn groups(conversations: &[Conversation], today: Option<Today>, texts: &Texts) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let (pinned, rest): (Vec<_>, Vec<_>) = conversations.iter().partition(|conversation| conversation.pinned);
    for conversation in pinned.into_iter().chain(rest) {
        let label = label(conversation, today, texts);
        match groups.last_mut() {
            Some(group) if group.label == label => group.conversations.push(conversation.id),
            _ => groups.push(Group {
                label,
                conversations: vec![conversation.id],
            }),
        }
    }
    groups
}

fn label(conversation: &Conversation, today: Option<Today>, texts: &Texts) -> String {
    if conversation.pinned {
        return texts.pinned.into();
    }
    let Some(today) = today else { return texts.recent.into() };
    match today.days_since(conversation.last_message_at) {
        ..=0 => texts.today.into(),
        1 => texts.yesterday.into(),
        2..=7 => texts.last_7_days.into(),
        8..=30 => texts.last_30_days.into(),
        _ => {
            let date = conversation.last_message_at.to_offset(today.offset).date();
            format!(
                "{} {}",
                texts.months[usize::from(u8::from(date.month()) - 1)],
                date.year()
            )
        }
    }
}
