//! The thread: every message tied to its signals, scrolling, and what a screen reader hears.

use super::{
    answer::answer,
    composer_view::LatestButton,
    edit::EditField,
    message::{UserMessage, UserState},
    state::{
        Chat,
        branches::{can_be_edited, last_question, place},
        entry::{Entry, Wait},
    },
};
use crate::ui::{
    hooks::{clipboard, scroll},
    kit::{Button, Item, changing, changing_list, changing_text, effect},
    platform,
};
use leptos::{ev, html, prelude::*};

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
        chat.next_before.read().is_some().then(|| {
            view! {
                // one element, and none that the view holds on to when it keeps its place
                <p class="older">
                    <Button on_press=press>{texts.older}</Button>
                    <span class="print-note">{texts.older_not_printed}</span>
                </p>
            }
            .into_any()
        })
    };
    let press = move |event: ev::MouseEvent| {
        clipboard::copy_code(&event, texts.copied);
        chat.follow_about(&event);
    };
    let latest = move || {
        let press = Callback::new(move |()| chat.latest());
        chat.away
            .get()
            .then(|| view! { <LatestButton on_press=press /> }.into_any())
    };
    let last = Memo::new(move |_| last_question(&chat.entries.read()).map(|entry| entry.key.clone()));
    // A list that gets several items above its first one takes all others out and puts them in again, which draws the
    // whole thread anew. So a page of older messages is one item.
    let pages = move || {
        let mut pages: Vec<_> = by_page(&chat.entries.read()).map(|(page, _)| page).collect();
        pages.dedup();
        pages
            .into_iter()
            .map(|page| {
                Item::new(page, move || {
                    let draw = move || messages(chat, page, last);
                    if page == 0 {
                        draw()
                    } else {
                        platform::later("part", "part part-drawn", draw)
                    }
                })
            })
            .collect()
    };
    view! {
        <div
            node_ref=view
            class="scroller"
            data-testid="thread"
            role="log"
            aria-live="off"
            aria-label=texts.thread
            tabindex="0"
        >
            <div node_ref=content class="thread" on:click=press>
                {changing(older)}
                {changing_list(pages)}
            </div>
            <div node_ref=spacer class="spacer" aria-hidden="true"></div>
        </div>
        <div class="latest-place">{changing(latest)}</div>
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

/// The entries with the page each stands in; one that came later below older ones stands where they do not.
fn by_page(entries: &[Entry]) -> impl Iterator<Item = (usize, &Entry)> {
    entries.iter().scan(usize::MAX, |page, entry| {
        *page = entry.page.min(*page);
        Some((*page, entry))
    })
}

fn messages(chat: Chat, page: usize, last: Memo<Option<String>>) -> AnyView {
    // most changes are in another part
    let here = Memo::new_owning(move |old: Option<Vec<Entry>>| {
        let entries = chat.entries.read();
        let here = || by_page(&entries).filter_map(|(of, entry)| (of == page).then_some(entry));
        match old {
            Some(old) if old.iter().map(|entry| &entry.key).eq(here().map(|entry| &entry.key)) => (old, false),
            _ => (here().cloned().collect(), true),
        }
    });
    changing_list(move || {
        let here = here.get().into_iter();
        here.map(|entry| Item::new(entry.key.clone(), move || message(chat, entry, last)))
            .collect()
    })
}

/// `last`: key of the artist's last question.
fn message(chat: Chat, entry: Entry, last: Memo<Option<String>>) -> AnyView {
    if entry.is_answer() {
        answer(chat, entry)
    } else {
        question(chat, entry, last)
    }
}

fn question(chat: Chat, entry: Entry, last: Memo<Option<String>>) -> AnyView {
    let Entry { message, wait, key, .. } = entry.clone();
    let id = {
        let (message, wait) = (message.clone(), wait.clone());
        Signal::derive(move || match wait.get() {
            Wait::Sending | Wait::Network => String::new(),
            _ => message.read().id.to_string(),
        })
    };
    let waits = wait.clone();
    let state = Signal::derive(move || match waits.get() {
        Wait::No => UserState::Complete,
        Wait::Sending => UserState::Sending,
        Wait::Network => UserState::WaitsForNetwork,
        Wait::Sent => UserState::Sent,
        Wait::Turn => UserState::WaitsForAnswer(answering_name(chat)),
    });
    let place = {
        let message = message.clone();
        Memo::new(move |_| place(&message.read()))
    };
    let editable = Memo::new(move |_| can_be_edited(&wait.read()) && last.read().as_ref() == Some(&key));
    // in another tab something may have been said below
    let editing = {
        let message = message.clone();
        Memo::new(move |_| chat.editing.of.get() == Some(message.read().id))
    };
    let on_move = {
        let entry = entry.clone();
        Callback::new(move |step| move_branch(chat, entry.clone(), step))
    };
    let on_edit = Callback::new(move |()| _ = chat.edit_last(false));
    let on_cancel = {
        let entry = entry.clone();
        Callback::new(move |()| {
            let entry = entry.clone();
            platform::pressed_extras(move |extras| (extras.take_back)(chat, &entry));
        })
    };
    let editor = move || {
        let extras = editing.get().then(platform::extras)??;
        Some((extras.edit)(chat, entry.clone()))
    };
    let editor = view! { {changing(editor)} }.into_any();
    let long = {
        let message = message.clone();
        // another version may stand here
        Memo::new(move |_| is_long(&message.read().content))
    };
    view! {
        <UserMessage id state place on_move on_cancel editable on_edit long editing editor>
            {changing_text(move || message.read().content.clone())}
        </UserMessage>
    }
    .into_any()
}

/// A pasted text, say: more than some twenty lines.
fn is_long(text: &str) -> bool {
    text.len() > 1_500 || text.lines().nth(20).is_some()
}

/// Shows the version of a message that is `step` further.
pub fn move_branch(chat: Chat, entry: Entry, step: isize) {
    platform::pressed_extras(move |extras| (extras.move_branch)(chat, &entry, step));
}

pub fn edit_field(chat: Chat, entry: Entry) -> AnyView {
    let texts = chat.texts();
    let text = chat.editing.words(&entry.message.read_untracked());
    let problem = Signal::derive(move || {
        let problem = chat.editing.problem.read();
        let problem = problem.as_ref();
        problem.map_or(String::new(), |problem| {
            format!("{} {}", texts.not_sent, chat.cause(problem.code))
        })
    });
    let on_save = Callback::new(move |text: String| chat.save_edit(&entry, &text));
    let on_leave = Callback::new(move |()| chat.leave_edit());
    view! { <EditField text saving=chat.editing.saving.into() problem on_save on_leave /> }.into_any()
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
