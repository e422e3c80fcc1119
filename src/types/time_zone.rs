//! How far a reader's clock is from UTC, now and in the years before: in many places it changes twice a year. Only the
//! reader's browser knows; it tells the program by a cookie, so that neither has a table of the world's time zones.

use serde::{Deserialize, Serialize};
use time::{OffsetDateTime, UtcOffset};

/// The cookie's name.
pub const TIME_ZONE: &str = "time_zone";

/// Changes that are known: of five years, and the next one.
const MOST_CHANGES: usize = 12;
/// Clocks on Earth are up to 14 hours ahead of UTC.
const MOST_MINUTES: i16 = 14 * 60;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeZone {
    /// Minutes ahead of UTC before all changes.
    first: i16,
    /// From this second since 1970 on, so many minutes; in order, and what is not used at the end of time.
    changes: [(i64, i16); MOST_CHANGES],
}

impl Default for TimeZone {
    fn default() -> Self {
        Self::fixed(0)
    }
}

impl TimeZone {
    /// One that never changes, so many minutes ahead of UTC.
    pub const fn fixed(minutes: i16) -> Self {
        Self {
            first: minutes,
            changes: [(i64::MAX, 0); MOST_CHANGES],
        }
    }

    /// Of what a clock shows: minutes ahead of UTC at a second since 1970, looked at from `start` to `end`.
    pub fn read(start: i64, end: i64, ahead: impl Fn(i64) -> i16) -> Self {
        /// No two changes are closer than this, seconds.
        const STEP: i64 = 14 * 86_400;
        let mut zone = Self::fixed(ahead(start));
        let (mut at, mut now) = (start, zone.first);
        while at < end {
            let next = at + STEP;
            let then = ahead(next);
            if then != now {
                let (mut before, mut after) = (at, next);
                while after - before > 1 {
                    let middle = before.midpoint(after);
                    if ahead(middle) == now {
                        before = middle
                    } else {
                        after = middle
                    }
                }
                zone.push(after, then);
                now = then;
            }
            at = next;
        }
        zone
    }

    /// The oldest one goes where there is no room.
    fn push(&mut self, from: i64, minutes: i16) {
        match self.changes.iter_mut().find(|(at, _)| *at == i64::MAX) {
            Some(free) => *free = (from, minutes),
            None => {
                self.first = self.changes[0].1;
                self.changes.rotate_left(1);
                self.changes[MOST_CHANGES - 1] = (from, minutes);
            }
        }
    }

    pub fn offset(&self, at: OffsetDateTime) -> UtcOffset {
        let at = at.unix_timestamp();
        let last = self.changes.iter().rev().find(|(from, _)| *from <= at);
        let minutes = last.map_or(self.first, |(_, minutes)| *minutes);
        UtcOffset::from_whole_seconds(i32::from(minutes) * 60).unwrap_or(UtcOffset::UTC)
    }

    /// `60`, or with changes `60/1711846800:120/1729990800:60`.
    pub fn to_text(&self) -> String {
        let mut text = self.first.to_string();
        for (from, minutes) in self.changes.iter().filter(|(from, _)| *from != i64::MAX) {
            text.push_str(&format!("/{from}:{minutes}"));
        }
        text
    }

    /// `None`: no clock on Earth.
    pub fn from_text(text: &str) -> Option<Self> {
        let minutes = |text: &str| {
            let minutes = text.parse::<i16>().ok()?;
            (-MOST_MINUTES..=MOST_MINUTES).contains(&minutes).then_some(minutes)
        };
        let mut parts = text.split('/');
        let mut zone = Self::fixed(minutes(parts.next()?)?);
        let mut last = i64::MIN;
        for (part, place) in parts.zip(zone.changes.iter_mut()) {
            let (from, ahead) = part.split_once(':')?;
            *place = (from.parse().ok().filter(|from| *from > last)?, minutes(ahead)?);
            last = place.0;
        }
        Some(zone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As in Paris: an hour more from the last Sunday of March to the last one of October, at 01:00 UTC.
    fn paris(second: i64) -> i16 {
        let at = OffsetDateTime::from_unix_timestamp(second).unwrap();
        let change = |month: time::Month| {
            let last = time::Date::from_calendar_date(at.year(), month, 31).unwrap();
            let back = last.weekday().number_days_from_sunday();
            (last - time::Duration::days(back.into())).midnight().assume_utc() + time::Duration::HOUR
        };
        if (change(time::Month::March)..change(time::Month::October)).contains(&at) {
            120
        } else {
            60
        }
    }

    #[test]
    fn a_clock_that_changes_is_right_to_the_second_and_survives_its_cookie() {
        let (start, end) = (1_600_000_000, 1_800_000_000);
        let zone = TimeZone::read(start, end, paris);
        let told = TimeZone::from_text(&zone.to_text()).unwrap();
        assert_eq!(told, zone);
        let known = told.changes[0].0;
        for at in (known..end)
            .step_by(86_400)
            .chain(told.changes.iter().flat_map(|(from, _)| [from - 1, *from]))
        {
            let shown = told.offset(OffsetDateTime::from_unix_timestamp(at).unwrap());
            assert_eq!(shown.whole_minutes(), paris(at), "{at}");
        }
        assert_eq!(told.changes[MOST_CHANGES - 1].0, 1_792_890_000, "the newest are known");
    }

    #[test]
    fn a_clock_is_believed_within_reason() {
        let noon = OffsetDateTime::from_unix_timestamp(1_796_000_000).unwrap();
        for (text, minutes) in [
            ("120", Some(120)),
            ("-210", Some(-210)),
            ("60/1711846800:120", Some(120)),
        ] {
            let zone = TimeZone::from_text(text);
            assert_eq!(zone.map(|zone| zone.offset(noon).whole_minutes()), minutes, "{text}");
        }
        for text in [
            "",
            "900",
            "-99999999999",
            "Europe/Paris",
            "60/x:1",
            "60/5",
            "60/9:60/9:120",
            "60/1:900",
        ] {
            assert_eq!(TimeZone::from_text(text), None, "{text}");
        }
        assert!(TimeZone::from_text(&("60".to_owned() + &"/1:60".repeat(99))).is_none());
    }
}
