//! One run: what happened and when, what it took, and how to stop it. Stored facts only; while it runs, what is there so
//! far and for how long, and no guess at the end.

use super::{RunsPage, state};
use crate::{
    types::{
        chat::GenerationStatus,
        run::{RunStep, RunStory, StepKind},
    },
    ui::{
        chat::facts::DEMO,
        kit::{ButtonKind, plectrum},
        texts::{
            format::{cost, count, seconds},
            texts,
        },
    },
};
use leptos::prelude::*;
use time::OffsetDateTime;

/// A line of the story.
struct Line {
    kind: &'static str,
    at: OffsetDateTime,
    what: String,
    more: Option<String>,
}

pub fn draw(page: &RunsPage, story: &RunStory) -> AnyView {
    let (words, run) = (page.words(), &story.run);
    let coach = page.squad.get(&run.state.coach);
    let status = run.state.status;
    let id = run.state.generation_id;
    let lines: Vec<_> = lines(page, story).into_iter().map(|line| drawn(page, line)).collect();
    let stop = (!status.is_final()).then(|| {
        view! {
            <form method="post" action=format!("/runs/{id}/cancel")>
                <button type="submit" id="run-cancel" class=ButtonKind::Inverse.class() data-testid="run-cancel">
                    {words.cancel}
                </button>
            </form>
        }
    });
    let conversation = (!page.is_owner()).then(|| {
        let href = format!("/chat/{}", run.state.conversation_id);
        view! { <a class=ButtonKind::Outline.class() href=href>{words.conversation}</a> }
    });
    view! {
        <p><a class="runs-back" href="/runs">{words.back}</a></p>
        <section
            id="run"
            data-part
            data-run=id.to_string()
            data-live=(!status.is_final()).then_some("true")
            data-testid="run-story"
            data-state=status.as_str()
        >
            <h1 class="run-title">
                {plectrum(&coach, 36)}
                <span>{coach.name.clone()}</span>
                {state(words, status)}
            </h1>
            {(status == GenerationStatus::Running).then(|| progress(page, story))}
            <h2>{words.story}</h2>
            <ol class="run-lines" data-testid="run-lines">{lines}</ol>
            <h2>{words.facts}</h2>
            {facts(page, story)}
            <div class="run-ways">{stop} {conversation}</div>
        </section>
    }
    .into_any()
}

/// A bar that says that something goes on; how much is in words.
fn progress(page: &RunsPage, story: &RunStory) -> AnyView {
    let words = page.words();
    let so_far = (words.running)(
        &count(page.lang, story.run.characters),
        &page.took(story.run.state.created_at, page.now),
    );
    view! {
        <div
            class="run-bar"
            role="progressbar"
            aria-label=words.progress
            aria-valuetext=so_far.clone()
            data-testid="run-progress"
        >
            <span></span>
        </div>
        <p class="run-so-far">{so_far}</p>
    }
    .into_any()
}

fn lines(page: &RunsPage, story: &RunStory) -> Vec<Line> {
    let (words, run, lang) = (page.words(), &story.run, page.lang);
    let began = run.state.created_at;
    let line = |kind, at, what: &str, more| Line {
        kind,
        at,
        what: what.to_string(),
        more,
    };
    let mut lines = vec![line("queued", began, words.queued, None)];
    if let Some(at) = run.state.started_at {
        let who = story.first_process().unwrap_or(words.somebody);
        let more = (words.waited)(&page.took(began, at));
        lines.push(line("claimed", at, &(words.claimed)(who), Some(more)));
    }
    for (index, step) in story.steps.iter().enumerate() {
        let more = step_more(page, story, index, step);
        lines.push(line(step.kind.as_str(), step.at, (words.step)(step.kind), Some(more)));
    }
    if let Some(at) = run.state.first_token_at {
        let more = (words.first_token_after)(&page.took(began, at));
        lines.push(line("first_token", at, words.first_token, Some(more)));
    }
    if let Some(at) = story.last_stored_at {
        // the end is an event too, and stores no piece
        let pieces = run.state.chunks - i64::from(run.state.status.is_final());
        let what = (words.checkpoints)(&count(lang, pieces), &count(lang, run.characters));
        lines.push(line("checkpoint", at, &what, None));
    }
    if let Some(at) = run.state.finished_at {
        let why = run
            .state
            .error
            .as_ref()
            .map(|problem| format!("{} ({})", (texts(lang).cause)(problem.code), problem.code.as_str()));
        let kind = run.state.status.as_str();
        lines.push(line(kind, at, (words.status)(run.state.status), why));
    }
    // their own order where they share a moment
    lines.sort_by_key(|line| line.at);
    lines
}

fn step_more(page: &RunsPage, story: &RunStory, index: usize, step: &RunStep) -> String {
    let words = page.words();
    if step.kind == StepKind::TakenOver {
        // whoever the next one took it from, else whoever has it now
        let next = story.steps[index + 1..]
            .iter()
            .find(|later| later.kind == StepKind::TakenOver);
        let new = next.map_or(story.run.process.as_deref(), |later| later.process.as_deref());
        let name = |process: Option<&str>| process.unwrap_or(words.somebody).to_string();
        return (words.by)(&name(new), &name(step.process.as_deref()));
    }
    let attempt = (words.attempt)(step.attempt);
    match step.code {
        Some(code) => format!("{attempt}. {} ({})", (texts(page.lang).cause)(code), code.as_str()),
        None => attempt,
    }
}

fn drawn(page: &RunsPage, line: Line) -> AnyView {
    view! {
        <li class="run-line" data-kind=line.kind>
            <span class="run-at">{page.moment(line.at)}</span>
            <span class="run-what">
                <strong>{line.what}</strong>
                {line.more.map(|more| view! { <span class="run-more">{more}</span> })}
            </span>
        </li>
    }
    .into_any()
}

fn facts(page: &RunsPage, story: &RunStory) -> AnyView {
    let (words, lang, run) = (page.words(), page.lang, &story.run);
    let number = |tokens: Option<i64>| tokens.map_or("–".to_owned(), |tokens| count(lang, tokens));
    let told = [
        run.usage.input_tokens,
        run.usage.cache_read_tokens,
        run.usage.cache_write_tokens,
    ];
    let input = told.iter().any(Option::is_some).then(|| told.iter().flatten().sum());
    let cost = run
        .cost_usd
        .map_or(words.unknown.to_string(), |dollars| cost(lang, dollars));
    let model = match run.state.provider.as_str() {
        DEMO => texts(lang).demo_model.to_string(),
        provider => format!("{provider} · {}", run.state.model),
    };
    let mut pairs = vec![
        (words.model, model),
        (
            words.attempts,
            (words.attempts_told)(run.state.attempt, run.recoveries, run.takeovers),
        ),
        (words.text, (words.characters)(&count(lang, run.characters))),
    ];
    if input.is_some() || run.usage.output_tokens.is_some() {
        let told = (words.tokens_told)(&number(input), &number(run.usage.output_tokens));
        pairs.push((words.tokens, told));
    }
    pairs.push((words.cost, cost));
    if let Some(ms) = run.time_to_first_token_ms {
        pairs.push((words.first_token, seconds(lang, ms)));
    }
    if let Some(ms) = run.duration_ms {
        pairs.push((words.duration, seconds(lang, ms)));
    }
    if let Some(process) = &run.process {
        pairs.push((words.process, process.clone()));
    }
    if page.is_owner() {
        pairs.push((words.artist, run.user.to_string()));
    }
    let rows: Vec<_> = pairs
        .into_iter()
        .map(|(name, value)| view! { <div><dt>{name}</dt><dd>{value}</dd></div> })
        .collect();
    view! {
        <dl class="run-figures" data-testid="run-figures">{rows}</dl>
        {run.state.cached.then(|| view! { <p class="run-so-far">{words.from_cache}</p> })}
    }
    .into_any()
}
