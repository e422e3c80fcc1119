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
    key_palette: "Everything",

    palette_field: "Conversations, coaches, actions",
    palette_recent: "Recent",
    palette_coaches: "Coaches",
    palette_actions: "Actions",
    palette_move: "move",
    palette_open: "open",
    palette_close: "close",
    palette_results: |count| match count {
        1 => "1 result".to_owned(),
        count => format!("{count} results"),
    },
    palette_offline: "You are offline. Only the titles on this page were searched.",
    action_dark: "Dark theme",
    action_light: "Light theme",
    action_archive: "Archive this conversation",
    action_unarchive: "Unarchive this conversation",
    action_archived: "Archived conversations",
    action_export: "Export this conversation",
};
