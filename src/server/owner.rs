//! The owner: whoever knows `SQUAD_OWNER_TOKEN`. Without that variable nobody is.
//!
//! Programs send the token (`Authorization: Bearer`); a browser sends it once and gets a cookie that proves it was known
//! and cannot be turned back into it. Both are compared in constant time; wrong ones make their address wait.

use super::{
    App,
    session::{self, Session, cookie},
};
use crate::{
    domain::{
        limits::Wait,
        ports::{Clock, SystemClock},
    },
    types::page::OwnerForm,
};
use axum::{
    Extension, Form,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::net::IpAddr;

const COOKIE: &str = "squad_owner";
/// The cookie is good for so long, in seconds: 30 days.
const STAYS: i64 = 30 * 86_400;

/// Whether this is the token; too many wrong ones from an address and none is looked at.
pub fn is_token(app: &App, token: &str, address: IpAddr) -> Result<bool, Wait> {
    let Some(right) = &app.settings.owner_token else {
        return Ok(false);
    };
    app.chat.limits.may_guess(address)?;
    let same = equal(&right.0, token, &right.0);
    if !same {
        app.chat.limits.guessed_wrong(address);
    }
    Ok(same)
}

/// Whether the request of a route without a session brings the token.
pub fn asks(app: &App, request: &Request) -> bool {
    let address = session::client_address(app, request);
    session::bearer(request.headers()).is_some_and(|token| is_token(app, token, address).unwrap_or(false))
}

/// Whether the browser has signed in, and not too long ago.
pub fn has_cookie(app: &App, headers: &HeaderMap) -> bool {
    let Some(right) = &app.settings.owner_token else {
        return false;
    };
    let Some((until, proof)) = cookie(headers, COOKIE).and_then(|value| value.split_once('.')) else {
        return false;
    };
    let Ok(until) = until.parse::<i64>() else { return false };
    equal(&right.0, proof, &proof_until(&right.0, until)) && until > SystemClock.now().unix_timestamp()
}

/// A keyed hash of the cookie's end under the token, as hexadecimal text.
fn proof_until(token: &str, until: i64) -> String {
    let proof = keyed(token).chain_update(format!("{COOKIE} {until}")).finalize();
    proof.into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// HMAC with SHA-256 (RFC 2104); its key is one block, filled up with zeros.
fn keyed(token: &str) -> Hmac<Sha256> {
    let mut key = [0; 64];
    key[..32].copy_from_slice(&Sha256::digest(token));
    Hmac::new(&key.into())
}

/// In constant time: their keyed hashes have one length, and say nothing about how near a guess was.
fn equal(token: &str, one: &str, other: &str) -> bool {
    let other = keyed(token).chain_update(other).finalize();
    keyed(token).chain_update(one).verify(&other.into_bytes()).is_ok()
}

#[derive(Deserialize)]
pub struct SignIn {
    #[serde(default)]
    token: String,
}

/// `POST /owner`
pub async fn sign_in(
    State(app): State<App>,
    Extension(session): Extension<Session>,
    headers: HeaderMap,
    Form(form): Form<SignIn>,
) -> Response {
    let (status, state) = match is_token(&app, form.token.trim(), session.address) {
        Ok(true) => {
            let until = SystemClock.now().unix_timestamp() + STAYS;
            let token = app.settings.owner_token.as_ref().map_or("", |token| &token.0);
            return to_runs(&app, &format!("{until}.{}", proof_until(token, until)), STAYS);
        }
        Ok(false) => (StatusCode::FORBIDDEN, OwnerForm::Wrong),
        Err(Wait { .. }) => (StatusCode::TOO_MANY_REQUESTS, OwnerForm::Wait),
    };
    let mut response = super::runs::refused(app, session, &headers, state).await;
    *response.status_mut() = status;
    response
}

/// `POST /owner/leave`
pub async fn leave(State(app): State<App>) -> Response {
    to_runs(&app, "", 0)
}

fn to_runs(app: &App, value: &str, stays: i64) -> Response {
    let secure = if app.is_secure() { "; Secure" } else { "" };
    let text = format!("{COOKIE}={value}; Path=/; Max-Age={stays}; HttpOnly; SameSite=Strict{secure}");
    let mut response = (StatusCode::SEE_OTHER, [(header::LOCATION, "/runs")]).into_response();
    if let Ok(value) = HeaderValue::from_str(&text) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proof_is_an_hmac_and_hangs_on_token_and_time() {
        let proof = proof_until("a token of the owner of this squad", 7);
        assert_eq!(proof.len(), 64);
        assert_ne!(proof, proof_until("a token of the owner of that squad", 7));
        assert_ne!(proof, proof_until("a token of the owner of this squad", 8));
        assert!(equal("token", "right", "right"));
        assert!(!equal("token", "wrong", "right"));
    }
}
