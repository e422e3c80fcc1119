//! The second step before everything of an artist is deleted.

use super::{sheets::cause, state::Chat};
use crate::{
    api,
    types::error::ErrorCode,
    ui::{
        hooks::{focus, storage},
        kit::{Button, Field, Icon, changing, effect, icon},
        platform,
        texts::sheets::sheet_texts,
    },
};
use leptos::{ev, prelude::*, task::spawn_local};

const WORD: &str = "erase-word";

/// Says what will be gone and asks for a word that nobody types by mistake.
pub fn erase(chat: Chat, erasing: RwSignal<bool>) -> AnyView {
    let texts = sheet_texts(chat.lang);
    let typed = RwSignal::new(String::new());
    let wrong = RwSignal::new(None::<&'static str>);
    let failed = RwSignal::new(None::<&'static str>);
    let busy = RwSignal::new(false);
    effect(move || focus::focus(WORD));
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        if !typed.read_untracked().trim().eq_ignore_ascii_case(texts.erase_word) {
            wrong.set(Some(texts.erase_wrong));
            return focus::focus(WORD);
        }
        failed.set(None);
        busy.set(true);
        spawn_local(async move {
            match api::erase_everything().await {
                // who never sent anything is nobody to the program, and all there is stands in this browser
                Err(problem) if problem.code != ErrorCode::NotFound => {
                    busy.try_set(false);
                    failed.try_set(Some(cause(chat, &problem)));
                }
                _ => {
                    storage::forget_all();
                    platform::tell("erased");
                    let _ = window().location().replace("/?erased");
                }
            }
        });
    };
    let problem = move || {
        failed.get().map(|words| {
            view! { <p class="sheet-problem" role="alert" data-testid="erase-problem">{icon(Icon::Warning, 16)} {(texts.not_erased)(words)}</p> }
                .into_any()
        })
    };
    let type_word = Callback::new(move |text| {
        wrong.set(None);
        typed.set(text);
    });
    view! {
        <form class="about" novalidate=true data-testid="erase-sheet" on:submit=submit>
            <p class="sheet-lead">{texts.erase_lead}</p>
            <ul class="erase-list">
                <li>{texts.erase_conversations}</li>
                <li>{texts.erase_profile}</li>
                <li>{texts.erase_session}</li>
            </ul>
            <p class="sheet-lead">{texts.erase_no_way_back}</p>
            <Field
                id=WORD
                label=texts.erase_type
                required=true
                given=Signal::stored(String::new())
                problem=wrong
                on_typed=type_word
            />
            {changing(problem)}
            <div class="about-foot">
                <Button testid="erase-back" on_press=Callback::new(move |()| erasing.set(false))>{chat.texts().cancel}</Button>
                <button
                    type="submit"
                    class="button button-outline button-danger"
                    data-testid="erase-confirm"
                    aria-busy=move || busy.get().to_string()
                >
                    {icon(Icon::Trash, 16)}
                    <span class="button-spinner spinner" aria-hidden="true"></span>
                    {texts.erase_all}
                </button>
            </div>
        </form>
    }
    .into_any()
}
