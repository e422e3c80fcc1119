//! Traces, as a collector gets them: the run of an answer with its steps, in the trace of its request, and nobody's words.

use crate::support::{TestApp, patiently};
use axum::{Router, body::Bytes, extract::State, routing::post};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{KeyValue, any_value::Value},
    trace::v1::Span,
};
use prost::Message;
use serde_json::json;
use tokio::sync::mpsc;

const ASKED: &str = "zebrawort";
const ANSWERED: &str = "quaggawort";

/// A collector: its address, and every span it gets, with the bytes it came in.
async fn collector() -> (String, mpsc::UnboundedReceiver<(Vec<Span>, Bytes)>) {
    let (told, spans) = mpsc::unbounded_channel();
    let take = |State(told): State<mpsc::UnboundedSender<_>>, body: Bytes| async move {
        let request = ExportTraceServiceRequest::decode(body.clone()).unwrap();
        let scopes = request
            .resource_spans
            .into_iter()
            .flat_map(|resource| resource.scope_spans);
        let _ = told.send((scopes.flat_map(|scope| scope.spans).collect(), body));
    };
    let app = Router::new().route("/v1/traces", post(take)).with_state(told);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    (format!("http://{address}"), spans)
}

fn text<'a>(span: &'a Span, key: &str) -> Option<&'a str> {
    let found = span.attributes.iter().find(|KeyValue { key: name, .. }| name == key)?;
    match found.value.as_ref()?.value.as_ref()? {
        Value::StringValue(text) => Some(text),
        _ => None,
    }
}

#[tokio::test]
async fn an_answer_is_one_trace_from_the_request_to_its_end() {
    let (address, mut coming) = collector().await;
    let app = TestApp::with(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &address),
        ("OTEL_BSP_SCHEDULE_DELAY", "100"),
    ])
    .await;
    let artist = app.artist();
    app.fake
        .script(json!({"match": ASKED, "then": [{"text": format!("{ANSWERED} one")}, {"text": " two"}]}))
        .await;
    let answer = artist.chat(json!({"message": ASKED})).await;
    let generation = answer["generation_id"].as_str().unwrap();
    let (mut spans, mut bytes) = (Vec::<Span>::new(), Vec::new());
    let run = loop {
        let (more, body) = patiently("spans", coming.recv()).await.unwrap();
        spans.extend(more);
        bytes.extend(body);
        let run = spans
            .iter()
            .find(|span| text(span, "generation") == Some(generation))
            .cloned();
        if let Some(run) = run
            && spans.iter().any(|span| span.name == "POST /api/chat")
        {
            break run;
        }
    };
    assert_eq!(run.name, "run");
    let request = spans.iter().find(|span| span.name == "POST /api/chat").unwrap();
    assert_eq!(
        request.trace_id, run.trace_id,
        "the run belongs to the trace of its request"
    );
    assert!(request.end_time_unix_nano >= request.start_time_unix_nano);
    let child = |name: &str, of: &Span| {
        let found = spans
            .iter()
            .find(|span| span.name == name && span.parent_span_id == of.span_id);
        found.unwrap_or_else(|| panic!("no {name} in {spans:#?}")).clone()
    };
    child("start", request);
    child("prompt", &run);
    child("finish", &run);
    let provider = child("provider", &run);
    assert_eq!(text(&provider, "model"), Some("claude-haiku-5-5"));
    let first = child("first_token", &provider);
    let stream = child("stream", &provider);
    assert!(first.start_time_unix_nano <= first.end_time_unix_nano);
    assert!(first.end_time_unix_nano <= stream.end_time_unix_nano);
    let bytes = String::from_utf8_lossy(&bytes);
    assert!(!bytes.contains(ASKED) && !bytes.contains(ANSWERED));
}

#[tokio::test]
async fn a_collector_that_is_away_is_told_once_and_costs_no_answer() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let app = TestApp::with(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &format!("http://{nobody}")),
        ("OTEL_BSP_SCHEDULE_DELAY", "50"),
    ])
    .await;
    let artist = app.artist();
    artist.chat(json!({"message": "one"})).await;
    app.logged("traces cannot be sent").await;
    for _ in 0..3 {
        artist.chat(json!({"message": "more"})).await;
    }
    assert_eq!(app.log().matches("traces cannot be sent").count(), 1, "{}", app.log());
}
