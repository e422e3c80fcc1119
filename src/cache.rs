//! What may be lost at any moment: shared through [`redis`], or the stand-in in this process ([`memory`]).
//!
//! Both stand behind traits of `domain::ports`. A Redis that is away is nobody's problem: whoever asks it gets nothing
//! at once, uses the stand-in, and Redis again when it is back.

pub mod memory;
pub mod redis;
