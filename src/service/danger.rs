//! What follows for a case when somebody learns that its person is in danger.

use refero_domain::{
    case::RiskLevel,
    event::{Event, Operation},
    policy::{Action, Changes, Permit},
    profile::{ClockKind, CountryProfile},
};
use refero_store::{
    Result,
    cases::{self, CaseChange, CaseRow},
    clocks,
    unit::Tx,
};

use super::cases::start_clock;

/// How great a danger is, and whether something cannot wait.
#[derive(Debug, Clone, Copy)]
pub(super) struct Danger {
    /// How great.
    pub(super) level: RiskLevel,
    /// Whether something cannot wait.
    pub(super) is_urgent: bool,
}

/// Makes a greater danger the case's, with an event of its own, and starts the deadline of what cannot wait
/// if it does not run. Neither is taken back by a lesser danger, but by a person who corrects the case.
pub(super) fn tell<A: Action + Changes>(
    tx: &mut Tx<'_>,
    profile: &CountryProfile,
    (row, permit): (&CaseRow, &Permit<A, ()>),
    danger: Danger,
) -> Result<()> {
    let case = &row.case.id;
    let is_critical = danger.level == RiskLevel::Critical;
    if (is_critical || danger.is_urgent) && !clocks::is_open(tx, case, "urgent_needs")? {
        let kind =
            if is_critical { ClockKind::UrgentNeedsCritical } else { ClockKind::UrgentNeedsOther };
        start_clock(tx, profile, case, "urgent_needs", kind)?;
    }
    if danger.level < row.case.risk_level {
        let change = CaseChange { risk_level: Some(danger.level), ..CaseChange::default() };
        let version = cases::save(tx, permit, &row.case.before(), None, &change)?;
        let event = Event::under(Operation::Update, permit).on(case, version).in_case(case);
        tx.note(&event.fields(change.fields()))?;
    }
    Ok(())
}
