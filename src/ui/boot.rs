//! The scripts that stand in the document itself, for what has to happen before the page's code is there, or without it.
//!
//! Each is a file in `boot/` and a block of its own, in which everything is a `const` or a `let`: so no global name is made.
//! Comments have lines of their own, which are not sent, and no text goes over more than one line. What a script cannot know
//! stands in it in capitals (`$ANSWERED`). One more is a file there, and a line in [`at_end`].

use crate::types::page::ANSWERED;
use leptos::prelude::*;
use std::sync::{LazyLock, OnceLock};

/// For the head of every page: what keeps pages for reading without a network.
pub fn worker() -> &'static str {
    static SCRIPT: LazyLock<String> = LazyLock::new(|| sent(include_str!("boot/worker.js")));
    &SCRIPT
}

/// For the head of a page that is to be live: what loads its code.
pub fn code(options: LeptosOptions) -> &'static str {
    static SCRIPT: OnceLock<String> = OnceLock::new();
    SCRIPT.get_or_init(|| {
        // It tells which parts of the code are files of their own, and knows the names; its own tags load all at once.
        let tags = view! { <HydrationScripts options /> }.to_html();
        let named = |end| tags.split('"').find(|part| part.ends_with(end)).unwrap_or_default();
        // the service worker finds both by their double quotes
        sent(include_str!("boot/code.js"))
            .replace("$JS", named(".js"))
            .replace("$WASM", named(".wasm"))
    })
}

/// For the end of every page, whose elements are there then. `offline`: the word for a squad that nobody reaches.
pub fn at_end(offline: &str) -> String {
    static SCRIPT: LazyLock<String> = LazyLock::new(|| {
        let scripts = [
            include_str!("boot/writing.js"),
            include_str!("boot/reading.js"),
            include_str!("boot/sheets.js"),
            include_str!("boot/answered.js"),
            include_str!("boot/copy.js"),
            include_str!("boot/growing.js"),
        ];
        scripts.map(sent).join("\n").replace("$ANSWERED", ANSWERED)
    });
    SCRIPT.replace("$OFFLINE", &format!("{offline:?}"))
}

/// Without comments and indentation.
fn sent(script: &str) -> String {
    let lines = script.lines().map(str::trim);
    let lines: Vec<_> = lines
        .filter(|line| !line.is_empty() && !line.starts_with("//"))
        .collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_are_sent_whole_and_filled() {
        let options = LeptosOptions::builder().output_name("squad").build();
        let code = code(options);
        assert!(code.contains("/pkg/squad.js") && code.contains(".wasm"));
        let end = at_end("hors d'atteinte");
        assert!(end.contains(ANSWERED) && end.contains("hors d'atteinte"));
        for script in [worker(), code, &end] {
            assert!(script.ends_with('}'));
            assert!(!script.contains("// ") && !script.contains("\n "));
            let capitals = |part: &str| part.starts_with(|c: char| c.is_ascii_uppercase());
            assert!(!script.split('$').skip(1).any(capitals), "not filled: {script}");
        }
    }
}
