//! Proposing, approving, declining and contesting a decision, and withdrawing a doubt (R6, R10).

use chrono::Datelike as _;
use refero_domain::{
    age::AgeStatus,
    age_assessment::{
        AgeMethod, AgeRange, AssessmentAct, MedicalFindings, status_when_contested,
        status_when_withdrawn,
    },
    event::{Event, Operation},
    id::AgeAssessmentId,
    policy::{
        ApproveAgeDecision, ContestAgeDecision, DeclineAgeDecision, Permit, ProposeAgeDecision,
        WithdrawAgeDoubt,
    },
    profile::CountryProfile,
    refusal::Refusal,
    sensitive::Sensitive,
};
use refero_store::{
    Result,
    age_assessments::{self, AssessmentChange, AssessmentRow, Decision},
    cases,
    unit::{Audited, Tx},
};

use super::{Target, begin, finish};

/// What a panel found.
#[derive(Debug, Clone)]
pub struct Proposal {
    /// By what means.
    pub methods: Vec<AgeMethod>,
    /// The ages it holds possible.
    pub range: AgeRange,
    /// What the client takes that to mean, if it says so.
    pub outcome: Option<AgeStatus>,
    /// Why.
    pub reasons: Sensitive<String>,
    /// What examinations of the body found.
    pub findings: Option<Sensitive<String>>,
}

/// Proposes a decision. What it means follows from the range of ages and its margin of error: whoever
/// says otherwise is refused (R6).
///
/// # Errors
/// [`Refusal::Inconsistent`] for an outcome that the range does not have, or a method that the person
/// did not agree to; [`Refusal::IllegalTransition`], [`Refusal::Stale`].
///
/// # Audit
/// `age-assessment.propose-decision`
pub fn propose(
    tx: &mut Tx<'_>,
    profile: &CountryProfile,
    to: &Target,
    proposal: &Proposal,
) -> Result<Audited<AgeAssessmentId>> {
    let act = AssessmentAct::ProposeDecision;
    let permit = begin::<ProposeAgeDecision>(tx, to, act)?;
    let consent = permit.row().assessment.consent;
    if proposal.methods.iter().any(|used| !consent.is_some_and(|said| said.allows(*used))) {
        return Err(Refusal::Inconsistent { pointer: "/methods" }.into());
    }
    let outcome = proposal.range.outcome(profile.age_of_majority);
    if proposal.outcome.is_some_and(|said| said != outcome) {
        return Err(Refusal::Inconsistent { pointer: "/outcome" }.into());
    }
    let (medical, methods): (Vec<AgeMethod>, Vec<AgeMethod>) =
        proposal.methods.iter().copied().partition(|method| method.is_medical());
    let findings = (!medical.is_empty()).then(|| {
        Sensitive::new(MedicalFindings { methods: medical, summary: None })
            .with(proposal.findings.clone(), |findings, said| findings.summary = Some(said))
    });
    let decision = Decision {
        methods,
        range: proposal.range,
        age_of_majority: profile.age_of_majority,
        outcome,
        reasons: proposal.reasons.clone().map(Some),
        findings,
    };
    let change = AssessmentChange { decision: Some(decision), ..AssessmentChange::default() };
    finish(tx, profile, permit, act, (&change, None))
}

/// Approves what somebody else proposed (R10): from then on the decision says what is known about the
/// age (R6).
///
/// # Errors
/// [`Refusal::SelfApproval`] for who proposed, doubted, contested or sits on the panel,
/// [`Refusal::IllegalTransition`], [`Refusal::Stale`].
///
/// # Audit
/// `age-assessment.approve`, once more for the case.
pub fn approve(
    tx: &mut Tx<'_>,
    profile: &CountryProfile,
    to: &Target,
) -> Result<Audited<AgeAssessmentId>> {
    let act = AssessmentAct::Approve;
    let permit = begin::<ApproveAgeDecision>(tx, to, act)?;
    let actor = tx.actor()?.clone();
    let row = permit.row();
    if row.assessment.is_party(&actor.user_id) {
        return Err(row.refused(Refusal::SelfApproval, &actor));
    }
    let outcome = row.assessment.outcome.ok_or(Refusal::IllegalTransition)?;
    let change = AssessmentChange { decided: true, ..AssessmentChange::default() };
    finish(tx, profile, permit, act, (&change, Some(outcome)))
}

/// Declines what was proposed: the panel looks again, or another one does.
///
/// # Errors
/// [`Refusal::IllegalTransition`], [`Refusal::Stale`].
///
/// # Audit
/// `age-assessment.decline`
pub fn decline(
    tx: &mut Tx<'_>,
    profile: &CountryProfile,
    to: &Target,
) -> Result<Audited<AgeAssessmentId>> {
    let act = AssessmentAct::Decline;
    let permit = begin::<DeclineAgeDecision>(tx, to, act)?;
    finish(tx, profile, permit, act, (&AssessmentChange::default(), None))
}

/// Contests a decision: the doubt stands again, and until there is a new decision the person is
/// protected as a child (R6).
///
/// # Errors
/// [`Refusal::IllegalTransition`] if it is not the decision that counts, [`Refusal::Stale`].
///
/// # Audit
/// `age-assessment.contest`, once more for the case.
pub fn contest(
    tx: &mut Tx<'_>,
    profile: &CountryProfile,
    to: &Target,
    (reason, for_person): (&Sensitive<String>, bool),
) -> Result<Audited<AgeAssessmentId>> {
    let act = AssessmentAct::Contest;
    let permit = begin::<ContestAgeDecision>(tx, to, act)?;
    let newest = age_assessments::newest(tx, &permit, &to.case_id)?;
    let row = permit.row();
    if newest.is_none_or(|(id, _)| id != to.id) {
        return Err(row.refused(Refusal::IllegalTransition, tx.actor()?));
    }
    let status = status_when_contested(row.person.age_status);
    let words = row.assessment.words.clone();
    let words = words.with(Some(reason.clone()), |words, reason| words.contest = Some(reason));
    let change = AssessmentChange {
        words: Some(words),
        contested: Some(for_person),
        ..AssessmentChange::default()
    };
    finish(tx, profile, permit, act, (&change, Some(status)))
}

/// Asks to withdraw a doubt that was recorded in error, or agrees that somebody else asked (R10). One
/// of the two is a supervisor. What was known about the age before is known again.
///
/// # Errors
/// [`Refusal::SelfApproval`], [`Refusal::SecondPersonRequired`]; [`Refusal::AdulthoodNotEstablished`] if
/// what was known before contradicts what is known now; [`Refusal::Inconsistent`] for a reason of
/// the second person; [`Refusal::IllegalTransition`] once a panel is named, [`Refusal::Stale`].
///
/// # Audit
/// `age-assessment.withdraw`, once for each of the two, and once more for the case.
pub fn withdraw(
    tx: &mut Tx<'_>,
    profile: &CountryProfile,
    to: &Target,
    reason: Option<&Sensitive<String>>,
) -> Result<Audited<AgeAssessmentId>> {
    let act = AssessmentAct::Withdraw;
    let permit = begin::<WithdrawAgeDoubt>(tx, to, act)?;
    let actor = tx.actor()?.clone();
    let row = permit.row();
    let Some((asked_by, _)) = row.assessment.withdrawal_requested.clone() else {
        return request_withdrawal(tx, permit, reason);
    };
    if asked_by == actor.user_id {
        return Err(row.refused(Refusal::SelfApproval, &actor));
    }
    let area = row.case.area.clone();
    let one_supervises = cases::supervises(tx, &actor.user_id, area.as_deref())?
        || cases::supervises(tx, &asked_by, area.as_deref())?;
    if !one_supervises {
        return Err(row.refused(Refusal::SecondPersonRequired, &actor));
    }
    let status = status_when_withdrawn(row.assessment.status_before, row.person.age_status);
    let (this_year, majority) = (tx.now().date().year(), i32::from(profile.age_of_majority));
    let contradicts = |year| status.contradicts(year, this_year, majority);
    if row.person.birth_year().is_some_and(contradicts) {
        return Err(row.refused(Refusal::AdulthoodNotEstablished, &actor));
    }
    // Why, has been said by who asked.
    if reason.is_some() {
        return Err(Refusal::Inconsistent { pointer: "/reason" }.into());
    }
    finish(tx, profile, permit, act, (&AssessmentChange::default(), Some(status)))
}

fn request_withdrawal(
    tx: &mut Tx<'_>,
    permit: Permit<WithdrawAgeDoubt, AssessmentRow>,
    reason: Option<&Sensitive<String>>,
) -> Result<Audited<AgeAssessmentId>> {
    let words = reason.map(|reason| {
        let words = permit.row().assessment.words.clone();
        words.with(Some(reason.clone()), |words, reason| words.withdrawal = Some(reason))
    });
    let change =
        AssessmentChange { words, withdrawal_requested: true, ..AssessmentChange::default() };
    let event = Event::under(Operation::Update, &permit).fields(["withdrawal_requested_by"]);
    let (row, permit) = permit.into_parts();
    let at = (&row.assessment, &row.person);
    let version = age_assessments::save(tx, &permit, at, None, &change)?;
    let event = event.on(&row.assessment.id, version).in_case(&row.case.id);
    tx.record(&event, row.assessment.id.clone())
}
