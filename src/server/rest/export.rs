//! Files to take away: one conversation, or everything of an artist.

use crate::{
    domain::chat::export::Format,
    server::{
        App,
        extract::{Id, Params},
        page_context::preferences,
        problem::ApiProblem,
        session::Artist,
    },
    types::ids::*,
};
use async_stream::try_stream;
use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use std::fmt::Write;
use utoipa::IntoParams;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ExportParams {
    /// `markdown` (when not said) or `json`.
    format: Option<String>,
}

/// One conversation as a file.
#[utoipa::path(get, path = "/api/conversations/{id}/export", tag = "conversations", params(ExportParams), responses((status = 200, content((String = "text/markdown"), (Object = "application/json")))))]
pub async fn conversation(
    State(app): State<App>,
    Artist(user): Artist,
    Id(id): Id<ConversationId>,
    Params(params): Params<ExportParams>,
    headers: HeaderMap,
) -> Result<Response, ApiProblem> {
    // what is not there is said first
    app.chat.conversation(user, id).await?;
    let format = Format::parse(params.format.as_deref().unwrap_or("markdown"))?;
    let file = app.chat.export(user, id, format, preferences(&headers).lang).await?;
    let name = disposition(&file.title, format.extension());
    Ok((
        [
            (header::CONTENT_TYPE, format.media_type().to_string()),
            (header::CONTENT_DISPOSITION, name),
            (header::CACHE_CONTROL, "no-store".into()),
        ],
        file.text,
    )
        .into_response())
}

/// Everything of the artist as one file.
#[utoipa::path(get, path = "/api/export", tag = "conversations", responses((status = 200, body = Object)))]
pub async fn everything(State(app): State<App>, Artist(user): Artist) -> Result<Response, ApiProblem> {
    // one conversation after the other, so that a large account needs no more memory
    let profile = app.chat.export_profile(user).await?;
    let profile = serde_json::to_string_pretty(&profile).unwrap_or_default();
    let body = try_stream! {
        yield format!("{{\n\"profile\": {profile},\n\"conversations\": [\n");
        let (mut after, mut first) = (None, true);
        while let Some((id, text)) = app.chat.export_next(user, after).await.map_err(std::io::Error::other)? {
            if !text.is_empty() {
                yield if first { text } else { format!(",\n{text}") };
                first = false;
            }
            after = Some(id);
        }
        yield "\n]\n}\n".to_string();
    };
    let body: std::pin::Pin<Box<dyn futures_util::Stream<Item = Result<String, std::io::Error>> + Send>> =
        Box::pin(body);
    Ok((
        [
            (header::CONTENT_TYPE, "application/json".to_string()),
            (header::CONTENT_DISPOSITION, disposition("marty-s-squad", "json")),
            (header::CACHE_CONTROL, "no-store".into()),
        ],
        Body::from_stream(body),
    )
        .into_response())
}

/// A file name that every system takes: letters and digits of the title, plain for old browsers and whole for others
/// (RFC 6266).
fn disposition(title: &str, extension: &str) -> String {
    let words = |keep: fn(char) -> bool| {
        let kept: String = title.chars().map(|c| if keep(c) { c } else { ' ' }).collect();
        let name = kept.split_whitespace().collect::<Vec<_>>().join("-");
        let name: String = name.chars().take(60).collect();
        if name.is_empty() {
            "conversation".to_string()
        } else {
            name
        }
    };
    let plain = words(|c| c.is_ascii_alphanumeric());
    let mut whole = String::new();
    for byte in words(char::is_alphanumeric).bytes() {
        if byte.is_ascii_alphanumeric() || byte == b'-' {
            whole.push(char::from(byte));
        } else {
            let _ = write!(whole, "%{byte:02X}");
        }
    }
    format!("attachment; filename=\"{plain}.{extension}\"; filename*=UTF-8''{whole}.{extension}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_is_safe_whatever_the_title() {
        for (title, expected) in [
            (
                "Mon été",
                "filename=\"Mon-t.md\"; filename*=UTF-8''Mon-%C3%A9t%C3%A9.md",
            ),
            (
                "../../etc/passwd\"\r\nX: y",
                "filename=\"etc-passwd-X-y.md\"; filename*=UTF-8''etc-passwd-X-y.md",
            ),
            (
                "🎤 ?!",
                "filename=\"conversation.md\"; filename*=UTF-8''conversation.md",
            ),
        ] {
            assert_eq!(disposition(title, "md"), format!("attachment; {expected}"));
        }
    }
}
