//! What stands at an address with nothing: unknown, malformed and foreign ids alike. Status 404.

use crate::ui::{
    kit::{ButtonKind, effect, mark},
    platform,
    texts::use_texts,
};
use leptos::prelude::*;
use leptos_meta::Title;

/// Row, gauge and colour of the strings; the broken one has two halves.
const STRINGS: [(&str, &str, &str); 7] = [
    ("0", "4px", "#ef4444"),
    ("1", "3.4px", "#8b5cf6"),
    ("2", "2.8px", "#3b82f6"),
    ("3", "2.4px", "#10b981"),
    ("3", "2.4px", "#10b981"),
    ("4", "2px", "#f59e0b"),
    ("5", "1.6px", "#ec4899"),
];

#[component]
pub fn NotFound() -> impl IntoView {
    let texts = use_texts();
    effect(platform::mark_hydrated);
    platform::answer_with(404);
    let strings = STRINGS.iter().map(|(row, gauge, colour)| {
        view! { <i style=format!("--row:{row};--gauge:{gauge};--colour:{colour}")></i> }.into_any()
    });
    view! {
        <Title text=texts.not_found_title />
        <div class="backdrop-page">
            <header class="site-head">
                <a class="site-name" href="/">
                    {mark(32)}
                    {texts.product}
                </a>
            </header>
            <main class="lost">
                <div class="lost-strings" aria-hidden="true">
                    {strings.collect_view()}
                    <svg class="lost-left" viewBox="0 0 60 70">
                        <path d="M0 2C30 2 48 18 48 36C48 50 40 60 27 60C14 60 7 52 7 42C7 33 13 28 20 28"></path>
                    </svg>
                    <svg class="lost-right" viewBox="0 0 60 70">
                        <path d="M60 68C26 68 5 54 5 30C5 12 16 2 31 2C45 2 52 11 52 22"></path>
                    </svg>
                </div>
                <h1 class="lost-title">{texts.not_found_title}</h1>
                <p class="lost-text">{texts.not_found_text}</p>
                <div class="lost-ways">
                    <a class=format!("{} button-hero", ButtonKind::Inverse.class()) href="/chat">
                        {texts.new_chat}
                    </a>
                    <a class=format!("{} button-hero", ButtonKind::Outline.class()) href="/">
                        {texts.home}
                    </a>
                </div>
            </main>
        </div>
    }
    .into_any()
}
