//! The page's one WebSocket, to `/feed`.
//!
//! It is opened once, stays while the tab lives and opens itself again: when it closes (with backoff and jitter), when
//! two ticks in a row did not come, when the browser says it is online again, and when the tab was asleep. Whoever
//! reads from it asks again for what it watches in `on_open`, from the last number it has.
//!
//! Written on web-sys alone: handlers are all that is needed, and a stream of futures would only make the page bigger.

use super::media;
use crate::{
    types::feed::{FeedFrame, FeedRequest},
    ui::{kit::PresenceState, platform},
    wire,
};
use leptos::{ev, prelude::*};
use std::{cell::RefCell, rc::Rc, time::Duration};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Event, MessageEvent, WebSocket};

/// The server ticks every 15 s; two missed ones mean that the connection is dead.
const SILENT_MS: f64 = 34_000.0;
/// A tab that wakes up does not wait for the second tick.
const ASLEEP_MS: f64 = 18_000.0;
const BACKOFF_MS: [f64; 6] = [250.0, 500.0, 1_000.0, 2_000.0, 4_000.0, 8_000.0];
/// A cut shorter than this is not shown.
const UNNOTICED_MS: f64 = 2_000.0;

/// What the feed tells its one reader.
pub struct Handlers {
    pub on_frame: Box<dyn Fn(FeedFrame)>,
    /// The connection stands; `true` when it is not the first one, or the page is a copy from before.
    pub on_open: Box<dyn Fn(bool)>,
    pub on_presence: Box<dyn Fn(PresenceState)>,
    /// The browser has its network back.
    pub on_return: Box<dyn Fn()>,
    /// The program is of another build than this page, which has to be loaded anew.
    pub on_outdated: Box<dyn Fn()>,
}

struct Socket {
    socket: WebSocket,
    _handlers: [Closure<dyn FnMut(Event)>; 3],
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.socket.set_onopen(None);
        self.socket.set_onmessage(None);
        self.socket.set_onclose(None);
        let _ = self.socket.close();
    }
}

#[derive(Default)]
struct Feed {
    handlers: Option<Rc<Handlers>>,
    socket: Option<Socket>,
    open: bool,
    opened_before: bool,
    failures: usize,
    heard: f64,
    /// Since when there is no connection; 0 while there is one.
    cut: f64,
    retry: Option<TimeoutHandle>,
}

impl Feed {
    fn lose(&mut self) {
        self.open = false;
        if self.cut == 0.0 {
            self.cut = media::now_ms();
        }
    }
}

thread_local! {
    static FEED: RefCell<Feed> = RefCell::default();
}

/// Watches the network and the tab's sleep; [`connect`] opens the socket. Ends with the owner that called it.
pub fn start(handlers: Handlers) {
    let network = [
        window_event_listener(ev::online, |_| {
            if let Some(handlers) = handlers_now() {
                (handlers.on_return)();
            }
            if wanted() {
                FEED.with_borrow_mut(|feed| feed.failures = 0);
                connect();
            } else {
                tell_presence();
            }
        }),
        window_event_listener(ev::offline, |_| tell_presence()),
    ];
    let seen = window_event_listener_untyped("visibilitychange", |_| wake(ASLEEP_MS));
    let shown = window_event_listener_untyped("pageshow", |_| wake(ASLEEP_MS));
    let pulse = set_interval_with_handle(|| wake(SILENT_MS), Duration::from_secs(5)).ok();
    FEED.with_borrow_mut(|feed| {
        *feed = Feed {
            handlers: Some(Rc::new(handlers)),
            opened_before: platform::kept().is_some(),
            ..Feed::default()
        }
    });
    if !reachable() {
        tell_presence();
    }
    on_cleanup(move || {
        network.into_iter().for_each(|listener| listener.remove());
        seen.remove();
        shown.remove();
        if let Some(pulse) = pulse {
            pulse.clear();
        }
        let old = FEED.with_borrow_mut(std::mem::take);
        if let Some(retry) = old.retry {
            retry.clear();
        }
    });
}

/// As far as the browser knows. A copy of the page came because the program could not be reached.
fn reachable() -> bool {
    media::online() && platform::kept().is_none()
}

fn wanted() -> bool {
    FEED.with_borrow(|feed| feed.socket.is_some() || feed.retry.is_some())
}

/// Opens the socket if it was never asked for; safe to call again.
pub fn ensure() {
    if !wanted() {
        connect();
    }
}

pub fn send(request: &FeedRequest) {
    FEED.with_borrow(|feed| {
        if let (true, Some(socket), Ok(text)) = (feed.open, &feed.socket, wire::encode(request)) {
            let _ = socket.socket.send_with_str(&text);
        }
    });
}

fn handlers_now() -> Option<Rc<Handlers>> {
    FEED.with_borrow(|feed| feed.handlers.clone())
}

fn wake(silence: f64) {
    let dead = FEED.with_borrow(|feed| feed.open && media::now_ms() - feed.heard > silence);
    if dead && !document().hidden() {
        connect();
    }
}

fn connect() {
    let location = window().location();
    let scheme = if location.protocol().is_ok_and(|it| it == "https:") {
        "wss"
    } else {
        "ws"
    };
    let url = format!(
        "{scheme}://{}/feed?mark={}",
        location.host().unwrap_or_default(),
        wire::MARK
    );
    let old = FEED.with_borrow_mut(|feed| {
        feed.lose();
        if let Some(retry) = feed.retry.take() {
            retry.clear();
        }
        feed.socket.take()
    });
    drop(old);
    let Ok(socket) = WebSocket::new(&url) else {
        return closed();
    };
    let on_open = Closure::<dyn FnMut(Event)>::new(|_| opened());
    let on_message = Closure::<dyn FnMut(Event)>::new(|event: Event| {
        if let Some(text) = event.unchecked_ref::<MessageEvent>().data().as_string() {
            heard(&text);
        }
    });
    let on_close = Closure::<dyn FnMut(Event)>::new(|_| closed());
    socket.set_onopen(Some(on_open.as_ref().unchecked_ref()));
    socket.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    socket.set_onclose(Some(on_close.as_ref().unchecked_ref()));
    FEED.with_borrow_mut(|feed| {
        feed.socket = Some(Socket {
            socket,
            _handlers: [on_open, on_message, on_close],
        })
    });
    tell_presence_later();
}

fn opened() {
    platform::mark_live();
    let again = FEED.with_borrow_mut(|feed| {
        feed.open = true;
        feed.cut = 0.0;
        feed.failures = 0;
        feed.heard = media::now_ms();
        std::mem::replace(&mut feed.opened_before, true)
    });
    tell_presence();
    if let Some(handlers) = handlers_now() {
        (handlers.on_open)(again);
    }
}

fn heard(text: &str) {
    FEED.with_borrow_mut(|feed| feed.heard = media::now_ms());
    if text == wire::OUTDATED {
        // it will hear nothing else until it is loaded anew
        FEED.with_borrow_mut(|feed| feed.failures = BACKOFF_MS.len());
        if let Some(handlers) = handlers_now() {
            (handlers.on_outdated)();
        }
        return;
    }
    if let (Ok(frame), Some(handlers)) = (wire::decode::<FeedFrame>(text), handlers_now()) {
        (handlers.on_frame)(frame);
    }
}

fn closed() {
    FEED.with_borrow_mut(|feed| {
        feed.lose();
        let base = BACKOFF_MS[feed.failures.min(BACKOFF_MS.len() - 1)];
        feed.failures += 1;
        let wait = Duration::from_millis((base * (0.5 + js_sys::Math::random())) as u64);
        if let Some(retry) = feed.retry.take() {
            retry.clear();
        }
        feed.retry = set_timeout_with_handle(connect, wait).ok();
    });
    tell_presence_later();
    if !reachable() {
        tell_presence();
    }
}

fn tell_presence_later() {
    set_timeout(tell_presence, Duration::from_millis(UNNOTICED_MS as u64));
}

fn tell_presence() {
    let (open, cut) = FEED.with_borrow(|feed| (feed.open || (feed.socket.is_none() && feed.retry.is_none()), feed.cut));
    // the timer of an earlier cut; clocks are not exact
    if reachable() && !open && media::now_ms() - cut < UNNOTICED_MS - 50.0 {
        return;
    }
    let presence = match (reachable(), open) {
        (false, _) => PresenceState::Offline,
        (true, true) => PresenceState::Online,
        (true, false) => PresenceState::Reconnecting,
    };
    if let Some(handlers) = handlers_now() {
        (handlers.on_presence)(presence);
    }
}
