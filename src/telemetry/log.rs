//! The log: lines on standard error, as text or as JSON, each with the ids of the request and the answer it is about.

use super::trace;
use anyhow::{Context as _, bail};
use std::io::IsTerminal;
use tracing::{Metadata, Subscriber, level_filters::LevelFilter, span, subscriber::Interest};
use tracing_subscriber::{
    EnvFilter, Layer, Registry,
    layer::{Context, Filter, SubscriberExt},
    util::SubscriberInitExt,
};

/// Temporal's client tells every try to reach a server that is away; the engine says it once. PostgreSQL notes at every
/// start that the table of migrations is there. What `SQUAD_LOG` names wins.
const QUIET: &str = "temporalio_client=error,temporalio_sdk_core=error,sqlx::postgres::notice=warn";

/// Begins to write down what happens, as `SQUAD_LOG` and `SQUAD_LOG_FORMAT` say. Traces are sent with it; what is returned
/// ends them.
pub fn start() -> anyhow::Result<Option<trace::Exporter>> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let level = variable("SQUAD_LOG").unwrap_or_else(|| "info".into());
    let filter = EnvFilter::try_new(format!("{QUIET},{level}"))
        .with_context(|| format!("SQUAD_LOG={level:?} is no level and no filter. Write info, or squad=debug"))?;
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    let lines: Box<dyn Layer<Registry> + Send + Sync> = match variable("SQUAD_LOG_FORMAT").as_deref() {
        None | Some("text") => lines.with_filter(Asked(filter)).boxed(),
        Some("json") => lines.json().with_filter(Asked(filter)).boxed(),
        Some(other) => bail!("SQUAD_LOG_FORMAT={other:?} is unknown. Write text or json"),
    };
    let (spans, exporter) = trace::start()?.unzip();
    let layers: Vec<_> = std::iter::once(lines).chain(spans).collect();
    tracing_subscriber::registry().with(layers).init();
    Ok(exporter)
}

/// The filter of one layer among several, asked before every line. What it says may not be kept for a place in the code:
/// `tracing::enabled!` (sqlx asks so for every statement) leaves a no behind that the next line would take for its own.
struct Asked(EnvFilter);

impl<S: Subscriber> Filter<S> for Asked
where
    EnvFilter: Filter<S>,
{
    fn enabled(&self, metadata: &Metadata<'_>, context: &Context<'_, S>) -> bool {
        Filter::<S>::enabled(&self.0, metadata, context)
    }
    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        if Filter::<S>::callsite_enabled(&self.0, metadata).is_never() {
            Interest::never()
        } else {
            Interest::sometimes()
        }
    }
    fn max_level_hint(&self) -> Option<LevelFilter> {
        Filter::<S>::max_level_hint(&self.0)
    }
    fn on_new_span(&self, attributes: &span::Attributes<'_>, id: &span::Id, context: Context<'_, S>) {
        Filter::<S>::on_new_span(&self.0, attributes, id, context);
    }
    fn on_record(&self, id: &span::Id, values: &span::Record<'_>, context: Context<'_, S>) {
        Filter::<S>::on_record(&self.0, id, values, context);
    }
    fn on_enter(&self, id: &span::Id, context: Context<'_, S>) {
        Filter::<S>::on_enter(&self.0, id, context);
    }
    fn on_exit(&self, id: &span::Id, context: Context<'_, S>) {
        Filter::<S>::on_exit(&self.0, id, context);
    }
    fn on_close(&self, id: span::Id, context: Context<'_, S>) {
        Filter::<S>::on_close(&self.0, id, context);
    }
}
