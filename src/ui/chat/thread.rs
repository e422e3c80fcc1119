//! The thread: every message tied to its signals, scrolling, and what a screen reader hears.

use super::{
    composer_view::LatestButton,
    error_card::ErrorCard,
    facts::Facts,
    handoff::HandoffCard,
    message::{Answer, UserMessage, UserState},
    state::{
        Chat,
        entry::{Drawn, Entry, Wait},
    },
};
use crate::{
    types::{
        chat::{Handoff, MessageStatus},
        error::ErrorCode,
    },
    ui::{
        hooks::{clipboard, scroll},
        kit::{Button, Item, PresenceState, changing, changing_list, effect},
        squad::Coach,
    },
};
use leptos::{ev, html, prelude::*};
use std::time::Duration;

#[component]
pub fn Thread(chat: Chat) -> impl IntoView {
    let texts = chat.texts();
    let (view, content, spacer) = (
        NodeRef::<html::Div>::new(),
        NodeRef::<html::Div>::new(),
        NodeRef::<html::Div>::new(),
    );
    effect(move || {
        if let (Some(view), Some(content), Some(spacer)) = (view.get(), content.get(), spacer.get()) {
            let away = move |away| {
                if !chat.away.is_disposed() {
                    chat.away.set(away);
                }
            };
            scroll::attach(
                (*view).clone(),
                (*content).clone(),
                (*spacer).clone(),
                away,
                move || chat.older(),
            );
        }
    });
    on_cleanup(scroll::detach);
    let older = move || {
        let press = Callback::new(move |()| chat.older());
        chat.next_before
            .read()
            .is_some()
            .then(|| view! { <Button on_press=press>{texts.older}</Button> }.into_any())
    };
    let copy_code = move |event: ev::MouseEvent| clipboard::copy_code(&event, texts.copied);
    let latest = move || {
        let press = Callback::new(move |()| chat.latest());
        chat.away
            .get()
            .then(|| view! { <LatestButton on_press=press /> }.into_any())
    };
    let messages = move || {
        let entries = chat.entries.get().into_iter();
        entries
            .map(|entry| Item::new(entry.key.clone(), move || message(chat, entry)))
            .collect()
    };
    view! {
        <div class="scroller" node_ref=view>
            <div
                node_ref=content
                class="thread"
                data-testid="thread"
                role="log"
                aria-live="off"
                aria-label=texts.thread
                tabindex="0"
                on:click=copy_code
            >
                {changing(older)}
                {changing_list(messages)}
            </div>
            <div node_ref=spacer class="spacer" aria-hidden="true"></div>
        </div>
        {changing(latest)}
    }
    .into_any()
}

/// Says who answers and, when it is finished, how the answer begins.
#[component]
pub fn Announcer(chat: Chat) -> impl IntoView {
    view! {
        <p class="sr-only" role="status" aria-live="polite">
            {move || chat.announced.get()}
        </p>
    }
}

fn message(chat: Chat, entry: Entry) -> AnyView {
    if entry.is_answer() {
        answer(chat, entry)
    } else {
        question(chat, entry)
    }
}

fn question(chat: Chat, entry: Entry) -> AnyView {
    let Entry { message, wait, .. } = entry.clone();
    let id = {
        let (message, wait) = (message.clone(), wait.clone());
        Signal::derive(move || match wait.get() {
            Wait::Sending | Wait::Network => String::new(),
            _ => message.read().id.to_string(),
        })
    };
    let state = Signal::derive(move || match wait.get() {
        Wait::No => UserState::Complete,
        Wait::Sending => UserState::Sending,
        Wait::Network => UserState::WaitsForNetwork,
        Wait::Sent => UserState::Sent,
        Wait::Turn => UserState::WaitsForAnswer(answering_name(chat)),
    });
    view! { <UserMessage id state>{move || message.read().content.clone()}</UserMessage> }.into_any()
}

/// The coach whose answer the others wait for.
fn answering_name(chat: Chat) -> String {
    let current = chat.current.get();
    let entries = chat.entries.get_untracked();
    let answer = entries
        .iter()
        .find(|entry| entry.message.read_untracked().generation_id == current);
    answer.map(|entry| chat.coach_name(entry)).unwrap_or_default()
}

fn answer(chat: Chat, entry: Entry) -> AnyView {
    let waits = {
        let wait = entry.wait.clone();
        Memo::new(move |_| *wait.read() == Wait::Turn)
    };
    let handoff = {
        let message = entry.message.clone();
        Memo::new(move |_| message.read().handoff.clone())
    };
    let draw = move || {
        let card = {
            let entry = entry.clone();
            move || handoff.get().map(|handoff| handoff_card(chat, entry.clone(), handoff))
        };
        view! {
            {changing(card)}
            {answer_body(chat, entry.clone())}
        }
        .into_any()
    };
    // An answer that waits for its turn shows nothing yet.
    view! { {move || (!waits.get()).then(&draw)} }.into_any()
}

fn handoff_card(chat: Chat, entry: Entry, handoff: Handoff) -> AnyView {
    let coach = |id| chat.squad.with_value(|squad| squad.get(id));
    let (key, answer) = (entry.key.clone(), entry.id().to_string());
    let undoable = Signal::derive(move || chat.entries.read().last().is_some_and(|last| last.key == key));
    let busy: Signal<bool> = entry.retrying.clone().into();
    let on_undo = Callback::new(move |()| chat.undo_handoff(&entry));
    view! { <HandoffCard from=coach(&handoff.from) to=coach(&handoff.to) why=handoff.why answer undoable busy on_undo /> }
        .into_any()
}

fn answer_body(chat: Chat, entry: Entry) -> AnyView {
    let Entry {
        message,
        blocks,
        tail,
        slow,
        ..
    } = entry.clone();
    let of = move |message: &ArcRwSignal<crate::types::chat::Message>| message.clone();
    let (for_id, for_coach, for_status, for_facts) = (of(&message), of(&message), of(&message), of(&message));
    let id = Signal::derive(move || for_id.read().id.to_string());
    let coach: Memo<Coach> = Memo::new(move |_| {
        let id = for_coach.read().coach.clone();
        chat.squad.with_value(|squad| match id {
            Some(id) => squad.get(&id),
            None => squad
                .all()
                .first()
                .cloned()
                .unwrap_or_else(|| squad.get(&crate::types::coach::CoachId::new(""))),
        })
    });
    let status = Memo::new(move |_| for_status.read().status);
    let has_text = {
        let (blocks, tail) = (blocks.clone(), tail.clone());
        Memo::new(move |_| !blocks.read().is_empty() || !tail.read().is_empty())
    };
    let facts = Memo::new(move |_| {
        let message = for_facts.read();
        let ended = !matches!(message.status, MessageStatus::Queued | MessageStatus::Streaming);
        ended.then(|| Facts::from(&*message))
    });
    let copied = RwSignal::new(false);
    let on_copy = {
        let message = message.clone();
        Callback::new(move |()| {
            clipboard::copy(message.read_untracked().content.clone(), move || {
                copied.set(true);
                set_timeout(move || _ = copied.try_set(false), Duration::from_secs(2));
            });
        })
    };
    let failure = ViewFn::from(move || failure_card(chat, entry.clone()));
    let has_tail = {
        let tail = tail.clone();
        Memo::new(move |_| !tail.read().is_empty())
    };
    let open_end = move || {
        let tail = tail.clone();
        has_tail
            .get()
            .then(|| view! { <div inner_html=move || tail.get()></div> }.into_any())
    };
    let finished = move || {
        let blocks = blocks.get().into_iter();
        let draw = |block: Drawn| view! { <div inner_html=block.html.to_string()></div> }.into_any();
        blocks
            .map(|block| Item::new(block.key(), move || draw(block)))
            .collect()
    };
    view! {
        <Answer
            id
            coach
            status
            thinking=Signal::derive(move || !has_text.get())
            slow=Signal::from(slow)
            has_text
            facts
            on_copy
            copied
            failure
        >
            {changing_list(finished)}
            {changing(open_end)}
        </Answer>
    }
    .into_any()
}

fn failure_card(chat: Chat, entry: Entry) -> AnyView {
    let message = entry.message.clone();
    let generation = message.read_untracked().generation_id;
    let generation = generation.map(|id| id.to_string()).unwrap_or_default();
    let code = Signal::derive(move || {
        message
            .read()
            .error
            .as_ref()
            .map_or(ErrorCode::ProviderError, |error| error.code)
    });
    let offline = Signal::derive(move || chat.presence.get() != PresenceState::Online);
    let busy: Signal<bool> = entry.retrying.clone().into();
    let on_retry = Callback::new(move |()| chat.retry(&entry));
    view! { <ErrorCard code offline busy generation on_retry /> }.into_any()
}
