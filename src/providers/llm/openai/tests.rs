use super::*;
use crate::{
    providers::llm::testing::{STREAM, Then, body, catalogue, chunk, client, hear, prompt, serve},
    types::error::ErrorCode,
};
use serde_json::json;

fn provider(url: &str, dialect: Dialect) -> OpenAiProvider {
    let key = ApiKey::new("test-key");
    OpenAiProvider::new(client(), url, Some(&key), dialect, catalogue()).unwrap()
}

fn delta(text: &str) -> String {
    format!(
        "data: {}\n\n",
        json!({"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": null}]})
    )
}

fn finish(reason: &str) -> String {
    format!(
        "data: {}\n\n",
        json!({"choices": [{"delta": {}, "finish_reason": reason}], "usage": null})
    )
}

async fn ask(pieces: &[&str], polite: bool) -> super::super::testing::Heard {
    let mut then = vec![Then::Send(STREAM.into())];
    then.extend(pieces.iter().map(chunk));
    if polite {
        then.push(Then::End);
    }
    let (url, _) = serve(then).await;
    hear(provider(&url, Dialect::OpenRouter).stream(prompt("?"))).await
}

const ROLE: &str =
    ": OPENROUTER PROCESSING\n\ndata: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":null}}]}\n\n";
const USAGE: &str = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":100,\"completion_tokens\":5,\"cost\":0.00021,\"prompt_tokens_details\":{\"cached_tokens\":60}}}\n\n";
const DONE: &str = "data: [DONE]\n\n";

#[tokio::test]
async fn an_answer_with_its_counters_and_cost() {
    let heard = ask(
        &[ROLE, &delta("Hé"), &delta("llo"), &finish("length"), USAGE, DONE],
        true,
    )
    .await;
    assert_eq!(heard.text, "Héllo");
    let usage = Usage {
        input_tokens: Some(40),
        output_tokens: Some(5),
        cache_read_tokens: Some(60),
        cache_write_tokens: None,
    };
    assert_eq!(
        heard.stop,
        Some(ProviderEvent::Stop {
            reason: "max_tokens".into(),
            usage,
            cost_usd: Some(0.00021)
        })
    );
}

#[tokio::test]
async fn counters_that_never_come_stay_unknown() {
    let (one, two) = (delta("a"), finish("stop"));
    // With and without `[DONE]`, with a polite end and a cut after the last word: the answer is complete.
    for (pieces, polite) in [
        (vec![one.as_str(), &two, DONE], true),
        (vec![&one, &two], true),
        (vec![&one, &two], false),
    ] {
        let heard = ask(&pieces, polite).await;
        let stop = ProviderEvent::Stop {
            reason: "end_turn".into(),
            usage: Usage::default(),
            cost_usd: None,
        };
        assert_eq!((heard.text.as_str(), heard.stop, heard.error), ("a", Some(stop), None));
    }
}

#[tokio::test]
async fn an_end_without_a_reason_is_a_cut() {
    for polite in [true, false] {
        let heard = ask(&[&delta("a")], polite).await;
        let error = heard.error.unwrap();
        assert_eq!(
            (heard.text.as_str(), error.code, error.retry),
            ("a", ErrorCode::ProviderError, Some(None))
        );
    }
}

#[tokio::test]
async fn errors_inside_the_stream_keep_their_kind() {
    use ErrorCode::*;
    for (event, code, again) in [
        (r#"{"error":{"code":429,"message":"x"}}"#, ProviderRateLimited, true),
        (
            r#"{"error":{"code":"server_error","message":"x"},"choices":[{"delta":{"content":""},"finish_reason":"error"}]}"#,
            ProviderError,
            true,
        ),
        (r#"{"error":{"type":"invalid_request_error"}}"#, ProviderInvalid, false),
        (r#"{"error":"all is lost"}"#, ProviderError, true),
        (
            r#"{"choices":[{"delta":{},"finish_reason":"error"}]}"#,
            ProviderError,
            true,
        ),
    ] {
        let error = ask(&[&delta("a"), &format!("data: {event}\n\n")], true)
            .await
            .error
            .unwrap();
        assert_eq!((error.code, error.retry.is_some()), (code, again), "{event}");
        assert!(!error.detail.contains("lost"));
    }
}

async fn sent(dialect: Dialect, model: &str) -> serde_json::Value {
    let (url, request) = serve(vec![Then::Send(STREAM.into()), chunk(DONE), Then::End]).await;
    let mut asked = prompt("?");
    asked.model = model.into();
    asked.turns[0].cache = true;
    hear(provider(&format!("{url}/"), dialect).stream(asked)).await;
    let request = request.await.unwrap();
    assert!(
        request.starts_with("POST /v1/chat/completions HTTP/1.1\r\n"),
        "{request}"
    );
    assert!(request.contains("authorization: Bearer test-key\r\n"));
    body(&request)
}

#[tokio::test]
async fn each_dialect_gets_its_own_words() {
    let local = sent(Dialect::Compatible, "llama3.2").await;
    let system = json!({"role": "system", "content": "You are Luke, a coach of artists."});
    assert_eq!(
        local,
        json!({
            "model": "llama3.2", "messages": [system, {"role": "user", "content": "?"}], "stream": true,
            "stream_options": {"include_usage": true}, "max_tokens": 1000, "temperature": 0.7,
        })
    );
    let own = sent(Dialect::OpenAi, "gpt-6-luna").await;
    assert_eq!(own["max_completion_tokens"], 1000);
    assert_eq!(own["reasoning_effort"], "none");
    assert!(own.get("max_tokens").is_none() && own.get("temperature").is_none());
    let router = sent(Dialect::OpenRouter, "anthropic/claude-haiku-5.5").await;
    assert_eq!(
        router["messages"][1]["content"][0]["cache_control"],
        json!({"type": "ephemeral"})
    );
}

#[tokio::test]
async fn a_local_server_tells_its_first_model() {
    let list = r#"{"object":"list","data":[{"id":"qwen3:4b"},{"id":"b"}]}"#;
    for (base, path) in [
        ("", "/v1/models"),
        ("/v1/", "/v1/models"),
        ("/openai", "/openai/models"),
    ] {
        let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{list}", list.len());
        let (url, request) = serve(vec![Then::Send(answer.into_bytes())]).await;
        let local = OpenAiProvider::new(
            client(),
            &format!("{url}{base}"),
            None,
            Dialect::Compatible,
            catalogue(),
        )
        .unwrap();
        assert_eq!(local.first_model().await.unwrap(), "qwen3:4b");
        let request = request.await.unwrap();
        assert!(request.starts_with(&format!("GET {path} ")) && !request.contains("authorization"));
    }
}

#[tokio::test]
async fn a_list_of_models_has_what_can_chat_and_what_it_costs() {
    let list = r#"{"data":[
        {"id":"a/one","context_length":4096,"pricing":{"prompt":"0.000001","completion":"0.0000025"},"supported_parameters":["temperature"]},
        {"id":"a/auto","pricing":{"prompt":"-1","completion":"-1"},"supported_parameters":[]},
        {"id":"gpt-6-luna"},{"id":"gpt-4o-audio-preview"},{"id":"text-embedding-3-small"},{"id":"whisper-1"}]}"#;
    let listed = async |dialect| {
        let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{list}", list.len());
        let (url, _request) = serve(vec![Then::Send(answer.into_bytes())]).await;
        let provider = OpenAiProvider::new(client(), &url, None, dialect, catalogue()).unwrap();
        provider.models().await.unwrap()
    };
    let ids = |models: Vec<ListedModel>| models.into_iter().map(|model| model.id).collect::<Vec<_>>();
    assert_eq!(ids(listed(Dialect::OpenAi).await), ["gpt-6-luna"]);
    assert_eq!(ids(listed(Dialect::Compatible).await).len(), 5);
    let models = listed(Dialect::OpenRouter).await;
    assert_eq!(
        models[0],
        ListedModel {
            id: "a/one".into(),
            context_window: Some(4096),
            input_price: Some(1.0),
            output_price: Some(2.5),
            temperature: Some(true),
        }
    );
    assert_eq!((models[1].input_price, models[1].temperature), (None, Some(false)));
}

#[test]
fn the_base_url_tells_the_dialect() {
    assert_eq!(Dialect::of_base_url(OPENAI_URL), Dialect::OpenAi);
    assert_eq!(
        Dialect::of_base_url("https://me.openai.azure.com/openai/v1"),
        Dialect::OpenAi
    );
    assert_eq!(Dialect::of_base_url("http://localhost:11434/v1"), Dialect::Compatible);
    assert_eq!(Dialect::of_base_url("https://notopenai.com/v1"), Dialect::Compatible);
    assert!(OpenAiProvider::new(client(), "localhost:80", None, Dialect::Compatible, catalogue()).is_err());
}
