//! What has two halves: one in the program while it draws the HTML, one in the browser. Add a function to both.

#[cfg(not(feature = "ssr"))]
pub use browser::*;
#[cfg(feature = "ssr")]
pub use program::*;

use crate::types::page::Theme;

/// What a phone's browser paints its own bars with: the backdrop's upper end.
pub const fn theme_colour(theme: Theme) -> &'static str {
    match theme {
        Theme::Dark => "#34146b",
        Theme::Light => "#dccbfa",
    }
}

#[cfg(feature = "ssr")]
mod program {
    use crate::{
        markdown::{RENDERER, Renderer},
        types::{
            ids::MessageId,
            page::{FormState, Preferences, Theme},
        },
        ui::{
            extras::{EXTRAS, Extras},
            pages::landing::LandingPage,
        },
    };
    use leptos::prelude::*;

    /// Language and theme of this request.
    pub fn preferences() -> Preferences {
        use_context().unwrap_or_default()
    }

    /// Of the scripts and styles that the page being drawn may run.
    pub fn nonce() -> Option<leptos::nonce::Nonce> {
        leptos::nonce::use_nonce()
    }

    /// Scheme and host under which this page was asked for.
    pub fn origin() -> String {
        let host = || {
            let parts = use_context::<axum::http::request::Parts>()?;
            let host = parts.headers.get(axum::http::header::HOST)?.to_str().ok()?;
            Some(format!("http://{host}"))
        };
        let app = use_context::<crate::server::App>();
        let public = app.and_then(|app| app.settings.public_url.clone());
        public.or_else(host).unwrap_or_default()
    }

    /// The path that is asked for.
    pub fn path() -> String {
        use_context::<axum::http::request::Parts>().map_or_else(|| "/".into(), |parts| parts.uri.path().into())
    }

    /// The plain form that was refused, on the page that answers it.
    pub fn form_state() -> Option<FormState> {
        use_context()
    }

    /// The page being drawn answers 404.
    pub fn answer_not_found() {
        if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
            response.set_status(axum::http::StatusCode::NOT_FOUND);
        }
    }

    /// Runs `work` with what draws markdown.
    pub fn with_renderer(work: impl FnOnce(Renderer) + 'static) {
        work(RENDERER);
    }
    pub fn renderer() -> Option<Renderer> {
        Some(RENDERER)
    }
    pub async fn load_renderer() {}
    pub fn drawn(_: MessageId) -> Option<Vec<String>> {
        None
    }
    pub fn is_taken_over() -> bool {
        true
    }

    /// A part of the page that the browser takes over a moment after the rest.
    pub fn later(class: &'static str, _: &'static str, draw: impl FnOnce() -> AnyView + Send + 'static) -> AnyView {
        view! { <div class=class inner_html=draw().to_html()></div> }.into_any()
    }
    pub fn take_over_rest(_: impl FnOnce() + 'static) {}
    pub fn take_over_all() {}

    pub fn extras() -> Option<Extras> {
        Some(EXTRAS)
    }
    pub fn with_extras(_: impl FnOnce(Extras) + 'static) {}
    pub fn pressed_extras(_: impl FnOnce(Extras) + 'static) {}
    pub fn load_extras() {}
    pub fn extras_missed() -> bool {
        false
    }

    /// The landing page, which the browser never draws itself.
    pub fn landing() -> AnyView {
        // where `ui/chat/erase.rs` sends her
        let erased =
            use_context::<axum::http::request::Parts>().is_some_and(|parts| parts.uri.query() == Some("erased"));
        view! { <LandingPage erased /> }.into_any()
    }

    pub fn mark_hydrated() {}
    pub fn drop_fragment() {}
    pub fn tell(_: &str) {}
    pub fn kept() -> Option<String> {
        None
    }
    pub fn is_live() {}
    pub fn apply_theme(_: Theme) {}
    pub fn keep_utc_offset(_: i32) {}
    pub fn focus(_: &'static str) {}
    pub fn focus_in_list(_: &str, _: &str) {}
    pub fn is_shown(_: &str) -> bool {
        false
    }
    pub fn seen() -> bool {
        false
    }
    pub fn show_popover(_: &str) {}
    pub fn hide_popover(_: &str) {}
    pub fn is_open(_: &leptos::ev::Event) -> bool {
        false
    }
    pub fn focus_opened(_: &leptos::ev::Event) {}
    pub fn move_focus(_: &leptos::ev::KeyboardEvent, _: i32) {}
    pub fn place_below(_: &web_sys::HtmlElement, _: &web_sys::HtmlElement) {}
    pub fn show_sidebar(_: bool) {}
    pub fn anything_open() -> bool {
        false
    }
}

#[cfg(not(feature = "ssr"))]
mod browser {
    use crate::{
        markdown::{self, Renderer},
        types::{
            ids::MessageId,
            lang::Lang,
            page::{FormState, Preferences, Theme},
        },
        ui::{
            extras::{EXTRAS, Extras},
            hooks::frame::next_frame,
        },
    };
    use leptos::{
        html,
        prelude::*,
        tachys::{
            hydration::Cursor,
            view::{Position, PositionState},
        },
        task::spawn_local,
        wasm_split::{SplitLoaderError, wasm_split},
    };
    use std::{
        cell::{Cell, RefCell},
        thread::LocalKey,
        time::Duration,
    };
    use wasm_bindgen::{JsCast, closure::Closure};
    use web_sys::{Element, HtmlElement};

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

    /// For reading without a network: the page is `live`, an answer has ended (`answered`), a conversation cannot be had
    /// (`unreachable`). `boot/worker.js` hears it.
    pub fn tell(what: &str) {
        if let Ok(event) = web_sys::Event::new(what) {
            let _ = document().dispatch_event(&event);
        }
    }

    /// In the document's element, when the page is a copy that the service worker kept (`public/sw.js`).
    const KEPT: &str = "data-kept";

    /// The page is a copy: the second at which it was kept, or nothing when it stands in for another one.
    pub fn kept() -> Option<String> {
        document().document_element()?.get_attribute(KEPT)
    }

    /// The program was reached: what stands here is no mere copy any more.
    pub fn is_live() {
        if let Some(html) = document().document_element() {
            let _ = html.remove_attribute(KEPT);
        }
    }

    /// Only the program draws the document's head.
    pub fn nonce() -> Option<String> {
        None
    }
    pub fn origin() -> String {
        String::new()
    }

    /// The path of the document's address.
    pub fn path() -> String {
        window().location().pathname().unwrap_or_else(|_| "/".into())
    }

    pub fn form_state() -> Option<FormState> {
        None
    }

    /// The status is the program's.
    pub fn answer_not_found() {}

    /// The markdown renderer is a third of the page's code and draws nothing before the first new answer, so it is a
    /// file of its own. A file that cannot be loaded is asked for again the next time.
    #[allow(unsafe_code)]
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

    #[allow(unsafe_code)]
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

    /// The blocks of a message on the page.
    pub fn drawn(id: MessageId) -> Option<Vec<String>> {
        let body = format!("[data-id=\"{id}\"] [data-testid=message-body]");
        let blocks = document().query_selector(&body).ok().flatten()?.children();
        let html = |index| blocks.item(index).map(|block| block.inner_html());
        Some((0..blocks.length()).filter_map(html).collect())
    }

    pub fn landing() -> AnyView {
        ().into_any()
    }

    /// Takes the fragment from the address: a reload does not ask for it again.
    pub fn drop_fragment() {
        if let Ok(history) = window().history() {
            let state = history.state().unwrap_or_default();
            let _ = history.replace_state_with_url(&state, "", Some(&path()));
        }
    }

    /// Tells tests and stylesheet that the page is interactive.
    pub fn mark_hydrated() {
        if let Some(body) = document().body() {
            let _ = body.set_attribute("data-hydrated", "true");
        }
        tell("live");
    }

    /// Changes the theme at once and keeps it for a year.
    pub fn apply_theme(theme: Theme) {
        let document = document();
        if let Some(html) = document.document_element() {
            let _ = html.set_attribute("data-theme", theme.as_str());
        }
        if let Ok(Some(meta)) = document.query_selector("meta[name=theme-color]") {
            let _ = meta.set_attribute("content", super::theme_colour(theme));
        }
        keep("theme", theme.as_str());
    }

    /// A cookie for a year: the next page's first HTML is drawn by it.
    fn keep(name: &str, value: &str) {
        if let Ok(document) = document().dyn_into::<web_sys::HtmlDocument>() {
            let _ = document.set_cookie(&format!("{name}={value}; path=/; max-age=31536000; samesite=lax"));
        }
    }

    /// Tells the program how many minutes this clock is ahead of UTC.
    pub fn keep_utc_offset(minutes: i32) {
        keep("utc_offset", &minutes.to_string());
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

    /// The artist can see this page.
    pub fn seen() -> bool {
        !document().hidden()
    }

    /// Gives the focus to the element with this id, once what was asked of the page stands.
    pub fn focus(id: &'static str) {
        next_frame(move || {
            if let Some(element) = element(id) {
                let _ = element.focus();
            }
        });
    }

    /// It has a place on the screen, or beside it.
    pub fn is_shown(id: &str) -> bool {
        element(id).is_some_and(|element| element.offset_width() > 0)
    }

    /// Gives the focus to a field of the list, and shows the list, a sheet on a phone, where it is put away.
    pub fn focus_in_list(sheet: &str, field: &str) {
        show_sidebar(true);
        if !is_shown(field) {
            show_popover(sheet);
        }
        let Some(field) = element(field) else { return };
        let _ = field.focus();
    }

    /// What a popover, sheet or dialog offers to the keyboard.
    const ITEMS: &str = "a[href], button:not(:disabled), input:not([type=hidden])";

    fn listening(event: &web_sys::Event) -> Option<Element> {
        event.current_target()?.dyn_into().ok()
    }

    /// On a popover's `toggle`: it has just opened.
    pub fn is_open(event: &web_sys::Event) -> bool {
        listening(event).is_some_and(|node| node.matches(":popover-open").unwrap_or_default())
    }

    /// Moves the focus by `step` among what the listening element offers, round its ends.
    pub fn move_focus(event: &web_sys::KeyboardEvent, step: i32) {
        let Some(items) = listening(event).and_then(|node| node.query_selector_all(ITEMS).ok()) else {
            return;
        };
        let items: Vec<HtmlElement> = (0..items.length())
            .filter_map(|index| items.item(index)?.dyn_into().ok())
            .collect();
        let active = document().active_element();
        let at = items.iter().position(|item| active.as_ref() == Some(item.as_ref()));
        let next = at.map_or(0, |at| (at as i32 + step).rem_euclid(items.len() as i32) as usize);
        if let Some(item) = items.get(next) {
            event.prevent_default();
            let _ = item.focus();
        }
    }

    /// On a popover's `toggle`: the focus goes to what is current in it, or to the first thing.
    pub fn focus_opened(event: &web_sys::Event) {
        let Some(node) = listening(event).filter(|_| is_open(event)) else {
            return;
        };
        let inside = |active: Element| active != node && node.contains(Some(&*active));
        if document().active_element().is_some_and(inside) {
            return;
        }
        let find = |selector| node.query_selector(selector).ok().flatten();
        let current = find("[aria-current]:not([aria-current=false])");
        let first = || find(ITEMS);
        if let Some(target) = current
            .or_else(first)
            .and_then(|target| target.dyn_into::<HtmlElement>().ok())
        {
            let _ = target.focus();
        }
    }

    /// Tells the stylesheet (`--top`, `--left`) where a menu stands that belongs to `row`: below it, or above it where
    /// there is no room.
    pub fn place_below(menu: &HtmlElement, row: &HtmlElement) {
        let (row, height) = (row.get_bounding_client_rect(), f64::from(menu.offset_height()));
        let room = window()
            .inner_height()
            .ok()
            .and_then(|height| height.as_f64())
            .unwrap_or(f64::MAX);
        let below = row.bottom() - 2.0;
        let top = if below + height + 8.0 > room {
            (row.top() + 2.0 - height).max(8.0)
        } else {
            below
        };
        let style = menu.style();
        let _ = style.set_property("--top", &format!("{}px", top as i32));
        let _ = style.set_property("--left", &format!("{}px", (row.right() - 30.0) as i32));
    }

    /// Shows or hides the desktop's column of conversations.
    pub fn show_sidebar(shown: bool) {
        if let Some(html) = document().document_element() {
            let _ = html.set_attribute("data-sidebar", if shown { "open" } else { "closed" });
        }
    }

    /// A popover, sheet or dialog is open: Esc belongs to it.
    pub fn anything_open() -> bool {
        // a notice is nothing that is open
        let open = "[popover=auto]:popover-open, dialog[open]";
        matches!(document().query_selector(open), Ok(Some(_)))
    }
}
