//! What is offered in the country, and what has been asked and answered in a case: for finding a service.

use std::collections::BTreeMap;

use diesel::prelude::*;
use refero_domain::{
    actor::Actor,
    consent::{ConsentPurpose, ConsentStatus},
    id::{CaseId, OrganisationId},
    instant::Instant,
    policy::{self, Action, CaseFacts, Class, Permit, ReadConsent, ReadReferral},
    service_match::{CaseHistory, EarlierConsent, EarlierReferral, Supply},
};

use crate::{
    directory::Service,
    error::Result,
    referrals,
    schema::{consents, organisations, services},
    unit::Reading,
};

/// Reads the services of some types, also those that are not offered now: the directory is open to
/// everybody who is signed in, and the place of a shelter is not in it (R9).
///
/// # Errors
/// [`crate::Error::Unavailable`] if the database is not there.
pub fn of_types(reading: &mut Reading<'_>, types: &[String]) -> Result<Vec<Supply>> {
    let found: Vec<(Service, String, bool)> = services::table
        .inner_join(organisations::table)
        .filter(services::service_type.eq_any(types.to_vec()))
        .order(services::id)
        .select((Service::as_select(), organisations::name, organisations::active))
        .load(reading.conn)?;
    found.into_iter().map(|(service, name, takes_part)| supply(service, name, takes_part)).collect()
}

fn supply(service: Service, organisation: String, takes_part: bool) -> Result<Supply> {
    let free_places = service.free_places();
    let fields = service.fields()?;
    Ok(Supply {
        service_id: service.id,
        organisation_id: service.organisation_id,
        organisation,
        service_type: fields.service_type,
        name: fields.name,
        active: fields.active && takes_part,
        sexes: fields.sexes,
        ages: fields.ages,
        limits: (fields.minimum_age, fields.maximum_age),
        languages: fields.languages,
        areas: fields.areas,
        accessibility: fields.accessibility,
        always_open: fields.always_open,
        hours: fields.hours,
        takes_emergencies: fields.takes_emergencies,
        regime: fields.regime,
        free_places,
    })
}

/// What has been asked and answered in a case, and what placement depended on when it was asked.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// What stands between the case and the providers.
    pub history: CaseHistory,
    /// `placement_need` codes of its referrals.
    pub placement_needs: Vec<String>,
}

/// Reads what has been asked and answered in a case that a permit opened, as far as the actor may know it.
///
/// # Errors
/// [`crate::Error::Unavailable`] if the database is not there.
pub fn asked_in<A: Action, R>(
    reading: &mut Reading<'_>,
    permit: &Permit<A, R>,
    facts: &CaseFacts,
) -> Result<Asked> {
    let mut all = asked_in_each(reading, std::slice::from_ref(permit), |_| facts)?;
    Ok(all.remove(&facts.case_id).unwrap_or_default())
}

/// As [`asked_in`], for the cases of a page: two readings and no more, however long it is.
///
/// # Errors
/// [`crate::Error::Unavailable`] if the database is not there.
pub fn asked_in_each<'p, A: Action, R>(
    reading: &mut Reading<'_>,
    permits: impl IntoIterator<Item = &'p Permit<A, R>>,
    facts: impl Fn(&'p Permit<A, R>) -> &'p CaseFacts,
) -> Result<BTreeMap<CaseId, Asked>>
where
    R: 'p,
{
    let actor = reading.actor()?.clone();
    let cases: BTreeMap<CaseId, &CaseFacts> =
        permits.into_iter().map(facts).map(|facts| (facts.case_id.clone(), facts)).collect();
    let mut all: BTreeMap<CaseId, Asked> = BTreeMap::new();
    for row in referrals::of_cases(reading, cases.keys().cloned().collect())? {
        // Who is not shown a referral and why it ended does not learn it from what they are offered.
        let known = policy::decide::<ReadReferral, _>(&actor, &row.facts, ())
            .is_ok_and(|permit| permit.may_see(Class::CaseRestricted));
        if !known {
            continue;
        }
        let asked = all.entry(row.referral.case_id.clone()).or_default();
        asked.placement_needs.extend(row.referral.placement_needs()?);
        asked.history.referrals.push(EarlierReferral {
            organisation_id: row.referral.organisation_id.clone(),
            services: row.referral.services()?,
            state: row.referral.state.get(),
            ended_at: row.referral.ended_at,
            end_reason: row.referral.end_reason.clone(),
        });
    }
    for (case_id, consent) in consents_of(reading, &actor, &cases)? {
        all.entry(case_id).or_default().history.consents.push(consent);
    }
    Ok(all)
}

/// Reads what was said about sharing with somebody, in those of the cases whose consents the actor reads.
fn consents_of(
    reading: &mut Reading<'_>,
    actor: &Actor,
    cases: &BTreeMap<CaseId, &CaseFacts>,
) -> Result<Vec<(CaseId, EarlierConsent)>> {
    type Row = (CaseId, Option<OrganisationId>, ConsentPurpose, ConsentStatus, Instant);
    let readable: Vec<CaseId> = cases
        .iter()
        .filter(|(_, facts)| policy::may(ReadConsent::NAME, actor, **facts))
        .map(|(id, _)| id.clone())
        .collect();
    let rows: Vec<Row> = consents::table
        .filter(consents::case_id.eq_any(readable))
        .filter(consents::recipient_organisation_id.is_not_null())
        .order((consents::created_at, consents::id))
        .select((
            consents::case_id,
            consents::recipient_organisation_id,
            consents::purpose,
            consents::state,
            consents::created_at,
        ))
        .load(reading.conn)?;
    let named = rows.into_iter().filter_map(|(case_id, recipient, purpose, state, created_at)| {
        let organisation_id = recipient?;
        Some((case_id, EarlierConsent { organisation_id, purpose, state, created_at }))
    });
    Ok(named.collect())
}
