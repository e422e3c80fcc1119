//! Traces over OTLP (HTTP, protobuf), only where `OTEL_EXPORTER_OTLP_ENDPOINT` is set; the other standard variables count
//! too, but those for protocol and compression. A trace is a request, the start of its turn, and the run of its answer with its steps. Names, ids and numbers only:
//! events of the log, which carry errors, are left out.
//!
//! A collector that is away costs nothing but one line in the log: spans are sent by a thread of their own, from a queue
//! that drops what does not fit.

use anyhow::Context;
use opentelemetry::trace::TracerProvider;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{SpanExporter, WithHttpConfig};
use opentelemetry_sdk::{Resource, trace::SdkTracerProvider};
use std::{
    future::Future,
    pin::Pin,
    sync::{
        OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tracing::{Span, level_filters::LevelFilter};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::{Layer, Registry, filter::filter_fn};

const ENDPOINT: [&str; 2] = ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"];
/// What is not sent by then when the program ends is lost.
const LAST_SPANS: Duration = Duration::from_secs(2);
const PATIENCE: Duration = Duration::from_secs(10);

static RUNTIME: OnceLock<tokio::runtime::Handle> = OnceLock::new();

/// Sends what is still waiting when it is told to end.
pub struct Exporter(SdkTracerProvider);

impl Exporter {
    /// Blocks its thread for a moment.
    pub fn end(self) {
        let _ = self.0.shutdown_with_timeout(LAST_SPANS);
    }
}

type Spans = Box<dyn Layer<Registry> + Send + Sync>;

/// What turns the program's spans into traces, and sends them.
pub(super) fn start() -> anyhow::Result<Option<(Spans, Exporter)>> {
    let named = |name: &&str| std::env::var(name).is_ok_and(|value| !value.is_empty());
    if !ENDPOINT.iter().any(named) {
        return Ok(None);
    }
    let sender = SpanExporter::builder()
        .with_http()
        .with_http_client(Sender::default())
        .build()
        .with_context(|| {
            format!(
                "{}: traces cannot be sent there. Write it like http://127.0.0.1:4318",
                ENDPOINT[0]
            )
        })?;
    let mut resource = Resource::builder();
    if std::env::var_os("OTEL_SERVICE_NAME").is_none() {
        resource = resource.with_service_name("squad");
    }
    let provider = SdkTracerProvider::builder()
        .with_batch_exporter(sender)
        .with_resource(resource.build())
        .build();
    let layer = tracing_opentelemetry::layer()
        .with_tracer(provider.tracer("squad"))
        .with_location(false)
        .with_threads(false)
        .with_target(false)
        .with_level(false)
        .with_tracked_inactivity(false)
        .with_filter(filter_fn(|metadata| {
            metadata.is_span() && metadata.target().starts_with("squad")
        }))
        .with_filter(LevelFilter::INFO);
    Ok(Some((layer.boxed(), Exporter(provider))))
}

/// Where requests of the exporter's thread run: called inside the runtime.
pub fn send_from_here() {
    let _ = RUNTIME.set(tokio::runtime::Handle::current());
}

/// The span of a run. It belongs to the trace of who started it, and does not keep that one's own span open.
pub fn run_span(generation: impl std::fmt::Display, attempt: i32) -> Span {
    let span = tracing::info_span!(parent: None, "run", %generation, attempt);
    let _ = span.set_parent(Span::current().context());
    span
}

/// The program's own HTTP client for the exporter, which has a thread without a runtime.
#[derive(Debug, Default)]
struct Sender {
    client: OnceLock<reqwest::Client>,
    warned: AtomicBool,
}

impl Sender {
    fn failed(&self, why: &str) {
        if !self.warned.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                why,
                "traces cannot be sent; the program goes on without them, and says this once"
            );
        }
    }

    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let runtime = RUNTIME.get().ok_or("the program has not started yet")?;
        let client = self.client.get_or_init(reqwest::Client::new).clone();
        let call = runtime.spawn(async move {
            let request = reqwest::Request::try_from(request)?;
            let answer = tokio::time::timeout(PATIENCE, client.execute(request)).await??;
            let status = answer.status();
            let body = tokio::time::timeout(PATIENCE, answer.bytes()).await??;
            let mut response = Response::new(body);
            *response.status_mut() = status;
            Ok::<_, HttpError>(response)
        });
        match call.await? {
            Ok(answer) if !answer.status().is_success() => {
                self.failed(answer.status().as_str());
                Ok(answer)
            }
            Ok(answer) => {
                self.warned.store(false, Ordering::Relaxed);
                Ok(answer)
            }
            Err(error) => {
                self.failed("no answer from the collector");
                Err(error)
            }
        }
    }
}

impl HttpClient for Sender {
    fn send_bytes<'a, 'b>(
        &'a self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'b>>
    where
        'a: 'b,
        Self: 'b,
    {
        Box::pin(self.send(request))
    }
}
