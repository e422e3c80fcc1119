//! Thumbs, and a field for the words that go with them.

use crate::{
    types::chat::Feedback,
    ui::{
        hooks::keyboard,
        kit::{Button, ButtonKind, Icon, IconButton, changing, icon},
        texts::use_texts,
    },
};
use leptos::{ev, html, prelude::*};

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

/// `kept` is what the server has, or shall have. Enter or Send keeps what stands in the field, Esc closes it.
#[component]
pub fn CommentField(
    #[prop(into)] kept: Signal<String>,
    on_keep: Callback<String>,
    on_close: Callback<()>,
) -> impl IntoView {
    let texts = use_texts();
    let field = NodeRef::<html::Input>::new();
    let composes = StoredValue::new(false);
    let text = RwSignal::new(kept.get_untracked());
    let keep = move || on_keep.run(text.get_untracked().trim().to_owned());
    let key = move |event: ev::KeyboardEvent| {
        if composes.get_value() || keyboard::composing(&event) {
            return;
        }
        match event.key().as_str() {
            "Enter" => keep(),
            "Escape" => {
                let before = kept.get_untracked();
                if let Some(field) = field.get_untracked() {
                    field.set_value(&before);
                }
                text.set(before);
                on_close.run(());
            }
            _ => return,
        }
        event.prevent_default();
    };
    let settled = Memo::new(move |_| !kept.read().is_empty() && kept.read().as_str() == text.read().trim());
    let way = move || {
        if settled.get() {
            view! { <span class="comment-kept">{icon(Icon::Check, 16)} {texts.comment_kept}</span> }.into_any()
        } else {
            let press = Callback::new(move |()| keep());
            view! { <Button kind=ButtonKind::Inverse on_press=press>{texts.send}</Button> }.into_any()
        }
    };
    view! {
        <div class="comment">
            <input
                node_ref=field
                class="comment-field"
                data-testid="feedback-comment"
                type="text"
                maxlength="2000"
                autocomplete="off"
                enterkeyhint="send"
                aria-label=texts.comment
                placeholder=texts.comment_hint
                value=text.get_untracked()
                on:input=move |event| text.set(event_target_value(&event))
                on:keydown=key
                on:compositionstart=move |_| composes.set_value(true)
                on:compositionend=move |_| composes.set_value(false)
            />
            {changing(way)}
        </div>
    }
    .into_any()
}
