//! The coach picker: a popover under the badge, a sheet on a phone.

use crate::{
    types::coach::{CoachCard, CoachId},
    ui::{
        kit::{Icon, Popover, icon, plectrum},
        platform,
        squad::Squad,
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
    let option = move |coach: &std::sync::Arc<CoachCard>| {
        let (id, own) = (coach.id.clone(), coach.id.clone());
        let chosen = Memo::new(move |_| *current.read() == own);
        view! {
            <button
                type="button"
                class="coach-option"
                data-testid="coach-option"
                data-coach=coach.id.to_string()
                aria-current=move || chosen.get().to_string()
                on:click=move |_| {
                    platform::hide_popover(ID);
                    on_pick.run(id.clone());
                }
            >
                {plectrum(coach, 36)}
                <span class="option-words">
                    <span class="option-name">{coach.name.clone()}</span>
                    <span class="option-role">{role_line(texts, coach)}</span>
                </span>
                {icon(Icon::Check, 20)}
            </button>
        }
    };
    view! {
        <Popover id=ID label=texts.who_answers testid=ID class="picker">
            <h2 class="sheet-title">{texts.who_answers}</h2>
            {squad.all().iter().map(option).collect_view()}
        </Popover>
    }
    .into_any()
}

/// What helps before this coach is said, and nothing is closed.
fn role_line(texts: &Texts, coach: &CoachCard) -> String {
    match coach.prerequisites.first() {
        Some(fact) => (texts.best_with)(&coach.role, fact),
        None => coach.role.clone(),
    }
}
