//! Business acts: one function per intention.
//!
//! Each is four steps: fetch with permit, apply the rule, save, record. Nothing here knows HTTP, and
//! nothing here writes SQL.

pub mod accounts;
pub mod care;
pub mod cases;
pub mod consents;
pub mod directory;
pub mod dossier;
pub mod escalations;
pub mod founding;
pub mod notes;
pub mod queues;
pub mod referrals;
pub mod reports;
pub mod roles;
pub mod sessions;
pub mod sign_in;
pub mod trail;
