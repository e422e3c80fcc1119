//! The address: what it asks for, links that stay in the page, back and forward.
//!
//! Three kinds of addresses need no router: one matching function, one signal, and one listener for clicks.

use super::{kit::effect, platform};
use crate::types::ids::ConversationId;
use leptos::{ev, prelude::*};
use std::{cell::Cell, str::FromStr};
use wasm_bindgen::{JsCast, JsValue};

/// What an address asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Landing,
    /// A new conversation, or another one; `Err` for an id that cannot be one.
    Chat(Result<Option<ConversationId>, ()>),
    Nowhere,
}

impl Place {
    pub fn of(path: &str) -> Self {
        let mut parts = path.split('/').filter(|part| !part.is_empty());
        match (parts.next(), parts.next(), parts.next()) {
            (None, ..) => Self::Landing,
            (Some("chat"), None, None) => Self::Chat(Ok(None)),
            (Some("chat"), Some(id), None) => Self::Chat(ConversationId::from_str(id).map(Some).map_err(|_| ())),
            _ => Self::Nowhere,
        }
    }
}

/// The path the page is at, provided by the app.
#[derive(Clone, Copy)]
pub struct Address(RwSignal<String>);

thread_local! {
    static CAME_BACK: Cell<bool> = const { Cell::new(false) };
}

/// The present address was reached by the browser's Back or Forward.
pub fn came_back() -> bool {
    CAME_BACK.get()
}

impl Address {
    /// The address of this page; in the browser it follows links and the way back from now on.
    pub fn start() -> Self {
        let address = Self(RwSignal::new(platform::path()));
        effect(move || {
            let links = window_event_listener(ev::click, move |event| address.follow(&event));
            let back = window_event_listener(ev::popstate, move |_| {
                CAME_BACK.set(true);
                address.0.set(platform::path());
            });
            on_cleanup(move || {
                links.remove();
                back.remove();
            });
        });
        address
    }

    pub fn place(self) -> Place {
        Place::of(&self.0.read())
    }

    /// Goes to another address without a new page; `replace`: in place of the present one.
    pub fn go(self, path: &str, replace: bool) {
        CAME_BACK.set(false);
        if let Ok(history) = window().history() {
            let _ = if replace {
                history.replace_state_with_url(&JsValue::NULL, "", Some(path))
            } else if platform::path() != path {
                history.push_state_with_url(&JsValue::NULL, "", Some(path))
            } else {
                Ok(())
            };
        }
        self.0.set(path.to_owned());
    }

    /// A press on a link to another conversation; all else is the browser's.
    fn follow(self, event: &ev::MouseEvent) {
        let plain =
            event.button() == 0 && !(event.meta_key() || event.alt_key() || event.ctrl_key() || event.shift_key());
        let element = event
            .target()
            .and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        let link = element.and_then(|element| element.closest("a[href]").ok().flatten());
        let Some(link) = link.filter(|_| plain && !event.default_prevented()) else {
            return;
        };
        let path = link.get_attribute("href").unwrap_or_default();
        let ours = path.starts_with('/') && matches!(Place::of(&path), Place::Chat(_));
        if ours && !link.has_attribute("target") && link.get_attribute("rel").is_none() {
            event.prevent_default();
            self.go(&path, false);
            window().scroll_to_with_x_and_y(0.0, 0.0);
        }
    }
}

/// The address of the page around the caller.
pub fn use_address() -> Address {
    use_context::<Address>().unwrap_or_else(Address::start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_asks_for_one_place() {
        let id = "0197a5a0-0000-7000-8000-000000000001";
        let known = ConversationId::from_str(id).ok();
        for (path, place) in [
            ("/", Place::Landing),
            ("/chat", Place::Chat(Ok(None))),
            ("/chat/", Place::Chat(Ok(None))),
            (&format!("/chat/{id}"), Place::Chat(Ok(known))),
            ("/chat/what", Place::Chat(Err(()))),
            (&format!("/chat/{id}/more"), Place::Nowhere),
            ("/nothing", Place::Nowhere),
            ("//evil.test", Place::Nowhere),
        ] {
            assert_eq!(Place::of(path), place, "{path}");
        }
    }
}
