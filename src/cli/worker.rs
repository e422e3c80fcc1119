//! `squad worker`: runs answers beside the programs that serve, on the same database.
//!
//! It may come and go at any time: what it ran is taken over, by it or by another one.

use super::serve::{CONNECTIONS, asked_to_end, prepare, start};
use crate::{
    config::settings::Settings,
    store::{Store, embedded::join::join},
};

pub fn worker() -> anyhow::Result<()> {
    start(run)
}

async fn run(settings: Settings) -> anyhow::Result<()> {
    let (app, ()) = prepare(settings, open_database).await?;
    println!("ready worker");
    asked_to_end().await?;
    tracing::info!("ending: running answers get a moment");
    app.chat.engine.shut_down().await;
    app.chat.store.close().await;
    Ok(())
}

async fn open_database(settings: &Settings) -> anyhow::Result<(Store, ())> {
    let store = match &settings.database_url {
        Some(url) => Store::open(url, CONNECTIONS).await?,
        None => Store::open_with(join(&settings.data_dir).await?, CONNECTIONS).await?,
    };
    Ok((store, ()))
}
