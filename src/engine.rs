//! Durable generation: who runs an answer, how it is written down, and who hears of it.
//!
//! [`hub`] tells this process's readers what was committed, [`hints`] other processes that something was · [`log`] is the one writer · [`runs`] are this
//! process's own, begun by an engine: [`embedded`] claims on PostgreSQL, [`temporal`] is told by a Temporal server · [`turn`] is one run over the ports, [`streams`] the thread its
//! provider is read on · [`reader`] replays and follows. The truth is always in PostgreSQL; everything here
//! can die at any moment.

pub mod embedded;
pub mod hints;
pub mod hub;
pub mod log;
pub mod reader;
pub mod runs;
pub mod streams;
#[cfg(feature = "temporal")]
pub mod temporal;
#[cfg(not(feature = "temporal"))]
#[path = "engine/no_temporal.rs"]
pub mod temporal;
pub mod turn;
