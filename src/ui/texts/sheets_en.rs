//! English. Short, plain; what is safe, then what to do.

use super::sheets::SheetTexts;

pub static EN: SheetTexts = SheetTexts {
    shortcuts: "Keyboard",
    shortcuts_write: "Write",
    shortcuts_move: "Move",
    key_send: "Send",
    key_new_line: "New line",
    key_stop: "Stop the answer",
    key_edit: "Edit the last question",
    key_new_chat: "New chat",
    key_search: "Search conversations",
    key_this_list: "This list",
};
