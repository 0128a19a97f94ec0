//! Looking at cases: one, many, or by the code that somebody says on the telephone.

use refero_domain::{
    case_code::CaseCode,
    event::{Event, Operation},
    id::CaseId,
    policy::{self, Class, Permit, ReadCase},
};
use refero_store::{
    Result,
    cases::{self, CaseFilter, CaseOrder, CaseRow},
    clocks::{self, Clock},
    rows::{RowLimit, Rows},
    unit::Reading,
};

/// A case with its clocks, as it is shown.
pub struct Dossier {
    /// The case, under its permit.
    pub permit: Permit<ReadCase, CaseRow>,
    /// Its deadlines.
    pub clocks: Vec<Clock>,
}

/// Fetches a case to go on with it. A reading of its own is [`open`].
///
/// # Errors
/// [`refero_domain::refusal::Refusal::NotFound`] if it is not there or may not be known.
pub fn find(reading: &mut Reading<'_>, id: &CaseId) -> Result<Dossier> {
    let permit = cases::fetch::<ReadCase>(reading, id)?;
    let clocks = clocks::of_case(reading, &permit)?;
    Ok(Dossier { permit, clocks })
}

/// Fetches a case to show it, with the event that must be durable before.
///
/// # Errors
/// [`refero_domain::refusal::Refusal::NotFound`] if it is not there or may not be known.
///
/// # Audit
/// `case.read`
pub fn open(reading: &mut Reading<'_>, id: &CaseId) -> Result<(Event, Dossier)> {
    let dossier = find(reading, id)?;
    let event = Event::under(Operation::Read, &dossier.permit)
        .on(id, dossier.permit.row().case.version)
        .in_case(id);
    Ok((event, dossier))
}

/// Lists the cases that the caller may see.
///
/// # Errors
/// [`refero_store::Error::Unavailable`] if the database is not there.
///
/// # Audit
/// `case.read` with the ids shown.
pub fn list(
    reading: &mut Reading<'_>,
    filter: &CaseFilter,
    order: CaseOrder,
    limit: RowLimit,
) -> Result<(Event, Rows<Permit<ReadCase, CaseRow>>)> {
    let scope = policy::scope::<ReadCase>(reading.actor()?)?;
    // Who is not shown what has been decided does not learn it from a filter either.
    let scope = if filter.stage.is_some() || !filter.risk_levels.is_empty() {
        scope.seeing(Class::CaseRestricted)
    } else {
        scope
    };
    let rows = cases::page(reading, &scope, filter, order, limit)?;
    let event = Event::of::<ReadCase>(Operation::Read)
        .showing(rows.iter().map(|permit| &permit.row().case.id));
    Ok((event, rows))
}

/// Finds a case by the code that somebody said on the telephone.
///
/// # Errors
/// [`refero_store::Error::Unavailable`] if the database is not there.
///
/// # Audit
/// `case.read` with the ids shown.
pub fn search(
    reading: &mut Reading<'_>,
    code: CaseCode,
) -> Result<(Event, Rows<Permit<ReadCase, CaseRow>>)> {
    let filter = CaseFilter { case_code: Some(code), ..CaseFilter::default() };
    list(reading, &filter, CaseOrder::Newest(None), RowLimit::of(1))
}
