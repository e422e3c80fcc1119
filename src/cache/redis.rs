//! Redis, shared by all processes: kept answers, limits, and hints between processes.
//!
//! One task keeps the connections and is the only one that makes them: it pings, and tries again once a second. Others
//! find either a connection that worked a moment ago or none. A command that fails or takes longer than [`PATIENCE`]
//! takes the connection away for everybody, so that no request ever waits for a dead Redis a second time.

use super::memory::MemoryCache;
use crate::domain::ports::{Cache, CacheKey, Counters, Fanout, Taken};
use futures_util::{FutureExt, StreamExt, future::BoxFuture};
use redis::{
    AsyncConnectionConfig, Client, Cmd, FromRedisValue, RedisError, RedisResult, Script,
    aio::{MultiplexedConnection, PubSub},
    cmd,
};
use std::{
    future::Future,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};
use tokio::{
    sync::{Notify, broadcast},
    time::{interval, sleep, timeout},
};

/// For one command.
const PATIENCE: Duration = Duration::from_millis(250);
const CONNECT_PATIENCE: Duration = Duration::from_millis(1000);
const PING_EVERY: Duration = Duration::from_secs(2);
/// The stand-in is used at least this long after a failure.
const PAUSE: Duration = Duration::from_secs(1);
const CHANNEL: &str = "squad:hints";
/// Hints a slow listener may fall behind before it misses some.
const BACKLOG: usize = 1024;

/// The generic cell rate algorithm: the key holds the moment at which everything is free again, in microseconds.
const TAKE: &str = r"
local interval, burst, count = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local full_at = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now) + count * interval
local too_early = full_at - burst * interval - now
if count > 0 and too_early > 0 then return {0, 0, math.ceil(too_early)} end
if full_at > now then
  redis.call('SET', KEYS[1], string.format('%.0f', full_at), 'PX', math.ceil((full_at - now) / 1000))
else
  redis.call('DEL', KEYS[1])
end
return {1, math.floor((burst * interval - math.max(full_at - now, 0)) / interval), 0}
";

enum State {
    Up(MultiplexedConnection),
    /// Why, for the owner.
    Down(String),
}

pub struct Redis {
    client: Client,
    state: RwLock<State>,
    /// The connection failed.
    lost: Notify,
    hints: broadcast::Sender<String>,
    take: Script,
}

/// `REDIS_URL` cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("REDIS_URL is not an address of Redis: {0}. Write it like redis://:password@host:6379/0, or rediss:// for TLS")]
pub struct BadUrl(RedisError);

impl Redis {
    /// Tries once, and from then on in the background for as long as the program runs.
    pub async fn start(url: &str) -> Result<Arc<Self>, BadUrl> {
        let redis = Arc::new(Self {
            client: Client::open(url).map_err(BadUrl)?,
            state: RwLock::new(State::Down("was not asked yet".into())),
            lost: Notify::new(),
            hints: broadcast::channel(BACKLOG).0,
            take: Script::new(TAKE),
        });
        let first = redis.connect().await;
        tokio::spawn(Arc::clone(&redis).keep(first));
        Ok(redis)
    }

    async fn keep(self: Arc<Self>, mut listening: Option<PubSub>) {
        loop {
            if let Some(pubsub) = listening {
                tracing::info!("Redis answers");
                self.listen(pubsub).await;
            }
            sleep(PAUSE).await;
            listening = self.connect().await;
        }
    }

    async fn connect(&self) -> Option<PubSub> {
        let connecting = async {
            let config = AsyncConnectionConfig::new()
                .set_connection_timeout(Some(CONNECT_PATIENCE))
                .set_response_timeout(Some(PATIENCE));
            let connection = self
                .client
                .get_multiplexed_async_connection_with_config(&config)
                .await?;
            let mut pubsub = self.client.get_async_pubsub().await?;
            pubsub.subscribe(CHANNEL).await?;
            Ok::<_, RedisError>((connection, pubsub))
        };
        let (connection, pubsub) = self.in_time(CONNECT_PATIENCE, connecting).await?;
        self.set(State::Up(connection));
        Some(pubsub)
    }

    /// Passes hints on until the connection is lost.
    async fn listen(&self, pubsub: PubSub) {
        let mut messages = pubsub.into_on_message();
        let mut ping = interval(PING_EVERY);
        while self.trouble().is_none() {
            tokio::select! {
                message = messages.next() => match message {
                    Some(message) => {
                        if let Ok(hint) = message.get_payload() {
                            // an error means that nobody listens
                            let _ = self.hints.send(hint);
                        }
                    }
                    None => self.fail("closed the connection".into()),
                },
                _ = ping.tick() => drop(self.ask::<String>(&cmd("PING")).await),
                () = self.lost.notified() => {}
            }
        }
    }

    fn connection(&self) -> Option<MultiplexedConnection> {
        match &*self.state.read().unwrap_or_else(PoisonError::into_inner) {
            State::Up(connection) => Some(connection.clone()),
            State::Down(_) => None,
        }
    }

    fn set(&self, state: State) {
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = state;
    }

    fn fail(&self, why: String) {
        if self.trouble().as_ref() != Some(&why) {
            tracing::warn!("Redis {why}; this process does without it until it is back");
        }
        self.set(State::Down(why));
        self.lost.notify_one();
    }

    async fn in_time<T>(&self, patience: Duration, asking: impl Future<Output = RedisResult<T>>) -> Option<T> {
        match timeout(patience, asking).await {
            Ok(Ok(value)) => return Some(value),
            Ok(Err(error)) if !error.is_io_error() => {
                tracing::debug!(%error, "Redis");
                self.fail(format!("refuses: {}", error.code().unwrap_or_else(|| error.category())));
            }
            _ => self.fail("does not answer".into()),
        }
        None
    }

    async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> Option<T> {
        let mut connection = self.connection()?;
        self.in_time(PATIENCE, command.query_async(&mut connection)).await
    }

    /// Allowed, left, microseconds to wait.
    async fn count(&self, name: &str, burst: u32, refill: Duration, count: i8) -> Option<(bool, u32, u64)> {
        let mut connection = self.connection()?;
        let mut invocation = self.take.key(format!("squad:limit:{name}"));
        invocation.arg(refill.as_micros().max(1) as u64).arg(burst).arg(count);
        self.in_time(PATIENCE, invocation.invoke_async(&mut connection)).await
    }
}

impl Counters for Redis {
    fn take<'a>(&'a self, name: &'a str, burst: u32, refill: Duration) -> BoxFuture<'a, Option<Taken>> {
        let taken = self.count(name, burst, refill, 1).map(|answer| {
            let (allowed, left, wait) = answer?;
            Some(if allowed {
                Taken::Yes { left }
            } else {
                Taken::No(Duration::from_micros(wait))
            })
        });
        Box::pin(taken)
    }

    fn give_back<'a>(&'a self, name: &'a str, burst: u32, refill: Duration) -> BoxFuture<'a, bool> {
        Box::pin(self.count(name, burst, refill, -1).map(|answer| answer.is_some()))
    }
}

impl Fanout for Redis {
    fn publish(&self, hint: String) -> BoxFuture<'_, Option<u64>> {
        Box::pin(async move { self.ask(cmd("PUBLISH").arg(CHANNEL).arg(hint)).await })
    }

    fn listen(&self) -> broadcast::Receiver<String> {
        self.hints.subscribe()
    }

    fn trouble(&self) -> Option<String> {
        match &*self.state.read().unwrap_or_else(PoisonError::into_inner) {
            State::Up(_) => None,
            State::Down(why) => Some(why.clone()),
        }
    }
}

/// Kept answers, in Redis and, while it is away, in this process.
pub struct SharedCache {
    redis: Arc<Redis>,
    stand_in: MemoryCache,
}

impl SharedCache {
    pub fn new(redis: Arc<Redis>) -> Self {
        Self {
            redis,
            stand_in: MemoryCache::default(),
        }
    }
}

fn name(what: &str, key: CacheKey) -> String {
    let digits: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("squad:{what}:{digits}")
}

impl Cache for SharedCache {
    fn get(&self, key: CacheKey) -> BoxFuture<'_, Option<String>> {
        Box::pin(async move {
            let found: Option<Option<String>> = self.redis.ask(cmd("GET").arg(name("answer", key))).await;
            match found.flatten() {
                Some(text) => Some(text),
                None => self.stand_in.get(key).await,
            }
        })
    }

    fn put(&self, key: CacheKey, text: String, keep: Duration) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let milliseconds = keep.as_millis() as u64;
            let mut set = cmd("SET");
            set.arg(name("answer", key)).arg(&text).arg("PX").arg(milliseconds);
            if self.redis.ask::<()>(&set).await.is_none() {
                self.stand_in.put(key, text, keep).await;
            }
        })
    }

    fn lead(&self, key: CacheKey, at_most: Duration) -> BoxFuture<'_, bool> {
        Box::pin(async move {
            let mut set = cmd("SET");
            set.arg(name("asking", key))
                .arg(1)
                .arg("NX")
                .arg("PX")
                .arg(at_most.as_millis() as u64);
            // `None` where it is set already; without Redis each process is alone
            let set: Option<Option<String>> = self.redis.ask(&set).await;
            set.is_none_or(|set| set.is_some())
        })
    }

    fn let_go(&self, key: CacheKey) {
        let redis = Arc::clone(&self.redis);
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { redis.ask::<()>(cmd("DEL").arg(name("asking", key))).await });
        }
    }
}
