//! Best-interests procedures: each belongs to a case and is reached through it.

mod writing;

use chrono::NaiveDate;
use diesel::prelude::*;
use refero_domain::{
    actor::Actor,
    age_assessment::PanelProfession,
    best_interests::{
        DurableSolution, InterestsAct, InterestsPurpose, InterestsStage, InterestsWords, ViewsHeard,
    },
    id::{BestInterestsId, BestInterestsKind, CaseId, Kind as _, PersonId, UserId},
    instant::Instant,
    machine::{Machine as _, State},
    policy::{self, Action, CaseFacts, Permit, ReadInterests},
    refusal::{Refusal, Standing},
    sensitive::Sensitive,
};

use crate::{
    age_assessments::Step,
    cases::expect_version,
    columns::{Json, day},
    error::{Error, Refused, Result},
    parts::parts_of_case,
    people::{Slot, unseal},
    schema::best_interests as interests,
    sealing::Place,
    unit::Reading,
};

pub use self::writing::{Determination, InterestsChange, NewInterests, insert, save};

const WORDS: Place = Place { table: "best_interests", column: "sealed" };

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = interests)]
struct Stored {
    id: BestInterestsId,
    case_id: CaseId,
    state: State<InterestsStage>,
    purpose: InterestsPurpose,
    assessed_on: String,
    heard: ViewsHeard,
    options: Json<Vec<DurableSolution>>,
    recommendation: DurableSolution,
    solution: Option<DurableSolution>,
    cannot_wait: bool,
    professions: Json<Vec<PanelProfession>>,
    review_on: Option<String>,
    sealed: Option<Vec<u8>>,
    panel_named_by: Option<UserId>,
    panel_named_at: Option<Instant>,
    proposed_by: Option<UserId>,
    proposed_at: Option<Instant>,
    decided_by: Option<UserId>,
    decided_at: Option<Instant>,
    review_asked_by: Option<UserId>,
    review_asked_at: Option<Instant>,
    created_by: UserId,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
}

/// A best-interests procedure.
#[derive(Debug)]
pub struct Interests {
    /// The procedure.
    pub id: BestInterestsId,
    /// The case it belongs to.
    pub case_id: CaseId,
    /// How far it got; changes through its machine only.
    pub state: State<InterestsStage>,
    /// What is in question.
    pub purpose: InterestsPurpose,
    /// The day of the assessment.
    pub assessed_on: NaiveDate,
    /// How the child was heard.
    pub heard: ViewsHeard,
    /// What was considered.
    pub options: Vec<DurableSolution>,
    /// What is recommended.
    pub recommendation: DurableSolution,
    /// What the panel determined, or proposes.
    pub solution: Option<DurableSolution>,
    /// Whether a separation cannot wait for the panel.
    pub cannot_wait: bool,
    /// The professions of the panel.
    pub professions: Vec<PanelProfession>,
    /// When it is looked at again.
    pub review_on: Option<NaiveDate>,
    /// What the child said, what was weighed and why.
    pub words: Sensitive<InterestsWords>,
    /// Who named the panel.
    pub panel_named: Step,
    /// Who proposed the determination.
    pub proposed: Step,
    /// Who approved it.
    pub decided: Step,
    /// Who asked to look at it again.
    pub review_asked: Step,
    /// Who assessed.
    pub created_by: UserId,
    /// For the ETag.
    pub version: i64,
    /// When the assessment was written down.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
}

impl Interests {
    /// Refuses to go on if somebody else was faster.
    ///
    /// # Errors
    /// [`Refusal::Stale`] with the present version.
    pub fn expect_version(&self, expected: Option<i64>) -> Result<()> {
        expect_version(self.version, expected)
    }

    /// Says whether somebody assessed, proposed or sits on the panel, and so is not the second person (R10).
    #[must_use]
    pub fn is_party(&self, user: &UserId) -> bool {
        self.created_by == *user
            || self.proposed.as_ref().is_some_and(|(by, _)| by == user)
            || self.words.check(|words| words.names(user))
    }

    /// Returns the moves that a caller could make now: nobody approves their own (R10).
    #[must_use]
    pub fn allowed_actions(&self, facts: &CaseFacts, actor: &Actor) -> Vec<&'static str> {
        if facts.state.is_ended() {
            return Vec::new();
        }
        let own = self.is_party(&actor.user_id);
        let acts = self.state.get().acts();
        let acts = acts.filter(|act| !(own && *act == InterestsAct::Approve));
        let acts = acts.map(InterestsAct::code);
        acts.filter(|act| policy::may(&format!("best-interests.{act}"), actor, facts)).collect()
    }

    /// Says how a refused act names this procedure in the answer and the trail.
    #[must_use]
    pub fn refused(&self, refusal: Refusal, facts: &CaseFacts, actor: &Actor) -> Error {
        Error::Refused(Box::new(Refused {
            refusal,
            standing: Some(Standing::Interests(self.state.get())),
            allowed_actions: self.allowed_actions(facts, actor),
            object: Some((BestInterestsKind::NAME, self.id.as_str().to_owned())),
            case_id: Some(self.case_id.clone()),
        }))
    }
}

fn slot<'s>(id: &'s BestInterestsId, person: &'s PersonId) -> Slot<'s> {
    Slot { place: WORDS, row: id.as_str(), person }
}

fn opened(reading: &mut Reading<'_>, stored: Stored, person: &PersonId) -> Result<Interests> {
    let words = match &stored.sealed {
        None => Sensitive::default(),
        Some(sealed) => unseal(reading, &slot(&stored.id, person), sealed)?,
    };
    Ok(Interests {
        words,
        assessed_on: day(&stored.assessed_on)?,
        review_on: stored.review_on.as_deref().map(day).transpose()?,
        options: stored.options.get()?,
        professions: stored.professions.get()?,
        panel_named: stored.panel_named_by.zip(stored.panel_named_at),
        proposed: stored.proposed_by.zip(stored.proposed_at),
        decided: stored.decided_by.zip(stored.decided_at),
        review_asked: stored.review_asked_by.zip(stored.review_asked_at),
        id: stored.id,
        case_id: stored.case_id,
        state: stored.state,
        purpose: stored.purpose,
        heard: stored.heard,
        recommendation: stored.recommendation,
        solution: stored.solution,
        cannot_wait: stored.cannot_wait,
        created_by: stored.created_by,
        version: stored.version,
        created_at: stored.created_at,
        updated_at: stored.updated_at,
    })
}

parts_of_case!(interests, BestInterestsId => Interests, ReadInterests);

/// Says whether the best interests of the child of a case were assessed for something.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn is_assessed<A: Action, R>(
    reading: &mut Reading<'_>,
    _permit: &Permit<A, R>,
    case: &CaseId,
    purposes: &[InterestsPurpose],
) -> Result<bool> {
    let found: i64 = interests::table
        .filter(interests::case_id.eq(case))
        .filter(interests::purpose.eq_any(purposes.to_vec()))
        .count()
        .get_result(reading.conn)?;
    Ok(found > 0)
}

/// Says whether a panel determined, and a second person approved, that a child is separated from a parent or
/// carer; or somebody assessed that this cannot wait.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn separation_is_founded<A: Action, R>(
    reading: &mut Reading<'_>,
    _permit: &Permit<A, R>,
    case: &CaseId,
) -> Result<bool> {
    let decided = interests::state.eq(InterestsStage::BidDecided);
    let found: i64 = interests::table
        .filter(interests::case_id.eq(case))
        .filter(interests::purpose.eq(InterestsPurpose::Separation))
        .filter(decided.or(interests::cannot_wait.eq(true)))
        .count()
        .get_result(reading.conn)?;
    Ok(found > 0)
}

/// Says whether a panel determined, and a second person approved, that the child of a case goes back.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn return_is_determined<A: Action, R>(
    reading: &mut Reading<'_>,
    _permit: &Permit<A, R>,
    case: &CaseId,
) -> Result<bool> {
    let found: i64 = interests::table
        .filter(interests::case_id.eq(case))
        .filter(interests::state.eq(InterestsStage::BidDecided))
        .filter(interests::solution.eq_any(DurableSolution::RETURNS.iter().map(|one| Some(*one))))
        .count()
        .get_result(reading.conn)?;
    Ok(found > 0)
}
