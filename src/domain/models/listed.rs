//! The models an artist may choose from: as each provider lists them, with what the data file knows; a provider that
//! does not answer is as good as the file. Lists are kept for some minutes.

use super::Models;
use crate::{
    domain::ports::{ListedModel, LlmProvider},
    types::models::{ModelCard, ProviderCard},
};
use futures_util::future::join_all;
use rust_decimal::prelude::ToPrimitive;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::time::{Instant, timeout};

const KEEP: Duration = Duration::from_secs(600);
/// A provider that did not tell is asked again after this.
const KEEP_FAILURE: Duration = Duration::from_secs(60);
/// The page waits for the list.
const PATIENCE: Duration = Duration::from_secs(3);

/// A provider's models, and until when they count.
type Listed = (Instant, Arc<[ListedModel]>);

/// What providers told.
#[derive(Default)]
pub struct Told(Mutex<HashMap<&'static str, Listed>>);

impl Models {
    /// Every configured provider, the default one first.
    pub async fn cards(&self) -> Vec<ProviderCard> {
        self.cards_at(Instant::now()).await
    }

    async fn cards_at(&self, now: Instant) -> Vec<ProviderCard> {
        let mut providers: Vec<_> = self.providers.values().collect();
        providers.sort_by_key(|provider| provider.name() != self.default_provider);
        join_all(providers.into_iter().map(|provider| self.card(provider, now))).await
    }

    async fn card(&self, provider: &Arc<dyn LlmProvider>, now: Instant) -> ProviderCard {
        let name = provider.name();
        let told = self.told(provider, now).await;
        let default_model = self
            .choose(Some(name), None)
            .map_or_else(|_| String::new(), |choice| choice.facts.id);
        let known = self.catalogue.models(name);
        let in_file = |id: &str| known.iter().position(|facts| facts.id == id).unwrap_or(usize::MAX);
        let mut listed: Vec<ListedModel> = if told.is_empty() {
            known
                .iter()
                .map(|facts| ListedModel {
                    id: facts.id.clone(),
                    ..Default::default()
                })
                .collect()
        } else {
            told.to_vec()
        };
        if !default_model.is_empty() && !listed.iter().any(|model| model.id == default_model) {
            listed.push(ListedModel {
                id: default_model.clone(),
                ..Default::default()
            });
        }
        listed.sort_by_key(|model| (model.id != default_model, in_file(&model.id)));
        ProviderCard {
            provider: name.to_string(),
            default: name == self.default_provider,
            default_model,
            models: listed.into_iter().map(|model| self.model_card(name, model)).collect(),
        }
    }

    /// The file's prices first: they were checked by hand.
    fn model_card(&self, provider: &str, model: ListedModel) -> ModelCard {
        let facts = self.facts(provider, &model.id);
        let listed = self.catalogue.models(provider).iter().any(|known| known.id == model.id);
        let price = facts.price.as_ref();
        ModelCard {
            input_price: price.and_then(|price| price.input.to_f64()).or(model.input_price),
            output_price: price.and_then(|price| price.output.to_f64()).or(model.output_price),
            context_window: model.context_window.filter(|_| !listed).unwrap_or(facts.context_window),
            // what is sent is decided by these facts, so no list may promise more
            temperature: facts.temperature && model.temperature.unwrap_or(true),
            id: model.id,
        }
    }

    async fn told(&self, provider: &Arc<dyn LlmProvider>, now: Instant) -> Arc<[ListedModel]> {
        let name = provider.name();
        let kept = || self.told.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((until, models)) = kept().get(name)
            && *until > now
        {
            return Arc::clone(models);
        }
        let (keep, models) = match timeout(PATIENCE, provider.models()).await {
            Ok(Ok(models)) => (KEEP, models.into()),
            Ok(Err(error)) => {
                tracing::warn!(provider = name, %error, "the provider does not list its models");
                (KEEP_FAILURE, self.former(name))
            }
            Err(_) => (KEEP_FAILURE, self.former(name)),
        };
        kept().insert(name, (now + keep, Arc::clone(&models)));
        models
    }

    /// What a provider told when it still did.
    fn former(&self, provider: &str) -> Arc<[ListedModel]> {
        let kept = self.told.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(provider)
            .map_or_else(|| Arc::from([]), |(_, models)| Arc::clone(models))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        config::models::Catalogue,
        domain::ports::{PromptRequest, ProviderError, ProviderEvent},
        types::error::ErrorCode,
    };
    use futures_util::{
        future::BoxFuture,
        stream::{self, BoxStream, StreamExt},
    };
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// Lists what it is told to; asked how often.
    struct Lister {
        answers: Mutex<Vec<Result<Vec<ListedModel>, ProviderError>>>,
        asked: AtomicUsize,
    }

    impl LlmProvider for Lister {
        fn name(&self) -> &'static str {
            "anthropic"
        }
        fn stream(&self, _: PromptRequest) -> BoxStream<'static, Result<ProviderEvent, ProviderError>> {
            stream::empty().boxed()
        }
        fn models(&self) -> BoxFuture<'static, Result<Vec<ListedModel>, ProviderError>> {
            self.asked.fetch_add(1, Ordering::Relaxed);
            let answer = self.answers.lock().unwrap().pop();
            Box::pin(async move {
                match answer {
                    Some(answer) => answer,
                    None => std::future::pending().await,
                }
            })
        }
    }

    fn listed(id: &str) -> ListedModel {
        ListedModel {
            id: id.into(),
            context_window: Some(5),
            input_price: Some(9.0),
            ..Default::default()
        }
    }

    fn models(answers: Vec<Result<Vec<ListedModel>, ProviderError>>) -> (Models, Arc<Lister>) {
        let lister = Arc::new(Lister {
            answers: Mutex::new(answers.into_iter().rev().collect()),
            asked: AtomicUsize::new(0),
        });
        let catalogue = Arc::new(Catalogue::bundled().unwrap());
        let provider: Arc<dyn LlmProvider> = lister.clone();
        (Models::new(vec![provider], catalogue, "anthropic", None), lister)
    }

    fn ids(cards: &[ProviderCard]) -> Vec<&str> {
        cards[0].models.iter().map(|model| model.id.as_str()).collect()
    }

    #[tokio::test]
    async fn a_list_is_kept_some_minutes_and_the_file_knows_the_prices() {
        let (models, lister) = models(vec![
            Ok(vec![listed("brand-new"), listed("claude-opus-5-5")]),
            Ok(vec![listed("newer")]),
        ]);
        let start = Instant::now();
        let cards = models.cards_at(start).await;
        assert_eq!(ids(&cards), ["claude-haiku-5-5", "claude-opus-5-5", "brand-new"]);
        let [haiku, opus, new] = &cards[0].models[..] else {
            panic!()
        };
        assert_eq!((haiku.input_price, haiku.context_window), (Some(0.1), 1_000_000));
        assert_eq!((opus.input_price, opus.context_window), (Some(4.0), 1_000_000));
        assert_eq!(
            (new.input_price, new.output_price, new.context_window),
            (Some(9.0), None, 5)
        );
        models.cards_at(start + KEEP / 2).await;
        assert_eq!(lister.asked.load(Ordering::Relaxed), 1);
        assert_eq!(ids(&models.cards_at(start + KEEP).await), ["claude-haiku-5-5", "newer"]);
    }

    #[tokio::test]
    async fn a_provider_that_fails_is_as_good_as_the_file_or_as_what_it_told_last() {
        let away = || {
            Err(ProviderError {
                code: ErrorCode::ProviderError,
                detail: "away".into(),
                retry: None,
            })
        };
        let (models, lister) = models(vec![away(), Ok(vec![listed("told")]), away()]);
        let start = Instant::now();
        assert_eq!(ids(&models.cards_at(start).await).len(), 4);
        let later = start + KEEP_FAILURE;
        assert_eq!(ids(&models.cards_at(later).await), ["claude-haiku-5-5", "told"]);
        assert_eq!(ids(&models.cards_at(later + KEEP).await), ["claude-haiku-5-5", "told"]);
        assert_eq!(lister.asked.load(Ordering::Relaxed), 3);
    }
}
