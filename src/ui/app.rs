//! The HTML document and its pages.

use super::{
    address::{Address, Place},
    boot,
    chat::menu::CurrentTheme,
    kit::changing,
    pages::{chat::ChatPage, not_found::NotFound},
    platform,
    texts::{landing::landing_texts, texts},
};
use crate::types::page::Preferences;
use leptos::prelude::*;
use leptos_meta::{HashedStylesheet, MetaTags, provide_meta_context};

/// Both faces that the first screen is set in.
const FONTS: [&str; 2] = ["/fonts/hanken-grotesk.woff2", "/fonts/bricolage-grotesque-700.woff2"];

/// The document around the app.
pub fn shell(options: LeptosOptions) -> AnyView {
    // the other pages do all they do without code in the browser
    let live = matches!(Place::of(&platform::path()), Place::Chat(_));
    document(options, live, || view! { <App /> }.into_any())
}

/// The document around a page; the server knows language and theme before the first byte. `live`: the page's code is
/// loaded.
pub fn document(options: LeptosOptions, live: bool, page: impl FnOnce() -> AnyView + Send + 'static) -> AnyView {
    let preferences = use_context::<Preferences>().unwrap_or_default();
    let words = texts(preferences.lang);
    let description = landing_texts(preferences.lang).description;
    view! {
        <!DOCTYPE html>
        <html lang=preferences.lang.code() data-theme=preferences.theme.as_str() data-sidebar=platform::sidebar()>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover, interactive-widget=resizes-content" />
                <meta name="theme-color" content=platform::theme_colour(preferences.theme) />
                <meta name="description" content=description />
                <link rel="icon" href="/favicon.ico" sizes="32x32" />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <link rel="apple-touch-icon" href="/apple-touch-icon.png" />
                <link rel="manifest" href="/manifest.webmanifest" />
                {open_graph("og:type", "website".to_owned())}
                {open_graph("og:title", words.product.to_owned())}
                {open_graph("og:description", description.to_owned())}
                {open_graph("og:image", format!("{}/icons/social-card.png", platform::origin()))}
                <meta name="twitter:card" content="summary_large_image" />
                {FONTS
                    .map(|font| {
                        view! { <link rel="preload" href=font r#as="font" type="font/woff2" crossorigin="anonymous" /> }
                    })}
                <HashedStylesheet id="leptos" options=options.clone() />
                <AutoReload options=options.clone() />
                {live
                    .then(|| {
                        view! { <script nonce=platform::nonce() inner_html=boot::code(options)></script> }
                    })}
                <MetaTags />
                <script nonce=platform::nonce() inner_html=boot::worker()></script>
            </head>
            <body data-hydrated=(!live).then_some("true")>
                {page()}
                <script nonce=platform::nonce() inner_html=boot::at_end(words.offline)></script>
            </body>
        </html>
    }
    .into_any()
}

/// A document that only the program draws, with what its parts read from their context.
pub fn still(options: LeptosOptions, page: impl FnOnce() -> AnyView + Send + 'static) -> AnyView {
    document(options, false, move || {
        provide_meta_context();
        let preferences = platform::preferences();
        provide_context(texts(preferences.lang));
        provide_context(CurrentTheme(RwSignal::new(preferences.theme)));
        page()
    })
}

/// What other sites show of a link to here.
fn open_graph(property: &'static str, content: String) -> impl IntoView {
    leptos::html::meta().attr("property", property).content(content)
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
        Place::Landing => platform::landing(),
        Place::Chat(_) => view! { <ChatPage /> }.into_any(),
        Place::Nowhere => view! { <NotFound /> }.into_any(),
    };
    view! { {changing(draw)} }
}
