//! What tests are made of: a database, a provider, the program, artists who call it.

pub mod app;
pub mod artist;
pub mod engine;
pub mod fake;
pub mod postgres;
pub mod process;
pub mod proxy;
pub mod redis;
pub mod run;
pub mod socket;
pub mod sse;
#[cfg(feature = "temporal")]
pub mod temporal;

pub use app::TestApp;
pub use artist::{Answer, Artist};
pub use fake::Fake;

use artist::Started;
use serde_json::json;
use std::{future::Future, time::Duration};

/// Nothing a test waits for takes this long; without it a fault would hang instead of failing.
const PATIENCE: Duration = Duration::from_secs(40);

/// Waits for what has to come.
pub async fn patiently<T>(what: &str, coming: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, coming).await {
        Ok(value) => value,
        Err(_) => panic!("never came: {what}"),
    }
}

/// Three questions of one conversation, alpha, beta and gamma. The first one's answer stands at the hold `alpha` and the
/// others wait their turn; the second one's will stand at `beta`.
pub async fn three_in_a_row(fake: &Fake, artist: &Artist) -> [Started; 3] {
    fake.script(json!([
        {"match": "alpha", "then": [{"text": "Answer of alpha"}, {"hold": "alpha"}]},
        {"match": "beta", "then": [{"text": "Answer of beta"}, {"hold": "beta"}]},
        {"match": "gamma", "then": [{"text": "Answer of gamma"}]},
    ]))
    .await;
    let first = artist.generate(json!({"message": "alpha", "coach": "luke"})).await;
    fake.reached("alpha").await;
    let behind = async |text: &str| {
        let body = json!({"message": text, "conversation_id": first.conversation});
        let waiting = artist.generate(body).await;
        assert_eq!(artist.status(&waiting.generation).await["status"], "queued", "{text}");
        waiting
    };
    let (second, third) = (behind("beta").await, behind("gamma").await);
    [first, second, third]
}

/// Method and path of every route that programs may call.
pub fn routes() -> Vec<(String, String)> {
    let document = serde_json::to_value(squad::server::openapi::document()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let routes = paths.iter().flat_map(|(path, item)| {
        let methods = item.as_object().unwrap().keys();
        methods
            .map(|method| (method.to_uppercase(), path.clone()))
            .collect::<Vec<_>>()
    });
    routes.collect()
}

/// Those with the id of something.
pub fn routes_with_id() -> Vec<(String, String)> {
    let mut routes = routes();
    routes.retain(|(_, path)| path.contains("{id}"));
    // what deletes comes last, so that the others still find something
    routes.sort_by_key(|(method, _)| method == "DELETE");
    routes
}

/// An id that nothing has.
pub fn nobodys_id() -> String {
    uuid::Uuid::new_v4().to_string()
}
