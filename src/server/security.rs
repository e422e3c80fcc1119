//! Headers every answer carries, and the origin check of everything that changes something.

use super::{
    App,
    problem::ApiProblem,
    session::{Proof, Session},
};
use crate::types::error::ErrorCode;
use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

/// Refuses what a browser sends from another site. A program sends neither header and passes; so does a key, which no
/// browser adds by itself.
pub async fn check_origin(State(app): State<App>, request: Request, next: Next) -> Response {
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let upgrade = request.headers().contains_key(header::UPGRADE);
    let session = request.extensions().get::<Session>();
    let by_key = session.is_some_and(|session| matches!(session.proof, Proof::Key | Proof::Owner));
    if (changes || upgrade) && !by_key && !same_origin(app.settings.public_url.as_deref(), request.headers()) {
        return ApiProblem::new(ErrorCode::Forbidden, "Requests from other sites are not taken.").into_response();
    }
    next.run(request).await
}

fn same_origin(public_url: Option<&str>, headers: &HeaderMap) -> bool {
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(origin) = text(header::ORIGIN) {
        let host = origin.split_once("://").map(|(_, host)| host);
        let is_public = public_url.is_some_and(|url| origin.eq_ignore_ascii_case(url));
        return is_public || (public_url.is_none() && host.is_some() && host == text(header::HOST));
    }
    let site = headers.get("sec-fetch-site").and_then(|value| value.to_str().ok());
    matches!(site, None | Some("same-origin" | "none"))
}

/// `script-src` with the nonce of a page.
pub fn content_security_policy(nonce: &str, watching: bool) -> String {
    // `cargo leptos watch` reloads the page over a socket of its own
    let reload = if watching {
        " ws://127.0.0.1:3001 ws://localhost:3001"
    } else {
        ""
    };
    format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self' 'nonce-{nonce}'; \
         style-src-attr 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'{reload}; manifest-src 'self'; \
         worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
}

pub async fn headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(public_url: Option<&str>, pairs: &[(&'static str, &'static str)]) -> bool {
        let headers = pairs
            .iter()
            .map(|(name, value)| (header::HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        same_origin(public_url, &headers)
    }

    #[test]
    fn only_the_own_site_and_programs_pass() {
        let host = ("host", "squad.test:3000");
        assert!(allowed(None, &[host]));
        assert!(allowed(None, &[host, ("origin", "http://squad.test:3000")]));
        assert!(!allowed(None, &[host, ("origin", "http://evil.test")]));
        assert!(!allowed(None, &[host, ("origin", "null")]));
        assert!(!allowed(None, &[host, ("sec-fetch-site", "cross-site")]));
        assert!(!allowed(None, &[host, ("sec-fetch-site", "same-site")]));
        assert!(allowed(None, &[host, ("sec-fetch-site", "same-origin")]));
        assert!(allowed(
            Some("https://squad.test"),
            &[("host", "inner"), ("origin", "https://squad.test")]
        ));
        assert!(!allowed(
            Some("https://squad.test"),
            &[host, ("origin", "http://squad.test:3000")]
        ));
    }
}
