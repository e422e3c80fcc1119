//! One artist: arrives, sends, reads the answer as it comes, checks that it is stored.

use crate::now_us;
use anyhow::{Context, bail, ensure};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{borrow::Cow, sync::Arc, time::Duration};
use tokio::sync::Barrier;

pub struct Chat {
    pub http: reqwest::Client,
    pub url: String,
    /// Begins each message; unique in this run.
    pub marker: String,
    /// Each answer's.
    pub tokens: usize,
    pub rounds: usize,
    pub arrive: Duration,
    pub send: Duration,
    pub timeout: Duration,
    pub cookie: String,
}

/// An answer that began.
pub struct First {
    /// The message that was sent.
    pub message: String,
    pub sent_us: u64,
    pub arrived_us: u64,
}

#[derive(Default)]
pub struct Outcome {
    pub firsts: Vec<First>,
    /// Microseconds from the provider's sending to this reader, per token.
    pub delays: Vec<u64>,
    pub tokens: usize,
    /// Missing, doubled, or out of order.
    pub wrong_tokens: usize,
    pub saved: usize,
    pub errors: Vec<String>,
}

impl Outcome {
    pub fn add(&mut self, other: Self) {
        self.firsts.extend(other.firsts);
        self.delays.extend(other.delays);
        self.tokens += other.tokens;
        self.wrong_tokens += other.wrong_tokens;
        self.saved += other.saved;
        self.errors.extend(other.errors);
    }
}

impl Chat {
    pub async fn run(mut self, barrier: Arc<Barrier>) -> Outcome {
        let mut outcome = Outcome::default();
        tokio::time::sleep(self.arrive).await;
        if let Err(error) = self.arrive().await {
            outcome.errors.push(format!("{}arrival: {error:#}", self.marker));
        }
        barrier.wait().await;
        tokio::time::sleep(self.send).await;
        let (mut conversation, mut texts) = (None, Vec::new());
        for round in 0..self.rounds {
            let answered = tokio::time::timeout(self.timeout, self.ask(round, &mut conversation, &mut outcome)).await;
            match answered.context("took too long").flatten() {
                Ok(text) => texts.push(text),
                Err(error) => outcome.errors.push(format!("{}{round}: {error:#}", self.marker)),
            }
        }
        barrier.wait().await;
        match self.check(conversation, &texts).await {
            Ok(()) => outcome.saved = texts.len(),
            Err(error) => outcome.errors.push(format!("{}check: {error:#}", self.marker)),
        }
        outcome
    }

    /// The first call makes the artist; her cookie is kept.
    async fn arrive(&mut self) -> anyhow::Result<()> {
        let response = self
            .http
            .get(format!("{}/api/conversations", self.url))
            .send()
            .await?
            .error_for_status()?;
        let cookies = response
            .headers()
            .get_all("set-cookie")
            .iter()
            .filter_map(|value| value.to_str().ok());
        let pairs: Vec<_> = cookies.filter_map(|cookie| cookie.split(';').next()).collect();
        self.cookie = pairs.join("; ");
        ensure!(!self.cookie.is_empty(), "no cookie came");
        Ok(())
    }

    async fn ask(
        &self,
        round: usize,
        conversation: &mut Option<String>,
        outcome: &mut Outcome,
    ) -> anyhow::Result<String> {
        let message = format!("{}{round}. How do I go on?", self.marker);
        let sent_us = now_us();
        let mut response = self
            .http
            .post(format!("{}/api/chat", self.url))
            .header("accept", "text/event-stream")
            .header("cookie", &self.cookie)
            .json(&json!({"message": message, "conversation_id": conversation}))
            .send()
            .await?;
        let status = response.status();
        ensure!(
            status.is_success(),
            "HTTP {status}: {}",
            response.text().await.unwrap_or_default()
        );
        let mut answer = Answer {
            first: Some((message, sent_us)),
            ..Answer::default()
        };
        while let Some(bytes) = response.chunk().await? {
            let now = now_us();
            answer.line.extend_from_slice(&bytes);
            let mut lines = std::mem::take(&mut answer.line);
            let whole = lines.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
            answer.line = lines.split_off(whole);
            for line in lines.split(|byte| *byte == b'\n') {
                answer.take_line(line, now, conversation, outcome)?;
            }
        }
        ensure!(answer.done, "the stream ended without `done`");
        outcome.wrong_tokens += self.tokens.abs_diff(answer.next);
        Ok(answer.text)
    }

    async fn check(&self, conversation: Option<String>, texts: &[String]) -> anyhow::Result<()> {
        let id = conversation.context("no conversation")?;
        let url = format!("{}/api/conversations/{id}/messages?limit=100", self.url);
        let response = self
            .http
            .get(url)
            .header("cookie", &self.cookie)
            .send()
            .await?
            .error_for_status()?;
        let page: Value = response.json().await?;
        let messages = page["messages"].as_array().context("no messages")?;
        let stored: Vec<_> = messages
            .iter()
            .filter(|message| message["role"] == "assistant")
            .collect();
        ensure!(
            stored.len() >= texts.len().min(50),
            "{} answers stored, {} read",
            stored.len(),
            texts.len()
        );
        for (message, text) in stored.iter().rev().zip(texts.iter().rev()) {
            ensure!(message["status"] == "complete", "stored as {}", message["status"]);
            ensure!(message["content"] == text.as_str(), "the stored text is another one");
        }
        Ok(())
    }
}

/// What was read of one stream.
#[derive(Default)]
struct Answer {
    /// The bytes behind the last line end.
    line: Vec<u8>,
    event: Vec<u8>,
    text: String,
    /// Where in `text` the first token begins that is not yet whole.
    token: usize,
    next: usize,
    first: Option<(String, u64)>,
    done: bool,
}

#[derive(Deserialize)]
struct Delta<'a> {
    #[serde(borrow)]
    text: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Generation {
    conversation_id: String,
}

impl Answer {
    fn take_line(
        &mut self,
        line: &[u8],
        now: u64,
        conversation: &mut Option<String>,
        outcome: &mut Outcome,
    ) -> anyhow::Result<()> {
        if let Some(name) = line.strip_prefix(b"event:") {
            self.event = name.trim_ascii().to_vec();
        }
        let Some(data) = line.strip_prefix(b"data:") else {
            return Ok(());
        };
        match self.event.as_slice() {
            b"delta" => {
                self.text.push_str(&serde_json::from_slice::<Delta<'_>>(data)?.text);
                self.count_tokens(now, outcome);
            }
            b"generation" => *conversation = Some(serde_json::from_slice::<Generation>(data)?.conversation_id),
            b"done" => self.done = true,
            b"failed" | b"cancelled" => bail!("{}", String::from_utf8_lossy(data)),
            b"reset" => {
                self.text.clear();
                (self.token, self.next) = (0, 0);
            }
            _ => {}
        }
        Ok(())
    }

    /// A token is `<number>@<unix microseconds> `; deltas may hold several or a part of one.
    fn count_tokens(&mut self, now: u64, outcome: &mut Outcome) {
        while let Some(length) = self.text[self.token..].find(' ') {
            let token = &self.text[self.token..self.token + length];
            self.token += length + 1;
            outcome.tokens += 1;
            let read = token
                .split_once('@')
                .and_then(|(number, sent)| Some((number.parse().ok()?, sent.parse().ok()?)));
            let Some((number, sent)): Option<(usize, u64)> = read else {
                outcome.wrong_tokens += 1;
                continue;
            };
            outcome.wrong_tokens += usize::from(number != self.next);
            self.next = number + 1;
            outcome.delays.push(now.saturating_sub(sent));
            if let Some((message, sent_us)) = self.first.take() {
                outcome.firsts.push(First {
                    message,
                    sent_us,
                    arrived_us: now,
                });
            }
        }
    }
}
