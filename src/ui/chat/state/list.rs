//! The conversation list, newest first, kept up to date by frames and pages that may come in any order.

use crate::types::{
    chat::{Conversation, ConversationStatus},
    ids::ConversationId,
};

/// Puts a conversation where it belongs, new or changed.
pub fn upsert(list: &mut Vec<Conversation>, conversation: Conversation) {
    list.retain(|known| known.id != conversation.id);
    let place =
        |known: &Conversation| (known.last_message_at, known.id) < (conversation.last_message_at, conversation.id);
    let at = list.iter().position(place).unwrap_or(list.len());
    list.insert(at, conversation);
}

/// A page that has the pinned ones first, in the order of this list.
pub fn sorted(mut page: Vec<Conversation>) -> Vec<Conversation> {
    page.sort_unstable_by_key(|known| std::cmp::Reverse((known.last_message_at, known.id)));
    page
}

pub fn remove(list: &mut Vec<Conversation>, id: ConversationId) -> Option<Conversation> {
    let at = list.iter().position(|known| known.id == id)?;
    Some(list.remove(at))
}

/// Takes in a first page of the ones that are not archived, `complete` when there is no other, as it is now: those that
/// should be on it and are not have gone meanwhile.
pub fn refresh(list: &mut Vec<Conversation>, page: Vec<Conversation>, complete: bool) {
    let place = |known: &Conversation| (known.pinned, known.last_message_at, known.id);
    let last = page.last().map(place);
    list.retain(|known| {
        known.status == ConversationStatus::Archived || (!complete && last.is_some_and(|last| place(known) < last))
    });
    for conversation in page {
        upsert(list, conversation);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::{Duration, OffsetDateTime};

    fn conversation(id: u128, at: i64, title: &str) -> Conversation {
        let at = OffsetDateTime::UNIX_EPOCH + Duration::seconds(at);
        Conversation {
            title: title.into(),
            created_at: at,
            last_message_at: at,
            ..Conversation::placeholder(ConversationId(uuid::Uuid::from_u128(id)))
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

    #[test]
    fn below_an_old_pinned_one_too() {
        let pinned = Conversation {
            pinned: true,
            ..conversation(1, 1, "")
        };
        let mut list = sorted(vec![
            pinned,
            conversation(4, 4, ""),
            conversation(3, 3, ""),
            conversation(2, 2, ""),
        ]);
        let before = list.clone();
        let gone = remove(&mut list, before[1].id).expect("it was there");
        upsert(&mut list, gone);
        assert_eq!(list, before);
        let ids: Vec<_> = list.iter().map(|known| known.id.0.as_u128()).collect();
        assert_eq!(ids, [4, 3, 2, 1]);
    }

    #[test]
    fn a_first_page_tells_what_has_gone() {
        let all = || (1..=6).map(|n| conversation(n, n as i64, "")).collect::<Vec<_>>();
        let shown = |page: &[u128], complete| {
            let mut list = all();
            list.sort_by_key(|known| std::cmp::Reverse(known.last_message_at));
            list[0].pinned = true;
            list[5].status = ConversationStatus::Archived;
            let page = page.iter().map(|n| Conversation {
                pinned: *n == 6,
                ..conversation(*n, *n as i64, "")
            });
            refresh(&mut list, page.collect(), complete);
            list.iter()
                .map(|known| known.last_message_at.unix_timestamp())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            shown(&[6, 5, 3], false),
            [6, 5, 3, 2, 1],
            "4 has gone, 2 is further down"
        );
        assert_eq!(
            shown(&[6, 5, 3], true),
            [6, 5, 3, 1],
            "only the archived one is not on the page"
        );
        assert_eq!(shown(&[5, 4], false), [5, 4, 3, 2, 1], "the pinned one has gone");
        assert_eq!(shown(&[], true), [1]);
    }
}
