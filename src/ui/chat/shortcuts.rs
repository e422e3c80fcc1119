//! The keys of the page.

use super::state::Chat;
use crate::ui::{
    hooks::media,
    kit::{Dialog, key},
    texts::sheets::sheet_texts,
};
use leptos::prelude::*;

pub fn shortcuts(chat: Chat) -> AnyView {
    let (texts, words) = (sheet_texts(chat.lang), chat.texts());
    let write = group(
        texts.shortcuts_write,
        &[
            (texts.key_send, &["↵"]),
            (texts.key_new_line, &["⇧", "↵"]),
            (texts.key_stop, &["Esc"]),
            (texts.key_edit, &["↑"]),
            (texts.key_write, &["⇧", "Esc"]),
        ],
    );
    let modifier = if media::mac() { "⌘" } else { "Ctrl" };
    let go = group(
        texts.shortcuts_move,
        &[
            (texts.key_new_chat, &["Ctrl", "⇧", "O"]),
            (texts.key_search, &["/"]),
            (words.palette, &[modifier, "K"]),
            (texts.key_undo, &[modifier, "Z"]),
            (texts.key_scroll, &["PgUp", "PgDn"]),
            (texts.key_this_list, &["?"]),
        ],
    );
    view! {
        <Dialog title=words.keyboard class="dialog-wide" on_closed=chat.close_sheet()>
            <div class="shortcuts">{write} {go}</div>
        </Dialog>
    }
    .into_any()
}

fn group(title: &'static str, lines: &[(&'static str, &[&'static str])]) -> AnyView {
    let line = |(words, keys): &(&'static str, &[&'static str])| {
        let keys: Vec<_> = keys.iter().map(|name| key(name).into_any()).collect();
        view! {
            <div class="shortcut">
                <dt>{*words}</dt>
                <dd>{keys}</dd>
            </div>
        }
        .into_any()
    };
    let lines: Vec<_> = lines.iter().map(line).collect();
    view! {
        <section>
            <h3 class="shortcuts-title">{title}</h3>
            <dl>{lines}</dl>
        </section>
    }
    .into_any()
}
