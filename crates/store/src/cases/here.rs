//! What the actor's own organisation has to do with cases: facts on which access is decided.

use std::collections::BTreeMap;

use diesel::prelude::*;
use refero_domain::{
    actor::{Actor, ActorRole},
    consent::ConsentStatus,
    id::{CaseId, UserId},
    instant::Instant,
    policy::{Classes, Investigation, LiveReferral},
    proceeding::BEHIND_THE_WALL,
    referral::{self, ReferralState},
};

use super::classes;
use crate::{
    columns::Codes,
    db::DbConn,
    error::Result,
    schema::{consents, identity_disclosures as disclosures, proceedings, referrals},
};

/// What the actor's organisation has to do with one case.
#[derive(Debug, Default)]
pub(crate) struct Here {
    /// The referrals on which it works.
    pub(crate) live: Vec<LiveReferral>,
    /// What it investigates.
    pub(crate) investigation: Investigation,
}

/// Reads what the actor's organisation has to do with some cases. Without a moment it is not asked
/// whether a consent has expired since.
pub(crate) fn here(
    conn: &mut DbConn,
    actor: &Actor,
    case_ids: &[CaseId],
    now: Option<Instant>,
) -> Result<BTreeMap<CaseId, Here>> {
    let mut all: BTreeMap<CaseId, Here> = BTreeMap::new();
    for (case, live) in live_here(conn, actor, case_ids, now)? {
        all.entry(case).or_default().live = live;
    }
    for (case, investigation) in investigated_here(conn, actor, case_ids, now)? {
        let here = all.entry(case).or_default();
        here.investigation = here.investigation.max(investigation);
    }
    Ok(all)
}

/// Reads the live referrals of some cases at the actor's own organisation, each with what it
/// discloses: its categories, cut down by its consent (R2).
fn live_here(
    conn: &mut DbConn,
    actor: &Actor,
    case_ids: &[CaseId],
    now: Option<Instant>,
) -> Result<BTreeMap<CaseId, Vec<LiveReferral>>> {
    // Nobody else sees anything for it.
    if !actor.has(ActorRole::ServiceProviderWorker) && !actor.has(ActorRole::ServiceProviderManager)
    {
        return Ok(BTreeMap::new());
    }
    type Consent = (ConsentStatus, Option<Instant>, Codes);
    let rows: Vec<(CaseId, Option<UserId>, Codes, Option<Consent>)> = referrals::table
        .left_join(consents::table)
        .filter(referrals::case_id.eq_any(case_ids.to_vec()))
        .filter(referrals::organisation_id.eq(&actor.organisation_id))
        .filter(referrals::state.eq_any(ReferralState::LIVE))
        .select((
            referrals::case_id,
            referrals::worker_id,
            referrals::categories,
            (consents::state, consents::expires_at, consents::categories).nullable(),
        ))
        .load(conn)?;
    let mut live: BTreeMap<CaseId, Vec<LiveReferral>> = BTreeMap::new();
    for (case, worker_id, categories, consent) in rows {
        let covered = match consent {
            None => None,
            Some((state, expires_at, covered)) => Some(match now {
                Some(now) if !state.is_in_force_at(expires_at, now) => Classes::NONE,
                _ => classes(&covered)?,
            }),
        };
        live.entry(case).or_default().push(LiveReferral {
            worker_id,
            discloses: referral::discloses(classes(&categories)?, covered),
        });
    }
    Ok(live)
}

/// Reads what the actor's organisation investigates about some cases, and whether it is told who the
/// person is: until the consent on which that rests is not in force any more (R5, R8).
fn investigated_here(
    conn: &mut DbConn,
    actor: &Actor,
    case_ids: &[CaseId],
    now: Option<Instant>,
) -> Result<Vec<(CaseId, Investigation)>> {
    // Nobody else sees anything for it.
    if !actor.has(ActorRole::Investigator) && !actor.has(ActorRole::ProsecutorLiaison) {
        return Ok(Vec::new());
    }
    let conducted: Vec<CaseId> = proceedings::table
        .filter(proceedings::case_id.eq_any(case_ids.to_vec()))
        .filter(proceedings::organisation_id.eq(&actor.organisation_id))
        .filter(proceedings::kind.eq_any(BEHIND_THE_WALL))
        .select(proceedings::case_id)
        .load(conn)?;
    type Told = (CaseId, Option<(ConsentStatus, Option<Instant>)>);
    let told: Vec<Told> = disclosures::table
        .inner_join(proceedings::table)
        .left_join(consents::table)
        .filter(disclosures::case_id.eq_any(conducted.clone()))
        .filter(disclosures::organisation_id.eq(&actor.organisation_id))
        .filter(disclosures::ended_at.is_null())
        .filter(proceedings::organisation_id.eq(&actor.organisation_id))
        .filter(proceedings::kind.eq_any(BEHIND_THE_WALL))
        .select((disclosures::case_id, (consents::state, consents::expires_at).nullable()))
        .load(conn)?;
    let stands = |consent: Option<(ConsentStatus, Option<Instant>)>| match (consent, now) {
        (None, _) => true,
        (Some((state, expires_at)), Some(now)) => state.is_in_force_at(expires_at, now),
        (Some((state, _)), None) => state.is_in_force(),
    };
    let conducts = conducted.into_iter().map(|case| (case, Investigation::WithoutIdentity));
    let told = told.into_iter().filter(|(_, consent)| stands(*consent));
    Ok(conducts.chain(told.map(|(case, _)| (case, Investigation::WithIdentity))).collect())
}
