//! What has two halves: one in the program while it draws the HTML, one in the browser. Add a function to both.

#[cfg(not(feature = "ssr"))]
pub use browser::*;
#[cfg(feature = "ssr")]
pub use program::*;

#[cfg(feature = "ssr")]
mod program {
    use crate::types::page::{Preferences, Theme};
    use leptos::prelude::*;

    /// Language and theme of this request.
    pub fn preferences() -> Preferences {
        use_context().unwrap_or_default()
    }

    /// The page being drawn answers 404.
    pub fn answer_not_found() {
        if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
            response.set_status(axum::http::StatusCode::NOT_FOUND);
        }
    }

    pub fn mark_hydrated() {}
    pub fn apply_theme(_: Theme) {}
    pub fn show_popover(_: &str) {}
    pub fn hide_popover(_: &str) {}
    pub fn anything_open() -> bool {
        false
    }
}

#[cfg(not(feature = "ssr"))]
mod browser {
    use crate::types::{
        lang::Lang,
        page::{Preferences, Theme},
    };
    use leptos::prelude::document;
    use wasm_bindgen::JsCast;
    use web_sys::HtmlElement;

    /// Language and theme of the document that is being taken over.
    pub fn preferences() -> Preferences {
        let read = |name: &str| document().document_element().and_then(|html| html.get_attribute(name));
        Preferences {
            lang: read("lang").and_then(|tag| Lang::from_tag(&tag)).unwrap_or_default(),
            theme: if read("data-theme").as_deref() == Some("light") {
                Theme::Light
            } else {
                Theme::Dark
            },
        }
    }

    /// The status is the program's.
    pub fn answer_not_found() {}

    /// Tells tests and stylesheet that the page is interactive.
    pub fn mark_hydrated() {
        if let Some(body) = document().body() {
            let _ = body.set_attribute("data-hydrated", "true");
        }
    }

    /// Changes the theme at once and keeps it for a year.
    pub fn apply_theme(theme: Theme) {
        let document = document();
        if let Some(html) = document.document_element() {
            let _ = html.set_attribute("data-theme", theme.as_str());
        }
        if let Ok(document) = document.dyn_into::<web_sys::HtmlDocument>() {
            let cookie = format!("theme={}; path=/; max-age=31536000; samesite=lax", theme.as_str());
            let _ = document.set_cookie(&cookie);
        }
    }

    fn element(id: &str) -> Option<HtmlElement> {
        document().get_element_by_id(id)?.dyn_into().ok()
    }

    /// Opens the element with this id, which has the attribute `popover`.
    pub fn show_popover(id: &str) {
        if let Some(element) = element(id) {
            let _ = element.show_popover();
        }
    }

    pub fn hide_popover(id: &str) {
        if let Some(element) = element(id) {
            let _ = element.hide_popover();
        }
    }

    /// A popover, sheet or dialog is open: Esc belongs to it.
    pub fn anything_open() -> bool {
        matches!(document().query_selector(":popover-open, dialog[open]"), Ok(Some(_)))
    }
}
