//! A growing text. Blocks that more text can no longer change are drawn once and never touched again.

use super::{Block, blocks, open, options};
use crate::types::lang::Lang;
use pulldown_cmark::{Event, Parser, Tag};
use std::ops::Range;

/// Where the finished top-level blocks of a growing text stand, and the open rest.
///
/// Appending to the text never changes a finished block. Whole lines count, since half a line may still become anything,
/// and of their blocks the last one is open unless nothing can follow it ([`is_closed`]). Half a line that can only start
/// a paragraph ([`starts_paragraph`]) closes what is above it.
pub fn split_blocks(text: &str) -> (Vec<Range<usize>>, Range<usize>) {
    let whole_lines = text.rfind('\n').map_or(0, |newline| newline + 1);
    let sure = if starts_paragraph(text, whole_lines) {
        text.len()
    } else {
        whole_lines
    };
    let mut finished: Vec<Range<usize>> = Vec::new();
    let mut depth = 0usize;
    let mut closes_on_blank = false;
    for (event, at) in Parser::new_ext(&text[..sure], options()).into_offset_iter() {
        if depth == 0 {
            let start = text[..at.start].rfind('\n').map_or(0, |newline| newline + 1);
            let words = start + text[start..at.end].trim_end().len();
            let end = text[words..sure].find('\n').map_or(sure, |newline| words + newline + 1);
            closes_on_blank = matches!(
                event,
                Event::Start(Tag::Paragraph | Tag::Heading { .. } | Tag::BlockQuote(_) | Tag::Table(_))
            );
            finished.push(start..end);
        }
        match event {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth -= 1,
            _ => {}
        }
    }
    let tail = match finished.last() {
        None => 0,
        Some(last) if is_closed(&text[last.clone()], &text[last.end..sure], closes_on_blank) => last.end,
        Some(_) => finished.pop().map_or(0, |open| open.start),
    };
    (finished, tail..text.len())
}

/// Nothing that comes can belong to this block: an empty line ends it, or its own last fence.
fn is_closed(block: &str, after: &str, closes_on_blank: bool) -> bool {
    let blank = after.contains('\n');
    if closes_on_blank {
        return blank;
    }
    let fence = block.trim_start_matches(' ');
    let Some(mark) = fence.chars().next().filter(|mark| matches!(mark, '`' | '~')) else {
        return false;
    };
    let len = |line: &str| line.trim_start().chars().take_while(|char| *char == mark).count();
    let last = block.lines().skip(1).last().unwrap_or_default();
    blank && len(fence) >= 3 && len(last) >= len(fence) && last.trim().chars().all(|char| char == mark)
}

/// The last line stands below an empty one and starts like words do: it is a paragraph, whatever follows.
fn starts_paragraph(text: &str, line: usize) -> bool {
    let words = &text[line..];
    let words = ["**", "__", "`", "(", "\"", "«\u{a0}", "« "]
        .iter()
        .find_map(|mark| words.strip_prefix(mark))
        .unwrap_or(words);
    text[..line].ends_with("\n\n") && words.chars().next().is_some_and(char::is_alphabetic)
}

/// What of a growing text is drawn already.
#[derive(Clone, Debug, Default)]
pub struct Live {
    /// Bytes of the text that are finished blocks.
    done: usize,
}

impl Live {
    /// The HTML of the blocks that were finished since the last call, in order.
    pub fn advance(&mut self, text: &str, lang: Lang) -> Vec<String> {
        let rest = text.get(self.done..).unwrap_or_default();
        let (finished, tail) = split_blocks(rest);
        self.done += tail.start;
        finished
            .into_iter()
            .map(|range| join(blocks(&rest[range], lang)))
            .filter(|html| !html.is_empty())
            .collect()
    }

    /// The HTML of what is still open, its half-written markdown closed or held back.
    pub fn tail(&self, text: &str, lang: Lang) -> String {
        join(blocks(&open::close(text.get(self.done..).unwrap_or_default()), lang))
    }
}

fn join(blocks: Vec<Block>) -> String {
    blocks.into_iter().map(|block| block.html).collect()
}
