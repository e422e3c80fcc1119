//! A growing text. Blocks that more text can no longer change are drawn once and never touched again.

use super::{Block, blocks, open, options};
use crate::types::lang::Lang;
use pulldown_cmark::{Event, Parser};
use std::ops::Range;

/// Where the finished top-level blocks of a growing text stand, and the open rest.
///
/// Appending to the text never changes a finished block. Only whole lines count, since half a line may still become
/// anything; of their blocks the last one is open.
pub fn split_blocks(text: &str) -> (Vec<Range<usize>>, Range<usize>) {
    let whole_lines = text.rfind('\n').map_or(0, |newline| newline + 1);
    let mut finished: Vec<Range<usize>> = Vec::new();
    let mut depth = 0usize;
    for (event, at) in Parser::new_ext(&text[..whole_lines], options()).into_offset_iter() {
        if depth == 0 {
            let start = text[..at.start].rfind('\n').map_or(0, |newline| newline + 1);
            finished.push(start..at.end);
        }
        match event {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth -= 1,
            _ => {}
        }
    }
    let tail = finished.pop().map_or(0, |open| open.start);
    (finished, tail..text.len())
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
