//! Every route of the program in one place, grouped by who may call it.
//!
//! - **artist**: everything under `/api`, for the owner of the data; without a session it makes one
//! - **page**: what a browser asks for; the session may be missing
//! - **public**: nobody's data

use super::{
    App, feed, form,
    page_context::preferences,
    problem,
    rest::{chat, coaches, conversations, export, health, messages, stats},
    security,
    session::{or_new_artist, resolve},
};
use crate::{types::page::FormState, ui::app::shell, wire};
use axum::{
    Router,
    body::Body,
    extract::{DefaultBodyLimit, Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::{Next, from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::{delete, get, patch, post, put},
};
use leptos::{
    nonce::use_nonce,
    prelude::{provide_context, use_context},
};
use leptos_axum::ResponseOptions;
use std::{path::Path, time::Duration};
use tower::limit::GlobalConcurrencyLimitLayer;
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::{CompressionLayer, CompressionLevel},
    services::{ServeDir, ServeFile},
    timeout::TimeoutLayer,
};

const MAX_BODY: usize = 1024 * 1024;
/// Requests being worked on at once; streams count only until they begin.
const MOST_REQUESTS: usize = 8_192;
/// A whole answer may take long; its provider's silence ends it long before.
const LONGEST_ANSWER: Duration = Duration::from_secs(600);
const PAGE_PATIENCE: Duration = Duration::from_secs(40);

/// The artist's routes: method, path. The foreign-id test reads this list, so a new route cannot escape it.
pub const ARTIST_ROUTES: &[(&str, &str)] = &[
    ("GET", "/api/coaches"),
    ("POST", "/api/chat"),
    ("POST", "/api/chat/generate"),
    ("GET", "/api/chat/status/{id}"),
    ("GET", "/api/chat/chunks/{id}"),
    ("GET", "/api/chat/stream/{id}"),
    ("POST", "/api/chat/cancel/{id}"),
    ("POST", "/api/chat/retry/{id}"),
    ("POST", "/api/messages/{id}/regenerate"),
    ("POST", "/api/messages/{id}/undo-handoff"),
    ("PUT", "/api/messages/{id}/feedback"),
    ("GET", "/api/conversations"),
    ("POST", "/api/conversations"),
    ("GET", "/api/conversations/{id}"),
    ("PATCH", "/api/conversations/{id}"),
    ("DELETE", "/api/conversations/{id}"),
    ("POST", "/api/conversations/{id}/restore"),
    ("GET", "/api/conversations/{id}/messages"),
    ("GET", "/api/conversations/{id}/export"),
    ("GET", "/api/export"),
    ("GET", "/api/stats"),
];

fn handler(method: &str, path: &str) -> Option<axum::routing::MethodRouter<App>> {
    Some(match (method, path) {
        ("GET", "/api/coaches") => get(coaches::list),
        ("POST", "/api/chat") => post(chat::send),
        ("POST", "/api/chat/generate") => post(chat::generate),
        ("GET", "/api/chat/status/{id}") => get(chat::status),
        ("GET", "/api/chat/chunks/{id}") => get(chat::chunks),
        ("GET", "/api/chat/stream/{id}") => get(chat::stream),
        ("POST", "/api/chat/cancel/{id}") => post(chat::cancel),
        ("POST", "/api/chat/retry/{id}") => post(chat::retry),
        ("POST", "/api/messages/{id}/regenerate") => post(messages::regenerate),
        ("POST", "/api/messages/{id}/undo-handoff") => post(messages::undo_handoff),
        ("PUT", "/api/messages/{id}/feedback") => put(messages::feedback),
        ("GET", "/api/conversations") => get(conversations::list),
        ("POST", "/api/conversations") => post(conversations::create),
        ("GET", "/api/conversations/{id}") => get(conversations::get),
        ("PATCH", "/api/conversations/{id}") => patch(conversations::change),
        ("DELETE", "/api/conversations/{id}") => delete(conversations::delete),
        ("POST", "/api/conversations/{id}/restore") => post(conversations::restore),
        ("GET", "/api/conversations/{id}/messages") => get(conversations::messages),
        ("GET", "/api/conversations/{id}/export") => get(export::conversation),
        ("GET", "/api/export") => get(export::everything),
        ("GET", "/api/stats") => get(stats::stats),
        _ => return None,
    })
}

/// The whole program's routes.
pub fn router(app: App) -> Router {
    // what leptos_axum's own route list would do: pages spawn their reactive work on tokio
    let _ = any_spawner::Executor::init_tokio();
    artist(&app)
        .merge(page(&app))
        .merge(public(&app))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(from_fn_with_state(app.clone(), resolve_unless_static))
        .layer(from_fn(security::headers))
        .layer(CatchPanicLayer::new())
        .layer(GlobalConcurrencyLimitLayer::new(MOST_REQUESTS))
        .with_state(app)
}

fn artist(app: &App) -> Router<App> {
    let mut routes = Router::new();
    for (method, path) in ARTIST_ROUTES {
        if let Some(handler) = handler(method, path) {
            routes = routes.route(path, handler);
        }
    }
    routes
        .route(
            "/api/{*rest}",
            axum::routing::any(|| async { problem::ApiProblem::not_found() }),
        )
        .layer(TimeoutLayer::with_status_code(
            StatusCode::REQUEST_TIMEOUT,
            LONGEST_ANSWER,
        ))
        .layer(from_fn_with_state(app.clone(), or_new_artist))
        .layer(from_fn_with_state(app.clone(), security::check_origin))
        .layer(from_fn(problem::finish))
}

fn page(app: &App) -> Router<App> {
    Router::new()
        .route("/", get(render_page))
        .route("/chat", get(render_page).post(form::new_chat))
        .route("/chat/{id}", get(render_page).post(form::in_chat))
        .route("/preferences", post(form::set_preferences))
        .route("/fn/{*name}", post(server_function))
        .fallback(render_page)
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::REQUEST_TIMEOUT,
            PAGE_PATIENCE,
        ))
        .route("/feed", get(feed::upgrade))
        .layer(from_fn_with_state(app.clone(), security::check_origin))
        .layer(from_fn(problem::finish_problems_only))
}

fn public(app: &App) -> Router<App> {
    let root = Path::new(&*app.leptos.site_root);
    let dir = |name: &str| ServeDir::new(root.join(name)).precompressed_br().precompressed_gzip();
    let package = Router::new()
        .fallback_service(dir("pkg"))
        .layer(from_fn(|request, next| {
            cached(request, next, "public, max-age=31536000, immutable")
        }));
    let mut assets = Router::new();
    for name in [
        "favicon.ico",
        "favicon.svg",
        "apple-touch-icon.png",
        "manifest.webmanifest",
    ] {
        assets = assets.route_service(&format!("/{name}"), ServeFile::new(root.join(name)));
    }
    let assets = assets
        .nest_service("/fonts", dir("fonts"))
        .nest_service("/icons", dir("icons"))
        .layer(from_fn(|request, next| cached(request, next, "public, max-age=86400")));
    // asked for anew each time, so that a page never keeps an old one
    let worker = Router::new()
        .route_service("/sw.js", ServeFile::new(root.join("sw.js")))
        .layer(from_fn(|request, next| cached(request, next, "no-cache")));
    let package = if app.leptos.hash_files {
        package
    } else {
        Router::new().fallback_service(dir("pkg"))
    };
    Router::new()
        .route("/health", get(health::health))
        .nest("/pkg", package)
        .merge(assets)
        .merge(worker)
}

/// Only what was found may be cached.
async fn cached(request: Request, next: Next, how: &'static str) -> Response {
    let mut response = next.run(request).await;
    if response.status() == StatusCode::OK {
        response
            .headers_mut()
            .insert(header::CACHE_CONTROL, HeaderValue::from_static(how));
    }
    response
}

async fn resolve_unless_static(State(app): State<App>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if path.starts_with("/pkg/") || path.starts_with("/fonts/") || path.starts_with("/icons/") || path == "/health" {
        return next.run(request).await;
    }
    resolve(State(app), request, next).await
}

async fn render_page(State(app): State<App>, request: Request) -> Response {
    render(app, None, request).await
}

/// Draws a page, everything in it awaited, so that its status and text are right without JavaScript.
pub async fn render(app: App, form: Option<FormState>, request: Request) -> Response {
    let wish = preferences(request.headers());
    let options = app.leptos.clone();
    let watching = std::env::var_os("LEPTOS_WATCH").is_some();
    let context = move || {
        if let (Some(nonce), Some(response)) = (use_nonce(), use_context::<ResponseOptions>())
            && let Ok(policy) = HeaderValue::from_str(&security::content_security_policy(&nonce, watching))
        {
            response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
        }
        provide_context(app.clone());
        provide_context(wish);
        if let Some(form) = form.clone() {
            provide_context(form);
        }
    };
    let draw = leptos_axum::render_app_async_with_context(context, move || shell(options.clone()));
    let mut response = draw(request).await;
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
        .headers_mut()
        .insert(header::VARY, HeaderValue::from_static("cookie, accept-language"));
    response
}

async fn server_function(State(app): State<App>, mut request: Request<Body>) -> Response {
    // a page of another build would be misread; it hears so over the feed and loads itself anew
    let kind = request.headers().get(header::CONTENT_TYPE);
    if kind.is_none_or(|kind| kind != wire::CONTENT_TYPE) {
        return StatusCode::CONFLICT.into_response();
    }
    // a plain form is answered by `form`; without this a browser's Accept would turn the answer into a redirect
    request.headers_mut().remove(header::ACCEPT);
    let context = move || provide_context(app.clone());
    leptos_axum::handle_server_fns_with_context(context, request)
        .await
        .into_response()
}
