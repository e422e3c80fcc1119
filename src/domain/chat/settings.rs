//! Who is asked: what a message names, else what its conversation keeps, else the squad's own choice.

use super::{Chat, ChatError, Result};
use crate::{domain::models::Choice, types::chat::ChatSettings};

const MAX_MODEL_CHARS: usize = 200;

impl Chat {
    /// Refuses what cannot be asked for, by the field's name.
    pub(super) fn checked_settings(&self, settings: ChatSettings) -> Result<ChatSettings> {
        if settings
            .temperature
            .is_some_and(|temperature| !(0.0..=2.0).contains(&temperature))
        {
            return Err(ChatError::Invalid("temperature: must be between 0 and 2".into()));
        }
        if let Some(model) = &settings.model
            && (model.is_empty() || model.contains('\0') || model.chars().count() > MAX_MODEL_CHARS)
        {
            return Err(ChatError::Invalid("model: is no name of a model".into()));
        }
        self.models
            .choose(settings.provider.as_deref(), settings.model.as_deref())
            .map_err(|error| ChatError::Invalid(error.to_string()))?;
        Ok(settings)
    }

    /// The model for a message, and the temperature if it takes one. A kept provider that is no longer set up is as good
    /// as none.
    pub(super) fn choice(&self, asked: &ChatSettings, kept: &ChatSettings) -> Result<(Choice, Option<f64>)> {
        let kept_model = match &asked.provider {
            Some(provider) if kept.provider.as_ref() != Some(provider) => None,
            _ => kept.model.as_deref(),
        };
        let provider = asked.provider.as_deref().or(kept.provider.as_deref());
        let choice = self
            .models
            .choose(provider, asked.model.as_deref().or(kept_model))
            .or_else(|_| self.models.choose(asked.provider.as_deref(), asked.model.as_deref()))
            .map_err(|error| ChatError::Invalid(error.to_string()))?;
        let temperature = asked.temperature.or(kept.temperature);
        let temperature = temperature.filter(|_| choice.facts.temperature);
        Ok((choice, temperature))
    }
}
