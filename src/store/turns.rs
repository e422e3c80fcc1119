//! Starting a turn: a question, the empty answer to it and the generation that fills it, all or nothing.
//!
//! No provider is asked before it is committed, so every round trip here is waited for: a conversation begins in one, and
//! goes on in five. What was read on the way is handed to the run ([`Background`]), which then reads nothing.

use super::{
    Result, Store, Tx,
    generations::{Claimed, LEASE_SECONDS},
    messages::PastTurn,
    profiles::ArtistFacts,
};
use crate::types::{chat::*, coach::CoachId, ids::*};
use sqlx::{PgConnection, types::Json};
use std::time::Duration;
use time::OffsetDateTime;
use uuid::Uuid;

/// What starting a turn needs to know of its conversation; its row is locked until the transaction ends.
#[derive(Clone, Debug)]
pub struct LockedConversation {
    pub current_coach: CoachId,
    /// The artist picked her, and has not written to her since.
    pub coach_picked: bool,
    pub leaf: Option<MessageId>,
    pub title: String,
    pub settings: ChatSettings,
    /// An answer runs or waits: this turn will wait too.
    pub busy: bool,
    /// The same message has started a turn already.
    pub repeated: bool,
    /// The shown branch as prompts have it, oldest first: as far as it was asked for, and only where nothing runs.
    pub history: Vec<PastTurn>,
}

/// A generation found by its sender's id.
#[derive(Clone, Debug)]
pub struct KnownTurn {
    pub started: Started,
    pub request_hash: Option<Vec<u8>>,
}

/// The answer to a question: a message and the generation that writes it.
#[derive(Clone, Debug)]
pub struct NewAnswer {
    pub generation: GenerationId,
    pub message: MessageId,
    pub user_message: MessageId,
    pub conversation: ConversationId,
    pub coach: CoachId,
    pub picked_coach: Option<CoachId>,
    /// `None`: the run decides when its turn comes.
    pub routing: Option<Routing>,
    pub handoff: Option<Handoff>,
    pub provider: String,
    pub model: String,
    pub temperature: Option<f64>,
    pub max_tokens: i32,
    pub client_message_id: Option<ClientMessageId>,
    pub request_hash: Option<Vec<u8>>,
    /// Another answer to a question that has one already: it never comes from the answer cache.
    pub again: bool,
    /// Claimed by this process in the same transaction, because nothing of the conversation is before it; otherwise it
    /// waits for a claim.
    pub claim: bool,
}

/// What the artist wrote, below `parent`.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    pub parent: Option<MessageId>,
    pub text: &'a str,
}

/// A message that a caller brings along.
#[derive(Clone, Debug)]
pub struct PastMessage {
    pub id: MessageId,
    pub role: Role,
    pub content: String,
}

/// How a conversation begins.
#[derive(Clone, Copy, Debug)]
pub struct Beginning<'a> {
    pub platform: Platform,
    /// What its first message names is kept for the next ones.
    pub settings: &'a ChatSettings,
}

/// What a run reads before it asks its provider; whoever starts it may know it already.
#[derive(Clone, Debug)]
pub struct Background {
    /// As prompts have it, oldest first, the question at its end.
    pub history: Vec<PastTurn>,
    pub artist: ArtistFacts,
}

/// What one turn adds to a conversation.
#[derive(Clone, Copy, Debug)]
pub struct NewTurn<'a> {
    pub answer: &'a NewAnswer,
    /// `None`: the answer is another one to a question that is there.
    pub question: Option<Question<'a>>,
    /// The conversation begins with this turn.
    pub begins: Option<Beginning<'a>>,
    /// Of the conversation, from now on.
    pub title: Option<&'a str>,
    /// The answer becomes the end of the shown branch.
    pub show: bool,
}

impl<'a> NewTurn<'a> {
    /// Another answer to a question that is there.
    pub const fn another(answer: &'a NewAnswer, show: bool) -> Self {
        Self {
            answer,
            question: None,
            begins: None,
            title: None,
            show,
        }
    }
}

impl NewAnswer {
    /// The claim of an answer that was inserted with one.
    pub fn claimed(&self, user: UserId, started_at: OffsetDateTime) -> Claimed {
        Claimed {
            id: self.generation,
            user,
            conversation: self.conversation,
            user_message: self.user_message,
            message: self.message,
            fence: 1,
            coach: self.coach.clone(),
            provider: self.provider.clone(),
            model: self.model.clone(),
            temperature: self.temperature,
            max_tokens: self.max_tokens,
            picked_coach: self.picked_coach.clone(),
            routed: self.routing.is_some(),
            again: self.again,
            crisis: self.routing.as_ref().is_some_and(|routing| routing.crisis),
            handoff: self.handoff.clone(),
            next_seq: 1,
            attempt: 1,
            recoveries: 0,
            takeovers: 0,
            usage: None,
            started_at,
            age: Duration::ZERO,
            first_token_at: None,
        }
    }
}

impl Tx {
    pub async fn turn_by_client_id(&mut self, id: ClientMessageId) -> Result<Option<KnownTurn>> {
        let user = self.user().0;
        let row = sqlx::query!(
            "select id, conversation_id, user_message_id, message_id, coach, state, request_hash
             from generations where user_id = $1 and client_message_id = $2",
            user,
            id.0
        )
        .fetch_optional(self.connection())
        .await?;
        Ok(row.map(|row| KnownTurn {
            started: Started {
                generation_id: GenerationId(row.id),
                conversation_id: ConversationId(row.conversation_id),
                user_message_id: MessageId(row.user_message_id),
                message_id: MessageId(row.message_id),
                coach: CoachId::new(&row.coach),
                status: GenerationStatus::parse(&row.state).unwrap_or(GenerationStatus::Queued),
            },
            request_hash: row.request_hash,
        }))
    }

    /// Locks the conversation, so that turns start in one order. What runs, whether `client` was there before and up to
    /// `past` messages of the shown branch are looked at once the lock is held: the statement that waited for it sees
    /// only what was there before.
    pub async fn lock_conversation(
        &mut self,
        id: ConversationId,
        client: Option<ClientMessageId>,
        past: i32,
    ) -> Result<Option<LockedConversation>> {
        let user = self.user().0;
        sqlx::query!(
            "select from conversations where id = $1 and user_id = $2 for no key update",
            id.0,
            user
        )
        .execute(self.connection())
        .await?;
        let rows = sqlx::query!(
            r#"with recursive talk as (
                 select *, exists (select from generations g
                   where g.conversation_id = $1 and g.user_id = $2 and g.state in ('queued', 'running')) as busy
                 from conversations where id = $1 and user_id = $2 and status <> 'deleted'
               ), branch as (
                 select m.id, m.parent_id, m.role, m.content, m.coach, 1 as depth from talk t
                 join messages m on m.id = t.active_leaf_id and m.conversation_id = $1 and m.user_id = $2 where not t.busy and $4 > 0
                 union all
                 select m.id, m.parent_id, m.role, m.content, m.coach, b.depth + 1 from branch b
                 join messages m on m.id = b.parent_id and m.user_id = $2
                 where b.depth < $4 and b.id is distinct from (select context_start_id from talk)
               )
               select t.current_coach as "current_coach!", t.coach_picked as "coach_picked!", t.active_leaf_id, t.title as "title!", t.provider, t.model, t.temperature,
                 t.busy as "busy!", b.id as "past?", b.role as "role?", b.content as "content?", b.coach,
                 exists (select from generations g where g.user_id = $2 and g.client_message_id = $3) as "repeated!"
               from talk t left join branch b on b.content <> '' order by b.depth desc"#,
            id.0,
            user,
            client.map(|id| id.0),
            past
        )
        .fetch_all(self.connection())
        .await?;
        let mut locked = None;
        for row in rows {
            let locked = locked.get_or_insert_with(|| LockedConversation {
                current_coach: CoachId::new(&row.current_coach),
                coach_picked: row.coach_picked,
                leaf: row.active_leaf_id.map(MessageId),
                title: row.title,
                settings: ChatSettings {
                    provider: row.provider,
                    model: row.model,
                    temperature: row.temperature,
                },
                busy: row.busy,
                repeated: row.repeated,
                history: Vec::new(),
            });
            if let (Some(id), Some(role), Some(content)) = (row.past, row.role, row.content) {
                locked.history.push(PastTurn {
                    id: MessageId(id),
                    role: Role::parse(&role).unwrap_or(Role::User),
                    content,
                    coach: row.coach,
                });
            }
        }
        Ok(locked)
    }

    /// Stores the turn; tells when, and what is known of the artist.
    pub async fn insert_turn(&mut self, turn: &NewTurn<'_>) -> Result<(OffsetDateTime, ArtistFacts)> {
        let user = self.user();
        insert_turn(self.connection(), user, turn).await
    }

    /// A conversation with what was said in it before, oldest first; its last message is the end of the shown branch.
    pub async fn begin_with_past(
        &mut self,
        id: ConversationId,
        coach: &CoachId,
        platform: Platform,
        past: &[PastMessage],
    ) -> Result<()> {
        let user = self.user().0;
        let ids: Vec<_> = past.iter().map(|message| message.id.0).collect();
        let roles: Vec<_> = past.iter().map(|message| message.role.as_str()).collect();
        let contents: Vec<_> = past.iter().map(|message| message.content.as_str()).collect();
        sqlx::query!(
            "with talk as (
               insert into conversations (id, user_id, current_coach, platform, active_leaf_id) values ($1, $2, $3, $4, $5)
             )
             insert into messages (id, user_id, conversation_id, parent_id, role, content, status)
             select id, $2, $1, lag(id) over (order by place), role, content, 'complete'
             from unnest($6::uuid[], $7::text[], $8::text[]) with ordinality as past (id, role, content, place)",
            id.0,
            user,
            coach.as_str(),
            platform.as_str(),
            ids.last().copied(),
            &ids,
            &roles as &[&str],
            &contents as &[&str]
        )
        .execute(self.connection())
        .await
        .map(drop)
    }

    /// Hangs everything below `from` under `to`: the new try takes the place of a failed one that left no text.
    pub async fn adopt_children(&mut self, conversation: ConversationId, from: MessageId, to: MessageId) -> Result<()> {
        let user = self.user().0;
        sqlx::query!(
            "update messages set parent_id = $1
             where parent_id = $2 and conversation_id = $3 and user_id = $4 and id <> $1",
            to.0,
            from.0,
            conversation.0,
            user
        )
        .execute(self.connection())
        .await
        .map(drop)
    }
}

impl Store {
    /// Stores a turn that begins a conversation, in one round trip: nothing is there to be locked or looked at, and a
    /// statement is a transaction of its own.
    pub async fn begin_conversation(&self, user: UserId, turn: &NewTurn<'_>) -> Result<(OffsetDateTime, ArtistFacts)> {
        insert_turn(&mut *self.pool().acquire().await?, user, turn).await
    }
}

/// The empty answer and its generation, shown as the end of the conversation; before it, where the turn is new, the
/// question, and where it is the first, the conversation.
///
/// The statement names its artist to row level security itself: every row takes its owner from `scope`, so the claim
/// is there before a policy looks at the row; were it not, the policy would refuse the row.
async fn insert_turn(
    connection: &mut PgConnection,
    user: UserId,
    turn: &NewTurn<'_>,
) -> Result<(OffsetDateTime, ArtistFacts)> {
    let answer = turn.answer;
    let settings = turn.begins.map(|begins| begins.settings);
    let row = sqlx::query!(
        r#"with scope as materialized (
           select set_config('app.user_id', ($2::uuid)::text, true)::uuid as artist
         ), talk as (
           insert into conversations (id, user_id, title, current_coach, platform, active_leaf_id, provider, model, temperature)
           select $3, artist, coalesce($18, ''), $5, $19, $1, $24, $25, $26 from scope where $19::text is not null
         ), question as (
           insert into messages (id, user_id, conversation_id, parent_id, role, content, status)
           select $4, artist, $3, $20, 'user', $21, 'complete' from scope where $21::text is not null
         ), answer as (
           insert into messages (id, user_id, conversation_id, parent_id, role, coach, provider, model, status, routing, handoff)
           select $1, artist, $3, $4, 'assistant', $5, $6, $7, case when $22 then 'streaming' else 'queued' end, $8, $9 from scope
         ), run as (
           insert into generations (id, user_id, conversation_id, user_message_id, message_id, client_message_id, request_hash,
             coach, provider, model, temperature, max_tokens, picked_coach, routed, again, state, fence, lease_until, started_at, runner)
           select $10, artist, $3, $4, $1, $11, $12, $5, $6, $7, $13, $14, $15, $16, $27, case when $22 then 'running' else 'queued' end,
             case when $22 then 1 else 0 end, case when $22 then now() + make_interval(secs => $23) end, case when $22 then now() end,
             case when $22 then current_setting('application_name') end
           from scope
         ), shown as (
           update conversations set active_leaf_id = case when $17 then $1 else active_leaf_id end, last_message_at = now(),
             title = coalesce($18, title), current_coach = case when $16 then $5 else current_coach end,
             coach_picked = coach_picked and $21::text is null, read_at = now()
           where id = $3 and user_id = $2 and $19::text is null
         )
         -- behind the fence of an offset, because nothing else says that `scope` comes first
         select now() as "now!", p.artist_name, p.music_style, p.spotify_url, p.release_date, p.stage,
           p.identity_defined as "identity_defined?", p.fan_base_started as "fan_base_started?"
         from scope left join lateral (select * from profiles where user_id = scope.artist offset 0) p on true"#,
        answer.message.0,
        user.0,
        answer.conversation.0,
        answer.user_message.0,
        answer.coach.as_str(),
        answer.provider,
        answer.model,
        answer.routing.as_ref().map(Json) as _,
        answer.handoff.as_ref().map(Json) as _,
        answer.generation.0,
        answer.client_message_id.map(|id| id.0),
        answer.request_hash.as_deref(),
        answer.temperature,
        answer.max_tokens,
        answer.picked_coach.as_ref().map(CoachId::as_str),
        answer.routing.is_some(),
        turn.show,
        turn.title,
        turn.begins.map(|begins| begins.platform.as_str()),
        turn.question.and_then(|question| question.parent).map(|parent| parent.0),
        turn.question.map(|question| question.text),
        answer.claim,
        f64::from(LEASE_SECONDS),
        settings.and_then(|settings| settings.provider.as_deref()),
        settings.and_then(|settings| settings.model.as_deref()),
        settings.and_then(|settings| settings.temperature),
        answer.again
    )
    .fetch_one(connection)
    .await?;
    let artist = ArtistFacts {
        artist_name: row.artist_name,
        music_style: row.music_style,
        spotify_url: row.spotify_url,
        release_date: row.release_date,
        stage: row.stage,
        identity_defined: row.identity_defined.unwrap_or_default(),
        fan_base_started: row.fan_base_started.unwrap_or_default(),
    };
    Ok((row.now, artist))
}

/// Fresh, time-ordered ids.
pub fn new_message_id() -> MessageId {
    MessageId(Uuid::now_v7())
}
pub fn new_conversation_id() -> ConversationId {
    ConversationId(Uuid::now_v7())
}
pub fn new_generation_id() -> GenerationId {
    GenerationId(Uuid::now_v7())
}
