//! Sums over an artist's answers, and over all.

use super::{Result, System, Tx};
use rust_decimal::Decimal;

/// Of all answers that are kept, one generation each.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    pub queued: i64,
    pub running: i64,
    pub completed: i64,
    pub failed: i64,
    pub cancelled: i64,
    /// Answers that came from the answer cache.
    pub hits: i64,
    /// Answers for which it was asked and had nothing.
    pub misses: i64,
    pub input_tokens: i64,
    pub output_tokens: i64,
    pub cache_read_tokens: i64,
    pub cache_write_tokens: i64,
    /// Of what is known; `None` where answers were given and the price of none is known.
    pub cost: Option<Decimal>,
}

/// The sums over the answers of which this is true.
macro_rules! figures {
    ($which:tt $(, $argument:expr)?) => {
        sqlx::query_as!(
            Figures,
            r#"select count(*) filter (where status = 'queued') as "queued!", count(*) filter (where status = 'streaming') as "running!",
                 count(*) filter (where status = 'complete') as "completed!", count(*) filter (where status = 'failed') as "failed!",
                 count(*) filter (where status = 'stopped') as "cancelled!",
                 count(*) filter (where cached) as "hits!", count(*) filter (where cache_asked and not cached) as "misses!",
                 coalesce(sum(tokens_input), 0)::bigint as "input_tokens!", coalesce(sum(tokens_output), 0)::bigint as "output_tokens!",
                 coalesce(sum(cache_read_tokens), 0)::bigint as "cache_read_tokens!",
                 coalesce(sum(cache_write_tokens), 0)::bigint as "cache_write_tokens!",
                 case when count(*) filter (where status = 'complete') = 0 then coalesce(sum(cost), 0) else sum(cost) end as cost
               from messages where role = 'assistant' and "# + $which
            $(, $argument)?
        )
    };
}

impl Tx {
    pub async fn figures(&mut self) -> Result<Figures> {
        let user = self.user().0;
        figures!("user_id = $1", user).fetch_one(self.connection()).await
    }
}

impl System {
    /// Of everybody's answers.
    pub async fn figures(&mut self) -> Result<Figures> {
        figures!("true").fetch_one(self.connection()).await
    }
}
