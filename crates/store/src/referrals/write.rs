//! Referrals that are begun, changed, moved and ended.

use std::collections::BTreeSet;

use diesel::prelude::*;
use refero_domain::{
    consent::LegalBasis,
    id::{CaseId, ConsentId, OrganisationId, ReferralId, UserId},
    instant::Instant,
    machine::{Machine, Moved, State},
    policy::{Action, AssignReferral, Changes, Classes, CreateReferral, EditReferral, Permit},
    referral::{
        ReferralAct, ReferralAnswers, ReferralSecrets, ReferralState, Urgency, WithdrawalReason,
    },
    refusal::Refusal,
    sensitive::Sensitive,
};

use serde::Serialize;

use super::{ANSWERS, Referral, ReferralRow, SECRETS, slot};
use crate::{
    cases::CaseRow,
    columns::Codes,
    error::{Error, Result},
    people::{self, Person, seal},
    schema::referrals,
    unit::Tx,
};

/// What is asked of whom, on what basis: all of a referral that a draft may still change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// To whom it is offered.
    pub organisation_id: OrganisationId,
    /// The `service_type` codes asked for.
    pub services: Vec<String>,
    /// How soon the provider must answer.
    pub urgency: Urgency,
    /// A code of `referral_reason`.
    pub reason: String,
    /// On what the sharing rests (R4).
    pub legal_basis: LegalBasis,
    /// The consent it rests on.
    pub consent_id: Option<ConsentId>,
    /// What acceptance discloses.
    pub categories: Classes,
    /// `placement_need` codes.
    pub placement_needs: Vec<String>,
}

/// The terms of a draft before they changed, for the history (R13).
#[derive(Serialize)]
struct EarlierTerms<'r> {
    organisation_id: &'r OrganisationId,
    services: Vec<String>,
    urgency: Urgency,
    reason: &'r str,
    legal_basis: LegalBasis,
    consent_id: Option<&'r ConsentId>,
    categories: Vec<String>,
    placement_needs: Vec<String>,
}

impl<'r> EarlierTerms<'r> {
    fn of(draft: &'r Referral) -> Result<Self> {
        Ok(Self {
            organisation_id: &draft.organisation_id,
            services: draft.services.get()?,
            urgency: draft.urgency,
            reason: &draft.reason,
            legal_basis: draft.legal_basis,
            consent_id: draft.consent_id.as_ref(),
            categories: draft.categories.get()?,
            placement_needs: draft.placement_needs.get()?,
        })
    }
}

fn category_codes(categories: Classes) -> Result<Codes> {
    let codes: Vec<String> = categories.iter().map(|class| class.code().to_owned()).collect();
    Codes::of(&codes)
}

/// Begins a referral of a case, as a draft, in the name of the actor's organisation.
///
/// # Errors
/// [`Refusal::IdTaken`] if the identifier is in use.
pub fn insert(
    tx: &mut Tx<'_>,
    permit: &Permit<CreateReferral, CaseRow>,
    id: &ReferralId,
    terms: &Terms,
    secrets: &Sensitive<ReferralSecrets>,
) -> Result<()> {
    let case = permit.row();
    tx.changes(&case.case.id);
    let sealed = seal(tx, slot(SECRETS, id, &case.person.id), secrets)?;
    let (author, organisation) = {
        let actor = tx.actor()?;
        (actor.user_id.clone(), actor.organisation_id.clone())
    };
    let now = tx.now();
    diesel::insert_into(referrals::table)
        .values((
            (
                referrals::id.eq(id),
                referrals::case_id.eq(&case.case.id),
                referrals::from_organisation_id.eq(organisation),
                referrals::organisation_id.eq(&terms.organisation_id),
                referrals::services.eq(Codes::of(&terms.services)?),
                referrals::urgency.eq(terms.urgency),
                referrals::urgency_rank.eq(terms.urgency.rank()),
                referrals::reason.eq(&terms.reason),
                referrals::legal_basis.eq(terms.legal_basis),
            ),
            (
                referrals::consent_id.eq(&terms.consent_id),
                referrals::categories.eq(category_codes(terms.categories)?),
                referrals::placement_needs.eq(Codes::of(&terms.placement_needs)?),
                referrals::sealed.eq(sealed),
                referrals::state.eq(ReferralState::INITIAL),
                referrals::created_by.eq(author),
                referrals::version.eq(1),
                referrals::created_at.eq(now),
                referrals::updated_at.eq(now),
            ),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Saves a changed draft, keeping the earlier words (R13). Returns the new version.
///
/// # Errors
/// [`Refusal::Stale`] if somebody was faster.
pub fn save_draft(
    tx: &mut Tx<'_>,
    permit: &Permit<EditReferral, ReferralRow>,
    terms: &Terms,
    secrets: &Sensitive<ReferralSecrets>,
) -> Result<i64> {
    let row = permit.row();
    let before = &row.referral;
    tx.changes(&before.case_id);
    if let Some(words) = &row.words {
        let at = (&before.id, before.version);
        let earlier = words.secrets.clone().zip(Sensitive::new(EarlierTerms::of(before)?));
        people::keep_revision(tx, &row.person.id, at, &earlier)?;
    }
    let sealed = seal(tx, slot(SECRETS, &before.id, &row.person.id), secrets)?;
    let version = before.version.saturating_add(1);
    let saved = diesel::update(referrals::table.find(&before.id))
        .filter(referrals::version.eq(before.version))
        .filter(referrals::state.eq(ReferralState::Draft))
        .set((
            referrals::organisation_id.eq(&terms.organisation_id),
            referrals::services.eq(Codes::of(&terms.services)?),
            referrals::urgency.eq(terms.urgency),
            referrals::urgency_rank.eq(terms.urgency.rank()),
            referrals::reason.eq(&terms.reason),
            referrals::legal_basis.eq(terms.legal_basis),
            referrals::consent_id.eq(&terms.consent_id),
            referrals::categories.eq(category_codes(terms.categories)?),
            referrals::placement_needs.eq(Codes::of(&terms.placement_needs)?),
            referrals::sealed.eq(sealed),
            referrals::version.eq(version),
            referrals::updated_at.eq(tx.now()),
        ))
        .execute(tx.conn)?;
    if saved == 1 { Ok(version) } else { Err(Refusal::Stale { current: version }.into()) }
}

/// What changes with a move. Absent members stay.
#[derive(Debug, Default)]
pub struct ReferralChange {
    /// Until when an answer is due.
    pub respond_by: Option<Instant>,
    /// When it was sent.
    pub sent_at: Option<Instant>,
    /// When the provider opened it.
    pub received_at: Option<Instant>,
    /// When the provider answered it.
    pub answered_at: Option<Instant>,
    /// When it ended.
    pub ended_at: Option<Instant>,
    /// Who answered it, then who works on it.
    pub worker_id: Option<UserId>,
    /// The coded reason of the end, or the outcome.
    pub end_reason: Option<String>,
    /// What is written with it.
    pub answers: Option<Sensitive<ReferralAnswers>>,
}

#[derive(AsChangeset)]
#[diesel(table_name = referrals)]
struct Set {
    respond_by: Option<Instant>,
    sent_at: Option<Instant>,
    received_at: Option<Instant>,
    answered_at: Option<Instant>,
    ended_at: Option<Instant>,
    worker_id: Option<UserId>,
    end_reason: Option<String>,
    answer: Option<Vec<u8>>,
    version: i64,
    updated_at: Instant,
}

/// Saves a change, and the move if there is one, unless somebody was faster. Returns the new version.
///
/// # Errors
/// [`Refusal::Stale`] if the version or the state is not what was read.
pub fn save<A: Action + Changes>(
    tx: &mut Tx<'_>,
    _permit: &Permit<A, ()>,
    (id, case_id, version, person): (&ReferralId, &CaseId, i64, &Person),
    moved: Option<&Moved<ReferralState>>,
    change: ReferralChange,
) -> Result<i64> {
    tx.changes(case_id);
    let next = version.saturating_add(1);
    let answer = change
        .answers
        .as_ref()
        .map(|answers| seal(tx, slot(ANSWERS, id, &person.id), answers))
        .transpose()?;
    let set = Set {
        respond_by: change.respond_by,
        sent_at: change.sent_at,
        received_at: change.received_at,
        answered_at: change.answered_at,
        ended_at: change.ended_at,
        worker_id: change.worker_id,
        end_reason: change.end_reason,
        answer,
        version: next,
        updated_at: tx.now(),
    };
    let row = referrals::table.filter(referrals::id.eq(id)).filter(referrals::version.eq(version));
    let saved = match moved {
        None => diesel::update(row).set(set).execute(tx.conn)?,
        Some(moved) => diesel::update(row.filter(referrals::state.eq(moved.from())))
            .set((set, referrals::state.eq(moved.to())))
            .execute(tx.conn)?,
    };
    if saved == 1 { Ok(next) } else { Err(Refusal::Stale { current: next }.into()) }
}

/// Keeps who worked on a referral until now: who had access when can be told later (R13).
///
/// # Errors
/// [`Error::Unavailable`] if it cannot be written; then nothing is.
pub fn keep_worker(tx: &mut Tx<'_>, permit: &Permit<AssignReferral, ReferralRow>) -> Result<()> {
    let row = permit.row();
    let earlier = Sensitive::new(row.referral.worker_id.clone());
    people::keep_revision(tx, &row.person.id, (&row.referral.id, row.referral.version), &earlier)
}

/// Returns the services that somebody gives or gave to the person of a case.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn served(tx: &mut Tx<'_>, case: &CaseId) -> Result<BTreeSet<String>> {
    let services: Vec<Codes> = referrals::table
        .filter(referrals::case_id.eq(case))
        .filter(
            referrals::state
                .eq_any([ReferralState::ServiceStarted, ReferralState::ServiceCompleted]),
        )
        .select(referrals::services)
        .load(tx.conn)?;
    let services: Vec<Vec<String>> = services.iter().map(Codes::get).collect::<Result<_>>()?;
    Ok(services.into_iter().flatten().collect())
}

/// A referral that ended because its consent did.
#[derive(Debug)]
pub struct Ended {
    /// The referral.
    pub id: ReferralId,
    /// The case it belongs to.
    pub case_id: CaseId,
    /// Its version after the end.
    pub version: i64,
}

/// Ends every open referral that rests on a consent (R5). Each needs its own event, which the caller
/// writes in the same transaction.
///
/// # Errors
/// [`Error::Unavailable`] if it cannot be written; then nothing is.
pub fn end_resting_on(
    tx: &mut Tx<'_>,
    consent: &ConsentId,
    reason: WithdrawalReason,
) -> Result<Vec<Ended>> {
    let open: Vec<(ReferralId, CaseId, State<ReferralState>, i64)> = referrals::table
        .filter(referrals::consent_id.eq(consent))
        .filter(referrals::state.eq_any(ReferralState::OPEN))
        .order(referrals::id)
        .select((referrals::id, referrals::case_id, referrals::state, referrals::version))
        .load(tx.conn)?;
    let now = tx.now();
    let mut ended = Vec::with_capacity(open.len());
    for (id, case_id, state, version) in open {
        let moved = state.step(ReferralAct::Withdraw)?;
        tx.changes(&case_id);
        let next = version.saturating_add(1);
        let saved = diesel::update(referrals::table.find(&id))
            .filter(referrals::version.eq(version))
            .set((
                referrals::state.eq(moved.to()),
                referrals::end_reason.eq(reason.code()),
                referrals::ended_at.eq(now),
                referrals::version.eq(next),
                referrals::updated_at.eq(now),
            ))
            .execute(tx.conn)?;
        if saved != 1 {
            return Err(Error::broken("a referral changed within one transaction"));
        }
        ended.push(Ended { id, case_id, version: next });
    }
    Ok(ended)
}
