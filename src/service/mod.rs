//! Business acts: one function per intention.
//!
//! Each is four steps: fetch with permit, apply the rule, save, record. Nothing here knows HTTP, and
//! nothing here writes SQL.

pub mod access_requests;
pub mod accounts;
pub mod age_assessments;
pub mod alerts;
pub mod alleged_perpetrators;
pub mod baits;
pub mod best_interests;
pub mod care;
pub mod cases;
pub mod closure;
pub mod complaints;
pub mod conferences;
pub mod consents;
mod danger;
pub mod directory;
pub mod disclosures;
pub mod documents;
pub mod dossier;
pub mod duplicates;
pub mod emergencies;
pub mod erasures;
pub mod escalations;
pub mod follow_ups;
pub mod founding;
pub mod guardians;
pub mod hearings;
pub mod identification;
pub mod incidents;
pub mod indicator_sets;
pub mod letters;
pub mod needs;
pub mod non_punishment;
pub mod notes;
pub mod passwords;
mod pauses;
pub mod people_index;
pub mod placements;
pub mod plans;
pub mod proceedings;
pub mod queues;
pub mod referrals;
pub mod reflections;
pub mod reports;
pub mod roles;
pub mod safe_contacts;
pub mod second_factor;
pub mod service_match;
pub mod sessions;
pub mod sign_in;
pub mod statistics;
pub mod trail;

use refero_domain::refusal::Refusal;
use refero_store::Result;

/// Says whether what a client sends under an identifier of its own is there already: a bad network
/// makes nothing twice.
///
/// # Errors
/// [`Refusal::IdTaken`] for another content under a used identifier.
pub(crate) fn already_known<T>(
    found: Result<T>,
    is_same: impl FnOnce(&T) -> Result<bool>,
) -> Result<Option<T>> {
    match found {
        Ok(known) if is_same(&known)? => Ok(Some(known)),
        Ok(_) => Err(Refusal::IdTaken.into()),
        Err(error) if error.refusal() == Some(Refusal::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Finds what a body refers to by its id: what does not exist for the caller is named there, and not told
/// apart from what does not exist at all.
///
/// # Errors
/// [`Refusal::ReferenceUnknown`] in place of [`Refusal::NotFound`].
pub(crate) fn referred_to<T>(found: Result<T>, pointer: &'static str) -> Result<T> {
    match found {
        Err(error) if error.refusal() == Some(Refusal::NotFound) => {
            Err(Refusal::ReferenceUnknown { pointer }.into())
        }
        found => found,
    }
}
