//! Stories about the whole service, each told once and run on SQLite and on PostgreSQL.
//!
//! `world` is the service with its people; the other modules hold one resource each; `guards` holds
//! what must be true of the code and the schema themselves.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on stops, and says where"
)]

#[macro_use]
mod world;
mod access_reports;
mod age_assessments;
mod alerts;
mod anything;
mod audit;
mod backups;
mod bad_http;
mod bad_input;
mod best_interests;
mod canary;
mod care;
mod case_documents;
mod cases;
mod chaos;
mod cli;
mod clocks;
mod closure;
mod complaints;
mod consents;
mod countries;
mod data_map;
mod dates;
mod deadlines;
mod demo;
mod device;
mod directory;
mod disclosure;
mod doctor;
mod documents;
mod emergencies;
mod erasure;
mod every;
mod follow_ups;
mod founding;
mod guardians;
mod guards;
mod htcds;
mod idempotency;
mod identification;
mod incidents;
mod indicator_sets;
mod keys;
mod languages;
mod letters;
mod log;
mod matching;
mod metrics;
mod mutants;
mod need_to_know;
mod needs;
mod nested;
mod non_punishment;
mod outage;
mod percentile;
mod placements;
mod plans;
mod proceedings;
mod queues;
mod races;
mod readers;
mod readme;
mod recorded;
mod reference;
mod referral_steps;
mod referrals;
mod reflection;
mod reports;
mod representations;
mod retries;
mod roles;
mod runbook;
mod safe_contacts;
mod second_factor;
mod service_gaps;
mod service_match;
mod sign_in;
mod step_up;
mod steps;
mod subject_access;
mod system;
mod timing;
mod tokens;
mod units;
mod users;
mod walk;
mod watch;
