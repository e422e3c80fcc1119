//! Which provider and model answer. [`listed`] says which ones an artist may choose from.

pub mod listed;

use super::ports::LlmProvider;
use crate::config::models::{Catalogue, ModelFacts};
use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
};

/// Longest answer asked for, in tokens, where the model allows more.
const MAX_ANSWER_TOKENS: u32 = 4_096;

/// The configured providers, and which one answers when nobody chose.
pub struct Models {
    providers: BTreeMap<&'static str, Arc<dyn LlmProvider>>,
    catalogue: Arc<Catalogue>,
    default_provider: &'static str,
    /// Default model by provider; a local server's becomes known once it answers.
    default_models: RwLock<BTreeMap<&'static str, String>>,
    told: listed::Told,
}

/// What one generation will be asked of.
#[derive(Clone, Debug)]
pub struct Choice {
    pub provider: String,
    pub facts: ModelFacts,
    pub max_tokens: u32,
}

/// The wish cannot be met.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("provider: {0:?} is not configured here; configured are {1}")]
pub struct UnknownProvider(String, String);

impl Models {
    pub fn new(
        providers: Vec<Arc<dyn LlmProvider>>,
        catalogue: Arc<Catalogue>,
        default_provider: &'static str,
        default_model: Option<String>,
    ) -> Self {
        let mut default_models: BTreeMap<_, _> = providers
            .iter()
            .map(|provider| {
                (
                    provider.name(),
                    catalogue.default_model(provider.name()).unwrap_or_default().to_string(),
                )
            })
            .collect();
        if let Some(model) = default_model {
            default_models.insert(default_provider, model);
        }
        let providers = providers
            .into_iter()
            .map(|provider| (provider.name(), provider))
            .collect();
        Self {
            providers,
            catalogue,
            default_provider,
            default_models: RwLock::new(default_models),
            told: listed::Told::default(),
        }
    }

    /// Those that are set up.
    pub fn all(&self) -> impl Iterator<Item = &Arc<dyn LlmProvider>> {
        self.providers.values()
    }

    pub fn set_default_model(&self, provider: &'static str, model: String) {
        self.default_models
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(provider, model);
    }

    pub fn is_demo(&self) -> bool {
        self.default_provider == "demo"
    }

    pub fn default_provider(&self) -> &'static str {
        self.default_provider
    }

    pub fn default_model(&self) -> String {
        let models = self.default_models.read().unwrap_or_else(PoisonError::into_inner);
        models.get(self.default_provider).cloned().unwrap_or_default()
    }

    pub fn provider(&self, name: &str) -> Option<&Arc<dyn LlmProvider>> {
        self.providers.get(name)
    }

    pub fn facts(&self, provider: &str, model: &str) -> ModelFacts {
        self.catalogue.model(provider, model)
    }

    /// The provider and model for a wish; an unknown model of a known provider is taken as it is.
    pub fn choose(&self, provider: Option<&str>, model: Option<&str>) -> Result<Choice, UnknownProvider> {
        let provider = provider.unwrap_or(self.default_provider);
        if !self.providers.contains_key(provider) {
            let configured: Vec<_> = self.providers.keys().copied().collect();
            return Err(UnknownProvider(provider.to_string(), configured.join(", ")));
        }
        let default = || {
            let models = self.default_models.read().unwrap_or_else(PoisonError::into_inner);
            models.get(provider).cloned().unwrap_or_default()
        };
        let model = model.map_or_else(default, str::to_string);
        let facts = self.facts(provider, &model);
        let max_tokens = facts.max_output.min(MAX_ANSWER_TOKENS);
        Ok(Choice {
            provider: provider.to_string(),
            facts: ModelFacts { id: model, ..facts },
            max_tokens,
        })
    }
}
