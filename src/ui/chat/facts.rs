//! The small facts under an answer: who wrote it, how much, what it cost, how fast; and its badges.

use crate::{
    types::chat::{Message, MessageStatus, Usage},
    ui::{
        kit::{Icon, badge, icon},
        texts::{
            Texts,
            format::{cost, count, decimals, seconds},
            use_texts,
        },
    },
};
use leptos::prelude::*;

/// Provider of the demo squad.
pub const DEMO: &str = "demo";

/// As a reader knows it. Names are the providers' own, the same in every language; `openai` is whoever speaks OpenAI's API.
pub fn provider_name<'a>(texts: &Texts, id: &'a str) -> &'a str {
    match id {
        "anthropic" => "Claude",
        "openai" => "OpenAI API",
        "openrouter" => "OpenRouter",
        DEMO => texts.demo_model,
        other => other,
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    pub provider: Option<String>,
    pub model: Option<String>,
    pub temperature: Option<f64>,
    pub usage: Usage,
    pub cost_usd: Option<f64>,
    pub time_to_first_token_ms: Option<i64>,
    pub cached: bool,
    pub resumed: bool,
    pub stopped: bool,
}

impl From<&Message> for Facts {
    fn from(message: &Message) -> Self {
        Self {
            provider: message.provider.clone(),
            model: message.model.clone(),
            temperature: message.temperature,
            usage: message.usage,
            cost_usd: message.cost_usd,
            time_to_first_token_ms: message.time_to_first_token_ms,
            cached: message.cached,
            resumed: message.resumed && message.status != MessageStatus::Failed,
            stopped: message.status == MessageStatus::Stopped,
        }
    }
}

impl Facts {
    fn model_name(&self, texts: &Texts) -> Option<String> {
        if self.provider.as_deref() == Some(DEMO) {
            Some(texts.demo_model.into())
        } else {
            self.model.clone()
        }
    }

    /// Nothing where the model's name says it.
    fn provider_name(&self, texts: &Texts) -> Option<&str> {
        let name = provider_name(texts, self.provider.as_deref()?);
        let model = self.model_name(texts)?.to_ascii_lowercase();
        (!model.contains(&name.to_ascii_lowercase())).then_some(name)
    }

    fn tokens(&self, texts: &Texts) -> Option<String> {
        let number = |tokens: Option<i64>| tokens.map_or("–".to_owned(), |tokens| count(texts.lang, tokens));
        // What came from the provider's cache was sent to it all the same.
        let parts = [
            self.usage.input_tokens,
            self.usage.cache_read_tokens,
            self.usage.cache_write_tokens,
        ];
        let input = parts.iter().any(Option::is_some).then(|| parts.iter().flatten().sum());
        let output = self.usage.output_tokens;
        (input.is_some() || output.is_some()).then(|| (texts.tokens)(&number(input), &number(output)))
    }
}

/// On a phone badges and cost stay in sight; the rest opens with a tap.
#[component]
pub fn MessageFacts(facts: Facts) -> impl IntoView {
    let texts = use_texts();
    let open = RwSignal::new(false);
    let detail =
        |text: Option<String>| text.map(|text| view! { <span class="fact fact-detail">{text}</span> }.into_any());
    let cost = facts
        .cost_usd
        .map(|dollars| view! { <span class="fact">{cost(texts.lang, dollars)}</span> }.into_any());
    let first = facts
        .time_to_first_token_ms
        .map(|ms| (texts.first_token)(&seconds(texts.lang, ms)));
    view! {
        <footer
            class="facts"
            data-testid="message-facts"
            aria-label=texts.facts
            data-open=move || open.get().to_string()
            on:click=move |_| open.update(|open| *open = !*open)
        >
            {detail(facts.provider_name(texts).map(str::to_owned))}
            {detail(facts.model_name(texts))}
            {detail(facts.temperature.map(|value| (texts.temperature_fact)(&decimals(texts.lang, value))))}
            {detail(facts.tokens(texts))}
            {cost}
            {detail(first)}
            {facts.cached.then(|| badge("cache-hit", Icon::Lightning, texts.badge_cache))}
            {facts.resumed.then(|| badge("resumed", Icon::Resume, texts.badge_resumed))}
            {facts.stopped.then(|| badge("stopped", Icon::Square, texts.badge_stopped))}
            <button
                type="button"
                class="facts-more"
                aria-label=texts.more_facts
                aria-expanded=move || open.get().to_string()
            >
                {icon(Icon::ChevronDown, 16)}
            </button>
        </footer>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{types::lang::Lang, ui::texts::texts};

    #[test]
    fn the_provider_is_named_once() {
        let named = |provider: &str, model: &str| {
            let facts = Facts {
                provider: Some(provider.into()),
                model: Some(model.into()),
                ..Facts::default()
            };
            facts.provider_name(texts(Lang::En)).map(str::to_owned)
        };
        assert_eq!(named("anthropic", "claude-haiku-5-5"), None);
        assert_eq!(
            named("openrouter", "anthropic/claude-haiku-5-5").as_deref(),
            Some("OpenRouter")
        );
        assert_eq!(named("openai", "llama3.2").as_deref(), Some("OpenAI API"));
        assert_eq!(named("demo", "demo"), None);
    }
}
