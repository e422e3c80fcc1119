//! Work gathered until the next animation frame.

use leptos::prelude::{document, request_animation_frame, set_timeout};
use std::{cell::RefCell, time::Duration};

thread_local! {
    static WAITING: RefCell<Vec<Box<dyn FnOnce()>>> = const { RefCell::new(Vec::new()) };
}

/// Hidden tabs draw no frames; there a slow timer stands in.
const HIDDEN: Duration = Duration::from_millis(250);

/// Runs `work` before the next paint, or a little later while the tab is hidden.
pub fn next_frame(work: impl FnOnce() + 'static) {
    let first = WAITING.with_borrow_mut(|waiting| {
        waiting.push(Box::new(work));
        waiting.len() == 1
    });
    if !first {
        return;
    }
    if document().hidden() {
        set_timeout(run, HIDDEN)
    } else {
        request_animation_frame(run)
    }
}

/// Runs what waits now; a tab that was just hidden would keep it until it is seen again.
pub fn run() {
    for work in WAITING.take() {
        work();
    }
}
