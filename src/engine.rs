//! Durable generation: who runs an answer, how it is written down, and who hears of it.
//!
//! [`hub`] tells this process's readers what was committed · [`log`] is the one writer · [`embedded`] claims and runs
//! generations on PostgreSQL · [`turn`] is one run over the ports · [`reader`] replays and follows. The truth is always in PostgreSQL; everything here
//! can die at any moment.

pub mod embedded;
pub mod hub;
pub mod log;
pub mod reader;
pub mod turn;
