//! The string under a coach's plectrum: the 3 px bar of an answer, and what it tells of its state.

use leptos::prelude::*;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StringState {
    /// It waves until the first token.
    Thinking,
    /// It grows with the text, its lower end open.
    Growing,
    #[default]
    Finished,
    /// It is broken.
    Failed,
    /// Of an answer that another one replaced.
    Former,
}

impl StringState {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Thinking => "thinking",
            Self::Growing => "growing",
            Self::Finished => "finished",
            Self::Failed => "failed",
            Self::Former => "former",
        }
    }
}

/// Takes the height it is given and the coach's colour of the element around it.
#[component]
pub fn CoachString(#[prop(into)] state: Signal<StringState>) -> impl IntoView {
    view! {
        <span class="string" data-string=move || state.get().as_str() aria-hidden="true">
            <svg class="string-wave" viewBox="0 0 10 44" width="10" height="44">
                <path d="M5 0Q12 7.33 5 14.67T5 29.33T5 44"></path>
            </svg>
        </span>
    }
}
