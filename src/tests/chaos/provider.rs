//! Everything a provider can do instead of answering. All artists talk to the same two programs at once, so that each
//! fault also has to leave the others alone.

use super::{
    crowd::{Crowd, Habits},
    place::Place,
    verdict::{Expected, Row, judge},
};
use crate::support::sse::names;
use serde_json::{Value, json};

const ARTISTS: usize = 3;
const WORDS: usize = 60;

struct Fault {
    scenario: &'static str,
    /// The first so many calls of an answer …
    times: usize,
    /// … do this.
    steps: Value,
    expected: Expected,
    /// What every artist sees, deltas in a row as one.
    course: &'static str,
}

fn fault(scenario: &'static str, times: usize, steps: Value, expected: Expected, course: &'static str) -> Fault {
    Fault {
        scenario,
        times,
        steps,
        expected,
        course,
    }
}

fn faults() -> Vec<Fault> {
    let soon = json!({"retry-after-ms": "50"});
    let spend = json!({"type": "error", "error": {"type": "rate_limit_error", "message": "spend", "details": {"error_code": "spend_limit"}}});
    let failed = |code| Expected::Failed(code, 0);
    vec![
        fault("401", 1, json!([{"status": 401}]), failed("provider_auth"), "failed"),
        fault("400", 1, json!([{"status": 400}]), failed("provider_invalid"), "failed"),
        fault(
            "429, too many",
            1,
            json!([{"status": 429, "headers": soon}]),
            Expected::Whole,
            "delta done",
        ),
        fault(
            "429, spent",
            1,
            json!([{"status": 429, "body": spend}]),
            failed("provider_rate_limited"),
            "failed",
        ),
        fault(
            "529, twice",
            2,
            json!([{"status": 529, "headers": soon}]),
            Expected::Whole,
            "delta done",
        ),
        fault(
            "529, for good",
            3,
            json!([{"status": 529, "headers": soon}]),
            failed("provider_overloaded"),
            "failed",
        ),
        fault(
            "500, once",
            1,
            json!([{"status": 500, "headers": soon}]),
            Expected::Whole,
            "delta done",
        ),
        fault(
            "cut early",
            1,
            json!([{"tokens": 8}, {"cut": true}]),
            Expected::Whole,
            "delta reset delta done",
        ),
        fault(
            "cut late",
            1,
            json!([{"tokens": 40}, {"cut": true}]),
            Expected::Whole,
            "delta seam delta done",
        ),
        fault(
            "end without its last event",
            1,
            json!([{"tokens": 40}, {"end": true}]),
            Expected::Whole,
            "delta seam delta done",
        ),
        fault(
            "garbage",
            1,
            json!([{"tokens": 40}, {"garbage": "}{"}]),
            Expected::Whole,
            "delta seam delta done",
        ),
        fault(
            "error event",
            1,
            json!([{"tokens": 40}, {"error_event": {"type": "overloaded_error"}}]),
            Expected::Whole,
            "delta seam delta done",
        ),
        fault(
            "refusal, no word",
            1,
            json!([{"stop": "refusal"}]),
            failed("provider_refused"),
            "failed",
        ),
        fault(
            "refusal after words",
            1,
            json!([{"tokens": 12}, {"stop": "refusal"}]),
            Expected::Short(12),
            "delta done",
        ),
        fault(
            "split characters, thinking, pings",
            1,
            json!([{"chop": 1}, {"thinking": "hm"}, {"tokens": 20}, {"ping": true}, {"tokens": 99}]),
            Expected::Whole,
            "delta done",
        ),
    ]
}

fn slow_faults() -> Vec<Fault> {
    vec![
        fault(
            "slow first token",
            1,
            json!([{"delay_ms": 20_000}, {"tokens": 99}]),
            Expected::Whole,
            "delta done",
        ),
        fault(
            "silence before the first token",
            1,
            json!([{"silence": true}]),
            Expected::Uncounted,
            "delta done",
        ),
        fault(
            "silence in the middle",
            1,
            json!([{"tokens": 40}, {"silence": true}]),
            Expected::Whole,
            "delta seam delta done",
        ),
    ]
}

pub async fn quick() -> Vec<Row> {
    run(faults()).await
}

pub async fn slow() -> Vec<Row> {
    run(slow_faults()).await
}

async fn run(faults: Vec<Fault>) -> Vec<Row> {
    let place = Place::with(2).await;
    let mut crowds = Vec::new();
    for (number, fault) in faults.iter().enumerate() {
        let name = format!("p{number}a");
        for artist in 0..ARTISTS {
            let story = format!("story:{name}{artist}x0:");
            let script = json!({"match": story, "times": fault.times, "then": fault.steps});
            place.fake.script(script).await;
        }
        // the second question of each meets no fault, and what the first one left does not disturb it
        crowds.push(Crowd::gather(&place, &name, Habits::new(ARTISTS, 2, WORDS)).await);
    }
    let mut rows = Vec::new();
    for (fault, crowd) in faults.iter().zip(crowds) {
        let (first, second): (Vec<_>, Vec<_>) = crowd
            .end()
            .await
            .into_iter()
            .partition(|turn| turn.name.ends_with("x0"));
        let row = judge(&place, &format!("provider: {}", fault.scenario), &first, fault.expected).await;
        let other = first.iter().find(|turn| names(&turn.events).join(" ") != fault.course);
        let row = row.and(&format!("{} was to come", fault.course), other.is_none());
        rows.push(row.with(judge(&place, "", &second, Expected::Whole).await));
    }
    rows
}
