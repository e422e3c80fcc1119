//! The coach picker: a popover under the badge, a sheet on a phone.

use crate::{
    types::coach::{CoachCard, CoachId},
    ui::{
        hooks::focus,
        kit::{CHAT_FORM, Icon, Popover, icon, plectrum},
        squad::{Coach, Squad},
        texts::{Texts, use_texts},
    },
};
use leptos::prelude::*;

const ID: &str = "coach-picker";

#[component]
pub fn CoachPicker(
    squad: Squad,
    #[prop(into)] current: Signal<CoachId>,
    #[prop(into)] on_pick: Callback<CoachId>,
) -> impl IntoView {
    let texts = use_texts();
    let option = move |(coach, role): (&Coach, String)| {
        let (id, own) = (coach.id.clone(), coach.id.clone());
        let chosen = Memo::new(move |_| *current.read() == own);
        view! {
            <button
                type="submit"
                form=CHAT_FORM
                name="pick"
                value=coach.id.to_string()
                class="coach-option"
                data-testid="coach-option"
                data-coach=coach.id.to_string()
                aria-current=move || chosen.get().to_string()
                on:click=move |event| {
                    event.prevent_default();
                    focus::hide_popover(ID);
                    on_pick.run(id.clone());
                }
            >
                {plectrum(coach, 36)}
                <span class="option-words">
                    <span class="option-name">{coach.name.clone()}</span>
                    <span class="option-role">{role}</span>
                </span>
                {icon(Icon::Check, 20)}
            </button>
        }
        .into_any()
    };
    let roles = squad.all().iter().map(|coach| role_line(texts, &squad, coach));
    let options = squad.all().iter().zip(roles).map(option).collect_view();
    view! {
        <Popover id=ID label=texts.who_answers testid=ID class="picker">
            <h2 class="sheet-title">{texts.who_answers}</h2>
            {options}
        </Popover>
    }
    .into_any()
}

/// Who helps before this coach, as its first prerequisite names them. It is said, and nothing is closed.
fn role_line(texts: &Texts, squad: &Squad, coach: &CoachCard) -> String {
    let first = coach.prerequisites.first();
    let before = first.and_then(|fact| squad.all().iter().find(|other| fact.contains(other.name.as_str())));
    match before {
        Some(before) => (texts.best_after)(&coach.role, &before.name),
        None => coach.role.clone(),
    }
}
