//! Parts of a view that change: all of one type.
//!
//! Every type that stands in a view brings its own copy of the code that builds it, takes it over and changes it, and
//! every closure is a type. Put closures that a view shows or runs through these functions, and the page holds one copy.

use leptos::prelude::*;
use std::sync::{Arc, Mutex};

/// What a closure draws, again whenever a signal in it changes.
pub type Changing<T> = Arc<Mutex<dyn FnMut() -> T + Send>>;

/// A view, or an optional one, that changes.
pub fn changing<T: Into<Option<AnyView>>>(mut draw: impl FnMut() -> T + Send + 'static) -> Changing<Option<AnyView>> {
    Arc::new(Mutex::new(move || draw().into()))
}

/// Words that change.
pub fn changing_text<T: Into<String>>(mut words: impl FnMut() -> T + Send + 'static) -> Changing<String> {
    Arc::new(Mutex::new(move || words().into()))
}

/// True once it has ever been true.
pub fn ever(is: impl Fn() -> bool + Send + Sync + 'static) -> Memo<bool> {
    Memo::new(move |before| before == Some(&true) || is())
}

/// Runs `work` in the browser once the view stands, and again whenever a signal in it changes.
pub fn effect(work: impl FnMut() + 'static) {
    let mut work: Box<dyn FnMut()> = Box::new(work);
    Effect::new(move |_| work());
}

/// One of a list's items: it is drawn once, and stays while an item with its key is in the list.
pub struct Item {
    key: String,
    draw: Box<dyn FnOnce() -> AnyView + Send>,
}

impl Item {
    pub fn new(key: impl ToString, draw: impl FnOnce() -> AnyView + Send + 'static) -> Self {
        Self {
            key: key.to_string(),
            draw: Box::new(draw),
        }
    }
}

/// A list that changes.
pub fn changing_list(items: impl Fn() -> Vec<Item> + Send + Sync + 'static) -> AnyView {
    let each: Box<dyn Fn() -> Vec<Item> + Send + Sync> = Box::new(items);
    view! { <For each key=|item| item.key.clone() children=|item| (item.draw)() /> }.into_any()
}
