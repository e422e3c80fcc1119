//! Colours in code, by what languages have in common: comments, texts, numbers, and the words that sentences are built
//! with. No grammar: a word of another language may be coloured, and code that is still being written is read like all.

/// What a piece of code is; `None`: nothing that is coloured.
type Kind = Option<&'static str>;

/// In the order of their bytes, to be searched in.
#[rustfmt::skip]
const KEYWORDS: &[&str] = &[
    "False", "None", "Self", "String", "True", "abstract", "and", "as", "assert", "async", "auto", "await", "begin", "bool",
    "boolean", "break", "case", "catch", "char", "class", "const", "constructor", "continue", "crate", "def", "default",
    "defer", "del", "delete", "do", "done", "double", "elif", "else", "elsif", "end", "enum", "except", "export", "extends",
    "false", "fi", "final", "finally", "float", "fn", "for", "foreach", "from", "func", "function", "global", "go", "goto",
    "if", "impl", "implements", "import", "in", "include", "instanceof", "int", "interface", "is", "lambda", "let", "local",
    "long", "loop", "match", "mod", "module", "move", "mut", "namespace", "new", "nil", "not", "null", "nullptr", "of", "or",
    "package", "pass", "private", "protected", "pub", "public", "raise", "ref", "require", "rescue", "return", "self",
    "short", "signed", "sizeof", "static", "std", "string", "struct", "super", "switch", "template", "then", "this", "throw",
    "throws", "trait", "true", "try", "type", "typedef", "typeof", "undefined", "union", "unless", "unsafe", "unsigned",
    "until", "use", "using", "var", "virtual", "void", "volatile", "when", "where", "while", "with", "yield",
];
/// The same for a language that is written in any case.
#[rustfmt::skip]
const SQL: &[&str] = &[
    "add", "all", "alter", "and", "as", "asc", "between", "by", "case", "create", "cross", "delete", "desc", "distinct",
    "drop", "else", "end", "exists", "foreign", "from", "full", "group", "having", "in", "index", "inner", "insert", "into",
    "is", "join", "key", "left", "like", "limit", "not", "null", "offset", "on", "or", "order", "outer", "primary",
    "references", "right", "select", "set", "table", "then", "union", "unique", "update", "using", "values", "view", "when",
    "where", "with",
];

struct Language {
    keywords: &'static [&'static str],
    any_case: bool,
    line: &'static [&'static str],
    block: Option<(&'static str, &'static str)>,
    quotes: &'static [char],
}

/// `None`: plain text, and what is not known.
fn language(name: &str) -> Option<Language> {
    const SLASHES: Language = Language {
        keywords: KEYWORDS,
        any_case: false,
        line: &["//"],
        block: Some(("/*", "*/")),
        quotes: &['"', '\'', '`'],
    };
    const HASH: Language = Language {
        line: &["#"],
        block: None,
        quotes: &['"', '\''],
        ..SLASHES
    };
    Some(match name.to_ascii_lowercase().as_str() {
        "js" | "jsx" | "javascript" | "ts" | "tsx" | "typescript" | "java" | "c" | "h" | "cpp" | "c++" | "cs"
        | "csharp" | "go" | "swift" | "kotlin" | "kt" | "php" | "dart" | "scala" | "json" | "json5" => SLASHES,
        // a quote may begin a lifetime
        "rust" | "rs" => Language {
            quotes: &['"'],
            ..SLASHES
        },
        "css" | "scss" | "less" => Language {
            keywords: &[],
            line: &[],
            ..SLASHES
        },
        "py" | "python" | "rb" | "ruby" | "sh" | "bash" | "shell" | "zsh" | "yaml" | "yml" | "toml" | "r" | "perl"
        | "make" | "makefile" | "dockerfile" => HASH,
        "sql" => Language {
            keywords: SQL,
            any_case: true,
            line: &["--"],
            quotes: &['\'', '"'],
            ..SLASHES
        },
        "lua" => Language { line: &["--"], ..HASH },
        "html" | "xml" | "svg" => Language {
            keywords: &[],
            line: &[],
            block: Some(("<!--", "-->")),
            ..HASH
        },
        _ => return None,
    })
}

/// The code in pieces, in order and whole; each with the class that colours it.
pub(super) fn pieces<'a>(name: &str, code: &'a str, mut take: impl FnMut(Kind, &'a str)) {
    let Some(language) = language(name) else {
        return take(None, code);
    };
    // what stands in `rest` before `plain` is not coloured; its last `word` characters are the beginning of a word
    let (mut rest, mut plain, mut word) = (code, 0, 0);
    while let Some(next) = rest[plain..].chars().next() {
        let here = &rest[plain..];
        // behind a word nothing begins but a remark and a text (r"…"), which is no apostrophe
        let begins = word == 0 || !is_word(next) && next != '#' && (next != '\'' || word < 3);
        let found = begins
            .then(|| language.comment(here).or_else(|| language.coloured(here)))
            .flatten();
        match found {
            Some((kind, length)) => {
                if plain > 0 {
                    take(None, &rest[..plain]);
                }
                take(Some(kind), &here[..length]);
                (rest, plain, word) = (&here[length..], 0, 0);
            }
            None => {
                plain += next.len_utf8();
                word = if is_word(next) { word + 1 } else { 0 };
            }
        }
    }
    if !rest.is_empty() {
        take(None, rest);
    }
}

impl Language {
    fn comment(&self, code: &str) -> Option<(&'static str, usize)> {
        if self.line.iter().any(|mark| code.starts_with(mark)) {
            return Some(("tok-comment", code.find('\n').unwrap_or(code.len())));
        }
        let (open, close) = self.block.filter(|(open, _)| code.starts_with(open))?;
        let end = code[open.len()..].find(close);
        Some((
            "tok-comment",
            end.map_or(code.len(), |end| open.len() + end + close.len()),
        ))
    }

    /// What begins here, outside of a word: its class and its length in bytes.
    fn coloured(&self, code: &str) -> Option<(&'static str, usize)> {
        let first = code.chars().next()?;
        if self.quotes.contains(&first) {
            return Some(("tok-string", quoted(code, first)?));
        }
        if !is_word(first) {
            return None;
        }
        let length = code.find(|c| !is_word(c)).unwrap_or(code.len());
        if first.is_ascii_digit() {
            let fraction = code[length..].strip_prefix('.');
            let fraction = fraction.map_or(0, |rest| rest.bytes().take_while(u8::is_ascii_digit).count());
            let point = usize::from(fraction > 0);
            return Some(("tok-number", length + point + fraction));
        }
        let word = &code[..length];
        let known = if self.any_case {
            self.keywords.binary_search(&word.to_ascii_lowercase().as_str())
        } else {
            self.keywords.binary_search(&word)
        };
        known.ok().map(|_| ("tok-keyword", length))
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Length of a text in quotes. One that is not closed on its line is none: an apostrophe; only ` goes over lines.
fn quoted(code: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in code.char_indices().skip(1) {
        match c {
            '\n' if quote != '`' => return None,
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return Some(at + 1),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{KEYWORDS, SQL};

    #[test]
    fn words_that_are_searched_in_are_in_order() {
        assert!(KEYWORDS.is_sorted() && SQL.is_sorted());
    }
}
