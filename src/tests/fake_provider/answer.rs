//! One answer: steps in, bytes out. The dialects only differ in how an event is written ([`Framer`]).

use crate::{
    Fake,
    cache::Counted,
    journal::{Entry, now_us},
    script::{Do, Step},
    story::Story,
};
use axum::{
    body::{Body, Bytes},
    http::{HeaderName, HeaderValue, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::Value;
use std::{io, pin::pin, sync::Arc, time::Duration};
use tokio::time::{Instant, sleep_until};

/// How a dialect writes its events. `out` collects what goes out in one write.
pub trait Framer: Send + 'static {
    fn start(&mut self, prompt: Counted, out: &mut String);
    fn thinking(&mut self, text: &str, out: &mut String);
    fn text(&mut self, text: &str, out: &mut String);
    fn ping(&mut self, out: &mut String);
    fn error(&mut self, kind: &str, message: &str, out: &mut String);
    fn end(&mut self, reason: &str, usage: Usage, out: &mut String);
    /// The answer in one piece, for a request that asked for no stream.
    fn whole(&mut self, text: &str, reason: &str, usage: Usage) -> Value;
    fn refusal(&self, status: u16) -> Value;
}

/// What the end tells of the tokens.
pub enum Usage {
    Counted { prompt: Counted, output: usize },
    Scripted(Value),
}

pub struct Job {
    pub fake: Arc<Fake>,
    pub entry: Entry,
    pub question: String,
    /// What tells the usual answer's words, where the question asks for one.
    pub story: Option<Story>,
    pub prompt: Counted,
    pub started: Instant,
}

impl Job {
    fn steps(&self) -> Vec<Step> {
        let tokens = self.story.as_ref().map_or(self.fake.args.tokens, |_| usize::MAX);
        let usual = || vec![Step::Do(Do::Tokens(tokens))];
        self.fake.scripts.take(&self.question).unwrap_or_else(usual)
    }

    fn period(&self) -> Duration {
        let rate = self.fake.args.tokens_per_second;
        if rate > 0.0 {
            Duration::from_secs_f64(1.0 / rate)
        } else {
            Duration::ZERO
        }
    }

    fn first(&self) -> Instant {
        self.started + Duration::from_millis(self.fake.args.ttft_ms)
    }

    /// Token `number` of the usual answer; `None` at the end of a story.
    fn token(&mut self, number: usize, sent_us: u64) -> Option<String> {
        if let Some(story) = &mut self.story {
            return story.tell();
        }
        Some(if self.fake.args.stamps {
            format!("{number}@{sent_us} ")
        } else if number == 0 {
            format!("Answer to: {} ", self.question)
        } else {
            format!("word{number} ")
        })
    }
}

/// Waits out the steps before a refusal or the stream's first byte.
pub async fn reply(job: Job, stream: bool, framer: impl Framer) -> Response {
    let mut steps = job.steps();
    let waits = |step: &Step| matches!(step, Step::Do(Do::DelayMs(_) | Do::Hold(_)));
    let ahead = steps.iter().take_while(|step| waits(step)).count();
    if matches!(steps.get(ahead), Some(Step::Refuse { .. })) {
        for step in steps.drain(..ahead) {
            wait(&job, &step).await;
        }
        return refuse(&job, steps.swap_remove(0), &framer);
    }
    job.entry.status(200);
    if !stream {
        return whole(job, steps, framer).await;
    }
    let body = Body::from_stream(write(job, steps, framer));
    (
        [
            ("content-type", "text/event-stream; charset=utf-8"),
            ("cache-control", "no-cache"),
        ],
        body,
    )
        .into_response()
}

async fn wait(job: &Job, step: &Step) {
    match step {
        Step::Do(Do::DelayMs(ms)) => tokio::time::sleep(Duration::from_millis(*ms)).await,
        Step::Do(Do::Hold(name)) => job.fake.scripts.gate(name).hold().await,
        _ => {}
    }
}

fn refuse(job: &Job, step: Step, framer: &impl Framer) -> Response {
    let Step::Refuse { status, headers, body } = step else {
        return StatusCode::IM_A_TEAPOT.into_response();
    };
    job.entry.status(status);
    job.entry.finish();
    let body = if body.is_null() { framer.refusal(status) } else { body };
    let text = body.as_str().map_or_else(|| body.to_string(), str::to_owned);
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::IM_A_TEAPOT);
    let mut response = (status, [("content-type", "application/json")], text).into_response();
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(&value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

async fn whole(mut job: Job, steps: Vec<Step>, mut framer: impl Framer) -> Response {
    let (mut text, mut reason, mut number, mut scripted) = (String::new(), "end_turn".to_owned(), 0, None);
    sleep_until(job.first()).await;
    for step in &steps {
        match step {
            Step::Do(Do::Text(part)) => text.push_str(part),
            Step::Do(Do::Tokens(count)) => {
                for _ in 0..*count {
                    let Some(token) = job.token(number, now_us()) else {
                        break;
                    };
                    text.push_str(&token);
                    number += 1;
                }
            }
            Step::Do(Do::Stop(why)) => reason.clone_from(why),
            Step::Do(Do::Usage(value)) => scripted = Some(value.clone()),
            other => wait(&job, other).await,
        }
    }
    job.entry.finish();
    let output = crate::cache::tokens(&text);
    let usage = scripted.map_or(
        Usage::Counted {
            prompt: job.prompt,
            output,
        },
        Usage::Scripted,
    );
    axum::Json(framer.whole(&text, &reason, usage)).into_response()
}

/// One timer for the whole answer and one write per token; tokens are due by the start, so that lateness never adds up.
fn write(mut job: Job, steps: Vec<Step>, framer: impl Framer) -> impl futures_util::Stream<Item = io::Result<Bytes>> {
    async_stream::stream! {
        let period = job.period();
        let mut due = job.first();
        let mut timer = pin!(sleep_until(due));
        let mut writer = Writer::new(framer, job.prompt);
        for piece in writer.pieces() {
            yield Ok(piece);
        }
        for step in steps {
            match step {
                Step::Do(Do::Tokens(count)) => {
                    for _ in 0..count {
                        if Instant::now() < due {
                            timer.as_mut().reset(due);
                            timer.as_mut().await;
                        }
                        due += period;
                        if !writer.token(&mut job) {
                            break;
                        }
                        for piece in writer.pieces() {
                            yield Ok(piece);
                        }
                    }
                }
                Step::Do(Do::Cut(())) => {
                    // Lets what was written before go out first.
                    tokio::task::yield_now().await;
                    job.entry.finish();
                    yield Err(io::Error::other("cut by the script"));
                    return;
                }
                Step::Do(Do::Silence(())) => std::future::pending().await,
                Step::Do(Do::DelayMs(_) | Do::Hold(_)) => {
                    wait(&job, &step).await;
                    due = due.max(Instant::now());
                }
                Step::Do(other) => writer.apply(other, &job.entry),
                Step::Refuse { .. } => {}
            }
            for piece in writer.pieces() {
                yield Ok(piece);
            }
            if writer.end.is_none() {
                break;
            }
        }
        writer.finish(job.prompt);
        for piece in writer.pieces() {
            yield Ok(piece);
        }
        job.entry.finish();
    }
}

/// What has been written, and how it will end.
struct Writer<F> {
    framer: F,
    out: String,
    /// Bytes of one write.
    chop: usize,
    /// Tokens of the usual answer so far.
    number: usize,
    /// All tokens so far.
    output: usize,
    /// `None`: nothing more is written.
    end: Option<String>,
    usage: Option<Value>,
}

impl<F: Framer> Writer<F> {
    fn new(mut framer: F, prompt: Counted) -> Self {
        let mut out = String::with_capacity(512);
        framer.start(prompt, &mut out);
        Self {
            framer,
            out,
            chop: usize::MAX,
            number: 0,
            output: 0,
            end: Some("end_turn".to_owned()),
            usage: None,
        }
    }

    /// False: there is no further one.
    fn token(&mut self, job: &mut Job) -> bool {
        let sent = now_us();
        let Some(token) = job.token(self.number, sent) else {
            return false;
        };
        self.framer.text(&token, &mut self.out);
        job.entry.token(sent);
        self.number += 1;
        self.output += 1;
        true
    }

    /// A step that takes no time.
    fn apply(&mut self, step: Do, entry: &Entry) {
        let out = &mut self.out;
        match step {
            Do::Text(text) => {
                self.framer.text(&text, out);
                self.output += crate::cache::tokens(&text);
                entry.token(now_us());
            }
            Do::Thinking(text) => self.framer.thinking(&text, out),
            Do::Ping(()) => self.framer.ping(out),
            Do::Garbage(text) => out.push_str(&format!("data: {text}\n\n")),
            Do::Chop(bytes) => self.chop = bytes.max(1),
            Do::Usage(value) => self.usage = Some(value),
            Do::Stop(reason) => self.end = Some(reason),
            Do::ErrorEvent { kind, message } => {
                self.framer.error(&kind, &message, out);
                self.end = None;
            }
            Do::End(()) => self.end = None,
            Do::Tokens(_) | Do::DelayMs(_) | Do::Hold(_) | Do::Cut(()) | Do::Silence(()) => {}
        }
    }

    fn finish(&mut self, prompt: Counted) {
        if let Some(reason) = self.end.take() {
            let usage = self.usage.take().map_or(
                Usage::Counted {
                    prompt,
                    output: self.output,
                },
                Usage::Scripted,
            );
            self.framer.end(&reason, usage, &mut self.out);
        }
    }

    /// What is to go out now.
    fn pieces(&mut self) -> impl Iterator<Item = Bytes> + use<F> {
        let bytes = Bytes::copy_from_slice(self.out.as_bytes());
        self.out.clear();
        let size = self.chop;
        let count = bytes.len().div_ceil(size);
        (0..count).map(move |index| bytes.slice(index * size..bytes.len().min((index + 1).saturating_mul(size))))
    }
}

/// `text` as a JSON string.
pub fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}
