//! A message as both dialects write it: plain text, or one block that ends with a cache breakpoint.

use crate::domain::ports::Speaker;
use serde::Serialize;

#[derive(Serialize)]
pub struct Message<'a> {
    role: &'static str,
    content: Content<'a>,
}

impl<'a> Message<'a> {
    pub fn of(speaker: Speaker, content: Content<'a>) -> Self {
        let role = match speaker {
            Speaker::User => "user",
            Speaker::Assistant => "assistant",
        };
        Self { role, content }
    }

    /// Where the system prompt is a message too.
    pub fn system(content: Content<'a>) -> Self {
        Self {
            role: "system",
            content,
        }
    }
}

#[derive(Serialize)]
#[serde(untagged)]
pub enum Content<'a> {
    Text(&'a str),
    Cached([Block<'a>; 1]),
}

impl<'a> Content<'a> {
    /// The text, with a breakpoint behind it or without.
    pub fn of(text: &'a str, breakpoint: bool) -> Self {
        if !breakpoint {
            return Self::Text(text);
        }
        Self::Cached([Block {
            kind: "text",
            text,
            cache_control: Marker { kind: "ephemeral" },
        }])
    }
}

#[derive(Serialize)]
pub struct Block<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    text: &'a str,
    cache_control: Marker,
}

/// What says nothing but its type.
#[derive(Serialize)]
pub struct Marker {
    #[serde(rename = "type")]
    pub kind: &'static str,
}
