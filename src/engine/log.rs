//! The one writer of this process: what all generations gathered while the last commit ran goes out in one statement.
//!
//! An event reaches readers only after its commit, with the number it got there. Deltas of one generation that came
//! together become one. The first token of an answer, and whatever somebody waits for, never waits for company; other
//! rounds keep [`PACE`] apart, because a statement costs the same for one token as for forty.

use super::hub::{Hub, Signal};
use crate::{
    store::{
        Store,
        log::{Append, Appended, append},
    },
    telemetry,
    types::{chat::Usage, event::Event, ids::*},
};
use std::{
    collections::{HashMap, VecDeque, hash_map::Entry},
    sync::Arc,
    time::Duration,
};
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, timeout_at},
};
use tokio_util::sync::CancellationToken;

/// Between two rounds in which nothing is urgent. Nobody sees it (a frame is 16 ms), and with hundreds of answers it
/// saves most of the statements.
const PACE: Duration = Duration::from_millis(10);
const JOBS_AT_ONCE: usize = 4096;

/// Why a run's events are not taken any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Another claim, a stop or a deletion came in between.
    Fenced,
    /// PostgreSQL refuses this very event.
    Faulty,
}

enum Job {
    Append {
        run: Arc<RunKey>,
        event: Event,
        usage: Option<Usage>,
    },
    /// Answered when everything of this run that came before is stored, or refused.
    Flush {
        generation: GenerationId,
        reply: oneshot::Sender<Result<(), Refused>>,
    },
    Close {
        generation: GenerationId,
    },
}

/// One claim of one generation, as the writer knows it.
#[derive(Debug)]
pub struct RunKey {
    pub generation: GenerationId,
    pub fence: i64,
    /// Number of the first event this claim will write.
    pub next_seq: i64,
    /// Cancelled by the writer when the run was fenced or is faulty.
    pub stop: CancellationToken,
}

/// The runs' end of the writer.
#[derive(Clone)]
pub struct LogWriter {
    jobs: mpsc::UnboundedSender<Job>,
}

impl LogWriter {
    /// Starts the writer's task; it ends when the last handle is dropped.
    pub fn start(store: Store, hub: Hub) -> Self {
        let (jobs, inbox) = mpsc::unbounded_channel();
        tokio::spawn(
            Writer {
                store,
                hub,
                inbox,
                queues: HashMap::new(),
                connection: None,
                urgent: false,
            }
            .run(),
        );
        Self { jobs }
    }

    /// Hands an event over; returns at once. A run that may not write any more finds its `stop` cancelled.
    pub fn append(&self, run: &Arc<RunKey>, event: Event, usage: Option<Usage>) {
        // the writer outlives every run: it ends with the last handle
        let _ = self.jobs.send(Job::Append {
            run: Arc::clone(run),
            event,
            usage,
        });
    }

    /// Waits until everything handed over is stored.
    pub async fn flush(&self, generation: GenerationId) -> Result<(), Refused> {
        let (reply, answer) = oneshot::channel();
        let _ = self.jobs.send(Job::Flush { generation, reply });
        answer.await.unwrap_or(Err(Refused::Fenced))
    }

    /// Forgets a run.
    pub fn close(&self, generation: GenerationId) {
        let _ = self.jobs.send(Job::Close { generation });
    }
}

/// What waits for one run.
struct Queue {
    run: Arc<RunKey>,
    /// Number of the event at the front.
    next_seq: i64,
    /// With each, when its first word came.
    events: VecDeque<(Event, Option<Usage>, std::time::Instant)>,
    /// The front event was sent and no answer came: it may be stored as it is, so nothing may join it.
    front_sent: bool,
    flushes: Vec<oneshot::Sender<Result<(), Refused>>>,
    refused: Option<Refused>,
}

impl Queue {
    fn push(&mut self, event: Event, usage: Option<Usage>) {
        let sealed = self.front_sent && self.events.len() == 1;
        if let (false, Event::Delta { text: more }, Some((Event::Delta { text }, last, _))) =
            (sealed, &event, self.events.back_mut())
        {
            text.push_str(more);
            *last = usage.or(*last);
        } else {
            self.events.push_back((event, usage, std::time::Instant::now()));
        }
    }

    fn refuse(&mut self, why: Refused) {
        self.refused = Some(why);
        self.events.clear();
        self.run.stop.cancel();
        self.answer();
    }

    fn answer(&mut self) {
        if self.events.is_empty() {
            let outcome = self.refused.map_or(Ok(()), Err);
            for reply in self.flushes.drain(..) {
                let _ = reply.send(outcome);
            }
        }
    }
}

struct Writer {
    store: Store,
    hub: Hub,
    inbox: mpsc::UnboundedReceiver<Job>,
    queues: HashMap<GenerationId, Queue>,
    connection: Option<sqlx::PgConnection>,
    /// Somebody waits for what is queued.
    urgent: bool,
}

impl Writer {
    async fn run(mut self) {
        let mut jobs = Vec::new();
        let mut next_round = Instant::now();
        // now, so that no first token waits for it; without one, the first round says why
        self.connection = self.store.dedicated().await.ok();
        loop {
            let idle = self.queues.values().all(|queue| queue.events.is_empty());
            if idle && self.inbox.recv_many(&mut jobs, JOBS_AT_ONCE).await == 0 {
                return;
            }
            self.take_all(&mut jobs);
            while !self.urgent
                && let Ok(1..) = timeout_at(next_round, self.inbox.recv_many(&mut jobs, JOBS_AT_ONCE)).await
            {
                self.take_all(&mut jobs);
            }
            self.urgent = false;
            next_round = Instant::now() + PACE;
            self.write().await;
        }
    }

    /// Takes these jobs and those that wait already.
    fn take_all(&mut self, jobs: &mut Vec<Job>) {
        for job in jobs.drain(..) {
            self.take(job);
        }
        while let Ok(job) = self.inbox.try_recv() {
            self.take(job);
        }
    }

    fn take(&mut self, job: Job) {
        match job {
            Job::Append { run, event, usage } => match self.queues.entry(run.generation) {
                Entry::Occupied(mut entry) if entry.get().run.fence == run.fence => {
                    if entry.get().refused.is_none() {
                        entry.get_mut().push(event, usage);
                    }
                }
                Entry::Occupied(entry) if entry.get().run.fence > run.fence => run.stop.cancel(),
                entry => {
                    let next_seq = run.next_seq;
                    let mut queue = Queue {
                        run,
                        next_seq,
                        events: VecDeque::new(),
                        front_sent: false,
                        flushes: Vec::new(),
                        refused: None,
                    };
                    queue.push(event, usage);
                    entry.insert_entry(queue);
                    self.urgent = true;
                }
            },
            Job::Flush { generation, reply } => match self.queues.get_mut(&generation) {
                Some(queue) => {
                    queue.flushes.push(reply);
                    queue.answer();
                    self.urgent |= !queue.events.is_empty();
                }
                None => {
                    let _ = reply.send(Ok(()));
                }
            },
            Job::Close { generation } => {
                self.queues.remove(&generation);
            }
        }
    }

    /// One round: the front event of every queue.
    async fn write(&mut self) {
        let begun = std::time::Instant::now();
        telemetry::LOG.since(self.oldest());
        let waiting = self.queues.iter().filter(|(_, queue)| !queue.events.is_empty());
        let round: Vec<_> = waiting.map(|(generation, _)| *generation).collect();
        match self.store_fronts(&round).await {
            Ok(outcomes) => {
                telemetry::committed(begun.elapsed());
                self.settle(&round, &outcomes).await;
            }
            Err(error) if is_about_the_data(&error) && round.len() > 1 => {
                for generation in round {
                    self.write_alone(generation).await;
                }
            }
            Err(error) if is_about_the_data(&error) => self.faulty(round[0], &error),
            Err(error) => self.lost_connection(&error).await,
        }
        telemetry::LOG.since(self.oldest());
    }

    /// When the event came that has waited longest.
    fn oldest(&self) -> Option<std::time::Instant> {
        let fronts = self.queues.values().filter_map(|queue| queue.events.front());
        fronts.map(|(_, _, came)| *came).min()
    }

    async fn write_alone(&mut self, generation: GenerationId) {
        match self.store_fronts(&[generation]).await {
            Ok(outcomes) => self.settle(&[generation], &outcomes).await,
            Err(error) if is_about_the_data(&error) => self.faulty(generation, &error),
            Err(error) => self.lost_connection(&error).await,
        }
    }

    /// Stores the front events of these queues, none of which is empty.
    async fn store_fronts(&mut self, round: &[GenerationId]) -> Result<Vec<Appended>, sqlx::Error> {
        let front = |generation: &GenerationId| {
            let queue = self.queues.get(generation)?;
            let (event, usage, _) = queue.events.front()?;
            Some(Append {
                generation: *generation,
                fence: queue.run.fence,
                seq: queue.next_seq,
                event,
                usage: *usage,
            })
        };
        let batch: Vec<_> = round.iter().filter_map(front).collect();
        if batch.is_empty() {
            return Ok(Vec::new());
        }
        let connection = match &mut self.connection {
            Some(connection) => connection,
            none => none.insert(self.store.dedicated().await?),
        };
        append(connection, &batch).await
    }

    async fn settle(&mut self, round: &[GenerationId], outcomes: &[Appended]) {
        for (generation, outcome) in round.iter().zip(outcomes) {
            let Some(queue) = self.queues.get_mut(generation) else {
                continue;
            };
            match outcome {
                Appended::Taken => {
                    let Some((event, ..)) = queue.events.pop_front() else {
                        continue;
                    };
                    let seq = queue.next_seq;
                    queue.front_sent = false;
                    queue.next_seq += 1;
                    queue.answer();
                    let event = Arc::new(event);
                    self.hub.publish(*generation, Signal::Committed { seq, event });
                }
                Appended::Fenced => queue.refuse(Refused::Fenced),
                Appended::Locked => {}
            }
        }
        if !outcomes.is_empty() && outcomes.iter().all(|outcome| *outcome == Appended::Locked) {
            // somebody holds every row we want: a stop or a claim that is about to commit
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    fn faulty(&mut self, generation: GenerationId, error: &sqlx::Error) {
        tracing::error!(%generation, %error, "PostgreSQL refuses an event of this answer");
        if let Some(queue) = self.queues.get_mut(&generation) {
            queue.refuse(Refused::Faulty);
        }
    }

    /// The events stay queued; the next round connects again, and finds out what was stored.
    async fn lost_connection(&mut self, error: &sqlx::Error) {
        tracing::warn!(%error, "the log's connection to PostgreSQL is lost; trying again");
        for queue in self.queues.values_mut() {
            queue.front_sent = !queue.events.is_empty();
        }
        self.connection = None;
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
}

/// Whether PostgreSQL refused what it was given (and would again), rather than being away or out of something.
/// Class 22 is data exceptions, 23 integrity constraints, 54 program limits (appendix A of its manual).
fn is_about_the_data(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(error) => error
            .code()
            .is_some_and(|code| ["22", "23", "54"].iter().any(|class| code.starts_with(class))),
        sqlx::Error::Encode(_) | sqlx::Error::ColumnDecode { .. } => true,
        _ => false,
    }
}
