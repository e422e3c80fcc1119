//! Addresses that stand bare in a text: a link although nothing marks them. As in the autolinks extension of
//! [GitHub Flavored Markdown](https://github.github.com/gfm/#autolinks-extension-), without those of mail.

const STARTS: [&str; 3] = ["https://", "http://", "www."];

/// The text in pieces, in order and whole; `true` with an address.
pub(super) fn pieces<'a>(text: &'a str, mut take: impl FnMut(bool, &'a str)) {
    let (mut plain, mut at, mut before) = (0, 0, ' ');
    while let Some(next) = text[at..].chars().next() {
        match (!before.is_alphanumeric()).then(|| address(&text[at..])).flatten() {
            Some(address) => {
                if plain < at {
                    take(false, &text[plain..at]);
                }
                take(true, address);
                at += address.len();
                plain = at;
            }
            None => at += next.len_utf8(),
        }
        before = next;
    }
    if plain < text.len() {
        take(false, &text[plain..]);
    }
}

/// What begins here, without the punctuation of the sentence around it.
fn address(text: &str) -> Option<&str> {
    let begins = |start: &&&str| {
        let head = text.get(..start.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(start))
    };
    let start = STARTS.iter().find(begins)?;
    // looked at first, so that a text of nothing but beginnings is not read to its end for each
    let (name, rest) = text[start.len()..].split_at(text[start.len()..].find(|c| !names(c))?);
    let domain = rest.strip_prefix('.')?.starts_with(char::is_alphanumeric);
    if name.is_empty() || !domain {
        return None;
    }
    let end = text.find(|c: char| c.is_whitespace() || c.is_control() || "<>\"`«»“”".contains(c));
    let mut address = &text[..end.unwrap_or(text.len())];
    let unopened = |open, close| {
        let many = |mark: char| address.matches(mark).count();
        many(close).saturating_sub(many(open))
    };
    let (mut round, mut square) = (unopened('(', ')'), unopened('[', ']'));
    while let Some(last) = address.chars().next_back() {
        match last {
            ')' if round > 0 => round -= 1,
            ']' if square > 0 => square -= 1,
            '?' | '!' | '.' | ',' | ':' | ';' | '*' | '_' | '~' | '\'' | '’' | '…' => {}
            _ => break,
        }
        address = &address[..address.len() - last.len_utf8()];
    }
    Some(address)
}

/// May stand in a part of a domain's name.
fn names(c: char) -> bool {
    c.is_alphanumeric() || c == '-' || c == '_'
}
