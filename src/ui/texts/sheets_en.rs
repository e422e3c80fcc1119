//! English. Short, plain; what is safe, then what to do.

use super::{format::short, sheets::SheetTexts};
use crate::types::lang::Lang;

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

    sheet_offline: "You are offline. This comes with the network.",
    refused: "The squad does not take this.",

    provider: "Provider",
    automatic_provider: |name| format!("Automatic ({name})"),
    model: "Model",
    find_model: "Find a model",
    automatic: "Automatic",
    automatic_model: |model| format!("The squad chooses: {model}"),
    price: |input, output| format!("{input} / {output} per million tokens"),
    price_unknown: "price unknown",
    free: "free",
    context: |tokens| format!("{} context", short(Lang::En, tokens)),
    temperature: "Temperature",
    temperature_none: "This model sets it itself.",
    precise: "precise",
    playful: "playful",
    settings_kept: "Kept with this conversation, and named under each answer.",
    not_changed: |why| format!("Not changed. {why}"),
    settings_demo: "The demo squad answers, so there is nothing to choose. With a key, models and prices stand here.",

    about_lead: "The coaches know this and what you write to them. Nothing else, and nothing is guessed.",
    name: "Artist name",
    style: "Style",
    style_example: "Dream pop, a bit of folk",
    spotify: "Spotify link",
    release_date: "Release date",
    release_date_hint: "Of your next single, EP or album.",
    about_done: "Where you are",
    identity_defined: "My artistic identity is defined",
    fan_base_started: "My fan base has started",
    save: "Save",
    saved: "Saved",
    not_saved: |why| format!("Not saved. {why}"),
    wrong,
    not_a_day: "Not a whole day. Take day, month and year.",
    own_data: "Your data",
    own_data_text: "Everything you wrote is yours: take it with you, or have it gone.",
    export_all: "Export everything",
    erase_all: "Erase everything",

    erase_title: "Erase everything?",
    erase_lead: "This will be gone, here and on the server:",
    erase_conversations: "every conversation, with all questions and answers",
    erase_profile: "what the squad knows of you",
    erase_session: "drafts, and this browser’s access",
    erase_no_way_back: "There is no way back.",
    erase_type: "Type “erase” to confirm",
    erase_word: "erase",
    erase_wrong: "That is not the word. Nothing was erased.",
    not_erased: |why| format!("Nothing was erased. {why}"),
};

fn wrong(field: &str) -> &'static str {
    match field {
        "spotify_url" => "Not a Spotify link. Copy it with Share, Copy link.",
        "release_date" => "Not a day of the calendar.",
        _ => "At most 120 characters.",
    }
}
