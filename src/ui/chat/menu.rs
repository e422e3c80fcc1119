//! The ⋯ menu, and the switches of theme and language.
//!
//! Both switches are submit buttons of small forms to `/preferences`, so they work without JavaScript; with it, the
//! theme changes at once and the language loads the page again. To add an entry, add a button of the class
//! `menu-entry` with an icon, a word and, if it has one, its present value.

use super::{palette::Action, row::export_href, sheets::Sheet, state::Chat};
use crate::{
    types::page::{Preferences, Theme},
    ui::{
        hooks::focus,
        kit::{Changing, Icon, Popover, changing, changing_text, icon},
        platform,
        texts::use_texts,
    },
};
use leptos::{ev, prelude::*};

const MENU: &str = "chat-menu";

/// The theme of this page, provided by the app.
#[derive(Clone, Copy)]
pub struct CurrentTheme(pub RwSignal<Theme>);

pub(super) fn current_theme() -> RwSignal<Theme> {
    use_context::<CurrentTheme>().map_or_else(|| RwSignal::new(Theme::Dark), |theme| theme.0)
}

/// What a press on the switch of the theme gives.
fn other_theme(theme: RwSignal<Theme>, size: u8) -> Changing<Option<AnyView>> {
    changing(move || match theme.get() {
        Theme::Dark => icon(Icon::Sun, size),
        Theme::Light => icon(Icon::Moon, size),
    })
}

#[component]
pub fn ChatMenu(#[prop(into)] next: Signal<String>, chat: Chat) -> impl IntoView {
    let (texts, sheet) = (use_texts(), chat.sheet);
    let theme = current_theme();
    let value = move || {
        if theme.get() == Theme::Dark {
            texts.theme_dark
        } else {
            texts.theme_light
        }
    };
    view! {
        <Popover id=MENU label=texts.menu class="menu">
            {this_conversation(chat)}
            <PreferenceForm name="theme" value=Signal::derive(move || theme.get().other().as_str()) next>
                <button type="submit" class="menu-entry" data-testid="theme-toggle" title=texts.switch_theme>
                    {other_theme(theme, 16)}
                    <span class="menu-words">{texts.theme}</span>
                    <span class="menu-value">{changing_text(value)}</span>
                </button>
            </PreferenceForm>
            <PreferenceForm name="lang" value=texts.lang.other().code() next>
                <button type="submit" class="menu-entry" data-testid="lang-toggle" title=texts.switch_language>
                    {icon(Icon::Languages, 16)}
                    <span class="menu-words">{texts.language}</span>
                    <span class="menu-value">{texts.language_name}</span>
                </button>
            </PreferenceForm>
            {entry(Sheet::Settings, Icon::Sliders, texts.chat_settings, "chat-settings", sheet)}
            {entry(Sheet::About, Icon::Person, texts.about_me, "about-me", sheet)}
            {entry(Sheet::Palette, Icon::Search, texts.palette, "palette", sheet)}
            {entry(Sheet::Shortcuts, Icon::Keyboard, texts.keyboard, "shortcuts", sheet)}
            <p class="menu-note only-narrow-block">{texts.disclaimer}</p>
        </Popover>
    }
    .into_any()
}

/// What can be done with the open one.
fn this_conversation(chat: Chat) -> Changing<Option<AnyView>> {
    let texts = chat.texts();
    let open = Memo::new(move |_| {
        let open = chat.conversation.read();
        let open = open.as_ref().filter(|_| !chat.gone.get())?;
        Some((open.id, chat.is_listed(open)))
    });
    let does = move |id, action: Action, glyph, words: &'static str, testid: &'static str| {
        let press = move |_| {
            focus::hide_popover(MENU);
            platform::pressed_extras(move |extras| (extras.act)(chat, id, action));
        };
        view! {
            <button
                type="button"
                class="menu-entry"
                class:menu-entry-danger=action == Action::Delete
                data-testid=testid
                on:click=press
            >
                {icon(glyph, 16)}
                <span class="menu-words">{words}</span>
            </button>
        }
        .into_any()
    };
    changing(move || {
        let (id, listed) = open.get()?;
        let rename = listed.then(|| does(id, Action::Rename, Icon::Pencil, texts.rename_this, "rename-this"));
        let delete = does(id, Action::Delete, Icon::Trash, texts.delete_this, "delete-this");
        let export = view! {
            <a
                class="menu-entry"
                href=export_href(id, "markdown")
                download
                data-testid="export-this"
                on:click=|_| focus::hide_popover(MENU)
            >
                {icon(Icon::Download, 16)}
                <span class="menu-words">{texts.export_this}</span>
            </a>
        }
        .into_any();
        let view = view! {
            {rename}
            {export}
            {delete}
            <div class="menu-line" aria-hidden="true"></div>
        };
        Some(view.into_any())
    })
}

/// Opens a sheet.
fn entry(
    opens: Sheet,
    glyph: Icon,
    words: &'static str,
    testid: &'static str,
    sheet: RwSignal<Option<Sheet>>,
) -> AnyView {
    let press = move |_| {
        focus::hide_popover(MENU);
        sheet.set(Some(opens));
    };
    view! {
        <button type="button" class="menu-entry" aria-haspopup="dialog" data-testid=testid on:click=press>
            {icon(glyph, 16)}
            <span class="menu-words">{words}</span>
        </button>
    }
    .into_any()
}

/// A form that keeps one preference. The theme's is answered in the page.
#[component]
fn PreferenceForm(
    name: &'static str,
    #[prop(into)] value: Signal<&'static str>,
    #[prop(into)] next: Signal<String>,
    children: Children,
) -> impl IntoView {
    let theme = current_theme();
    let submit = move |event: ev::SubmitEvent| {
        if name == "theme" {
            event.prevent_default();
            let other = theme.get_untracked().other();
            platform::apply_theme(other);
            theme.set(other);
        }
    };
    view! {
        <form method="post" action="/preferences" class="preference" on:submit=submit>
            <input type="hidden" name=name value=move || value.get() />
            <input type="hidden" name="next" value=move || next.get() />
            {children()}
        </form>
    }
}

/// The landing page's theme switch.
#[component]
pub fn ThemeButton(#[prop(into)] next: Signal<String>) -> impl IntoView {
    let texts = use_texts();
    let theme = current_theme();
    view! {
        <PreferenceForm name="theme" value=Signal::derive(move || theme.get().other().as_str()) next>
            <button
                type="submit"
                class="icon-button"
                data-testid="theme-toggle"
                aria-label=texts.switch_theme
                title=texts.switch_theme
            >
                {other_theme(theme, 20)}
            </button>
        </PreferenceForm>
    }
}

/// The landing page's choice between two languages.
#[component]
pub fn LanguageChoice(#[prop(into)] next: Signal<String>) -> impl IntoView {
    let texts = use_texts();
    let lang = use_context::<Preferences>().unwrap_or_default().lang;
    let choice = |code: &'static str, label: &'static str| {
        let current = code == lang.code();
        view! {
            <button
                type="submit"
                name="lang"
                value=code
                lang=code
                class="language"
                aria-pressed=current.to_string()
                data-testid=(!current).then_some("lang-toggle")
            >
                {label}
            </button>
        }
    };
    view! {
        <form method="post" action="/preferences" class="languages" aria-label=texts.languages>
            <input type="hidden" name="next" value=move || next.get() />
            {choice("fr", "FR")}
            {choice("en", "EN")}
        </form>
    }
}
