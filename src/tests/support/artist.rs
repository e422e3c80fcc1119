//! Somebody who calls the program, with a cookie jar of her own.

use super::{patiently, sse::Events};
use leptos::server_fn::{ContentType, ServerFn};
use reqwest::{Method, header};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use squad::{api, types::error::Problem, wire};
use std::{
    sync::{Arc, Mutex, Once},
    time::Duration,
};
use tokio::time::sleep;

/// A client; rustls wants its provider named once a process.
pub fn http() -> reqwest::Client {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap()
}

#[derive(Clone)]
pub struct Artist {
    http: reqwest::Client,
    url: String,
    cookie: Arc<Mutex<Option<String>>>,
    key: Option<String>,
}

/// A whole answer.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: header::HeaderMap,
    pub text: String,
}

impl Answer {
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    /// The JSON of an answer with this status.
    #[track_caller]
    pub fn ok(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        self.json()
    }

    /// A complete problem document with this status and code; gives its `detail`.
    #[track_caller]
    pub fn problem(&self, status: u16, code: &str) -> String {
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json"),
            "{self:?}"
        );
        let problem = self.ok(status);
        for member in ["type", "title", "detail", "request_id"] {
            assert!(
                problem[member].as_str().is_some_and(|text| !text.is_empty()),
                "{member}: {problem}"
            );
        }
        assert_eq!(
            (&problem["status"], &problem["code"]),
            (&json!(status), &json!(code)),
            "{problem}"
        );
        problem["detail"].as_str().unwrap().to_string()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

impl Artist {
    pub fn at(url: &str) -> Self {
        Self {
            http: http(),
            url: url.to_string(),
            cookie: Arc::default(),
            key: None,
        }
    }

    /// The same artist at a program that was started again.
    pub fn moved_to(&self, url: &str) -> Self {
        Self {
            url: url.to_string(),
            http: http(),
            cookie: Arc::clone(&self.cookie),
            key: self.key.clone(),
        }
    }

    /// The same with an API key.
    pub fn with_key(&self, key: &str) -> Self {
        Self {
            key: Some(key.to_string()),
            ..self.clone()
        }
    }

    pub fn key(&self) -> &str {
        self.key.as_deref().expect("a key")
    }

    pub fn cookie(&self) -> Option<String> {
        self.cookie.lock().unwrap().clone()
    }

    pub fn forge_cookie(&self, cookie: &str) {
        *self.cookie.lock().unwrap() = Some(cookie.to_string());
    }

    /// A request with her cookie, or with the key.
    pub fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let method: Method = method.parse().unwrap();
        let mut request = self.http.request(method, format!("{}{path}", self.url));
        if let Some(key) = &self.key {
            request = request.bearer_auth(key);
        }
        match self.cookie() {
            Some(cookie) => request.header(header::COOKIE, cookie),
            None => request,
        }
    }

    pub async fn open(&self, request: reqwest::RequestBuilder) -> reqwest::Response {
        let response = patiently("an answer", request.send()).await.unwrap();
        if let Some(cookie) = response.headers().get(header::SET_COOKIE) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            *self.cookie.lock().unwrap() = Some(pair.to_string());
        }
        response
    }

    pub async fn call(&self, request: reqwest::RequestBuilder) -> Answer {
        let response = self.open(request).await;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = patiently("a body", response.text()).await.unwrap();
        Answer { status, headers, text }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.call(self.request("GET", path)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.call(self.request("POST", path).json(&body)).await
    }

    /// Presses a button of a plain form.
    pub async fn press(&self, path: &str, name: &str, value: &str) -> Answer {
        let request = self.request("POST", path);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        self.call(request.body(format!("{name}={value}"))).await
    }

    pub async fn send(&self, method: &str, path: &str, body: Value) -> Answer {
        self.call(self.request(method, path).json(&body)).await
    }

    /// Calls a server function as the page does, with its arguments by name.
    pub async fn on_page<F>(&self, arguments: Value) -> Result<Value, Problem>
    where
        F: ServerFn + Serialize + DeserializeOwned,
        F::Output: Serialize + DeserializeOwned,
    {
        let body = wire::encode(&serde_json::from_value::<F>(arguments).unwrap()).unwrap();
        let answer = self.function(F::PATH, body).await;
        if answer.status == 200 {
            let output: F::Output = wire::decode(&answer.text).unwrap_or_else(|_| panic!("{answer:?}"));
            return Ok(serde_json::to_value(output).unwrap());
        }
        let problem: Problem = wire::decode(&answer.text).unwrap_or_else(|_| panic!("{answer:?}"));
        assert_eq!(answer.status, problem.status, "{answer:?}");
        assert!(!problem.request_id.is_empty(), "{answer:?}");
        Err(problem)
    }

    /// The same with what is written already.
    pub async fn function(&self, path: &str, body: String) -> Answer {
        let request = self
            .request("POST", path)
            .header("content-type", api::WireEncoding::CONTENT_TYPE);
        self.call(request.body(body)).await
    }

    /// The ids of a turn that is on its way.
    pub async fn generate(&self, body: Value) -> Started {
        let answer = self.post("/api/chat/generate", body).await.ok(202);
        assert_eq!(answer["status"], "queued");
        Started::of(&answer)
    }

    /// A message and its answer as a stream.
    pub async fn stream(&self, body: Value) -> Events {
        let request = self.request("POST", "/api/chat").header("accept", "text/event-stream");
        let response = self.open(request.json(&body)).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Events::new(response)
    }

    /// A message and its whole answer.
    pub async fn chat(&self, body: Value) -> Value {
        self.post("/api/chat", body).await.ok(200)
    }

    /// The stream of a generation after an event.
    pub async fn follow(&self, generation: &str, after: i64) -> Events {
        let request = self.request("GET", &format!("/api/chat/stream/{generation}"));
        let response = self.open(request.header("last-event-id", after)).await;
        assert_eq!(response.status(), 200);
        Events::new(response)
    }

    pub async fn status(&self, generation: &str) -> Value {
        self.get(&format!("/api/chat/status/{generation}")).await.ok(200)
    }

    /// Waits for the end of a generation, whatever it is, and gives its status.
    pub async fn finished(&self, generation: &str) -> Value {
        self.follow(generation, 0).await.rest().await;
        self.status(generation).await
    }

    /// Waits until so much of a conversation's first answer is stored: what the provider has sent may still be on its way.
    pub async fn answered_so_far(&self, conversation: &str, text: &str) {
        let coming = async {
            while self.messages(conversation).await[1]["content"] != text {
                sleep(Duration::from_millis(20)).await;
            }
        };
        patiently(text, coming).await;
    }

    /// The shown branch, oldest first.
    pub async fn messages(&self, conversation: &str) -> Vec<Value> {
        let path = format!("/api/conversations/{conversation}/messages?limit=100");
        self.get(&path).await.ok(200)["messages"].as_array().unwrap().clone()
    }
}

/// The ids of a turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Started {
    pub generation: String,
    pub conversation: String,
    pub message: String,
}

impl Started {
    /// Of an answer or a `generation` event.
    pub fn of(value: &Value) -> Self {
        let id = |name: &str| {
            value[name]
                .as_str()
                .unwrap_or_else(|| panic!("{name}: {value}"))
                .to_string()
        };
        Self {
            generation: id("generation_id"),
            conversation: id("conversation_id"),
            message: id("message_id"),
        }
    }
}
