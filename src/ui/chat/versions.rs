//! ‹ 2/3 › under a message that was said in several versions.

use crate::ui::{
    kit::{Icon, changing, changing_text, icon},
    texts::use_texts,
};
use leptos::prelude::*;

/// `place`: which version of how many, from 1. A button at the end keeps the focus and does nothing.
#[component]
pub fn Versions(#[prop(into)] place: Signal<Option<(usize, usize)>>, on_move: Callback<isize>) -> impl IntoView {
    let texts = use_texts();
    let several = Memo::new(move |_| place.get().is_some());
    let now = move || place.get().unwrap_or_default();
    let draw = move || {
        several.get().then(|| {
            view! {
                <div class="branches" role="group" aria-label=texts.versions>
                    {step("branch-prev", -1, texts.version_before, Signal::derive(move || now().0 <= 1), on_move)}
                    <span class="branch-position" data-testid="branch-position">
                        {changing_text(move || format!("{}/{}", now().0, now().1))}
                    </span>
                    {step("branch-next", 1, texts.version_after, Signal::derive(move || now().0 >= now().1), on_move)}
                </div>
            }
            .into_any()
        })
    };
    changing(draw)
}

fn step(
    testid: &'static str,
    by: isize,
    label: &'static str,
    at_end: Signal<bool>,
    on_move: Callback<isize>,
) -> AnyView {
    view! {
        <button
            type="button"
            class="icon-button icon-button-small branch-step"
            data-testid=testid
            aria-label=label
            title=label
            aria-disabled=move || at_end.get().to_string()
            on:click=move |_| {
                if !at_end.get_untracked() {
                    on_move.run(by);
                }
            }
        >
            {icon(if by < 0 { Icon::ChevronLeft } else { Icon::ChevronRight }, 18)}
        </button>
    }
    .into_any()
}
