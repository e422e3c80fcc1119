//! The HTML document and its pages.

use super::{
    address::{Address, Place},
    chat::menu::CurrentTheme,
    kit::changing,
    pages::{chat::ChatPage, landing::LandingPage, not_found::NotFound},
    platform,
    texts::texts,
};
use crate::types::page::Preferences;
use leptos::prelude::*;
use leptos_meta::{HashedStylesheet, MetaTags, provide_meta_context};

/// Both faces that the first screen is set in.
const FONTS: [&str; 2] = ["/fonts/hanken-grotesk.woff2", "/fonts/bricolage-grotesque-700.woff2"];

/// The document around the app; the server knows language and theme before the first byte.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let preferences = use_context::<Preferences>().unwrap_or_default();
    view! {
        <!DOCTYPE html>
        <html lang=preferences.lang.code() data-theme=preferences.theme.as_str()>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover, interactive-widget=resizes-content" />
                <meta name="theme-color" content=platform::theme_colour(preferences.theme) />
                <link rel="icon" href="/favicon.ico" sizes="32x32" />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <link rel="apple-touch-icon" href="/apple-touch-icon.png" />
                {FONTS
                    .map(|font| {
                        view! { <link rel="preload" href=font r#as="font" type="font/woff2" crossorigin="anonymous" /> }
                    })}
                <HashedStylesheet id="leptos" options=options.clone() />
                <AutoReload options=options.clone() />
                <HydrationScripts options />
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}

#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    let preferences = platform::preferences();
    provide_context(preferences);
    provide_context(texts(preferences.lang));
    provide_context(CurrentTheme(RwSignal::new(preferences.theme)));
    let address = Address::start();
    provide_context(address);
    // another conversation is the same page
    let page = Memo::new(move |_| match address.place() {
        Place::Chat(_) => Place::Chat(Ok(None)),
        other => other,
    });
    let draw = move || match page.get() {
        Place::Landing => view! { <LandingPage /> }.into_any(),
        Place::Chat(_) => view! { <ChatPage /> }.into_any(),
        Place::Nowhere => view! { <NotFound /> }.into_any(),
    };
    view! { {changing(draw)} }
}
