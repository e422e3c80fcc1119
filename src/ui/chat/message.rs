//! The two kinds of messages: the artist's bubble and a coach's answer. Their text is a slot.

use super::{
    facts::{Facts, MessageFacts},
    feedback::Thumbs,
    typing::Typing,
    versions::Versions,
};
use crate::{
    types::chat::{Feedback, MessageStatus},
    ui::{
        hooks::scroll,
        kit::{CoachString, Icon, IconButton, StringState, changing, changing_text, icon, plectrum, spinner},
        squad::{Coach, coach_style},
        texts::use_texts,
    },
};
use leptos::prelude::*;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum UserState {
    Sending,
    /// In the outbox until the network is back.
    WaitsForNetwork,
    /// Queued behind the answer of this coach (a name).
    WaitsForAnswer(String),
    /// Taken by the server a moment ago; says so until the answer begins.
    Sent,
    #[default]
    Complete,
}

impl UserState {
    /// `data-state` of the message.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Sending => "sending",
            Self::WaitsForNetwork | Self::WaitsForAnswer(_) => "queued",
            Self::Sent | Self::Complete => "complete",
        }
    }
}

/// A message of the artist; `children` is its text. `id` is empty until the server has given one.
#[component]
pub fn UserMessage(
    #[prop(into)] id: Signal<String>,
    #[prop(into)] state: Signal<UserState>,
    /// Which version of how many.
    #[prop(into)]
    place: Signal<Option<(usize, usize)>>,
    on_move: Callback<isize>,
    /// Of one that waits: it shall not be sent, or not be answered.
    on_cancel: Callback<()>,
    #[prop(into)] editable: Signal<bool>,
    on_edit: Callback<()>,
    /// So much that it stands folded.
    #[prop(into)]
    long: Signal<bool>,
    /// The field in place of the bubble, while its words are changed.
    #[prop(into)]
    editing: Signal<bool>,
    editor: AnyView,
    children: Children,
) -> impl IntoView {
    let texts = use_texts();
    let note = move || {
        let (sign, words) = match state.get() {
            UserState::Complete => return None,
            // where it would stand are the versions
            UserState::Sent if place.read().is_some() => return None,
            UserState::Sent => (None, texts.sent.to_owned()),
            UserState::Sending => (Some(spinner().into_any()), texts.sending.to_owned()),
            UserState::WaitsForNetwork => (Some(icon(Icon::Clock, 16).into_any()), texts.waiting_network.to_owned()),
            UserState::WaitsForAnswer(name) => (Some(icon(Icon::Clock, 16).into_any()), (texts.waiting_answer)(&name)),
        };
        let waits = matches!(state.get(), UserState::WaitsForNetwork | UserState::WaitsForAnswer(_));
        let cancel = waits.then(|| {
            view! {
                <button type="button" class="bar-link" data-testid="take-back" on:click=move |_| on_cancel.run(())>
                    {texts.cancel}
                </button>
            }
            .into_any()
        });
        Some(view! { <p class="bubble-note">{sign} {words} {cancel}</p> }.into_any())
    };
    let edit = move || {
        editable.get().then(|| {
            view! { <IconButton icon=Icon::Pencil label=texts.edit testid="edit" class="icon-button-small edit" on_press=on_edit /> }
                .into_any()
        })
    };
    let folded = RwSignal::new(true);
    let turn = move |_| {
        // what was pressed to see less, or where reading begins, stays under the reader's eyes
        let kept = if folded.get_untracked() { "bubble" } else { "fold" };
        scroll::keep(&format!("[data-id=\"{}\"] .{kept}", id.read_untracked()));
        folded.update(|folded| *folded = !*folded);
    };
    let button = move || {
        view! {
            <button
                type="button"
                class="fold"
                data-testid="fold"
                aria-expanded=move || (!folded.get()).to_string()
                on:click=turn
            >
                {move || if folded.get() { texts.unfold } else { texts.fold }}
                {icon(Icon::ChevronDown, 16)}
            </button>
        }
        .into_any()
    };
    let fold = move || long.get().then(button);
    view! {
        <article
            class="message message-user"
            data-testid="message"
            data-role="user"
            data-id=move || id.get()
            data-state=move || state.read().as_str()
        >
            <h2 class="sr-only">{texts.you}</h2>
            <div class="bubble-row" hidden=move || editing.get()>
                <div class="bubble" class:bubble-folded=move || long.get() && folded.get() data-testid="message-body">
                    {children()}
                </div>
                {changing(edit)}
            </div>
            {changing(fold)}
            {editor}
            {changing(note)}
            <Versions place on_move />
        </article>
    }
    .into_any()
}

/// A coach's answer; `children` is its rendered text, which goes into `message-body`.
#[component]
pub fn Answer(
    #[prop(into)] id: Signal<String>,
    #[prop(into)] coach: Signal<Coach>,
    #[prop(into)] status: Signal<MessageStatus>,
    /// No token has come yet.
    #[prop(into)]
    thinking: Signal<bool>,
    /// No token for 8 seconds.
    #[prop(into)]
    slow: Signal<bool>,
    /// Another answer to the same question stands in its place.
    #[prop(optional, into)]
    former: Signal<bool>,
    /// There is text to show and to copy.
    #[prop(into)]
    has_text: Signal<bool>,
    #[prop(into)] facts: Signal<Option<Facts>>,
    #[prop(into)] on_copy: Callback<()>,
    /// The text was copied a moment ago.
    #[prop(into)]
    copied: Signal<bool>,
    /// Which version of how many.
    #[prop(into)]
    place: Signal<Option<(usize, usize)>>,
    on_move: Callback<isize>,
    on_regenerate: Callback<()>,
    #[prop(into)] feedback: Signal<Option<Feedback>>,
    on_thumb: Callback<Feedback>,
    /// Stands between buttons and facts.
    comment: AnyView,
    /// The error card of a failed answer.
    #[prop(optional, into)]
    failure: Option<ViewFn>,
    children: Children,
) -> impl IntoView {
    let texts = use_texts();
    let ended = move || !matches!(status.get(), MessageStatus::Streaming | MessageStatus::Queued);
    let failed = move || status.get() == MessageStatus::Failed;
    let string = Signal::derive(move || match status.get() {
        _ if former.get() => StringState::Former,
        MessageStatus::Failed => StringState::Failed,
        MessageStatus::Streaming | MessageStatus::Queued if thinking.get() => StringState::Thinking,
        MessageStatus::Streaming | MessageStatus::Queued => StringState::Growing,
        _ => StringState::Finished,
    });
    let name = Signal::derive(move || coach.read().name.clone());
    let line = move || {
        if failed() && !has_text.get() {
            texts.no_answer.to_owned()
        } else {
            coach.read().role.clone()
        }
    };
    let typing = move || (thinking.get() && !ended()).then(|| view! { <Typing name slow /> }.into_any());
    let failure = StoredValue::new(failure);
    let card = move || {
        if failed() {
            failure.with_value(|card| card.as_ref().map(ViewFn::run))
        } else {
            None
        }
    };
    let copy = move || (ended() && has_text.get()).then(|| view! { <CopyButton copied on_copy /> }.into_any());
    // A failed answer has its own way: to try again.
    let whole = Memo::new(move |_| ended() && !failed());
    let again = move || {
        whole.get().then(|| {
            view! {
                <IconButton
                    icon=Icon::Refresh
                    label=texts.regenerate
                    testid="regenerate"
                    class="icon-button-small"
                    on_press=on_regenerate
                />
            }
            .into_any()
        })
    };
    let thumbs = move || {
        (whole.get() && has_text.get()).then(|| view! { <Thumbs value=feedback on_press=on_thumb /> }.into_any())
    };
    let facts = move || facts.get().map(|facts| view! { <MessageFacts facts /> }.into_any());
    view! {
        <article
            class="message answer"
            style=move || coach_style(&coach.read())
            data-testid="message"
            data-role="assistant"
            data-id=move || id.get()
            data-coach=move || coach.read().id.to_string()
            data-former=move || former.get().to_string()
            data-state=move || if status.get() == MessageStatus::Queued { "streaming" } else { status.get().as_str() }
        >
            <div class="answer-gutter">{move || Some(plectrum(&coach.read(), 32))} <CoachString state=string /></div>
            <div class="answer-column">
                <h2 class="answer-head">
                    <span class="answer-name">{name}</span>
                    <span class="answer-role">{changing_text(line)}</span>
                </h2>
                {changing(typing)}
                <div class="prose-squad" data-testid="message-body" hidden=move || !has_text.get()>
                    {children()}
                </div>
                {changing(card)}
            </div>
            <div class="answer-under">
                <div class="actions" role="group" aria-label=texts.answer_actions>
                    {changing(copy)}
                    {changing(again)}
                    <Versions place on_move />
                    {changing(thumbs)}
                </div>
                {comment}
                {changing(facts)}
            </div>
        </article>
    }
    .into_any()
}

#[component]
fn CopyButton(copied: Signal<bool>, on_copy: Callback<()>) -> impl IntoView {
    let texts = use_texts();
    changing(move || {
        let (glyph, label) = if copied.get() {
            (Icon::Check, texts.copied)
        } else {
            (Icon::Copy, texts.copy_answer)
        };
        view! { <IconButton icon=glyph label testid="copy" class="icon-button-small" on_press=on_copy /> }.into_any()
    })
}
