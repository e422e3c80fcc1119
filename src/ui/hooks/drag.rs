//! A sheet that goes down with the finger: by its handle or its title, on a narrow page, where it stands at the lower edge.

use super::keyboard::pressed;
use leptos::prelude::*;
use std::{cell::RefCell, rc::Rc};
use wasm_bindgen::JsCast;
use web_sys::{HtmlDialogElement, HtmlElement, MouseEvent};

/// What is held, and where it was taken, px.
type Held = Rc<RefCell<Option<(HtmlElement, f64)>>>;

/// Let go so far down, px, it closes; higher it goes back.
const FAR: f64 = 80.0;

/// For the whole life of the page.
pub fn start() {
    let held = Held::default();
    listen("pointerdown", &held, |held, event| {
        let handle = pressed(event, ".sheet-handle, .sheet-title, .dialog-title");
        let sheet = handle.and_then(|handle| handle.closest(".dialog, .popover").ok()?);
        if let Some(sheet) = sheet.filter(|_| event.button() == 0 && at_lower_edge()) {
            *held.borrow_mut() = Some((sheet.unchecked_into(), event.client_y().into()));
        }
    });
    listen("pointermove", &held, |held, event| {
        if let Some((sheet, from)) = &*held.borrow() {
            let down = (f64::from(event.client_y()) - from).max(0.0);
            move_to(sheet, Some(down));
        }
    });
    for end in ["pointerup", "pointercancel"] {
        listen(end, &held, move |held, event| {
            // closing tells others, who may ask for something here
            let Some((sheet, from)) = held.take() else { return };
            move_to(&sheet, None);
            if end == "pointerup" && f64::from(event.client_y()) - from > FAR {
                match sheet.dyn_ref::<HtmlDialogElement>() {
                    Some(dialog) => dialog.close(),
                    None => _ = sheet.hide_popover(),
                }
            }
        });
    }
}

fn listen(name: &'static str, held: &Held, work: impl Fn(&Held, &MouseEvent) + 'static) {
    let held = held.clone();
    window_event_listener_untyped(name, move |event| {
        if let Some(event) = event.dyn_ref() {
            work(&held, event);
        }
    });
}

/// As the stylesheet has it below 64rem.
fn at_lower_edge() -> bool {
    let narrow = window().match_media("(width < 64rem)").ok().flatten();
    narrow.is_some_and(|narrow| narrow.matches())
}

fn move_to(sheet: &HtmlElement, down: Option<f64>) {
    let style = sheet.style();
    let _ = match down {
        // at once, not by the transition that opens it
        Some(down) => style
            .set_property("transition", "none")
            .and_then(|()| style.set_property("translate", &format!("0 {}px", down.round()))),
        None => style
            .remove_property("translate")
            .and_then(|_| style.remove_property("transition").map(drop)),
    };
}
