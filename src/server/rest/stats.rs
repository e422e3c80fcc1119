//! An artist's figures, counted from her answers; the owner's are everybody's.

use crate::{
    domain::runs::Viewer,
    server::{App, problem::ApiProblem},
};
use axum::{Json, extract::State};
use rust_decimal::Decimal;
use serde::Serialize;
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
pub struct Stats {
    generations: Generations,
    cache: AnswerCache,
    tokens: Tokens,
    #[schema(value_type = Option<f64>)]
    cost_usd: Option<Decimal>,
}

#[derive(Serialize, ToSchema)]
struct Generations {
    queued: i64,
    running: i64,
    completed: i64,
    failed: i64,
    cancelled: i64,
}

/// Of the answer cache; what came from a provider's own prompt cache is among the tokens.
#[derive(Serialize, ToSchema)]
struct AnswerCache {
    hits: i64,
    misses: i64,
    /// Of 1; 0 as long as it was never asked.
    hit_rate: f64,
}

#[derive(Serialize, ToSchema)]
struct Tokens {
    input: i64,
    output: i64,
    cache_read: i64,
    cache_write: i64,
}

/// Figures of the artist's answers; with the owner's token of everybody's.
#[utoipa::path(get, path = "/api/stats", tag = "operations", responses((status = 200, body = Stats)))]
pub async fn stats(State(app): State<App>, viewer: Viewer) -> Result<Json<Stats>, ApiProblem> {
    let figures = app.chat.figures(viewer).await?;
    let asked = figures.hits + figures.misses;
    Ok(Json(Stats {
        generations: Generations {
            queued: figures.queued,
            running: figures.running,
            completed: figures.completed,
            failed: figures.failed,
            cancelled: figures.cancelled,
        },
        cache: AnswerCache {
            hits: figures.hits,
            misses: figures.misses,
            hit_rate: figures.hits as f64 / asked.max(1) as f64,
        },
        tokens: Tokens {
            input: figures.input_tokens,
            output: figures.output_tokens,
            cache_read: figures.cache_read_tokens,
            cache_write: figures.cache_write_tokens,
        },
        cost_usd: figures.cost,
    }))
}
