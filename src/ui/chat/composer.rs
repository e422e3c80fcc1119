//! The composer: the field tied to the state of the chat.
//!
//! The browser owns the field's text while the artist writes; the state follows it, and writes into the field only when
//! its text changes from elsewhere. So what was typed before the page woke up is kept, and an input method is never
//! disturbed.

use super::{composer_view::ComposerView, state::Chat};
use crate::{
    markdown,
    types::{chat::MAX_MESSAGE_CHARS, error::ErrorCode},
    ui::{
        hooks::{keyboard, media, scroll, storage},
        kit::{changing, effect},
        squad::Coach,
        texts::format::count,
    },
};
use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast;

/// Id of the counter.
const COUNTER: &str = "composer-counter";

#[component]
pub fn Composer(
    chat: Chat,
    #[prop(into)] coach: Signal<Coach>,
    #[prop(into)] client_message_id: Signal<String>,
) -> impl IntoView {
    let texts = chat.texts();
    let field = NodeRef::<html::Textarea>::new();
    let composes = StoredValue::new(false);
    take_over(chat, field);

    let focus = move || {
        if let Some(field) = field.get_untracked() {
            let _ = field.focus();
        }
    };
    let send = move || {
        // An input method may have put its text without an event.
        if let Some(field) = field.get_untracked() {
            chat.typed(field.value());
        }
        chat.send();
        focus();
    };
    let key = move |event: ev::KeyboardEvent| {
        let sends = keyboard::sends(&event, composes.get_value());
        let empty = field.get_untracked().is_some_and(|field| field.value().is_empty());
        // with nothing written these keys have nothing to do in the field
        let elsewhere = || {
            empty
                && !composes.get_value()
                && match event.key().as_str() {
                    "ArrowUp" => chat.edit_last(true),
                    "PageUp" => scroll::page(-1.0),
                    "PageDown" => scroll::page(1.0),
                    "End" => {
                        chat.latest();
                        true
                    }
                    _ => false,
                }
        };
        if sends || elsewhere() {
            event.prevent_default();
        }
        if sends {
            send();
        }
    };
    let action = Signal::derive(move || {
        chat.conversation
            .read()
            .as_ref()
            .map_or("/chat".to_owned(), |open| format!("/chat/{}", open.id))
    });
    // How many characters are left, below zero too many; `None` while that is far away.
    let left = Memo::new(move |_| {
        let left = Chat::room(&chat.text.read());
        (left <= MAX_MESSAGE_CHARS as i32 / 10).then_some(left)
    });
    let over = Memo::new(move |_| left.get().is_some_and(|left| left < 0));
    let counter = move || {
        let left = left.get()?;
        let number = |number: i64| count(chat.lang, number);
        let words = if left < 0 {
            (texts.too_many)(&number(-i64::from(left)), &number(MAX_MESSAGE_CHARS as i64))
        } else {
            (texts.left)(&number(left.into()))
        };
        let view = view! {
            <span id=COUNTER class="composer-counter" class:composer-over=left < 0 data-testid="composer-counter">
                {words}
            </span>
        };
        Some(view.into_any())
    };
    let problem = Signal::derive(move || {
        // else nothing is too long any more
        let stands = |code: &ErrorCode| *code != ErrorCode::TooLarge || over.get();
        chat.refusal().filter(stands).map(|code| {
            let cause = chat.refusal_cause(code);
            match chat.refused.get() {
                true => format!("{} {cause}", texts.not_sent),
                false => cause.to_owned(),
            }
        })
    });
    let on_stop = Callback::new(move |()| {
        chat.stop();
        focus();
    });
    // Picked by a plain form, for the first message of the next one.
    let picked = chat.picked.get_untracked();
    let picked = picked.map(|coach| view! { <input type="hidden" name="coach" value=coach.to_string() /> });
    view! {
        <ComposerView
            action
            client_message_id
            running=chat.current
            stopping=Memo::new(move |_| chat.is_stopping())
            problem
            on_submit=Callback::new(move |()| send())
            on_stop
        >
            {picked}
            <textarea
                node_ref=field
                class="composer-field"
                class:composer-blank=move || !chat.text.read().is_empty() && chat.nothing_to_send()
                data-testid="composer"
                name="message"
                rows="1"
                aria-label=texts.message_field
                autocomplete="off"
                aria-invalid=move || over.get().then_some("true")
                aria-describedby=move || left.get().map(|_| COUNTER)
                placeholder=move || (texts.write_to)(&coach.read().name)
                on:input=move |event| chat.typed(event_target_value(&event))
                on:keydown=key
                on:compositionstart=move |_| composes.set_value(true)
                on:compositionend=move |_| composes.set_value(false)
                inner_html=markdown::escaped(&chat.text.read_untracked())
            ></textarea>
            {changing(counter)}
        </ComposerView>
    }
    .into_any()
}

/// Ties the field to the state: the draft stands in front of what was typed meanwhile; later changes of the state go into
/// the field.
fn take_over(chat: Chat, field: NodeRef<html::Textarea>) {
    let mut taken = false;
    effect(move || {
        let Some(field) = field.get() else {
            taken = false;
            return;
        };
        if !std::mem::replace(&mut taken, true) {
            let (open, typed) = (chat.open_id(), field.value());
            let draft = storage::draft(open);
            chat.typed(typed.clone());
            if !typed.contains(draft.trim()) {
                // the page before may have kept what was typed behind the draft
                let front = draft.strip_suffix(&typed).and_then(|front| front.strip_suffix('\n'));
                chat.back_in_box(open, front.unwrap_or(&draft));
            }
            if !media::touch() {
                let _ = field.focus();
            }
        }
        let text = chat.text.get();
        if field.value() != text {
            // what was sent leaves in front of what is being written
            let from_end = field
                .text_length()
                .saturating_sub(field.selection_end().ok().flatten().unwrap_or_default());
            field.set_value(&text);
            let caret = field.text_length().saturating_sub(from_end);
            let _ = field.set_selection_range(caret, caret);
        }
        grow(&field);
    });
}

/// As high as its text; the stylesheet says how far that goes. While it is measured its box keeps its height, or the
/// thread above would be moved.
pub(super) fn grow(field: &web_sys::HtmlTextAreaElement) {
    let style = web_sys::HtmlElement::style(field);
    let around = field
        .parent_element()
        .and_then(|around| around.dyn_into::<web_sys::HtmlElement>().ok());
    let hold = |height: &str| {
        if let Some(around) = &around {
            let _ = around.style().set_property("min-height", height);
        }
    };
    hold(&format!(
        "{}px",
        around.as_ref().map_or(0, web_sys::HtmlElement::offset_height)
    ));
    let _ = style.set_property("height", "auto");
    let _ = style.set_property("height", &format!("{}px", field.scroll_height()));
    hold("");
}
