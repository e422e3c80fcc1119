//! `squad doctor`: what is set up, what is wrong, and the cure; a line for each. It changes nothing and starts nothing, and
//! its only calls are those a start would make too.
//!
//! To add a check: a function that gives its [`Finding`]s, and a line in [`examine`].

use super::serve::{models, site};
use crate::{
    cache::redis::Redis,
    coaches::Squad,
    config::{
        models::Catalogue,
        settings::{Secret, Settings},
    },
    domain::ports::{Clock, Fanout, SystemClock},
    providers::llm::http_client,
    store::{
        embedded::look::look,
        inspect::{Inspection, Role, Schema, inspect, options},
    },
};
use anyhow::{Context, bail};
use leptos::config::LeptosOptions;
use serde::Serialize;
use sqlx::postgres::PgConnectOptions;
use std::{net::SocketAddr, path::Path, sync::Arc, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    time::timeout,
};

const PATIENCE: Duration = Duration::from_secs(5);
/// A clock further off than this makes leases end early or late, in seconds.
const MOST_SKEW: f64 = 5.0;
/// Less free space than this is told, in MiB.
const LITTLE_SPACE: u64 = 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Good,
    /// It works, and somebody should know.
    Warning,
    Bad,
}

#[derive(Debug, Serialize)]
struct Finding {
    part: &'static str,
    state: State,
    says: String,
    cure: Option<String>,
}

impl Finding {
    fn good(part: &'static str, says: impl Into<String>) -> Self {
        Self {
            part,
            state: State::Good,
            says: says.into(),
            cure: None,
        }
    }

    fn warning(part: &'static str, says: impl Into<String>, cure: impl Into<String>) -> Self {
        Self {
            state: State::Warning,
            cure: Some(cure.into()),
            ..Self::good(part, says)
        }
    }

    fn bad(part: &'static str, says: impl Into<String>, cure: impl Into<String>) -> Self {
        Self {
            state: State::Bad,
            ..Self::warning(part, says, cure)
        }
    }

    /// An error of ours, which says the cure itself.
    fn error(part: &'static str, error: &dyn std::fmt::Display) -> Self {
        Self {
            state: State::Bad,
            ..Self::good(part, error.to_string())
        }
    }

    fn line(&self) -> String {
        let mark = match self.state {
            State::Good => '✓',
            State::Warning => '!',
            State::Bad => '✗',
        };
        let cure = self.cure.as_ref().map_or(String::new(), |cure| format!(". {cure}"));
        format!("{mark} {:<9} {}{cure}", self.part, self.says)
    }
}

pub fn run(json: bool) -> anyhow::Result<()> {
    rustls::crypto::ring::default_provider()
        .install_default()
        .ok()
        .context("rustls was set up twice")?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    let findings = runtime.block_on(examine());
    runtime.shutdown_background();
    let bad = findings.iter().filter(|finding| finding.state == State::Bad).count();
    if json {
        let report = serde_json::json!({ "ok": bad == 0, "checks": findings });
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        findings.iter().for_each(|finding| println!("{}", finding.line()));
    }
    if bad > 0 {
        bail!("{bad} of {} checks failed", findings.len());
    }
    Ok(())
}

async fn examine() -> Vec<Finding> {
    let settings = match Settings::from_env() {
        Ok(settings) => settings,
        Err(error) => return vec![Finding::error("settings", &error)],
    };
    let (database, redis, temporal, providers, port) = tokio::join!(
        database(&settings),
        redis(settings.redis_url.as_ref()),
        temporal(),
        providers(&settings),
        port(settings.addr),
    );
    let mut findings = vec![Finding::good("settings", "read")];
    findings.extend(folder(&settings));
    findings.extend(database);
    findings.push(redis);
    findings.extend(temporal);
    findings.extend(providers);
    findings.push(port);
    findings.push(page(&site()));
    findings
}

/// The data folder, or where it will be.
fn folder(settings: &Settings) -> Option<Finding> {
    const PART: &str = "data";
    if settings.database_url.is_some() {
        return None;
    }
    let wanted = &settings.data_dir;
    let absolute = std::path::absolute(wanted).unwrap_or_else(|_| wanted.clone());
    let there = absolute
        .ancestors()
        .find(|path| path.exists())
        .unwrap_or(Path::new("/"));
    let cure = "Set SQUAD_DATA_DIR to a folder you own";
    let may = rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK;
    if !there.is_dir() || rustix::fs::access(there, may).is_err() {
        return Some(Finding::bad(
            PART,
            format!("{} cannot be written", wanted.display()),
            cure,
        ));
    }
    let space = match rustix::fs::statvfs(there) {
        Ok(space) => space.f_bavail.saturating_mul(space.f_frsize) / (1024 * 1024),
        Err(error) => return Some(Finding::bad(PART, format!("{}: {error}", there.display()), cure)),
    };
    let says = format!("{}, {space} MiB free", wanted.display());
    Some(if space < LITTLE_SPACE {
        Finding::warning(PART, says, "Make room, or set SQUAD_DATA_DIR to another disk")
    } else {
        Finding::good(PART, says)
    })
}

async fn database(settings: &Settings) -> Vec<Finding> {
    const PART: &str = "postgres";
    if let Some(url) = &settings.database_url {
        return match options(url) {
            Ok(options) => inspected(&options, "DATABASE_URL").await,
            Err(error) => vec![Finding::error(PART, &error)],
        };
    }
    match look(&settings.data_dir) {
        Err(error) => vec![Finding::error(PART, &error)],
        Ok(found) => match found.running {
            Some(options) => inspected(&options, "embedded, runs").await,
            None => {
                let data = found
                    .made_by
                    .map_or("no data yet".into(), |version| format!("data of version {version}"));
                let says = format!(
                    "embedded, does not run; {data}, programs in {}",
                    found.programs.display()
                );
                vec![Finding::good(PART, says)]
            }
        },
    }
}

async fn inspected(options: &PgConnectOptions, which: &str) -> Vec<Finding> {
    let asked = SystemClock.now();
    let found = match inspect(options).await {
        Ok(found) => found,
        Err(error) => return vec![Finding::error("postgres", &error)],
    };
    let now = asked.unix_timestamp_nanos() as f64 / 1e9;
    vec![
        version(&found, which),
        schema(&found.schema),
        role(found.role),
        clock(found.clock - now),
    ]
}

fn version(found: &Inspection, which: &str) -> Finding {
    let says = format!(
        "{which}: version {}, answers in {} ms",
        found.version,
        found.round_trip.as_millis()
    );
    if found.too_old {
        return Finding::bad("postgres", says, "Version 15 or newer is needed");
    }
    Finding::good("postgres", says)
}

fn schema(schema: &Schema) -> Finding {
    const PART: &str = "schema";
    match schema {
        Schema::Current => Finding::good(PART, "all migrations are applied"),
        Schema::Behind(count) => Finding::good(PART, format!("{count} migrations run at the next start")),
        Schema::Newer(version) => Finding::bad(
            PART,
            format!("migration {version} is newer than this program"),
            "Run the newer program, or restore a backup from before the upgrade",
        ),
        Schema::Changed(version) => Finding::bad(
            PART,
            format!("migration {version} differs from the one in this program"),
            "Run the program that wrote it",
        ),
        Schema::Foreign => Finding::bad(
            PART,
            "its tables belong to another database user",
            "Let DATABASE_URL name the user that made them",
        ),
    }
}

fn role(role: Role) -> Finding {
    const PART: &str = "role";
    match role {
        Role::Usable => Finding::good(PART, "squad_app may be used"),
        Role::ToBeMade => Finding::good(PART, "squad_app is made at the first start"),
        Role::Denied(user) => Finding::bad(
            PART,
            "this database user may not create or use the role squad_app",
            format!("Let an administrator run: CREATE ROLE squad_app NOLOGIN; GRANT squad_app TO \"{user}\";"),
        ),
    }
}

/// `skew`: seconds that the database's clock is ahead of ours.
fn clock(skew: f64) -> Finding {
    let says = format!("the database's clock is {skew:+.1} s off this machine's");
    if skew.abs() > MOST_SKEW {
        return Finding::warning("clock", says, "Let both machines keep their time (NTP)");
    }
    Finding::good("clock", says)
}

async fn redis(url: Option<&Secret>) -> Finding {
    const PART: &str = "redis";
    let Some(url) = url else {
        return Finding::good(PART, "absent: this program keeps for itself what several could share");
    };
    let cure = "Check REDIS_URL and that the server runs; the program goes on without it";
    match timeout(PATIENCE, Redis::start(&url.0)).await {
        Ok(Ok(redis)) => match redis.trouble() {
            None => Finding::good(PART, "answers"),
            Some(why) => Finding::bad(PART, why, cure),
        },
        Ok(Err(error)) => Finding::error(PART, &error),
        Err(_) => Finding::bad(PART, "does not answer", cure),
    }
}

/// Only whether somebody listens there.
async fn temporal() -> Option<Finding> {
    const PART: &str = "temporal";
    let address = std::env::var("TEMPORAL_ADDRESS")
        .ok()
        .filter(|address| !address.trim().is_empty())?;
    let place = address.trim();
    let place = place
        .split_once("://")
        .map_or(place, |(_, place)| place)
        .trim_end_matches('/');
    Some(match timeout(PATIENCE, TcpStream::connect(place)).await {
        Ok(Ok(_)) => Finding::good(PART, format!("{place} can be reached")),
        Ok(Err(error)) => Finding::bad(
            PART,
            format!("{place}: {error}"),
            "Check TEMPORAL_ADDRESS, like 127.0.0.1:7233",
        ),
        Err(_) => Finding::bad(
            PART,
            format!("{place} does not answer"),
            "Check TEMPORAL_ADDRESS, like 127.0.0.1:7233",
        ),
    })
}

/// One small call to each: the list of its models.
async fn providers(settings: &Settings) -> Vec<Finding> {
    const PART: &str = "provider";
    let set_up = || {
        let (catalogue, squad) = (Arc::new(Catalogue::bundled()?), Squad::load()?);
        models(&settings.providers, &catalogue, &squad)
    };
    let models = match set_up() {
        Ok((models, _)) => models,
        Err(error) => return vec![Finding::error(PART, &format!("{error:#}"))],
    };
    let mut findings = Vec::new();
    for provider in models.all() {
        let name = provider.name();
        if name == "demo" {
            let cure = "Set ANTHROPIC_API_KEY (or another provider's) for real answers";
            findings.push(Finding::warning(
                PART,
                "the demo squad answers, because no key is set",
                cure,
            ));
            continue;
        }
        findings.push(match timeout(PATIENCE, provider.models()).await {
            Ok(Ok(listed)) => Finding::good(PART, format!("{name} answers, with {} models", listed.len())),
            Ok(Err(error)) => Finding::bad(
                PART,
                format!("{name}: {}", error.code.as_str()),
                format!("Check {}", variables(name)),
            ),
            Err(_) => Finding::bad(
                PART,
                format!("{name} does not answer"),
                format!("Check {}", variables(name)),
            ),
        });
    }
    findings
}

fn variables(provider: &str) -> &'static str {
    match provider {
        "anthropic" => "ANTHROPIC_API_KEY and ANTHROPIC_BASE_URL",
        "openrouter" => "OPENROUTER_API_KEY and OPENROUTER_BASE_URL",
        _ => "OPENAI_API_KEY and OPENAI_BASE_URL",
    }
}

/// Whether a start could listen there, or a squad does already.
async fn port(address: SocketAddr) -> Finding {
    const PART: &str = "port";
    let taken = match TcpListener::bind(address).await {
        Ok(_) => return Finding::good(PART, format!("{address} is free")),
        Err(error) => error,
    };
    if taken.kind() != std::io::ErrorKind::AddrInUse {
        return Finding::bad(PART, format!("{address}: {taken}"), "Set SQUAD_ADDR to another address");
    }
    let place = super::serve::reachable(address);
    let health = async {
        let answer = http_client()?.get(format!("http://{place}/health")).send().await?;
        Ok::<serde_json::Value, anyhow::Error>(serde_json::from_slice(&answer.bytes().await?)?)
    };
    let health = timeout(PATIENCE, health).await.ok().and_then(Result::ok);
    let told = health
        .as_ref()
        .and_then(|health| Some((health["status"].as_str()?, health["version"].as_str()?)));
    match told {
        Some(("ok", version)) => Finding::good(PART, format!("a squad {version} serves at {place}: ok")),
        Some((status, version)) => Finding::warning(
            PART,
            format!("a squad {version} serves at {place}: {status}"),
            format!("http://{place}/health says which part"),
        ),
        None => Finding::bad(
            PART,
            format!("{address} is in use by another program"),
            "Stop it, or set SQUAD_ADDR to another port (0 picks a free one)",
        ),
    }
}

/// The page's files, under the names that the program will write into its HTML.
fn page(site: &LeptosOptions) -> Finding {
    const PART: &str = "page";
    let root = Path::new(&*site.site_root);
    let names = match names(site) {
        Ok(names) => names,
        Err(error) => return Finding::bad(PART, format!("{error:#}"), "Build again: make build"),
    };
    let missing = |name: &&String| {
        let file = root.join(&*site.site_pkg_dir).join(name);
        !std::fs::metadata(file).is_ok_and(|file| file.len() > 0)
    };
    let missing: Vec<_> = names.iter().filter(missing).cloned().collect();
    if missing.is_empty() {
        return Finding::good(PART, format!("its files are in {}", root.display()));
    }
    Finding::bad(
        PART,
        format!("{} not in {}", missing.join(", "), root.display()),
        "Keep the folder site and hash.txt beside the program as make build leaves them",
    )
}

fn names(site: &LeptosOptions) -> anyhow::Result<Vec<String>> {
    let name = &site.output_name;
    let kinds = ["js", "wasm", "css"];
    if !site.hash_files {
        return Ok(kinds.map(|kind| format!("{name}.{kind}")).to_vec());
    }
    let path = std::env::current_exe()?.with_file_name("hash.txt");
    let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let hash = |kind: &str| {
        let line = text
            .lines()
            .find_map(|line| line.split_once(':').filter(|(name, _)| name.trim() == kind));
        line.map(|(_, hash)| format!("{name}.{}.{kind}", hash.trim()))
    };
    let named: Vec<_> = kinds.iter().filter_map(|kind| hash(kind)).collect();
    if named.len() < kinds.len() {
        bail!("{} does not name all files", path.display());
    }
    Ok(named)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_off_is_told_either_way() {
        assert_eq!(clock(0.2).state, State::Good);
        for skew in [-30.0, 6.0] {
            assert_eq!(clock(skew).state, State::Warning, "{skew}");
        }
    }

    #[test]
    fn a_line_has_mark_part_words_and_cure() {
        assert_eq!(Finding::bad("role", "no", "Do this").line(), "✗ role      no. Do this");
        assert_eq!(Finding::good("port", "free").line(), "✓ port      free");
    }
}
