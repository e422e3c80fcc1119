//! The groups of the conversation list.

use crate::{
    types::{
        chat::{Conversation, ConversationStatus},
        ids::ConversationId,
    },
    ui::texts::{Texts, format::Today},
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    pub label: String,
    pub conversations: Vec<ConversationId>,
}

/// The archived ones, or the others: pinned ones first, then by the artist's days; `conversations` are newest first.
pub fn groups(conversations: &[Conversation], archived: bool, today: Today, texts: &Texts) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let shown = conversations
        .iter()
        .filter(|conversation| (conversation.status == ConversationStatus::Archived) == archived);
    let (pinned, rest): (Vec<_>, Vec<_>) = shown.partition(|conversation| conversation.pinned);
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

fn label(conversation: &Conversation, today: Today, texts: &Texts) -> String {
    if conversation.pinned {
        return texts.pinned.into();
    }
    match today.days_since(conversation.last_message_at) {
        ..=0 => texts.today.into(),
        1 => texts.yesterday.into(),
        2..=7 => texts.last_7_days.into(),
        8..=30 => texts.last_30_days.into(),
        _ => {
            let date = today.local(conversation.last_message_at).date();
            format!(
                "{} {}",
                texts.months[usize::from(u8::from(date.month()) - 1)],
                date.year()
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::time_zone::TimeZone;
    use crate::ui::texts::en::EN;
    use time::{Date, Duration, Month, OffsetDateTime};

    fn now() -> OffsetDateTime {
        Date::from_calendar_date(2026, Month::March, 12)
            .unwrap()
            .with_hms(9, 0, 0)
            .unwrap()
            .assume_utc()
    }

    fn aged(days: i64, pinned: bool) -> Conversation {
        let at = now() - Duration::days(days);
        Conversation {
            pinned,
            created_at: at,
            last_message_at: at,
            ..Conversation::placeholder(ConversationId(uuid::Uuid::from_u128(days as u128)))
        }
    }

    fn labels(list: &[Conversation], archived: bool) -> Vec<(String, usize)> {
        groups(list, archived, Today::at(now(), TimeZone::default()), &EN)
            .into_iter()
            .map(|group| (group.label, group.conversations.len()))
            .collect()
    }

    #[test]
    fn groups_follow_the_artists_days() {
        let list = [0, 1, 2, 7, 8, 30, 31, 61, 400].map(|days| aged(days, days == 8));
        let expected = [
            ("Pinned", 1),
            ("Today", 1),
            ("Yesterday", 1),
            ("Previous 7 days", 2),
            ("Previous 30 days", 1),
            ("February 2026", 1),
            ("January 2026", 1),
            ("February 2025", 1),
        ];
        let expected: Vec<_> = expected.map(|(label, count)| (label.to_owned(), count)).into();
        assert_eq!(labels(&list, false), expected);
    }

    #[test]
    fn archived_ones_stand_apart() {
        let mut list = vec![aged(0, false), aged(1, false), aged(2, true)];
        list[1].status = ConversationStatus::Archived;
        assert_eq!(
            labels(&list, false),
            [("Pinned".to_owned(), 1), ("Today".to_owned(), 1)]
        );
        assert_eq!(labels(&list, true), [("Yesterday".to_owned(), 1)]);
    }
}
