//! HTTP: the router, problem documents, and the doors of the program.

pub mod page_context;
