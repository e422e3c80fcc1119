//! Who asks: the session cookie of an anonymous artist or the API key of a program, resolved once per request and the
//! same way for every door; whether it is the owner who asks, [`owner`] says.
//!
//! A page view makes no artist; the first call under `/api`, the first send of the page and the first plain form do.
//! An unknown or forged cookie counts as none; an unknown or revoked key is refused, because whoever sends one means it.

use super::{App, owner, problem::ApiProblem};
use crate::{
    domain::{limits::Wait, runs::Viewer},
    store::sessions::TokenHash,
    types::{
        chat::Platform,
        error::{ErrorCode, Problem},
        ids::UserId,
    },
};
use axum::{
    Extension,
    extract::{ConnectInfo, FromRequestParts, Request, State},
    http::{HeaderMap, HeaderValue, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use sha2::{Digest, Sha256};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

pub const COOKIE: &str = "squad_session";
/// What people and scanners of leaked secrets know a key by.
const KEY_PREFIX: &str = "sqd_";
const ONE_YEAR: u32 = 31_536_000;

/// How a caller proved who she is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// None, or a cookie that nobody has.
    None,
    Cookie,
    Key,
    /// The owner's token. It opens runs and figures, and belongs to no artist.
    Owner,
    /// An `Authorization` that opens nothing.
    Refused,
}

/// Of one request.
#[derive(Clone, Copy, Debug)]
pub struct Session {
    pub user: Option<UserId>,
    pub proof: Proof,
    /// Where the request came from, through the trusted proxies.
    pub address: IpAddr,
    /// The owner's token or its cookie is with it.
    pub owner: bool,
}

/// The artist who calls the API.
#[derive(Clone, Copy, Debug)]
pub struct Artist(pub UserId);

/// Through which door she calls.
#[derive(Clone, Copy, Debug)]
pub struct Door(pub Platform);

impl<S: Send + Sync> FromRequestParts<S> for Door {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let session = parts.extensions.get::<Session>();
        Ok(Self(session.map_or(Platform::Web, Session::platform)))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Artist {
    type Rejection = ApiProblem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiProblem> {
        let session = parts.extensions.get::<Session>();
        if session.is_some_and(|session| session.proof == Proof::Owner) {
            return Err(ApiProblem::new(
                ErrorCode::Forbidden,
                "The owner's token opens runs and figures. For anything else send an API key.",
            ));
        }
        session
            .and_then(|session| session.user)
            .map(Self)
            .ok_or_else(|| ApiProblem::new(ErrorCode::Unauthorized, "Send an API key: Authorization: Bearer <key>."))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Viewer {
    type Rejection = ApiProblem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiProblem> {
        let session = parts.extensions.get::<Session>();
        if session.is_some_and(|session| session.proof == Proof::Owner) {
            return Ok(Self::Owner);
        }
        Artist::from_request_parts(parts, state)
            .await
            .map(|Artist(user)| Self::Artist(user))
    }
}

impl Session {
    /// Where a conversation that this request begins comes from.
    pub fn platform(&self) -> Platform {
        if self.proof == Proof::Key {
            Platform::Api
        } else {
            Platform::Web
        }
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

/// 256 random bits as text.
fn random_token() -> String {
    rand::random::<[u8; 32]>()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// A new API key, what tells it apart from others, and the hash under which it is kept.
pub fn new_key() -> (String, String, TokenHash) {
    let key = format!("{KEY_PREFIX}{}", random_token());
    let hint = key[..KEY_PREFIX.len() + 8].to_string();
    let hash = hash(&key);
    (key, hint, hash)
}

/// The key of `Authorization: Bearer <key>`.
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?.trim();
    let (scheme, key) = value.split_once(' ').unwrap_or((value, ""));
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}

/// Whose request this is. A key wins over a cookie. A proxy in front of the page may have an `Authorization` of its own:
/// the page goes by the cookie then, and so does the API unless a key was meant.
async fn identify(app: &App, headers: &HeaderMap, address: IpAddr) -> sqlx::Result<(Option<UserId>, Proof)> {
    let store = &app.chat.store;
    let key = bearer(headers);
    if let Some(token) = key.filter(|key| !key.starts_with(KEY_PREFIX))
        && owner::is_token(app, token, address).unwrap_or(false)
    {
        return Ok((None, Proof::Owner));
    }
    if let Some(key) = key
        && let Some(user) = store.key_owner(&hash(key)).await?
    {
        return Ok((Some(user), Proof::Key));
    }
    let user = match cookie(headers, COOKIE) {
        None => None,
        Some(token) => store.session_owner(&hash(token)).await?,
    };
    let proof = match user {
        _ if key.is_some() => Proof::Refused,
        Some(_) => Proof::Cookie,
        None if headers.contains_key(header::AUTHORIZATION) => Proof::Refused,
        None => Proof::None,
    };
    Ok((user, proof))
}

/// Resolves the session of every request.
pub async fn resolve(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let address = client_address(&app, &request);
    let (user, proof) = match identify(&app, request.headers(), address).await {
        Ok(who) => who,
        Err(error) => return ApiProblem::from(error).into_response(),
    };
    let owner = proof == Proof::Owner || owner::has_cookie(&app, request.headers());
    request.extensions_mut().insert(Session {
        user,
        proof,
        address,
        owner,
    });
    next.run(request).await
}

/// Nobody comes in with a key that opens nothing.
pub async fn refuse_wrong_key(Extension(session): Extension<Session>, request: Request, next: Next) -> Response {
    if session.proof == Proof::Refused {
        return ApiProblem::new(ErrorCode::Unauthorized, "This key is not known, or was revoked.").into_response();
    }
    next.run(request).await
}

/// Under `/api`: a caller without a session gets a new artist and its cookie.
pub async fn or_new_artist(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let session = request.extensions().get::<Session>().copied();
    let nobody = |session: &Session| session.user.is_none() && session.proof != Proof::Owner;
    let Some(session) = session.filter(nobody) else {
        return next.run(request).await;
    };
    let (user, set_cookie) = match new_artist(&app, session.address).await {
        Ok(made) => made,
        Err(problem) => return ApiProblem(problem).into_response(),
    };
    request.extensions_mut().insert(Session {
        user: Some(user),
        proof: Proof::Cookie,
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
    let token = random_token();
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
pub(super) fn client_address(app: &App, request: &Request) -> IpAddr {
    let peer = peer(request);
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

/// Who opened the connection.
fn peer(request: &Request) -> IpAddr {
    let told = request.extensions().get::<ConnectInfo<SocketAddr>>();
    told.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |ConnectInfo(address)| address.ip())
}

/// Whether somebody on this machine asks, and no proxy for somebody else: a proxy says for whom, or keeps the name that
/// was asked for.
pub(super) fn is_local(request: &Request) -> bool {
    let headers = request.headers();
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, port)| {
        if port.bytes().all(|byte| byte.is_ascii_digit()) {
            name
        } else {
            host
        }
    });
    let here = name.eq_ignore_ascii_case("localhost")
        || name
            .trim_matches(['[', ']'])
            .parse()
            .is_ok_and(|address: IpAddr| address.is_loopback());
    let forwarded = ["x-forwarded-for", "x-forwarded-host", "x-real-ip", "forwarded", "via"];
    peer(request).is_loopback() && here && !forwarded.iter().any(|name| headers.contains_key(*name))
}
