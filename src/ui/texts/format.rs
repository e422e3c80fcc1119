//! Numbers, costs and times as each language writes them. Whole-number arithmetic only: formatting floats would add
//! their printer to the page.

use super::Texts;
use crate::types::{lang::Lang, time_zone::TimeZone};
use time::{Date, OffsetDateTime};

/// What a noun of both languages ends with behind a number, as it is written.
pub fn plural(count: &str) -> &'static str {
    if count == "1" { "" } else { "s" }
}

/// The artist's day and time zone. What time it is is an argument: the server and the browser must agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Today {
    pub date: Date,
    pub zone: TimeZone,
    /// In English the clock counts them.
    pub twelve_hours: bool,
}

impl Today {
    pub fn at(now: OffsetDateTime, zone: TimeZone) -> Self {
        Self {
            date: now.to_offset(zone.offset(now)).date(),
            zone,
            twelve_hours: true,
        }
    }

    pub fn by_clock(self, twelve_hours: bool) -> Self {
        Self { twelve_hours, ..self }
    }

    /// As her clock and calendar show it.
    pub fn local(&self, at: OffsetDateTime) -> OffsetDateTime {
        at.to_offset(self.zone.offset(at))
    }

    /// `8:14 pm`, `08:14`; `minutes` is what follows the hour.
    fn hour(&self, lang: Lang, local: OffsetDateTime, minutes: &str) -> String {
        if lang == Lang::En && self.twelve_hours {
            let half = if local.hour() < 12 { "am" } else { "pm" };
            return format!("{}:{minutes}\u{a0}{half}", (local.hour() + 11) % 12 + 1);
        }
        format!("{:02}:{minutes}", local.hour())
    }

    /// Days between this day and the one of `at`; negative in the future.
    pub fn days_since(&self, at: OffsetDateTime) -> i64 {
        (self.date - self.local(at).date()).whole_days()
    }
}

/// `1204` → `1,204` or `1 204`.
pub fn count(lang: Lang, number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let separator = match lang {
        Lang::En => ',',
        Lang::Fr => '\u{202f}',
    };
    let mut text = String::new();
    if number < 0 {
        text.push('-');
    }
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(separator);
        }
        text.push(digit);
    }
    text
}

/// US dollars: `$0.0031` or `0,0031 $`. At most four decimals, at least two when there is a fraction.
pub fn cost(lang: Lang, dollars: f64) -> String {
    let ten_thousandths = (dollars.max(0.0) * 10_000.0).round() as i64;
    let amount = if ten_thousandths == 0 && dollars > 0.0 {
        decimal(lang, 0, "0001")
    } else {
        let mut fraction = (10_000 + ten_thousandths % 10_000).to_string().split_off(1);
        while fraction.len() > 2 && fraction.ends_with('0') {
            fraction.pop();
        }
        decimal(
            lang,
            ten_thousandths / 10_000,
            if fraction == "00" { "" } else { &fraction },
        )
    };
    let less = if ten_thousandths == 0 && dollars > 0.0 { "<" } else { "" };
    match lang {
        Lang::En => format!("{less}${amount}"),
        Lang::Fr => format!("{less}{amount}\u{a0}$"),
    }
}

/// `0.7` or `0,25`: at most two decimals.
pub fn decimals(lang: Lang, number: f64) -> String {
    let hundredths = (number.max(0.0) * 100.0).round() as i64;
    let fraction = format!("{:02}", hundredths % 100);
    decimal(lang, hundredths / 100, fraction.trim_end_matches('0'))
}

/// Tokens in thousands or millions: `200k`, `1.05M`; `200 k`, `1,05 M`.
pub fn short(lang: Lang, tokens: u32) -> String {
    let (number, unit) = match tokens {
        0..1_000 => return count(lang, tokens.into()),
        1_000..1_000_000 => (f64::from(tokens / 1_000), 'k'),
        _ => (f64::from(tokens) / 1_000_000.0, 'M'),
    };
    let number = decimals(lang, number);
    match lang {
        Lang::En => format!("{number}{unit}"),
        Lang::Fr => format!("{number}\u{a0}{unit}"),
    }
}

/// Milliseconds as seconds with one decimal: `0.6 s` or `0,6 s`.
pub fn seconds(lang: Lang, milliseconds: i64) -> String {
    let tenths = ((milliseconds.max(0) + 50) / 100).max(1);
    format!("{}\u{a0}s", decimal(lang, tenths / 10, &(tenths % 10).to_string()))
}

/// `today 10:14 pm`, `hier 22:14`, `12 March`, `12 mars`; it does not break.
pub fn when(texts: &Texts, today: &Today, at: OffsetDateTime) -> String {
    let local = today.local(at);
    let minutes = format!("{:02}", local.minute());
    let at_the_clock = |day| format!("{}\u{a0}{}", lower_first(day), today.hour(texts.lang, local, &minutes));
    match today.days_since(at) {
        0 => at_the_clock(texts.today),
        1 => at_the_clock(texts.yesterday),
        _ => day(texts, local),
    }
}

/// To the second: `10:14:05 pm`, `22:14:05`, and with its day when it is not today: `12 March, 10:14:05 pm`.
pub fn moment(texts: &Texts, today: &Today, at: OffsetDateTime) -> String {
    let local = today.local(at);
    let clock = today.hour(
        texts.lang,
        local,
        &format!("{:02}:{:02}", local.minute(), local.second()),
    );
    match today.days_since(at) {
        0 => clock,
        _ => format!("{}, {clock}", day(texts, local)),
    }
}

fn day(texts: &Texts, local: OffsetDateTime) -> String {
    let month = texts.months[usize::from(u8::from(local.month()) - 1)];
    match texts.lang {
        Lang::Fr => format!("{}\u{a0}{}", local.day(), lower_first(month)),
        Lang::En => format!("{}\u{a0}{month}", local.day()),
    }
}

/// Our own words begin with plain letters; the tables of all alphabets would weigh more than this page's texts.
fn lower_first(word: &str) -> String {
    let mut word = word.to_owned();
    if let Some(first) = word.get_mut(..1) {
        first.make_ascii_lowercase();
    }
    word
}

fn decimal(lang: Lang, whole: i64, fraction: &str) -> String {
    let whole = count(lang, whole);
    if fraction.is_empty() {
        return whole;
    }
    let point = match lang {
        Lang::En => '.',
        Lang::Fr => ',',
    };
    format!("{whole}{point}{fraction}")
}
