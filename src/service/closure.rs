//! What is looked at before a case is closed.

use refero_domain::{
    closure::{self, CheckState, Checked, ClosureCheck, ClosureWords},
    dates,
    event::{Event, Operation},
    id::CaseId,
    plan,
    policy::{Action, CloseCase, Permit, ReadClosureChecklist},
    profile::CountryProfile,
    refusal::Refusal,
    sensitive::Sensitive,
};
use refero_store::{
    Result,
    cases::{self, CaseRow},
    closure::{self as kept, LeftOpen},
    unit::{Reading, Tx},
};

/// Why something is left open, as somebody says it who asks to close.
pub type LeftOut = (ClosureCheck, Sensitive<String>);

/// What is open on a case, and what was open when somebody asked to close it.
#[derive(Debug)]
pub struct Found {
    /// The permit, with the case.
    pub permit: Permit<ReadClosureChecklist, CaseRow>,
    /// Everything that is looked at.
    pub checks: Vec<Checked>,
    /// The requests so far, the newest first.
    pub requests: Vec<LeftOpen>,
}

fn judged<A: Action>(
    reading: &mut Reading<'_>,
    profile: &CountryProfile,
    permit: &Permit<A, CaseRow>,
) -> Result<Vec<Checked>> {
    let person = &permit.row().person;
    let on = plan::ages_out_on(person.age_status, person.birth_year(), profile.age_of_majority);
    let soon = plan::ages_out_soon(on, dates::today(reading.now()));
    kept::facts(reading, permit, soon).map(|facts| closure::checklist(&facts))
}

/// Looks at a case as if it were to be closed, with the event that must be durable before.
///
/// # Errors
/// [`Refusal::NotFound`] if the case is not there or may not be known.
///
/// # Audit
/// `closure-checklist.read`
pub fn open(
    reading: &mut Reading<'_>,
    profile: &CountryProfile,
    case: &CaseId,
) -> Result<(Event, Found)> {
    let permit = cases::fetch::<ReadClosureChecklist>(reading, case)?;
    let checks = judged(reading, profile, &permit)?;
    let requests = kept::left_open(reading, &permit)?;
    let event =
        Event::under(Operation::Read, &permit).on(case, permit.row().case.version).in_case(case);
    Ok((event, Found { permit, checks, requests }))
}

/// Keeps what is open when somebody asks to close a case, and why it is to be closed all the same. Most of
/// it is said and decided by two people (R10); somebody who comes of age is not let go unprepared without a
/// word.
///
/// # Errors
/// [`Refusal::Inconsistent`] for an exception about what is not open, [`Refusal::Incomplete`] if the person
/// came of age, nothing in the plan prepares for that, and nobody says why.
pub(crate) fn keep(
    tx: &mut Tx<'_>,
    profile: &CountryProfile,
    permit: &Permit<CloseCase, CaseRow>,
    (reason, left_out): (&str, &[LeftOut]),
) -> Result<()> {
    let checks = judged(tx, profile, permit)?;
    let mut open: Vec<ClosureCheck> =
        checks.iter().filter(|one| one.state == CheckState::Open).map(|one| one.check).collect();
    let transition = ClosureCheck::TransitionPrepared;
    if reason == closure::AGED_OUT && !open.contains(&transition) {
        let is_prepared =
            checks.iter().any(|one| one.check == transition && one.state == CheckState::Done)
                || kept::facts(tx, permit, true)?.transition_items > 0;
        if !is_prepared {
            open.push(transition);
        }
    }
    let pointer = "/checklist_exceptions";
    if left_out.iter().any(|(check, _)| !open.contains(check)) {
        return Err(Refusal::Inconsistent { pointer }.into());
    }
    let says_why = left_out.iter().any(|(check, _)| *check == transition);
    if reason == closure::AGED_OUT && open.contains(&transition) && !says_why {
        return Err(Refusal::Incomplete { pointer }.into());
    }
    let mut words = Sensitive::new(ClosureWords::default());
    for (check, reason) in left_out {
        words = words.with(Some(reason.clone()), |words, reason| {
            words.exceptions.push(closure::Exception { check: *check, reason });
        });
    }
    kept::keep(tx, permit, &open, &words)
}
