//! The texts of the sheets ([`crate::ui::chat::sheets`]), which are loaded with them: as [`super::Texts`], in `sheets_en.rs` and
//! `sheets_fr.rs`.

use super::{sheets_en, sheets_fr};
use crate::types::lang::Lang;

pub struct SheetTexts {
    // keys
    pub shortcuts: &'static str,
    pub shortcuts_write: &'static str,
    pub shortcuts_move: &'static str,
    pub key_send: &'static str,
    pub key_new_line: &'static str,
    pub key_stop: &'static str,
    pub key_edit: &'static str,
    pub key_new_chat: &'static str,
    pub key_search: &'static str,
    pub key_this_list: &'static str,
    pub key_palette: &'static str,

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
    pub action_archive: &'static str,
    pub action_unarchive: &'static str,
    pub action_archived: &'static str,
    pub action_export: &'static str,
}

pub const fn sheet_texts(lang: Lang) -> &'static SheetTexts {
    match lang {
        Lang::Fr => &sheets_fr::FR,
        Lang::En => &sheets_en::EN,
    }
}
