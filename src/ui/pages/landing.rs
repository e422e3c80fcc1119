//! What this is, and the way in. It loads no code: the switches are forms, the plucked string is the stylesheet's.

use crate::{
    api::load_shell,
    ui::{
        chat::menu::{LanguageChoice, ThemeButton},
        kit::{ButtonKind, Icon, icon, mark, plectrum},
        squad::{Coach, Squad, coach_style},
        texts::{landing::landing_texts, sheets::sheet_texts, use_texts},
    },
};
use leptos::prelude::*;
use leptos_meta::Title;

/// Loads the squad and draws the page. `erased`: the artist comes from deleting everything of hers.
#[component]
pub fn LandingPage(erased: bool) -> impl IntoView {
    view! {
        <Suspense fallback=move || view! { <Landing squad=Squad::default() erased /> }>
            {move || Suspend::new(async move {
                let squad = load_shell().await.map(|shell| Squad::new(shell.coaches)).unwrap_or_default();
                view! { <Landing squad erased /> }
            })}
        </Suspense>
    }
}

#[component]
pub fn Landing(squad: Squad, erased: bool) -> impl IntoView {
    let texts = use_texts();
    let words = landing_texts(texts.lang);
    let first = squad.all().first().map_or(String::new(), |coach| coach.name.clone());
    view! {
        <Title text=texts.product />
        <div class="backdrop-page landing">
            <header class="site-head">
                <a class="site-name" href="/">
                    {mark(32)}
                    {texts.product}
                </a>
                <div class="site-preferences">
                    <LanguageChoice next="/" />
                    <ThemeButton next="/" />
                </div>
            </header>
            <main class="landing-main">
                {erased.then(|| view! { <p class="landing-erased" role="status" data-testid="erased">{icon(Icon::Check, 20)} {words.erased}</p> })}
                <h1 class="hero">
                    <span>{words.songs}</span>
                    " "
                    <span>{words.squad}</span>
                </h1>
                <p class="hero-lead">{words.lead}</p>
                <p class="hero-way">
                    <a class=format!("{} button-hero", ButtonKind::Action.class()) href="/chat">
                        {(sheet_texts(texts.lang).talk_to)(&first)}
                        {icon(Icon::ArrowRight, 20)}
                    </a>
                    <span class="hero-note">{words.note}</span>
                </p>
                <ul class="landing-coaches" aria-label=texts.coaches>
                    {squad.all().iter().map(coach_column).collect_view()}
                </ul>
            </main>
        </div>
    }
    .into_any()
}

/// A coach with the string that runs off the page.
fn coach_column(coach: &Coach) -> AnyView {
    view! {
        <li class="landing-coach" style=coach_style(coach)>
            {plectrum(coach, 52)}
            <div class="landing-words">
                <h2 class="landing-name">
                    <a href=format!("/chat?coach={}", coach.id)>{coach.name.clone()}</a>
                </h2>
                <p class="landing-role">{coach.role.clone()}</p>
                <p class="landing-question">{coach.starters.first().cloned()}</p>
            </div>
            <span class="landing-string" aria-hidden="true">
                <svg viewBox="0 0 24 1100" width="24" height="1100">
                    <path d="M12 0Q-9 55 12 110T12 220T12 330T12 440T12 550T12 660T12 770T12 880T12 990T12 1100"></path>
                    <path d="M12 0Q33 55 12 110T12 220T12 330T12 440T12 550T12 660T12 770T12 880T12 990T12 1100"></path>
                </svg>
            </span>
        </li>
    }
    .into_any()
}
