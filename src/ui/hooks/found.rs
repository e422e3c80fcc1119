//! Words that a search has found, marked in a message without changing its elements: the browser's custom highlights,
//! which the stylesheet draws as `::highlight(found)`. A browser without them marks nothing.

use leptos::prelude::{document, window};
use std::collections::HashSet;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, Node, Range};

const NAME: &str = "found";

/// Marks these words wherever they stand in an element, in place of what was marked before; answers with the first.
pub fn mark(element: &Element, words: &HashSet<String>) -> Option<Range> {
    let mut ranges = Vec::new();
    if !words.is_empty() {
        collect(element, words, &mut ranges);
    }
    show(&ranges);
    ranges.into_iter().next()
}

/// Marks nothing any more.
pub fn unmark() {
    show(&[]);
}

/// The words of a text, as [`mark`] compares them.
pub fn words(text: &str) -> impl Iterator<Item = String> {
    let letters = |letter: char| letter.is_alphanumeric();
    let words = text.split(move |letter| !letters(letter));
    words.filter(|word| !word.is_empty()).map(str::to_lowercase)
}

fn collect(node: &Node, words: &HashSet<String>, ranges: &mut Vec<Range>) {
    if node.node_type() == Node::TEXT_NODE {
        let text = node.node_value().unwrap_or_default();
        ranges.extend(places(&text, words).into_iter().filter_map(|(start, end)| {
            let range = document().create_range().ok()?;
            range.set_start(node, start).ok()?;
            range.set_end(node, end).ok()?;
            Some(range)
        }));
    }
    let mut next = node.first_child();
    while let Some(child) = next {
        collect(&child, words, ranges);
        next = child.next_sibling();
    }
}

/// Where these words begin and end in a text, in the units of the browser (UTF-16).
fn places(text: &str, words: &HashSet<String>) -> Vec<(u32, u32)> {
    let mut places = Vec::new();
    let (mut at, mut start, mut word) = (0, 0, String::new());
    // a last letter that ends the last word
    for letter in text.chars().chain(['\0']) {
        if letter.is_alphanumeric() {
            if word.is_empty() {
                start = at;
            }
            word.push(letter);
        } else if !word.is_empty() {
            if words.contains(&word.to_lowercase()) {
                places.push((start, at));
            }
            word.clear();
        }
        at += letter.len_utf16() as u32;
    }
    places
}

fn show(ranges: &[Range]) {
    let get = |of: &JsValue, name: &str| js_sys::Reflect::get(of, &name.into()).ok();
    let function = |of: &JsValue, name| get(of, name)?.dyn_into::<js_sys::Function>().ok();
    let try_show = || {
        let highlights = get(&get(&window(), "CSS")?, "highlights")?;
        let ranges: js_sys::Array = ranges.iter().collect();
        let highlight = js_sys::Reflect::construct(&function(&window(), "Highlight")?, &ranges).ok()?;
        function(&highlights, "set")?
            .call2(&highlights, &NAME.into(), &highlight)
            .ok()
    };
    let _ = try_show();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_words_are_found_in_any_case_counted_as_the_browser_does() {
        let looked_for: HashSet<String> = words("l’Été budget").collect();
        assert_eq!(looked_for, ["l", "été", "budget"].map(str::to_owned).into());
        let looked_for = ["été", "budget"].map(str::to_owned).into();
        assert_eq!(places("🎸 Budget, budgets; L’ÉTÉ", &looked_for), [(3, 9), (22, 25)]);
        assert_eq!(places("", &looked_for), []);
    }
}
