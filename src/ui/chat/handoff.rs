//! The card of a hand-over: who passes the thread to whom, why, and the way back.

use crate::ui::{
    kit::{Button, ButtonKind, changing, plectrum},
    squad::Coach,
    texts::use_texts,
};
use leptos::prelude::*;

/// `why` holds the artist's own words that decided, or nothing.
#[component]
pub fn HandoffCard(
    from: Coach,
    to: Coach,
    why: String,
    /// The answer it brought.
    answer: String,
    /// The way back is open: the hand-over was not taken back yet.
    #[prop(into)]
    undoable: Signal<bool>,
    #[prop(optional, into)] busy: Signal<bool>,
    #[prop(into)] on_undo: Callback<()>,
) -> impl IntoView {
    let texts = use_texts();
    let stay = (texts.stay_with)(&from.name);
    let reason = if why.is_empty() {
        view! { <span>{texts.handoff_plain}</span> }.into_any()
    } else {
        view! {
            <span>{(texts.handoff_because)(&why)}</span>
            <span class="handoff-why">{why}</span>
        }
        .into_any()
    };
    let button = move || {
        let (stay, answer) = (stay.clone(), answer.clone());
        undoable.get().then(|| {
            view! {
                <Button
                    kind=ButtonKind::Outline
                    testid="handoff-undo"
                    busy
                    submits=("undo_handoff", answer)
                    on_press=on_undo
                >
                    {stay}
                </Button>
            }
            .into_any()
        })
    };
    view! {
        <aside class="handoff" data-testid="handoff" aria-label=(texts.handoff)(&from.name, &to.name)>
            <span class="handoff-picture" style=format!("--from:{};--to:{}", from.colour, to.colour)>
                {plectrum(&from, 26)}
                <i></i>
                {plectrum(&to, 26)}
            </span>
            <p class="handoff-words">
                <strong class="handoff-names">{format!("{} → {}", from.name, to.name)}</strong>
                " "
                {reason}
            </p>
            {changing(button)}
        </aside>
    }
    .into_any()
}
