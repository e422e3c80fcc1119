//! The squad.

use crate::{server::App, types::coach::CoachCard, types::lang::Lang};
use axum::{Json, extract::State, http::HeaderMap};
use serde::Serialize;
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
pub struct Coaches {
    coaches: Vec<CoachCard>,
}

/// The squad, in the language of `Accept-Language`.
#[utoipa::path(get, path = "/api/coaches", tag = "chat", responses((status = 200, body = Coaches)))]
pub async fn list(State(app): State<App>, headers: HeaderMap) -> Json<Coaches> {
    Json(Coaches {
        coaches: app.chat.squad.cards(accepted_language(&headers)),
    })
}

/// The first of our languages that the caller names, by weight; English when there is none.
pub fn accepted_language(headers: &HeaderMap) -> Lang {
    let header = headers
        .get(axum::http::header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let mut best: Option<(f32, Lang)> = None;
    for item in header.split(',') {
        let (tag, weight) = item
            .split_once(";q=")
            .map_or((item, 1.0), |(tag, weight)| (tag, weight.trim().parse().unwrap_or(0.0)));
        if let Some(lang) = Lang::from_tag(tag)
            && weight > 0.0
            && best.is_none_or(|(highest, _)| weight > highest)
        {
            best = Some((weight, lang));
        }
    }
    best.map_or(Lang::En, |(_, lang)| lang)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heaviest_of_our_languages_wins() {
        for (text, lang) in [
            ("", Lang::En),
            ("de-DE,de;q=0.9", Lang::En),
            ("fr-CA,en;q=0.8", Lang::Fr),
            ("de,en;q=0.5,fr;q=0.7", Lang::Fr),
            ("en-GB,fr", Lang::En),
            ("fr;q=0", Lang::En),
        ] {
            let headers = [(axum::http::header::ACCEPT_LANGUAGE, text.parse().unwrap())]
                .into_iter()
                .collect();
            assert_eq!(accepted_language(&headers), lang, "{text}");
        }
    }
}
