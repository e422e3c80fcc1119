//! The page of runs: the list in [`list`], one of them in [`story`], the owner's door in [`owner`].
//!
//! The program alone draws it, links and plain forms do all it can do, and nothing of it is in the chat's code. What keeps
//! it fresh is `public/runs.js`: told that something changed, it asks for the page again and takes the parts with an id
//! and `data-part` from it. Its look is in `public/runs.css`.

pub mod list;
pub mod owner;
pub mod story;

use super::{
    chat::{
        facts::DEMO,
        menu::{LanguageChoice, ThemeButton},
    },
    kit::mark,
    squad::Squad,
    texts::{
        format::{Today, moment, seconds},
        runs::{RunTexts, run_texts},
        texts,
    },
};
use crate::types::{
    chat::GenerationStatus,
    lang::Lang,
    page::OwnerForm,
    run::{RunFilter, RunPage, RunStory},
};
use leptos::prelude::*;
use leptos_meta::{Stylesheet, Title};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// What the page shows.
#[derive(Clone, Debug)]
pub enum Shown {
    List { page: RunPage, filter: RunFilter },
    One(Box<RunStory>),
}

/// Everything it is drawn from.
#[derive(Clone, Debug)]
pub struct RunsPage {
    pub shown: Shown,
    pub squad: Squad,
    pub owner: OwnerForm,
    /// Somebody looks who may have runs: the page may listen for more.
    pub known: bool,
    /// The address to come back to.
    pub here: String,
    pub lang: Lang,
    pub now: OffsetDateTime,
    pub today: Today,
}

impl RunsPage {
    fn words(&self) -> &'static RunTexts {
        run_texts(self.lang)
    }

    fn is_owner(&self) -> bool {
        self.owner == OwnerForm::Entered
    }

    /// A moment as a clock shows it, with its day when it is not today.
    fn moment(&self, at: OffsetDateTime) -> AnyView {
        let text = moment(texts(self.lang), &self.today, at);
        view! { <time datetime=at.format(&Rfc3339).unwrap_or_default()>{text}</time> }.into_any()
    }

    /// A model's name; the demo squad's says nothing to anybody.
    fn model(&self, provider: &str, model: &str) -> String {
        match provider {
            DEMO => texts(self.lang).demo_model.to_string(),
            _ => model.to_string(),
        }
    }

    fn took(&self, from: OffsetDateTime, to: OffsetDateTime) -> String {
        let milliseconds = (to - from).whole_milliseconds().clamp(0, i64::MAX.into());
        seconds(self.lang, i64::try_from(milliseconds).unwrap_or_default())
    }
}

/// A state as a word with a sign of its own shape.
fn state(words: &RunTexts, status: GenerationStatus) -> AnyView {
    view! {
        <span class="run-state" data-state=status.as_str()>
            <span class="run-sign" aria-hidden="true"></span>
            {(words.status)(status)}
        </span>
    }
    .into_any()
}

/// The whole page inside the document's body.
pub fn draw(page: &RunsPage) -> AnyView {
    let (words, product) = (page.words(), texts(page.lang).product);
    let (title, body) = match &page.shown {
        Shown::List { page: runs, filter } => (words.title, list::draw(page, runs, filter)),
        Shown::One(story) => (words.of_run, story::draw(page, story)),
    };
    view! {
        <Title text=format!("{title} · {product}") />
        <Stylesheet href="/runs.css" />
        <div class="backdrop-page runs">
            <header class="site-head">
                <a class="site-name" href="/chat">
                    {mark(32)}
                    {product}
                </a>
                <div class="site-preferences">
                    <LanguageChoice next=page.here.clone() />
                    <ThemeButton next=page.here.clone() />
                </div>
            </header>
            <main class="runs-main" data-feed=page.known.then_some("true")>{body}</main>
        </div>
        <script type="module" src="/runs.js" nonce=super::platform::nonce()></script>
    }
    .into_any()
}
