//! What stops the clocks of a case for a while, by what the country profile says; they go on with what was left.

use refero_domain::{
    case::{CaseStatus, ClockPause},
    id::CaseId,
    policy::{Action, Permit},
    profile::CountryProfile,
};
use refero_store::{Result, clocks, consents, unit::Tx};

/// Stops the clocks that the profile names for a pause. What is late stays late.
///
/// # Errors
/// [`refero_store::Error::Unavailable`] if it cannot be written.
pub(super) fn begin<A: Action, R>(
    tx: &mut Tx<'_>,
    profile: &CountryProfile,
    _permit: &Permit<A, R>,
    (case, pause): (&CaseId, ClockPause),
) -> Result<()> {
    let kinds: Vec<&str> = profile.pauses.of(pause).iter().map(|kind| kind.on_case()).collect();
    clocks::pause(tx, case, &kinds, pause)
}

/// Lets clocks go on that stood still while a case was in another state.
///
/// # Errors
/// [`refero_store::Error::Unavailable`] if it cannot be written.
pub(super) fn end_with_state(tx: &mut Tx<'_>, case: &CaseId, to: CaseStatus) -> Result<()> {
    let over: Vec<ClockPause> =
        ClockPause::ALL.iter().copied().filter(|pause| pause.is_over_in(to)).collect();
    clocks::go_on(tx, case, &over)
}

/// Lets clocks go on that waited for the person's consent, once none is asked for any more.
///
/// # Errors
/// [`refero_store::Error::Unavailable`] if it cannot be written.
pub(super) fn end_with_answer(tx: &mut Tx<'_>, case: &CaseId) -> Result<()> {
    if consents::is_asked_for(tx, case)? {
        return Ok(());
    }
    clocks::go_on(tx, case, &[ClockPause::ConsentPending])
}
