//! What opens above the page as a dialog, a sheet on a phone: at most one. Its code is among the extras.
//!
//! To add one, add a variant to [`Sheet`], its view to [`draw`], and what opens it: `chat.sheet.set(Some(…))`.

use super::{about::about, palette::palette, settings::settings, shortcuts::shortcuts, state::Chat};
use crate::{
    types::error::{ErrorCode, Problem},
    ui::{
        hooks::{focus, media},
        kit::{Button, ButtonKind, Changing, Icon, PresenceState, changing, effect, icon, skeleton, spinner},
        platform,
        texts::sheets::sheet_texts,
    },
};
use leptos::{prelude::*, task::spawn_local};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sheet {
    Shortcuts,
    /// Who answers in the open conversation.
    Settings,
    /// What the squad knows of the artist.
    About,
    Palette,
}

/// Where the open one stands in the page.
pub fn place(chat: Chat) -> Changing<Option<AnyView>> {
    changing(move || {
        let sheet = chat.sheet.get()?;
        Some(match platform::extras() {
            Some(extras) => (extras.sheet)(chat, sheet),
            None => coming(chat),
        })
    })
}

/// In place of a sheet whose code is on its way; above the list, too, where it may have been asked for.
fn coming(chat: Chat) -> AnyView {
    const ID: &str = "sheet-coming";
    let node = NodeRef::<leptos::html::Div>::new();
    effect(move || {
        if node.get().is_some() {
            focus::show_popover(ID);
        }
    });
    view! {
        <div node_ref=node id=ID class="sheet-coming skeleton-late" popover="manual" role="status">
            {spinner()}
            {chat.texts().loading}
        </div>
    }
    .into_any()
}

pub fn draw(chat: Chat, sheet: Sheet) -> AnyView {
    match sheet {
        Sheet::Shortcuts => shortcuts(chat),
        Sheet::Settings => settings(chat),
        Sheet::About => about(chat),
        Sheet::Palette => palette(chat),
    }
}

/// What a sheet reads when it opens: bars while it is on its way, why it did not come and *Retry*, or what is drawn from
/// it. With the network back it is asked for again by itself.
pub fn reading<T, Answer>(
    chat: Chat,
    read: impl Fn() -> Answer + Copy + 'static,
    draw: impl Fn(T) -> AnyView + Send + 'static,
) -> AnyView
where
    T: Clone + Send + Sync + 'static,
    Answer: Future<Output = Result<T, Problem>> + 'static,
{
    let answer = RwSignal::new(None::<Result<T, Problem>>);
    let ask = move || {
        answer.set(None);
        spawn_local(async move {
            let read = read().await;
            answer.try_set(Some(read));
        });
    };
    let asked = RwSignal::new(0);
    effect(move || {
        asked.track();
        ask();
    });
    effect(move || {
        let back = chat.presence.get() == PresenceState::Online;
        let failed = answer.with_untracked(|answer| matches!(answer, Some(Err(_))));
        if back && failed {
            asked.update(|times| *times += 1);
        }
    });
    let again = Callback::new(move |()| asked.update(|times| *times += 1));
    let content = move || match answer.get() {
        None => bars(chat),
        Some(Ok(value)) => draw(value),
        Some(Err(problem)) => failed(chat, &problem, again),
    };
    view! { {changing(content)} }.into_any()
}

fn bars(chat: Chat) -> AnyView {
    let bars: Vec<_> = [28, 100, 28, 100, 64, 100].map(skeleton).into_iter().collect();
    view! {
        <div class="sheet-reading skeleton-late" role="status" aria-label=chat.texts().loading>
            {bars}
        </div>
    }
    .into_any()
}

fn failed(chat: Chat, problem: &Problem, again: Callback<()>) -> AnyView {
    let texts = sheet_texts(chat.lang);
    let (glyph, words) = if media::online() {
        (Icon::Refresh, cause(chat, problem))
    } else {
        (Icon::NoNetwork, texts.sheet_offline)
    };
    view! {
        <div class="sheet-failed" role="alert">
            {icon(glyph, 20)} <p>{words}</p> <Button kind=ButtonKind::Inverse testid="sheet-retry" on_press=again>
                {chat.texts().retry}
            </Button>
        </div>
    }
    .into_any()
}

/// Why something was not done. What the page says of a refused message does not fit a refused choice.
pub fn cause(chat: Chat, problem: &Problem) -> &'static str {
    match problem.code {
        ErrorCode::Invalid => sheet_texts(chat.lang).refused,
        code => chat.cause(code),
    }
}
