//! An incremental reader of `text/event-stream`: bytes in, events out.
//!
//! Lines are cut at ASCII line ends only and stay bytes, so a UTF-8 character that is split over two chunks is whole
//! again when its line is. Nothing is copied but the data of the event that is being put together.

/// Longest event; a provider's are some hundred bytes.
const LIMIT: usize = 4 << 20;

/// One event. `name` is empty when the stream gave none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SseEvent<'a> {
    pub name: &'a [u8],
    pub data: &'a [u8],
}

/// A line or an event is longer than 4 MiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong;

#[derive(Debug, Default)]
pub struct SseParser {
    /// The beginning of a line whose end has not come.
    line: Vec<u8>,
    name: Vec<u8>,
    data: Vec<u8>,
    has_data: bool,
    /// The event was handed out: clear it before the next line.
    handed_out: bool,
    /// The last chunk ended with CR: an LF at the start of the next one belongs to it.
    after_cr: bool,
    started: bool,
}

impl SseParser {
    /// Takes bytes from the front of `chunk` up to the end of the next event. `None`: the chunk is used up.
    pub fn next<'a>(&'a mut self, chunk: &mut &[u8]) -> Result<Option<SseEvent<'a>>, TooLong> {
        self.clear_handed_out();
        while !chunk.is_empty() {
            if std::mem::take(&mut self.after_cr) && chunk[0] == b'\n' {
                *chunk = &chunk[1..];
                continue;
            }
            let Some(end) = chunk.iter().position(|byte| matches!(byte, b'\n' | b'\r')) else {
                self.line.extend_from_slice(chunk);
                *chunk = &[];
                break;
            };
            let head = &chunk[..end];
            self.after_cr = chunk[end] == b'\r';
            *chunk = &chunk[end + 1..];
            let complete = if self.line.is_empty() {
                self.take_line(head)
            } else {
                self.line.extend_from_slice(head);
                self.take_kept_line()
            };
            if complete {
                return Ok(Some(self.hand_out()));
            }
        }
        if self.line.len() + self.data.len() > LIMIT {
            Err(TooLong)
        } else {
            Ok(None)
        }
    }

    /// The event at the end of a stream that does not end with an empty line, as some local servers send it.
    pub fn finish(&mut self) -> Option<SseEvent<'_>> {
        self.clear_handed_out();
        self.take_kept_line();
        self.has_data.then(|| self.hand_out())
    }

    fn clear_handed_out(&mut self) {
        if std::mem::take(&mut self.handed_out) {
            self.name.clear();
            self.data.clear();
            self.has_data = false;
        }
    }

    fn hand_out(&mut self) -> SseEvent<'_> {
        self.handed_out = true;
        SseEvent {
            name: &self.name,
            data: &self.data,
        }
    }

    fn take_kept_line(&mut self) -> bool {
        let mut line = std::mem::take(&mut self.line);
        let complete = self.take_line(&line);
        line.clear();
        self.line = line;
        complete
    }

    /// `true`: the event is complete.
    fn take_line(&mut self, mut line: &[u8]) -> bool {
        if !std::mem::replace(&mut self.started, true) {
            line = line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(line);
        }
        if line.is_empty() {
            if !self.has_data {
                self.name.clear();
            }
            return self.has_data;
        }
        let colon = line.iter().position(|byte| *byte == b':').unwrap_or(line.len());
        let value = line.get(colon + 1..).unwrap_or_default();
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match &line[..colon] {
            b"data" => {
                if self.has_data {
                    self.data.push(b'\n');
                }
                self.has_data = true;
                self.data.extend_from_slice(value);
            }
            b"event" => {
                self.name.clear();
                self.name.extend_from_slice(value);
            }
            // A comment (nothing before its colon), `id`, `retry`, or a field of another day.
            _ => {}
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(chunks: &[&[u8]]) -> Vec<(String, String)> {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let mut parser = SseParser::default();
        let mut all = Vec::new();
        for chunk in chunks {
            let mut rest = *chunk;
            while let Some(event) = parser.next(&mut rest).unwrap() {
                all.push((text(event.name), text(event.data)));
            }
        }
        if let Some(event) = parser.finish() {
            all.push((text(event.name), text(event.data)));
        }
        all
    }

    const STREAM: &str = "\u{feff}: hello\n\nevent: a\ndata: é🎙️\n\ndata:one\r\ndata: two\r\n\r\nid: 7\rretry: 1\r\revent: lost\n\n\
                          data: {\"x\": \" y\"}\r\rdata\n\ndata: last";

    #[test]
    fn any_cut_of_the_bytes_gives_the_same_events() {
        let expected: Vec<_> = [
            ("a", "é🎙️"),
            ("", "one\ntwo"),
            ("", "{\"x\": \" y\"}"),
            ("", ""),
            ("", "last"),
        ]
        .map(|(name, data)| (name.to_owned(), data.to_owned()))
        .into();
        let bytes = STREAM.as_bytes();
        for first in 0..=bytes.len() {
            for second in first..=bytes.len() {
                let chunks = [&bytes[..first], &bytes[first..second], &bytes[second..]];
                assert_eq!(events(&chunks), expected, "cut at {first} and {second}");
            }
        }
        let single: Vec<_> = bytes.chunks(1).collect();
        assert_eq!(events(&single), expected);
    }

    #[test]
    fn a_line_without_end_is_an_error() {
        let mut parser = SseParser::default();
        let chunk = vec![b'x'; LIMIT + 1];
        assert_eq!(parser.next(&mut chunk.as_slice()), Err(TooLong));
    }
}
