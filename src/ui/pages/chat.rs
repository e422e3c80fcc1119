//! The chat page: one route for a new conversation and for every other one, `/chat/:id?`.
//!
//! Its data is read once, for the address the page was opened with. From then on the address leads and [`Chat`] follows
//! without a new page: another id opens that conversation, and the id that a new conversation gets with its first
//! message is the open one already, so nothing is drawn again.

use super::not_found::NotFound;
use crate::{
    api,
    types::{chat::ConversationStatus, error::Problem, ids::*, page::*},
    ui::{
        address::{Place, use_address},
        chat::{
            banner::{ArchivedBar, DemoBanner, OfflineBar, UpdateBar},
            composer::Composer,
            empty::{Continue, EmptyPage},
            frame::{ChatFrame, ThreadSkeleton},
            gone::{Gone, NotKept},
            header::ChatHeader,
            search::SEARCH,
            sheets::{self, Sheet},
            sidebar::{SIDEBAR, Sidebar, undo_place},
            state::{
                Chat, Go,
                entry::{Entry, Wait},
            },
            thread::{Announcer, Thread as ThreadView},
        },
        hooks::{focus, keyboard, media},
        kit::{PresenceState, changing, changing_text, effect},
        platform,
        squad::{Coach, Squad},
        texts::{
            format::{Today, when},
            use_texts,
        },
    },
};
use leptos::prelude::*;
use leptos_meta::Title;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use uuid::Uuid;

/// What the address asks for; `Err` for an id that cannot be one.
type Asked = Result<Option<ConversationId>, ()>;

/// Everything the first HTML is drawn from.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct PageData {
    shell: Shell,
    thread: Option<Thread>,
    found: bool,
    /// For the plain form: a second press sends nothing new.
    client_message_id: ClientMessageId,
    form: Option<FormState>,
}

async fn load(asked: Asked) -> Result<PageData, Problem> {
    let form = platform::form_state();
    let thread = match asked {
        Ok(Some(id)) => api::load_thread(id).await?,
        _ => None,
    };
    Ok(PageData {
        shell: api::load_shell().await?,
        found: asked == Ok(None) || thread.is_some(),
        thread,
        client_message_id: ClientMessageId(Uuid::new_v4()),
        form,
    })
}

#[component]
pub fn ChatPage() -> impl IntoView {
    let address = use_address();
    let asked = Signal::derive(move || match address.place() {
        Place::Chat(asked) => asked,
        _ => Ok(None),
    });
    let go = Callback::new(move |(id, replace): (Option<ConversationId>, bool)| {
        let path = id.map_or("/chat".to_owned(), |id| format!("/chat/{id}"));
        address.go(&path, replace);
    });
    let data = api::page_data(move || load(asked.get_untracked()));
    view! {
        <Suspense fallback=ThreadSkeleton>
            {move || Suspend::new(async move {
                match data.await {
                    Ok(data) => view! { <LivePage data asked go /> }.into_any(),
                    Err(problem) => view! { <Unreachable problem /> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn LivePage(data: PageData, asked: Signal<Asked>, go: Go) -> impl IntoView {
    let texts = use_texts();
    let PageData {
        shell,
        thread,
        found,
        client_message_id,
        form,
    } = data;
    let squad = Squad::new(shell.coaches);
    let chat = Chat::new(texts.lang, squad.clone(), shell.conversations, thread);
    chat.not_found.set(!found);
    chat.artist_name.set(shell.artist_name);
    if let Some(form) = form {
        chat.refused.set(form.sending && !form.text.is_empty());
        chat.text.set(form.text);
        chat.problem.set(form.problem);
        chat.picked.set(form.picked);
    }
    make_live(chat, asked, go);
    let today = today_here(Today::at(shell.now, shell.time_zone).by_clock(shell.twelve_hours));
    let page = StoredValue::new((squad, shell.demo));
    let id = Signal::stored(client_message_id.to_string());
    // Setting the same again must not draw the page anew.
    let lost = Memo::new(move |_| chat.not_found.get());
    let draw = move || {
        if lost.get() {
            return view! { <NotFound /> }.into_any();
        }
        let (squad, demo) = page.get_value();
        view! { <ChatView chat squad today demo client_message_id=id /> }.into_any()
    };
    view! { {changing(draw)} }.into_any()
}

/// In the browser: the feed, the keys, and the address.
fn make_live(chat: Chat, asked: Signal<Asked>, go: Go) {
    effect(move || {
        chat.start(go);
        let search = || focus::focus_in_list(SIDEBAR, SEARCH);
        let help = move || chat.open_sheet(Sheet::Shortcuts);
        let palette = move || chat.open_sheet(Sheet::Palette);
        let write = || keyboard::focus("[data-testid=composer]");
        let keys = keyboard::page_keys(
            // a sheet whose code is on its way is not waited for any more
            move || match chat.sheet.get_untracked() {
                Some(_) => chat.sheet.set(None),
                None => chat.stop(),
            },
            write,
            move || chat.start_new(),
            search,
            help,
            palette,
        );
        on_cleanup(move || keys.remove());
        platform::take_over_rest(move || chat.connect());
    });
    let mut before = None;
    effect(move || {
        let asked = asked.get();
        // At first too: without a network the shell stands in for any conversation. What was not found is not asked for again.
        let known = before.is_none() && chat.not_found.get_untracked();
        if before.replace(asked) != Some(asked) && !known {
            match asked {
                Err(()) => chat.open_nothing(),
                Ok(None) if chat.open_id().is_some() || chat.not_found.get_untracked() => chat.open_new(),
                Ok(Some(id)) if chat.open_id() != Some(id) || chat.not_found.get_untracked() => chat.open(id),
                Ok(_) => return,
            }
            // what stood above another conversation, or was to stand there once its code has come
            if chat.sheet.get_untracked().is_some() && !focus::close_dialog() {
                chat.sheet.set(None);
            }
        }
    });
}

#[derive(Clone, Copy, PartialEq)]
enum Shown {
    Skeleton,
    Empty,
    Thread,
    Gone,
    NotKept,
}

#[component]
fn ChatView(
    chat: Chat,
    squad: Squad,
    today: RwSignal<Today>,
    demo: bool,
    client_message_id: Signal<String>,
) -> impl IntoView {
    let texts = chat.texts();
    let coach = current_coach(chat, &squad);
    let next = Signal::derive(move || {
        chat.conversation
            .read()
            .as_ref()
            .map_or("/chat".into(), |open| format!("/chat/{}", open.id))
    });
    let current = Memo::new(move |_| chat.conversation.read().as_ref().map(|open| open.id));
    let shown = Memo::new(
        move |_| match (chat.loading.get(), chat.entries.read().is_empty(), current.get()) {
            _ if chat.gone.get() => Shown::Gone,
            (true, ..) => Shown::Skeleton,
            _ if chat.is_out_of_reach() => Shown::NotKept,
            (false, true, None) => Shown::Empty,
            _ => Shown::Thread,
        },
    );
    let named = move || {
        let open = chat.conversation.read();
        open.as_ref()
            .map(|open| open.title.clone())
            .filter(|title| !title.is_empty())
    };
    let name = move || named().unwrap_or_else(|| texts.product.to_owned());
    let title = move || named().map_or_else(|| texts.product.to_owned(), |name| (texts.page_title)(&name));
    let sidebar = view! { <Sidebar chat today /> }.into_any();
    let header = {
        let (squad, on_pick) = (squad.clone(), Callback::new(move |coach| chat.pick(coach)));
        view! { <ChatHeader squad coach presence=chat.presence next on_pick chat /> }.into_any()
    };
    let waiting = Memo::new(move |_| {
        let waits = |entry: &&Entry| *entry.wait.read() == Wait::Network;
        chat.entries.read().iter().filter(waits).count()
    });
    let stopping = Signal::derive(move || chat.is_stopping());
    let offline = move || {
        (chat.presence.get() == PresenceState::Offline).then(|| view! { <OfflineBar waiting stopping /> }.into_any())
    };
    let in_archive = Memo::new(move |_| {
        let open = chat.conversation.read();
        open.as_ref()
            .is_some_and(|open| open.status == ConversationStatus::Archived)
    });
    let archived = move || in_archive.get().then(|| view! { <ArchivedBar chat /> }.into_any());
    let outdated = move || chat.outdated.get().then(|| view! { <UpdateBar /> }.into_any());
    let bars = view! {
        {demo.then(|| view! { <DemoBanner /> }.into_any())}
        {changing(archived)}
        {changing(offline)}
        {changing(outdated)}
    }
    .into_any();
    let composer = view! { <Composer chat coach client_message_id /> }.into_any();
    let heading = move || {
        (!matches!(shown.get(), Shown::Empty))
            .then(|| view! { <h1 class="sr-only">{changing_text(name)}</h1> }.into_any())
    };
    let middle = move || match shown.get() {
        Shown::Skeleton => view! { <ThreadSkeleton /> }.into_any(),
        Shown::Thread => view! { <ThreadView chat /> }.into_any(),
        Shown::Gone => view! { <Gone /> }.into_any(),
        Shown::NotKept => view! { <NotKept /> }.into_any(),
        Shown::Empty => {
            let (squad, artist_name) = (squad.clone(), chat.artist_name);
            let picked = Signal::derive(move || {
                let picked = chat.picked.get()?;
                Some(chat.squad.with_value(|squad| squad.get(&picked)))
            });
            let continue_with = continue_with(chat, today);
            let on_start = Callback::new(move |(coach, question)| chat.start_with(coach, question));
            view! { <EmptyPage squad artist_name picked client_message_id continue_with on_start /> }.into_any()
        }
    };
    // Without JavaScript a page whose answer still runs looks again.
    let look_again =
        chat.current.get_untracked().is_some().then(|| {
            view! { <noscript inner_html="<meta http-equiv=\"refresh\" content=\"5\">"></noscript> }.into_any()
        });
    view! {
        <Title text=title />
        {look_again}
        <ChatFrame empty=Signal::derive(move || shown.get() == Shown::Empty) sidebar header bars composer>
            {changing(heading)}
            {changing(middle)}
            <Announcer chat />
        </ChatFrame>
        {undo_place(chat, false)}
        {sheets::place(chat)}
    }
    .into_any()
}

/// Who answers: the conversation's coach, the one picked for a new one, or the manager, who is the first of the squad.
fn current_coach(chat: Chat, squad: &Squad) -> Memo<Coach> {
    let squad = squad.clone();
    Memo::new(move |_| {
        let open = chat.conversation.read().as_ref().map(|open| open.current_coach.clone());
        // one that is not here yet has a coach without a name
        let known = open.filter(|id| !id.as_str().is_empty());
        let id = chat.picked.get().or(known);
        let first = || squad.all().first().map(|coach| coach.id.clone());
        squad.get(
            &id.or_else(first)
                .unwrap_or_else(|| crate::types::coach::CoachId::new("marty")),
        )
    })
}

/// The artist's day: first as the server took it, which draws the same, then by her own clock, which the server is told
/// for the next time.
fn today_here(first: Today) -> RwSignal<Today> {
    let today = RwSignal::new(first);
    effect(move || {
        let look = move || {
            let here = media::today();
            if here != today.get_untracked() {
                platform::take_over_all();
                today.set(here);
            }
        };
        look();
        platform::keep_time_zone(today.get_untracked().zone);
        let minute = set_interval_with_handle(look, Duration::from_secs(60)).ok();
        on_cleanup(move || {
            if let Some(minute) = minute {
                minute.clear();
            }
        });
    });
    today
}

/// The last conversation of a returning artist.
fn continue_with(chat: Chat, today: RwSignal<Today>) -> Signal<Option<Continue>> {
    Signal::derive(move || {
        let list = chat.list.read();
        // not the first one: what is pinned stands above
        let last = list
            .iter()
            .filter(|conversation| conversation.status == ConversationStatus::Active)
            .max_by_key(|conversation| conversation.last_message_at)?;
        Some(Continue {
            href: format!("/chat/{}", last.id),
            title: last.title.clone(),
            coach: chat.squad.with_value(|squad| squad.get(&last.current_coach)),
            when: Some(when(chat.texts(), &today.get(), last.last_message_at)),
        })
    })
}

/// The squad could not be asked.
#[component]
fn Unreachable(problem: Problem) -> impl IntoView {
    let texts = use_texts();
    effect(platform::mark_hydrated);
    platform::answer_with(problem.status);
    view! {
        <div class="backdrop-page">
            <main class="lost">
                <h1 class="lost-title">{(texts.cause)(problem.code)}</h1>
                <div class="lost-ways">
                    <a class="button button-inverse button-hero" href="" rel="external">
                        {texts.retry}
                    </a>
                </div>
            </main>
        </div>
    }
    .into_any()
}
