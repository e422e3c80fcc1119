//! The append-only log of a generation: the writer's one statement, and reading from a number on.

use super::{Result, Tx, generations::LEASE_SECONDS};
use crate::types::{chat::Usage, event::Event, ids::*};
use sqlx::{PgConnection, types::Json};
use std::collections::HashMap;

/// One event on its way into the log.
#[derive(Clone, Copy, Debug)]
pub struct Append<'a> {
    pub generation: GenerationId,
    pub fence: i64,
    /// The number it will have. A row that is already past it took it before the answer was lost on the way.
    pub seq: i64,
    pub event: &'a Event,
    /// Tokens of all attempts so far, where the provider told something new.
    pub usage: Option<Usage>,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Appended {
    /// Stored under the number it was to have.
    Taken,
    /// This run is no longer the generation's: stop.
    Fenced,
    /// Somebody else holds the row at this moment: try again.
    Locked,
}

/// Stores at most one event per generation, all in one statement. The answers are in the order of `items`.
///
/// Rows are locked in id order and those that somebody holds are left for the next round, so that two writers never
/// wait for each other. PostgreSQL answers only about the events it did not take.
pub async fn append(connection: &mut PgConnection, items: &[Append<'_>]) -> Result<Vec<Appended>> {
    let ids: Vec<_> = items.iter().map(|item| item.generation.0).collect();
    let fences: Vec<_> = items.iter().map(|item| item.fence).collect();
    let numbers: Vec<_> = items.iter().map(|item| item.seq).collect();
    let kinds: Vec<_> = items.iter().map(|item| item.event.kind()).collect();
    let texts: Vec<_> = items
        .iter()
        .map(|item| match item.event {
            Event::Delta { text } => text.as_str(),
            _ => "",
        })
        .collect();
    let data: Vec<Option<serde_json::Value>> = items
        .iter()
        .map(|item| super::generations::event_data(item.event))
        .collect();
    let usage: Vec<Option<Json<Usage>>> = items.iter().map(|item| item.usage.map(Json)).collect();
    let refused = sqlx::query!(
        r#"with item as (
             select * from unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::jsonb[], $6::jsonb[], $8::bigint[])
               as t (id, fence, kind, text, data, usage, seq)
           ), held as (
             select g.id, g.fence, g.state, g.next_seq, g.user_id from generations g where g.id = any ($1)
             order by g.id for no key update skip locked
           ), mine as (
             select h.id, i.seq, h.user_id, i.kind, i.text, i.data, i.usage
             from held h join item i on i.id = h.id and i.fence = h.fence and i.seq = h.next_seq where h.state = 'running'
           ), stored as (
             insert into generation_chunks (generation_id, seq, user_id, kind, text, data)
             select id, seq, user_id, kind, text, data from mine
           ), moved as (
             update generations g set next_seq = mine.seq + 1, takeovers = 0, usage = coalesce(mine.usage, g.usage),
               first_token_at = case when g.first_token_at is null and mine.kind = 'delta' then clock_timestamp() else g.first_token_at end,
               lease_until = case when g.lease_until < now() + make_interval(secs => $7::float8 * 2 / 3)
                 then now() + make_interval(secs => $7::float8) else g.lease_until end
             from mine where g.id = mine.id
           )
           -- `next_seq` is as it was before this statement
           select i.id as "id!", h.id is null as "locked!" from item i left join held h on h.id = i.id
           where h.id is null or h.fence <> i.fence or h.state <> 'running' or h.next_seq < i.seq"#,
        &ids,
        &fences,
        &kinds as &[&str],
        &texts as &[&str],
        &data as _,
        &usage as _,
        f64::from(LEASE_SECONDS),
        &numbers
    )
    .fetch_all(connection)
    .await?;
    let refused: HashMap<_, _> = refused.into_iter().map(|row| (row.id, row.locked)).collect();
    Ok(items
        .iter()
        .map(|item| match refused.get(&item.generation.0) {
            None => Appended::Taken,
            Some(true) => Appended::Locked,
            Some(false) => Appended::Fenced,
        })
        .collect())
}

/// The event of a stored chunk.
pub fn chunk_event(kind: &str, text: String, data: Option<serde_json::Value>) -> Option<Event> {
    if kind == "delta" {
        return Some(Event::Delta { text });
    }
    serde_json::from_value(serde_json::json!({ kind: data? })).ok()
}

impl Tx {
    /// Events after number `after`, in order, at most `limit`.
    pub async fn chunks(&mut self, id: GenerationId, after: i64, limit: i64) -> Result<Vec<(i64, Event)>> {
        let user = self.user().0;
        let rows = sqlx::query!(
            "select seq, kind, text, data from generation_chunks
             where generation_id = $1 and user_id = $2 and seq > $3 order by seq limit $4",
            id.0,
            user,
            after,
            limit
        )
        .fetch_all(self.connection())
        .await?;
        Ok(rows
            .into_iter()
            .filter_map(|row| Some((row.seq, chunk_event(&row.kind, row.text, row.data)?)))
            .collect())
    }
}
