//! A line to fill in, with its name above and what is wrong with it below.

use super::{Icon, changing, icon};
use leptos::{ev, prelude::*};

/// What kind of keyboard and what kind of text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FieldKind {
    #[default]
    Words,
    Link,
    Day,
}

/// `given` is what stands in it until somebody types, and again whenever it changes; `problem` is read out with it.
#[component]
pub fn Field(
    id: &'static str,
    label: &'static str,
    #[prop(optional)] kind: FieldKind,
    #[prop(optional)] hint: &'static str,
    #[prop(optional)] placeholder: &'static str,
    #[prop(optional)] required: bool,
    #[prop(into)] given: Signal<String>,
    #[prop(into)] problem: Signal<Option<&'static str>>,
    on_typed: Callback<String>,
) -> impl IntoView {
    let wrong = format!("{id}-wrong");
    let about = format!("{id}-hint");
    let described = {
        let (wrong, about) = (wrong.clone(), about.clone());
        move || match (problem.get().is_some(), hint.is_empty()) {
            (true, _) => Some(wrong.clone()),
            (false, false) => Some(about.clone()),
            (false, true) => None,
        }
    };
    let below = move || match problem.get() {
        Some(words) => {
            Some(view! { <p id=wrong.clone() class="field-wrong">{icon(Icon::Warning, 16)} {words}</p> }.into_any())
        }
        None if hint.is_empty() => None,
        None => Some(view! { <p id=about.clone() class="field-hint">{hint}</p> }.into_any()),
    };
    let (form, keyboard, longest) = match kind {
        FieldKind::Words => ("text", "text", "120"),
        FieldKind::Link => ("text", "url", "400"),
        FieldKind::Day => ("date", "none", ""),
    };
    view! {
        <div class="field">
            <label class="field-label" for=id>
                {label}
            </label>
            <input
                id=id
                class="field-input"
                data-testid=id
                type=form
                inputmode=(kind != FieldKind::Day).then_some(keyboard)
                maxlength=(!longest.is_empty()).then_some(longest)
                autocomplete="off"
                autocapitalize=(kind == FieldKind::Link).then_some("none")
                spellcheck="false"
                placeholder=(!placeholder.is_empty()).then_some(placeholder)
                aria-required=required.then_some("true")
                aria-invalid=move || problem.get().is_some().to_string()
                aria-describedby=described
                prop:value=move || given.get()
                on:input=move |event: ev::Event| on_typed.run(event_target_value(&event))
            />
            {changing(below)}
        </div>
    }
    .into_any()
}
