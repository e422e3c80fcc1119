//! Events of the parser → HTML.

use super::{MAX_DEPTH, address, code, is_help_line, safe_href};
use crate::types::{lang::Lang, profile::ABOUT};
use pulldown_cmark::{Alignment, CodeBlockKind, Event, HeadingLevel, LinkType, Tag, TagEnd};

/// An open task: where its checkbox's attributes end, and where its text starts.
struct Task {
    attributes: usize,
    text: usize,
}

pub(super) struct Writer {
    out: String,
    /// Not written yet: the parser gives a run of words in pieces.
    words: String,
    lang: Lang,
    depth: usize,
    /// Containers that are open but too deep to be written.
    flat: usize,
    /// Links (with a `true` if written) and images around the current event.
    links: Vec<bool>,
    alignments: Vec<Alignment>,
    column: usize,
    in_head: bool,
    body_open: bool,
    task: Option<Task>,
    /// Language and text of an open code block.
    code: Option<(String, String)>,
}

impl Writer {
    pub(super) fn new(lang: Lang) -> Self {
        Self {
            out: String::new(),
            words: String::new(),
            lang,
            depth: 0,
            flat: 0,
            links: Vec::new(),
            alignments: Vec::new(),
            column: 0,
            in_head: false,
            body_open: false,
            task: None,
            code: None,
        }
    }

    /// What was written since the last call.
    pub(super) fn take(&mut self) -> String {
        std::mem::take(&mut self.out)
    }

    pub(super) fn event(&mut self, event: Event<'_>) {
        if !matches!(event, Event::Text(_)) {
            self.write_words();
        }
        match event {
            Event::Start(tag) => {
                if self.flat > 0 || self.depth + cost(&tag) > MAX_DEPTH {
                    self.flat += 1;
                } else {
                    self.depth += cost(&tag);
                    self.start(tag);
                }
            }
            Event::End(tag) => {
                if self.flat > 0 {
                    self.flat -= 1;
                    self.out.push(' ');
                } else {
                    self.end(tag);
                }
            }
            Event::Text(text) => match &mut self.code {
                Some((_, code)) => code.push_str(&text),
                None => self.words.push_str(&text),
            },
            Event::Html(text) | Event::InlineHtml(text) => escape(&text, &mut self.out),
            Event::Code(code) | Event::InlineMath(code) | Event::DisplayMath(code) => {
                self.out.push_str("<code>");
                escape(&code, &mut self.out);
                self.out.push_str("</code>");
            }
            Event::SoftBreak => self.out.push('\n'),
            Event::HardBreak => self.out.push_str("<br>"),
            Event::Rule => self.out.push_str("<hr>"),
            Event::TaskListMarker(done) => self.start_task(done),
            Event::FootnoteReference(label) => escape(&label, &mut self.out),
        }
    }

    /// With links where addresses stand in them, unless they are a link's own words.
    fn write_words(&mut self) {
        let words = std::mem::take(&mut self.words);
        let links = self.links.is_empty() && self.flat == 0 && self.depth < MAX_DEPTH;
        address::pieces(&words, |is_address, piece| {
            if links && is_address {
                let scheme = safe_href(piece).map_or("https://", |_| "");
                self.open_link(&format!("{scheme}{piece}"));
                escape(piece, &mut self.out);
                self.out.push_str("</a>");
            } else {
                escape(piece, &mut self.out);
            }
        });
    }

    fn start(&mut self, tag: Tag<'_>) {
        if !is_inline(&tag) {
            self.end_task();
        }
        match tag {
            Tag::Paragraph => self.out.push_str("<p>"),
            Tag::Heading { level, .. } => self.out.push_str(heading(level).0),
            Tag::BlockQuote(_) => self.out.push_str("<blockquote>"),
            Tag::CodeBlock(kind) => self.start_code(&kind),
            Tag::HtmlBlock => self.out.push_str("<p>"),
            Tag::List(None) => self.out.push_str("<ul>"),
            Tag::List(Some(1)) => self.out.push_str("<ol>"),
            Tag::List(Some(first)) => self.out.push_str(&format!("<ol start=\"{first}\">")),
            Tag::Item => self.out.push_str("<li>"),
            Tag::Table(alignments) => {
                self.alignments = alignments;
                self.out.push_str("<div class=\"table-box\" tabindex=\"0\"><table>");
            }
            Tag::TableHead => {
                self.in_head = true;
                self.column = 0;
                self.out.push_str("<thead><tr>");
            }
            Tag::TableRow => {
                self.column = 0;
                if !self.body_open {
                    self.body_open = true;
                    self.out.push_str("<tbody>");
                }
                self.out.push_str("<tr>");
            }
            Tag::TableCell => {
                let class = match self.alignments.get(self.column) {
                    Some(Alignment::Center) => " class=\"text-center\"",
                    Some(Alignment::Right) => " class=\"text-right\"",
                    _ => "",
                };
                self.column += 1;
                self.out.push_str(if self.in_head { "<th" } else { "<td" });
                self.out.push_str(class);
                self.out.push('>');
            }
            Tag::Emphasis => self.out.push_str("<em>"),
            Tag::Strong => self.out.push_str("<strong>"),
            Tag::Strikethrough => self.out.push_str("<del>"),
            Tag::Link {
                link_type, dest_url, ..
            } => self.start_link(link_type, &dest_url),
            // An image is its alternative text, which may hold other inline elements.
            Tag::Image { .. } => self.links.push(false),
            // Not switched on in `options()`.
            Tag::FootnoteDefinition(_)
            | Tag::DefinitionList
            | Tag::DefinitionListTitle
            | Tag::DefinitionListDefinition
            | Tag::Superscript
            | Tag::Subscript
            | Tag::MetadataBlock(_) => self.out.push_str("<div>"),
        }
    }

    fn end(&mut self, tag: TagEnd) {
        if matches!(tag, TagEnd::Item | TagEnd::Paragraph | TagEnd::List(_)) {
            self.end_task();
        }
        self.depth -= cost_of_end(&tag);
        match tag {
            TagEnd::Paragraph => self.out.push_str("</p>"),
            TagEnd::Heading(level) => self.out.push_str(heading(level).1),
            TagEnd::BlockQuote(_) => self.out.push_str("</blockquote>"),
            TagEnd::CodeBlock => self.end_code(),
            TagEnd::HtmlBlock => {
                self.out.truncate(self.out.trim_end().len());
                self.out.push_str("</p>");
            }
            TagEnd::List(ordered) => self.out.push_str(if ordered { "</ol>" } else { "</ul>" }),
            TagEnd::Item => self.out.push_str("</li>"),
            TagEnd::Table => {
                if std::mem::take(&mut self.body_open) {
                    self.out.push_str("</tbody>");
                }
                self.out.push_str("</table></div>");
            }
            TagEnd::TableHead => {
                self.in_head = false;
                self.out.push_str("</tr></thead>");
            }
            TagEnd::TableRow => self.out.push_str("</tr>"),
            TagEnd::TableCell => self.out.push_str(if self.in_head { "</th>" } else { "</td>" }),
            TagEnd::Emphasis => self.out.push_str("</em>"),
            TagEnd::Strong => self.out.push_str("</strong>"),
            TagEnd::Strikethrough => self.out.push_str("</del>"),
            TagEnd::Link | TagEnd::Image => {
                if self.links.pop() == Some(true) {
                    self.out.push_str("</a>");
                }
            }
            TagEnd::FootnoteDefinition
            | TagEnd::DefinitionList
            | TagEnd::DefinitionListTitle
            | TagEnd::DefinitionListDefinition
            | TagEnd::Superscript
            | TagEnd::Subscript
            | TagEnd::MetadataBlock(_) => self.out.push_str("</div>"),
        }
    }

    fn start_code(&mut self, kind: &CodeBlockKind<'_>) {
        let language = match kind {
            CodeBlockKind::Fenced(info) => info.split([' ', ',', '{', '\t']).next().unwrap_or_default(),
            CodeBlockKind::Indented => "",
        };
        let copy = match self.lang {
            Lang::Fr => "Copier",
            Lang::En => "Copy",
        };
        self.out
            .push_str("<div class=\"code-box\"><div class=\"code-head\"><span class=\"code-lang\" data-label=\"");
        escape(language, &mut self.out);
        self.out
            .push_str("\"></span><button type=\"button\" class=\"code-copy\" data-testid=\"code-copy\" aria-label=\"");
        self.out.push_str(copy);
        self.out.push_str("\" data-label=\"");
        self.out.push_str(copy);
        self.out.push_str("\"></button></div><pre tabindex=\"0\"><code>");
        self.code = Some((language.to_owned(), String::new()));
    }

    fn end_code(&mut self) {
        let (language, code) = self.code.take().unwrap_or_default();
        code::pieces(&language, &code, |kind, piece| {
            if let Some(class) = kind {
                self.out.push_str("<span class=\"");
                self.out.push_str(class);
                self.out.push_str("\">");
            }
            escape(piece, &mut self.out);
            if kind.is_some() {
                self.out.push_str("</span>");
            }
        });
        self.out.push_str("</code></pre></div>");
    }

    fn start_link(&mut self, kind: LinkType, url: &str) {
        let mail = if kind == LinkType::Email && !url.starts_with("mailto:") {
            "mailto:"
        } else {
            ""
        };
        let url = format!("{mail}{url}");
        let href = safe_href(&url).filter(|_| !self.links.contains(&true));
        self.links.push(href.is_some());
        if let Some(href) = href {
            self.open_link(href);
        }
    }

    fn open_link(&mut self, href: &str) {
        self.out.push_str("<a href=\"");
        escape_href(href, &mut self.out);
        self.out.push_str(if href.starts_with(ABOUT) || is_help_line(href) {
            "\">"
        } else {
            "\" rel=\"noopener noreferrer nofollow\" target=\"_blank\">"
        });
    }

    /// The checkbox and its text share a label, which gives the checkbox its name.
    fn start_task(&mut self, done: bool) {
        self.out.push_str("<label><input type=\"checkbox\" disabled");
        if done {
            self.out.push_str(" checked");
        }
        let attributes = self.out.len();
        self.out.push_str("> ");
        self.task = Some(Task {
            attributes,
            text: self.out.len(),
        });
    }

    fn end_task(&mut self) {
        if let Some(task) = self.task.take() {
            let empty = self.out[task.text..].trim().is_empty();
            self.out.push_str("</label>");
            if empty {
                let name = match self.lang {
                    Lang::Fr => " aria-label=\"Tâche\"",
                    Lang::En => " aria-label=\"Task\"",
                };
                self.out.insert_str(task.attributes, name);
            }
        }
    }
}

/// Elements a container is written with, at the deepest place.
fn cost(tag: &Tag<'_>) -> usize {
    match tag {
        Tag::List(_) => 2,
        Tag::Table(_) => 6,
        Tag::CodeBlock(_) => 3,
        Tag::Item | Tag::TableHead | Tag::TableRow | Tag::TableCell => 0,
        _ => 1,
    }
}

fn cost_of_end(tag: &TagEnd) -> usize {
    match tag {
        TagEnd::List(_) => 2,
        TagEnd::Table => 6,
        TagEnd::CodeBlock => 3,
        TagEnd::Item | TagEnd::TableHead | TagEnd::TableRow | TagEnd::TableCell => 0,
        _ => 1,
    }
}

fn is_inline(tag: &Tag<'_>) -> bool {
    matches!(
        tag,
        Tag::Emphasis | Tag::Strong | Tag::Strikethrough | Tag::Link { .. } | Tag::Image { .. }
    )
}

/// The page has the levels 1 (the page) and 2 (a message). Answers begin with the first or the second level alike.
fn heading(level: HeadingLevel) -> (&'static str, &'static str) {
    match level {
        HeadingLevel::H1 | HeadingLevel::H2 => ("<h3>", "</h3>"),
        HeadingLevel::H3 => ("<h4>", "</h4>"),
        _ => ("<h5>", "</h5>"),
    }
}

/// For text and for quoted attributes.
pub(super) fn escape(text: &str, out: &mut String) {
    for char in text.chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\0' => out.push('\u{fffd}'),
            '\r' => {}
            _ => out.push(char),
        }
    }
}

fn escape_href(url: &str, out: &mut String) {
    for char in url.chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '\0'..=' ' | '"' | '<' | '>' | '\'' | '`' | '\\' | '\x7f' => out.push_str(&format!("%{:02X}", char as u32)),
            _ => out.push(char),
        }
    }
}
