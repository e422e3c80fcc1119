//! Thumbs, and a field for the words that go with them, whose code is among the extras.

use super::{
    state::{Chat, entry::Entry},
    words_field::WordsField,
};
use crate::{
    types::{chat::Feedback, ids::MessageId},
    ui::{
        hooks::keyboard,
        kit::{Button, ButtonKind, Icon, IconButton, effect},
        texts::{sheets::sheet_texts, use_texts},
    },
};
use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast;

#[component]
pub fn Thumbs(#[prop(into)] value: Signal<Option<Feedback>>, on_press: Callback<Feedback>) -> impl IntoView {
    let texts = use_texts();
    let thumb = |feedback, testid, icon, label| {
        view! {
            <IconButton
                icon
                label
                testid
                class="icon-button-small"
                pressed=Signal::derive(move || value.get() == Some(feedback))
                on_press=Callback::new(move |()| on_press.run(feedback))
            />
        }
    };
    view! {
        <span class="thumbs">
            <span class="actions-line" aria-hidden="true"></span>
            {thumb(Feedback::Up, "feedback-up", Icon::ThumbUp, texts.helpful)}
            {thumb(Feedback::Down, "feedback-down", Icon::ThumbDown, texts.not_helpful)}
        </span>
    }
    .into_any()
}

/// The field, which opens after a press. Enter is what it is in the composer; Esc closes, and so does what was saved, also
/// by going on elsewhere. What is refused stays in the field.
pub fn comment_field(chat: Chat, entry: Entry, commenting: RwSignal<Option<MessageId>>) -> AnyView {
    let texts = sheet_texts(chat.lang);
    let (id, kept) = (entry.id(), comment_of(&entry));
    let field = NodeRef::<html::Textarea>::new();
    // What was sent, until it is known what came of it.
    let sent = RwSignal::new(None::<String>);
    let close = {
        let entry = entry.clone();
        move || {
            let inside = keyboard::find(&format!("[data-id=\"{id}\"] .comment :focus")).is_some();
            commenting.set(None);
            if !inside {
                return;
            }
            let back = match comment_of(&entry).is_empty() {
                true => "[aria-pressed=true]",
                false => "[data-testid=feedback-edit]",
            };
            keyboard::focus_soon(format!("[data-id=\"{id}\"] {back}"));
        }
    };
    let (for_end, close_at_end) = (entry.clone(), close.clone());
    effect(move || {
        let busy = chat.rating.read().contains(&id);
        let Some(text) = sent.get().filter(|_| !busy) else {
            return;
        };
        sent.set(None);
        if comment_of(&for_end) == text {
            chat.announced.set(chat.texts().comment_kept.to_owned());
            close_at_end();
        }
    });
    let on_save = Callback::new(move |()| {
        if let (Some(field), None) = (field.get_untracked(), sent.get_untracked()) {
            let text = field.value().trim().to_owned();
            let value = entry.message.read_untracked().feedback;
            chat.give_feedback(&entry, value, Some(text.clone()).filter(|text| !text.is_empty()));
            sent.set(Some(text));
        }
    });
    let on_leave = Callback::new(move |()| close());
    let before = kept.clone();
    let left = move |event: ev::FocusEvent| {
        // a field that goes loses the focus, too
        let stands = commenting.try_get_untracked().flatten() == Some(id);
        let Some(field) = field.try_get_untracked().flatten().filter(|_| stands) else {
            return;
        };
        let to = event
            .related_target()
            .and_then(|to| to.dyn_into::<web_sys::Node>().ok());
        let inside = field
            .parent_element()
            .is_some_and(|around| around.contains(to.as_ref()));
        // and so does the whole window
        if field.value().trim() != before && !inside && document().has_focus().unwrap_or_default() {
            on_save.run(());
        }
    };
    let busy = Signal::derive(move || sent.read().is_some());
    view! {
        <div class="comment" on:focusout=left>
            <WordsField
                field
                text=kept
                class="comment-field"
                label=texts.comment
                testid="feedback-comment"
                placeholder=texts.comment_hint
                most="2000"
                on_save
                on_leave
            />
            <Button kind=ButtonKind::Inverse busy on_press=on_save>
                {texts.save}
            </Button>
        </div>
    }
    .into_any()
}

fn comment_of(entry: &Entry) -> String {
    entry
        .message
        .read_untracked()
        .feedback_comment
        .clone()
        .unwrap_or_default()
}
