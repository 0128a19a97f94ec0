//! The register of what was disclosed about a person, to whom, by what right and for how long (R4).

use refero_domain::{
    event::{Event, Operation},
    id::CaseId,
    instant::Instant,
    policy::ReadDisclosures,
};
use refero_store::{
    Result, cases,
    disclosures::{self, Disclosure},
    rows::{RowLimit, Rows},
    unit::Reading,
};

/// Lists what was disclosed about the person of a case, the newest first.
///
/// # Errors
/// [`refero_domain::refusal::Refusal::NotFound`] if the case is not there or may not be known.
///
/// # Audit
/// `disclosure.read` with the ids shown.
pub fn list(
    reading: &mut Reading<'_>,
    case: &CaseId,
    after: Option<(Instant, String)>,
    limit: RowLimit,
) -> Result<(Event, Rows<Disclosure>)> {
    let permit = cases::fetch::<ReadDisclosures>(reading, case)?;
    let found = disclosures::page(reading, &permit, after, limit)?;
    let shown = found.iter().map(|disclosure| disclosure.id().to_owned()).collect();
    let event = Event::under(Operation::Read, &permit).in_case(case);
    Ok((Event { shown: Some(shown), ..event }, found))
}
