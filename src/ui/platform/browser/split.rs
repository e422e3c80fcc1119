//! Code that is a file of its own, and comes when it is wanted.

use crate::{
    markdown::{self, Renderer},
    ui::extras::{EXTRAS, Extras},
};
use leptos::{
    prelude::*,
    task::spawn_local,
    wasm_split::{SplitLoaderError, wasm_split},
};
use std::{
    cell::{Cell, RefCell},
    thread::LocalKey,
    time::Duration,
};

/// The markdown renderer is a third of the page's code and draws nothing before the first new answer, so it is a
/// file of its own. A file that cannot be loaded is asked for again the next time.
#[wasm_split(markdown, wasm_split_path = leptos::wasm_split, fallible)]
fn split_renderer() -> Result<Renderer, SplitLoaderError> {
    Ok(markdown::RENDERER)
}

type Work = Box<dyn FnOnce(Renderer)>;

thread_local! {
    static LOADED: Cell<Option<Renderer>> = const { Cell::new(None) };
    static WAITING: RefCell<Vec<Work>> = const { RefCell::new(Vec::new()) };
}

/// What draws markdown, if it was loaded.
pub fn renderer() -> Option<Renderer> {
    LOADED.get()
}

/// Comes back when the renderer is there, or cannot be loaded now.
pub async fn load_renderer() {
    if LOADED.get().is_some() {
        return;
    }
    LOADED.set(split_renderer().await.ok());
    let renderer = LOADED.get().unwrap_or(markdown::PLAIN);
    for work in WAITING.take() {
        work(renderer);
    }
}

/// Runs `work` with what draws markdown: now, or as soon as it is loaded.
pub fn with_renderer(work: impl FnOnce(Renderer) + 'static) {
    match renderer() {
        Some(renderer) => work(renderer),
        None => {
            WAITING.with_borrow_mut(|waiting| waiting.push(Box::new(work)));
            spawn_local(load_renderer());
        }
    }
}

#[wasm_split(extras, wasm_split_path = leptos::wasm_split, fallible)]
fn split_extras() -> Result<Extras, SplitLoaderError> {
    Ok(EXTRAS)
}

type ExtraWork = Box<dyn FnOnce(Extras)>;

/// Between two tries to load the extras.
const PAUSE: Duration = Duration::from_secs(2);

thread_local! {
    static EXTRAS_HERE: ArcRwSignal<Option<Extras>> = ArcRwSignal::new(None);
    static EXTRAS_ASKED: Cell<bool> = const { Cell::new(false) };
    /// What the page itself asked for, and what a press did.
    static EXTRA_WORK: RefCell<Vec<ExtraWork>> = const { RefCell::new(Vec::new()) };
    static PRESSED_WORK: RefCell<Vec<ExtraWork>> = const { RefCell::new(Vec::new()) };
    static EXTRAS_WANTED: Cell<bool> = const { Cell::new(false) };
    static EXTRAS_MISSED: ArcRwSignal<bool> = ArcRwSignal::new(false);
}

/// The artist asked for something that the extras do, and they cannot be loaded now.
pub fn extras_missed() -> bool {
    EXTRAS_MISSED.with(|missed| missed.get())
}

/// The extras, once they are here; whoever asks for them is asked to draw again.
pub fn extras() -> Option<Extras> {
    EXTRAS_WANTED.set(true);
    load_extras();
    EXTRAS_HERE.with(|here| here.get())
}

/// Runs `work` with the extras: now, or as soon as they are here.
pub fn with_extras(work: impl FnOnce(Extras) + 'static) {
    wait_for_extras(&EXTRA_WORK, work);
}

/// The same for what a press does: never, when they cannot be loaded now, because nobody waits for it any more then.
pub fn pressed_extras(work: impl FnOnce(Extras) + 'static) {
    wait_for_extras(&PRESSED_WORK, work);
}

fn wait_for_extras(waiting: &'static LocalKey<RefCell<Vec<ExtraWork>>>, work: impl FnOnce(Extras) + 'static) {
    match EXTRAS_HERE.with(|here| here.get_untracked()) {
        Some(extras) => work(extras),
        None => {
            waiting.with_borrow_mut(|waiting| waiting.push(Box::new(work)));
            EXTRAS_WANTED.set(true);
            load_extras();
        }
    }
}

/// Loads the extras, unless they are here or on their way; without a network, again and again.
pub fn load_extras() {
    if !EXTRAS_ASKED.replace(true) {
        spawn_local(async {
            let Ok(extras) = split_extras().await else {
                PRESSED_WORK.take();
                // once for each press
                if EXTRAS_WANTED.take() {
                    EXTRAS_MISSED.with(|missed| missed.set(true));
                }
                return set_timeout(
                    || {
                        EXTRAS_ASKED.set(false);
                        load_extras();
                    },
                    PAUSE,
                );
            };
            (extras.start)();
            EXTRAS_MISSED.with(|missed| missed.set(false));
            EXTRAS_HERE.with(|here| here.set(Some(extras)));
            for work in EXTRA_WORK.take().into_iter().chain(PRESSED_WORK.take()) {
                work(extras);
            }
        });
    }
}
