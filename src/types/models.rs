//! Which models may answer, for the settings of a chat.

use serde::{Deserialize, Serialize};

/// A configured provider and its models, the known ones first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProviderCard {
    /// `anthropic`, `openai`, `openrouter`, `demo`.
    pub provider: String,
    /// Answers when nobody chose a provider.
    pub default: bool,
    /// Answers when nobody chose a model of this provider.
    pub default_model: String,
    pub models: Vec<ModelCard>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelCard {
    /// As the provider spells it.
    pub id: String,
    /// US dollars per million tokens; `None` when not known.
    pub input_price: Option<f64>,
    pub output_price: Option<f64>,
    /// Tokens.
    pub context_window: u32,
    /// Takes a temperature.
    pub temperature: bool,
}
