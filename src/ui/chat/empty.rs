//! A new conversation: a greeting, the six coaches, and the way back to the last conversation.

use crate::{
    types::coach::CoachId,
    ui::{
        kit::{Icon, changing_text, icon, plectrum},
        squad::{Coach, Squad, coach_style},
        texts::use_texts,
    },
};
use leptos::{ev, prelude::*};

/// The conversation a returning artist may go on with.
#[derive(Clone, Debug, PartialEq)]
pub struct Continue {
    /// `/chat/{id}`.
    pub href: String,
    pub title: String,
    pub coach: Coach,
    /// When the last message came, in words; `None` until the artist's clock is known.
    pub when: Option<String>,
}

/// Every card is a form of its own, so that it starts the conversation without JavaScript too.
#[component]
pub fn EmptyPage(
    squad: Squad,
    #[prop(into)] artist_name: Signal<Option<String>>,
    /// Who was picked to answer.
    #[prop(into)]
    picked: Signal<Option<Coach>>,
    #[prop(into)] client_message_id: Signal<String>,
    #[prop(into)] continue_with: Signal<Option<Continue>>,
    /// The coach and the question of a card that was pressed.
    #[prop(into)]
    on_start: Callback<(CoachId, String)>,
) -> impl IntoView {
    let texts = use_texts();
    let greeting = move || {
        let name = artist_name.get();
        name.map_or_else(|| texts.greeting.to_owned(), |name| (texts.greeting_named)(&name))
    };
    let hint = move || {
        let picked = picked.read();
        let picked = picked.as_ref();
        picked.map_or_else(
            || texts.greeting_hint.to_owned(),
            |coach| (texts.greeting_picked)(&coach.name),
        )
    };
    let cards = squad
        .all()
        .iter()
        .map(|coach| coach_card(coach, client_message_id, on_start))
        .collect_view();
    view! {
        <div class="scroller">
            <div class="empty">
                <h1 class="greeting">{changing_text(greeting)}</h1>
                <p class="greeting-hint">{changing_text(hint)}</p>
                <ul class="coach-cards" aria-label=texts.coaches>
                    {cards}
                </ul>
                {move || continue_with.get().map(continue_card)}
            </div>
        </div>
    }
    .into_any()
}

fn coach_card(coach: &Coach, client_message_id: Signal<String>, on_start: Callback<(CoachId, String)>) -> AnyView {
    let id = coach.id.clone();
    let question = coach.starters.first().cloned().unwrap_or_default();
    let start = {
        let question = question.clone();
        move |event: ev::SubmitEvent| {
            event.prevent_default();
            on_start.run((id.clone(), question.clone()));
        }
    };
    view! {
        <li style=coach_style(coach)>
            <form method="post" action="/chat" on:submit=start>
                <input type="hidden" name="coach" value=coach.id.to_string() />
                <input type="hidden" name="message" value=question.clone() />
                <input type="hidden" name="client_message_id" value=move || client_message_id.get() />
                <button type="submit" class="coach-card" data-testid="coach-card" data-coach=coach.id.to_string()>
                    <span class="card-gutter">{plectrum(coach, 36)} <span class="card-string"></span></span>
                    <span class="card-words">
                        <span class="card-name">{coach.name.clone()}</span>
                        " "
                        <span class="card-role">{coach.role.clone()}</span>
                        " "
                        <span class="card-question">{question}</span>
                    </span>
                </button>
            </form>
        </li>
    }
    .into_any()
}

fn continue_card(to: Continue) -> AnyView {
    let texts = use_texts();
    let line = match &to.when {
        Some(when) => (texts.continue_with_when)(&to.coach.name, when),
        None => (texts.continue_with)(&to.coach.name),
    };
    view! {
        <a class="continue-card" href=to.href>
            {icon(Icon::Resume, 20)}
            <span class="continue-words">
                <strong class="continue-title">{to.title}</strong>
                <span class="continue-line">{line}</span>
            </span>
            {icon(Icon::ArrowRight, 20)}
        </a>
    }
    .into_any()
}
