//! The conversations: a column of the desktop, a sheet on a phone.
//!
//! One element serves both: it has the attribute `popover`, which the stylesheet overrules from 1024 px on. So the sheet
//! opens, closes and takes the keyboard without a line of ours, and without JavaScript.

use super::{
    list::groups,
    row::{ListState, Row},
    search::SearchField,
    sheets::Sheet,
    state::{Chat, Left, Pages, Undoable},
};
use crate::ui::{
    hooks::{focus, frame::next_frame, keyboard, media},
    kit::{
        Button, Icon, IconButton, Item, PresenceState, Toast, changing, changing_list, changing_text, effect, ever,
        icon, key, mark,
    },
    platform,
    texts::{format::Today, sheets::sheet_texts, use_texts},
};
use leptos::{ev, prelude::*};
use std::{collections::HashMap, sync::Arc};

/// Id of the sheet.
pub const SIDEBAR: &str = "sidebar";

/// Id of the button between the list and the archived ones.
pub(super) const SWITCH: &str = "list-switch";

#[derive(Clone, Copy, PartialEq)]
enum Shown {
    List,
    Archived,
    Hits,
}

#[component]
pub fn Sidebar(
    chat: Chat,
    /// The artist's day.
    today: RwSignal<Today>,
) -> impl IntoView {
    let texts = use_texts();
    let rest = move || {
        let shown = Memo::new(
            move |_| match (chat.search.found.with(Option::is_some), chat.archived.get()) {
                (true, _) => Shown::Hits,
                (false, true) => Shown::Archived,
                (false, false) => Shown::List,
            },
        );
        let content = move || match shown.get() {
            Shown::Hits => platform::extras().map(|extras| (extras.hits)(chat)),
            Shown::List => Some(view! { <List chat today archived=false /> }.into_any()),
            Shown::Archived => Some(view! { <List chat today archived=true /> }.into_any()),
        };
        view! {
            {head(chat)}
            <SearchField chat />
            <nav class="sidebar-list" aria-label=texts.conversations data-testid="conversation-list">
                {changing(content)}
            </nav>
            {refusal(chat)}
            {foot(chat)}
            {undo_place(chat, true)}
        }
        .into_any()
    };
    let toggled = move |event: ev::Event| {
        focus::focus_opened(&event);
        // the way back goes along
        if !chat.undoable.read_untracked().is_empty() {
            chat.undoable.notify();
        }
    };
    view! {
        <aside id=SIDEBAR popover="auto" class="sidebar" on:toggle=toggled>
            {platform::later("rest", "rest", rest)}
        </aside>
    }
    .into_any()
}

/// Why something was not done, on a phone, where the list stands above the composer, which says it to a screen reader.
fn refusal(chat: Chat) -> AnyView {
    let told = RwSignal::new(None::<&'static str>);
    effect(move || {
        let code = chat.refusal().filter(|_| !chat.refused.get());
        told.set(code.map(|code| chat.refusal_cause(code)));
    });
    let draw = move || {
        let words = told.get()?;
        Some(view! { <p class="sidebar-refusal only-narrow-block" aria-hidden="true">{words}</p> }.into_any())
    };
    view! { {changing(draw)} }.into_any()
}

/// Where the way back stands: in the list while that is on the screen, else on the page.
pub fn undo_place(chat: Chat, in_list: bool) -> AnyView {
    let list_is_shown = Memo::new(move |before: Option<&Option<bool>>| {
        if chat.undoable.read().is_empty() {
            before.copied().flatten()
        } else {
            Some(list_is_on_screen())
        }
    });
    let notice = move || {
        let extras = (list_is_shown.get() == Some(in_list)).then(platform::extras)??;
        Some((extras.undo_notice)(chat))
    };
    view! { {changing(notice)} }.into_any()
}

/// A sheet that goes is there for a moment yet.
fn list_is_on_screen() -> bool {
    keyboard::find("#sidebar:popover-open").is_some() || !media::narrow() && focus::is_shown(SIDEBAR)
}

/// After a conversation left the list.
pub fn undo_notice(chat: Chat) -> AnyView {
    let texts = sheet_texts(chat.lang);
    effect(move || {
        let listener = window_event_listener(ev::keydown, move |event| {
            if keyboard::takes_back(&event) && !chat.undoable.read_untracked().is_empty() {
                event.prevent_default();
                chat.undo();
            }
        });
        on_cleanup(move || listener.remove());
    });
    let notice = Signal::derive(move || {
        // with the network back its time begins anew
        chat.presence.track();
        chat.undoable.read().last().map(|Undoable { conversation, how }| {
            let words = match how {
                Left::Deleted { .. } => texts.deleted,
                Left::Archived(true) => texts.was_archived,
                Left::Archived(false) => texts.was_unarchived,
            };
            words(&conversation.title)
        })
    });
    view! {
        <Toast
            notice
            action=texts.undo
            testid="undo"
            on_action=Callback::new(move |()| chat.undo())
            on_gone=Callback::new(move |()| {
                // there is no other way back, and nobody to ask for it now
                if chat.presence.get_untracked() == PresenceState::Online {
                    chat.forget_undoable();
                }
            })
        />
    }
    .into_any()
}

/// The conversations in their groups, and the way to the archived ones; or those, and the way back.
#[component]
fn List(chat: Chat, today: RwSignal<Today>, archived: bool) -> impl IntoView {
    let texts = use_texts();
    let by_id = Memo::new(move |_| {
        chat.list.with(|list| {
            list.iter()
                .map(|one| (one.id, Arc::new(one.clone())))
                .collect::<HashMap<_, _>>()
        })
    });
    let grouped = Memo::new(move |_| chat.list.with(|list| groups(list, archived, today.get(), texts)));
    let state = ListState::new(by_id, chat);
    let group = move |label: String| {
        let ids = {
            let label = label.clone();
            move || {
                grouped.with(|groups| {
                    let group = groups.iter().find(|group| group.label == label);
                    let ids = group.into_iter().flat_map(|group| group.conversations.iter().copied());
                    ids.map(|id| Item::new(id, move || view! { <Row id state /> }.into_any()))
                        .collect()
                })
            }
        };
        view! {
            <h2 class="group-label">{label}</h2>
            <ul>{changing_list(ids)}</ul>
        }
        .into_any()
    };
    let labelled = move |label: &String| {
        let label = label.clone();
        Item::new(label.clone(), move || group(label))
    };
    let labels = move || grouped.with(|groups| groups.iter().map(|group| labelled(&group.label)).collect());
    let none = Memo::new(move |_| grouped.with(Vec::is_empty));
    // the open one is in sight, wherever the list was left
    let open = Memo::new(move |_| chat.conversation.read().as_ref().map(|open| open.id));
    effect(move || {
        if open.get().is_some() {
            next_frame(|| {
                let nearest = web_sys::ScrollIntoViewOptions::new();
                nearest.set_block(web_sys::ScrollLogicalPosition::Nearest);
                if let Some(row) = keyboard::find(".row[data-current=true]") {
                    row.scroll_into_view_with_scroll_into_view_options(&nearest);
                }
            });
        }
    });
    let rest = move || {
        let pages = archived.then(|| chat.archived_pages.get());
        let more = match pages {
            None => chat.next_cursor.read().is_some(),
            Some(Pages::Read(next)) => next.is_some(),
            Some(Pages::Failed(problem)) => {
                return Some(
                    view! {
                        <p class="sidebar-none" role="alert">
                            {chat.cause(problem.code)}
                        </p>
                        <Button on_press=Callback::new(move |()| chat.read_archived(None))>{texts.retry}</Button>
                    }
                    .into_any(),
                );
            }
            Some(_) => return Some(view! { <p class="sidebar-none">{texts.loading}</p> }.into_any()),
        };
        if more {
            return Some(
                view! {
                    <button type="button" class="row-link row-more" on:click=move |_| chat.more()>
                        {texts.more_conversations}
                    </button>
                }
                .into_any(),
            );
        }
        let words = if archived {
            texts.no_archived
        } else {
            texts.no_conversations
        };
        none.get()
            .then(|| view! { <p class="sidebar-none">{words}</p> }.into_any())
    };
    // the last one that was deleted may have left archived ones behind
    let any = ever(move || !chat.list.read().is_empty());
    let to_archived = move || (!archived && any.get()).then(|| switch(chat, true));
    view! {
        {archived.then(|| switch(chat, false))}
        {changing_list(labels)}
        {changing(rest)}
        {changing(to_archived)}
    }
    .into_any()
}

/// To the archived conversations, or back.
fn switch(chat: Chat, to_archived: bool) -> AnyView {
    let texts = chat.texts();
    let (glyph, testid) = if to_archived {
        (Icon::Archive, "archived")
    } else {
        (Icon::ChevronLeft, "all-conversations")
    };
    let back = (!to_archived).then(|| format!("{}. {}", texts.archived, texts.all_conversations));
    let press = move |_| {
        chat.show_archived(to_archived);
        focus::focus(SWITCH);
    };
    view! {
        <button type="button" id=SWITCH class="row-link row-more" data-testid=testid aria-label=back on:click=press>
            {icon(glyph, 16)}
            {texts.archived}
        </button>
    }
    .into_any()
}

fn head(chat: Chat) -> impl IntoView {
    let texts = chat.texts();
    let collapse = Callback::new(|()| focus::switch_sidebar(false));
    let write = move |_| {
        focus::hide_popover(SIDEBAR);
        next_frame(move || chat.focus_composer());
    };
    view! {
        <div class="sidebar-head">
            <a class="sidebar-name" href="/">
                {mark(26)}
                {texts.product}
            </a>
            <IconButton icon=Icon::Panel label=texts.close_conversations class="only-narrow" opens=SIDEBAR />
            <IconButton icon=Icon::Panel label=texts.close_conversations class="only-wide" on_press=collapse />
        </div>
        <a class="sidebar-new" href="/chat" data-testid="new-chat" on:click=write>
            {icon(Icon::Compose, 20)}
            <span>{texts.new_chat}</span>
            {key(texts.new_chat_keys)}
        </a>
    }
}

/// Who she is to the squad, and the way to what it knows of her.
fn foot(chat: Chat) -> AnyView {
    let texts = chat.texts();
    let name = Memo::new(move |_| chat.artist_name.get().unwrap_or_else(|| texts.anonymous.to_owned()));
    let initial = move || name.with(|name| name.chars().next().map(String::from).unwrap_or_default());
    // put away first, so that the focus comes back to what is in sight
    let about = Callback::new(move |()| {
        focus::hide_popover(SIDEBAR);
        chat.sheet.set(Some(Sheet::About));
    });
    view! {
        <div class="sidebar-foot">
            <span class="initial" aria-hidden="true">
                {changing_text(initial)}
            </span>
            <span class="foot-name">{changing_text(move || name.get())}</span>
            <IconButton icon=Icon::Person label=texts.about_me testid="about-open" on_press=about />
        </div>
    }
    .into_any()
}
