//! The HTTP edge: what a request may look like, who may knock, and what an answer looks like.

pub mod app;
pub mod caller;
pub mod extract;
mod families;
pub mod metrics;
pub mod observe;
pub mod openapi;
pub mod operation;
pub mod operations;
mod own_language;
pub mod page;
mod parameter;
mod print_page;
pub mod problem;
pub mod refused;
pub mod reply;
pub mod revalidate;
pub mod security_headers;
pub mod server;
pub mod shape;
pub mod system;
mod translated;
pub mod v1;
