//! What Refero knows: values, states, rules, policy and events.
//!
//! No input, no output, no clock, no environment, no randomness of its own: everything comes in as a
//! parameter, so that every rule can be read and tested by itself. Names are those of the code lists.
//!
//! Reading order: [`id`], [`instant`], [`sensitive`] (values); [`machine`], [`case`], [`referral`],
//! [`consent`], [`duplicate`], [`age_assessment`] (states); [`actor`], [`policy`] (who may); [`refusal`] (why not).

pub mod account;
pub mod actor;
pub mod age;
pub mod age_assessment;
pub mod alert;
pub mod audit;
pub mod best_interests;
pub mod care;
pub mod case;
pub mod case_code;
mod closed;
pub mod closure;
pub mod complaint;
pub mod conference;
pub mod consent;
pub mod dates;
pub mod directory;
pub mod document;
pub mod duplicate;
pub mod emergency;
pub mod erasure;
pub mod event;
pub mod follow_up;
pub mod guardian;
pub mod id;
pub mod identification;
pub mod incident;
pub mod instant;
pub mod letter;
pub mod machine;
pub mod needs;
pub mod non_punishment;
#[cfg(feature = "openapi")]
mod openapi;
pub mod person;
pub mod placement;
pub mod plan;
pub mod policy;
pub mod proceeding;
pub mod profile;
pub mod reference;
pub mod referral;
pub mod reflection;
pub mod refusal;
pub mod report;
pub mod safe_contact;
pub mod screening;
pub mod second_factor;
pub mod sensitive;
pub mod service_match;
#[cfg(feature = "sql")]
mod sql;
pub mod statistics;
pub mod subject_access;

pub use closed::NotInList;
