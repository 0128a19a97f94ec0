//! Who decides what, about whom, and when.

use refero_domain::{
    case::{CaseStatus, IdentificationStage},
    dates,
    event::{Event, Operation},
    id::{CaseId, IdentificationDecisionId},
    identification::{
        DecisionAct, DecisionBodyType, DecisionKind, DecisionOutcome, DecisionWords, Question,
        StageAct,
    },
    policy::{self, Action, CreateDecision, Permit, Relation},
    profile::CountryProfile,
    refusal::Refusal,
    sensitive::Sensitive,
};
use refero_store::{
    Result,
    cases::{self, CaseRow},
    clocks,
    identification::{self, Decision, NewDecision},
    unit::{Audited, Tx},
};

use super::{PRESUMPTION, Told, move_stage, open};
use crate::service::already_known;

/// A decision as somebody makes it.
#[derive(Debug, Clone)]
pub struct Ruling {
    /// The identifier that the client chose.
    pub id: Option<IdentificationDecisionId>,
    /// What is decided.
    pub kind: DecisionKind,
    /// How; nothing where the person declines.
    pub outcome: Option<DecisionOutcome>,
    /// The decision that is reviewed.
    pub reviews_id: Option<IdentificationDecisionId>,
    /// What kind of body decides.
    pub body_type: Option<DecisionBodyType>,
    /// Which: a body of the country profile. May be absent where there is one only.
    pub body: Option<String>,
    /// A code of `standard_of_proof`.
    pub standard_of_proof: Option<String>,
    /// Whether the person was found before the exploitation began.
    pub intercepted: Option<bool>,
    /// The number of the certificate that the person gets.
    pub certificate_number: Option<String>,
    /// Why, by what law, on what it rests.
    pub words: Sensitive<DecisionWords>,
    /// On which day.
    pub decided_on: chrono::NaiveDate,
}

impl Ruling {
    fn says_the_same_as(&self, told: &Told) -> Result<bool> {
        let Told { decision, words, .. } = told;
        Ok(decision.kind == self.kind
            && decision.outcome == self.outcome
            && decision.reviews_id == self.reviews_id
            && decision.body_type == self.body_type
            && (self.body.is_none() || decision.body == self.body)
            && decision.standard_of_proof == self.standard_of_proof
            && decision.intercepted == self.intercepted
            && decision.certificate_number == self.certificate_number
            && decision.decided_on()? == self.decided_on
            && *words == self.words)
    }
}

/// Decides about the person of a case: the stage moves, and the work on the case stays where it is. The
/// same decision again under the client's own identifier is the same decision.
///
/// # Errors
/// [`Refusal::NotPermitted`] if that is another body's to decide, [`Refusal::SelfApproval`] for a review
/// of one's own decision (R10), [`Refusal::IllegalTransition`] if the stage does not allow it,
/// [`Refusal::CaseStateDoesNotAllow`] if the case has ended, [`Refusal::ReferenceUnknown`] for a body
/// that the country does not name, [`Refusal::ImpossibleDate`], [`Refusal::IdTaken`].
///
/// # Audit
/// `identification-decision.create`, once for the decision, once for the case and once for the decision
/// that it replaces.
pub fn create(
    tx: &mut Tx<'_>,
    case: &CaseId,
    ruling: &Ruling,
    profile: &CountryProfile,
) -> Result<Audited<IdentificationDecisionId>> {
    let permit = cases::fetch::<CreateDecision>(tx, case)?;
    if let Some(id) = &ruling.id {
        let by = tx.actor()?.user_id.clone();
        let known = already_known(open(tx, case, id), |(_, _, told)| {
            Ok(told.decision.decided_by == by && ruling.says_the_same_as(told)?)
        })?;
        if let Some((event, ..)) = known {
            return tx.record(&event, id.clone());
        }
    }
    let reviewed = reviewed(tx, &permit, ruling)?;
    let question = question(ruling, reviewed.as_ref())?;
    expect_office(tx, &permit, ruling.kind, question)?;
    expect_takes_decisions(tx, &permit, ruling.kind)?;
    expect_another(tx, &permit, reviewed.as_ref())?;
    expect_news(tx, &permit, ruling)?;
    let id = ruling.id.clone().unwrap_or_else(|| tx.new_id());
    let new = settled(tx, &permit, ruling, (&id, question), profile)?;
    let actor = tx.actor()?.clone();
    let illegal = permit.row().refused_at_stage(Refusal::IllegalTransition, &actor);
    let (row, permit) = permit.into_parts();
    let before = row.case.before();
    let (act, to) = aim(ruling, question);
    let moved = row.case.identification_stage.step_to(act, to).map_err(|_| illegal)?;
    if let Some(reviewed) = reviewed {
        replace(tx, &permit, reviewed)?;
    }
    identification::insert(tx, &permit, (case, &row.person.id), &new, &moved)?;
    clocks::meet(tx, case, &[PRESUMPTION])?;
    move_stage(tx, &permit, (case, &before), &moved)?;
    let event = Event::under(Operation::Create, &permit).on(&id, 1).in_case(case).fields([
        "kind",
        "outcome",
        "body_type",
        "body",
        "standard_of_proof",
        "intercepted",
        "certificate_number",
        "reasons",
        "decided_on",
    ]);
    tx.record(&event, id)
}

/// Finds the decision that a review is about.
fn reviewed(
    tx: &mut Tx<'_>,
    permit: &Permit<CreateDecision, CaseRow>,
    ruling: &Ruling,
) -> Result<Option<Decision>> {
    let Some(id) = &ruling.reviews_id else { return Ok(None) };
    match identification::find(tx, permit, id) {
        Err(error) if error.refusal() == Some(Refusal::NotFound) => {
            Err(Refusal::ReferenceUnknown { pointer: "/reviews_id" }.into())
        }
        found => found.map(Some),
    }
}

/// Returns the question that is decided; none where the person declines.
fn question(ruling: &Ruling, reviewed: Option<&Decision>) -> Result<Option<Question>> {
    let inconsistent = Refusal::Inconsistent { pointer: "/reviews_id" };
    Ok(match ruling.kind {
        DecisionKind::Presumption => Some(Question::Presumption),
        DecisionKind::FormalIdentification => Some(Question::Identification),
        DecisionKind::Review => {
            let answer = reviewed.and_then(|decision| Question::answered_by(decision.stage_after));
            Some(answer.ok_or(inconsistent)?)
        }
        DecisionKind::Declined => None,
    })
}

/// Returns by which act to which stage a decision leads.
fn aim(ruling: &Ruling, question: Option<Question>) -> (StageAct, IdentificationStage) {
    let act = match ruling.kind {
        DecisionKind::Presumption => StageAct::Presume,
        DecisionKind::FormalIdentification => StageAct::Identify,
        DecisionKind::Review => StageAct::Review,
        DecisionKind::Declined => StageAct::Decline,
    };
    let to = question.zip(ruling.outcome).map(|(question, outcome)| question.leads_to(outcome));
    (act, to.unwrap_or(IdentificationStage::DeclinedIdentification))
}

/// The presumption is the bureau's, the identification the body's; what the bureau presumed is reviewed
/// by its supervisor or by the body.
fn expect_office(
    tx: &Tx<'_>,
    permit: &Permit<CreateDecision, CaseRow>,
    kind: DecisionKind,
    question: Option<Question>,
) -> Result<()> {
    let offices: &[Relation] = match (kind, question) {
        (DecisionKind::Presumption | DecisionKind::Declined, _) => {
            &[Relation::Coordinating, Relation::InArea]
        }
        (DecisionKind::Review, Some(Question::Presumption)) => {
            &[Relation::InArea, Relation::BeforeTheBody]
        }
        (DecisionKind::FormalIdentification | DecisionKind::Review, _) => {
            &[Relation::BeforeTheBody]
        }
    };
    let actor = tx.actor()?;
    let held = policy::relations(CreateDecision::NAME, actor, &permit.row().facts)
        .any(|relation| offices.contains(&relation));
    if held { Ok(()) } else { Err(permit.row().refused(Refusal::NotPermitted, actor)) }
}

/// What the body decides may come after the work has ended: a decision that is late is a decision.
fn expect_takes_decisions(
    tx: &Tx<'_>,
    permit: &Permit<CreateDecision, CaseRow>,
    kind: DecisionKind,
) -> Result<()> {
    let state = permit.row().case.state.get();
    let is_late = matches!(kind, DecisionKind::FormalIdentification | DecisionKind::Review);
    if state == CaseStatus::MergedDuplicate || (state.is_ended() && !is_late) {
        return Err(permit.row().refused(Refusal::CaseStateDoesNotAllow, tx.actor()?));
    }
    Ok(())
}

/// Nobody reviews what they decided themselves, nor a review of it (R10).
fn expect_another(
    tx: &mut Tx<'_>,
    permit: &Permit<CreateDecision, CaseRow>,
    reviewed: Option<&Decision>,
) -> Result<()> {
    let Some(reviewed) = reviewed else { return Ok(()) };
    let deciders = identification::decided_before(tx, permit, reviewed)?;
    let actor = tx.actor()?;
    if deciders.contains(&actor.user_id) {
        return Err(permit.row().refused(Refusal::SelfApproval, actor));
    }
    Ok(())
}

/// A presumption that a screening came to may be written down as a decision, once.
fn expect_news(
    tx: &mut Tx<'_>,
    permit: &Permit<CreateDecision, CaseRow>,
    ruling: &Ruling,
) -> Result<()> {
    let stage = permit.row().case.identification_stage.get();
    let again = ruling.kind == DecisionKind::Presumption
        && stage == IdentificationStage::PresumedVictim
        && identification::standing(tx, permit)?.is_some();
    if again {
        return Err(permit.row().refused_at_stage(Refusal::IllegalTransition, tx.actor()?));
    }
    Ok(())
}

/// Judges what is said in a decision.
fn settled(
    tx: &mut Tx<'_>,
    permit: &Permit<CreateDecision, CaseRow>,
    ruling: &Ruling,
    (id, question): (&IdentificationDecisionId, Option<Question>),
    profile: &CountryProfile,
) -> Result<NewDecision> {
    dates::check_past(ruling.decided_on, tx.now()).map_err(|fault| fault.at("/decided_on"))?;
    let body = body(ruling, question, profile)?;
    if let Some(number) = &ruling.certificate_number {
        let earlier = ruling.reviews_id.as_ref();
        let wrong = question != Some(Question::Identification)
            || identification::certificate_is_taken(tx, permit, number, earlier)?;
        if wrong {
            return Err(Refusal::Inconsistent { pointer: "/certificate_number" }.into());
        }
    }
    Ok(NewDecision {
        id: id.clone(),
        kind: ruling.kind,
        outcome: ruling.outcome,
        reviews_id: ruling.reviews_id.clone(),
        body_type: ruling.body_type,
        body,
        standard_of_proof: ruling.standard_of_proof.clone(),
        intercepted: ruling.intercepted,
        certificate_number: ruling.certificate_number.clone(),
        words: ruling.words.clone(),
        decided_on: ruling.decided_on,
    })
}

/// Finds the body among those that the country names for the question (R19).
fn body(
    ruling: &Ruling,
    question: Option<Question>,
    profile: &CountryProfile,
) -> Result<Option<String>> {
    let bureau = &profile.coordinating_body;
    let identifying = profile.identifying_bodies.iter();
    let named: Vec<&str> = match (ruling.kind, question) {
        (_, None) => return Ok(None),
        (DecisionKind::Review, Some(Question::Presumption)) => {
            std::iter::once(bureau).chain(identifying).map(|body| body.name.as_str()).collect()
        }
        (_, Some(Question::Presumption)) => vec![bureau.name.as_str()],
        (_, Some(Question::Identification)) => identifying.map(|body| body.name.as_str()).collect(),
    };
    match (&ruling.body, named.as_slice()) {
        (Some(body), named) if named.contains(&body.as_str()) => Ok(Some(body.clone())),
        (Some(_), _) => Err(Refusal::ReferenceUnknown { pointer: "/body" }.into()),
        (None, [only]) => Ok(Some((*only).to_owned())),
        (None, _) => Err(Refusal::Incomplete { pointer: "/body" }.into()),
    }
}

/// Takes its force from a decision that was under review.
fn replace(tx: &mut Tx<'_>, permit: &Permit<CreateDecision, ()>, reviewed: Decision) -> Result<()> {
    let illegal = reviewed.refused(Refusal::IllegalTransition, Vec::new());
    let Decision { id, case_id, state, version, .. } = reviewed;
    let moved = state.step(DecisionAct::Review).map_err(|_| illegal)?;
    let version = identification::save_move(tx, permit, (&case_id, &id, version), &moved)?;
    let event = Event::under(Operation::Update, permit)
        .on(&id, version)
        .in_case(&case_id)
        .fields(["state"]);
    tx.note(&event)
}
