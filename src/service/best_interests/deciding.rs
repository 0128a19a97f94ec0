//! Naming the panel, and determining with four eyes (R10).

use chrono::NaiveDate;
use refero_domain::{
    age_assessment::PanelMember,
    best_interests::{DurableSolution, InterestsAct},
    dates,
    id::{BestInterestsId, CaseId, UserId},
    instant::Instant,
    policy::{
        ApproveDetermination, DeclineDetermination, NameInterestsPanel, ProposeDetermination,
        ReviewDetermination,
    },
    profile::CountryProfile,
    refusal::Refusal,
    sensitive::Sensitive,
};
use refero_store::{
    Result, age_assessments,
    best_interests::{Determination, InterestsChange},
    clocks,
    unit::{Audited, Tx},
};

use super::{Target, begin, finish};

/// The deadline by which a determination is looked at again.
const REVIEW: &str = "best_interests_review";

/// What a panel proposes to determine.
#[derive(Debug, Clone)]
pub struct Proposal {
    /// Where and with whom the child is to live.
    pub solution: DurableSolution,
    /// When that is looked at again.
    pub review_on: Option<NaiveDate>,
    /// Why.
    pub reasons: Sensitive<String>,
}

/// Names the panel, at least two people of different professions. What another panel determined before stays in
/// the history.
///
/// # Errors
/// [`Refusal::ReferenceUnknown`] for a member without an account, [`Refusal::IllegalTransition`],
/// [`Refusal::Stale`].
///
/// # Audit
/// `best-interests.name-panel`
pub fn name_panel(
    tx: &mut Tx<'_>,
    to: &Target,
    members: &Sensitive<Vec<PanelMember>>,
) -> Result<Audited<BestInterestsId>> {
    let act = InterestsAct::NamePanel;
    let (permit, found) = begin::<NameInterestsPanel>(tx, to, act)?;
    let (mut accounts, mut professions): (Vec<UserId>, Vec<_>) = (Vec::new(), Vec::new());
    // Professions and accounts are no secret of the child; names are.
    members.check(|members| {
        accounts.extend(members.iter().filter_map(|member| member.user_id.clone()));
        professions.extend(members.iter().map(|member| member.profession));
        true
    });
    accounts.sort();
    accounts.dedup();
    if !age_assessments::are_accounts(tx, &permit, &accounts)? {
        return Err(Refusal::ReferenceUnknown { pointer: "/members" }.into());
    }
    let words = found.words.clone();
    let words = words.with(Some(members.clone()), |words, members| {
        words.panel = members;
        words.determination = None;
    });
    let change = InterestsChange {
        words: Some(words),
        panel: Some(professions),
        ..InterestsChange::default()
    };
    finish(tx, (permit, found), act, (&change, &["members"]))
}

/// Proposes what the panel determines.
///
/// # Errors
/// [`Refusal::Inconsistent`] for a solution that was not considered, [`Refusal::ImpossibleDate`],
/// [`Refusal::IllegalTransition`], [`Refusal::Stale`].
///
/// # Audit
/// `best-interests.propose-determination`
pub fn propose(
    tx: &mut Tx<'_>,
    to: &Target,
    proposal: &Proposal,
) -> Result<Audited<BestInterestsId>> {
    let act = InterestsAct::ProposeDetermination;
    let (permit, found) = begin::<ProposeDetermination>(tx, to, act)?;
    if !found.options.contains(&proposal.solution) {
        return Err(Refusal::Inconsistent { pointer: "/durable_solution" }.into());
    }
    if let Some(day) = proposal.review_on {
        dates::check_planned(day, tx.now()).map_err(|fault| fault.at("/review_on"))?;
    }
    let words = found.words.clone();
    let words =
        words.with(Some(proposal.reasons.clone()), |words, why| words.determination = Some(why));
    let (solution, review_on) = (proposal.solution, proposal.review_on);
    let change = InterestsChange {
        words: Some(words),
        proposed: Some(Some(Determination { solution, review_on })),
        ..InterestsChange::default()
    };
    finish(tx, (permit, found), act, (&change, &["durable_solution", "review_on", "reasons"]))
}

/// Approves what the panel proposed (R10). The day on which it is looked at again becomes a deadline.
///
/// # Errors
/// [`Refusal::SelfApproval`] for who assessed, proposed or sits on the panel,
/// [`Refusal::IllegalTransition`], [`Refusal::Stale`].
///
/// # Audit
/// `best-interests.approve`
pub fn approve(
    tx: &mut Tx<'_>,
    profile: &CountryProfile,
    to: &Target,
) -> Result<Audited<BestInterestsId>> {
    let act = InterestsAct::Approve;
    let (permit, found) = begin::<ApproveDetermination>(tx, to, act)?;
    let actor = tx.actor()?.clone();
    if found.is_party(&actor.user_id) {
        return Err(found.refused(Refusal::SelfApproval, &permit.row().facts, &actor));
    }
    if let Some(day) = found.review_on {
        start_clock(tx, profile, &to.case_id, day)?;
    }
    let change = InterestsChange { decided: true, ..InterestsChange::default() };
    finish(tx, (permit, found), act, (&change, &["decided_by"]))
}

fn start_clock(
    tx: &mut Tx<'_>,
    profile: &CountryProfile,
    case: &CaseId,
    day: NaiveDate,
) -> Result<()> {
    clocks::start(tx, case, REVIEW, Instant::from_utc(profile.calendar.end_of(day)))
}

/// Declines what was proposed: the panel looks again, or another one does.
///
/// # Errors
/// [`Refusal::IllegalTransition`], [`Refusal::Stale`].
///
/// # Audit
/// `best-interests.decline`
pub fn decline(tx: &mut Tx<'_>, to: &Target) -> Result<Audited<BestInterestsId>> {
    let act = InterestsAct::Decline;
    let begun = begin::<DeclineDetermination>(tx, to, act)?;
    let change = InterestsChange { proposed: Some(None), ..InterestsChange::default() };
    finish(tx, begun, act, (&change, &["durable_solution"]))
}

/// Asks to look at a determination again: until there is a new one, nothing rests on the old.
///
/// # Errors
/// [`Refusal::IllegalTransition`], [`Refusal::Stale`].
///
/// # Audit
/// `best-interests.review`
pub fn review(
    tx: &mut Tx<'_>,
    to: &Target,
    reason: &Sensitive<String>,
) -> Result<Audited<BestInterestsId>> {
    let act = InterestsAct::Review;
    let (permit, found) = begin::<ReviewDetermination>(tx, to, act)?;
    let words = found.words.clone();
    let words = words.with(Some(reason.clone()), |words, why| words.review = Some(why));
    let change =
        InterestsChange { words: Some(words), review_asked: true, ..InterestsChange::default() };
    clocks::meet(tx, &to.case_id, &[REVIEW])?;
    finish(tx, (permit, found), act, (&change, &["reason"]))
}
