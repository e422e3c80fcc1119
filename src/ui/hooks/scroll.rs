//! Where the reader looks.
//!
//! Three parts of the page take part: the box that scrolls, the content in it, and a spacer after the content. On send
//! the question moves near the top; the spacer is as high as it takes for that, and shrinks as the answer grows into it.
//! When the answer is taller than the view, the view follows its end, until the reader moves up; it follows again when
//! she comes down to within [`NEAR`] of the end, or asks for the latest message. Older messages are put above without
//! moving what is seen. Everything is corrected in a `ResizeObserver`, that is after layout and before paint.

use leptos::prelude::document;
use std::cell::RefCell;
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
    /// Id of the element that was sent last and stands near the top.
    question: Option<String>,
    /// A visible message and its place before older ones are put above.
    held: Option<(Element, f64)>,
    /// Where the view was when it was last looked at.
    last: f64,
    away: bool,
    /// Tells whether the end is out of sight.
    on_away: Box<dyn Fn(bool)>,
    /// The top comes near.
    on_top: Box<dyn Fn()>,
    observer: ResizeObserver,
    listener: Closure<dyn FnMut(Event)>,
    _observed: Closure<dyn FnMut()>,
}

impl Drop for Scroll {
    fn drop(&mut self) {
        self.observer.disconnect();
        let _ = self.view.remove_event_listener_with_callback("scroll", self.listener.as_ref().unchecked_ref());
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
    let Ok(observer) = ResizeObserver::new(observed.as_ref().unchecked_ref()) else { return };
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
        away: false,
        on_away: Box::new(on_away),
        on_top: Box::new(on_top),
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
        scroll.following = true;
        scroll.settle();
    });
}

/// Brings the question with this element id near the top; the answer grows below it.
pub fn to_question(id: String) {
    with(|scroll| {
        scroll.question = Some(id);
        scroll.following = true;
        scroll.settle();
        if let Some(top) = scroll.question_top() {
            scroll.go(top - ABOVE);
        }
    });
}

pub fn to_latest() {
    with(|scroll| {
        scroll.following = true;
        scroll.settle();
        scroll.go(scroll.end() - scroll.height());
        scroll.look();
    });
}

/// Call before older messages are put above: what is visible now will not move.
pub fn hold() {
    with(|scroll| {
        let top = scroll.view.get_bounding_client_rect().top();
        let Ok(messages) = scroll.content.query_selector_all("article") else { return };
        scroll.held = (0..messages.length())
            .filter_map(|index| messages.get(index)?.dyn_into::<Element>().ok())
            .map(|message| (message.get_bounding_client_rect(), message))
            .find(|(place, _)| place.bottom() > top)
            .map(|(place, message)| (message, place.top()));
    });
}

fn with(work: impl FnOnce(&mut Scroll)) {
    SCROLL.with_borrow_mut(|scroll| {
        if let Some(scroll) = scroll {
            work(scroll);
        }
    });
}

fn moved() {
    let mut near_top = false;
    with(|scroll| {
        let now = f64::from(scroll.view.scroll_top());
        scroll.notice_upwards(now);
        if now > scroll.last && scroll.end() - now - scroll.height() <= NEAR {
            scroll.following = true;
        }
        scroll.last = now;
        scroll.look();
        near_top = now < EARLY && scroll.held.is_none();
    });
    if near_top {
        // Outside the borrow: it may hold the view again.
        let ask = SCROLL.with_borrow(|scroll| scroll.as_ref().map(|scroll| &raw const *scroll.on_top));
        let _ = ask;
        ask_for_older();
    }
}
