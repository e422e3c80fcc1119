use super::{format::*, *};
use time::{Date, Month, OffsetDateTime, UtcOffset};

fn at(day: u8, hour: u8) -> OffsetDateTime {
    Date::from_calendar_date(2026, Month::March, day)
        .unwrap()
        .with_hms(hour, 14, 0)
        .unwrap()
        .assume_utc()
}

#[test]
fn numbers_follow_the_language() {
    assert_eq!(count(Lang::En, 1_204), "1,204");
    assert_eq!(count(Lang::Fr, 1_234_567), "1\u{202f}234\u{202f}567");
    assert_eq!(count(Lang::En, 61), "61");
    for (dollars, en, fr) in [
        (0.0031, "$0.0031", "0,0031\u{a0}$"),
        (0.0, "$0", "0\u{a0}$"),
        (0.00001, "<$0.0001", "<0,0001\u{a0}$"),
        (0.5, "$0.50", "0,50\u{a0}$"),
        (1_204.0, "$1,204", "1\u{202f}204\u{a0}$"),
        (0.012, "$0.012", "0,012\u{a0}$"),
    ] {
        assert_eq!(
            (cost(Lang::En, dollars).as_str(), cost(Lang::Fr, dollars).as_str()),
            (en, fr)
        );
    }
    assert_eq!(seconds(Lang::En, 612), "0.6\u{a0}s");
    assert_eq!(seconds(Lang::Fr, 12_340), "12,3\u{a0}s");
    assert_eq!(seconds(Lang::En, 3), "0.1\u{a0}s");
}

#[test]
fn times_follow_the_language_and_the_artists_day() {
    let paris = UtcOffset::from_hms(1, 0, 0).unwrap();
    let today = Today::at(at(12, 8), paris);
    assert_eq!(when(&en::EN, &today, at(11, 21)), "yesterday 10:14 pm");
    assert_eq!(when(&fr::FR, &today, at(11, 21)), "hier 22:14");
    assert_eq!(when(&fr::FR, &today, at(11, 23)), "aujourd’hui 0:14");
    assert_eq!(when(&en::EN, &today, at(11, 23)), "today 12:14 am");
    assert_eq!(when(&fr::FR, &today, at(2, 12)), "2 mars");
}

#[test]
fn french_elides() {
    assert_eq!((fr::FR.handoff_because)("Instagram"), "parce que tu as parlé d’");
    assert_eq!((fr::FR.handoff_because)("Spotify"), "parce que tu as parlé de ");
}
