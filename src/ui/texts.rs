//! Every text of the page, in both languages.
//!
//! [`Texts`] has one field per text and a constant per language, so a missing text does not compile. Texts with a
//! parameter are functions. To add a text, add a field here and its words in `texts/en.rs` and `texts/fr.rs`;
//! components take it from [`use_texts`]. What is seen after a press is in [`sheets`], what the program alone draws in [`landing`] and
//! [`runs`]. Numbers, costs and times are written by [`format`].

pub mod en;
pub mod format;
pub mod fr;
pub mod landing;
pub mod runs;
pub mod sheets;
mod sheets_en;
mod sheets_fr;
#[cfg(test)]
mod tests;

use crate::types::{error::ErrorCode, lang::Lang};
use leptos::prelude::*;

pub struct Texts {
    pub lang: Lang,
    pub product: &'static str,

    // an update, not found
    pub outdated: &'static str,
    pub outdated_load: &'static str,
    pub languages: &'static str,
    pub coaches: &'static str,
    pub not_found_title: &'static str,
    pub not_found_text: &'static str,
    pub home: &'static str,
    pub skip: &'static str,

    // header, menu and picker
    pub rename_this: &'static str,
    pub export_this: &'static str,
    pub delete_this: &'static str,
    pub page_title: fn(&str) -> String,
    pub open_conversations: &'static str,
    pub close_conversations: &'static str,
    pub close: &'static str,
    pub current_coach: fn(&str, &str) -> String,
    pub who_answers: &'static str,
    pub best_after: fn(&str, &str) -> String,
    pub online: &'static str,
    pub reconnecting: &'static str,
    pub offline: &'static str,
    pub menu: &'static str,
    pub theme: &'static str,
    pub theme_dark: &'static str,
    pub theme_light: &'static str,
    pub switch_theme: &'static str,
    pub language: &'static str,
    pub language_name: &'static str,
    pub switch_language: &'static str,
    pub chat_settings: &'static str,
    pub about_me: &'static str,
    pub keyboard: &'static str,
    pub palette: &'static str,

    // conversations
    pub conversations: &'static str,
    pub new_chat: &'static str,
    pub new_chat_keys: &'static str,
    pub pinned: &'static str,
    pub today: &'static str,
    pub yesterday: &'static str,
    pub last_7_days: &'static str,
    pub last_30_days: &'static str,
    pub months: [&'static str; 12],
    pub no_conversations: &'static str,
    pub more_conversations: &'static str,
    pub running: &'static str,
    pub unread: &'static str,
    pub conversation_actions: fn(&str) -> String,
    pub anonymous: &'static str,
    pub unarchive: &'static str,
    pub archived: &'static str,
    pub all_conversations: &'static str,
    pub is_archived: &'static str,
    pub no_archived: &'static str,
    pub search: &'static str,
    pub search_field: &'static str,
    pub search_key: &'static str,
    pub clear_search: &'static str,
    pub searching: &'static str,
    pub gone_title: &'static str,
    pub gone_text: &'static str,
    pub not_kept_title: &'static str,
    pub not_kept_text: &'static str,

    // empty page
    pub greeting: &'static str,
    pub greeting_named: fn(&str) -> String,
    pub greeting_hint: &'static str,
    pub greeting_picked: fn(&str) -> String,
    pub continue_with: fn(&str) -> String,
    pub continue_with_when: fn(&str, &str) -> String,

    // thread
    pub thread: &'static str,
    pub you: &'static str,
    pub older: &'static str,
    pub older_not_printed: &'static str,
    pub latest: &'static str,
    pub sending: &'static str,
    pub sent: &'static str,
    pub waiting_network: &'static str,
    pub waiting_answer: fn(&str) -> String,
    pub thinking: fn(&str) -> String,
    pub still_working: &'static str,
    pub answering: fn(&str) -> String,
    pub answered: fn(&str) -> String,
    pub no_answer: &'static str,
    pub copied: &'static str,
    pub copy_answer: &'static str,
    pub answer_actions: &'static str,
    pub facts: &'static str,
    pub more_facts: &'static str,
    pub demo_model: &'static str,
    pub tokens: fn(&str, &str) -> String,
    pub temperature_fact: fn(&str) -> String,
    pub first_token: fn(&str) -> String,
    pub badge_cache: &'static str,
    pub badge_resumed: &'static str,
    pub badge_stopped: &'static str,

    // versions and feedback
    pub regenerate: &'static str,
    pub edit: &'static str,
    /// Of a long question.
    pub unfold: &'static str,
    pub fold: &'static str,
    pub cancel: &'static str,
    pub versions: &'static str,
    pub version: fn(usize, usize) -> String,
    pub version_before: &'static str,
    pub version_after: &'static str,
    pub helpful: &'static str,
    pub not_helpful: &'static str,
    pub comment_kept: &'static str,
    pub comment_edit: &'static str,

    // hand-over
    pub handoff: fn(&str, &str) -> String,
    /// Stands before the artist's own words, which are set apart.
    pub handoff_because: fn(&str) -> &'static str,
    pub handoff_plain: &'static str,
    pub stay_with: fn(&str) -> String,

    // failures
    pub failed_title: &'static str,
    pub cut_title: &'static str,
    pub other_model: &'static str,
    pub failed_kept: &'static str,
    pub cause: fn(ErrorCode) -> &'static str,
    pub retry: &'static str,
    pub retry_when_back: &'static str,
    pub waits_for_network: &'static str,
    pub not_sent: &'static str,

    // bars
    pub demo: &'static str,
    pub demo_text: &'static str,
    pub demo_how: &'static str,
    pub demo_how_label: &'static str,
    pub demo_help_title: &'static str,
    pub demo_help: &'static str,
    pub demo_help_then: &'static str,
    pub offline_title: &'static str,
    pub offline_refused: &'static str,
    pub offline_text: &'static str,
    pub offline_stop: &'static str,
    /// When it was kept.
    pub offline_copy: fn(&str) -> String,
    pub offline_waiting: fn(usize) -> String,

    // composer
    pub write_to: fn(&str) -> String,
    pub message_field: &'static str,
    pub left: fn(&str) -> String,
    /// So many more than the most.
    pub too_many: fn(&str, &str) -> String,
    pub send: &'static str,
    pub queue: &'static str,
    pub stop: &'static str,
    pub stopping: &'static str,
    pub disclaimer: &'static str,
    pub hint_send: &'static str,
    pub hint_new_line: &'static str,
    pub loading: &'static str,
}

/// The texts of one language.
pub const fn texts(lang: Lang) -> &'static Texts {
    match lang {
        Lang::Fr => &fr::FR,
        Lang::En => &en::EN,
    }
}

/// The texts of this page load; another language is another page load.
pub fn use_texts() -> &'static Texts {
    use_context::<&'static Texts>().unwrap_or(texts(Lang::Fr))
}
