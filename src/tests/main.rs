//! The real program against a real PostgreSQL and a fake provider, from outside.
//!
//! Each test has a database of its own (a copy of one migrated template), a provider process and a program process; they
//! end with it. Nothing sleeps: a test waits for an event, a line, a hold of the provider or the end of a process.
//! To add one: a file by the property it holds, and a line here.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod answer_cache;
mod api_keys;
mod boundaries;
mod branches;
mod chaos;
mod chat;
mod conversations;
mod crash;
mod crisis;
mod doctor;
mod edges;
mod engine;
mod export;
mod faults;
mod faults_cut;
mod feed;
mod feedback;
mod foreign_ids;
mod handoff;
mod log_writer;
mod openai;
mod openapi;
mod other_provider;
mod problems;
mod processes;
mod profile;
mod queue;
mod redis;
mod resume;
mod retry;
mod runs;
mod schema;
mod scope;
mod sdk;
mod search;
mod send_once;
mod sessions;
mod settings;
mod silence;
mod startup;
mod stop;
mod support;
mod telemetry;
#[cfg(feature = "temporal")]
mod temporal;
mod traces;
mod workflows;
mod ws;
