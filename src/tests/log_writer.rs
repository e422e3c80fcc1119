//! The one writer of a process, over a real PostgreSQL: what it merges, what it refuses, what it survives.

use crate::support::{patiently, postgres::Database, proxy::Proxy, run};
use squad::{
    engine::{
        hub::{Hub, Signal},
        log::{LogWriter, Refused, RunKey},
        reader::{Item, Reader},
    },
    store::{Store, generations::Claimed},
    types::event::{Event, Transcript},
};
use std::sync::Arc;

fn delta(text: &str) -> Event {
    Event::Delta { text: text.into() }
}

async fn chunks(store: &Store, claimed: &Claimed) -> Vec<(i64, Event)> {
    let mut tx = store.as_user(claimed.user).await.unwrap();
    tx.chunks(claimed.id, 0, 1000).await.unwrap()
}

/// The text of a log without gaps.
fn text(chunks: &[(i64, Event)]) -> String {
    let mut transcript = Transcript::default();
    for (seq, event) in chunks {
        assert_eq!(transcript.seq + 1, *seq, "no gap, no repetition: {chunks:?}");
        transcript.apply(*seq, event);
    }
    transcript.text
}

async fn started() -> (Database, Store, Hub, LogWriter) {
    let database = Database::new().await;
    let (store, hub) = (database.store().await, Hub::default());
    let log = LogWriter::start(store.clone(), hub.clone());
    (database, store, hub, log)
}

#[tokio::test]
async fn words_that_come_together_are_one_event_and_readers_hear_what_is_stored() {
    let (_database, store, hub, log) = started().await;
    let (claimed, key) = run::running(&store).await;
    let mut heard = hub.follow(claimed.id);
    for number in 0..200 {
        log.append(&key, delta(&format!("w{number} ")), None);
    }
    log.append(&key, Event::Seam { attempt: 2 }, None);
    log.append(&key, delta("after"), None);
    patiently("the flush", log.flush(claimed.id)).await.unwrap();
    let stored = chunks(&store, &claimed).await;
    let expected = (0..200).map(|number| format!("w{number} ")).collect::<String>() + "after";
    assert_eq!(text(&stored), expected);
    assert!(stored.len() < 50, "two hundred words in {} events", stored.len());
    assert!(
        stored.iter().any(|(_, event)| *event == Event::Seam { attempt: 2 }),
        "only words merge"
    );
    for expected in stored {
        let Some(Signal::Committed { seq, event }) = heard.try_next() else {
            panic!("{expected:?} was not heard of")
        };
        assert_eq!((seq, (*event).clone()), expected);
    }
    assert!(heard.try_next().is_none());
}

#[tokio::test]
async fn a_run_whose_fence_was_raised_writes_nothing_more() {
    let (_database, store, hub, log) = started().await;
    let (claimed, key) = run::running(&store).await;
    log.append(&key, delta("before"), None);
    log.flush(claimed.id).await.unwrap();
    let mut tx = store.as_user(claimed.user).await.unwrap();
    assert_eq!(
        tx.cancel_generation(claimed.id)
            .await
            .unwrap()
            .map(|stopped| stopped.seq),
        Some(2)
    );
    tx.commit().await.unwrap();
    let mut heard = hub.follow(claimed.id);
    log.append(&key, delta("too late"), None);
    assert_eq!(
        patiently("the flush", log.flush(claimed.id)).await,
        Err(Refused::Fenced)
    );
    assert!(key.stop.is_cancelled() && heard.try_next().is_none());
    let stored = chunks(&store, &claimed).await;
    assert_eq!((text(&stored).as_str(), &stored[1].1), ("before", &Event::Cancelled {}));
}

#[tokio::test]
async fn the_claim_after_a_lost_lease_writes_and_the_former_one_does_not() {
    let (database, store, _, log) = started().await;
    let (former, old_key) = run::running(&store).await;
    log.append(&old_key, delta("one "), None);
    log.flush(former.id).await.unwrap();
    database
        .run("update generations set lease_until = now() - interval '1 second'")
        .await;
    let mut system = store.system("a test runs it").await.unwrap();
    let claimed = system.claim(10, true).await.unwrap().remove(0);
    assert_eq!((claimed.takeovers, claimed.next_seq), (1, 2));
    let new_key = run::key(&claimed);
    log.append(&new_key, delta("two"), None);
    log.append(&old_key, delta("zombie"), None);
    patiently("the flush", log.flush(claimed.id)).await.unwrap();
    assert!(old_key.stop.is_cancelled() && !new_key.stop.is_cancelled());
    assert_eq!(text(&chunks(&store, &claimed).await), "one two");
}

#[tokio::test]
async fn a_row_that_somebody_holds_waits_alone() {
    let (database, store, _, log) = started().await;
    let ((held, held_key), (free, free_key)) = (run::running(&store).await, run::running(&store).await);
    let mut other = database.connect().await;
    let lock = format!("begin; select from generations where id = '{}' for update", held.id);
    sqlx::raw_sql(sqlx::AssertSqlSafe(lock))
        .execute(&mut other)
        .await
        .unwrap();
    log.append(&held_key, delta("waits "), None);
    log.append(&free_key, delta("goes on"), None);
    patiently("the free one", log.flush(free.id)).await.unwrap();
    assert_eq!(text(&chunks(&store, &free).await), "goes on");
    assert!(chunks(&store, &held).await.is_empty());
    log.append(&held_key, delta("and is stored"), None);
    sqlx::raw_sql("rollback").execute(&mut other).await.unwrap();
    patiently("the held one", log.flush(held.id)).await.unwrap();
    assert_eq!(text(&chunks(&store, &held).await), "waits and is stored");
}

#[tokio::test]
async fn an_event_postgresql_refuses_ends_its_own_run_only() {
    let (_database, store, _, log) = started().await;
    let ((faulty, faulty_key), (good, good_key)) = (run::running(&store).await, run::running(&store).await);
    log.append(&faulty_key, delta("a\0b"), None);
    log.append(&good_key, delta("fine"), None);
    assert_eq!(
        patiently("the faulty one", log.flush(faulty.id)).await,
        Err(Refused::Faulty)
    );
    patiently("the good one", log.flush(good.id)).await.unwrap();
    assert!(faulty_key.stop.is_cancelled() && !good_key.stop.is_cancelled());
    assert_eq!(text(&chunks(&store, &good).await), "fine");
    assert!(chunks(&store, &faulty).await.is_empty());
}

#[tokio::test]
async fn an_answer_of_postgresql_lost_after_its_commit_doubles_and_drops_nothing() {
    let database = Database::new().await;
    let proxy = Proxy::before(database.options());
    let store = Store::open_with(proxy.options(), 2).await.unwrap();
    let direct = database.store().await;
    let hub = Hub::default();
    let log = LogWriter::start(store, hub.clone());
    let (claimed, key) = run::running(&direct).await;
    log.append(&key, delta("one "), None);
    log.flush(claimed.id).await.unwrap();
    let mut heard = hub.follow(claimed.id);
    // from here on the statement is prepared: its next answer comes after its commit
    proxy.lose_next_answer();
    log.append(&key, delta("two "), None);
    proxy.lost().await;
    // comes while the writer does not know whether `two` was stored
    log.append(&key, delta("three"), None);
    patiently("the flush", log.flush(claimed.id)).await.unwrap();
    let stored = chunks(&direct, &claimed).await;
    assert_eq!(text(&stored), "one two three");
    for expected in &stored[1..] {
        let Some(Signal::Committed { seq, event }) = heard.try_next() else {
            panic!("{expected:?} was not heard of")
        };
        assert_eq!(
            (seq, (*event).clone()),
            *expected,
            "what readers hear is what is stored"
        );
    }
}

#[tokio::test]
async fn a_connection_that_ends_under_the_writer_is_opened_again() {
    let (database, store, _, log) = started().await;
    let (claimed, key) = run::running(&store).await;
    log.append(&key, delta("before "), None);
    log.flush(claimed.id).await.unwrap();
    let name = database.value("select current_database()").await;
    let end = format!(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}' and pid <> pg_backend_pid()"
    );
    database.run(&end).await;
    log.append(&key, delta("after"), None);
    patiently("the flush", log.flush(claimed.id)).await.unwrap();
    let fresh = database.store().await;
    assert_eq!(text(&chunks(&fresh, &claimed).await), "before after");
}

#[tokio::test]
async fn a_reader_never_skips_an_event_it_did_not_hear_of() {
    let (_database, store, hub, log) = started().await;
    // another process: its events are in the table, and nobody here hears of them
    let elsewhere = LogWriter::start(store.clone(), Hub::default());
    let (claimed, key) = run::running(&store).await;
    let mut reader = Reader::new(store.clone(), &hub, claimed.user, claimed.id, 0);
    let mut seen = Vec::new();
    for (writer, text) in [(&log, "one "), (&elsewhere, "two "), (&log, "three")] {
        let next_seq = chunks(&store, &claimed).await.len() as i64 + 1;
        writer.append(
            &Arc::new(RunKey {
                generation: key.generation,
                fence: key.fence,
                next_seq,
                stop: key.stop.clone(),
            }),
            delta(text),
            None,
        );
        patiently("the flush", writer.flush(claimed.id)).await.unwrap();
        writer.close(claimed.id);
        while seen.is_empty() {
            if let Some(Item::Event { seq, event }) = patiently("an event", reader.next()).await.unwrap() {
                seen.push((seq, (*event).clone()));
            }
        }
    }
    while seen.len() < 3 {
        if let Some(Item::Event { seq, event }) = patiently("an event", reader.next()).await.unwrap() {
            seen.push((seq, (*event).clone()));
        }
    }
    assert_eq!(text(&seen), "one two three");
}
