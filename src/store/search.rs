//! Search in titles and messages, by the one function of the database that sees past row level security: it takes the
//! artist from the transaction's claim and filters by it itself (a policy would keep PostgreSQL from using the index).

use super::{Result, Tx};
use crate::types::{chat::*, ids::*};
use time::OffsetDateTime;

/// A found conversation; found words stand between U+0001 and U+0002.
#[derive(Clone, Debug)]
pub struct Found {
    pub conversation: ConversationId,
    pub message: Option<MessageId>,
    pub title: String,
    pub snippet: Option<String>,
}

impl Tx {
    /// Conversations with all of these words in the title or in one message, newest first, after `after`.
    pub async fn search(
        &mut self,
        words: &str,
        archived: bool,
        after: Option<(OffsetDateTime, ConversationId)>,
        limit: i32,
    ) -> Result<Vec<Found>> {
        let status = if archived {
            ConversationStatus::Archived
        } else {
            ConversationStatus::Active
        };
        let rows = sqlx::query!(
            r#"select conversation_id as "conversation!", message_id, title as "title!", snippet
               from search_conversations($1, $2, $3, $4, $5)"#,
            words,
            status.as_str(),
            after.map(|after| after.0),
            after.map(|after| after.1.0),
            limit
        )
        .fetch_all(self.connection())
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| Found {
                conversation: ConversationId(row.conversation),
                message: row.message_id.map(MessageId),
                title: row.title,
                snippet: row.snippet,
            })
            .collect())
    }
}
