//! Referrals: proposed and sent by those who hold the case, answered and worked on by a provider.
//!
//! What a provider sees at each stage is decided by R1 to R3; on what basis anything is shared, by
//! R4 and R5.

mod moves;
mod package;
mod terms;

use refero_domain::{
    event::{Event, Operation},
    id::{ConsentId, ReferralId},
    policy::{
        Action, CreateReferral, EditReferral, Permit, ReadReferral, Scope, SendReferral,
        WithdrawReferral,
    },
    profile::{ClockKind, CountryProfile},
    referral::{ReferralAct, ReferralState, WithdrawalReason},
    refusal::Refusal,
};
use refero_store::{
    Error, Result, cases,
    referrals::{self, ReferralChange, ReferralFilter, ReferralRow},
    rows::{RowLimit, Rows},
    unit::{Audited, Reading, Tx},
};

pub use moves::{
    Acceptance, Remark, accept, assign, cancel, complete, decline, receive, return_to_sender,
    start, withdraw,
};
pub use package::{Package, open_package};
pub use terms::{Amendment, Change, Proposal};

use terms::Subject;

use crate::service::already_known;

/// Which referral is meant, at which version.
#[derive(Debug, Clone)]
pub struct Target {
    /// The referral.
    pub id: ReferralId,
    /// The version that the client read.
    pub expected: Option<i64>,
}

/// Fetches a referral to show it, with the event that must be durable before.
///
/// # Errors
/// [`Refusal::NotFound`] if it does not exist for the caller.
pub fn open(
    reading: &mut Reading<'_>,
    id: &ReferralId,
) -> Result<(Event, Permit<ReadReferral, ReferralRow>)> {
    let permit = referrals::fetch::<ReadReferral>(reading, id)?;
    let row = permit.row();
    let event = Event::under(Operation::Read, &permit)
        .on(id, row.referral.version)
        .in_case(&row.referral.case_id)
        .resting_on(row.referral.consent_id.as_ref());
    Ok((event, permit))
}

/// Lists the referrals that a caller may see, newest first.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn list(
    reading: &mut Reading<'_>,
    scope: &Scope<ReadReferral>,
    filter: &ReferralFilter,
    after: Option<&ReferralId>,
    limit: RowLimit,
) -> Result<(Event, Rows<Permit<ReadReferral, ReferralRow>>)> {
    let found = referrals::page(reading, scope, filter, after, limit)?;
    let event = Event::of::<ReadReferral>(Operation::Read)
        .showing(found.iter().map(|permit| &permit.row().referral.id));
    Ok((event, found))
}

/// Begins a referral of a case, as a draft, and sends it at once if asked to. The same proposal again
/// under the client's own identifier is the same referral.
///
/// # Errors
/// [`Refusal::NotFound`] if the case does not exist for the caller; the refusals of R4 and R6 if it
/// rests on nothing that carries it or goes where the person cannot go; [`Refusal::IdTaken`] for
/// another content under a used identifier.
pub fn create(
    tx: &mut Tx<'_>,
    proposal: &Proposal,
    send: bool,
    profile: &CountryProfile,
) -> Result<Audited<ReferralId>> {
    if let Some(id) = &proposal.id
        && let Some(known) = sent_before(tx, id, proposal, send)?
    {
        return Ok(known);
    }
    let permit = cases::fetch::<CreateReferral>(tx, &proposal.case_id)?;
    let case = permit.row();
    if !case.case.state.get().accepts_referrals() {
        let actor = tx.actor()?;
        return Err(case.refused(Refusal::CaseStateDoesNotAllow, actor));
    }
    let actor = tx.actor()?.clone();
    let refuse = |refusal| case.refused(refusal, &actor);
    let subject = Subject { case_id: &case.case.id, person: &case.person, refuse: &refuse };
    let terms = terms::settle(tx, &permit, &subject, proposal, profile)?;
    let id = proposal.id.clone().unwrap_or_else(|| tx.new_id());
    referrals::insert(tx, &permit, &id, &terms, &proposal.secrets)?;
    let created = Event::under(Operation::Create, &permit)
        .on(&id, 1)
        .in_case(&proposal.case_id)
        .resting_on(terms.consent_id.as_ref())
        .fields([
            "organisation_id",
            "services",
            "urgency",
            "reason",
            "legal_basis",
            "categories",
            "placement_needs",
            "instructions",
        ]);
    if !send {
        return tx.record(&created, id);
    }
    // The trail tells it in the order in which it happened.
    tx.note(&created)?;
    let sent = dispatch(tx, &id, Some(1), profile)?;
    tx.record(&sent, id)
}

/// Finds the referral that the same person proposed under the same identifier, if that is the case.
fn sent_before(
    tx: &mut Tx<'_>,
    id: &ReferralId,
    proposal: &Proposal,
    send: bool,
) -> Result<Option<Audited<ReferralId>>> {
    let by = tx.actor()?.user_id.clone();
    let known = already_known(open(tx, id), |(_, known)| {
        let referral = &known.row().referral;
        let was_sent = referral.state.get() != ReferralState::Draft;
        Ok(referral.created_by == by && (was_sent || !send) && proposal.is(known.row())?)
    })?;
    known.map(|(event, _)| tx.record(&event, id.clone())).transpose()
}

/// Changes a draft.
///
/// # Errors
/// [`Refusal::NotDraft`] if it is none any more, [`Refusal::Stale`] if somebody was faster; else as
/// [`create`].
pub fn edit(
    tx: &mut Tx<'_>,
    to: &Target,
    amendment: &Amendment,
    profile: &CountryProfile,
) -> Result<Audited<ReferralId>> {
    let permit = referrals::fetch::<EditReferral>(tx, &to.id)?;
    let row = permit.row();
    row.expect_version(to.expected)?;
    if row.referral.state.get() != ReferralState::Draft {
        let actor = tx.actor()?;
        return Err(row.refused(Refusal::NotDraft, actor));
    }
    let proposal = amendment.apply_to(row)?;
    let actor = tx.actor()?.clone();
    let refuse = |refusal| row.refused(refusal, &actor);
    let subject = Subject { case_id: &row.referral.case_id, person: &row.person, refuse: &refuse };
    let terms = terms::settle(tx, &permit, &subject, &proposal, profile)?;
    let version = referrals::save_draft(tx, &permit, &terms, &proposal.secrets)?;
    let event = Event::under(Operation::Update, &permit)
        .on(&to.id, version)
        .in_case(&permit.row().referral.case_id)
        .resting_on(terms.consent_id.as_ref())
        .fields(amendment.fields());
    tx.record(&event, to.id.clone())
}

/// Sends a referral to the provider; if its consent has been asked for and not given, it waits.
///
/// # Errors
/// [`Refusal::ConsentRequired`] or [`Refusal::ConsentWithdrawn`] if nothing carries it (any more),
/// [`Refusal::NotPermitted`] if a first responder sends what is no emergency.
pub fn send(tx: &mut Tx<'_>, to: &Target, profile: &CountryProfile) -> Result<Audited<ReferralId>> {
    let event = dispatch(tx, &to.id, to.expected, profile)?;
    tx.record(&event, to.id.clone())
}

/// Sends, and gives the event that the caller must write.
fn dispatch(
    tx: &mut Tx<'_>,
    id: &ReferralId,
    expected: Option<i64>,
    profile: &CountryProfile,
) -> Result<Event> {
    let permit = referrals::fetch_to::<SendReferral>(tx, id, ReferralAct::Send)?;
    let row = permit.row();
    row.expect_version(expected)?;
    let actor = tx.actor()?.clone();
    terms::check_sending(tx, &permit, profile)?;
    let waits = row
        .consent
        .as_ref()
        .is_some_and(|consent| consent.state == refero_domain::consent::ConsentStatus::Pending);
    if waits && row.referral.state.get() == ReferralState::ConsentPending {
        return Err(row.refused(Refusal::ConsentRequired, &actor));
    }
    let event = Event::under(Operation::Update, &permit)
        .in_case(&row.referral.case_id)
        .resting_on(row.referral.consent_id.as_ref())
        .fields(["state", "respond_by"]);
    let (act, change) = if waits {
        (ReferralAct::AwaitConsent, ReferralChange::default())
    } else {
        let clock = ClockKind::for_response_timeframe(row.referral.urgency.code())
            .ok_or_else(|| Error::broken("a response timeframe has no clock"))?;
        let due = profile.due(clock, tx.now().to_utc());
        let change = ReferralChange {
            sent_at: Some(tx.now()),
            respond_by: Some(refero_domain::instant::Instant::from_utc(due)),
            ..ReferralChange::default()
        };
        (ReferralAct::Send, change)
    };
    let (row, permit) = permit.into_parts();
    let moved = row.referral.state.step(act)?;
    let at = (id, &row.referral.case_id, row.referral.version, &row.person);
    let version = referrals::save(tx, &permit, at, Some(&moved), change)?;
    Ok(event.on(id, version))
}

/// Ends every open referral that rests on a consent, each with its own event (R5).
pub(super) fn end_resting_on(
    tx: &mut Tx<'_>,
    consent: &ConsentId,
    reason: WithdrawalReason,
    permitted_by: &'static str,
) -> Result<()> {
    for ended in referrals::end_resting_on(tx, consent, reason)? {
        let event = Event {
            permitted_by: Some(permitted_by),
            ..Event::of::<WithdrawReferral>(Operation::Update)
        };
        let event = event
            .on(&ended.id, ended.version)
            .in_case(&ended.case_id)
            .resting_on(Some(consent))
            .fields(["state"]);
        tx.note(&event)?;
    }
    Ok(())
}

/// Marks the actions whose permits a rule about terms accepts.
trait SettlesTerms: Action {}
impl SettlesTerms for CreateReferral {}
impl SettlesTerms for EditReferral {}
impl SettlesTerms for SendReferral {}
