//! Every route of the program in one place, grouped by who may call it.
//!
//! - **artist**: everything under `/api`, for the owner of the data; without a session it makes one. `/ws` and `/v1` are
//!   hers too and make nobody
//! - **page**: what a browser asks for; the session may be missing
//! - **public**: nobody's data

use super::{
    App, feed, form, openai, openapi, owner,
    page_context::preferences,
    problem, request,
    rest::{chat, coaches, conversations, export, health, messages, metrics, stats, workflows},
    runs, security,
    session::{or_new_artist, refuse_wrong_key, resolve},
    ws,
};
use crate::{
    types::{
        coach::CoachId,
        error::{ErrorCode, Problem},
        page::FormState,
    },
    ui::app::shell,
    wire,
};
use axum::{
    Router,
    body::Body,
    extract::{DefaultBodyLimit, Request, State},
    http::{HeaderValue, StatusCode, Uri, header},
    middleware::{Next, from_fn, from_fn_with_state},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use leptos::{
    config::LeptosOptions,
    nonce::use_nonce,
    prelude::{AnyView, provide_context, use_context},
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
use utoipa::openapi::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

const MAX_BODY: usize = 1024 * 1024;
/// Requests being worked on at once; streams count only until they begin.
const MOST_REQUESTS: usize = 8_192;
/// A whole answer may take long; its provider's silence ends it long before.
const LONGEST_ANSWER: Duration = Duration::from_secs(600);
const PAGE_PATIENCE: Duration = Duration::from_secs(40);

/// The artist's routes.
fn api() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(coaches::list))
        .routes(routes!(chat::send))
        .routes(routes!(chat::generate))
        .routes(routes!(chat::status))
        .routes(routes!(chat::chunks))
        .routes(routes!(chat::stream))
        .routes(routes!(chat::cancel))
        .routes(routes!(chat::retry))
        .routes(routes!(messages::regenerate))
        .routes(routes!(messages::undo_handoff))
        .routes(routes!(messages::feedback))
        .routes(routes!(conversations::list, conversations::create))
        .routes(routes!(
            conversations::get,
            conversations::change,
            conversations::delete
        ))
        .routes(routes!(conversations::restore))
        .routes(routes!(conversations::messages))
        .routes(routes!(export::conversation))
        .routes(routes!(export::everything))
        .routes(routes!(stats::stats))
        .routes(routes!(workflows::start))
        .routes(routes!(workflows::status))
        .routes(routes!(workflows::chunks))
        .routes(routes!(workflows::result))
        .routes(routes!(workflows::cancel))
        .routes(routes!(workflows::list))
}

fn v1() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(openai::models))
        .routes(routes!(openai::model))
        .routes(routes!(openai::completions::create))
}

fn sockets() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(ws::upgrade))
}

fn operations() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(health::health))
        .routes(routes!(metrics::metrics))
}

/// Every route that programs may call; a test tries each of them with another artist's ids.
pub fn documented(base: OpenApi) -> OpenApiRouter<App> {
    [api(), v1(), sockets(), operations()]
        .into_iter()
        .fold(OpenApiRouter::with_openapi(base), OpenApiRouter::merge)
}

/// The whole program's routes.
pub fn router(app: App) -> Router {
    // what leptos_axum's own route list would do: pages spawn their reactive work on tokio
    let _ = any_spawner::Executor::init_tokio();
    let nothing = || axum::routing::any(|| async { problem::ApiProblem::not_found() });
    let patience = TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, LONGEST_ANSWER);
    // where programs call, a program is told what is not there
    let under = |routes: Router<App>, root: &str| {
        ["", "/", "/{*rest}"]
            .into_iter()
            .fold(routes, |routes, rest| routes.route(&format!("{root}{rest}"), nothing()))
    };
    let artist = under(Router::from(api()), "/api")
        .layer(patience)
        .layer(from_fn_with_state(app.clone(), or_new_artist));
    let v1 = under(Router::from(v1()), "/v1").layer(patience);
    let sockets = under(Router::from(sockets()), "/ws");
    called(&app, artist.merge(sockets))
        .layer(from_fn(problem::finish))
        .merge(called(&app, v1).layer(from_fn(problem::finish_as_openai)))
        .merge(page(&app))
        .merge(public(&app))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(from_fn(security::headers))
        .layer(CatchPanicLayer::new())
        .layer(GlobalConcurrencyLimitLayer::new(MOST_REQUESTS))
        .layer(from_fn(request::observe))
        .with_state(app)
}

/// Routes that a program calls as well as a browser does: one way to say who asks.
fn called(app: &App, routes: Router<App>) -> Router<App> {
    routes
        .layer(from_fn(refuse_wrong_key))
        .layer(from_fn_with_state(app.clone(), security::check_origin))
        .layer(from_fn_with_state(app.clone(), resolve))
}

fn page(app: &App) -> Router<App> {
    Router::new()
        .route("/", get(render_page))
        .route("/chat", get(render_page).post(form::new_chat))
        .route("/chat/{id}", get(render_page).post(form::in_chat))
        .route("/runs", get(runs::list))
        .route("/runs/{id}", get(runs::one))
        .route("/runs/{id}/cancel", post(runs::cancel))
        .route("/owner", get(async || Redirect::to("/runs")).post(owner::sign_in))
        .route("/owner/leave", post(owner::leave))
        .route("/preferences", post(form::set_preferences))
        .route("/fn/{*name}", post(server_function))
        .fallback(render_page)
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::REQUEST_TIMEOUT,
            PAGE_PATIENCE,
        ))
        .route("/feed", get(feed::upgrade))
        .route("/runs/feed", get(runs::feed))
        .layer(from_fn_with_state(app.clone(), security::check_origin))
        .layer(from_fn_with_state(app.clone(), resolve))
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
    let worker = ["sw.js", "runs.js", "runs.css"]
        .into_iter()
        .fold(Router::new(), |routes, name| {
            routes.route_service(&format!("/{name}"), ServeFile::new(root.join(name)))
        })
        .layer(from_fn(|request, next| cached(request, next, "no-cache")));
    let package = if app.leptos.hash_files {
        package
    } else {
        Router::new().fallback_service(dir("pkg"))
    };
    Router::from(operations())
        .layer(from_fn(problem::finish))
        .merge(openapi::routes())
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

async fn render_page(State(app): State<App>, request: Request) -> Response {
    let picked = picked(&app, request.uri());
    let form = picked.map(|coach| FormState {
        text: String::new(),
        sending: false,
        problem: None,
        picked: Some(coach),
    });
    render(app, form, request).await
}

/// Whom a link to a new conversation names: `/chat?coach=peter`.
fn picked(app: &App, uri: &Uri) -> Option<CoachId> {
    let named = uri.query().filter(|_| uri.path() == "/chat")?;
    let named = named.split('&').find_map(|part| part.strip_prefix("coach="))?;
    let coach = CoachId::new(named);
    app.chat.squad.get(&coach).is_some().then_some(coach)
}

/// Draws a page of the app, everything in it awaited, so that its status and text are right without JavaScript.
pub async fn render(app: App, form: Option<FormState>, request: Request) -> Response {
    draw(app, form, request, shell).await
}

/// Draws a document.
pub async fn draw(
    app: App,
    form: Option<FormState>,
    request: Request,
    document: impl Fn(LeptosOptions) -> AnyView + Clone + Send + Sync + 'static,
) -> Response {
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
    let draw = leptos_axum::render_app_async_with_context(context, move || document(options.clone()));
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
    let response = leptos_axum::handle_server_fns_with_context(context, request)
        .await
        .into_response();
    if response.status() != StatusCode::INTERNAL_SERVER_ERROR {
        return response;
    }
    // the framework knows this status only; the problem knows its own
    let body = axum::body::to_bytes(response.into_body(), usize::MAX)
        .await
        .unwrap_or_default();
    match std::str::from_utf8(&body).map(wire::decode::<Problem>) {
        Ok(Ok(problem)) => problem::ApiProblem(problem),
        _ => problem::ApiProblem::new(ErrorCode::Internal, "The page's call failed."),
    }
    .into_response()
}
