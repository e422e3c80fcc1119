//! The list of runs, its filters and its pages.

use super::{RunsPage, owner::door, state};
use crate::{
    types::{
        chat::GenerationStatus,
        run::{Run, RunFilter, RunPage},
    },
    ui::{
        kit::{ButtonKind, plectrum},
        texts::{
            format::{cost, count, seconds, when},
            texts,
        },
    },
};
use leptos::prelude::*;
use std::collections::BTreeSet;

/// Periods to choose from, in hours.
const PERIODS: [i32; 3] = [1, 24, 168];

pub fn draw(page: &RunsPage, runs: &RunPage, filter: &RunFilter) -> AnyView {
    let words = page.words();
    let lead = if page.is_owner() { words.lead_owner } else { words.lead };
    let live = runs.runs.iter().any(|run| !run.state.status.is_final());
    let rows: Vec<_> = runs.runs.iter().map(|run| row(page, run)).collect();
    let older = runs.next.map(|next| {
        let href = address(filter, Some(next.to_string()));
        view! { <a class=ButtonKind::Outline.class() href=href rel="next" data-testid="runs-older">{words.older}</a> }
    });
    let newest = filter.before.map(|_| {
        let href = address(filter, None);
        view! { <a class=ButtonKind::Outline.class() href=href>{words.newest}</a> }
    });
    view! {
        <h1 class="runs-title">{words.title}</h1>
        <p class="runs-lead">{lead}</p>
        {filters(page, runs, filter)}
        <section id="runs" data-part data-live=live.then_some("true") aria-label=words.title>
            {rows
                .is_empty()
                .then(|| view! { <p class="runs-none"><strong>{words.none}</strong> " " {words.none_hint}</p> })}
            <ul class="runs-list" data-testid="runs">{rows}</ul>
            <nav class="runs-pages" aria-label=words.older>{newest} {older}</nav>
        </section>
        {door(page)}
    }
    .into_any()
}

fn row(page: &RunsPage, run: &Run) -> AnyView {
    let (words, lang) = (page.words(), page.lang);
    let coach = page.squad.get(&run.state.coach);
    let status = run.state.status;
    let took = match (run.duration_ms, status) {
        (Some(ms), _) => Some(seconds(lang, ms)),
        (None, GenerationStatus::Running) => Some(page.took(run.state.created_at, page.now)),
        _ => None,
    };
    let facts = [
        Some(page.model(&run.state.provider, &run.state.model)),
        Some((words.characters)(&count(lang, run.characters))),
        took,
        run.cost_usd.map(|dollars| cost(lang, dollars)),
        (run.state.attempt > 1).then(|| (words.attempt)(run.state.attempt)),
    ];
    let facts: Vec<_> = facts
        .into_iter()
        .flatten()
        .map(|fact| view! { <span>{fact}</span> })
        .collect();
    view! {
        <li>
            <a
                class="run-row"
                href=format!("/runs/{}", run.state.generation_id)
                data-testid="run"
                data-id=run.state.generation_id.to_string()
                data-state=status.as_str()
            >
                {plectrum(&coach, 36)}
                <span class="run-who">
                    <span class="run-coach">{coach.name.clone()}</span>
                    <span class="run-when">{when(texts(lang), &page.today, run.state.created_at)}</span>
                </span>
                {state(words, status)}
                <span class="run-facts">{facts}</span>
            </a>
        </li>
    }
    .into_any()
}

fn filters(page: &RunsPage, runs: &RunPage, filter: &RunFilter) -> AnyView {
    let words = page.words();
    let option = |value: String, label: String, chosen: bool| {
        view! { <option value=value selected=chosen>{label}</option> }
    };
    let states: Vec<_> = GenerationStatus::ALL
        .iter()
        .map(|status| {
            let label = (words.status)(*status).to_string();
            option(status.as_str().into(), label, filter.status == Some(*status))
        })
        .collect();
    let coaches: Vec<_> = page
        .squad
        .all()
        .iter()
        .map(|coach| {
            option(
                coach.id.to_string(),
                coach.name.clone(),
                filter.coach.as_ref() == Some(&coach.id),
            )
        })
        .collect();
    // those that are shown, and the one that is asked for
    let models: BTreeSet<_> = runs
        .runs
        .iter()
        .map(|run| &run.state.model)
        .chain(&filter.model)
        .collect();
    let models: Vec<_> = models
        .into_iter()
        .map(|model| {
            // the demo squad's model has its provider's name
            let label = page.model(model, model);
            option(model.clone(), label, filter.model.as_ref() == Some(model))
        })
        .collect();
    let periods: Vec<_> = PERIODS
        .into_iter()
        .map(|hours| option(hours.to_string(), (words.hours)(hours), filter.hours == Some(hours)))
        .collect();
    let select = |name: &'static str, label: &'static str, any: &'static str, options: Vec<_>| {
        view! {
            <label class="runs-filter">
                <span>{label}</span>
                <select name=name data-testid=format!("filter-{name}")>
                    <option value="">{any}</option>
                    {options}
                </select>
            </label>
        }
    };
    view! {
        <form method="get" action="/runs" class="runs-filters" aria-label=words.filters>
            {select("status", words.state, words.any_state, states)}
            {select("coach", words.coach, words.any_coach, coaches)}
            {select("model", words.model, words.any_model, models)}
            {select("hours", words.time, words.any_time, periods)}
            <button type="submit" class=ButtonKind::Inverse.class() data-testid="filter-show">
                {words.show}
            </button>
        </form>
    }
    .into_any()
}

/// The list's address with this filter, from its start or after a run.
fn address(filter: &RunFilter, before: Option<String>) -> String {
    let pairs = [
        ("status", filter.status.map(|status| status.as_str().to_string())),
        ("coach", filter.coach.as_ref().map(ToString::to_string)),
        ("model", filter.model.clone()),
        ("hours", filter.hours.map(|hours| hours.to_string())),
        ("before", before),
    ];
    let pairs = pairs
        .into_iter()
        .filter_map(|(name, value)| Some(format!("{name}={}", encoded(&value?))));
    format!("/runs?{}", pairs.collect::<Vec<_>>().join("&"))
}

fn encoded(value: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    value
        .bytes()
        .map(|byte| {
            if plain(byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_keeps_what_was_asked_for() {
        let filter = RunFilter {
            status: Some(GenerationStatus::Failed),
            model: Some("a/b c&d".into()),
            ..RunFilter::default()
        };
        assert_eq!(
            address(&filter, Some("7".into())),
            "/runs?status=failed&model=a%2Fb%20c%26d&before=7"
        );
        assert_eq!(address(&RunFilter::default(), None), "/runs?");
    }
}
