//! The page of runs: an artist's own, and everybody's for the owner. `/runs/feed` says that something changed, and the page
//! asks for itself again.

use super::{
    App,
    extract::Params,
    page_context::{preferences, time_zone, twelve_hours},
    problem::ApiProblem,
    router::{draw, render},
    session::Session,
};
use crate::{
    domain::{
        chat::ChatError,
        ports::{Clock, SystemClock},
        runs::{PAGE, Viewer},
    },
    engine::hub::{Hub, ListChange, Signal, Subscription},
    types::{
        chat::GenerationStatus,
        coach::CoachId,
        error::ErrorCode,
        ids::*,
        page::OwnerForm,
        run::{RunFilter, RunPage},
    },
    ui::{
        app::still,
        runs::{self, RunsPage, Shown},
        squad::Squad,
        texts::format::Today,
    },
};
use axum::{
    Extension,
    body::Body,
    extract::{
        Path, Query, Request, State, WebSocketUpgrade,
        ws::{Message, WebSocket},
    },
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use std::time::Duration;
use tokio::time::{interval, sleep};

/// After word that something changed the next word waits for so long.
const PACE: Duration = Duration::from_millis(300);
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Nothing is expected from the page.
const MAX_FRAME: usize = 256;
/// A period that fits into a date, in hours: ten years.
const LONGEST_PERIOD: i32 = 87_600;

/// The fields of the filter; what cannot be one is left out, as the form would.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct FilterFields {
    status: String,
    coach: String,
    model: String,
    hours: String,
    before: String,
}

impl From<FilterFields> for RunFilter {
    fn from(fields: FilterFields) -> Self {
        Self {
            status: GenerationStatus::parse(&fields.status),
            coach: (!fields.coach.is_empty()).then(|| CoachId::new(&fields.coach)),
            model: Some(fields.model).filter(|model| !model.is_empty() && !model.contains('\0')),
            hours: fields
                .hours
                .parse()
                .ok()
                .filter(|hours| (1..=LONGEST_PERIOD).contains(hours)),
            before: fields.before.parse().ok(),
        }
    }
}

/// Who looks, on the page: the owner's cookie opens everything.
fn viewer(session: &Session) -> Option<Viewer> {
    if session.owner {
        return Some(Viewer::Owner);
    }
    session.user.map(Viewer::Artist)
}

fn door(app: &App, session: &Session) -> OwnerForm {
    match (&app.settings.owner_token, session.owner) {
        (None, _) => OwnerForm::Absent,
        (Some(_), true) => OwnerForm::Entered,
        (Some(_), false) => OwnerForm::Offered,
    }
}

/// `GET /runs`
pub async fn list(
    State(app): State<App>,
    Extension(session): Extension<Session>,
    Query(fields): Query<FilterFields>,
    request: Request,
) -> Result<Response, ApiProblem> {
    let owner = door(&app, &session);
    page_of_list(app, session, fields.into(), owner, request).await
}

/// The list with the owner's door as it is after a wrong token.
pub async fn refused(app: App, session: Session, headers: &HeaderMap, owner: OwnerForm) -> Response {
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = "/runs".parse().unwrap_or_default();
    for name in [header::COOKIE, header::ACCEPT_LANGUAGE, header::HOST] {
        if let Some(value) = headers.get(&name) {
            request.headers_mut().insert(name, value.clone());
        }
    }
    let page = page_of_list(app, session, RunFilter::default(), owner, request).await;
    page.unwrap_or_else(IntoResponse::into_response)
}

async fn page_of_list(
    app: App,
    session: Session,
    filter: RunFilter,
    owner: OwnerForm,
    request: Request,
) -> Result<Response, ApiProblem> {
    let page = match viewer(&session) {
        Some(viewer) => app.chat.runs(viewer, &filter, SystemClock.now(), PAGE).await?,
        // a browser that is nobody yet has asked nothing
        None => RunPage {
            runs: Vec::new(),
            next: None,
        },
    };
    let known = viewer(&session).is_some();
    Ok(show(app, Shown::List { page, filter }, owner, known, request).await)
}

/// `GET /runs/{id}`: a foreign one is as little there as a missing one.
pub async fn one(
    State(app): State<App>,
    Extension(session): Extension<Session>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, ApiProblem> {
    let (Some(viewer), Ok(id)) = (viewer(&session), id.parse()) else {
        return Ok(render(app, None, request).await);
    };
    match app.chat.run(viewer, id).await {
        Ok(story) => {
            let owner = door(&app, &session);
            Ok(show(app, Shown::One(Box::new(story)), owner, true, request).await)
        }
        Err(ChatError::NotFound) => Ok(render(app, None, request).await),
        Err(error) => Err(error.into()),
    }
}

/// `POST /runs/{id}/cancel`
pub async fn cancel(
    State(app): State<App>,
    Extension(session): Extension<Session>,
    Path(id): Path<String>,
) -> Result<Response, ApiProblem> {
    let (Some(viewer), Ok(id)) = (viewer(&session), id.parse::<GenerationId>()) else {
        return Err(ApiProblem::not_found());
    };
    app.chat.stop_run(viewer, id).await?;
    let place = format!("/runs/{id}");
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, place)]).into_response())
}

async fn show(app: App, shown: Shown, owner: OwnerForm, known: bool, request: Request) -> Response {
    let lang = preferences(request.headers()).lang;
    let now = SystemClock.now();
    let page = RunsPage {
        shown,
        squad: Squad::new(app.chat.squad.cards(lang)),
        owner,
        known,
        here: request
            .uri()
            .path_and_query()
            .map_or("/runs", |path| path.as_str())
            .to_string(),
        lang,
        now,
        today: Today::at(now, time_zone(request.headers())).by_clock(twelve_hours(request.headers())),
    };
    let document = move |options| {
        let page = page.clone();
        still(options, move || runs::draw(&page))
    };
    draw(app, None, request, document).await
}

#[derive(Deserialize)]
pub struct Watched {
    run: Option<GenerationId>,
}

/// What the page listens to.
enum News {
    Run(Subscription<GenerationId, Signal>),
    List(Subscription<UserId, ListChange>),
    Everybody(Subscription<(), ListChange>),
}

impl News {
    fn of(hub: &Hub, viewer: Viewer, run: Option<GenerationId>) -> Self {
        match (run, viewer) {
            (Some(run), _) => Self::Run(hub.follow(run)),
            (None, Viewer::Artist(user)) => Self::List(hub.follow_list(user)),
            (None, Viewer::Owner) => Self::Everybody(hub.follow_everybody()),
        }
    }

    /// Waits for something new; what it is the page finds out itself.
    async fn next(&mut self) {
        match self {
            Self::Run(run) => drop(run.next().await),
            Self::List(list) => drop(list.next().await),
            Self::Everybody(all) => drop(all.next().await),
        }
    }

    /// Whether anything came meanwhile; one look is for all of it.
    fn take_all(&mut self) -> bool {
        fn all(mut next: impl FnMut() -> bool) -> bool {
            let mut any = false;
            while next() {
                any = true;
            }
            any
        }
        match self {
            Self::Run(run) => all(|| run.try_next().is_some()),
            Self::List(list) => all(|| list.try_next().is_some()),
            Self::Everybody(everybody) => all(|| everybody.try_next().is_some()),
        }
    }
}

/// `GET /runs/feed?run=`: an empty frame whenever the page should look again.
pub async fn feed(
    State(app): State<App>,
    Extension(session): Extension<Session>,
    Params(watched): Params<Watched>,
    upgrade: WebSocketUpgrade,
) -> Result<Response, ApiProblem> {
    if app.closing.is_cancelled() {
        return Err(ApiProblem::new(ErrorCode::Unavailable, "The program is ending."));
    }
    let viewer = viewer(&session).ok_or(ChatError::NotFound)?;
    // before the look: nothing that changes in between is missed
    let news = News::of(&app.chat.hub, viewer, watched.run);
    if let Some(run) = watched.run {
        app.chat.run(viewer, run).await?;
    }
    let upgrade = upgrade.max_message_size(MAX_FRAME).max_frame_size(MAX_FRAME);
    Ok(upgrade.on_upgrade(move |socket| tell(app, news, socket)))
}

async fn tell(app: App, mut news: News, mut socket: WebSocket) {
    let closing = app.closing.clone();
    let mut alive = interval(KEEP_ALIVE);
    // what happened before the socket was there
    let mut look = true;
    loop {
        if look {
            if socket.send(Message::Text("".into())).await.is_err() {
                return;
            }
            sleep(PACE).await;
            if news.take_all() {
                continue;
            }
        }
        look = tokio::select! {
            () = closing.cancelled() => return,
            () = news.next() => true,
            _ = alive.tick() => {
                if socket.send(Message::Ping(Vec::new().into())).await.is_err() {
                    return;
                }
                false
            }
            message = socket.recv() => match message {
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => false,
                _ => return,
            },
        };
    }
}
