//! Escalations and warnings: the sender's supervisor is told of what is overdue, and the case of what comes, once.

use refero_domain::{
    event::{Event, Operation},
    refusal::Refusal,
};
use refero_store::{
    Result,
    overdue::{self, Untold},
    unit::{Audited, Tx},
    warnings::{self, Unwarned},
};

/// Raises the escalation of something overdue, in the case's chain of events.
///
/// # Errors
/// [`Refusal::NotFound`] if it has been done since it was found, [`Refusal::IdTaken`] if another
/// server was faster.
pub fn raise(tx: &mut Tx<'_>, untold: &Untold) -> Result<Audited<()>> {
    let escalation = overdue::raise(tx, untold)?.ok_or(Refusal::NotFound)?;
    let action = if untold.referral_id.is_some() { "referral.escalate" } else { "case.escalate" };
    let mut event =
        Event { permitted_by: Some("system"), ..Event::named(action, Operation::Create) };
    event = match (&untold.referral_id, &untold.clock_id) {
        (Some(referral), _) => event.about(referral),
        (None, Some(clock)) => event.about(clock),
        (None, None) => event.about(&escalation),
    };
    tx.record(&event.in_case(&untold.case_id), ())
}

/// Warns that a deadline comes, in the case's chain of events.
///
/// # Errors
/// [`Refusal::NotFound`] if it was met, moved or paused since it was found.
pub fn warn(tx: &mut Tx<'_>, unwarned: &Unwarned) -> Result<Audited<()>> {
    if !warnings::warn(tx, unwarned)? {
        return Err(Refusal::NotFound.into());
    }
    let event =
        Event { permitted_by: Some("system"), ..Event::named("case.warn", Operation::Create) };
    tx.record(&event.about(&unwarned.clock_id).in_case(&unwarned.case_id), ())
}
