//! The log: lines on standard error, as text or as JSON, each with the ids of the request and the answer it is about.

use super::trace;
use anyhow::{Context, bail};
use std::io::IsTerminal;
use tracing_subscriber::{EnvFilter, Layer, Registry, layer::SubscriberExt, util::SubscriberInitExt};

/// Begins to write down what happens, as `SQUAD_LOG` and `SQUAD_LOG_FORMAT` say. Traces are sent with it; what is returned
/// ends them.
pub fn start() -> anyhow::Result<Option<trace::Exporter>> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let level = variable("SQUAD_LOG").unwrap_or_else(|| "info".into());
    let filter = EnvFilter::try_new(&level)
        .with_context(|| format!("SQUAD_LOG={level:?} is no level and no filter. Write info, or squad=debug"))?;
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    let lines: Box<dyn Layer<Registry> + Send + Sync> = match variable("SQUAD_LOG_FORMAT").as_deref() {
        None | Some("text") => lines.with_filter(filter).boxed(),
        Some("json") => lines.json().with_filter(filter).boxed(),
        Some(other) => bail!("SQUAD_LOG_FORMAT={other:?} is unknown. Write text or json"),
    };
    let (spans, exporter) = trace::start()?.unzip();
    let layers: Vec<_> = std::iter::once(lines).chain(spans).collect();
    tracing_subscriber::registry().with(layers).init();
    Ok(exporter)
}
