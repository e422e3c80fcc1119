//! Whether answers can be given.

use crate::server::App;
use axum::{Json, extract::State, http::StatusCode};
use serde::Serialize;
use std::{borrow::Cow, time::Duration};
use tokio::time::timeout;
use utoipa::ToSchema;

const PATIENCE: Duration = Duration::from_secs(2);

#[derive(Serialize, ToSchema)]
pub struct Health {
    status: &'static str,
    version: &'static str,
    parts: Parts,
}

#[derive(Serialize, ToSchema)]
struct Parts {
    postgres: &'static str,
    redis: Cow<'static, str>,
    engine: Cow<'static, str>,
    providers: &'static str,
}

/// Whether answers can be given: 503 only when PostgreSQL does not answer; without Redis the program does what it can
/// alone, and without its Temporal server answers wait.
#[utoipa::path(get, path = "/health", tag = "operations", responses((status = 200, body = Health), (status = 503, body = Health)))]
pub async fn health(State(app): State<App>) -> (StatusCode, Json<Health>) {
    let up = matches!(timeout(PATIENCE, app.chat.store.ping()).await, Ok(Ok(())));
    let parts = Parts {
        postgres: if up { "ok" } else { "down: does not answer" },
        redis: match &app.redis {
            None => "absent".into(),
            Some(redis) => redis.trouble().map_or("ok".into(), |why| format!("down: {why}").into()),
        },
        engine: match app.chat.engine.trouble() {
            _ if !up => "down: needs PostgreSQL".into(),
            Some(why) => format!("down: {why}").into(),
            None => "ok".into(),
        },
        providers: if app.chat.models.is_demo() { "absent" } else { "ok" },
    };
    let status = if up {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let waits = parts.redis.starts_with("down") || parts.engine.starts_with("down");
    let word = match (up, waits) {
        (false, _) => "down",
        (true, true) => "degraded",
        (true, false) => "ok",
    };
    (
        status,
        Json(Health {
            status: word,
            version: env!("CARGO_PKG_VERSION"),
            parts,
        }),
    )
}
