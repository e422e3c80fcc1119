//! The catalogue of models: prices and capabilities, from the one dated file `models.toml`.
//!
//! A model that is not in the file works: it gets the provider's careful guess, and its price is unknown. To add a
//! model, add a block to the file; the code names none.

use rust_decimal::Decimal;
use serde::Deserialize;
use std::collections::BTreeMap;

const BUNDLED: &str = include_str!("models.toml");

/// US dollars per million tokens.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// Of prompt tokens that neither came from the cache nor went into it.
    pub input: Decimal,
    pub output: Decimal,
    #[serde(default)]
    pub cache_write: Option<Decimal>,
    #[serde(default)]
    pub cache_read: Option<Decimal>,
    #[serde(default)]
    pub long_prompt: Option<LongPrompt>,
}

/// Above this many prompt tokens (cached ones included) the whole request costs a multiple.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LongPrompt {
    pub above: i64,
    /// Of input, cache writes and cache reads.
    pub input_factor: Decimal,
    pub output_factor: Decimal,
}

/// What one model can do and costs.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelFacts {
    /// As the provider spells it.
    pub id: String,
    /// `None`: not known.
    #[serde(default)]
    pub price: Option<Price>,
    pub temperature: bool,
    /// Takes a beginning of the answer that it goes on from.
    pub prefill: bool,
    /// Thinks before it answers unless told not to, and can be told: a chat wants the first word at once.
    #[serde(default)]
    pub thinking_off: bool,
    /// Tokens of prompt and answer together.
    pub context_window: u32,
    /// Tokens of one answer.
    pub max_output: u32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Unknown {
    temperature: bool,
    context_window: u32,
    max_output: u32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Provider {
    default: String,
    #[serde(default)]
    refuse_temperature: Vec<String>,
    unknown: Unknown,
    models: Vec<ModelFacts>,
}

/// Every provider's models.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    as_of: String,
    providers: BTreeMap<String, Provider>,
}

/// The file is not usable. The text names the place.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    #[error("the models file cannot be read: {0}")]
    Syntax(#[from] toml::de::Error),
    #[error("models file, provider {provider}, model {model}: {what}")]
    Model {
        provider: String,
        model: String,
        what: &'static str,
    },
}

impl Catalogue {
    /// The file that the program brings.
    pub fn bundled() -> Result<Self, CatalogueError> {
        Self::parse(BUNDLED)
    }

    pub fn parse(text: &str) -> Result<Self, CatalogueError> {
        let catalogue: Self = toml::from_str(text)?;
        for (name, provider) in &catalogue.providers {
            provider.check(name)?;
        }
        Ok(catalogue)
    }

    /// The day the file was checked, `YYYY-MM-DD`.
    pub fn as_of(&self) -> &str {
        &self.as_of
    }

    /// `None` for a provider that the file does not have.
    pub fn default_model(&self, provider: &str) -> Option<&str> {
        self.providers.get(provider).map(|provider| provider.default.as_str())
    }

    /// The models the file has of a provider, in its order.
    pub fn models(&self, provider: &str) -> &[ModelFacts] {
        self.providers.get(provider).map_or(&[], |provider| &provider.models)
    }

    /// Facts of any model. A dated name (`claude-haiku-4-5-20251001`) is its undated one. One that is not listed
    /// gets the provider's careful guess: no prefill, no price, a temperature only where local models are usual.
    pub fn model(&self, provider: &str, model: &str) -> ModelFacts {
        let known = self.models(provider);
        let find = |id: &str| known.iter().find(|facts| facts.id == id);
        let mut facts = find(model)
            .or_else(|| find(undated(model)))
            .cloned()
            .unwrap_or_else(|| self.guess(provider, model));
        facts.id = model.to_owned();
        facts
    }

    fn guess(&self, provider: &str, model: &str) -> ModelFacts {
        let mut facts = ModelFacts {
            id: model.to_owned(),
            price: None,
            temperature: false,
            prefill: false,
            thinking_off: false,
            context_window: 8_192,
            max_output: 4_096,
        };
        if let Some(provider) = self.providers.get(provider) {
            let refuses = provider
                .refuse_temperature
                .iter()
                .any(|start| model.starts_with(start.as_str()));
            facts.temperature = provider.unknown.temperature && !refuses;
            facts.context_window = provider.unknown.context_window;
            facts.max_output = provider.unknown.max_output;
        }
        facts
    }
}

impl Provider {
    fn check(&self, name: &str) -> Result<(), CatalogueError> {
        let wrong = |model: &str, what| {
            Err(CatalogueError::Model {
                provider: name.to_owned(),
                model: model.to_owned(),
                what,
            })
        };
        for (index, facts) in self.models.iter().enumerate() {
            if self.models[..index].iter().any(|other| other.id == facts.id) {
                return wrong(&facts.id, "is listed twice");
            }
            if facts.max_output == 0 || facts.max_output > facts.context_window {
                return wrong(&facts.id, "max_output must be at least 1 and at most context_window");
            }
            if facts.price.as_ref().is_some_and(Price::is_negative) {
                return wrong(&facts.id, "a price is negative");
            }
        }
        if self.models.iter().any(|facts| facts.id == self.default) {
            Ok(())
        } else {
            wrong(&self.default, "is the default but has no block")
        }
    }
}

impl Price {
    fn is_negative(&self) -> bool {
        [Some(self.input), Some(self.output), self.cache_write, self.cache_read]
            .into_iter()
            .flatten()
            .any(|price| price.is_sign_negative())
    }
}

/// The name without `-20251001`, `-2026-04-01` or `-latest` at its end.
fn undated(model: &str) -> &str {
    let shapes = ["-latest", "-dddddddd", "-dddd-dd-dd"];
    let fits = |shape: &&str| {
        model.len() > shape.len()
            && model
                .bytes()
                .rev()
                .zip(shape.bytes().rev())
                .all(|(byte, wanted)| match wanted {
                    b'd' => byte.is_ascii_digit(),
                    _ => byte == wanted,
                })
    };
    let end = shapes.iter().find(|shape| fits(shape)).map_or(0, |shape| shape.len());
    &model[..model.len() - end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bundled_file_is_sound_and_every_provider_has_a_default() {
        let catalogue = Catalogue::bundled().unwrap();
        for provider in ["anthropic", "openai", "openrouter", "demo"] {
            let default = catalogue.default_model(provider).unwrap();
            assert!(catalogue.models(provider).iter().any(|facts| facts.id == default));
        }
        assert_eq!(catalogue.default_model("anthropic"), Some("claude-haiku-5-5"));
    }

    #[test]
    fn unlisted_models_work_and_have_no_price() {
        let catalogue = Catalogue::bundled().unwrap();
        let claude = catalogue.model("anthropic", "claude-haiku-7");
        assert!(!claude.temperature && !claude.prefill && claude.price.is_none());
        let local = catalogue.model("openai", "llama3.2:3b");
        assert!(local.temperature && local.price.is_none());
        assert!(!catalogue.model("openai", "gpt-5.4-mini").temperature);
        assert!(catalogue.model("nobody", "x").price.is_none());
    }

    #[test]
    fn a_date_in_the_name_changes_nothing_else() {
        for (model, name) in [
            ("claude-haiku-4-5-20251001", "claude-haiku-4-5"),
            ("gpt-6-luna-2026-09-22", "gpt-6-luna"),
            ("claude-haiku-5-5-latest", "claude-haiku-5-5"),
            ("claude-haiku-5-5", "claude-haiku-5-5"),
            ("llama-3-70", "llama-3-70"),
            ("", ""),
        ] {
            assert_eq!(undated(model), name, "{model}");
        }
        let facts = Catalogue::bundled()
            .unwrap()
            .model("anthropic", "claude-haiku-4-5-20251001");
        assert!(facts.temperature && facts.price.is_some());
        assert_eq!(facts.id, "claude-haiku-4-5-20251001");
    }

    #[test]
    fn errors_name_the_place() {
        let twice = BUNDLED.replace("claude-sonnet-5-5", "claude-haiku-5-5");
        assert_eq!(
            Catalogue::parse(&twice).unwrap_err().to_string(),
            "models file, provider anthropic, model claude-haiku-5-5: is listed twice"
        );
        let typo = BUNDLED.replacen("temperature = false", "temprature = false", 1);
        assert!(Catalogue::parse(&typo).unwrap_err().to_string().contains("temprature"));
    }
}
