use super::{format::*, *};
use crate::types::time_zone::TimeZone;
use time::{Date, Month, OffsetDateTime};

fn at(day: u8, hour: u8) -> OffsetDateTime {
    Date::from_calendar_date(2026, Month::March, day)
        .unwrap()
        .with_hms(hour, 14, 0)
        .unwrap()
        .assume_utc()
}

#[test]
fn numbers_follow_the_language() {
    assert_eq!(count(Lang::En, 1_204), "1,204");
    assert_eq!(count(Lang::Fr, 1_234_567), "1\u{202f}234\u{202f}567");
    assert_eq!(count(Lang::En, 61), "61");
    for (dollars, en, fr) in [
        (0.0031, "$0.0031", "0,0031\u{a0}$"),
        (0.0, "$0", "0\u{a0}$"),
        (0.00001, "<$0.0001", "<0,0001\u{a0}$"),
        (0.5, "$0.50", "0,50\u{a0}$"),
        (1_204.0, "$1,204", "1\u{202f}204\u{a0}$"),
        (0.012, "$0.012", "0,012\u{a0}$"),
    ] {
        assert_eq!(
            (cost(Lang::En, dollars).as_str(), cost(Lang::Fr, dollars).as_str()),
            (en, fr)
        );
    }
    assert_eq!(seconds(Lang::En, 612), "0.6\u{a0}s");
    assert_eq!(seconds(Lang::Fr, 12_340), "12,3\u{a0}s");
    assert_eq!(seconds(Lang::En, 3), "0.1\u{a0}s");
    for (number, en, fr) in [
        (0.7, "0.7", "0,7"),
        (0.25, "0.25", "0,25"),
        (1.0, "1", "1"),
        (0.0, "0", "0"),
    ] {
        assert_eq!(
            (decimals(Lang::En, number).as_str(), decimals(Lang::Fr, number).as_str()),
            (en, fr)
        );
    }
    for (tokens, en, fr) in [
        (200_000, "200k", "200\u{a0}k"),
        (32_768, "32k", "32\u{a0}k"),
        (1_000_000, "1M", "1\u{a0}M"),
        (1_050_000, "1.05M", "1,05\u{a0}M"),
        (512, "512", "512"),
    ] {
        assert_eq!(
            (short(Lang::En, tokens).as_str(), short(Lang::Fr, tokens).as_str()),
            (en, fr)
        );
    }
}

#[test]
fn times_follow_the_language_and_the_artists_day() {
    let today = Today::at(at(12, 8), TimeZone::fixed(60));
    assert_eq!(when(&en::EN, &today, at(11, 21)), "yesterday\u{a0}10:14\u{a0}pm");
    assert_eq!(when(&fr::FR, &today, at(11, 21)), "hier\u{a0}22:14");
    assert_eq!(when(&fr::FR, &today, at(11, 23)), "aujourd’hui\u{a0}00:14");
    assert_eq!(when(&en::EN, &today, at(11, 23)), "today\u{a0}12:14\u{a0}am");
    assert_eq!(when(&fr::FR, &today, at(2, 12)), "2\u{a0}mars");
    assert_eq!(moment(&en::EN, &today, at(11, 23)), "12:14:00\u{a0}am");
    assert_eq!(
        when(&en::EN, &today.by_clock(false), at(11, 21)),
        "yesterday\u{a0}22:14"
    );
    assert_eq!(moment(&fr::FR, &today, at(11, 21)), "11\u{a0}mars, 22:14:00");
}

#[test]
fn french_elides() {
    assert_eq!((fr::FR.handoff_because)("Instagram"), "parce que tu as parlé\u{a0}d’");
    assert_eq!((fr::FR.handoff_because)("Spotify"), "parce que tu as parlé de ");
}

/// `field: value` pairs of a language's constant, as they are written.
fn fields(source: &str) -> Vec<(&str, String)> {
    let body = source
        .split_once("Texts {\n")
        .and_then(|(_, rest)| rest.split_once("\n};"))
        .unwrap()
        .0;
    let mut found: Vec<(&str, String)> = Vec::new();
    for line in body.lines() {
        let indent = line.len() - line.trim_start().len();
        match line.trim().split_once(':') {
            Some((name, value)) if indent == 4 && !name.starts_with('"') => found.push((name, value.trim().into())),
            _ => {
                if let Some((_, value)) = found.last_mut() {
                    value.push_str(line.trim());
                }
            }
        }
    }
    found
}

#[test]
fn every_text_is_in_its_own_language() {
    const SAME: &[&str] = &[
        "product",
        "page_title",
        "menu",
        "conversations",
        "new_chat_keys",
        "search_key",
        "versions",
        "cause",
        "palette_actions",
    ];
    let all = |page, sheets| [fields(page), fields(sheets)].concat();
    let english = all(include_str!("en.rs"), include_str!("sheets_en.rs"));
    let french = all(include_str!("fr.rs"), include_str!("sheets_fr.rs"));
    assert!(english.len() > 100, "the fields are not found any more");
    for ((name, english), (other, french)) in english.iter().zip(&french) {
        assert_eq!(name, other, "both languages keep the same order");
        assert_eq!(english == french, SAME.contains(name), "{name}: {english} / {french}");
    }
}

fn rust_files(folder: &std::path::Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// Words written into a `view!`: text between tags, in braces, or in an attribute that is read out.
fn words_in_views(source: &str) -> Vec<String> {
    let code: String = source
        .lines()
        .map(|line| line.split("// ").next().unwrap_or(""))
        .collect::<Vec<_>>()
        .join("\n");
    let parts: Vec<&str> = code.split('"').collect();
    let mut found = Vec::new();
    for index in (1..parts.len()).step_by(2) {
        let (before, literal) = (parts[index - 1], parts[index]);
        let after = parts.get(index + 1).copied().unwrap_or_default().trim_start();
        let letters = literal.chars().filter(|letter| letter.is_alphabetic()).count();
        let text = before.trim_end().ends_with(['>', '}'])
            && !before.trim_end().ends_with("=>")
            && after.starts_with(['<', '{']);
        let braced = before.ends_with('{') && after.starts_with('}');
        let read_out = ["aria-label=", "title=", "placeholder=", "alt="]
            .iter()
            .any(|name| before.ends_with(name));
        if letters > 1 && (text || braced || read_out) {
            found.push(literal.to_owned());
        }
    }
    found
}

/// Every component's file with its path: the page without its texts.
fn components() -> Vec<(std::path::PathBuf, String)> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/ui");
    let mut files = Vec::new();
    rust_files(&root, &mut files);
    files.retain(|file| !file.starts_with(root.join("texts")));
    assert!(files.len() > 20, "the components are not found any more");
    let read = |file: std::path::PathBuf| {
        let source = std::fs::read_to_string(&file).unwrap();
        (file, source)
    };
    files.into_iter().map(read).collect()
}

/// Whether a field of some texts is read here: texts are called so, or are what a function gives.
fn reads(source: &str, field: &str) -> bool {
    source.match_indices(&format!(".{field}")).any(|(at, found)| {
        let (before, after) = (source[..at].trim_end(), &source[at + found.len()..]);
        let is_all = !after.starts_with(|next: char| next.is_alphanumeric() || next == '_' || next == '(');
        is_all && ["texts", "words", ")"].iter().any(|texts| before.ends_with(texts))
    })
}

#[test]
fn every_text_is_used() {
    assert!(reads("{texts.copied}", "copied") && reads("(use_texts()\n    .found)(3)", "found"));
    assert!(!reads("texts.copied", "copy") && !reads("found.words == page.words()", "words"));
    let beside = |source: &'static str| fields(source.split_once("const EN: ").unwrap().1);
    let texts = [
        fields(include_str!("en.rs")),
        fields(include_str!("sheets_en.rs")),
        beside(include_str!("runs.rs")),
        beside(include_str!("landing.rs")),
    ];
    assert!(texts.iter().all(|fields| fields.len() > 5), "{texts:?}");
    let components = components();
    for (name, text) in texts.iter().flatten() {
        let used = components.iter().any(|(_, source)| reads(source, name));
        assert!(used, "nobody shows {name}: {text}");
    }
}

#[test]
fn no_text_hides_in_a_component() {
    assert_eq!(
        words_in_views(r#"<p class="a">"Hello"</p> <i title="You"> {"There"} match x { 1 => "no", }"#),
        ["Hello", "You", "There"]
    );
    for (file, source) in components() {
        let words = words_in_views(&source);
        assert!(words.is_empty(), "{}: {words:?} belong to texts.rs", file.display());
    }
}
