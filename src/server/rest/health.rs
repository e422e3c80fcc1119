//! Whether answers can be given, part by part. Nothing is called for it but PostgreSQL.

use crate::{server::App, telemetry};
use axum::{Json, extract::State, http::StatusCode};
use serde::Serialize;
use std::{borrow::Cow, path::Path, time::Duration};
use time::format_description::well_known::Rfc3339;
use tokio::time::timeout;
use utoipa::ToSchema;

const PATIENCE: Duration = Duration::from_secs(2);
/// What waits longer than this to be stored, or to be run by anybody, is not going on.
const LONGEST_WAIT: Duration = Duration::from_secs(10);
const LONGEST_QUEUE: Duration = Duration::from_secs(60);
/// Less space on the disk of the embedded database than this is an alarm, in MiB.
const LEAST_SPACE: u64 = 512;

#[derive(Serialize, ToSchema)]
pub struct Health {
    /// `ok`, `degraded` (answers are given, something is wrong) or `down`.
    status: &'static str,
    version: &'static str,
    parts: Parts,
}

/// Each `ok`, `absent` or `down: <why>`.
#[derive(Serialize, ToSchema)]
struct Parts {
    postgres: Cow<'static, str>,
    redis: Cow<'static, str>,
    /// Whether answers are taken up and written down.
    engine: Cow<'static, str>,
    /// The last failure of one that has not answered since.
    providers: Cow<'static, str>,
    /// Of the embedded database.
    disk: Cow<'static, str>,
}

fn down(why: impl std::fmt::Display) -> Cow<'static, str> {
    format!("down: {why}").into()
}

/// Whether answers can be given: 503 only when PostgreSQL does not answer; without Redis the program does what it can
/// alone, and without its Temporal server answers wait.
#[utoipa::path(get, path = "/health", tag = "operations", responses((status = 200, body = Health), (status = 503, body = Health)))]
pub async fn health(State(app): State<App>) -> (StatusCode, Json<Health>) {
    let looked = async {
        app.chat.store.ping().await?;
        app.chat.live().await
    };
    let live = timeout(PATIENCE, looked).await.ok().and_then(Result::ok);
    let parts = Parts {
        postgres: if live.is_some() {
            "ok".into()
        } else {
            down("does not answer")
        },
        redis: match &app.redis {
            None => "absent".into(),
            Some(redis) => redis.trouble().map_or("ok".into(), down),
        },
        engine: match (live, app.chat.engine.trouble()) {
            (None, _) => down("needs PostgreSQL"),
            (_, Some(why)) => down(why),
            (Some(live), None) => engine(telemetry::LOG.age(), live.queue_age),
        },
        providers: if app.chat.models.is_demo() {
            "absent".into()
        } else {
            providers()
        },
        disk: match app.settings.database_url {
            None => disk(&app.settings.data_dir),
            Some(_) => "absent".into(),
        },
    };
    let others = [&parts.redis, &parts.engine, &parts.providers, &parts.disk];
    let (code, status) = match live {
        None => (StatusCode::SERVICE_UNAVAILABLE, "down"),
        Some(_) if others.iter().any(|word| word.starts_with("down")) => (StatusCode::OK, "degraded"),
        Some(_) => (StatusCode::OK, "ok"),
    };
    let health = Health {
        status,
        version: env!("CARGO_PKG_VERSION"),
        parts,
    };
    (code, Json(health))
}

fn engine(lag: Duration, queue_age: Duration) -> Cow<'static, str> {
    if lag > LONGEST_WAIT {
        return down(format_args!("words have waited for {} s to be stored", lag.as_secs()));
    }
    if queue_age > LONGEST_QUEUE {
        return down(format_args!(
            "an answer has waited for {} s and nobody runs it",
            queue_age.as_secs()
        ));
    }
    "ok".into()
}

fn providers() -> Cow<'static, str> {
    let troubles = telemetry::provider_troubles();
    let open = troubles.iter().find(|(_, trouble)| !trouble.over);
    open.map_or("ok".into(), |(name, trouble)| {
        let at = trouble.at.format(&Rfc3339).unwrap_or_default();
        down(format_args!("{name} {} at {at}", trouble.code.as_str()))
    })
}

fn disk(folder: &Path) -> Cow<'static, str> {
    match rustix::fs::statvfs(folder) {
        Ok(space) => {
            let free = space.f_bavail.saturating_mul(space.f_frsize) / (1024 * 1024);
            if free < LEAST_SPACE {
                down(format_args!("{free} MiB free"))
            } else {
                "ok".into()
            }
        }
        Err(error) => down(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_engine_is_down_when_nothing_goes_on() {
        let seconds = Duration::from_secs;
        assert_eq!(engine(seconds(1), seconds(1)), "ok");
        assert!(engine(seconds(11), seconds(0)).contains("11 s to be stored"));
        assert!(engine(seconds(0), seconds(61)).contains("61 s and nobody"));
    }

    #[test]
    fn a_folder_that_is_not_there_is_told() {
        assert_eq!(disk(Path::new("/")), "ok");
        assert!(disk(Path::new("/no/such/folder")).starts_with("down: "));
    }
}
