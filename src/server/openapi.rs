//! The OpenAPI document, made from the routes themselves, and the page to try it. What all operations share is added
//! here: ids in paths, problems as answers, credentials, names.

use super::{openai::error::ErrorEnvelope, problem, router, session::COOKIE};
use crate::types::{
    error::Problem,
    event::{Done, GenerationInfo},
};
use axum::{
    Router,
    body::{Bytes, to_bytes},
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    middleware::{Next, from_fn},
    response::Response,
    routing::get,
};
use utoipa::{
    OpenApi,
    openapi::{
        ContentBuilder, KnownFormat, ObjectBuilder, Ref, RefOr, ResponseBuilder, SchemaFormat, SecurityRequirement,
        Type,
        path::{Operation, ParameterBuilder, ParameterIn, PathItem},
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};
use utoipa_swagger_ui::{Config, SwaggerUi};

pub const ADDRESS: &str = "/api/openapi.json";

/// The page's scripts are its own; it writes styles into its elements.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                      connect-src 'self'; base-uri 'none'; frame-ancestors 'none'";

const VIEWPORT: &str = "<head><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">";

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Marty's Squad",
        description = "Six AI coaches for independent musicians. Call with an API key, made by squad api-key create, or as a browser with its session cookie."
    ),
    components(schemas(Problem, ErrorEnvelope, GenerationInfo, Done))
)]
struct Base;

/// The whole document.
pub fn document() -> utoipa::openapi::OpenApi {
    let mut document = router::documented(Base::openapi()).into_openapi();
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in operations(item) {
            complete(method, path, operation);
        }
    }
    let components = document.components.get_or_insert_default();
    let key = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
    components.add_security_scheme("key", SecurityScheme::Http(key));
    let cookie = ApiKey::Cookie(ApiKeyValue::new(COOKIE));
    components.add_security_scheme("session", SecurityScheme::ApiKey(cookie));
    let no_scopes = Vec::<String>::new;
    document.security = Some(vec![
        SecurityRequirement::new("key", no_scopes()),
        SecurityRequirement::new("session", no_scopes()),
    ]);
    document
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let all = [
        ("get", &mut item.get),
        ("put", &mut item.put),
        ("post", &mut item.post),
        ("delete", &mut item.delete),
        ("patch", &mut item.patch),
    ];
    all.into_iter()
        .filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

fn complete(method: &str, path: &str, operation: &mut Operation) {
    // handlers of two nouns may have the same name
    let words = path.split(|c: char| !c.is_ascii_alphanumeric());
    let words = std::iter::once(method).chain(words).filter(|word| !word.is_empty());
    operation.operation_id = Some(words.collect::<Vec<_>>().join("_"));
    // it is shown as it stands
    operation.summary = operation.summary.take().map(|summary| summary.replace('`', ""));
    if path.contains("{id}") {
        let id = ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)));
        let id = ParameterBuilder::new()
            .name("id")
            .parameter_in(ParameterIn::Path)
            .required(utoipa::openapi::Required::True)
            .schema(Some(id));
        operation
            .parameters
            .get_or_insert_default()
            .insert(0, id.build().into());
    }
    for (status, response) in &mut operation.responses.responses {
        let reason = StatusCode::from_bytes(status.as_bytes()).ok();
        if let (RefOr::T(response), Some(reason)) = (response, reason.and_then(|status| status.canonical_reason()))
            && response.description.is_empty()
        {
            response.description = reason.into();
        }
    }
    if path == "/health" {
        operation.security = Some(Vec::new());
        return;
    }
    let (name, kind) = if path.starts_with("/v1/") {
        ("ErrorEnvelope", "application/json")
    } else {
        ("Problem", "application/problem+json")
    };
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(name)));
    let refused = ResponseBuilder::new()
        .description("What went wrong")
        .content(kind, content.build());
    operation
        .responses
        .responses
        .insert("default".into(), refused.build().into());
}

/// The document, and a page to try it.
pub fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let page = SwaggerUi::new("/docs").config(Config::from(ADDRESS).validator_url("none"));
    let document = Bytes::from(document().to_json().unwrap_or_default());
    let document = get(|| async { ([(header::CONTENT_TYPE, "application/json")], document) });
    Router::new()
        .merge(page)
        .layer(from_fn(fit))
        .route(ADDRESS, document.layer(from_fn(problem::finish)))
}

/// The page is given its own policy, and the width of the screen it is read on.
async fn fit(request: Request, next: Next) -> Response {
    let (mut parts, mut body) = next.run(request).await.into_parts();
    parts
        .headers
        .insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    let html = parts
        .headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if html {
        let page = to_bytes(body, usize::MAX).await.unwrap_or_default();
        let page = String::from_utf8_lossy(&page).replacen("<head>", VIEWPORT, 1);
        parts.headers.remove(header::CONTENT_LENGTH);
        body = page.into();
    }
    Response::from_parts(parts, body)
}
