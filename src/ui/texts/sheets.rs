//! The texts of what nobody sees before asking for it ([`crate::ui::extras`]), which are loaded with it: as [`super::Texts`], in
//! `sheets_en.rs` and `sheets_fr.rs`.

use super::{sheets_en, sheets_fr};
use crate::types::lang::Lang;

pub struct SheetTexts {
    // a conversation's menu, what was found, a question that is edited, an answer that is commented
    pub rename: &'static str,
    pub rename_field: &'static str,
    pub delete: &'static str,
    pub deleted: fn(&str) -> String,
    pub pin: &'static str,
    pub unpin: &'static str,
    pub archive: &'static str,
    pub export_markdown: &'static str,
    pub export_json: &'static str,
    pub was_archived: fn(&str) -> String,
    pub was_unarchived: fn(&str) -> String,
    pub undo: &'static str,
    pub edit_field: &'static str,
    pub edit_save: &'static str,
    pub comment: &'static str,
    pub comment_hint: &'static str,
    /// How many were found, and whether there are more.
    pub found: fn(usize, bool) -> String,
    pub nothing_found: fn(&str) -> String,
    pub nothing_found_hint: &'static str,
    pub search_offline: &'static str,
    pub talk_to: fn(&str) -> String,

    // keys
    pub shortcuts_write: &'static str,
    pub shortcuts_move: &'static str,
    pub key_send: &'static str,
    pub key_new_line: &'static str,
    pub key_stop: &'static str,
    pub key_edit: &'static str,
    pub key_write: &'static str,
    pub key_scroll: &'static str,
    pub key_new_chat: &'static str,
    pub key_search: &'static str,
    pub key_this_list: &'static str,

    // all of them
    pub sheet_offline: &'static str,
    pub refused: &'static str,

    // settings of a chat
    pub provider: &'static str,
    pub automatic_provider: fn(&str) -> String,
    pub model: &'static str,
    pub find_model: &'static str,
    pub automatic: &'static str,
    pub automatic_model: fn(&str) -> String,
    pub price: fn(&str, &str) -> String,
    pub price_unknown: &'static str,
    pub free: &'static str,
    pub context: fn(u32) -> String,
    pub temperature: &'static str,
    pub temperature_none: &'static str,
    pub precise: &'static str,
    pub playful: &'static str,
    pub settings_kept: &'static str,
    pub not_changed: fn(&str) -> String,
    pub settings_demo: &'static str,

    // what the squad knows of the artist
    pub about_lead: &'static str,
    pub name: &'static str,
    pub style: &'static str,
    pub style_example: &'static str,
    pub spotify: &'static str,
    pub release_date: &'static str,
    pub release_date_hint: &'static str,
    pub about_done: &'static str,
    pub identity_defined: &'static str,
    pub fan_base_started: &'static str,
    pub save: &'static str,
    pub saved: &'static str,
    pub not_saved: fn(&str) -> String,
    pub not_saved_yet: &'static str,
    pub wrong: fn(&str) -> &'static str,
    pub not_a_day: &'static str,
    pub own_data: &'static str,
    pub own_data_text: &'static str,
    pub export_all: &'static str,
    pub erase_all: &'static str,

    // being forgotten
    pub erase_title: &'static str,
    pub erase_lead: &'static str,
    pub erase_conversations: &'static str,
    pub erase_profile: &'static str,
    pub erase_session: &'static str,
    pub erase_no_way_back: &'static str,
    pub erase_type: &'static str,
    pub erase_word: &'static str,
    pub erase_wrong: &'static str,
    pub not_erased: fn(&str) -> String,
    pub key_undo: &'static str,

    // palette
    pub palette_field: &'static str,
    pub palette_recent: &'static str,
    pub palette_coaches: &'static str,
    pub palette_actions: &'static str,
    pub palette_move: &'static str,
    pub palette_open: &'static str,
    pub palette_close: &'static str,
    pub palette_results: fn(usize) -> String,
    pub palette_offline: &'static str,
    pub action_dark: &'static str,
    pub action_light: &'static str,
    pub action_pin: &'static str,
    pub action_unpin: &'static str,
    pub action_archive: &'static str,
    pub action_unarchive: &'static str,
    pub action_archived: &'static str,
    pub action_runs: &'static str,
    pub action_export: &'static str,
}

pub const fn sheet_texts(lang: Lang) -> &'static SheetTexts {
    match lang {
        Lang::Fr => &sheets_fr::FR,
        Lang::En => &sheets_en::EN,
    }
}
