//! Where the reader looks.
//!
//! Three parts of the page take part: the box that scrolls, the content in it, and a spacer beside the content, which
//! holds the box open: on send the question moves near the top, the spacer reaches as far down as it takes for that, and
//! the answer grows along it. When the answer is taller than the view, the view follows its end, until the reader moves
//! up; it follows again when she comes down to within [`NEAR`] of the end, or asks for the latest message. Older messages
//! are put above without moving what is seen. Everything is corrected in a `ResizeObserver`, that is after layout and
//! before paint.
//!
//! Only the reader's moves free the view, and the browser makes moves of its own: it never lets the view stand below the
//! end. The spacer changes in [`Scroll::settle`] alone, so content that is shorter for a moment moves nothing; and what a
//! view that became higher explains does not count.

use super::frame::next_frame;
use std::{cell::RefCell, rc::Rc};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Element, Event, HtmlElement, ResizeObserver};

/// This close to the end counts as being there, px.
const NEAR: f64 = 60.0;
/// Room above a question that was just sent, px.
const ABOVE: f64 = 16.0;
/// Older messages are asked for this early, px.
const EARLY: f64 = 600.0;

struct Scroll {
    view: HtmlElement,
    content: HtmlElement,
    spacer: HtmlElement,
    following: bool,
    /// The message that was sent last and stands near the top.
    question: Option<Element>,
    /// A visible message and its place before older ones are put above.
    held: Option<(Element, f64)>,
    /// Where the view was when it was last looked at, and how high.
    last: f64,
    last_height: f64,
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

thread_local! {
    static SCROLL: RefCell<Option<Scroll>> = const { RefCell::new(None) };
}

/// Takes over the scrolling of `view` and goes to its end.
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
    let scroll = Scroll {
        view,
        content,
        spacer,
        following: true,
        question: None,
        held: None,
        last: 0.0,
        last_height: 0.0,
        away: false,
        on_away: Rc::new(on_away),
        on_top: Rc::new(on_top),
        observer,
        listener,
        _observed: observed,
    };
    SCROLL.set(Some(scroll));
    to_latest();
}

pub fn detach() {
    SCROLL.set(None);
}

/// Another conversation: its end, and nothing near the top.
pub fn restart() {
    with(|scroll| {
        scroll.question = None;
        scroll.held = None;
        scroll.follow();
    });
}

/// Brings the last question near the top, once it is drawn; the answer grows below it.
pub fn to_question() {
    next_frame(|| {
        with(|scroll| {
            let questions = scroll.content.query_selector_all("[data-role=user]");
            let last = questions
                .ok()
                .and_then(|all| all.get(all.length().checked_sub(1)?)?.dyn_into().ok());
            scroll.question = last;
            scroll.follow();
        });
    });
}

pub fn to_latest() {
    with(|scroll| {
        scroll.question = None;
        scroll.follow();
    });
}

/// Whatever grows from now on, the view stays where it is.
pub fn free() {
    with(|scroll| scroll.following = false);
}

/// Call before what is around the element with this selector changes: it stays where it is on the screen. The view is
/// free then, unless it stands at the end.
pub fn keep(selector: &str) {
    with(|scroll| {
        let Ok(Some(kept)) = scroll.content.query_selector(selector) else {
            return;
        };
        let before = kept.get_bounding_client_rect().top();
        scroll.question = None;
        scroll.following = false;
        next_frame(move || {
            with(|scroll| {
                scroll.go(scroll.top() + kept.get_bounding_client_rect().top() - before);
                scroll.following = scroll.end() - scroll.top() - scroll.height() <= NEAR;
            })
        });
    });
}

/// Call before older messages are put above: what is visible now will not move.
pub fn hold() {
    with(|scroll| {
        let top = scroll.view.get_bounding_client_rect().top();
        let Ok(messages) = scroll.content.query_selector_all("article") else {
            return;
        };
        scroll.held = (0..messages.length())
            .filter_map(|index| messages.get(index)?.dyn_into::<Element>().ok())
            .map(|message| (message.get_bounding_client_rect(), message))
            .find(|(place, _)| place.bottom() > top)
            .map(|(place, message)| (message, place.top()));
    });
}

/// No older messages came.
pub fn release() {
    with(|scroll| scroll.held = None);
}

fn with(work: impl FnOnce(&mut Scroll)) {
    let away = SCROLL.with_borrow_mut(|scroll| {
        let scroll = scroll.as_mut()?;
        work(scroll);
        let away = scroll.end() - scroll.top() - scroll.height() > NEAR;
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
        if scroll.top() < EARLY && scroll.held.is_none() {
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

    /// Where something at this height of the window stands in the scrolled content.
    fn place(&self, y: f64) -> f64 {
        y - self.view.get_bounding_client_rect().top() + self.top()
    }

    /// The end of the content, above the spacer.
    fn end(&self) -> f64 {
        self.place(self.content.get_bounding_client_rect().bottom())
    }

    fn question_top(&self) -> Option<f64> {
        let question = self.question.as_ref().filter(|question| question.is_connected())?;
        Some(self.place(question.get_bounding_client_rect().top()))
    }

    fn go(&mut self, top: f64) {
        self.view.set_scroll_top(top.max(0.0).round() as i32);
        self.look();
    }

    fn look(&mut self) {
        self.last = self.top();
        self.last_height = self.height();
    }

    /// Compares with where the view was left: upwards frees it, down to the end holds it again.
    fn notice(&mut self) {
        let now = self.top();
        let furthest = f64::from(self.view.scroll_height()) - self.height();
        let higher = (self.height() - self.last_height).max(0.0);
        if now < (self.last - higher).min(furthest) - 1.0 {
            self.following = false;
        } else if now > self.last + 1.0 && self.end() - now - self.height() <= NEAR {
            self.following = true;
        }
        self.look();
    }

    /// Follows from now on, wherever the reader was.
    fn follow(&mut self) {
        self.look();
        self.following = true;
        self.settle();
    }

    /// The content, the view or both have another size.
    fn settle(&mut self) {
        self.notice();
        if let Some((message, before)) = self.held.take() {
            let moved = message.get_bounding_client_rect().top() - before;
            if moved.abs() < 1.0 {
                // Not there yet.
                self.held = Some((message, before));
            } else {
                self.go(self.top() + moved);
            }
        }
        let question = self.question_top().map(|top| top - ABOVE);
        let room = question.map_or(0.0, |top| (top + self.height() - self.end()).max(0.0));
        let height = format!("{}px", (self.end() + room).floor());
        let _ = self.spacer.style().set_property("height", &height);
        if self.following {
            match question {
                Some(top) if room > 0.0 => self.go(top),
                _ => self.go(self.end() - self.height()),
            }
        }
        self.look();
    }
}
