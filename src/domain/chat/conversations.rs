//! The artist's conversations: made, listed, changed, deleted and brought back; their messages, page by page.

use super::{Chat, ChatError, PAGE, Result, branches::stop_live};
use crate::{
    engine::hub::ListChange,
    store::{
        Tx,
        conversations::{ConversationChange, ListCursor},
    },
    types::{chat::*, coach::CoachId, ids::*, page::Thread},
};

const MAX_TITLE_CHARS: usize = 200;

impl Chat {
    pub async fn create_conversation(
        &self,
        user: UserId,
        platform: Platform,
        title: Option<&str>,
        coach: Option<&CoachId>,
    ) -> Result<Conversation> {
        let title = title.map_or_else(|| Ok(String::new()), checked_title)?;
        let coach = match coach {
            Some(coach) => self.known_coach(coach)?,
            None => self
                .squad
                .iter()
                .next()
                .map_or_else(|| CoachId::new("marty"), |coach| coach.id.clone()),
        };
        let mut tx = self.store.as_user(user).await?;
        let id = tx.create_conversation(&title, &coach, platform).await?;
        let conversation = tx.conversation(id).await?.ok_or(ChatError::NotFound)?;
        tx.commit().await?;
        self.tell(user, id, None);
        Ok(conversation)
    }

    pub async fn conversation(&self, user: UserId, id: ConversationId) -> Result<Conversation> {
        let mut tx = self.store.as_user(user).await?;
        tx.conversation(id).await?.ok_or(ChatError::NotFound)
    }

    pub async fn conversations(
        &self,
        user: UserId,
        after: Option<ListCursor>,
        archived: bool,
        limit: i64,
    ) -> Result<ConversationPage> {
        let mut tx = self.store.as_user(user).await?;
        let mut conversations = tx.conversations(after, archived, limit + 1).await?;
        let more = conversations.len() as i64 > limit;
        conversations.truncate(usize::try_from(limit).unwrap_or_default());
        let next_cursor = conversations.last().filter(|_| more).map(|last| {
            ListCursor {
                pinned: last.pinned,
                last_message_at: last.last_message_at,
                id: last.id,
            }
            .encode()
        });
        Ok(ConversationPage {
            conversations,
            next_cursor,
            hits: None,
        })
    }

    pub async fn change_conversation(
        &self,
        user: UserId,
        id: ConversationId,
        change: ConversationChange,
    ) -> Result<Conversation> {
        let change = ConversationChange {
            title: change.title.as_deref().map(checked_title).transpose()?,
            current_coach: change
                .current_coach
                .as_ref()
                .map(|coach| self.known_coach(coach))
                .transpose()?,
            settings: change
                .settings
                .map(|settings| self.checked_settings(settings))
                .transpose()?,
            ..change
        };
        let mut tx = self.store.as_user(user).await?;
        tx.conversation(id).await?.ok_or(ChatError::NotFound)?;
        let change = match change.active_leaf {
            Some(through) => {
                // an unknown one is refused below
                let leaf = tx.newest_leaf(id, through).await?.unwrap_or(through);
                // who spoke last there goes on
                let spoke = tx.message(leaf).await?.and_then(|message| message.coach);
                ConversationChange {
                    active_leaf: Some(leaf),
                    current_coach: change.current_coach.or(spoke),
                    coach_picked: change.coach_picked.or(Some(false)),
                    ..change
                }
            }
            None => change,
        };
        if !tx.change_conversation(id, &change).await? {
            return Err(ChatError::Invalid(
                "active_leaf_id: is not a message of this conversation".into(),
            ));
        }
        let conversation = tx.conversation(id).await?.ok_or(ChatError::NotFound)?;
        tx.commit().await?;
        self.tell(user, id, None);
        Ok(conversation)
    }

    /// Deletes a conversation; its answers are stopped.
    pub async fn delete_conversation(&self, user: UserId, id: ConversationId) -> Result<()> {
        let mut tx = self.store.as_user(user).await?;
        let mut stopped = stop_live(&mut tx, id).await?;
        tx.lock_conversation(id, None, 0).await?.ok_or(ChatError::NotFound)?;
        // one that was started in between
        stopped.extend(stop_live(&mut tx, id).await?);
        tx.delete_conversation(id).await?;
        tx.commit().await?;
        self.tell_stopped(&stopped);
        self.hub.publish_list(
            user,
            ListChange {
                conversation: id,
                generation: None,
                deleted: true,
            },
        );
        Ok(())
    }

    pub async fn restore_conversation(&self, user: UserId, id: ConversationId) -> Result<Conversation> {
        let mut tx = self.store.as_user(user).await?;
        if !tx.restore_conversation(id).await? {
            return Err(ChatError::NotFound);
        }
        let conversation = tx.conversation(id).await?.ok_or(ChatError::NotFound)?;
        tx.commit().await?;
        self.tell(user, id, None);
        Ok(conversation)
    }

    /// A page of the shown branch: its end, or what stands above message `before`.
    pub async fn messages(
        &self,
        user: UserId,
        id: ConversationId,
        before: Option<MessageId>,
        limit: i64,
    ) -> Result<MessagePage> {
        let mut tx = self.store.as_user(user).await?;
        let active = tx.active_leaf(id).await?.ok_or(ChatError::NotFound)?;
        page(&mut tx, id, active, before, limit).await
    }

    pub async fn message(&self, user: UserId, id: MessageId) -> Result<Message> {
        let mut tx = self.store.as_user(user).await?;
        let message = tx.message(id).await?.ok_or(ChatError::NotFound)?;
        with_text_so_far(&mut tx, message).await
    }

    /// A conversation with its last page, marked as read.
    pub async fn thread(&self, user: UserId, id: ConversationId) -> Result<Option<Thread>> {
        let mut tx = self.store.as_user(user).await?;
        let news = tx.mark_read(id).await?;
        let Some(conversation) = tx.conversation(id).await? else {
            return Ok(None);
        };
        let active = tx.active_leaf(id).await?.flatten();
        let page = page(&mut tx, id, active, None, PAGE).await?;
        tx.commit().await?;
        if news {
            self.tell(user, id, None);
        }
        Ok(Some(Thread { conversation, page }))
    }

    /// The artist has seen what this conversation has; her other tabs hear of it.
    pub async fn mark_read(&self, user: UserId, id: ConversationId) -> Result<Conversation> {
        let mut tx = self.store.as_user(user).await?;
        let news = tx.mark_read(id).await?;
        let conversation = tx.conversation(id).await?.ok_or(ChatError::NotFound)?;
        tx.commit().await?;
        if news {
            self.tell(user, id, None);
        }
        Ok(conversation)
    }
}

async fn page(
    tx: &mut Tx,
    id: ConversationId,
    active: Option<MessageId>,
    before: Option<MessageId>,
    limit: i64,
) -> Result<MessagePage> {
    let end = match before {
        None => active,
        Some(before) => match tx.message_place(before).await? {
            Some((place, parent)) if place == id => parent,
            _ => {
                return Err(ChatError::Invalid(
                    "before: is not a message of this conversation".into(),
                ));
            }
        },
    };
    let Some(end) = end else {
        return Ok(MessagePage {
            messages: Vec::new(),
            next_before: None,
        });
    };
    let mut messages = Vec::new();
    for message in tx.branch(id, end, i32::try_from(limit).unwrap_or(i32::MAX)).await? {
        messages.push(with_text_so_far(tx, message).await?);
    }
    let next_before = messages
        .first()
        .filter(|first| first.parent_id.is_some())
        .map(|first| first.id.to_string());
    Ok(MessagePage { messages, next_before })
}

/// A running answer's text is in its log until it ends.
pub(super) async fn with_text_so_far(tx: &mut Tx, mut message: Message) -> Result<Message> {
    if let (MessageStatus::Streaming, Some(generation)) = (message.status, message.generation_id) {
        let transcript = tx.transcript(generation).await?;
        message.content = transcript.text;
        message.resumed = transcript.resumed;
    }
    Ok(message)
}

fn checked_title(title: &str) -> Result<String> {
    let title = title.trim();
    if title.contains('\0') {
        return Err(ChatError::Invalid(
            "title: contains the character U+0000, which cannot be stored".into(),
        ));
    }
    if title.is_empty() || title.chars().count() > MAX_TITLE_CHARS {
        return Err(ChatError::Invalid(format!(
            "title: must have 1 to {MAX_TITLE_CHARS} characters"
        )));
    }
    Ok(title.to_string())
}

impl ListCursor {
    /// Opaque text for the next page.
    pub fn encode(&self) -> String {
        let (pinned, nanos) = (u8::from(self.pinned), self.last_message_at.unix_timestamp_nanos());
        format!("{pinned}.{nanos}.{}", self.id)
    }

    pub fn parse(text: &str) -> Option<Self> {
        let (pinned, rest) = text.split_once('.')?;
        let (nanos, id) = rest.split_once('.')?;
        let pinned = match pinned {
            "0" => false,
            "1" => true,
            _ => return None,
        };
        let last_message_at = time::OffsetDateTime::from_unix_timestamp_nanos(nanos.parse().ok()?).ok()?;
        // PostgreSQL knows no moment before 4713 BC
        (last_message_at.year() >= 0).then_some(Self {
            pinned,
            last_message_at,
            id: id.parse().ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_the_wire_and_rubbish_is_refused() {
        let cursor = ListCursor {
            pinned: true,
            last_message_at: time::OffsetDateTime::from_unix_timestamp_nanos(1_700_000_000_123_456_000).unwrap(),
            id: ConversationId(uuid::Uuid::from_u128(7)),
        };
        let back = ListCursor::parse(&cursor.encode()).unwrap();
        assert_eq!(
            (back.pinned, back.last_message_at, back.id),
            (true, cursor.last_message_at, cursor.id)
        );
        for rubbish in ["x", "1.2", "1.2.3", "2.5.00000000-0000-0000-0000-000000000007"] {
            assert!(ListCursor::parse(rubbish).is_none(), "{rubbish}");
        }
    }
}
