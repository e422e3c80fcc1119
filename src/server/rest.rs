//! The JSON API, a file per noun.

pub mod chat;
pub mod coaches;
pub mod conversations;
pub mod export;
pub mod health;
pub mod messages;
pub mod metrics;
pub mod stats;
pub mod workflows;

use super::problem::ApiProblem;
use crate::domain::chat::PAGE;

const MOST: i64 = 100;

/// How many rows a page has: what was asked for, from 1 to [`MOST`], or [`PAGE`].
fn page_size(asked: Option<i64>) -> i64 {
    asked.unwrap_or(PAGE).clamp(1, MOST)
}

/// An optional cursor of a list, in the parameter `name`; an empty one is none.
fn cursor<T>(name: &str, text: Option<&str>, read: impl Fn(&str) -> Option<T>) -> Result<Option<T>, ApiProblem> {
    text.filter(|text| !text.is_empty())
        .map(|text| read(text).ok_or_else(|| ApiProblem::invalid(format!("{name}: is not one this list gave"))))
        .transpose()
}
