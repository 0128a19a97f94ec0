//! What is decided about the person of a case. A decision is reached through its case and never
//! rewritten: a review is a decision of its own, that names the one it is about.

mod writing;

use chrono::NaiveDate;
use diesel::prelude::*;
use refero_domain::{
    actor::Actor,
    case::IdentificationStage,
    id::{CaseId, IdentificationDecisionId, IdentificationDecisionKind, Kind, PersonId, UserId},
    identification::{
        DecisionAct, DecisionBodyType, DecisionKind, DecisionOutcome, DecisionState, DecisionWords,
        NoticeMode, ReviewAsker, ReviewGround, StageAct,
    },
    instant::Instant,
    machine::{Machine, State},
    policy::{
        self, Action, CreateDecision, Permit, RecordDecisionNotice, RequestDecisionReview,
        TakeBackDecision,
    },
    refusal::{Refusal, Standing},
    sensitive::Sensitive,
};

use crate::{
    cases::{CaseRow, expect_version},
    columns::day,
    error::{Error, Refused, Result},
    people::{Slot, unseal},
    rows::{RowLimit, Rows},
    schema::identification_decisions as decisions,
    sealing::Place,
    unit::Reading,
};

pub use self::writing::{NewDecision, Notice, insert, save_move, save_notice, save_review_request};

const WORDS: Place = Place { table: "identification_decisions", column: "sealed" };

/// A decision about the person of a case, as it is stored.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = decisions)]
pub struct Decision {
    /// The decision.
    pub id: IdentificationDecisionId,
    /// The case it belongs to.
    pub case_id: CaseId,
    /// The how-manieth of its case.
    pub number: i64,
    /// What was decided.
    pub kind: DecisionKind,
    /// How; nothing where the person declined.
    pub outcome: Option<DecisionOutcome>,
    /// The decision that a review is about.
    pub reviews_id: Option<IdentificationDecisionId>,
    /// The stage before it.
    pub stage_before: IdentificationStage,
    /// The stage that it led to.
    pub stage_after: IdentificationStage,
    /// What kind of body decided.
    pub body_type: Option<DecisionBodyType>,
    /// Which: a body of the country profile.
    pub body: Option<String>,
    /// A code of `standard_of_proof`.
    pub standard_of_proof: Option<String>,
    /// Whether the person was found before the exploitation began.
    pub intercepted: Option<bool>,
    /// The number of the certificate that the person has.
    pub certificate_number: Option<String>,
    sealed: Option<Vec<u8>>,
    decided_on: String,
    /// Who decided.
    pub decided_by: UserId,
    /// Where it stands; changes through its machine only.
    pub state: State<DecisionState>,
    /// In which language the person was told, as an ISO 639 code.
    pub notice_language: Option<String>,
    /// How.
    pub notice_mode: Option<NoticeMode>,
    /// Whether an interpreter helped.
    pub notice_interpreter: Option<bool>,
    notified_on: Option<String>,
    /// Who recorded that.
    pub notified_by: Option<UserId>,
    /// Why it is reviewed.
    pub review_ground: Option<ReviewGround>,
    /// Who asked for the review.
    pub review_asked_by: Option<ReviewAsker>,
    /// Who recorded that.
    pub review_requested_by: Option<UserId>,
    /// When.
    pub review_requested_at: Option<Instant>,
    /// For the ETag.
    pub version: i64,
    /// When it was recorded.
    pub created_at: Instant,
}

impl Decision {
    /// Returns the day of the decision.
    ///
    /// # Errors
    /// [`Error::Broken`] if what is stored is not what was written.
    pub fn decided_on(&self) -> Result<NaiveDate> {
        day(&self.decided_on)
    }

    /// Returns the day on which the person was told.
    ///
    /// # Errors
    /// [`Error::Broken`] if what is stored is not what was written.
    pub fn notified_on(&self) -> Result<Option<NaiveDate>> {
        self.notified_on.as_deref().map(day).transpose()
    }

    /// Refuses to go on if somebody else was faster.
    ///
    /// # Errors
    /// [`Refusal::Stale`] with the present version.
    pub fn expect_version(&self, expected: Option<i64>) -> Result<()> {
        expect_version(self.version, expected)
    }

    /// Says how a refused act names this decision.
    #[must_use]
    pub fn refused(&self, refusal: Refusal, allowed_actions: Vec<&'static str>) -> Error {
        Error::Refused(Box::new(Refused {
            refusal,
            standing: Some(Standing::Decision(self.state.get())),
            allowed_actions,
            object: Some((IdentificationDecisionKind::NAME, self.id.as_str().to_owned())),
            case_id: Some(self.case_id.clone()),
        }))
    }

    /// Says whether the person can still be told of it.
    #[must_use]
    pub const fn awaits_notice(&self) -> bool {
        self.outcome.is_some() && self.notified_on.is_none()
    }

    /// Returns what the caller could do with it now; `standing` is the number of the decision on which
    /// the stage rests.
    #[must_use]
    pub fn allowed_actions(
        &self,
        row: &CaseRow,
        actor: &Actor,
        standing: Option<i64>,
    ) -> Vec<&'static str> {
        let stage = row.case.identification_stage.get();
        let may = |action| policy::may(action, actor, &row.facts);
        let acts = |act| self.state.get().acts_include(act);
        let declined = self.kind == DecisionKind::Declined;
        [
            ("record-notice", self.awaits_notice() && may(RecordDecisionNotice::NAME)),
            (
                "request-review",
                acts(DecisionAct::RequestReview)
                    && Some(self.number) == standing
                    && stage.acts_include(StageAct::RequestReview)
                    && may(RequestDecisionReview::NAME),
            ),
            (
                "take-back",
                declined
                    && acts(DecisionAct::TakeBack)
                    && stage.acts_include(StageAct::TakeBack)
                    && may(TakeBackDecision::NAME),
            ),
        ]
        .into_iter()
        .filter_map(|(action, allowed)| allowed.then_some(action))
        .collect()
    }
}

fn slot<'s>(id: &'s IdentificationDecisionId, person: &'s PersonId) -> Slot<'s> {
    Slot { place: WORDS, row: id.as_str(), person }
}

/// Fetches a decision through its case. One of another case does not exist here.
///
/// # Errors
/// [`Refusal::NotFound`] if the case has no such decision.
pub fn find<A: Action>(
    reading: &mut Reading<'_>,
    permit: &Permit<A, CaseRow>,
    id: &IdentificationDecisionId,
) -> Result<Decision> {
    Ok(decisions::table
        .filter(decisions::id.eq(id))
        .filter(decisions::case_id.eq(&permit.row().case.id))
        .select(Decision::as_select())
        .first(reading.conn)?)
}

/// Opens what a decision holds in words; what comes out is still protected.
///
/// # Errors
/// [`Error::Broken`] if they do not open.
pub fn words<A: Action>(
    reading: &mut Reading<'_>,
    permit: &Permit<A, CaseRow>,
    decision: &Decision,
) -> Result<Sensitive<DecisionWords>> {
    let slot = slot(&decision.id, &permit.row().person.id);
    let sealed = decision.sealed.as_ref();
    Ok(sealed.map(|sealed| unseal(reading, &slot, sealed)).transpose()?.unwrap_or_default())
}

/// Lists the decisions of a case in the order in which they were made.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn page<A: Action>(
    reading: &mut Reading<'_>,
    permit: &Permit<A, CaseRow>,
    after: Option<i64>,
    limit: RowLimit,
) -> Result<Rows<Decision>> {
    let found = decisions::table
        .filter(decisions::case_id.eq(&permit.row().case.id))
        .filter(decisions::number.gt(after.unwrap_or(0)))
        .order(decisions::number)
        .limit(limit.one_more())
        .select(Decision::as_select())
        .load(reading.conn)?;
    Ok(limit.cut(found))
}

/// Returns the number of the decision on which the present stage of a case rests, if it rests on one
/// and not on a screening.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn standing<A: Action>(
    reading: &mut Reading<'_>,
    permit: &Permit<A, CaseRow>,
) -> Result<Option<i64>> {
    let case = &permit.row().case;
    let last: Option<(i64, IdentificationStage)> = decisions::table
        .filter(decisions::case_id.eq(&case.id))
        .filter(decisions::outcome.is_not_null())
        .order(decisions::number.desc())
        .select((decisions::number, decisions::stage_after))
        .first(reading.conn)
        .optional()?;
    let stage = case.identification_stage.get();
    Ok(last.filter(|(_, after)| *after == stage).map(|(number, _)| number))
}

/// Names everybody who has decided a question before: whoever made a decision, and whoever made those
/// that it is a review of.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn decided_before(
    reading: &mut Reading<'_>,
    permit: &Permit<CreateDecision, CaseRow>,
    decision: &Decision,
) -> Result<Vec<UserId>> {
    let mut deciders = vec![decision.decided_by.clone()];
    let mut earlier = decision.reviews_id.clone();
    while let Some(id) = earlier {
        let reviewed = find(reading, permit, &id)?;
        deciders.push(reviewed.decided_by);
        earlier = reviewed.reviews_id;
    }
    Ok(deciders)
}

/// Says whether a certificate bears this number already, whosever it is.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn certificate_is_taken(
    reading: &mut Reading<'_>,
    _permit: &Permit<CreateDecision, CaseRow>,
    number: &str,
    but: Option<&IdentificationDecisionId>,
) -> Result<bool> {
    let found: Vec<IdentificationDecisionId> = decisions::table
        .filter(decisions::certificate_number.eq(number))
        .filter(decisions::state.ne(DecisionState::Replaced))
        .select(decisions::id)
        .load(reading.conn)?;
    Ok(found.iter().any(|id| Some(id) != but))
}
