//! Readers and senders that behave badly.

use super::{
    crowd::{Crowd, Habits},
    place::Place,
    verdict::{Expected, Row, judge},
};

/// Everybody leaves after every ten events and comes back at the other program.
pub async fn restless() -> Vec<Row> {
    let place = Place::with(2).await;
    let habits = Habits {
        leaves_after: Some(10),
        ..Habits::new(6, 2, 60)
    };
    let turns = Crowd::gather(&place, "r", habits).await.end().await;
    vec![judge(&place, "readers leave and come back elsewhere", &turns, Expected::Whole).await]
}

/// Every message is sent five times at once, to both programs.
pub async fn five_times() -> Vec<Row> {
    let place = Place::with(2).await;
    let habits = Habits {
        at_once: 5,
        ..Habits::new(6, 2, 30)
    };
    let turns = Crowd::gather(&place, "f", habits).await.end().await;
    let calls = place.fake.calls().await.len();
    let row = judge(&place, "the same message five times at once", &turns, Expected::Whole).await;
    vec![row.and(&format!("{calls} calls to the provider"), calls == turns.len())]
}
