//! The clock of one program jumps, as it does after a sleep or a wrong setting. Leases go by PostgreSQL's clock, so nobody
//! takes anything over; what comes first stays first; and what an answer took is not a day.

use super::{
    crowd::{Crowd, Habits},
    place::Place,
    verdict::{Expected, Row, judge},
};
use crate::support::{patiently, postgres::folder};
use sqlx::Row as _;
use std::path::{Path, PathBuf};

const LIBRARY: &str = "faketime/libfaketimeMT.so.1";
const WITHOUT: &str = "needs Debian's package faketime";

/// The clock of one process.
struct Clock {
    library: PathBuf,
    file: PathBuf,
}

impl Clock {
    /// `None` where the library that turns it is not installed.
    fn new() -> Option<Self> {
        let folders = std::fs::read_dir("/usr/lib").ok()?.flatten().map(|entry| entry.path());
        let library = folders.map(|folder| folder.join(LIBRARY)).find(|path| path.exists())?;
        let clock = Self {
            library,
            file: folder("clock").join("now"),
        };
        clock.turn("+0");
        Some(clock)
    }

    /// By so much: `+1d`, `-3600`.
    fn turn(&self, by: &str) {
        let next = self.file.with_extension("next");
        std::fs::write(&next, by).unwrap();
        std::fs::rename(next, &self.file).unwrap();
    }

    fn environment(&self) -> [(&'static str, &str); 5] {
        [
            ("LD_PRELOAD", path(&self.library)),
            ("FAKETIME_TIMESTAMP_FILE", path(&self.file)),
            ("FAKETIME_NO_CACHE", "1"),
            // durations go on as they are: a jump is of the clock on the wall alone
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
            ("NO_FAKE_STAT", "1"),
        ]
    }
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

pub async fn jumps() -> Vec<Row> {
    const SCENARIO: &str = "a program's clock jumps a day on, two back, and home";
    let Some(clock) = Clock::new() else {
        return vec![Row::skipped(SCENARIO, WITHOUT)];
    };
    let mut place = Place::with(1).await;
    place.add(&clock.environment()).await;
    let mut crowd = Crowd::gather(&place, "t", Habits::new(6, 3, 320)).await;
    crowd.saw(6 * 100).await;
    for by in ["+1d", "-1d", "+0"] {
        clock.turn(by);
        // longer than a lease, and answers end meanwhile
        crowd.saw(6 * 280).await;
    }
    let turns = crowd.end().await;
    let row = judge(&place, SCENARIO, &turns, Expected::Whole).await;
    let mut connection = place.server.connect().await;
    let query = "select count(*) filter (where fence > 1), max(m.duration_ms), min(m.duration_ms), max(m.time_to_first_token_ms),
                   count(distinct runner)
                 from generations g join messages m on m.id = g.message_id";
    let facts = sqlx::query(query).fetch_one(&mut connection).await.unwrap();
    let number = |column| facts.get::<i64, _>(column);
    let (taken_over, longest, shortest, first) = (number(0), number(1), number(2), number(3));
    vec![
        row.and(&format!("{taken_over} taken over"), taken_over == 0)
            .and("both programs ran answers", number(4) == 2)
            .and(
                &format!("it took {shortest} to {longest} ms"),
                shortest > 15_000 && longest < 90_000,
            )
            .and(&format!("first token after {first} ms"), (0..10_000).contains(&first)),
    ]
}

/// Of two questions that wait behind an answer, the second is taken by a program whose clock is two hours behind: they
/// are answered in the order they were asked.
pub async fn behind() -> Vec<Row> {
    const SCENARIO: &str = "a program's clock is two hours behind, and questions wait";
    const ARTISTS: usize = 4;
    let Some(clock) = Clock::new() else {
        return vec![Row::skipped(SCENARIO, WITHOUT)];
    };
    clock.turn("-7200");
    let mut place = Place::with(1).await;
    place.add(&clock.environment()).await;
    let at = |program| Habits {
        at: Some(program),
        ..Habits::new(ARTISTS, 1, 60)
    };
    let mut crowds = vec![Crowd::gather(&place, "o", at(0)).await];
    crowds[0].saw(ARTISTS * 10).await;
    for (name, program) in [("s", 0), ("u", 1)] {
        crowds.push(Crowd::of(&place, name, at(program), crowds[0].talks()));
        let stored = ARTISTS * crowds.len();
        let coming = async { while place.count("generations").await < stored as i64 {} };
        patiently("questions that wait", coming).await;
    }
    let mut turns = Vec::new();
    for crowd in crowds {
        turns.extend(crowd.end().await);
    }
    let row = judge(&place, SCENARIO, &turns, Expected::Whole).await;
    let calls = place.fake.calls().await;
    let asked: Vec<_> = calls.iter().map(|call| call["body"]["messages"].to_string()).collect();
    // whoever is asked the last question has the answer to the one before it in the prompt
    let in_order = (0..ARTISTS).all(|artist| {
        let mut last = asked
            .iter()
            .filter(|asked| asked.contains(&format!("story:u{artist}x0:")));
        last.all(|asked| asked.contains(&format!("s{artist}x0·59")))
    });
    vec![row.and("answered in the order they were asked", in_order)]
}
