//! The chat page.

use leptos::prelude::*;

#[component]
pub fn ChatPage() -> impl IntoView {}
