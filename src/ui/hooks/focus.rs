//! Popovers, sheets and the focus.

use super::{frame::next_frame, keyboard};
use crate::ui::platform;
use leptos::prelude::{document, window};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlDialogElement, HtmlElement};

/// The artist can see this page.
pub fn tab_is_visible() -> bool {
    !document().hidden()
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

/// As by its own button; says whether there was one.
pub fn close_dialog() -> bool {
    let open = keyboard::find("dialog[open]");
    let dialog = open.and_then(|open| open.dyn_into::<HtmlDialogElement>().ok());
    dialog.inspect(HtmlDialogElement::close).is_some()
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

/// Moves the focus by `step` among what the listening element offers, round its ends; `from_first` of them, or from where
/// it is.
pub fn move_focus(event: &web_sys::KeyboardEvent, from_first: bool, step: i32) {
    let Some(items) = listening(event).and_then(|node| node.query_selector_all(ITEMS).ok()) else {
        return;
    };
    let items: Vec<HtmlElement> = (0..items.length())
        .filter_map(|index| items.item(index)?.dyn_into().ok())
        .collect();
    let active = document().active_element();
    let here = |item: &HtmlElement| active.as_ref() == Some(item.as_ref());
    let at = items.iter().position(|item| from_first || here(item));
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
        let state = if shown { "open" } else { "closed" };
        let _ = html.set_attribute("data-sidebar", state);
        platform::keep_sidebar(state);
    }
}

/// The same by its button: the focus goes to the one that takes it back.
pub fn switch_sidebar(shown: bool) {
    show_sidebar(shown);
    keyboard::focus(if shown {
        ".sidebar-head .only-wide"
    } else {
        ".only-collapsed"
    });
}

/// A popover, sheet or dialog is open: Esc belongs to it.
pub fn anything_open() -> bool {
    // a notice is nothing that is open
    let open = "[popover=auto]:popover-open, dialog[open]";
    matches!(document().query_selector(open), Ok(Some(_)))
}
