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
}

pub const fn sheet_texts(lang: Lang) -> &'static SheetTexts {
    match lang {
        Lang::Fr => &sheets_fr::FR,
        Lang::En => &sheets_en::EN,
    }
}
