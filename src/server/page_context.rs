//! What server functions and pages see of the request: the program, and who asks.

use super::{
    App,
    rest::coaches::accepted_language,
    session::{self, Session},
};
use crate::{
    domain::{
        chat::{ChatError, PAGE},
        ports::{Clock, SystemClock},
        profile,
    },
    store::conversations::{ConversationChange, ListCursor},
    types::{
        chat::*,
        coach::CoachId,
        error::*,
        ids::*,
        lang::{self, Lang},
        models::ProviderCard,
        page::*,
        profile::Profile,
        time_zone::{TIME_ZONE, TimeZone},
    },
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

/// The artist's, as her browser told; UTC before.
pub(super) fn time_zone(headers: &HeaderMap) -> TimeZone {
    session::cookie(headers, TIME_ZONE)
        .and_then(TimeZone::from_text)
        .unwrap_or_default()
}

/// By the first language that the browser names.
pub(super) fn twelve_hours(headers: &HeaderMap) -> bool {
    let accepted = headers
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok());
    let first = accepted.and_then(|tags| tags.split([',', ';']).next());
    lang::twelve_hours(first.unwrap_or_default())
}

/// Who asks, for a server function.
pub struct Caller {
    app: App,
    session: Session,
    lang: Lang,
    time_zone: TimeZone,
    twelve_hours: bool,
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
        time_zone: time_zone(&parts.headers),
        twelve_hours: twelve_hours(&parts.headers),
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
                hits: None,
            },
        );
        if let Some(user) = self.session.user {
            conversations = self.conversations(None).await?;
            if conversations.conversations.is_empty() {
                // who has put all of them away still needs the way there
                let archived = self.app.chat.conversations(user, None, true, 1).await?;
                conversations.conversations = archived.conversations;
            }
            let known = profile::load(&self.app.chat.store, user).await?;
            artist_name = Some(known.artist_name).filter(|name| !name.is_empty());
        }
        Ok(Shell {
            coaches: self.app.chat.squad.cards(self.lang),
            demo: self.app.chat.models.is_demo(),
            artist_name,
            conversations,
            now: SystemClock.now(),
            time_zone: self.time_zone,
            twelve_hours: self.twelve_hours,
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
        Ok(self.app.chat.send(user, Platform::Web, request).await?.started)
    }

    pub async fn stop(&self, id: GenerationId) -> Answer<Message> {
        let user = self.user()?;
        let row = self.app.chat.cancel(user, id).await?;
        Ok(self.app.chat.message(user, row.state.message_id).await?)
    }

    pub async fn take_back(&self, id: GenerationId) -> Answer<Option<Message>> {
        let user = self.user()?;
        match self.app.chat.take_back(user, id).await? {
            Some(row) => Ok(Some(self.app.chat.message(user, row.state.message_id).await?)),
            None => Ok(None),
        }
    }

    pub async fn retry(&self, id: GenerationId, by: ClientMessageId) -> Answer<Started> {
        Ok(self.app.chat.retry(self.user()?, id, Some(by)).await?.started)
    }

    pub async fn undo_handoff(&self, id: MessageId) -> Answer<Started> {
        Ok(self.app.chat.undo_handoff(self.user()?, id).await?.started)
    }

    pub async fn pick_coach(&self, id: ConversationId, coach: CoachId) -> Answer<Conversation> {
        self.change(id, ConversationChange::pick(coach)).await
    }

    pub async fn change(&self, id: ConversationId, change: ConversationChange) -> Answer<Conversation> {
        Ok(self.app.chat.change_conversation(self.user()?, id, change).await?)
    }

    pub async fn conversations(&self, cursor: Option<&str>) -> Answer<ConversationPage> {
        self.find("", false, cursor).await
    }

    pub async fn find(&self, words: &str, archived: bool, cursor: Option<&str>) -> Answer<ConversationPage> {
        let after = match cursor {
            None => None,
            Some(text) => Some(
                ListCursor::parse(text)
                    .ok_or_else(|| Problem::new(ErrorCode::Invalid, "cursor: is not one this list gave"))?,
            ),
        };
        let (user, words) = (self.user()?, words.trim());
        Ok(if words.is_empty() {
            self.app.chat.conversations(user, after, archived, PAGE).await?
        } else {
            self.app.chat.search(user, words, after, archived, PAGE).await?
        })
    }

    pub async fn regenerate(&self, id: MessageId, wish: RegenerateRequest) -> Answer<Started> {
        Ok(self.app.chat.regenerate(self.user()?, id, &wish).await?.started)
    }

    pub async fn show_branch(&self, id: ConversationId, through: MessageId) -> Answer<Thread> {
        Ok(self.app.chat.show_branch(self.user()?, id, through).await?)
    }

    pub async fn give_feedback(&self, id: MessageId, value: Option<Feedback>, comment: Option<&str>) -> Answer<()> {
        let given = self.app.chat.give_feedback(self.user()?, id, value, comment).await;
        given.map(drop).map_err(Into::into)
    }

    pub async fn mark_read(&self, id: ConversationId) -> Answer<()> {
        let read = self.app.chat.mark_read(self.user()?, id).await;
        read.map(drop).map_err(Into::into)
    }

    pub async fn models(&self) -> Answer<Vec<ProviderCard>> {
        Ok(self.app.chat.models.cards().await)
    }

    pub async fn profile(&self) -> Answer<Profile> {
        match self.session.user {
            Some(user) => Ok(profile::load(&self.app.chat.store, user).await?),
            None => Ok(Profile::default()),
        }
    }

    pub async fn save_profile(&self, sheet: &Profile) -> Answer<Profile> {
        let user = self.user_or_new().await?;
        Ok(profile::save(&self.app.chat.store, user, sheet).await?)
    }

    /// The session goes with everything else, and the answer takes the cookie back.
    pub async fn erase_everything(&self) -> Answer<()> {
        self.app.chat.erase_everything(self.user()?).await?;
        expect_context::<ResponseOptions>().append_header(header::SET_COOKIE, session::no_cookie(&self.app));
        Ok(())
    }

    pub async fn delete(&self, id: ConversationId) -> Answer<()> {
        Ok(self.app.chat.delete_conversation(self.user()?, id).await?)
    }

    pub async fn restore(&self, id: ConversationId) -> Answer<Conversation> {
        Ok(self.app.chat.restore_conversation(self.user()?, id).await?)
    }
}
