//! The command line: `squad` alone is `squad serve`.

mod api_key;
mod doctor;
mod serve;
mod worker;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

#[derive(Parser)]
#[command(
    name = "squad",
    version,
    about = "A self-hosted squad of AI coaches for independent musicians"
)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the page and the API (the default)
    Serve,
    /// Run answers without serving anything; joins the database of DATABASE_URL, or of a running `squad serve`
    Worker,
    /// Say who would answer a text, as JSON; needs no server and no database
    Route {
        /// The coach who has the thread
        #[arg(long)]
        current: Option<String>,
        text: String,
    },
    /// Keys for programs that call the API; works while a server runs or not
    #[command(subcommand)]
    ApiKey(api_key::Command),
    /// Say what is set up, what is wrong, and the cure; changes nothing
    Doctor {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Print the OpenAPI document
    Openapi,
}

/// Runs the program; what went wrong is one line on standard error.
pub fn run() -> ExitCode {
    let outcome = match Arguments::parse().command.unwrap_or(Command::Serve) {
        Command::Serve => serve::serve(),
        Command::Worker => worker::worker(),
        Command::Route { current, text } => route(&text, current.as_deref()),
        Command::ApiKey(command) => api_key::run(command),
        Command::Doctor { json } => doctor::run(json),
        Command::Openapi => openapi(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("squad: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn route(text: &str, current: Option<&str>) -> anyhow::Result<()> {
    println!("{}", crate::domain::routing::route_json(text, current)?);
    Ok(())
}

fn openapi() -> anyhow::Result<()> {
    println!("{}", crate::server::openapi::document().to_pretty_json()?);
    Ok(())
}
