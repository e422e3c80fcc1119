//! How the composer looks: field, Send, Stop, hints. What they do comes from outside; without JavaScript it is a form.
//!
//! The field is a slot: a `<textarea class="composer-field" data-testid="composer" name="message" placeholder=…>`. The
//! stylesheet asks `:placeholder-shown` whether it is empty, so the placeholder must never be: then Send is pale, and
//! while an answer runs it makes room for Stop.

use crate::{
    types::ids::GenerationId,
    ui::{
        kit::{CHAT_FORM, Icon, changing, icon, key},
        texts::use_texts,
    },
};
use leptos::{ev, html, prelude::*};

#[component]
pub fn ComposerView(
    /// `/chat` or `/chat/{id}`.
    #[prop(into)]
    action: Signal<String>,
    /// Makes a second press of a plain form send nothing new; comes from the server.
    #[prop(into)]
    client_message_id: Signal<String>,
    /// The answer that is being written: Stop stands here.
    #[prop(into)]
    running: Signal<Option<GenerationId>>,
    /// Stop was pressed, the server has not answered yet.
    #[prop(optional, into)]
    stopping: Signal<bool>,
    /// The message that could not be sent, why; its text is in the field.
    #[prop(optional, into)]
    problem: Signal<Option<String>>,
    #[prop(into)] on_submit: Callback<()>,
    #[prop(into)] on_stop: Callback<()>,
    #[prop(optional)] form_ref: NodeRef<html::Form>,
    /// The field.
    children: Children,
) -> impl IntoView {
    let texts = use_texts();
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        on_submit.run(());
    };
    let send_label = move || {
        if running.get().is_some() {
            texts.queue
        } else {
            texts.send
        }
    };
    let stop_label = move || if stopping.get() { texts.stopping } else { texts.stop };
    let stop = move || {
        running.get().map(|generation| {
            view! {
                <button
                    type="submit"
                    name="stop"
                    value=generation.to_string()
                    class="round round-stop"
                    data-testid="stop"
                    aria-label=stop_label
                    title=stop_label
                    aria-busy=move || stopping.get().to_string()
                    on:click=move |event| {
                        event.prevent_default();
                        on_stop.run(());
                    }
                >
                    <span class="stop-square" aria-hidden="true"></span>
                </button>
            }
            .into_any()
        })
    };
    view! {
        <form
            node_ref=form_ref
            id=CHAT_FORM
            class="composer"
            class:composer-running=move || running.get().is_some()
            method="post"
            action=move || action.get()
            on:submit=submit
        >
            <input type="hidden" name="client_message_id" value=move || client_message_id.get() />
            <p class="composer-problem" role="alert">{move || problem.get()}</p>
            <div class="composer-box">
                {children()}
                <div class="composer-buttons">
                    {changing(stop)}
                    <button type="submit" class="round round-send" data-testid="send" aria-label=send_label title=send_label>
                        {icon(Icon::ArrowUp, 20)}
                    </button>
                </div>
            </div>
            <p class="composer-hints">
                <span>{texts.disclaimer}</span>
                <span class="composer-keys" aria-hidden="true">
                    {key("↵")}
                    {texts.hint_send}
                    {key("⇧ ↵")}
                    {texts.hint_new_line}
                </span>
            </p>
        </form>
    }
    .into_any()
}

/// Brings the end of the thread into view; stands above the composer, in the panel.
#[component]
pub fn LatestButton(#[prop(into)] on_press: Callback<()>) -> impl IntoView {
    let texts = use_texts();
    view! {
        <button
            type="button"
            class="round round-latest"
            data-testid="jump-latest"
            aria-label=texts.latest
            title=texts.latest
            on:click=move |_| on_press.run(())
        >
            {icon(Icon::ArrowDown, 20)}
        </button>
    }
}
