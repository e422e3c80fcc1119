//! Half-written markdown, so that a growing answer does not flicker: what is open is closed, and marks that are not
//! complete yet (a link's address, a table's head, a fence) are held back until they are. A text that ended half-way is
//! closed too, but loses no word; a finished one is drawn as it stands.

/// The text with its open end closed.
pub(super) fn close(text: &str) -> String {
    match open_fence(text) {
        Some(fence) => hold_fence(text, fence).to_owned(),
        None => hold_empty_item(close_inline(hold_table(hold_line(text, true)), 0)),
    }
}

/// The same where nothing more comes: only marks with nothing behind them are left out.
pub(super) fn end(text: &str) -> String {
    match open_fence(text) {
        Some(_) => text.to_owned(),
        None => hold_empty_item(close_inline(hold_line(text, false), 0)),
    }
}

/// Holds a list's mark with nothing behind it yet, or no more.
fn hold_empty_item(mut shown: String) -> String {
    let (before, line) = last_line(&shown);
    let bare = line.trim_start_matches([' ', '>', '\t']).trim_end();
    if list_marker(&format!("{bare} ")) == Some(bare.len() + 1) {
        shown.truncate(before.len());
    }
    shown
}

/// The mark and length of the fence that is open at the end of the text.
fn open_fence(text: &str) -> Option<(u8, usize)> {
    let mut open: Option<(u8, usize)> = None;
    for line in text.split_inclusive('\n') {
        let bare = line.trim_start_matches([' ', '>', '\t']);
        let bare = list_marker(bare).map_or(bare, |len| bare[len..].trim_start());
        let Some(mark) = bare.bytes().next().filter(|mark| matches!(mark, b'`' | b'~')) else {
            continue;
        };
        let len = bare.bytes().take_while(|byte| *byte == mark).count();
        let rest = &bare[len..];
        open = match open {
            Some((mark_open, len_open)) if mark == mark_open && len >= len_open && rest.trim().is_empty() => None,
            Some(open) => Some(open),
            None if len >= 3 && line.ends_with('\n') && !(mark == b'`' && rest.contains('`')) => Some((mark, len)),
            None => None,
        };
    }
    open
}

/// Inside a code block: the last line is held while it may become the closing fence.
fn hold_fence(text: &str, (mark, _): (u8, usize)) -> &str {
    let (before, line) = last_line(text);
    let bare = line.trim_start_matches([' ', '>', '\t']).as_bytes();
    if !bare.is_empty() && bare.iter().all(|byte| *byte == mark) {
        before
    } else {
        text
    }
}

/// Holds a last line that is only marks so far, and a fence whose line is not complete. While the text is `growing` a number
/// may become the mark of an item.
fn hold_line(text: &str, growing: bool) -> &str {
    let (before, line) = last_line(text);
    let bare = line.trim_start_matches([' ', '>', '\t']);
    let after_marker = list_marker(bare).map_or(bare, |len| bare[len..].trim_start());
    let marks_only = !line.is_empty()
        && line.bytes().all(|byte| {
            matches!(
                byte,
                b' ' | b'\t' | b'-' | b'=' | b'+' | b'*' | b'_' | b'#' | b'>' | b'~' | b'`'
            )
        });
    let dashes_of_table = bare.starts_with('|') && bare.bytes().all(|byte| matches!(byte, b' ' | b'|' | b'-' | b':'));
    let number_only = !bare.is_empty()
        && bare
            .trim_end()
            .trim_end_matches(['.', ')'])
            .bytes()
            .all(|byte| byte.is_ascii_digit())
        && bare.len() < 6
        && (growing || bare.contains(['.', ')']));
    let fence = after_marker.starts_with("```") || after_marker.starts_with("~~~");
    let task = matches!(after_marker.trim_end(), "[" | "[x" | "[X" | "[ ]" | "[x]" | "[X]");
    if marks_only || dashes_of_table || number_only || fence || (task && list_marker(bare).is_some()) {
        before
    } else {
        text
    }
}

/// Holds the row that is being written, and a head row until the row of dashes below it is complete.
fn hold_table(text: &str) -> &str {
    let (before, line) = last_line(text);
    let is_row = |line: &str| line.trim_start().starts_with('|');
    if !line.is_empty() && !is_row(line) {
        return text;
    }
    let shown = if line.is_empty() { text } else { before };
    let mut rows = 0;
    let mut start = shown.len();
    for line in shown.split_inclusive('\n').rev() {
        if !is_row(line) {
            break;
        }
        rows += 1;
        start -= line.len();
    }
    // One complete row and nothing below it yet: perhaps the head of a table.
    if rows == 1 { &shown[..start] } else { shown }
}

fn last_line(text: &str) -> (&str, &str) {
    text.split_at(text.rfind('\n').map_or(0, |newline| newline + 1))
}

/// Length of a list marker with the space after it.
fn list_marker(line: &str) -> Option<usize> {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let rest = &line.as_bytes()[digits..];
    match rest {
        [b'.' | b')', b' ', ..] if digits > 0 => Some(digits + 2),
        [b'-' | b'*' | b'+', b' ', ..] if digits == 0 => Some(2),
        _ => None,
    }
}

/// Where the inline text at the end starts: after the last empty line, list marker, heading or table row.
fn inline_start(text: &str) -> usize {
    let mut start = text.len();
    for line in text.split_inclusive('\n').rev() {
        if line.trim().is_empty() {
            break;
        }
        start -= line.len();
        let bare = line.trim_start_matches([' ', '>', '\t']);
        if let Some(len) = list_marker(bare) {
            return start + (line.len() - bare.len()) + len;
        }
        if bare.starts_with('#') || bare.starts_with('|') {
            break;
        }
    }
    start
}

/// Closes code spans and emphasis of the last paragraph and holds half a link, an entity or a mark at its very end.
fn close_inline(text: &str, inside: usize) -> String {
    let start = inline_start(text);
    let (before, inline) = text.split_at(start);
    let ends_line = inline.ends_with('\n');
    let inline = inline.trim_end();
    let inline = if ends_line { inline } else { hold_end(inline) };
    let scan = scan(inline);
    let mut shown = format!("{before}{}", &inline[..scan.cut.unwrap_or(inline.len())]);
    if let Some((at, link_text)) = scan.link {
        shown.truncate(before.len() + at);
        // Brackets in brackets are no link anybody meant.
        shown.push_str(&if inside < 3 {
            close_inline(&link_text, inside + 1)
        } else {
            link_text
        });
    }
    let trimmed = shown.trim_end().len();
    shown.truncate(trimmed);
    for mark in scan.open.iter().rev() {
        shown.push_str(mark);
    }
    shown
}

/// Marks at the very end open or close something that is not written yet.
fn hold_end(inline: &str) -> &str {
    let mut inline = inline;
    if let Some(at) = inline.rfind('&')
        && inline[at + 1..].len() < 10
        && inline[at + 1..]
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'#')
    {
        inline = &inline[..at];
    }
    inline.strip_suffix('\\').unwrap_or(inline)
}

#[derive(Default)]
struct Scan<'a> {
    /// Marks that are open at the end, outermost first.
    open: Vec<&'a str>,
    /// From here on nothing is shown.
    cut: Option<usize>,
    /// A link or image that is half written: where it starts, and its text.
    link: Option<(usize, String)>,
}

fn scan(inline: &str) -> Scan<'_> {
    let bytes = inline.as_bytes();
    let mut open: Vec<(&str, usize)> = Vec::new();
    let mut bracket: Option<(usize, usize)> = None;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 2,
            b'`' => {
                let len = run(bytes, at);
                match closing_run(bytes, at + len, len) {
                    Some(end) => at = end,
                    None if at + len == bytes.len() => return finish(open, Some(at), None),
                    None => {
                        open.push((&inline[at..at + len], at));
                        return finish(open, None, None);
                    }
                }
            }
            b'*' | b'_' | b'~' => {
                let len = run(bytes, at);
                let before = inline[..at].chars().next_back();
                let after = inline[at + len..].chars().next();
                emphasis(inline, at, len, before, after, &mut open);
                at += len;
            }
            b'[' => {
                let image = at > 0 && bytes[at - 1] == b'!';
                bracket = bracket.or(Some((at - usize::from(image), at + 1)));
                at += 1;
            }
            b']' => {
                if let Some((from, text)) = bracket {
                    match bytes.get(at + 1) {
                        None => return half_link(inline, open, from, text, at),
                        Some(b'(') => match inline[at + 2..].find(')') {
                            Some(end) => at += 2 + end,
                            None => return half_link(inline, open, from, text, at),
                        },
                        _ => {}
                    }
                }
                bracket = None;
                at += 1;
            }
            b'<' => {
                let rest = &inline[at + 1..];
                let url = ["http", "mailto"]
                    .iter()
                    .any(|scheme| rest.starts_with(scheme) || scheme.starts_with(rest));
                if url && !rest.contains(['>', ' ']) {
                    return finish(open, Some(at), None);
                }
                at += 1;
            }
            _ => at += 1,
        }
    }
    match bracket {
        Some((from, text)) => half_link(inline, open, from, text, inline.len()),
        None => {
            // What was opened at the very end has nothing to hold yet.
            let end = inline.len();
            let cut = open
                .iter()
                .find(|(mark, at)| inline[at + mark.len()..end].trim_matches(['*', '_', '~']).is_empty());
            let cut = cut.map(|(_, at)| *at);
            open.retain(|(_, at)| cut.is_none_or(|cut| *at < cut));
            finish(open, cut, None)
        }
    }
}

fn finish<'a>(open: Vec<(&'a str, usize)>, cut: Option<usize>, link: Option<(usize, String)>) -> Scan<'a> {
    Scan {
        open: open.into_iter().map(|(mark, _)| mark).collect(),
        cut,
        link,
    }
}

fn half_link<'a>(inline: &str, mut open: Vec<(&'a str, usize)>, from: usize, text: usize, end: usize) -> Scan<'a> {
    open.retain(|(_, at)| *at < from);
    finish(open, None, Some((from, inline[text..end].to_owned())))
}

fn run(bytes: &[u8], at: usize) -> usize {
    bytes[at..].iter().take_while(|byte| **byte == bytes[at]).count()
}

/// End of the run of exactly `len` backticks that closes a code span.
fn closing_run(bytes: &[u8], mut at: usize, len: usize) -> Option<usize> {
    while at < bytes.len() {
        if bytes[at] == b'`' {
            let found = run(bytes, at);
            if found == len {
                return Some(at + len);
            }
            at += found;
        } else {
            at += 1;
        }
    }
    None
}

/// Opens or closes emphasis, by the rules of flanking.
fn emphasis<'a>(
    inline: &'a str,
    at: usize,
    len: usize,
    before: Option<char>,
    after: Option<char>,
    open: &mut Vec<(&'a str, usize)>,
) {
    let word = |char: Option<char>| char.is_some_and(char::is_alphanumeric);
    let space = |char: Option<char>| char.is_none_or(char::is_whitespace);
    let mark = &inline[at..at + len];
    let underscore = mark.starts_with('_');
    let mut left = len;
    if !(space(before) || underscore && word(after)) {
        while left > 0
            && let Some((last, _)) = open.last()
            && last.as_bytes()[0] == mark.as_bytes()[0]
            && last.len() <= left
        {
            left -= last.len();
            open.pop();
        }
    }
    let opens = after.is_none() && left == len || !space(after);
    if left > 0 && opens && !(underscore && word(before)) && !(mark.starts_with('~') && left > 2) {
        let from = at + len - left;
        // `***` is two marks, the inner one closes first.
        if left >= 3 && !mark.starts_with('~') {
            open.push((&inline[from..from + 1], from));
            open.push((&inline[from + 1..from + 3], from + 1));
        } else {
            open.push((&inline[from..from + left], from));
        }
    }
}
