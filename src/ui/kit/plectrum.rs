//! A coach's avatar, a plectrum, and the product's mark, the plectrum as six strings.
//!
//! To give a coach a glyph, add its paths (32 box, ink `#15101c`, details in `currentColor`, the coach's colour) to
//! [`glyph`]; a coach without one shows the emoji of its file.

use crate::{types::coach::CoachCard, ui::squad::coach_style};
use leptos::prelude::*;

const SHAPE: &str = "M16 1.6C22.2 1.6 27.4 2.7 29.6 5.3C31.6 7.7 30.9 11.8 28.9 16.2C26.3 21.9 22.2 27.6 19 29.9C17.1 31.2 14.9 31.2 13 29.9C9.8 27.6 5.7 21.9 3.1 16.2C1.1 11.8 .4 7.7 2.4 5.3C4.6 2.7 9.8 1.6 16 1.6Z";

/// Strips of the mark, from the left.
const STRIPS: [&str; 6] = ["#ef4444", "#f59e0b", "#10b981", "#3b82f6", "#8b5cf6", "#ec4899"];

fn glyph(coach: &str) -> &'static str {
    match coach {
        "marty" => {
            r##"<g><rect x="13" y="5.6" width="6" height="9.4" rx="3" fill="#15101c"/><path d="M10.2 11.8a5.8 5.8 0 0 0 11.6 0M16 17.8v3.2" stroke="#15101c" stroke-width="1.9" fill="none" stroke-linecap="round"/></g>"##
        }
        "luke" => {
            r##"<g><path d="M16 5.4c4.5 0 8 2.9 8 6.7 0 2.6-1.9 4-4.1 4h-1.6c-1 0-1.4.9-1 1.7.6 1.3-.1 2.5-1.6 2.5-4.3 0-7.7-3.3-7.7-7.4C8 8.7 11.6 5.4 16 5.4Z" fill="#15101c"/><g fill="currentColor"><circle cx="12" cy="12.6" r="1.5"/><circle cx="14.6" cy="8.9" r="1.5"/><circle cx="19" cy="9.6" r="1.5"/></g></g>"##
        }
        "peter" => {
            r##"<g><rect x="11.3" y="5" width="9.4" height="15.6" rx="2.6" fill="#15101c"/><path d="M14.6 9.6v5.2l4-2.6z" fill="currentColor" stroke="currentColor" stroke-width="1" stroke-linejoin="round"/></g>"##
        }
        "riplay" => {
            r##"<g><path d="M8.9 14.2v-1.4a7.1 7.1 0 0 1 14.2 0v1.4" stroke="#15101c" stroke-width="2" fill="none" stroke-linecap="round"/><rect x="8" y="12.8" width="4.4" height="7.2" rx="2.1" fill="#15101c"/><rect x="19.6" y="12.8" width="4.4" height="7.2" rx="2.1" fill="#15101c"/></g>"##
        }
        "april" => {
            r##"<g><rect x="9" y="6.6" width="14" height="13.2" rx="3" fill="#15101c"/><path d="M12.8 5v3.4M19.2 5v3.4" stroke="#15101c" stroke-width="2" stroke-linecap="round"/><path d="M11.4 11h9.2" stroke="currentColor" stroke-width="1.5"/><circle cx="18.6" cy="15.4" r="1.7" fill="currentColor"/></g>"##
        }
        "clarice" => {
            r##"<g><path d="M11.9 17a4.1 4.1 0 0 1-.7-8.1 5.3 5.3 0 0 1 9.9-.6 4.4 4.4 0 0 1-.5 8.7z" fill="#15101c"/><circle cx="13.2" cy="20" r="1.7" fill="#15101c"/><circle cx="15.6" cy="23.4" r="1.1" fill="#15101c"/></g>"##
        }
        _ => "",
    }
}

/// A coach's plectrum, `size` px wide. It stands beside the coach's name, so it is not read aloud.
pub fn plectrum(coach: &CoachCard, size: u8) -> AnyView {
    let glyph = glyph(coach.id.as_str());
    let emoji = glyph
        .is_empty()
        .then(|| view! { <span class="plectrum-emoji">{coach.emoji.clone()}</span> }.into_any());
    view! {
        <span class="plectrum" style=format!("{};--size:calc({size}rem/16)", coach_style(coach)) aria-hidden="true">
            <svg viewBox="0 0 32 32">
                <path d=SHAPE fill="currentColor"></path>
                <g transform="translate(0 .8)" inner_html=glyph></g>
            </svg>
            {emoji}
        </span>
    }
    .into_any()
}

/// The product's mark, `size` px wide.
pub fn mark(size: u8) -> impl IntoView {
    let strips = STRIPS
        .iter()
        .enumerate()
        .map(|(index, colour)| format!(r#"<path fill="{colour}" d="M{}.5 0h4v32h-4z"/>"#, 1 + 5 * index))
        .collect::<String>();
    view! {
        <svg class="mark" width=size height=size viewBox="0 0 32 32" aria-hidden="true">
            <clipPath id="mark-shape">
                <path d=SHAPE></path>
            </clipPath>
            <g clip-path="url(#mark-shape)" inner_html=strips></g>
        </svg>
    }
}
