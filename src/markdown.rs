//! The one markdown renderer: the server and the browser give the same HTML, streamed or in one go.
//!
//! Model output is untrusted. Raw HTML becomes text, links go only where [`safe_href`] allows, images are never
//! loaded, and what is written nests validly and never deeper than [`MAX_DEPTH`], so that no browser repairs it.
//! Labels of controls are attributes that the stylesheet shows (`content: attr(data-label)`): the text of a rendered
//! message is exactly the text of its markdown.
//!
//! [`blocks`] draws a whole text, [`live::Live`] a growing one: finished top-level blocks are drawn once, only the open
//! tail again and again, with its half-written markdown closed by [`open::close`]. A text that ended half-way is closed
//! the same way ([`cut`]).

mod address;
mod code;
pub mod live;
mod open;
mod writer;

use crate::types::{help::HELP_LINES, lang::Lang, profile::ABOUT};
use live::Live;
use pulldown_cmark::{Event, Options, Parser, TagEnd};
use std::ops::Range;
use writer::Writer;

/// Deepest nesting of elements that is written; the rest of the text stands flat in the deepest one.
const MAX_DEPTH: usize = 32;

/// A top-level block: where it stands in the text, and its HTML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Bytes of the text, from the start of its first line.
    pub range: Range<usize>,
    pub html: String,
}

fn options() -> Options {
    Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS
}

/// The top-level blocks of a whole text.
pub fn blocks(text: &str, lang: Lang) -> Vec<Block> {
    let mut found = Vec::new();
    let mut writer = Writer::new(lang);
    let mut depth = 0usize;
    let mut range = 0..0;
    for (event, at) in Parser::new_ext(text, options()).into_offset_iter() {
        if depth == 0 {
            let line = text[..at.start].rfind('\n').map_or(0, |newline| newline + 1);
            range = line..at.end;
        }
        match &event {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth -= 1,
            _ => {}
        }
        writer.event(event);
        if depth == 0 {
            found.push(Block {
                range: range.clone(),
                html: writer.take(),
            });
        }
    }
    found
}

/// The same of a text that ended half-way: marks that were never closed are, as while it grew, and all of its words stand.
pub fn cut(text: &str, lang: Lang) -> Vec<Block> {
    blocks(&open::end(text), lang)
}

/// The whole text as HTML.
pub fn render(text: &str, lang: Lang) -> String {
    blocks(text, lang).into_iter().map(|block| block.html).collect()
}

/// Everything that draws, as one value. The page loads its code apart, after it has come to life; only what calls these
/// functions through a `Renderer` may be in the page itself.
#[derive(Clone, Copy)]
pub struct Renderer {
    pub blocks: fn(&str, Lang) -> Vec<Block>,
    pub cut: fn(&str, Lang) -> Vec<Block>,
    pub advance: fn(&mut Live, &str, Lang) -> Vec<String>,
    pub tail: fn(&Live, &str, Lang) -> String,
    pub plain: fn(&str) -> String,
}

pub const RENDERER: Renderer = Renderer {
    blocks,
    cut,
    advance: Live::advance,
    tail: Live::tail,
    plain,
};

/// Stands in where the code that draws cannot be loaded: the text as it is written.
pub const PLAIN: Renderer = Renderer {
    blocks: plain_block,
    cut: plain_block,
    advance: |_, _, _| Vec::new(),
    tail: |_, text, _| paragraph(text),
    plain: str::to_owned,
};

fn plain_block(text: &str, _: Lang) -> Vec<Block> {
    let html = paragraph(text);
    vec![Block {
        range: 0..text.len(),
        html,
    }]
}

fn paragraph(text: &str) -> String {
    format!("<p>{}</p>", escaped(text).replace('\n', "<br>"))
}

/// The words of a text, without any mark; one line per block.
pub fn plain(text: &str) -> String {
    let mut words = String::new();
    for event in Parser::new_ext(text, options()) {
        match event {
            Event::Text(text) | Event::Code(text) | Event::Html(text) | Event::InlineHtml(text) => {
                words.push_str(&text)
            }
            Event::SoftBreak | Event::HardBreak => words.push(' '),
            Event::End(tag) if !is_inline(tag) && !words.ends_with('\n') => words.push('\n'),
            _ => {}
        }
    }
    words.truncate(words.trim_end().len());
    words
}

fn is_inline(tag: TagEnd) -> bool {
    matches!(
        tag,
        TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::Link | TagEnd::Image
    )
}

/// Plain text as HTML.
pub fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    writer::escape(text, &mut html);
    html
}

/// Where a link may go: `http`, `https`, `mailto`, `tel` with one of [`HELP_LINES`], and [`ABOUT`]; anything else is no link.
fn safe_href(url: &str) -> Option<&str> {
    let has = |scheme: &str| {
        url.get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    };
    (has("http://") || has("https://") || has("mailto:") || is_help_line(url) || url.starts_with(ABOUT)).then_some(url)
}

fn is_help_line(url: &str) -> bool {
    url.strip_prefix("tel:")
        .is_some_and(|number| HELP_LINES.contains(&number))
}

#[cfg(test)]
mod tests;
