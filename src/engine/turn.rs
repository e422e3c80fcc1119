//! One run of one generation, over the ports: decide who answers, ask the model, write down what it says, end it.
//!
//! Never automatic after the first byte: before the first token a provider is asked again at most twice; a stream that
//! dies after it is recovered at most twice, by a `reset` when little was shown and by a `seam` when much was. An answer
//! that was kept is given without asking ([`kept`]).

mod ending;
mod kept;

use super::{
    hub::Signal,
    log::{Refused, RunKey},
    runs::Parts,
};
use crate::{
    config::models::ModelFacts,
    domain::{
        answers::Flight,
        classify::classify,
        handover::{handoff, taken_back},
        ports::{Clock, LlmProvider, PromptRequest, ProviderError, ProviderEvent, SystemClock},
        prompts,
        routing::{crisis_text, detect_language, stay_with},
    },
    store::{generations::Claimed, turns::Background},
    telemetry,
    types::{
        chat::Usage,
        coach::CoachId,
        error::ErrorCode,
        event::{Event, Transcript},
        run::StepKind,
    },
};
use ending::{fail, interrupted};
use futures_util::StreamExt;
use std::{sync::Arc, time::Duration};
use tokio::time::{Instant, sleep};
use tracing::{Instrument, info_span};

/// Asking again before the first token.
const RETRIES: u32 = 2;
/// Going on after a cut.
const RECOVERIES: i32 = 2;
/// Claims after a lost lease in a row without progress.
const TAKEOVERS: i32 = 5;
/// Less shown text than this is thrown away and started again, in characters.
const LITTLE: usize = 200;
/// A provider that wants a longer pause than this is not waited for.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// Text held back after a seam to find what it repeats, in characters.
const SEAM_WINDOW: usize = 160;

/// Why a run stops without an end of its own.
#[derive(Debug, thiserror::Error)]
pub enum Abandoned {
    /// Its fence was raised, or it cannot go on here.
    #[error("left to the next claim")]
    LeftToNextClaim,
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// How one call to the provider ended.
enum Call {
    Stop { reason: String, cost_usd: Option<f64> },
    Broken(ProviderError),
}

struct Run {
    parts: Arc<Parts>,
    claimed: Claimed,
    since_claim: Instant,
    key: Arc<RunKey>,
    facts: ModelFacts,
    provider: Arc<dyn LlmProvider>,
    /// What readers have seen, the fixed text of a crisis included.
    shown: String,
    /// Bytes of `shown` that are ours and survive every reset.
    fixed: usize,
    resumed: bool,
    /// Tokens of the calls before this one.
    spent: Option<Usage>,
    /// Tokens of this call.
    current: Option<Usage>,
    /// The sum that the log was told last.
    told: Option<Usage>,
    first_token_ms: Option<i64>,
    attempt: i32,
    recoveries: i32,
    /// Where the answer cache was asked and had nothing.
    flight: Option<Flight>,
}

/// Runs a claimed generation to its end. An error leaves it to the next claim.
pub async fn run(
    parts: &Arc<Parts>,
    mut claimed: Claimed,
    background: Option<Background>,
    key: Arc<RunKey>,
) -> Result<(), Abandoned> {
    let since_claim = Instant::now();
    if claimed.takeovers > TAKEOVERS {
        return interrupted(parts, &claimed).await;
    }
    let (Background { history, artist }, before) = match background {
        Some(background) => (background, None),
        None => read(parts, &claimed).instrument(info_span!("read")).await?,
    };
    let question = history.last().map(|turn| turn.content.clone()).unwrap_or_default();
    if !claimed.routed {
        decide(parts, &mut claimed, &question)
            .instrument(info_span!("route"))
            .await?;
    }
    let facts = parts.models.facts(&claimed.provider, &claimed.model);
    let window = prompts::window(&history, &facts);
    if let Some(start) = window.new_start {
        let mut tx = parts.store.as_user(claimed.user).await?;
        tx.set_context_start(claimed.conversation, start).await?;
        tx.commit().await?;
    }
    parts.hub.publish(claimed.id, Signal::Started(Arc::new(claimed.info())));

    let help = claimed.crisis.then(|| crisis_text(detect_language(&question)));
    let Some(coach) = parts.squad.get(&claimed.coach).or_else(|| parts.squad.iter().next()) else {
        return Err(Abandoned::LeftToNextClaim);
    };
    let name_of = |id: &str| parts.squad.get(&CoachId::new(id)).map(|coach| coach.name.clone());
    let build = || prompts::build(coach, window.turns, &artist, help.as_deref(), name_of);
    let mut request = info_span!("prompt").in_scope(build);
    request.model.clone_from(&claimed.model);
    request.temperature = claimed.temperature.filter(|_| facts.temperature);
    request.max_tokens = claimed.max_tokens.unsigned_abs();

    let Some(provider) = parts.models.provider(&claimed.provider).cloned() else {
        let detail = format!("The provider {} is no longer configured.", claimed.provider);
        return fail(parts, &claimed, ErrorCode::ProviderAuth, &detail).await;
    };
    let fresh = !claimed.again && before.is_none() && help.is_none();
    let (hit, flight) = if fresh {
        kept::look(parts, &claimed, &request, &artist).await
    } else {
        (None, None)
    };
    let run = Run {
        parts: Arc::clone(parts),
        since_claim,
        key,
        facts,
        provider,
        shown: before
            .as_ref()
            .map(|transcript| transcript.text.clone())
            .unwrap_or_default(),
        fixed: 0,
        resumed: before.as_ref().is_some_and(|transcript| transcript.resumed),
        spent: claimed.usage,
        current: None,
        told: claimed.usage,
        first_token_ms: claimed.first_token_at.map(|at| {
            (at - claimed.started_at)
                .whole_milliseconds()
                .try_into()
                .unwrap_or(i64::MAX)
        }),
        attempt: claimed.attempt,
        recoveries: claimed.recoveries,
        flight,
        claimed,
    };
    match hit {
        Some(kept) => run.give(kept).await,
        None => run.drive(request, help).await,
    }
}

/// What a run has to know of its conversation, and what a former claim has written.
async fn read(parts: &Parts, claimed: &Claimed) -> sqlx::Result<(Background, Option<Transcript>)> {
    let mut tx = parts.store.as_user(claimed.user).await?;
    let before = if claimed.next_seq > 1 {
        Some(tx.transcript(claimed.id).await?)
    } else {
        None
    };
    let history = tx
        .history(claimed.conversation, claimed.user_message, prompts::HISTORY_MESSAGES)
        .await?;
    let artist = tx.artist_facts().await?.unwrap_or_default();
    Ok((Background { history, artist }, before))
}

/// The first step of a run that waited, or that words could not route: who answers, stored before anything is shown.
async fn decide(parts: &Parts, claimed: &mut Claimed, question: &str) -> Result<(), Abandoned> {
    let mut tx = parts.store.as_user(claimed.user).await?;
    let current = tx
        .conversation(claimed.conversation)
        .await?
        .map(|conversation| conversation.current_coach);
    let first = tx
        .message_place(claimed.user_message)
        .await?
        .is_none_or(|(_, parent)| parent.is_none());
    drop(tx);
    let decision = parts
        .router
        .decide(question, current.as_ref(), claimed.picked_coach.as_ref());
    let mut routing = decision.routing;
    if decision.unsure && parts.ask_model && !routing.crisis && !decision.named {
        let by_model = classify(&parts.models, &parts.squad, question, current.as_ref()).await;
        routing = by_model.unwrap_or(routing);
    }
    let mut handoff = handoff(current.as_ref(), &routing, decision.named, first);
    let mut tx = parts.store.as_user(claimed.user).await?;
    if let Some(card) = &handoff
        && taken_back(&mut tx, claimed.conversation, claimed.user_message, &card.to).await?
    {
        routing = stay_with(card.from.clone());
        handoff = None;
    }
    if !tx.decide_coach(claimed, &routing, handoff.as_ref()).await? {
        return Err(Abandoned::LeftToNextClaim);
    }
    tx.commit().await?;
    claimed.coach = routing.coach;
    claimed.crisis = routing.crisis;
    claimed.handoff = handoff;
    Ok(())
}

impl Run {
    async fn drive(mut self, request: PromptRequest, help: Option<String>) -> Result<(), Abandoned> {
        let help = help.map(|text| text.trim_end().to_string() + "\n\n");
        let taken_over = self.claimed.takeovers > 0 || self.shown.len() > help.as_ref().map_or(0, String::len);
        if let Some(help) = &help {
            self.fixed = help.len();
            if self.shown.is_empty() {
                // stored before any provider is called, and kept when it fails
                self.say(help.clone());
                self.flush().await?;
            }
        }
        let mut going_on = false;
        if taken_over && self.shown.len() > self.fixed {
            // what the dead process's call cost was never told
            self.add_spent(true);
            going_on = self.start_attempt(help.as_deref(), None).await?;
        }
        let mut retries = 0;
        loop {
            let shown_before = self.shown.len();
            let this = if going_on {
                prompts::go_on(request.clone(), &self.shown[self.fixed..], &self.facts)
            } else {
                request.clone()
            };
            let ended;
            (self, ended) = self.call_apart(this, going_on).await?;
            let error = match ended {
                Call::Stop { reason, cost_usd } => return self.complete(reason, cost_usd).await,
                Call::Broken(error) => error,
            };
            tracing::warn!(generation = %self.claimed.id, attempt = self.attempt, %error, "the provider failed");
            telemetry::provider_failed(&self.claimed.provider, error.code, SystemClock.now());
            if self.shown.len() == shown_before {
                let pause = self.pause(&error, retries);
                let Some(pause) = pause.filter(|_| retries < RETRIES) else {
                    return self.failed(&error).await;
                };
                retries += 1;
                self.tell_retry(error.code).await;
                self.add_spent(false);
                sleep(pause).await;
            } else if self.recoveries < RECOVERIES {
                self.recoveries += 1;
                self.add_spent(true);
                going_on = self.start_attempt(help.as_deref(), Some(error.code)).await?;
            } else {
                return self.failed(&error).await;
            }
        }
    }

    /// One call, on the thread that does nothing but read providers' streams.
    async fn call_apart(mut self, request: PromptRequest, going_on: bool) -> Result<(Self, Call), Abandoned> {
        let thread = Arc::clone(&self.parts.streams);
        let (provider, model) = (&self.claimed.provider, &self.claimed.model);
        let span = info_span!("provider", provider, model, attempt = self.attempt);
        let call = async move {
            let ended = self.call(request, going_on).await;
            (self, ended)
        };
        let task = thread.spawn(call.instrument(span));
        // dropped with the run, and the provider's connection with it; a call that panicked is left to the next claim
        let (run, ended) = task.await.map_err(|_| Abandoned::LeftToNextClaim)?;
        Ok((run, ended?))
    }

    /// One call. Every text it gives is on its way to the log when this returns.
    async fn call(&mut self, request: PromptRequest, going_on: bool) -> Result<Call, Abandoned> {
        let provider = Arc::clone(&self.provider);
        let mut stream = provider.stream(request);
        let mut seam = going_on.then(String::new);
        let mut phase = info_span!("first_token");
        let mut began = false;
        let end = loop {
            match stream.next().await {
                Some(Ok(ProviderEvent::Text(text))) => {
                    if !began {
                        (began, phase) = (true, info_span!("stream"));
                    }
                    match &mut seam {
                        Some(held) => {
                            held.push_str(&text);
                            if held.chars().count() >= SEAM_WINDOW {
                                self.end_seam(&mut seam);
                            }
                        }
                        None => self.say(text),
                    }
                }
                Some(Ok(ProviderEvent::Usage(usage))) => self.current = Some(usage),
                Some(Ok(ProviderEvent::Stop {
                    reason,
                    usage,
                    cost_usd,
                })) => {
                    self.current = Some(usage);
                    break Call::Stop { reason, cost_usd };
                }
                Some(Err(error)) => break Call::Broken(error),
                None => {
                    break Call::Broken(ProviderError {
                        code: ErrorCode::ProviderError,
                        detail: "the stream ended before the answer did".into(),
                        retry: Some(None),
                    });
                }
            }
        };
        drop(phase);
        self.end_seam(&mut seam);
        self.flush().await?;
        Ok(end)
    }

    fn end_seam(&mut self, seam: &mut Option<String>) {
        if let Some(held) = seam.take() {
            let rest = held[prompts::overlap(&self.shown, &held)..].to_string();
            if !rest.is_empty() {
                self.say(rest);
            }
        }
    }

    fn say(&mut self, text: String) {
        if self.first_token_ms.is_none() {
            self.first_token_ms = Some(self.since_started());
        }
        self.shown.push_str(&text);
        self.append(Event::Delta { text });
    }

    fn append(&mut self, event: Event) {
        let total = self.total();
        let news = total.filter(|_| total != self.told);
        self.told = total;
        self.parts.log.append(&self.key, event, news);
    }

    async fn flush(&self) -> Result<(), Abandoned> {
        self.parts
            .log
            .flush(self.claimed.id)
            .await
            .map_err(|refused| match refused {
                Refused::Fenced | Refused::Faulty => Abandoned::LeftToNextClaim,
            })
    }

    /// For whoever looks at the run later; the run itself does not wait for a database that is away.
    async fn tell_retry(&self, code: ErrorCode) {
        let told = async {
            let mut system = self
                .parts
                .store
                .system("what happens to a run is told of itself")
                .await?;
            system.tell_retry(&self.claimed, self.attempt, code).await
        };
        if let Err(error) = told.await {
            tracing::debug!(%error, "a retry could not be told");
        }
    }

    /// Throws little text away, keeps much. True: the next call goes on after what is shown.
    async fn start_attempt(&mut self, help: Option<&str>, code: Option<ErrorCode>) -> Result<bool, Abandoned> {
        self.attempt += 1;
        self.resumed = true;
        let keep = self.shown[self.fixed.min(self.shown.len())..].chars().count() >= LITTLE;
        let kind = if keep { StepKind::Seam } else { StepKind::Reset };
        let mut system = self
            .parts
            .store
            .system("attempts are counted on the run itself")
            .await?;
        if !system
            .begin_attempt(&self.claimed, self.attempt, self.recoveries, kind, code)
            .await?
        {
            return Err(Abandoned::LeftToNextClaim);
        }
        let attempt = self.attempt;
        if keep {
            self.append(Event::Seam { attempt });
        } else {
            self.shown.clear();
            self.append(Event::Reset { attempt });
            if let Some(help) = help {
                self.say(help.to_string());
            }
        }
        Ok(keep)
    }

    /// The call that ends here joins the sum. One that was cut after text never told what it wrote.
    fn add_spent(&mut self, cut: bool) {
        let mut call = self.current.take();
        if cut {
            call = Some(Usage {
                output_tokens: None,
                ..call.unwrap_or_default()
            });
        }
        self.spent = sum(self.spent, call);
    }

    fn total(&self) -> Option<Usage> {
        sum(self.spent, self.current)
    }

    fn since_started(&self) -> i64 {
        let passed = self.claimed.age + self.since_claim.elapsed();
        passed.as_millis().try_into().unwrap_or(i64::MAX)
    }

    fn pause(&self, error: &ProviderError, retries: u32) -> Option<Duration> {
        let pause = error.retry?.unwrap_or_else(|| {
            let backoff = Duration::from_millis(500) * 2_u32.pow(retries);
            backoff.mul_f64(rand::random_range(0.75..1.0))
        });
        (pause <= LONGEST_PAUSE).then_some(pause)
    }
}

/// Counters of two calls; one that was never told makes the sum unknown.
fn sum(one: Option<Usage>, two: Option<Usage>) -> Option<Usage> {
    let (Some(one), Some(two)) = (one, two) else {
        return one.or(two);
    };
    let add = |a: Option<i64>, b: Option<i64>| Some(a? + b?);
    Some(Usage {
        input_tokens: add(one.input_tokens, two.input_tokens),
        output_tokens: add(one.output_tokens, two.output_tokens),
        cache_read_tokens: add(one.cache_read_tokens, two.cache_read_tokens),
        cache_write_tokens: add(one.cache_write_tokens, two.cache_write_tokens),
    })
}
