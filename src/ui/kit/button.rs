//! Buttons with words and buttons with an icon.

use super::{Icon, icon};
use leptos::{ev, prelude::*, text_prop::TextProp};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ButtonKind {
    /// The artist's own purple.
    Action,
    /// What to do after something went wrong, or the one thing on a page.
    Inverse,
    Outline,
    #[default]
    Quiet,
}

impl ButtonKind {
    /// Also for links that look like buttons.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Action => "button button-action",
            Self::Inverse => "button button-inverse",
            Self::Outline => "button button-outline",
            Self::Quiet => "button button-quiet",
        }
    }
}

/// The id of the composer's form. A button anywhere on the page that submits it works without JavaScript, and before the
/// page is live; what is pressed is the button's name, what it is about its value.
pub const CHAT_FORM: &str = "chat-form";

/// A button with words. While busy it keeps its place in the tab order, shows a ring and does nothing.
#[component]
pub fn Button(
    #[prop(optional)] kind: ButtonKind,
    #[prop(optional, into)] testid: Option<&'static str>,
    #[prop(optional)] icon: Option<Icon>,
    #[prop(optional, into)] busy: Signal<bool>,
    /// Name and value in [`CHAT_FORM`], for a page without JavaScript.
    #[prop(optional)]
    submits: Option<(&'static str, String)>,
    #[prop(into)] on_press: Callback<()>,
    children: Children,
) -> impl IntoView {
    let press = move |event: ev::MouseEvent| {
        event.prevent_default();
        if !busy.get_untracked() {
            on_press.run(());
        }
    };
    let form = submits.is_some().then_some(CHAT_FORM);
    let (name, value) = submits.unzip();
    view! {
        <button
            type=if form.is_some() { "submit" } else { "button" }
            form=form
            name=name
            value=value
            class=kind.class()
            data-testid=testid
            aria-busy=move || busy.get().to_string()
            on:click=press
        >
            {icon.map(|glyph| self::icon(glyph, 16))}
            <span class="button-spinner spinner" aria-hidden="true"></span>
            {children()}
        </button>
    }
    .into_any()
}

/// A button with an icon, named by `label`. `pressed` makes it a toggle.
#[component]
pub fn IconButton(
    icon: Icon,
    #[prop(into)] label: TextProp,
    #[prop(optional, into)] testid: Option<&'static str>,
    #[prop(optional)] class: &'static str,
    #[prop(optional, into)] pressed: Option<Signal<bool>>,
    #[prop(optional, into)] disabled: Signal<bool>,
    /// Id of a popover that the button opens and closes, also without JavaScript.
    #[prop(optional, into)]
    opens: Option<&'static str>,
    #[prop(optional, into)] on_press: Option<Callback<()>>,
) -> impl IntoView {
    let title = label.clone();
    view! {
        <button
            type="button"
            class=format!("icon-button {class}")
            data-testid=testid
            aria-label=move || label.get()
            title=move || title.get()
            aria-pressed=move || pressed.map(|pressed| pressed.get().to_string())
            aria-haspopup=opens.map(|_| "dialog")
            disabled=move || disabled.get()
            popovertarget=opens
            on:click=move |_| {
                if let Some(press) = on_press {
                    press.run(());
                }
            }
        >
            {self::icon(icon, if class.contains("icon-button-small") { 18 } else { 20 })}
        </button>
    }
    .into_any()
}
