//! Refero: the backend of a national referral mechanism for victims of human trafficking.
//!
//! Reading order, from the outside in: [`cli`] (how it is started), [`api`] (how it is asked),
//! [`service`] (what it does), `refero_store` (what it keeps), `refero_domain` (what it knows).
//! Each knows only what lies below it.

pub mod api;
pub mod authn;
pub mod backup;
pub mod cli;
pub mod config;
pub mod demo;
pub mod jobs;
pub mod service;
pub mod witness;
