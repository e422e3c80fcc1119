use super::*;
use crate::{
    providers::llm::testing::{STREAM, Then, body, catalogue, chunk, client, hear, prompt, serve, turn},
    types::error::ErrorCode,
};
use serde_json::json;

const START: &str = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"usage\":{\"input_tokens\":12,\"cache_creation_input_tokens\":3,\"cache_read_input_tokens\":40,\"output_tokens\":1}}}\n\n";
const THINKING: &str = "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}}\n\nevent: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"thinking_delta\",\"thinking\":\"hm\"}}\n\nevent: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"signature_delta\",\"signature\":\"s\"}}\n\n";
const STOP: &str = "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"max_tokens\"},\"usage\":{\"output_tokens\":7}}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";

fn delta(text: &str) -> String {
    let data = json!({"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": text}});
    format!("event: content_block_delta\ndata: {data}\n\n")
}

fn provider(url: &str) -> AnthropicProvider {
    AnthropicProvider::new(client(), url, &ApiKey::new("test-key"), catalogue()).unwrap()
}

fn stream(pieces: &[&str]) -> Vec<Then> {
    let head = [Then::Send(STREAM.into())];
    head.into_iter().chain(pieces.iter().map(chunk)).collect()
}

#[tokio::test]
async fn an_answer_with_everything_the_dialect_has() {
    let text = format!(
        "{}event: ping\ndata: {{\"type\": \"ping\"}}\n\n{}",
        delta("Sal"),
        delta("ut 🎙️\u{0} !\n")
    );
    let unknown = "event: weather\ndata: {\"type\":\"weather\"}\n\n";
    let all = [START, THINKING, &text, unknown, STOP].concat();
    // Every byte alone, so that characters and lines are split everywhere.
    let mut then = vec![Then::Send(STREAM.into())];
    then.extend(all.as_bytes().chunks(1).map(chunk));
    then.push(Then::End);
    let (url, request) = serve(then).await;
    let heard = hear(provider(&format!("{url}/v1/")).stream(prompt("Bonjour"))).await;
    assert_eq!(heard.text, "Salut 🎙️ !\n");
    let usage = Usage {
        input_tokens: Some(12),
        output_tokens: Some(7),
        cache_read_tokens: Some(40),
        cache_write_tokens: Some(3),
    };
    assert_eq!(
        heard.stop,
        Some(ProviderEvent::Stop {
            reason: "max_tokens".into(),
            usage,
            cost_usd: None
        })
    );
    let request = request.await.unwrap();
    assert!(request.starts_with("POST /v1/messages HTTP/1.1\r\n"), "{request}");
    assert!(request.contains("x-api-key: test-key\r\n") && request.contains("anthropic-version: 2023-06-01\r\n"));
}

#[tokio::test]
async fn events_without_their_names_are_read_by_type() {
    let all = [START, &delta("ok"), STOP].concat();
    let nameless: String = all
        .split_inclusive('\n')
        .filter(|line| !line.starts_with("event:"))
        .collect();
    let (url, _) = serve(stream(&[&nameless])).await;
    assert_eq!(hear(provider(&url).stream(prompt("?"))).await.text, "ok");
}

#[tokio::test]
async fn an_end_before_message_stop_is_a_cut_however_it_comes() {
    let half = &delta("lost")[..60];
    for (mut then, polite) in [
        (stream(&[START, &delta("kept"), half]), true),
        (stream(&[START, &delta("kept")]), false),
    ] {
        if polite {
            then.push(Then::End);
        }
        let (url, _) = serve(then).await;
        let heard = hear(provider(&url).stream(prompt("?"))).await;
        let error = heard.error.unwrap();
        assert_eq!(
            (heard.text.as_str(), error.code, error.retry),
            ("kept", ErrorCode::ProviderError, Some(None))
        );
        // What was counted before the cut is known; how much was written is not.
        assert_eq!(
            heard.usage.map(|usage| (usage.input_tokens, usage.output_tokens)),
            Some((Some(12), None))
        );
    }
}

#[tokio::test]
async fn an_error_event_ends_the_stream_with_its_code() {
    let event = "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n";
    let (url, _) = serve(stream(&[START, &delta("a"), event])).await;
    let error = hear(provider(&url).stream(prompt("?"))).await.error.unwrap();
    assert_eq!((error.code, error.retry), (ErrorCode::ProviderOverloaded, Some(None)));
    let (url, _) = serve(stream(&["event: content_block_delta\ndata: secret words\n\n"])).await;
    let error = hear(provider(&url).stream(prompt("?"))).await.error.unwrap();
    assert!(
        error.code == ErrorCode::ProviderError && !error.detail.contains("secret"),
        "{error}"
    );
}

#[tokio::test]
async fn silence_is_a_timeout_before_the_head_and_within_the_body() {
    let idle = Duration::from_millis(50);
    let mut body = stream(&[START, &delta("a")]);
    body.push(Then::Silence);
    for (then, text) in [(vec![Then::Silence], ""), (body, "a")] {
        let (url, _) = serve(then).await;
        let heard = hear(provider(&url).with_idle(idle).stream(prompt("?"))).await;
        assert_eq!(
            (heard.text.as_str(), heard.error.unwrap().code),
            (text, ErrorCode::ProviderTimeout)
        );
    }
}

#[tokio::test]
async fn a_refused_connection_may_be_tried_again() {
    let error = hear(provider("http://127.0.0.1:9").stream(prompt("?")))
        .await
        .error
        .unwrap();
    assert_eq!((error.code, error.retry), (ErrorCode::ProviderError, Some(None)));
    assert!(error.detail.starts_with("cannot connect"), "{}", error.detail);
}

#[tokio::test]
async fn a_refusal_before_the_stream_is_an_error() {
    let body = r#"{"type":"error","error":{"type":"rate_limit_error","message":"slow down"}}"#;
    let answer = format!(
        "HTTP/1.1 429 Too Many Requests\r\nretry-after: 3\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let (url, _) = serve(vec![Then::Send(answer.into_bytes())]).await;
    let error = hear(provider(&url).stream(prompt("?"))).await.error.unwrap();
    assert_eq!(error.code, ErrorCode::ProviderRateLimited);
    assert_eq!(error.retry, Some(Some(Duration::from_secs(3))));
    assert_eq!(error.detail, "HTTP 429 rate_limit_error: slow down");
}

#[tokio::test]
async fn the_request_says_what_the_model_takes() {
    let mut asked = prompt("five");
    asked.turns = ["one", "two", "three", "four", "five"]
        .iter()
        .zip([Speaker::User, Speaker::Assistant].into_iter().cycle())
        .map(|(text, speaker)| turn(speaker, text, *text != "five"))
        .collect();
    let (url, request) = serve(stream(&[STOP])).await;
    hear(provider(&url).stream(asked.clone())).await;
    let ephemeral = json!({"type": "ephemeral"});
    let cached = |text: &str| json!([{"type": "text", "text": text, "cache_control": ephemeral}]);
    assert_eq!(
        body(&request.await.unwrap()),
        json!({
            "model": "claude-haiku-5-5", "max_tokens": 1000, "stream": true, "thinking": {"type": "disabled"},
            "system": cached("You are Luke, a coach of artists."),
            "messages": [
                {"role": "user", "content": "one"}, {"role": "assistant", "content": cached("two")},
                {"role": "user", "content": cached("three")}, {"role": "assistant", "content": cached("four")},
                {"role": "user", "content": "five"},
            ],
        })
    );
    asked.prefill = Some("So ".into());
    let error = hear(provider("http://127.0.0.1:9").stream(asked.clone()))
        .await
        .error
        .unwrap();
    assert_eq!((error.code, error.retry), (ErrorCode::ProviderInvalid, None));
    asked.model = "claude-haiku-4-5".into();
    let (url, request) = serve(stream(&[STOP])).await;
    hear(provider(&url).stream(asked)).await;
    let sent = body(&request.await.unwrap());
    assert_eq!(
        (&sent["temperature"], &sent["messages"][5]["content"]),
        (&json!(0.7), &json!("So"))
    );
    assert!(sent.get("thinking").is_none());
}

#[tokio::test]
async fn dropping_the_stream_closes_the_connection() {
    use futures_util::StreamExt;
    let (tell, closed) = tokio::sync::oneshot::channel();
    let mut then = stream(&[START, &delta("a")]);
    then.push(Then::Closed(tell));
    let (url, _) = serve(then).await;
    let mut answer = provider(&url).stream(prompt("?"));
    answer.next().await.unwrap().unwrap();
    drop(answer);
    closed.await.unwrap();
}

#[test]
fn a_key_is_never_printed() {
    assert_eq!(format!("{:?}", ApiKey::new("sk-ant-1")), "***");
    let error = AnthropicProvider::new(client(), BASE_URL, &ApiKey::new("sk\n1"), catalogue())
        .err()
        .unwrap();
    assert!(!error.to_string().contains("sk"));
}
