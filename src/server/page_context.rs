//! What server functions and pages see of the request: the program, and who asks.

use super::{
    App,
    rest::coaches::accepted_language,
    session::{self, Session},
};
use crate::{
    domain::chat::{ChatError, PAGE},
    store::conversations::{ConversationChange, ListCursor},
    types::{chat::*, coach::CoachId, error::*, ids::*, lang::Lang, page::*},
};
use axum::http::{HeaderMap, header, request::Parts};
use leptos::prelude::{expect_context, use_context};
use leptos_axum::ResponseOptions;

/// Language and theme, by cookie; without one the browser's language and the dark theme.
pub fn preferences(headers: &HeaderMap) -> Preferences {
    let lang = session::cookie(headers, "lang")
        .and_then(Lang::from_tag)
        .unwrap_or_else(|| accepted_language(headers));
    let theme = match session::cookie(headers, "theme") {
        Some("light") => Theme::Light,
        _ => Theme::Dark,
    };
    Preferences { lang, theme }
}

/// Who asks, for a server function.
pub struct Caller {
    app: App,
    session: Session,
    lang: Lang,
}

/// The caller of the server function or page that runs now.
pub async fn caller() -> Result<Caller, Problem> {
    let missing = || Problem::new(ErrorCode::Internal, "called outside a request");
    let parts = use_context::<Parts>().ok_or_else(missing)?;
    let session = parts.extensions.get::<Session>().copied().ok_or_else(missing)?;
    Ok(Caller {
        app: use_context::<App>().ok_or_else(missing)?,
        session,
        lang: preferences(&parts.headers).lang,
    })
}

type Answer<T> = Result<T, Problem>;

impl Caller {
    /// A browser that is nobody yet owns nothing.
    fn user(&self) -> Answer<UserId> {
        self.session.user.ok_or_else(|| ChatError::NotFound.into())
    }

    /// The first send makes the artist, and the answer carries the cookie.
    async fn user_or_new(&self) -> Answer<UserId> {
        if let Some(user) = self.session.user {
            return Ok(user);
        }
        let (user, cookie) = session::new_artist(&self.app, self.session.address).await?;
        expect_context::<ResponseOptions>().append_header(header::SET_COOKIE, cookie);
        Ok(user)
    }

    pub async fn shell(&self) -> Answer<Shell> {
        let (mut artist_name, mut conversations) = (
            None,
            ConversationPage {
                conversations: Vec::new(),
                next_cursor: None,
            },
        );
        if let Some(user) = self.session.user {
            conversations = self.conversations(None).await?;
            let mut tx = self.app.chat.store.as_user(user).await.map_err(ChatError::from)?;
            artist_name = tx
                .artist_facts()
                .await
                .map_err(ChatError::from)?
                .and_then(|facts| facts.artist_name);
        }
        Ok(Shell {
            coaches: self.app.chat.squad.cards(self.lang),
            demo: self.app.chat.models.is_demo(),
            artist_name,
            conversations,
        })
    }

    pub async fn thread(&self, id: ConversationId) -> Answer<Option<Thread>> {
        match self.session.user {
            Some(user) => Ok(self.app.chat.thread(user, id).await?),
            None => Ok(None),
        }
    }

    pub async fn older_messages(&self, id: ConversationId, before: &str) -> Answer<MessagePage> {
        let before = before
            .parse()
            .map_err(|_| Problem::new(ErrorCode::Invalid, "before: is not one this list gave"))?;
        Ok(self.app.chat.messages(self.user()?, id, Some(before), PAGE).await?)
    }

    pub async fn message(&self, id: MessageId) -> Answer<Message> {
        Ok(self.app.chat.message(self.user()?, id).await?)
    }

    pub async fn send(&self, request: SendRequest) -> Answer<Started> {
        let user = self.user_or_new().await?;
        Ok(self.app.chat.send(user, Platform::Web, &request).await?.started)
    }

    pub async fn stop(&self, id: GenerationId) -> Answer<Message> {
        let user = self.user()?;
        let row = self.app.chat.cancel(user, id).await?;
        Ok(self.app.chat.message(user, row.state.message_id).await?)
    }

    pub async fn retry(&self, id: GenerationId) -> Answer<Started> {
        Ok(self.app.chat.retry(self.user()?, id).await?.started)
    }

    pub async fn undo_handoff(&self, id: MessageId) -> Answer<Started> {
        Ok(self.app.chat.undo_handoff(self.user()?, id).await?.started)
    }

    pub async fn pick_coach(&self, id: ConversationId, coach: CoachId) -> Answer<Conversation> {
        self.change(
            id,
            ConversationChange {
                current_coach: Some(coach),
                ..Default::default()
            },
        )
        .await
    }

    pub async fn rename(&self, id: ConversationId, title: &str) -> Answer<Conversation> {
        self.change(
            id,
            ConversationChange {
                title: Some(title.to_string()),
                ..Default::default()
            },
        )
        .await
    }

    async fn change(&self, id: ConversationId, change: ConversationChange) -> Answer<Conversation> {
        Ok(self.app.chat.change_conversation(self.user()?, id, change).await?)
    }

    pub async fn conversations(&self, cursor: Option<&str>) -> Answer<ConversationPage> {
        let after = match cursor {
            None => None,
            Some(text) => Some(
                ListCursor::parse(text)
                    .ok_or_else(|| Problem::new(ErrorCode::Invalid, "cursor: is not one this list gave"))?,
            ),
        };
        Ok(self.app.chat.conversations(self.user()?, after, false, PAGE).await?)
    }

    pub async fn delete(&self, id: ConversationId) -> Answer<()> {
        Ok(self.app.chat.delete_conversation(self.user()?, id).await?)
    }

    pub async fn restore(&self, id: ConversationId) -> Answer<Conversation> {
        Ok(self.app.chat.restore_conversation(self.user()?, id).await?)
    }
}
