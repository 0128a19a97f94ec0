//! Coordinating: a case from triage to its end.

mod closing;
mod correcting;
mod looking;
mod moving;

use refero_domain::id::CaseId;

pub(crate) use self::moving::start_clock;
pub use self::{
    closing::{ClosureRequest, close, decline_closure, reopen},
    correcting::{Correction, edit},
    looking::{Dossier, find, list, open, search, search_person},
    moving::{
        SAID_TO_BE_MET, activate, assign, claim, meet_deadline, resume, start_follow_up,
        start_reflection, suspend,
    },
};

/// Which case, at which version the caller saw it.
pub type Target<'t> = (&'t CaseId, Option<i64>);
