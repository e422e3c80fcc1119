//! Thumbs up and down, and what artists say with them.

use super::{Result, Tx};
use crate::types::{chat::Feedback, ids::MessageId};

impl Tx {
    /// One per answer: a new one replaces it, `None` takes it back.
    pub async fn give_feedback(
        &mut self,
        message: MessageId,
        value: Option<Feedback>,
        comment: Option<&str>,
    ) -> Result<()> {
        let user = self.user().0;
        let Some(value) = value else {
            return sqlx::query!(
                "delete from feedback where message_id = $1 and user_id = $2",
                message.0,
                user
            )
            .execute(self.connection())
            .await
            .map(drop);
        };
        sqlx::query!(
            "insert into feedback (message_id, user_id, value, comment) values ($1, $2, $3, $4)
             on conflict (message_id) do update set value = $3, comment = $4 where feedback.user_id = $2",
            message.0,
            user,
            value.as_str(),
            comment
        )
        .execute(self.connection())
        .await
        .map(drop)
    }
}
