//! The queue: whose turn has come, claiming it (whatever may run now, or one generation by its id), and its figures.

use super::{Claimed, LEASE_SECONDS};
use crate::{
    store::{Result, System},
    types::{chat::*, coach::CoachId, ids::*},
};
use sqlx::types::Json;
use std::time::Duration;
use time::OffsetDateTime;
use uuid::Uuid;

/// Answers that have not ended.
#[derive(Clone, Copy, Debug)]
pub struct Live {
    pub queued: i64,
    pub running: i64,
    /// How long the oldest has waited whose turn has come.
    pub queue_age: Duration,
}

/// A row as the queries below select it.
struct Row {
    id: Uuid,
    user_id: Uuid,
    conversation_id: Uuid,
    user_message_id: Uuid,
    message_id: Uuid,
    fence: i64,
    coach: String,
    provider: String,
    model: String,
    temperature: Option<f64>,
    max_tokens: i32,
    picked_coach: Option<String>,
    routed: bool,
    again: bool,
    next_seq: i64,
    attempt: i32,
    recoveries: i32,
    takeovers: i32,
    usage: Option<Json<Usage>>,
    started_at: OffsetDateTime,
    age_ms: i64,
    first_token_at: Option<OffsetDateTime>,
    crisis: bool,
    handoff: Option<Json<Handoff>>,
}

impl From<Row> for Claimed {
    fn from(row: Row) -> Self {
        Self {
            id: GenerationId(row.id),
            user: UserId(row.user_id),
            conversation: ConversationId(row.conversation_id),
            user_message: MessageId(row.user_message_id),
            message: MessageId(row.message_id),
            fence: row.fence,
            coach: CoachId::new(&row.coach),
            provider: row.provider,
            model: row.model,
            temperature: row.temperature,
            max_tokens: row.max_tokens,
            picked_coach: row.picked_coach.as_deref().map(CoachId::new),
            routed: row.routed,
            again: row.again,
            crisis: row.crisis,
            handoff: row.handoff.map(|json| json.0),
            next_seq: row.next_seq,
            attempt: row.attempt,
            recoveries: row.recoveries,
            takeovers: row.takeovers,
            usage: row.usage.map(|json| json.0),
            started_at: row.started_at,
            age: Duration::from_millis(row.age_ms.max(0).unsigned_abs()),
            first_token_at: row.first_token_at,
        }
    }
}

/// One of sqlx's macros, with the condition that the turn of `g` has come between two parts of its SQL: it waits, and
/// nothing before it in its conversation waits or runs.
macro_rules! in_turn {
    ($query:ident($($row:ident)?), [$($before:tt)+], [$($after:tt)+] $(, $argument:expr)*) => {
        sqlx::$query!(
            $($row,)?
            $($before)+ + "(g.state = 'queued' and not exists (
                 select from generations o where o.conversation_id = g.conversation_id and o.state in ('queued', 'running')
                   and (o.place < g.place or o.state = 'running')))" + $($after)+
            $(, $argument)*
        )
    };
}

/// Claims what is selected (id, state and runner of generations, locked), in two parts as above; the third argument is
/// the lease in seconds.
macro_rules! claim {
    ($before:tt, $after:tt, $($argument:expr),+) => {
        in_turn!(
            query_as(Row),
            ["with candidate as (" + $before],
            [$after + r#"
               ), claimed as (
                 update generations g set state = 'running', fence = g.fence + 1, lease_until = now() + make_interval(secs => $3),
                   started_at = coalesce(g.started_at, now()), runner = current_setting('application_name'),
                   takeovers = g.takeovers + case when c.state = 'running' then 1 else 0 end
                 from candidate c where g.id = c.id returning g.*
               ), told as (
                 insert into generation_steps (generation_id, user_id, kind, attempt, runner)
                 select g.id, g.user_id, 'taken_over', g.attempt, c.runner from claimed g join candidate c on c.id = g.id
                 where c.state = 'running'
               ), shown as (
                 update messages m set status = 'streaming' from claimed g where m.id = g.message_id and m.status = 'queued'
               )
               select id as "id!", user_id as "user_id!", conversation_id as "conversation_id!", user_message_id as "user_message_id!",
                 message_id as "message_id!", fence as "fence!", coach as "coach!", provider as "provider!", model as "model!", temperature,
                 max_tokens as "max_tokens!", picked_coach, routed as "routed!", again as "again!", next_seq as "next_seq!", attempt as "attempt!",
                 recoveries as "recoveries!", takeovers as "takeovers!", usage as "usage: Json<Usage>", started_at as "started_at!",
                 (extract(epoch from now() - started_at) * 1000)::bigint as "age_ms!", first_token_at,
                 coalesce((select (m.routing->>'crisis')::bool from messages m where m.id = claimed.message_id), false) as "crisis!",
                 (select m.handoff from messages m where m.id = claimed.message_id) as "handoff: Json<Handoff>"
               from claimed"#],
            $($argument),+
        )
    };
}

impl System {
    /// Claims up to `limit` generations: queued ones whose turn it is, and running ones whose lease ran out.
    pub async fn claim(&mut self, limit: i64, expired: bool) -> Result<Vec<Claimed>> {
        let rows = claim!(
            "
                 select g.id, g.state, g.runner from generations g where ",
            " or ($2 and g.state = 'running' and g.lease_until < now())
                 order by g.place limit $1 for no key update skip locked",
            limit,
            expired,
            f64::from(LEASE_SECONDS)
        )
        .fetch_all(self.connection())
        .await?;
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// Claims this one, when its turn has come; a running one when its lease ran out, or when its fence is still
    /// `fence`, which says that whoever holds it is known to be gone.
    pub async fn claim_one(&mut self, id: GenerationId, fence: Option<i64>) -> Result<Option<Claimed>> {
        let row = claim!(
            "
                 select g.id, g.state, g.runner from generations g where g.id = $1 and (",
            " or (g.state = 'running' and (g.lease_until < now() or g.fence = $2)))
                 for no key update",
            id.0,
            fence,
            f64::from(LEASE_SECONDS)
        )
        .fetch_optional(self.connection())
        .await?;
        Ok(row.map(Into::into))
    }

    /// Up to `limit` generations, without those named, that nobody runs and that may run now.
    pub async fn waiting(&mut self, limit: i64, without: &[GenerationId]) -> Result<Vec<GenerationId>> {
        let without: Vec<_> = without.iter().map(|id| id.0).collect();
        let ids = in_turn!(
            query_scalar(),
            ["select g.id from generations g where ("],
            [" or (g.state = 'running' and g.lease_until < now())) and g.id <> all($2) order by g.place limit $1"],
            limit,
            &without
        )
        .fetch_all(self.connection())
        .await?;
        Ok(ids.into_iter().map(GenerationId).collect())
    }

    /// What has not ended. Partial indexes hold just these.
    pub async fn live(&mut self) -> Result<Live> {
        let row = in_turn!(
            query(),
            [
                r#"select (select count(*) from generations where state = 'queued') as "queued!",
                 (select count(*) from generations where state = 'running') as "running!",
                 coalesce((select extract(epoch from now() - min(g.created_at)) from generations g where "#
            ],
            [r#"), 0)::float8 as "age!""#]
        )
        .fetch_one(self.connection())
        .await?;
        Ok(Live {
            queued: row.queued,
            running: row.running,
            queue_age: Duration::from_secs_f64(row.age.max(0.0)),
        })
    }

    /// `None`: there is none any more.
    pub async fn state_of(&mut self, id: GenerationId) -> Result<Option<GenerationStatus>> {
        let state = sqlx::query_scalar!("select state from generations where id = $1", id.0)
            .fetch_optional(self.connection())
            .await?;
        Ok(state.as_deref().and_then(GenerationStatus::parse))
    }

    pub async fn owner_of(&mut self, id: GenerationId) -> Result<Option<(UserId, ConversationId)>> {
        let row = sqlx::query!("select user_id, conversation_id from generations where id = $1", id.0)
            .fetch_optional(self.connection())
            .await?;
        Ok(row.map(|row| (UserId(row.user_id), ConversationId(row.conversation_id))))
    }
}
