//! What the same calls take when the tables grow: the program is asked over HTTP as before, first with next to nothing
//! stored, then with more and more, in the name of an artist with 20,000 conversations, one of them with 10,000 messages.
//!
//! `scripts/bench-growth.sh` starts what it needs. For each size: milliseconds of every call. At the end: the plans of the
//! statements they ran, as PostgreSQL chose them for the program itself, and which of them read or sort more than a page.

mod calls;
mod fill;
mod plans;

use calls::Calls;
use clap::Parser;
use std::{path::PathBuf, time::Instant};

#[derive(Parser)]
struct Args {
    #[arg(long)]
    url: String,
    /// The fake provider.
    #[arg(long)]
    provider_url: String,
    /// The program's database, as a superuser; its schema is there.
    #[arg(long)]
    database: String,
    /// What that PostgreSQL writes; it has loaded auto_explain.
    #[arg(long)]
    log: PathBuf,
    /// Where the plans go.
    #[arg(long)]
    plans: PathBuf,
    /// Conversations of each size, ten messages each.
    #[arg(long, value_delimiter = ',')]
    sizes: Vec<u64>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    rustls::crypto::ring::default_provider().install_default().ok();
    let key = fill::prepare(&args.database).await?;
    let calls = Calls::new(&args.url, &args.provider_url, key)?;
    let mut columns = Vec::new();
    for size in &args.sizes {
        let since = Instant::now();
        fill::fill(&args.database, *size).await?;
        eprintln!(
            "· {size} conversations: filled in {:.0} s",
            since.elapsed().as_secs_f64()
        );
        columns.push((*size, calls.measure().await?));
    }
    calls::print(&columns);
    println!();
    plans::explain(&args.database, &args.log, &args.plans, &calls).await
}
