//! A sheet that goes with the finger, on a narrow page: the list of conversations to the left, where it came from; any other
//! one down, by its handle or its title.

use super::{keyboard::pressed, media};
use leptos::prelude::*;
use std::{cell::RefCell, rc::Rc};
use wasm_bindgen::JsCast;
use web_sys::{HtmlDialogElement, HtmlElement, MouseEvent};

struct Hold {
    sheet: HtmlElement,
    /// Else to the left.
    down: bool,
    /// Where the sheet was taken, px.
    from: f64,
}

impl Hold {
    /// How far it was moved its way, px.
    fn moved(&self, event: &MouseEvent) -> f64 {
        let by = if self.down {
            f64::from(event.client_y()) - self.from
        } else {
            // a list that is scrolled moves to the side, too
            self.from - f64::from(event.client_x()) - SLACK
        };
        by.max(0.0)
    }

    fn stand(&self, moved: f64) {
        let place = if self.down {
            format!("0 {}px", moved.round())
        } else {
            format!("{}px", -moved.round())
        };
        let style = self.sheet.style();
        // at once, not by the transition that opens it
        let _ = style
            .set_property("transition", "none")
            .and_then(|()| style.set_property("translate", &place));
    }

    fn let_go(&self) {
        let style = self.sheet.style();
        let _ = style.remove_property("translate");
        let _ = style.remove_property("transition");
    }
}

type Held = Rc<RefCell<Option<Hold>>>;

/// Let go so far on its way, px, it closes; before that it goes back.
const FAR: f64 = 80.0;
const SLACK: f64 = 12.0;

/// For the whole life of the page.
pub fn start() {
    let held = Held::default();
    listen("pointerdown", &held, |held, event| {
        if event.button() != 0 || !media::narrow() {
            return;
        }
        let handle = pressed(event, ".sheet-handle, .sheet-title, .dialog-title");
        let sheet = handle.and_then(|handle| handle.closest(".dialog, .popover").ok()?);
        let list = || pressed(event, ".sidebar").filter(|_| pressed(event, "input, .popover").is_none());
        let (down, from) = match sheet {
            Some(_) => (true, event.client_y()),
            None => (false, event.client_x()),
        };
        *held.borrow_mut() = sheet.or_else(list).map(|sheet| Hold {
            sheet: sheet.unchecked_into(),
            down,
            from: from.into(),
        });
    });
    listen("pointermove", &held, |held, event| {
        if let Some(hold) = &*held.borrow() {
            match hold.moved(event) {
                0.0 => hold.let_go(),
                moved => hold.stand(moved),
            }
        }
    });
    for end in ["pointerup", "pointercancel"] {
        listen(end, &held, move |held, event| {
            // closing tells others, who may ask for something here
            let Some(hold) = held.take() else { return };
            hold.let_go();
            if end == "pointerup" && hold.moved(event) > FAR {
                match hold.sheet.dyn_ref::<HtmlDialogElement>() {
                    Some(dialog) => dialog.close(),
                    None => _ = hold.sheet.hide_popover(),
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
