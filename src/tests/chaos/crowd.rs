//! Artists who go on until they are answered, as the page does: a send without an answer is sent again under the same
//! id, a stream that ends early is opened again after the last event that was seen. Each writes down what she saw.

use super::place::{Place, Urls};
use crate::support::{
    artist::{Started, http},
    patiently,
    sse::{Event, Events},
};
use reqwest::{RequestBuilder, Response};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use tokio::{
    sync::{Notify, watch},
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// A turn that takes longer is lost.
const PATIENCE: Duration = Duration::from_secs(150);
/// Nothing at all for so long: the connection is dead.
const DEAF: Duration = Duration::from_secs(45);
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(100);

/// How a crowd behaves.
#[derive(Clone, Copy)]
pub struct Habits {
    pub artists: usize,
    /// Questions of each, one after the other.
    pub rounds: usize,
    /// Of each answer.
    pub words: usize,
    /// Leaves her stream after so many events and comes back at the next program.
    pub leaves_after: Option<usize>,
    /// Sends each message so many times at once.
    pub at_once: usize,
    /// The program that all of them call first; otherwise they spread.
    pub at: Option<usize>,
}

impl Habits {
    pub const fn new(artists: usize, rounds: usize, words: usize) -> Self {
        Self {
            artists,
            rounds,
            words,
            leaves_after: None,
            at_once: 1,
            at: None,
        }
    }
}

/// One question and what its artist saw.
pub struct Turn {
    /// Of the story.
    pub name: String,
    pub words: usize,
    pub client_message_id: Uuid,
    pub caller: Caller,
    pub started: Option<Started>,
    /// Without `generation`, each number once.
    pub events: Vec<Event>,
    /// What was answered instead of a stream, and how often.
    pub refusals: BTreeMap<String, usize>,
    /// Streams that ended early.
    pub cuts: usize,
    /// Between two events, or before the first one.
    pub silence: Duration,
    /// What no reader may see.
    pub wrong: Vec<String>,
}

pub fn is_end(event: &Event) -> bool {
    matches!(event.name.as_str(), "done" | "failed" | "cancelled")
}

/// Somebody with a cookie.
#[derive(Clone)]
pub struct Caller {
    http: reqwest::Client,
    cookie: String,
}

impl Caller {
    async fn arrive(http: &reqwest::Client, url: &str) -> Self {
        let coming = http.get(format!("{url}/api/conversations")).send();
        let response = patiently("a cookie", coming).await.unwrap();
        let cookie = response.headers()["set-cookie"].to_str().unwrap();
        Self {
            http: http.clone(),
            cookie: cookie.split(';').next().unwrap().to_string(),
        }
    }

    fn with_cookie(&self, request: RequestBuilder) -> RequestBuilder {
        request.header("cookie", &self.cookie)
    }

    pub fn get(&self, url: String) -> RequestBuilder {
        self.with_cookie(self.http.get(url))
    }

    pub fn post(&self, url: String, body: &Value) -> RequestBuilder {
        self.with_cookie(self.http.post(url).json(body))
    }
}

/// An artist and her conversation, where there is one.
pub type Talk = (Caller, Option<String>);
/// By the name of the story.
type Begun = Arc<Mutex<BTreeMap<String, Talk>>>;

/// The artists of a scenario.
pub struct Crowd {
    running: JoinSet<Vec<Turn>>,
    begun: Begun,
    refused: Arc<Notify>,
    seen: watch::Receiver<usize>,
    enough: CancellationToken,
}

impl Crowd {
    /// New artists, who begin to talk; `name` begins the names of their stories.
    pub async fn gather(place: &Place, name: &str, habits: Habits) -> Self {
        let http = http();
        let mut talks = Vec::new();
        for number in 0..habits.artists {
            talks.push((Caller::arrive(&http, &place.urls.get(number)).await, None));
        }
        Self::of(place, name, habits, talks)
    }

    /// These artists go on with these talks.
    pub fn of(place: &Place, name: &str, habits: Habits, talks: Vec<Talk>) -> Self {
        let (tell, seen) = watch::channel(0);
        let (mut running, enough) = (JoinSet::new(), CancellationToken::new());
        let (begun, refused) = (Begun::default(), Arc::<Notify>::default());
        for (number, (caller, conversation)) in talks.into_iter().enumerate() {
            let artist = Artist {
                caller,
                name: format!("{name}{number}"),
                urls: place.urls.clone(),
                place: habits.at.unwrap_or(number),
                habits,
                tell: tell.clone(),
                begun: Arc::clone(&begun),
                refused: Arc::clone(&refused),
            };
            running.spawn(artist.talk(conversation, enough.clone()));
        }
        Self {
            running,
            begun,
            refused,
            seen,
            enough,
        }
    }

    /// Their talks that have begun.
    pub fn talks(&self) -> Vec<Talk> {
        let begun = self.begun.lock().unwrap();
        begun.values().cloned().collect()
    }

    /// Waits until all of them together have seen so many events more.
    pub async fn saw(&mut self, more: usize) {
        let wanted = *self.seen.borrow() + more;
        let coming = self.seen.wait_for(|seen| *seen >= wanted);
        timeout(PATIENCE, coming)
            .await
            .expect("nothing goes on")
            .expect("nobody talks any more");
    }

    /// Waits until one of them is told that it cannot be done now.
    pub async fn refusal(&self) {
        self.refused.notified().await;
    }

    /// Their turns, all ended; who talks without end asks nothing new.
    pub async fn end(mut self) -> Vec<Turn> {
        self.enough.cancel();
        let mut turns = Vec::new();
        while let Some(talk) = self.running.join_next().await {
            turns.extend(talk.expect("an artist"));
        }
        turns
    }
}

struct Artist {
    caller: Caller,
    name: String,
    urls: Urls,
    /// The program she calls next.
    place: usize,
    habits: Habits,
    tell: watch::Sender<usize>,
    begun: Begun,
    refused: Arc<Notify>,
}

impl Artist {
    async fn talk(mut self, mut conversation: Option<String>, enough: CancellationToken) -> Vec<Turn> {
        let mut turns = Vec::new();
        for round in 0..self.habits.rounds {
            if round > 0 && self.habits.rounds == usize::MAX && enough.is_cancelled() {
                break;
            }
            let turn = self
                .turn(format!("{}x{round}", self.name), conversation.as_deref())
                .await;
            conversation = conversation.or_else(|| turn.started.as_ref().map(|ids| ids.conversation.clone()));
            turns.push(turn);
        }
        turns
    }

    async fn turn(&mut self, name: String, conversation: Option<&str>) -> Turn {
        let words = self.habits.words;
        let mut turn = Turn {
            client_message_id: Uuid::new_v4(),
            caller: self.caller.clone(),
            started: None,
            events: Vec::new(),
            refusals: BTreeMap::new(),
            cuts: 0,
            silence: Duration::ZERO,
            wrong: Vec::new(),
            words,
            name,
        };
        let body = json!({
            "message": format!("And what comes next? story:{}:{words} please", turn.name),
            "coach": "luke", "conversation_id": conversation, "client_message_id": turn.client_message_id,
        });
        let (since, mut heard) = (Instant::now(), Instant::now());
        while since.elapsed() < PATIENCE {
            let Some(mut events) = self.open(&body, &mut turn).await else {
                self.place += 1;
                sleep(PAUSE).await;
                continue;
            };
            let mut here = 0;
            while self.habits.leaves_after.is_none_or(|most| here < most) {
                let Ok(Some(event)) = timeout(DEAF, events.read()).await else {
                    turn.cuts += 1;
                    break;
                };
                turn.take(event);
                if let Some(started) = &turn.started {
                    let talk = (self.caller.clone(), Some(started.conversation.clone()));
                    self.begun.lock().unwrap().entry(turn.name.clone()).or_insert(talk);
                }
                turn.silence = turn.silence.max(heard.elapsed());
                heard = Instant::now();
                here += 1;
                self.tell.send_modify(|seen| *seen += 1);
                if turn.events.last().is_some_and(is_end) {
                    return turn;
                }
            }
            self.place += 1;
        }
        turn.silence = turn.silence.max(heard.elapsed());
        turn
    }

    /// A stream of the turn: as its sender while nobody knows its id, as a reader after that.
    async fn open(&self, body: &Value, turn: &mut Turn) -> Option<Events> {
        let url = self.urls.get(self.place);
        let response = match &turn.started {
            Some(started) => {
                let path = format!("{url}/api/chat/stream/{}", started.generation);
                let after = turn.events.len().to_string();
                self.ask(self.caller.get(path).header("last-event-id", after)).await
            }
            None => self.send(&url, body).await,
        };
        let refusal = match response {
            Ok(response) if response.status() == 200 => return Some(Events::new(response)),
            Ok(response) => {
                let status = response.status().as_u16();
                let problem: Value = response.json().await.unwrap_or_default();
                format!("{status} {}", problem["code"].as_str().unwrap_or("-"))
            }
            Err(()) => "no answer".to_string(),
        };
        self.refused.notify_one();
        *turn.refusals.entry(refusal).or_default() += 1;
        None
    }

    async fn send(&self, url: &str, body: &Value) -> Result<Response, ()> {
        let others = (1..self.habits.at_once).map(|number| {
            let url = self.urls.get(self.place + number);
            let request = self.caller.post(format!("{url}/api/chat/generate"), body);
            self.ask(request)
        });
        let request = self.caller.post(format!("{url}/api/chat"), body);
        let own = self.ask(request.header("accept", "text/event-stream"));
        let (response, others) = tokio::join!(own, futures_util::future::join_all(others));
        drop(others);
        response
    }

    async fn ask(&self, request: RequestBuilder) -> Result<Response, ()> {
        timeout(DEAF, request.send()).await.map_err(drop)?.map_err(drop)
    }
}

impl Turn {
    fn take(&mut self, event: Event) {
        if event.name == "generation" {
            let started = Started::of(&event.data);
            if self.started.get_or_insert_with(|| started.clone()) != &started {
                self.wrong.push(format!("another generation: {started:?}"));
            }
            return;
        }
        let next = i64::try_from(self.events.len()).unwrap() + 1;
        if event.id != Some(next) {
            self.wrong.push(format!("event {:?} where {next} comes", event.id));
        }
        self.events.push(event);
    }
}
