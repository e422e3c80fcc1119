//! The calls that are measured.

use anyhow::{Context, ensure};
use serde_json::{Value, json};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Of reading calls, and of sends.
const TIMES: usize = 100;
const SENDS: usize = 30;
/// Pages of a hundred that a deep one is behind.
const DEEP: usize = 50;

/// Name and path of something to read.
type Read = (&'static str, String);

pub struct Calls {
    http: reqwest::Client,
    url: String,
    provider: String,
    key: &'static str,
}

/// Milliseconds, ordered.
pub struct Times(Vec<f64>);

impl Times {
    fn of(mut all: Vec<f64>) -> Self {
        all.sort_by(f64::total_cmp);
        Self(all)
    }

    fn at(&self, part: f64) -> f64 {
        let place = (self.0.len() as f64 * part) as usize;
        self.0.get(place).copied().unwrap_or(f64::NAN)
    }
}

impl Calls {
    pub fn new(url: &str, provider: &str, key: &'static str) -> anyhow::Result<Self> {
        Ok(Self {
            http: reqwest::Client::builder().no_proxy().build()?,
            url: url.trim_end_matches('/').into(),
            provider: provider.trim_end_matches('/').into(),
            key,
        })
    }

    async fn get(&self, path: &str) -> anyhow::Result<Value> {
        let request = self.http.get(format!("{}{path}", self.url)).bearer_auth(self.key);
        let response = request.timeout(Duration::from_secs(60)).send().await?;
        let response = response.error_for_status().with_context(|| path.to_owned())?;
        Ok(response.json().await?)
    }

    /// Goes on from page to page; the last cursor that led somewhere.
    async fn deep(&self, path: &str, cursor: &str, name: &str) -> anyhow::Result<String> {
        let mut here = path.to_owned();
        for _ in 0..DEEP {
            match self.get(&here).await?[name].as_str() {
                Some(next) => here = format!("{path}&{cursor}={next}"),
                None => break,
            }
        }
        Ok(here)
    }

    /// What is read: the artist's lists, her longest conversation, searches, figures.
    pub async fn reads(&self) -> anyhow::Result<Vec<Read>> {
        let long = self.longest().await?;
        let list = self
            .deep("/api/conversations?limit=100", "cursor", "next_cursor")
            .await?;
        let messages = format!("/api/conversations/{long}/messages");
        let older = self
            .deep(&format!("{messages}?limit=100"), "before", "next_before")
            .await?;
        let search = |words: &str| format!("/api/conversations?q={words}");
        Ok(vec![
            ("list", "/api/conversations?limit=30".into()),
            ("list, deep", list.replace("limit=100", "limit=30")),
            ("open", messages),
            ("older page, deep", older.replace("limit=100", "limit=30")),
            ("search, common word", search("album")),
            ("search, two words", search("album%20fans")),
            ("search, rare word", search("nebuleuse35")),
            ("search, accents", search("d%C3%A9but")),
            ("search, no hit", search("zzyzx")),
            ("stats", "/api/stats".into()),
            ("workflows", "/api/workflows/list?limit=30".into()),
            ("workflows, failed", "/api/workflows/list?status=failed&limit=30".into()),
        ])
    }

    /// The artist's oldest conversation, which grows to 10,000 messages.
    async fn longest(&self) -> anyhow::Result<String> {
        let found = self.get("/api/conversations?q=nebuleuse5").await?;
        let conversations = found["conversations"].as_array().context("conversations")?;
        let mut dated: Vec<_> = conversations
            .iter()
            .map(|one| (one["created_at"].to_string(), one))
            .collect();
        dated.sort_by(|one, two| one.0.cmp(&two.0));
        let (_, oldest) = dated.first().context("the long conversation")?;
        Ok(oldest["id"].as_str().context("its id")?.to_owned())
    }

    pub async fn read(&self, (_, path): &Read) -> anyhow::Result<Duration> {
        let since = Instant::now();
        self.get(path).await?;
        Ok(since.elapsed())
    }

    /// Sends, and waits for the answer; when the send set off, in microseconds since 1970.
    pub async fn send(&self, message: &str, conversation: Option<&str>) -> anyhow::Result<u64> {
        let sent = now_us();
        let body = json!({"message": message, "coach": "luke", "conversation_id": conversation});
        let request = self.http.post(format!("{}/api/chat", self.url)).bearer_auth(self.key);
        let response = request.json(&body).send().await?;
        ensure!(response.status() == 200, "{}", response.text().await?);
        Ok(sent)
    }

    /// From a send until the provider is asked.
    async fn sends(&self, name: &str, conversation: Option<&str>) -> anyhow::Result<Times> {
        let journal = format!("{}/__fake/calls", self.provider);
        self.http.delete(&journal).send().await?.error_for_status()?;
        let mut sent = Vec::new();
        for number in 0..SENDS {
            let marker = format!("{name}-{number}.");
            sent.push((
                marker.clone(),
                self.send(&format!("{marker} Et maintenant ?"), conversation).await?,
            ));
        }
        let calls: Vec<Value> = self.http.get(&journal).send().await?.json().await?;
        let asked = |marker: &str| {
            let asked = calls.iter().find(|call| {
                call["body"]["messages"]
                    .as_array()
                    .is_some_and(|all| all.last().is_some_and(|last| last.to_string().contains(marker)))
            });
            asked.and_then(|call| call["at_us"].as_u64())
        };
        let times = sent.iter().map(|(marker, at)| {
            let asked = asked(marker).with_context(|| format!("{marker} never reached the provider"))?;
            Ok(asked.saturating_sub(*at) as f64 / 1000.0)
        });
        Ok(Times::of(times.collect::<anyhow::Result<_>>()?))
    }

    /// Every call, many times.
    pub async fn measure(&self) -> anyhow::Result<Vec<(&'static str, Times)>> {
        let mut measured = Vec::new();
        for read in self.reads().await? {
            let mut times = Vec::new();
            for _ in 0..TIMES {
                times.push(self.read(&read).await?.as_secs_f64() * 1000.0);
            }
            measured.push((read.0, Times::of(times)));
        }
        let long = self.longest().await?;
        measured.push(("send, new conversation", self.sends("new", None).await?));
        measured.push(("send, longest conversation", self.sends("long", Some(&long)).await?));
        Ok(measured)
    }

    /// Each call once; `before` is told which one comes.
    pub async fn once(&self, mut before: impl AsyncFnMut(&str) -> anyhow::Result<()>) -> anyhow::Result<()> {
        for read in self.reads().await? {
            before(read.0).await?;
            self.read(&read).await?;
        }
        let long = self.longest().await?;
        before("send, new conversation").await?;
        self.send("Once more?", None).await?;
        before("send, longest conversation").await?;
        self.send("Once more?", Some(&long)).await?;
        before("end").await
    }
}

/// One line a call, p50 and p95 of each size.
pub fn print(columns: &[(u64, Vec<(&'static str, Times)>)]) {
    print!("{:<28}", "ms (p50 / p95), conversations:");
    columns.iter().for_each(|(size, _)| print!("{size:>20}"));
    println!();
    let Some((_, first)) = columns.first() else { return };
    for (number, (name, _)) in first.iter().enumerate() {
        print!("{name:<30}");
        for (_, measured) in columns {
            let (_, times) = &measured[number];
            print!("{:>11.1} /{:>7.1}", times.at(0.5), times.at(0.95));
        }
        println!();
    }
}

#[expect(clippy::disallowed_methods, reason = "compared with the journal of another process")]
fn now_us() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_micros() as u64)
}
