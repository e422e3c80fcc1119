//! `squad api-key`: make, list and revoke the keys of programs.
//!
//! With the embedded PostgreSQL it joins the running program's server, or starts it for a moment.

use crate::{
    config::settings::Settings,
    server::session,
    store::{Store, embedded},
    types::ids::UserId,
};
use anyhow::{bail, ensure};
use clap::Subcommand;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

const CONNECTIONS: u32 = 2;
const MAX_NAME_CHARS: usize = 100;

#[derive(Subcommand)]
pub enum Command {
    /// Make a key and print it, this once: only its hash is kept
    Create {
        /// What it is for
        #[arg(long)]
        name: String,
        /// The artist whose conversations it sees; one of its own when not said
        #[arg(long)]
        artist: Option<Uuid>,
    },
    /// Print all keys: id, first characters, artist, when it was made, its state, name
    List,
    /// Let a key open nothing from now on
    Revoke { id: Uuid },
}

pub fn run(command: Command) -> anyhow::Result<()> {
    // one thread: the embedded server ends with the thread that started it
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(with_store(command))
}

async fn with_store(command: Command) -> anyhow::Result<()> {
    let settings = Settings::from_env()?;
    let (store, server) = match &settings.database_url {
        Some(url) => (Store::open(url, CONNECTIONS).await?, None),
        None => {
            let (options, server) = embedded::join::reach(&settings.data_dir).await?;
            (Store::open_with(options, CONNECTIONS).await?, server)
        }
    };
    let outcome = execute(&store, command).await;
    store.close().await;
    if let Some(server) = server {
        server.stop().await;
    }
    outcome
}

async fn execute(store: &Store, command: Command) -> anyhow::Result<()> {
    let mut system = store.system("keys belong to the owner of the program").await?;
    match command {
        Command::Create { name, artist } => {
            let name = name.trim();
            let length = name.chars().count();
            ensure!(
                (1..=MAX_NAME_CHARS).contains(&length) && !name.contains(char::is_control),
                "--name must have 1 to {MAX_NAME_CHARS} characters, without line breaks"
            );
            let (key, hint, hash) = session::new_key();
            let made = system.create_api_key(artist.map(UserId), name, &hint, &hash).await?;
            if made.is_none() {
                bail!("--artist: there is no such artist");
            }
            println!("{key}");
        }
        Command::List => {
            for key in system.api_keys().await? {
                let state = if key.revoked_at.is_some() { "revoked" } else { "active" };
                let made = key.created_at.format(&Rfc3339)?;
                println!(
                    "{}\t{}…\t{}\t{made}\t{state}\t{}",
                    key.id, key.hint, key.artist, key.name
                );
            }
        }
        Command::Revoke { id } => ensure!(
            system.revoke_api_key(id).await?,
            "there is no key {id}; `squad api-key list` shows all"
        ),
    }
    Ok(())
}
