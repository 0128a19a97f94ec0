//! What moves a referral after it was sent: the provider's answer and work, and its end.

use refero_domain::{
    actor::Actor,
    dates,
    event::{Event, Operation},
    id::{ReferralId, UserId},
    instant::Instant,
    policy::{
        self, AcceptReferral, Action, AssignReferral, CancelReferral, Changes, CompleteReferral,
        DeclineReferral, ReceiveReferral, ReturnReferral, Sight, StartReferral, WithdrawReferral,
    },
    referral::{
        DeclineReason, Ending, ProviderAnswer, ReferralAct, ReferralAnswers, ReferralState,
        WithdrawalReason, check_recipient,
    },
    refusal::Refusal,
    sensitive::Sensitive,
};
use refero_store::{
    Error, Result, clocks, recipients,
    referrals::{self, ReferralChange, ReferralRow},
    reports,
    unit::{Audited, Tx},
};

use super::Target;

/// Something that somebody adds in words.
pub type Remark = Option<Sensitive<String>>;

/// How a provider accepts.
#[derive(Debug, Clone, Default)]
pub struct Acceptance {
    /// Who will work on it; who accepts, if nobody is named.
    pub worker_id: Option<UserId>,
    /// When the person is expected.
    pub expected_intake_at: Option<Instant>,
    /// A remark.
    pub note: Remark,
}

/// Fetches, applies a rule that gives the change, moves, saves and records.
fn step<A: Action + Changes>(
    tx: &mut Tx<'_>,
    to: &Target,
    act: ReferralAct,
    fields: &'static [&'static str],
    rule: impl FnOnce(&mut Tx<'_>, &ReferralRow, &Actor) -> Result<ReferralChange>,
) -> Result<Audited<ReferralId>> {
    let permit = referrals::fetch_to::<A>(tx, &to.id, act)?;
    permit.row().expect_version(to.expected)?;
    let actor = tx.actor()?.clone();
    let change = rule(tx, permit.row(), &actor)?;
    let event = Event::under(Operation::Update, &permit)
        .in_case(&permit.row().referral.case_id)
        .resting_on(permit.row().referral.consent_id.as_ref())
        .fields(std::iter::once("state").chain(fields.iter().copied()));
    let (row, permit) = permit.into_parts();
    let moved = row.referral.state.step(act)?;
    let at = (&to.id, &row.referral.case_id, row.referral.version, &row.person);
    let version = referrals::save(tx, &permit, at, Some(&moved), change)?;
    tx.record(&event.on(&to.id, version), to.id.clone())
}

/// Puts a remark into what was written with the answer and at the end.
fn written(
    row: &ReferralRow,
    remark: &Remark,
    put: impl FnOnce(ReferralAnswers, Option<String>) -> ReferralAnswers,
) -> Result<Option<Sensitive<ReferralAnswers>>> {
    let words = row
        .words
        .as_ref()
        .ok_or_else(|| Error::broken("a referral was fetched without its words"))?;
    let remark = match remark {
        None => Sensitive::new(None),
        Some(remark) => remark.clone().map(Some),
    };
    let both = words.answers.clone().zip(remark);
    Ok(Some(both.map(|(answers, remark)| put(answers, remark))))
}

/// Puts what is written at the end.
fn ending(
    row: &ReferralRow,
    remark: &Remark,
    by_provider: bool,
) -> Result<Option<Sensitive<ReferralAnswers>>> {
    written(row, remark, |answers, note| ReferralAnswers {
        ending: Some(Ending { by_provider, note }),
        ..answers
    })
}

/// Marks an offer as opened by the provider. Looking alone changes nothing.
///
/// # Errors
/// [`Refusal::IllegalTransition`] if it has been opened, answered or taken back.
pub fn receive(tx: &mut Tx<'_>, to: &Target) -> Result<Audited<ReferralId>> {
    step::<ReceiveReferral>(tx, to, ReferralAct::Receive, &["received_at"], |tx, _, _| {
        Ok(ReferralChange { received_at: Some(tx.now()), ..ReferralChange::default() })
    })
}

/// Accepts an offer: from here on the package is open to the worker (R2).
///
/// # Errors
/// [`Refusal::ConsentWithdrawn`] if the consent is not in force any more (R5),
/// [`Refusal::RecipientNotEligible`] or [`Refusal::ConsentRequired`] if it does not fit the person as
/// they are known now (R6),
/// [`Refusal::WorkerNotInOrganisation`] if the worker has no provider's role there now,
/// [`Refusal::NotPermitted`] if somebody who is no manager gives work to somebody else.
pub fn accept(
    tx: &mut Tx<'_>,
    to: &Target,
    acceptance: &Acceptance,
) -> Result<Audited<ReferralId>> {
    let fields = &["worker_id", "answered_at", "answer"];
    step::<AcceptReferral>(tx, to, ReferralAct::Accept, fields, |tx, row, actor| {
        let now = tx.now();
        let lapsed = row.referral.consent_id.is_some()
            && !row.consent.as_ref().is_some_and(|consent| consent.is_in_force(now));
        if lapsed {
            return Err(row.refused(Refusal::ConsentWithdrawn, actor));
        }
        check_person(tx, row, actor)?;
        let worker = acceptance.worker_id.clone().unwrap_or_else(|| actor.user_id.clone());
        check_worker(tx, row, actor, &worker)?;
        let expected_intake_at = acceptance.expected_intake_at;
        if let Some(at) = expected_intake_at {
            dates::check_planned(at.date(), now)
                .map_err(|fault| fault.at("/expected_intake_at"))?;
        }
        let answers = written(row, &acceptance.note, |answers, note| ReferralAnswers {
            answer: Some(ProviderAnswer { note, expected_intake_at }),
            ..answers
        })?;
        Ok(ReferralChange {
            answered_at: Some(now),
            received_at: row.referral.received_at.is_none().then_some(now),
            worker_id: Some(worker),
            answers,
            ..ReferralChange::default()
        })
    })
}

/// Judges the person as they are known now: since the offer was made, somebody may have doubted that
/// they are grown (R6).
fn check_person(tx: &mut Tx<'_>, row: &ReferralRow, actor: &Actor) -> Result<()> {
    let (child, sex) = (row.person.protected_as_child(), row.person.sex_reporting);
    let offered = recipients::offered(tx, &row.referral.organisation_id)?;
    check_recipient(&offered, &row.referral.services()?, child, sex)
        .map_err(|refusal| row.refused(refusal, actor))?;
    let carried = match &row.consent {
        Some(consent) => consent.giver.suffices(child),
        None => row.referral.legal_basis.fits(child),
    };
    if carried { Ok(()) } else { Err(row.refused(Refusal::ConsentRequired, actor)) }
}

/// Says whether an actor may give an accepted referral to a worker: to oneself, or as the manager.
fn check_worker(tx: &mut Tx<'_>, row: &ReferralRow, actor: &Actor, worker: &UserId) -> Result<()> {
    if !recipients::works_there(tx, &row.referral.organisation_id, worker)? {
        return Err(row.refused(Refusal::WorkerNotInOrganisation, actor));
    }
    let accepted = policy::ReferralFacts {
        state: ReferralState::Accepted,
        worker_id: Some(worker.clone()),
        ..row.facts.clone()
    };
    let manages = policy::may(AssignReferral::NAME, actor, &accepted);
    if *worker != actor.user_id && !manages {
        return Err(row.refused(Refusal::NotPermitted, actor));
    }
    Ok(())
}

/// Declines an offer, with a reason that is counted.
///
/// # Errors
/// [`Refusal::IllegalTransition`] if it has been answered or taken back.
pub fn decline(
    tx: &mut Tx<'_>,
    to: &Target,
    reason: DeclineReason,
    note: &Remark,
) -> Result<Audited<ReferralId>> {
    let fields = &["end_reason", "answered_at", "answer"];
    step::<DeclineReferral>(tx, to, ReferralAct::Decline, fields, |tx, row, actor| {
        let answers = written(row, note, |answers, note| ReferralAnswers {
            answer: Some(ProviderAnswer { note, expected_intake_at: None }),
            ..answers
        })?;
        Ok(ReferralChange {
            answered_at: Some(tx.now()),
            ended_at: Some(tx.now()),
            // Who declined keeps what they wrote (R3).
            worker_id: Some(actor.user_id.clone()),
            end_reason: Some(reason.code().to_owned()),
            answers,
            ..ReferralChange::default()
        })
    })
}

/// Marks the beginning of the work.
///
/// # Errors
/// [`Refusal::IllegalTransition`] if it is not accepted.
pub fn start(tx: &mut Tx<'_>, to: &Target) -> Result<Audited<ReferralId>> {
    step::<StartReferral>(tx, to, ReferralAct::Start, &[], |tx, row, _| {
        meet_urgent_needs(tx, row)?;
        Ok(ReferralChange::default())
    })
}

/// Stops the clock of urgent needs once every one of them is cared for by somebody.
fn meet_urgent_needs(tx: &mut Tx<'_>, row: &ReferralRow) -> Result<()> {
    let case_id = &row.referral.case_id;
    let needs = reports::urgent_needs(tx, &row.case.report_id)?;
    let mut served = referrals::served(tx, case_id)?;
    served.extend(row.referral.services()?);
    if needs.iter().all(|need| served.contains(need)) {
        clocks::meet(tx, case_id, &["urgent_needs"])?;
    }
    Ok(())
}

/// Ends the work with its outcome; the provider's access ends with it (R3).
///
/// # Errors
/// [`Refusal::OutcomeRequired`] if nobody says how it came out for the person.
pub fn complete(
    tx: &mut Tx<'_>,
    to: &Target,
    outcome: Option<&str>,
    note: &Remark,
) -> Result<Audited<ReferralId>> {
    let fields = &["outcome", "ended_at", "answer"];
    step::<CompleteReferral>(tx, to, ReferralAct::Complete, fields, |tx, row, actor| {
        let outcome = outcome.ok_or_else(|| row.refused(Refusal::OutcomeRequired, actor))?;
        Ok(ReferralChange {
            ended_at: Some(tx.now()),
            end_reason: Some(outcome.to_owned()),
            answers: ending(row, note, true)?,
            ..ReferralChange::default()
        })
    })
}

/// Gives an accepted referral back to the sender; the provider's access ends with it (R3).
///
/// # Errors
/// [`Refusal::IllegalTransition`] if it is not accepted.
pub fn return_to_sender(
    tx: &mut Tx<'_>,
    to: &Target,
    reason: DeclineReason,
    note: &Remark,
) -> Result<Audited<ReferralId>> {
    let fields = &["end_reason", "ended_at", "answer"];
    step::<ReturnReferral>(tx, to, ReferralAct::Return, fields, |tx, row, _| {
        Ok(ReferralChange {
            ended_at: Some(tx.now()),
            end_reason: Some(reason.code().to_owned()),
            answers: ending(row, note, true)?,
            ..ReferralChange::default()
        })
    })
}

/// Takes a referral back, as the sender.
///
/// # Errors
/// [`Refusal::IllegalTransition`] if it has ended.
pub fn cancel(tx: &mut Tx<'_>, to: &Target, reason: &Remark) -> Result<Audited<ReferralId>> {
    let fields = &["ended_at", "answer"];
    step::<CancelReferral>(tx, to, ReferralAct::Cancel, fields, |tx, row, _| {
        Ok(ReferralChange {
            ended_at: Some(tx.now()),
            answers: ending(row, reason, false)?,
            ..ReferralChange::default()
        })
    })
}

/// Ends a referral because the survivor wants it so; nobody has to give a reason.
///
/// # Errors
/// [`Refusal::IllegalTransition`] if it has ended.
pub fn withdraw(tx: &mut Tx<'_>, to: &Target, reason: &Remark) -> Result<Audited<ReferralId>> {
    let fields = &["end_reason", "ended_at", "answer"];
    step::<WithdrawReferral>(tx, to, ReferralAct::Withdraw, fields, |tx, row, actor| {
        let by_provider = row.sight(actor)? == Sight::Working;
        Ok(ReferralChange {
            ended_at: Some(tx.now()),
            end_reason: Some(WithdrawalReason::SurvivorRequest.code().to_owned()),
            answers: ending(row, reason, by_provider)?,
            ..ReferralChange::default()
        })
    })
}

/// Gives an accepted referral to another worker of the provider; the earlier one's access ends.
///
/// # Errors
/// [`Refusal::WorkerNotInOrganisation`] if the worker has no provider's role there now,
/// [`Refusal::IllegalTransition`] if it is not accepted.
pub fn assign(tx: &mut Tx<'_>, to: &Target, worker: &UserId) -> Result<Audited<ReferralId>> {
    let permit = referrals::fetch_in::<AssignReferral>(tx, &to.id, ReferralState::LIVE)?;
    permit.row().expect_version(to.expected)?;
    let actor = tx.actor()?.clone();
    check_worker(tx, permit.row(), &actor, worker)?;
    referrals::keep_worker(tx, &permit)?;
    let event = Event::under(Operation::Update, &permit)
        .in_case(&permit.row().referral.case_id)
        .resting_on(permit.row().referral.consent_id.as_ref())
        .fields(["worker_id"]);
    let (row, permit) = permit.into_parts();
    let change = ReferralChange { worker_id: Some(worker.clone()), ..ReferralChange::default() };
    let at = (&to.id, &row.referral.case_id, row.referral.version, &row.person);
    let version = referrals::save(tx, &permit, at, None, change)?;
    tx.record(&event.on(&to.id, version), to.id.clone())
}
