//! A coach's answer, tied to its signals.

use super::{
    error_card::ErrorCard,
    facts::{DEMO, Facts},
    handoff::HandoffCard,
    message::Answer,
    sheets::Sheet,
    state::{
        Chat,
        branches::place,
        entry::{Drawn, Entry, Html, Wait},
    },
    thread::move_branch,
};
use crate::{
    types::{
        chat::{Handoff, MessageStatus},
        error::ErrorCode,
        ids::MessageId,
    },
    ui::{
        extras::Extras,
        hooks::{clipboard, keyboard, media},
        kit::{Icon, Item, PresenceState, changing, changing_list, effect, icon},
        platform,
        squad::Coach,
    },
};
use leptos::{html, prelude::*};
use std::time::Duration;

pub fn answer(chat: Chat, entry: Entry) -> AnyView {
    entry.take_over(chat.lang);
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
    let message = entry.message.clone();
    // behind a newer version it was taken back, or given again
    let newest = move || {
        let message = message.read();
        message.siblings.last().is_none_or(|last| *last == message.id)
    };
    let undoable = Signal::derive(move || chat.entries.read().last().is_some_and(|last| last.key == key) && newest());
    let busy: Signal<bool> = entry.retrying.clone().into();
    let on_undo =
        Callback::new(move |()| pressed_extras(&entry, move |extras, entry| (extras.undo_handoff)(chat, entry)));
    view! { <HandoffCard from=coach(&handoff.from) to=coach(&handoff.to) why=handoff.why answer undoable busy on_undo /> }
        .into_any()
}

fn pressed_extras(entry: &Entry, work: impl FnOnce(Extras, &Entry) + 'static) {
    let entry = entry.clone();
    platform::pressed_extras(move |extras| work(extras, &entry));
}

fn answer_body(chat: Chat, entry: Entry) -> AnyView {
    let Entry {
        message, blocks, slow, ..
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
        let blocks = blocks.clone();
        Memo::new(move |_| !blocks.read().is_empty())
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
            let (id, text) = {
                let message = message.read_untracked();
                (message.id, message.content.clone())
            };
            let drawn = document().query_selector(&format!("[data-id=\"{id}\"] .prose-squad"));
            clipboard::copy_drawn(text, drawn.ok().flatten(), move || {
                copied.set(true);
                set_timeout(move || _ = copied.try_set(false), Duration::from_secs(2));
            });
        })
    };
    let failure = {
        let entry = entry.clone();
        ViewFn::from(move || failure_card(chat, entry.clone()))
    };
    let place = {
        let message = message.clone();
        Memo::new(move |_| place(&message.read()))
    };
    let feedback = {
        let message = message.clone();
        Memo::new(move |_| message.read().feedback)
    };
    // Its field is open.
    let commenting = RwSignal::new(None::<MessageId>);
    let (for_move, for_again, for_thumb) = (entry.clone(), entry.clone(), entry.clone());
    let on_move = Callback::new(move |step| move_branch(chat, for_move.clone(), step));
    let on_regenerate =
        Callback::new(move |()| pressed_extras(&for_again, move |extras, entry| (extras.regenerate)(chat, entry)));
    let on_thumb = Callback::new(move |thumb| {
        let (id, now, comment) = {
            let message = for_thumb.message.read_untracked();
            (message.id, message.feedback, message.feedback_comment.clone())
        };
        let give = |value, comment| {
            pressed_extras(&for_thumb, move |extras, entry| {
                (extras.give_feedback)(chat, entry, value, comment)
            })
        };
        if now == Some(thumb) {
            commenting.set(None);
            give(None, None);
        } else {
            commenting.set(Some(id));
            // a keyboard on the screen comes only when it is asked for
            if !media::touch() {
                to_comment(id);
            }
            // its words stand in the field, to be changed for another opinion
            give(Some(thumb), comment);
        }
    });
    let former = {
        let (asked, status) = (entry.retrying.clone(), status);
        Signal::derive(move || asked.get() && status.get() != MessageStatus::Failed)
    };
    let comment = comment(chat, entry, commenting);
    let draw = |block: Drawn| match block.html {
        Html::Whole(html) => view! { <div inner_html=html.to_string()></div> }.into_any(),
        Html::Grown { html, .. } => {
            let (block, first) = (NodeRef::<html::Div>::new(), html.get_untracked().to_string());
            effect(move || {
                if let Some(block) = block.get() {
                    platform::grow(&block, &html.get());
                }
            });
            view! { <div node_ref=block inner_html=first></div> }.into_any()
        }
    };
    let blocks = move || {
        let blocks = blocks.get().into_iter();
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
            former
            place
            on_move
            on_regenerate
            feedback
            on_thumb
            comment
        >
            {changing_list(blocks)}
        </Answer>
    }
    .into_any()
}

/// The focus goes to the field, as soon as it stands.
fn to_comment(id: MessageId) {
    platform::pressed_extras(move |_| keyboard::focus_soon(format!("[data-id=\"{id}\"] .comment-field")));
}

/// Below an answer with a thumb: the field for words about it after a press, else that there are some.
fn comment(chat: Chat, entry: Entry, commenting: RwSignal<Option<MessageId>>) -> AnyView {
    let texts = chat.texts();
    let shown = {
        let message = entry.message.clone();
        Memo::new(move |_| {
            let message = message.read();
            let open = commenting.get() == Some(message.id);
            let shown = message.feedback.is_some() && (open || message.feedback_comment.is_some());
            shown.then_some((message.id, open))
        })
    };
    let draw = move || {
        let (id, open) = shown.get()?;
        if open {
            return Some((platform::extras()?.comment)(chat, entry.clone(), commenting));
        }
        let edit = move |_| {
            commenting.set(Some(id));
            to_comment(id);
        };
        let note = view! {
            <p class="comment comment-kept">
                {icon(Icon::Check, 16)} {texts.comment_kept}
                <button type="button" class="bar-link" data-testid="feedback-edit" on:click=edit>
                    {texts.comment_edit}
                </button>
            </p>
        };
        Some(note.into_any())
    };
    view! { {changing(draw)} }.into_any()
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
    let other = entry.message.read_untracked().provider.as_deref() != Some(DEMO);
    let on_other_model = other.then(|| Callback::new(move |()| chat.open_sheet(Sheet::Settings)));
    let blocks = entry.blocks.clone();
    let partly = Signal::derive(move || !blocks.read().is_empty());
    let on_retry = Callback::new(move |()| chat.retry(&entry));
    view! { <ErrorCard code offline busy generation on_retry on_other_model partly /> }.into_any()
}
