//! Durable generation: who runs an answer, how it is written down, and who hears of it.
//!
//! [`hub`] tells this process's readers what was committed, [`hints`] other processes that something was · [`log`] is the one writer · [`embedded`] claims and runs
//! generations on PostgreSQL · [`turn`] is one run over the ports, [`streams`] the threads its
//! provider is read on · [`reader`] replays and follows. The truth is always in PostgreSQL; everything here
//! can die at any moment.

pub mod embedded;
pub mod hints;
pub mod hub;
pub mod log;
pub mod reader;
pub mod streams;
pub mod turn;
