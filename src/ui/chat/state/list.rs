//! The conversation list, newest first, kept up to date by frames and pages that may come in any order.

use crate::types::{chat::Conversation, ids::ConversationId};

/// Puts a conversation where it belongs, new or changed.
pub fn upsert(list: &mut Vec<Conversation>, conversation: Conversation) {
    list.retain(|known| known.id != conversation.id);
    let place =
        |known: &Conversation| (known.last_message_at, known.id) < (conversation.last_message_at, conversation.id);
    let at = list.iter().position(place).unwrap_or(list.len());
    list.insert(at, conversation);
}

pub fn remove(list: &mut Vec<Conversation>, id: ConversationId) -> Option<Conversation> {
    let at = list.iter().position(|known| known.id == id)?;
    Some(list.remove(at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{
        chat::{ChatSettings, ConversationStatus, Platform},
        coach::CoachId,
    };
    use time::{Duration, OffsetDateTime};

    fn conversation(id: u128, at: i64, title: &str) -> Conversation {
        let at = OffsetDateTime::UNIX_EPOCH + Duration::seconds(at);
        Conversation {
            id: ConversationId(uuid::Uuid::from_u128(id)),
            title: title.into(),
            current_coach: CoachId::new("marty"),
            platform: Platform::Web,
            status: ConversationStatus::Active,
            pinned: false,
            running: false,
            unread: false,
            active_leaf_id: None,
            settings: ChatSettings::default(),
            created_at: at,
            last_message_at: at,
        }
    }

    #[test]
    fn any_order_of_frames_gives_the_same_list() {
        let frames = [(1, 10, "a"), (2, 20, "b"), (3, 20, "c"), (1, 30, "a2"), (4, 5, "d")];
        for turn in 0..frames.len() {
            let mut list = Vec::new();
            let newest = |id| frames.iter().filter(|frame| frame.0 == id).max_by_key(|frame| frame.1);
            for frame in frames.iter().cycle().skip(turn).take(frames.len()) {
                let (id, at, title) = *newest(frame.0).unwrap_or(frame);
                upsert(&mut list, conversation(id, at, title));
            }
            let titles: Vec<_> = list.iter().map(|known| known.title.as_str()).collect();
            assert_eq!(titles, ["a2", "c", "b", "d"]);
        }
    }

    #[test]
    fn what_goes_can_come_back_to_its_place() {
        let mut list = Vec::new();
        for (id, at) in [(1, 1), (2, 2), (3, 3)] {
            upsert(&mut list, conversation(id, at, ""));
        }
        let before = list.clone();
        let gone = remove(&mut list, before[1].id).expect("it was there");
        assert_eq!(list.len(), 2);
        assert!(remove(&mut list, gone.id).is_none());
        upsert(&mut list, gone);
        assert_eq!(list, before);
    }
}
