//! Where the reader looks.
//!
//! Three parts of the page take part: the box that scrolls, the content in it, and a spacer beside the content, which
//! holds the box open: on send the question moves near the top, the spacer reaches as far down as it takes for that, and
//! the answer grows along it. When the answer is taller than the view, the view follows its end (not one that begins with
//! numbers to call for help, nor one that was written before the page was live and comes at once), until the reader moves
//! up; it follows again when she comes down to within [`NEAR`] of the end, or asks for the latest message. What changes
//! above a view that is free (older messages come, a part that was far away is measured anew) does not move what is seen.
//! Everything is corrected in a `ResizeObserver`, that is after layout and before paint.
//!
//! Only the reader's moves free the view, and the browser makes moves of its own: it never lets the view stand below the
//! end. The spacer changes in [`Scroll::settle`] alone, so content that is shorter for a moment moves nothing; and what a
//! view that became higher explains does not count.

use super::{found, frame::next_frame, media};
use crate::types::ids::{ConversationId, MessageId};
use leptos::prelude::{set_timeout, window};
use std::{cell::RefCell, collections::HashSet, rc::Rc, time::Duration};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{DomRect, Element, Event, HtmlElement, ResizeObserver, ScrollIntoViewOptions, ScrollLogicalPosition};

/// This close to the end counts as being there, px.
const NEAR: f64 = 60.0;
/// Room above a question that was just sent, px.
const ABOVE: f64 = 16.0;
/// Older messages are asked for this early, px.
const EARLY: f64 = 1500.0;
/// What was written before the page was live comes in so long, ms.
const CATCH_UP: f64 = 1500.0;
/// On a view in which the reader went up before the page was live (`boot/reading.js`).
const MOVED: &str = "data-moved";
/// A message that was looked for is marked for so long, as the stylesheet says of `data-found`.
const MARKED: Duration = Duration::from_secs(3);

struct Scroll {
    view: HtmlElement,
    content: HtmlElement,
    spacer: HtmlElement,
    following: bool,
    /// It was, before [`free`].
    followed: bool,
    /// The page came with an answer that had no word yet: until then, in ms since 1970, comes what was written before the
    /// page was live. Infinite before its first word, 0 where there is no such answer.
    catches_up: f64,
    /// What keeps its place on the screen while the end is in view, and how far below the view's top that is: the message
    /// that was sent last, or what was pressed last to show something else around it.
    question: Option<(Element, f64)>,
    /// The first part of the content in a view that is free, its place there, and how high it is.
    anchor: Option<(Element, f64, f64)>,
    /// Where the view was when it was last looked at, how high and how wide.
    last: f64,
    last_height: f64,
    last_width: i32,
    away: bool,
    /// Tells whether the end is out of sight.
    on_away: Rc<dyn Fn(bool)>,
    /// The top comes near.
    on_top: Rc<dyn Fn()>,
    observer: ResizeObserver,
    listener: Closure<dyn FnMut(Event)>,
    _observed: Closure<dyn FnMut()>,
}

impl Drop for Scroll {
    fn drop(&mut self) {
        self.observer.disconnect();
        let _ = self
            .view
            .remove_event_listener_with_callback("scroll", self.listener.as_ref().unchecked_ref());
    }
}

/// A conversation, the message at the top of its view when it was left, and where that stood below the view's top, px.
type Left = (ConversationId, MessageId, f64);

thread_local! {
    static SCROLL: RefCell<Option<Scroll>> = const { RefCell::new(None) };
    static LEFT: RefCell<Vec<Left>> = const { RefCell::new(Vec::new()) };
}

/// Takes over the scrolling of `view` and goes to its end, unless the address asks for a message.
pub fn attach(
    view: HtmlElement,
    content: HtmlElement,
    spacer: HtmlElement,
    on_away: impl Fn(bool) + 'static,
    on_top: impl Fn() + 'static,
) {
    let listener = Closure::<dyn FnMut(Event)>::new(|_| moved());
    let observed = Closure::<dyn FnMut()>::new(|| with(Scroll::settle));
    let Ok(observer) = ResizeObserver::new(observed.as_ref().unchecked_ref()) else {
        return;
    };
    let _ = view.add_event_listener_with_callback("scroll", listener.as_ref().unchecked_ref());
    // The browser's own anchoring would correct a second time.
    let _ = view.style().set_property("overflow-anchor", "none");
    observer.observe(&content);
    observer.observe(&view);
    let mut scroll = Scroll {
        view,
        content,
        spacer,
        following: asked_for().is_none(),
        followed: false,
        catches_up: 0.0,
        question: None,
        anchor: None,
        last: 0.0,
        last_height: 0.0,
        last_width: 0,
        away: false,
        on_away: Rc::new(on_away),
        on_top: Rc::new(on_top),
        observer,
        listener,
        _observed: observed,
    };
    // the reader went up before the page was live
    scroll.following &= !scroll.view.has_attribute(MOVED) || scroll.below() <= NEAR;
    let _ = scroll.view.remove_attribute(MOVED);
    let follows = scroll.following;
    let wordless = follows && scroll.thinks();
    if wordless {
        scroll.catches_up = f64::INFINITY;
    }
    SCROLL.set(Some(scroll));
    if wordless {
        to_question();
    } else if follows {
        to_latest();
    }
}

pub fn detach() {
    SCROLL.set(None);
}

/// Brings the last question near the top, once it is drawn; the answer grows below it.
pub fn to_question() {
    next_frame(|| {
        with(|scroll| {
            let questions = scroll.content.query_selector_all("[data-role=user]");
            let last = questions
                .ok()
                .and_then(|all| all.get(all.length().checked_sub(1)?)?.dyn_into().ok());
            scroll.question = last.map(|last| (last, ABOVE));
            scroll.follow();
        });
    });
}

/// To the end, and nothing keeps its place.
pub fn to_latest() {
    with(|scroll| {
        scroll.question = None;
        scroll.follow();
    });
}

/// The message that the address asks for.
pub fn asked_for() -> Option<MessageId> {
    window().location().hash().ok()?.strip_prefix('#')?.parse().ok()
}

/// Where a message is brought to.
pub enum Where {
    /// So far below the view's top, px.
    Stood(f64),
    /// Near the top, where it is marked for a moment; or so that the first of these words is in sight, all marked.
    Top(HashSet<String>),
}

/// Brings a message into view, which is free then.
pub fn show(id: MessageId, place: Where) {
    with(|scroll| {
        let Ok(Some(found)) = scroll.content.query_selector(&format!("[data-id=\"{id}\"]")) else {
            return;
        };
        scroll.following = false;
        scroll.question = None;
        let top = scroll.place(&found);
        let words = match place {
            Where::Stood(below) => return scroll.go(top - below),
            Where::Top(words) => words,
        };
        scroll.go(top - ABOVE);
        if let Some(word) = found::mark(&found, &words) {
            let place = scroll.place_of(&word.get_bounding_client_rect());
            // else it is in sight, and clear of what stands above the view's lower edge
            if place > top - ABOVE + scroll.height() * 0.8 {
                scroll.go(place - scroll.height() / 3.0);
            }
        }
        let _ = found.set_attribute("data-found", "");
        set_timeout(move || _ = found.remove_attribute("data-found"), MARKED);
    });
}

/// Remembers where the view of this conversation is left, unless it shows the end.
pub fn leave(id: ConversationId) {
    with(|scroll| {
        let place = || {
            let (mut element, ..) = scroll.first_seen().filter(|_| scroll.below() > NEAR)?;
            // a card of a hand-over stands above its answer
            while !element.has_attribute("data-id") {
                element = element.next_element_sibling()?;
            }
            let message = element.get_attribute("data-id")?.parse().ok()?;
            Some((id, message, scroll.place(&element) - scroll.top()))
        };
        let place = place();
        LEFT.with_borrow_mut(|left| {
            left.retain(|known| known.0 != id);
            left.extend(place);
        });
    });
}

/// Where the view of this conversation was left, as for [`show`].
pub fn left(id: ConversationId) -> Option<(MessageId, f64)> {
    LEFT.with_borrow(|left| left.iter().find(|known| known.0 == id).map(|known| (known.1, known.2)))
}

/// Whatever grows from now on, the view stays where it is.
pub fn free() {
    with(|scroll| scroll.followed = std::mem::take(&mut scroll.following));
}

/// Takes [`free`] back, once what changes now has changed.
pub fn hold() {
    next_frame(|| {
        with(|scroll| {
            if scroll.followed {
                scroll.follow();
            }
        })
    });
}

/// Brings an element into view, by as little as it takes.
pub fn bring(element: &Element) {
    with(|scroll| {
        // else the view would go once more, with what it showed before
        scroll.notice();
        let nearest = ScrollIntoViewOptions::new();
        nearest.set_block(ScrollLogicalPosition::Nearest);
        element.scroll_into_view_with_scroll_into_view_options(&nearest);
        scroll.look();
    });
}

/// Call before what is around the element with this selector changes: it stays where it is on the screen. The view is
/// free then, unless it shows the end.
pub fn keep(selector: &str) {
    with(|scroll| {
        let Ok(Some(kept)) = scroll.content.query_selector(selector) else {
            return;
        };
        let before = scroll.place(&kept) - scroll.top();
        scroll.following = false;
        next_frame(move || {
            with(|scroll| {
                scroll.question = Some((kept, before));
                scroll.settle();
                if let Some(top) = scroll.question_top() {
                    scroll.go(top);
                }
                // nearly there is not there: what follows goes on to the end
                scroll.following = scroll.below() < 1.0;
            })
        });
    });
}

/// Most of a view's height up (`-1`) or down (`1`), by the reader's wish.
pub fn page(step: f64) -> bool {
    with(|scroll| {
        let by = step * scroll.height() * 0.85;
        scroll.view.scroll_by_with_x_and_y(0.0, by);
    });
    true
}

fn with(work: impl FnOnce(&mut Scroll)) {
    let away = SCROLL.with_borrow_mut(|scroll| {
        let scroll = scroll.as_mut()?;
        work(scroll);
        let away = scroll.below() > NEAR;
        (std::mem::replace(&mut scroll.away, away) != away).then(|| (scroll.on_away.clone(), away))
    });
    // Outside the borrow: who is told may ask for something here.
    if let Some((on_away, away)) = away {
        on_away(away);
    }
}

fn moved() {
    let mut ask = None;
    with(|scroll| {
        scroll.notice();
        if scroll.top() < EARLY {
            ask = Some(scroll.on_top.clone());
        }
    });
    if let Some(ask) = ask {
        ask();
    }
}

impl Scroll {
    fn top(&self) -> f64 {
        f64::from(self.view.scroll_top())
    }

    fn height(&self) -> f64 {
        f64::from(self.view.client_height())
    }

    /// Where an element begins in the scrolled content.
    fn place(&self, element: &Element) -> f64 {
        self.place_of(&element.get_bounding_client_rect())
    }

    fn place_of(&self, rect: &DomRect) -> f64 {
        rect.top() - self.view.get_bounding_client_rect().top() + self.top()
    }

    /// The end of the content, above the spacer.
    fn end(&self) -> f64 {
        self.place(&self.content) + self.content.get_bounding_client_rect().height()
    }

    /// How far the end is below the view.
    fn below(&self) -> f64 {
        self.end() - self.top() - self.height()
    }

    /// Where the view stands while its question keeps its place.
    fn question_top(&self) -> Option<f64> {
        let (question, below) = self.question.as_ref().filter(|(question, _)| question.is_connected())?;
        Some(self.place(question) - below)
    }

    fn go(&mut self, top: f64) {
        self.view.set_scroll_top(top.max(0.0).round() as i32);
        self.look();
    }

    fn look(&mut self) {
        self.last = self.top();
        self.last_height = self.height();
        self.last_width = self.view.client_width();
        self.anchor = self.first_seen();
    }

    fn first_seen(&self) -> Option<(Element, f64, f64)> {
        let top = self.view.get_bounding_client_rect().top();
        let seen = |mut next: Option<Element>| {
            while let Some(element) = next {
                if element.get_bounding_client_rect().bottom() > top {
                    return Some(element);
                }
                next = element.next_element_sibling();
            }
            None
        };
        // not the button for older messages, which stays above them
        let mut part = seen(self.content.query_selector("div,article").ok()?)?;
        // of several messages, the one that is seen: those above it may get another height, as their part does when it
        // is drawn. A part reaches a little further than its last message.
        while part.class_list().contains("part") {
            part = seen(part.first_element_child()).or_else(|| seen(part.next_element_sibling()))?;
        }
        let rect = part.get_bounding_client_rect();
        Some((part, self.place_of(&rect), rect.height()))
    }

    /// Compares with where the view was left: upwards frees it, down to the end holds it again. A free view goes with what
    /// it shows.
    fn notice(&mut self) {
        let now = self.top();
        let moved = match &self.anchor {
            Some((part, before, height)) if part.is_connected() => {
                let rect = part.get_bounding_client_rect();
                // lines that break elsewhere: as much of it as before is above the view. One that has no height is not
                let above = self.last - before;
                let more = if above > 0.0 && self.last_width != self.view.client_width() {
                    above * (rect.height() / height - 1.0)
                } else {
                    0.0
                };
                self.place_of(&rect) - before + more
            }
            _ => 0.0,
        };
        let furthest = f64::from(self.view.scroll_height()) - self.height();
        let higher = (self.height() - self.last_height).max(0.0);
        if now < (self.last - higher).min(furthest) - 1.0 {
            self.following = false;
        } else if now > self.last + 1.0 && self.below() <= NEAR {
            self.following = true;
        }
        if self.following || moved.abs() < 1.0 {
            self.look();
        } else {
            self.hold_open(now + moved + self.height());
            self.go(now + moved);
        }
    }

    /// Lets the view stand where its lower edge is that far down.
    fn hold_open(&self, to: f64) {
        let _ = self.spacer.style().set_property("height", &format!("{}px", to.floor()));
    }

    /// Follows from now on, wherever the reader was.
    fn follow(&mut self) {
        // whoever goes on has seen what was found
        found::unmark();
        self.look();
        self.following = true;
        self.settle();
    }

    /// An answer has no word yet.
    fn thinks(&self) -> bool {
        self.content
            .query_selector(".typing")
            .is_ok_and(|typing| typing.is_some())
    }

    /// What comes was written before the page was live.
    fn catches_up(&self) -> bool {
        self.catches_up.is_finite() && media::now_ms() < self.catches_up
    }

    /// Numbers to call stand below the question.
    fn calls_for_help(&self) -> bool {
        let mut next = self
            .question
            .as_ref()
            .and_then(|(question, _)| question.next_element_sibling());
        while let Some(element) = next {
            if let Ok(Some(_)) = element.query_selector("a[href^='tel:']") {
                return true;
            }
            next = element.next_element_sibling();
        }
        false
    }

    /// The content, the view or both have another size.
    fn settle(&mut self) {
        self.notice();
        if self.catches_up.is_infinite() && !self.thinks() {
            self.catches_up = media::now_ms() + CATCH_UP;
        }
        let question = self.question_top();
        let room = question.map_or(0.0, |top| (top + self.height() - self.end()).max(0.0));
        self.hold_open(self.end() + room);
        if self.following {
            match question {
                Some(top) if room > 0.0 => self.go(top),
                // what helps at once is not scrolled away, nor what nobody can have read yet: from here the reader goes on by
                // herself
                Some(top) if self.catches_up() || self.calls_for_help() => {
                    self.go(top);
                    self.following = false;
                }
                _ => self.go(self.end() - self.height()),
            }
        }
        self.look();
    }
}
