//! What kind of device this is, and whether it believes it has a network.

use crate::{
    types::{lang, time_zone::TimeZone},
    ui::texts::format::Today,
};
use leptos::prelude::window;
use time::OffsetDateTime;

/// The main pointer is a finger: Enter breaks the line and the button sends.
pub fn touch() -> bool {
    window()
        .match_media("(pointer: coarse)")
        .ok()
        .flatten()
        .is_some_and(|query| query.matches())
}

/// As the stylesheet has it: sheets stand at an edge, and the list is one.
pub fn narrow() -> bool {
    let query = window().match_media("(width < 64rem)").ok().flatten();
    query.is_some_and(|query| query.matches())
}

/// The keys are a Mac's.
pub fn mac() -> bool {
    window()
        .navigator()
        .platform()
        .is_ok_and(|platform| platform.starts_with("Mac") || platform.starts_with("iP"))
}

/// The browser has a network as far as it knows.
pub fn online() -> bool {
    window().navigator().on_line()
}

/// The reader's, of the years that a list speaks of and the change to come.
pub fn time_zone() -> TimeZone {
    const YEAR: i64 = 366 * 86_400;
    let now = now().unix_timestamp();
    TimeZone::read(now - 5 * YEAR, now + YEAR / 2, |second| {
        let date = js_sys::Date::new(&(second as f64 * 1_000.0).into());
        -(date.get_timezone_offset() as i16)
    })
}

/// The reader's day by her own clock.
pub fn today() -> Today {
    Today::at(now(), time_zone()).by_clock(twelve_hours())
}

/// The reader's English clock counts twelve hours.
pub fn twelve_hours() -> bool {
    lang::twelve_hours(&window().navigator().language().unwrap_or_default())
}

/// Milliseconds since 1970.
pub fn now_ms() -> f64 {
    js_sys::Date::now()
}

/// To the second.
pub fn now() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp((now_ms() / 1_000.0) as i64).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}
