//! What stands in the place of [`super::temporal`] where the program was built without it.

use super::runs::Parts;
use crate::{config::settings::TemporalSettings, domain::ports::Engine};
use std::sync::Arc;

#[derive(Debug, thiserror::Error)]
#[error(
    "TEMPORAL_ADDRESS is set, but this program was built without Temporal. Build it with SQUAD_FEATURES=temporal make build, or unset TEMPORAL_ADDRESS"
)]
pub struct NotBuilt;

/// There is none.
pub enum Temporal {}

impl Temporal {
    pub fn new(_settings: &TemporalSettings) -> Result<Self, NotBuilt> {
        Err(NotBuilt)
    }

    pub fn start(self, _parts: Parts) -> Arc<dyn Engine> {
        match self {}
    }
}
