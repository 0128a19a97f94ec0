//! All SQL of Refero: unit of work, queries, migrations, sealing and the trail's tables.
//!
//! A caller reads through [`Db::read`] and writes through [`Db::write`] or, within one case,
//! [`Db::write_in_case`]; there is no other way to a row. Rows come with the permit that opened
//! them; writes end in [`unit::Tx::record`].

pub mod access_requests;
pub mod accounts;
pub mod address;
pub mod age_assessments;
#[cfg(test)]
mod agreement;
pub mod alerts;
pub mod alleged_perpetrators;
mod authenticate;
pub mod backup;
pub mod baits;
pub mod best_interests;
pub mod cases;
mod checkpoints;
pub mod clocks;
pub mod closure;
mod columns;
pub mod complaints;
pub mod conferences;
mod connect;
pub mod consents;
pub mod credentials;
mod db;
pub mod directory;
pub mod disclosures;
pub mod documents;
pub mod duplicates;
pub mod emergencies;
mod entropy;
pub mod erasures;
mod error;
pub mod failures;
pub mod follow_ups;
pub mod gauges;
pub mod guardians;
pub mod health;
pub mod hearings;
pub mod identification;
pub mod incidents;
pub mod indicator_sets;
pub mod keys;
pub mod lease;
pub mod letters;
pub mod log;
pub mod matching;
pub mod migrate;
pub mod needs_assessments;
pub mod non_punishment;
pub mod notes;
pub mod once;
pub mod overdue;
pub mod package;
mod parts;
pub mod people;
pub mod people_index;
pub mod placements;
mod planning;
pub mod plans;
mod pool;
pub mod proceedings;
pub mod recipients;
pub mod referrals;
pub mod reflections;
pub mod refusals;
pub mod reports;
pub mod roles;
pub mod rows;
pub mod safe_contacts;
mod schema;
mod scope;
pub mod screenings;
pub mod sealing;
pub mod second_factors;
pub mod service_updates;
pub mod sessions;
mod sqlite_file;
pub mod statistics;
pub mod supply;
#[cfg(feature = "testing")]
pub mod testing;
pub mod timeline;
mod trail;
pub mod trail_query;
pub mod unit;
pub mod warnings;
pub mod watch;
mod writer;

pub use columns::{Codes, Json};
pub use connect::Options;
pub use db::Db;
pub use entropy::Entropy;
pub use error::{Error, Refused, Result, with_causes};
