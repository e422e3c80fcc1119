//! Parts of the page that are taken over after their frame.

use super::mark_hydrated;
use leptos::{
    html,
    prelude::*,
    tachys::{
        hydration::Cursor,
        view::{Position, PositionState},
    },
};
use std::{cell::RefCell, time::Duration};
use wasm_bindgen::{JsCast, closure::Closure};

type Part = Box<dyn FnOnce()>;

thread_local! {
    static LATER: RefCell<Vec<Part>> = const { RefCell::new(Vec::new()) };
}

/// A part of the page that is taken over a moment after the rest, so that no single task keeps the page from
/// answering. It must look the same then: what changes the page from outside calls [`take_over_all`] first, and
/// whatever the artist does comes after it. `drawn`: the class of one that is drawn here.
pub fn later(_: &'static str, drawn: &'static str, draw: impl FnOnce() -> AnyView + Send + 'static) -> AnyView {
    if is_taken_over() {
        return view! { <div class=drawn>{draw()}</div> }.into_any();
    }
    if LATER.with_borrow(Vec::is_empty) {
        before_any_input();
    }
    let place = NodeRef::<html::Div>::new();
    let owner = Owner::current();
    let part: Part = Box::new(move || {
        // nothing, when the part is gone already
        if let (Some(owner), Some(Some(place))) = (owner, place.try_get_untracked()) {
            owner.with(|| {
                let inside = PositionState::new(Position::FirstChild);
                let taken = draw().hydrate::<true>(&Cursor::new((*place).clone().into()), &inside);
                StoredValue::new_local(taken);
            });
        }
    });
    LATER.with_borrow_mut(|later| later.push(part));
    view! { <div node_ref=place inner_html=""></div> }.into_any()
}

fn before_any_input() {
    let all = Closure::<dyn FnMut()>::new(take_over_all).into_js_value();
    for input in ["pointerdown", "click", "keydown", "input", "popstate"] {
        let _ = window().add_event_listener_with_callback_and_bool(input, all.unchecked_ref(), true);
    }
}

fn take_over_next() -> bool {
    let part = LATER.with_borrow_mut(Vec::pop);
    part.map(|part| part()).is_some()
}

/// Takes over the parts that were left for later, the last one first, and lets others work in between; timers of a
/// tab in the background are too slow for that. Then the page is live.
pub fn take_over_rest(then: impl FnOnce() + 'static) {
    if document().hidden() {
        take_over_all();
    }
    set_timeout(
        || {
            if take_over_next() {
                take_over_rest(then);
            } else {
                mark_hydrated();
                then();
            }
        },
        Duration::ZERO,
    );
}

/// The same, at once.
pub fn take_over_all() {
    while take_over_next() {}
}

pub fn is_taken_over() -> bool {
    document().body().is_none_or(|body| body.has_attribute("data-hydrated"))
}
