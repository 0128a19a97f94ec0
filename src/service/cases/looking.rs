//! Looking at cases: one, many, or by the code that somebody says on the telephone.

use refero_domain::{
    case_code::CaseCode,
    event::{Event, Operation},
    id::{CaseId, IncidentId},
    policy::{self, Class, Permit, ReadCase, SearchCases},
    refusal::Refusal,
    sensitive::Sensitive,
};
use refero_store::{
    Result,
    cases::{self, CaseFilter, CaseOrder, CaseRow, Merges},
    clocks::{self, Clock},
    incidents,
    matching::{self, Found},
    non_punishment::{self, Flag},
    people_index::Portrait,
    rows::{RowLimit, Rows},
    unit::Reading,
};

/// A case with its clocks, as it is shown.
pub struct Dossier {
    /// The case, under its permit.
    pub permit: Permit<ReadCase, CaseRow>,
    /// Its deadlines.
    pub clocks: Vec<Clock>,
    /// The cases that went into it, and the one that it went into, as far as the caller may see them.
    pub merges: Merges,
    /// The offences that must not be held against the person (R7); nothing for whom there are none to see.
    pub flags: Option<Vec<Flag>>,
    /// The incident in which the person was found, for whom what stands in the case is shown.
    pub incident: Option<IncidentId>,
}

/// Fetches a case to go on with it. A reading of its own is [`open`].
///
/// # Errors
/// [`refero_domain::refusal::Refusal::NotFound`] if it is not there or may not be known.
pub fn find(reading: &mut Reading<'_>, id: &CaseId) -> Result<Dossier> {
    let permit = cases::fetch::<ReadCase>(reading, id)?;
    let clocks = clocks::of_case(reading, &permit)?;
    let merges = cases::merges(reading, &permit)?;
    let flags = non_punishment::flags(reading, &permit)?;
    let incident = incidents::of_case(reading, &permit)?;
    Ok(Dossier { permit, clocks, merges, flags, incident })
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
/// `case.search` with the ids shown.
pub fn search(
    reading: &mut Reading<'_>,
    code: CaseCode,
) -> Result<(Event, Rows<Permit<ReadCase, CaseRow>>)> {
    let scope = policy::scope::<SearchCases>(reading.actor()?)?;
    let filter = CaseFilter { case_code: Some(code), ..CaseFilter::default() };
    let order = CaseOrder::Newest(None);
    let rows = cases::page(reading, &scope, &filter, order, RowLimit::of(1))?;
    Ok((searched(rows.iter()), rows))
}

/// Finds cases by what is known of a person, the likest first: only those whose identity the caller may
/// open, and for a stated purpose.
///
/// # Errors
/// [`Refusal::NotPermitted`] for who may open no identity; [`Refusal::PurposeRequired`].
///
/// # Audit
/// `case.search` with the purpose, the ids shown and the names of the fields that were asked by; never
/// what was asked.
pub fn search_person(
    reading: &mut Reading<'_>,
    asked: &Sensitive<Portrait>,
    fields: &[&'static str],
) -> Result<(Event, Vec<Found>)> {
    let scope = policy::scope::<SearchCases>(reading.actor()?)?.seeing(Class::IdentitySealed);
    if scope.arms().is_empty() {
        return Err(Refusal::NotPermitted.into());
    }
    reading.expect_stated_purpose()?;
    let found = matching::search(reading, &scope, asked)?;
    let event = searched(found.iter().map(|(permit, _)| permit)).fields(fields.iter().copied());
    Ok((event, found))
}

fn searched<'p>(shown: impl Iterator<Item = &'p Permit<ReadCase, CaseRow>>) -> Event {
    Event::of::<SearchCases>(Operation::Read).showing(shown.map(|permit| &permit.row().case.id))
}
