//! Care: what a provider reports about the services it gives, and what the coordinator sees of it.

use std::collections::BTreeMap;

use refero_domain::{
    care::CareState,
    dates,
    event::{Event, Operation},
    id::{CaseId, ReferralId, ServiceUpdateId},
    instant::Instant,
    policy::{CreateServiceUpdate, Permit, ReadCare, ReadReferral, ReadServiceUpdate, scope},
    referral::ReferralState,
    refusal::Refusal,
    sensitive::Sensitive,
};
use refero_store::{
    Error, Result,
    cases::{self, CaseRow},
    referrals::{self, ReferralFilter, ReferralRow},
    rows::{RowLimit, Rows},
    service_updates::{self, NewServiceUpdate, ServiceUpdate},
    unit::{Audited, Reading, Tx},
};

use crate::service::already_known;

/// How many updates one page of a case's care shows at the most.
const MOST_UPDATES: i64 = 1_000;

/// A service update as somebody writes it.
#[derive(Debug, Clone)]
pub struct Report {
    /// The identifier that the client chose.
    pub id: Option<ServiceUpdateId>,
    /// Which of the referral's services.
    pub service_type: String,
    /// On which day.
    pub occurred_on: chrono::NaiveDate,
    /// How the service stands.
    pub state: CareState,
    /// A code of `service_outcome`.
    pub outcome: Option<String>,
    /// When it goes on.
    pub next_due_on: Option<chrono::NaiveDate>,
    /// A remark.
    pub note: Option<Sensitive<String>>,
    /// The update that this one corrects.
    pub corrects_id: Option<ServiceUpdateId>,
}

impl Report {
    fn says_the_same_as(&self, update: &ServiceUpdate) -> bool {
        update.service_type == self.service_type
            && update.occurred_on == self.occurred_on
            && update.state == self.state
            && update.outcome == self.outcome
            && update.next_due_on == self.next_due_on
            && update.note == self.note
            && update.corrects_id == self.corrects_id
    }
}

/// Adds a service update to a referral on which the caller works. The same update again under the
/// client's own identifier is the same update.
///
/// # Errors
/// [`Refusal::IllegalTransition`] if the referral is not accepted or has ended,
/// [`Refusal::OutcomeRequired`] if the service ended and nobody says how, [`Refusal::Inconsistent`]
/// if the service was not asked for, [`Refusal::ImpossibleDate`] if the day has not come;
/// [`Refusal::IdTaken`] for another content under a used identifier.
pub fn add(
    tx: &mut Tx<'_>,
    referral: &ReferralId,
    report: &Report,
) -> Result<Audited<ServiceUpdateId>> {
    if let Some(id) = &report.id {
        let author = tx.actor()?.user_id.clone();
        let known = already_known(open(tx, referral, id), |(.., update)| {
            Ok(update.author_id == author && report.says_the_same_as(update))
        })?;
        if let Some((event, ..)) = known {
            return tx.record(&event, id.clone());
        }
    }
    let permit = referrals::fetch_in::<CreateServiceUpdate>(tx, referral, ReferralState::LIVE)?;
    let row = permit.row();
    let inconsistent = |pointer| Err(Error::from(Refusal::Inconsistent { pointer }));
    if !row.referral.services()?.contains(&report.service_type) {
        return inconsistent("/service_type");
    }
    dates::check_past(report.occurred_on, tx.now()).map_err(|fault| fault.at("/occurred_on"))?;
    if let Some(next) = report.next_due_on {
        dates::check_planned(next, tx.now()).map_err(|fault| fault.at("/next_due_on"))?;
    }
    if report.state.needs_outcome() && report.outcome.is_none() {
        let actor = tx.actor()?;
        return Err(row.refused(Refusal::OutcomeRequired, actor));
    }
    if let Some(corrected) = &report.corrects_id
        && service_updates::find(tx, &permit, corrected)?.is_none()
    {
        return Err(Refusal::ReferenceUnknown { pointer: "/corrects_id" }.into());
    }
    let id = report.id.clone().unwrap_or_else(|| tx.new_id());
    let new = NewServiceUpdate {
        id: id.clone(),
        service_type: report.service_type.clone(),
        occurred_on: report.occurred_on,
        state: report.state,
        outcome: report.outcome.clone(),
        next_due_on: report.next_due_on,
        note: report.note.clone(),
        corrects_id: report.corrects_id.clone(),
    };
    service_updates::insert(tx, &permit, &new)?;
    let event = Event::under(Operation::Create, &permit)
        .on(&id, 1)
        .in_case(&permit.row().referral.case_id)
        .resting_on(permit.row().referral.consent_id.as_ref())
        .fields(["service_type", "occurred_on", "state", "outcome", "note"]);
    tx.record(&event, id)
}

/// Fetches one service update of a referral, with the permit that opens it and the event that must
/// be durable before.
///
/// # Errors
/// [`Refusal::NotFound`] if it does not exist for the caller.
///
/// # Audit
/// `service-update.read`
pub fn open(
    reading: &mut Reading<'_>,
    referral: &ReferralId,
    id: &ServiceUpdateId,
) -> Result<(Event, Permit<ReadServiceUpdate, ReferralRow>, ServiceUpdate)> {
    let permit = referrals::fetch::<ReadServiceUpdate>(reading, referral)?;
    let found = service_updates::find(reading, &permit, id)?.ok_or(Refusal::NotFound)?;
    let event =
        Event::under(Operation::Read, &permit).on(id, 1).in_case(&permit.row().referral.case_id);
    Ok((event, permit, found))
}

/// Lists the service updates of a referral, in the order they were written.
///
/// # Errors
/// [`Refusal::NotFound`] if the referral does not exist for the caller.
pub fn list(
    reading: &mut Reading<'_>,
    referral: &ReferralId,
    after: Option<(Instant, ServiceUpdateId)>,
    limit: RowLimit,
) -> Result<(Event, Permit<ReadServiceUpdate, ReferralRow>, Rows<ServiceUpdate>)> {
    let permit = referrals::fetch::<ReadServiceUpdate>(reading, referral)?;
    let found = service_updates::page(reading, &permit, after, limit)?;
    let event = Event::under(Operation::Read, &permit)
        .in_case(&permit.row().referral.case_id)
        .showing(found.iter().map(|update| &update.id));
    Ok((event, permit, found))
}

/// The care of a case as those see it who coordinate it.
pub struct CareOfCase {
    /// The permit, with the case.
    pub permit: Permit<ReadCare, CaseRow>,
    /// One page of its referrals, newest first, each with its updates in the order they were written.
    pub referrals: Rows<(Permit<ReadReferral, ReferralRow>, Vec<ServiceUpdate>)>,
}

/// Shows the care of a case: its referrals, newest first, and what the providers report.
///
/// # Errors
/// [`Refusal::NotFound`] if the case does not exist for the caller.
pub fn of_case(
    reading: &mut Reading<'_>,
    case_id: &CaseId,
    after: Option<&ReferralId>,
    limit: RowLimit,
) -> Result<(Event, CareOfCase)> {
    let permit = cases::fetch::<ReadCare>(reading, case_id)?;
    let filter = ReferralFilter { case_id: Some(case_id.clone()), ..ReferralFilter::default() };
    let scope = scope::<ReadReferral>(reading.actor()?)?;
    let found = referrals::page(reading, &scope, &filter, after, limit)?;
    let ids: Vec<ReferralId> =
        found.iter().map(|permit| permit.row().referral.id.clone()).collect();
    let event = Event::under(Operation::Read, &permit).in_case(case_id).showing(ids.iter());
    let mut updates: BTreeMap<ReferralId, Vec<ServiceUpdate>> = BTreeMap::new();
    for update in service_updates::of_case(reading, &permit, ids, MOST_UPDATES)? {
        let of = update.referral_id.clone();
        updates.entry(of).or_default().push(update);
    }
    let referrals = found.map(|permit| {
        let of = updates.remove(&permit.row().referral.id).unwrap_or_default();
        (permit, of)
    });
    Ok((event, CareOfCase { permit, referrals }))
}
