//! Copying, also where `navigator.clipboard` is missing (plain http on a phone in the same network).

use super::keyboard::pressed;
use js_sys::{Array, Object, Reflect};
use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag, ClipboardItem, Element, HtmlDocument, HtmlTextAreaElement};

/// Copies `text`; `copied` runs when it is there.
fn copy(text: String, copied: impl FnOnce() + 'static) {
    copy_drawn(text, None, copied);
}

/// Copies `text` as an editor of plain text takes it and, where the browser can, `drawn` as a letter or a document
/// takes it: with its headings, lists and tables. `copied` runs when it is there.
pub fn copy_drawn(text: String, drawn: Option<Element>, copied: impl FnOnce() + 'static) {
    let clipboard = Reflect::get(&window().navigator(), &JsValue::from_str("clipboard"));
    if clipboard.is_ok_and(|clipboard| !clipboard.is_undefined()) {
        let clipboard = window().navigator().clipboard();
        // now: some browsers let only the press itself begin to write
        let both = drawn
            .and_then(|drawn| both(&text, &drawn).ok())
            .map(|item| clipboard.write(&Array::of1(&item)));
        spawn_local(async move {
            let written = match both {
                Some(both) => JsFuture::from(both).await.is_ok(),
                None => false,
            };
            if written || JsFuture::from(clipboard.write_text(&text)).await.is_ok() || copy_selected(&text) {
                copied();
            }
        });
    } else if copy_selected(&text) {
        copied();
    }
}

/// One thing to paste, in two types.
fn both(text: &str, drawn: &Element) -> Result<ClipboardItem, JsValue> {
    let drawn: Element = drawn.clone_node_with_deep(true)?.unchecked_into();
    while let Some(head) = drawn.query_selector(".code-head")? {
        head.remove();
    }
    let types = Object::new();
    for (kind, words) in [("text/plain", text), ("text/html", &drawn.inner_html())] {
        let options = BlobPropertyBag::new();
        options.set_type(kind);
        let blob = Blob::new_with_str_sequence_and_options(&Array::of1(&words.into()), &options)?;
        Reflect::set(&types, &kind.into(), &blob)?;
    }
    ClipboardItem::new_with_record_from_str_to_blob_promise(&types)
}

/// Through a field outside the view and `execCommand`.
fn copy_selected(text: &str) -> bool {
    let document = document();
    let Some(body) = document.body() else { return false };
    let Ok(field) = document.create_element("textarea") else {
        return false;
    };
    let field: HtmlTextAreaElement = field.unchecked_into();
    let focused = document.active_element();
    field.set_value(text);
    let _ = field.set_attribute("style", "position:fixed;top:-100px");
    let _ = body.append_child(&field);
    field.select();
    let copied = document
        .unchecked_into::<HtmlDocument>()
        .exec_command("copy")
        .unwrap_or_default();
    field.remove();
    if let Some(focused) = focused.and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = focused.focus();
    }
    copied
}

/// Handles a press on the Copy button of a code block, wherever it is in the element that listens. `done` stands on the
/// button for two seconds.
pub fn copy_code(event: &web_sys::Event, done: &'static str) {
    let Some(button) = pressed(event, ".code-copy") else {
        return;
    };
    let Ok(Some(code)) = button
        .closest(".code-box")
        .map(|code| code.and_then(|it| it.query_selector("pre code").ok().flatten()))
    else {
        return;
    };
    copy(code.text_content().unwrap_or_default(), move || {
        let label = button.get_attribute("data-label").unwrap_or_default();
        if label == done {
            return;
        }
        let _ = button.set_attribute("data-label", done);
        let _ = button.set_attribute("aria-label", done);
        set_timeout(
            move || {
                let _ = button.set_attribute("data-label", &label);
                let _ = button.set_attribute("aria-label", &label);
            },
            std::time::Duration::from_secs(2),
        );
    });
}
