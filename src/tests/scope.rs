//! Connections with a scope: what one caller leaves behind is never part of what the next one does.

use crate::support::{
    postgres::Database,
    run::{first_turn, new_answer},
};
use futures_util::poll;
use squad::types::ids::UserId;
use std::pin::pin;

#[tokio::test]
async fn a_caller_who_goes_before_the_transaction_has_begun_leaves_none_open() {
    let database = Database::new().await;
    let store = database.store().await;
    let user = UserId(uuid::Uuid::new_v4());
    for _ in 0..6 {
        {
            // it has said `begin` and gone before the answer
            let mut beginning = pin!(store.as_user(user));
            while poll!(beginning.as_mut()).is_pending() && database_has_begun(&database).await == 0 {}
        }
        let answer = new_answer();
        store.begin_conversation(user, &first_turn(&answer)).await.unwrap();
    }
    // another connection sees what was stored
    assert_eq!(database.value("select count(*) from conversations").await, "6");
}

async fn database_has_begun(database: &Database) -> i64 {
    let open =
        "select count(*) from pg_stat_activity where state = 'idle in transaction' and datname = current_database()";
    database.value(open).await.parse().unwrap()
}
