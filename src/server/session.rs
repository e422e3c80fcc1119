//! Who asks: the session cookie of an anonymous artist, resolved once per request.
//!
//! A page view makes no artist; the first call under `/api`, the first send of the page and the first plain form do.
//! An unknown or forged cookie counts as none.

use super::{App, problem::ApiProblem};
use crate::{
    domain::limits::Wait,
    store::sessions::TokenHash,
    types::{
        error::{ErrorCode, Problem},
        ids::UserId,
    },
};
use axum::{
    extract::{ConnectInfo, FromRequestParts, Request, State},
    http::{HeaderMap, HeaderValue, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use sha2::{Digest, Sha256};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

pub const COOKIE: &str = "squad_session";
const ONE_YEAR: u32 = 31_536_000;

/// Of one request.
#[derive(Clone, Copy, Debug)]
pub struct Session {
    pub user: Option<UserId>,
    /// Where the request came from, through the trusted proxies.
    pub address: IpAddr,
}

/// The artist who calls the API.
#[derive(Clone, Copy, Debug)]
pub struct Artist(pub UserId);

impl<S: Send + Sync> FromRequestParts<S> for Artist {
    type Rejection = ApiProblem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiProblem> {
        let user = parts.extensions.get::<Session>().and_then(|session| session.user);
        user.map(Self)
            .ok_or_else(|| ApiProblem::new(ErrorCode::Unauthorized, "No session."))
    }
}

/// The value of a cookie of the request.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

fn hash(token: &str) -> TokenHash {
    Sha256::digest(token).into()
}

/// Resolves the session of every request.
pub async fn resolve(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let address = client_address(&app, &request);
    let user = match cookie(request.headers(), COOKIE) {
        None => None,
        Some(token) => match app.chat.store.session_owner(&hash(token)).await {
            Ok(user) => user,
            Err(error) => return ApiProblem::from(error).into_response(),
        },
    };
    request.extensions_mut().insert(Session { user, address });
    next.run(request).await
}

/// Under `/api`: a caller without a session gets a new artist and its cookie.
pub async fn or_new_artist(State(app): State<App>, mut request: Request, next: Next) -> Response {
    if request.headers().contains_key(header::AUTHORIZATION) {
        return ApiProblem::new(ErrorCode::Unauthorized, "This key is not known.").into_response();
    }
    let session = request.extensions().get::<Session>().copied();
    let Some(session) = session.filter(|session| session.user.is_none()) else {
        return next.run(request).await;
    };
    let (user, set_cookie) = match new_artist(&app, session.address).await {
        Ok(made) => made,
        Err(problem) => return ApiProblem(problem).into_response(),
    };
    request.extensions_mut().insert(Session {
        user: Some(user),
        ..session
    });
    let mut response = next.run(request).await;
    response.headers_mut().append(header::SET_COOKIE, set_cookie);
    response
}

/// Makes an anonymous artist and the cookie that proves it: 256 random bits, of which only the hash is kept.
pub async fn new_artist(app: &App, address: IpAddr) -> Result<(UserId, HeaderValue), Problem> {
    let counted = app.chat.limits.new_artist(address).await;
    counted.map_err(|Wait { seconds, limit }| Problem {
        retry_after: Some(seconds),
        limit: Some(limit),
        ..Problem::new(
            ErrorCode::RateLimited,
            format!("Too many new artists from this address. The next one is possible in {seconds} s."),
        )
    })?;
    let token: String = rand::random::<[u8; 32]>()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let user = app
        .chat
        .store
        .create_anonymous(&hash(&token))
        .await
        .map_err(|error| ApiProblem::from(error).0)?;
    let secure = if app.is_secure() { "; Secure" } else { "" };
    let text = format!("{COOKIE}={token}; Path=/; Max-Age={ONE_YEAR}; HttpOnly; SameSite=Lax{secure}");
    let value =
        HeaderValue::from_str(&text).map_err(|_| Problem::new(ErrorCode::Internal, "The cookie could not be made."))?;
    Ok((user, value))
}

/// Takes the session's cookie back.
pub fn no_cookie(app: &App) -> HeaderValue {
    if app.is_secure() {
        HeaderValue::from_static("squad_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure")
    } else {
        HeaderValue::from_static("squad_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax")
    }
}

impl App {
    pub fn is_secure(&self) -> bool {
        self.settings
            .public_url
            .as_deref()
            .is_some_and(|url| url.starts_with("https:"))
    }
}

/// The peer, or, when the peer is a trusted proxy, the last address in `X-Forwarded-For` that is not one.
fn client_address(app: &App, request: &Request) -> IpAddr {
    let peer = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |ConnectInfo(address)| address.ip());
    let trusted = |address: &IpAddr| {
        app.settings
            .trusted_proxies
            .iter()
            .any(|network| network.contains(address))
    };
    if !trusted(&peer) {
        return peer;
    }
    let forwarded = request.headers().get_all("x-forwarded-for");
    let hops: Vec<IpAddr> = forwarded
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(','))
        .filter_map(|hop| hop.trim().parse().ok())
        .collect();
    hops.into_iter().rev().find(|hop| !trusted(hop)).unwrap_or(peer)
}
