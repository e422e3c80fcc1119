//! The layers: who may import whom, read from the sources themselves.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

/// What each layer may name of the crate. A new layer needs a line; a new arrow needs a reason.
const MAY_NAME: &[(&str, &[&str])] = &[
    ("types", &[]),
    // what its tests write and read
    ("wire", &["types"]),
    ("markdown", &["types"]),
    ("ui", &["types", "wire", "api", "markdown"]),
    ("api", &["types", "wire", "server"]),
    ("coaches", &["types"]),
    ("config", &["types"]),
    ("telemetry", &["types"]),
    ("store", &["types", "config"]),
    ("cache", &["types", "config", "domain"]),
    ("providers", &["types", "config", "domain"]),
    (
        "domain",
        &["types", "config", "coaches", "store", "engine", "telemetry"],
    ),
    (
        "engine",
        &["types", "config", "coaches", "store", "domain", "telemetry"],
    ),
    (
        "server",
        &[
            "types",
            "wire",
            "config",
            "store",
            "domain",
            "engine",
            "ui",
            "api",
            "markdown",
            "telemetry",
        ],
    ),
    (
        "cli",
        &[
            "types",
            "config",
            "coaches",
            "store",
            "cache",
            "providers",
            "domain",
            "engine",
            "server",
            "telemetry",
        ],
    ),
];

/// Single files that may name more, each with its reason.
const EXCEPTIONS: &[(&str, &str)] = &[
    // settings are parsed into the newtypes they end up as
    ("config/settings.rs", "domain"),
    ("config/settings.rs", "providers"),
    // the half of the page that the program draws with
    ("ui/platform/program.rs", "server"),
];

/// Crates that a layer must not know.
const FOREIGN: &[(&str, &[&str])] = &[
    ("types", &["axum", "sqlx", "redis", "reqwest", "tokio"]),
    ("domain", &["axum", "sqlx", "redis", "reqwest", "leptos"]),
    ("engine", &["axum", "redis", "reqwest", "leptos"]),
    ("store", &["axum", "redis", "reqwest", "leptos"]),
    ("providers", &["axum", "sqlx", "redis", "leptos"]),
    ("ui", &["axum", "sqlx", "redis", "reqwest", "tokio"]),
];

/// Single files that may know one of these all the same, each with its reason.
const FOREIGN_EXCEPTIONS: &[(&str, &str)] = &[
    // the one error of a service carries the store's own, and asks it for the constraint's name
    ("domain/chat.rs", "sqlx"),
    // the half of the page that the program draws with sets the status of its answer
    ("ui/platform/program.rs", "axum"),
];

fn sources() -> BTreeMap<PathBuf, String> {
    fn walk(folder: &Path, found: &mut BTreeMap<PathBuf, String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.insert(path.clone(), std::fs::read_to_string(&path).unwrap());
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = BTreeMap::new();
    walk(&root, &mut found);
    let short = |path: &PathBuf| path.strip_prefix(&root).unwrap().to_path_buf();
    found
        .iter()
        .map(|(path, text)| (short(path), without_comments(text)))
        .filter(|(path, _)| !path.starts_with("tests"))
        .collect()
}

fn without_comments(text: &str) -> String {
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    code.collect::<Vec<_>>().join("\n")
}

fn layer(path: &Path) -> String {
    let first = path.iter().next().unwrap().to_str().unwrap();
    first.strip_suffix(".rs").unwrap_or(first).to_string()
}

/// The first names after `crate::`, also inside `use crate::{…}`.
fn named(text: &str) -> BTreeSet<String> {
    let word = |text: &str| {
        text.trim_start()
            .chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect::<String>()
    };
    let mut names = BTreeSet::new();
    for (at, _) in text.match_indices("crate::") {
        let after = &text[at + "crate::".len()..];
        match after.strip_prefix('{') {
            None => drop(names.insert(word(after))),
            Some(group) => {
                let (mut depth, mut fresh) = (1, true);
                for (index, c) in group.char_indices() {
                    match c {
                        '{' => depth += 1,
                        '}' => depth -= 1,
                        ',' if depth == 1 => fresh = true,
                        c if fresh && c.is_alphabetic() => {
                            names.insert(word(&group[index..]));
                            fresh = false;
                        }
                        _ => {}
                    }
                    if depth == 0 {
                        break;
                    }
                }
            }
        }
    }
    names
}

#[test]
fn every_layer_names_only_what_it_may() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let layer = layer(&path);
        if ["lib", "main"].contains(&layer.as_str()) {
            continue;
        }
        let Some((_, allowed)) = MAY_NAME.iter().find(|(name, _)| *name == layer) else {
            panic!("{}: the layer {layer} has no line here", path.display());
        };
        for name in named(&text) {
            let excepted = EXCEPTIONS
                .iter()
                .any(|(file, what)| Path::new(file) == path && *what == name);
            if name != layer && !allowed.contains(&name.as_str()) && !excepted {
                wrong.push(format!("{} names {name}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_layer_knows_the_crates_of_another() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let Some((_, foreign)) = FOREIGN.iter().find(|(name, _)| *name == layer(&path)) else {
            continue;
        };
        for name in *foreign {
            let excepted = FOREIGN_EXCEPTIONS
                .iter()
                .any(|(file, what)| Path::new(file) == path && what == name);
            if !excepted && (text.contains(&format!("{name}::")) || text.contains(&format!("use {name};"))) {
                wrong.push(format!("{} knows {name}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Derives and attributes may differ between the halves anywhere.
fn asks_for_a_feature(text: &str) -> bool {
    let asks = |line: &str| line.contains("cfg") && line.contains("feature =") && !line.contains("cfg_attr");
    text.lines().any(asks)
}

#[test]
fn the_two_halves_meet_in_few_files() {
    for asking in [
        "#[cfg(feature = \"ssr\")]",
        "#[cfg(not(feature = \"ssr\"))]",
        "if cfg!(feature = \"ssr\") {",
    ] {
        assert!(asks_for_a_feature(asking), "{asking}");
    }
    assert!(!asks_for_a_feature("#[cfg_attr(feature = \"ssr\", derive(ToSchema))]"));
    let asking: BTreeSet<_> = sources()
        .into_iter()
        .filter_map(|(path, text)| asks_for_a_feature(&text).then_some(path))
        .collect();
    // the engine says once that a program may be built without Temporal
    let may = ["lib.rs", "api.rs", "engine.rs", "ui/platform.rs"];
    assert_eq!(asking, may.iter().map(PathBuf::from).collect());
}

#[test]
fn no_module_is_called_mod() {
    let named = |path: &PathBuf| path.file_name().is_some_and(|name| name != "mod.rs");
    assert!(sources().keys().all(named));
}
