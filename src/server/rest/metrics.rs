//! Figures for Prometheus. Who may read them: whoever is on this machine, and the owner.

use crate::{
    server::{App, owner, problem::ApiProblem, session::is_local},
    telemetry,
    types::error::ErrorCode,
};
use axum::{
    extract::{Request, State},
    http::header,
    response::{IntoResponse, Response},
};
use std::time::Duration;

/// PostgreSQL has this long; its lines are missing otherwise.
const PATIENCE: Duration = Duration::from_secs(2);

/// Figures in Prometheus' text format: for a scraper on this machine, elsewhere with the owner's token.
#[utoipa::path(get, path = "/metrics", tag = "operations", responses((status = 200, description = "Prometheus' text format", body = String, content_type = "text/plain")))]
pub async fn metrics(State(app): State<App>, request: Request) -> Result<Response, ApiProblem> {
    if !is_local(&request) && !owner::asks(&app, &request) {
        return Err(ApiProblem::new(
            ErrorCode::Unauthorized,
            "Read it on the squad's own machine, or send the owner's token (SQUAD_OWNER_TOKEN): Authorization: Bearer <token>.",
        ));
    }
    let live = tokio::time::timeout(PATIENCE, app.chat.live())
        .await
        .ok()
        .and_then(Result::ok);
    let now = live.map(|live| telemetry::Live {
        queued: live.queued,
        running: live.running,
        queue_age: live.queue_age,
    });
    let text = telemetry::render(now, &app.chat.store.connections());
    Ok((
        [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")],
        text,
    )
        .into_response())
}
