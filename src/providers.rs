//! Services outside of the program, each behind a port of `domain`.

pub mod llm;
