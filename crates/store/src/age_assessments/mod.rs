//! Age assessments: each belongs to a case and is reached through it.

mod writing;

use diesel::prelude::*;
use refero_domain::{
    actor::Actor,
    age::AgeStatus,
    age_assessment::{
        AgeDoubtReason, AgeMethod, AgeRange, AssessmentAct, AssessmentConsent, AssessmentState,
        AssessmentWords, MedicalFindings, PanelProfession,
    },
    id::{AgeAssessmentId, AgeAssessmentKind, CaseId, Kind, PersonId, UserId},
    instant::Instant,
    machine::{Machine, State},
    policy::{self, Action, CaseFacts, Permit, ReadAgeAssessment},
    refusal::{Refusal, Standing},
    sensitive::Sensitive,
};

use crate::{
    cases::{self, Case, CaseRow, expect_version},
    columns::Json,
    error::{Error, Refused, Result},
    people::{Person, Slot, unseal},
    rows::{RowLimit, Rows, newest_first},
    schema::{age_assessments as assessments, cases as case_table, people, users},
    sealing::Place,
    unit::Reading,
};

pub use self::writing::{AssessmentChange, Decision, NewAssessment, insert, save, set_age};

const WORDS: Place = Place { table: "age_assessments", column: "sealed" };
const REASONS: Place = Place { table: "age_assessments", column: "reasons" };
const FINDINGS: Place = Place { table: "age_assessments", column: "findings" };

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = assessments)]
struct Stored {
    id: AgeAssessmentId,
    case_id: CaseId,
    state: State<AssessmentState>,
    reason: AgeDoubtReason,
    status_before: AgeStatus,
    professions: Json<Vec<PanelProfession>>,
    consent: Option<AssessmentConsent>,
    methods: Json<Vec<AgeMethod>>,
    age_from: Option<i64>,
    age_to: Option<i64>,
    margin_of_error: Option<i64>,
    age_of_majority: Option<i64>,
    outcome: Option<AgeStatus>,
    sealed: Option<Vec<u8>>,
    reasons: Option<Vec<u8>>,
    findings: Option<Vec<u8>>,
    panel_named_by: Option<UserId>,
    panel_named_at: Option<Instant>,
    proposed_by: Option<UserId>,
    proposed_at: Option<Instant>,
    decided_by: Option<UserId>,
    decided_at: Option<Instant>,
    contested_by: Option<UserId>,
    contested_at: Option<Instant>,
    contested_for_person: Option<bool>,
    withdrawal_requested_by: Option<UserId>,
    withdrawal_requested_at: Option<Instant>,
    created_by: UserId,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
}

/// Somebody did something, and when.
pub type Step = Option<(UserId, Instant)>;

/// An age assessment.
#[derive(Debug)]
pub struct AgeAssessment {
    /// The assessment.
    pub id: AgeAssessmentId,
    /// The case it belongs to.
    pub case_id: CaseId,
    /// Where it stands; changes through its machine only.
    pub state: State<AssessmentState>,
    /// Why the age is doubted, as a code.
    pub reason: AgeDoubtReason,
    /// What was known about the age before.
    pub status_before: AgeStatus,
    /// The professions of the panel.
    pub professions: Vec<PanelProfession>,
    /// What the person said to being assessed.
    pub consent: Option<AssessmentConsent>,
    /// By what means the panel looked, examinations of the body left out.
    pub methods: Vec<AgeMethod>,
    /// What the panel found.
    pub range: Option<AgeRange>,
    /// The age of majority by which that was judged.
    pub age_of_majority: Option<u8>,
    /// What follows from it.
    pub outcome: Option<AgeStatus>,
    /// What people said, and who sits on the panel.
    pub words: Sensitive<AssessmentWords>,
    /// The reasons of the decision.
    pub reasons: Sensitive<Option<String>>,
    /// What examinations of the body found.
    pub findings: Sensitive<MedicalFindings>,
    /// Whether there were any.
    pub has_findings: bool,
    /// Who named the panel.
    pub panel_named: Step,
    /// Who proposed the decision.
    pub proposed: Step,
    /// Who approved it.
    pub decided: Step,
    /// Who contested it.
    pub contested: Step,
    /// Whether that was on behalf of the person.
    pub contested_for_person: Option<bool>,
    /// Who asks to withdraw the doubt (R10).
    pub withdrawal_requested: Step,
    /// Who doubted.
    pub created_by: UserId,
    /// For the ETag.
    pub version: i64,
    /// When the doubt was recorded.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
}

impl AgeAssessment {
    /// Says whether somebody doubted, contested, proposed, or sits on the panel, and so is not the
    /// second person (R10).
    #[must_use]
    pub fn is_party(&self, user: &UserId) -> bool {
        let did = |step: &Step| step.as_ref().is_some_and(|(by, _)| by == user);
        self.created_by == *user
            || did(&self.contested)
            || did(&self.proposed)
            || self.words.check(|words| words.names(user))
    }

    /// Says whether somebody asked to withdraw the doubt.
    #[must_use]
    pub fn asked_to_withdraw(&self, user: &UserId) -> bool {
        self.withdrawal_requested.as_ref().is_some_and(|(by, _)| by == user)
    }
}

/// An assessment with its case, and the facts on which access was decided.
#[derive(Debug)]
pub struct AssessmentRow {
    /// The assessment.
    pub assessment: AgeAssessment,
    /// The case.
    pub case: Case,
    /// The person, in codes.
    pub person: Person,
    /// The facts, for `allowed_actions`.
    pub facts: CaseFacts,
}

impl AssessmentRow {
    /// Refuses to go on if somebody else was faster.
    ///
    /// # Errors
    /// [`Refusal::Stale`] with the present version.
    pub fn expect_version(&self, expected: Option<i64>) -> Result<()> {
        expect_version(self.assessment.version, expected)
    }

    /// Says how a refused act names this assessment.
    #[must_use]
    pub fn refused(&self, refusal: Refusal, actor: &Actor) -> Error {
        Error::Refused(Box::new(Refused {
            refusal,
            standing: Some(Standing::AgeAssessment(self.assessment.state.get())),
            allowed_actions: allowed_actions(&self.assessment, &self.facts, actor),
            object: Some((AgeAssessmentKind::NAME, self.assessment.id.as_str().to_owned())),
            case_id: Some(self.assessment.case_id.clone()),
        }))
    }
}

/// Returns the moves that a caller could make with an assessment now: nobody approves their own (R10).
#[must_use]
pub fn allowed_actions(
    assessment: &AgeAssessment,
    facts: &CaseFacts,
    actor: &Actor,
) -> Vec<&'static str> {
    if facts.state.is_ended() {
        return Vec::new();
    }
    let is_own = |act: &AssessmentAct| match act {
        AssessmentAct::Approve => assessment.is_party(&actor.user_id),
        AssessmentAct::Withdraw => assessment.asked_to_withdraw(&actor.user_id),
        AssessmentAct::NamePanel
        | AssessmentAct::ProposeDecision
        | AssessmentAct::Decline
        | AssessmentAct::Contest => false,
    };
    let acts = assessment.state.get().acts().filter(|act| !is_own(act)).map(AssessmentAct::code);
    acts.filter(|act| policy::may(&format!("age-assessment.{act}"), actor, facts)).collect()
}

fn denied(refusal: Refusal, id: &AgeAssessmentId) -> Error {
    Error::Refused(Box::new(Refused {
        refusal,
        standing: None,
        allowed_actions: Vec::new(),
        object: Some((AgeAssessmentKind::NAME, id.as_str().to_owned())),
        case_id: None,
    }))
}

/// Fetches an assessment of a case for an action. One of another case does not exist here.
///
/// # Errors
/// [`Refusal::NotFound`] if it is not there or may not be known, [`Refusal::NotPermitted`] if it may
/// be seen but this may not be done.
pub fn fetch<A: Action>(
    reading: &mut Reading<'_>,
    case_id: &CaseId,
    id: &AgeAssessmentId,
) -> Result<Permit<A, AssessmentRow>> {
    let actor = reading.actor()?.clone();
    let found: Option<(Stored, Case, Person)> = assessments::table
        .inner_join(case_table::table.inner_join(people::table))
        .filter(assessments::id.eq(id))
        .filter(assessments::case_id.eq(case_id))
        .select((Stored::as_select(), Case::as_select(), Person::as_select()))
        .first(reading.conn)
        .optional()?;
    let (stored, case, person) = found.ok_or_else(|| denied(Refusal::NotFound, id))?;
    let facts = cases::facts(reading.conn, &actor, &case)?;
    // Access is decided before anything is opened.
    policy::decide::<A, _>(&actor, &facts, ())
        .map_err(|denial| denied(Error::from(denial).refusal().unwrap_or(Refusal::NotFound), id))?;
    let assessment = opened(reading, stored, &person.id)?;
    let row = AssessmentRow { assessment, case, person, facts: facts.clone() };
    policy::decide::<A, _>(&actor, &facts, row).map_err(Error::from)
}

fn opened(reading: &mut Reading<'_>, stored: Stored, person: &PersonId) -> Result<AgeAssessment> {
    let row = stored.id.as_str();
    let slot = |place| Slot { place, row, person };
    let words = match &stored.sealed {
        None => Sensitive::default(),
        Some(sealed) => unseal(reading, &slot(WORDS), sealed)?,
    };
    let reasons = match &stored.reasons {
        None => Sensitive::default(),
        Some(sealed) => unseal(reading, &slot(REASONS), sealed)?,
    };
    let findings = match &stored.findings {
        None => Sensitive::default(),
        Some(sealed) => unseal(reading, &slot(FINDINGS), sealed)?,
    };
    let years = |value: Option<i64>| value.and_then(|years| u8::try_from(years).ok());
    let range = years(stored.age_from).zip(years(stored.age_to)).zip(years(stored.margin_of_error));
    let range = range.map(|((from, to), margin)| AgeRange::new(from, to, margin)).transpose();
    Ok(AgeAssessment {
        words,
        reasons,
        findings,
        has_findings: stored.findings.is_some(),
        professions: stored.professions.get()?,
        methods: stored.methods.get()?,
        range: range.map_err(|_| Error::broken("a stored range of ages cannot be"))?,
        age_of_majority: years(stored.age_of_majority),
        panel_named: stored.panel_named_by.zip(stored.panel_named_at),
        proposed: stored.proposed_by.zip(stored.proposed_at),
        decided: stored.decided_by.zip(stored.decided_at),
        contested: stored.contested_by.zip(stored.contested_at),
        withdrawal_requested: stored.withdrawal_requested_by.zip(stored.withdrawal_requested_at),
        id: stored.id,
        case_id: stored.case_id,
        state: stored.state,
        reason: stored.reason,
        status_before: stored.status_before,
        consent: stored.consent,
        outcome: stored.outcome,
        contested_for_person: stored.contested_for_person,
        created_by: stored.created_by,
        version: stored.version,
        created_at: stored.created_at,
        updated_at: stored.updated_at,
    })
}

/// Lists the assessments of a case that a permit opened, the newest first.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn page(
    reading: &mut Reading<'_>,
    permit: &Permit<ReadAgeAssessment, CaseRow>,
    after: Option<(Instant, AgeAssessmentId)>,
    limit: RowLimit,
) -> Result<Rows<AgeAssessment>> {
    let case = permit.row();
    let query = assessments::table
        .filter(assessments::case_id.eq(&case.case.id))
        .select(Stored::as_select())
        .into_boxed();
    let rows: Vec<Stored> =
        newest_first!(query, (assessments::created_at, assessments::id), after, limit)
            .load(reading.conn)?;
    limit.cut(rows).try_map(|stored| opened(reading, stored, &case.person.id))
}

/// Finds the newest assessment of a case whose doubt was not withdrawn: the one that counts.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn newest<A: Action, R>(
    reading: &mut Reading<'_>,
    _permit: &Permit<A, R>,
    case_id: &CaseId,
) -> Result<Option<(AgeAssessmentId, AssessmentState)>> {
    let found: Option<(AgeAssessmentId, State<AssessmentState>)> = assessments::table
        .filter(assessments::case_id.eq(case_id))
        .filter(assessments::state.ne(AssessmentState::Withdrawn))
        .order((assessments::created_at.desc(), assessments::id.desc()))
        .select((assessments::id, assessments::state))
        .first(reading.conn)
        .optional()?;
    Ok(found.map(|(id, state)| (id, state.get())))
}

/// Says whether every account is there, for those who are to sit on a panel.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn are_accounts<A: Action, R>(
    reading: &mut Reading<'_>,
    _permit: &Permit<A, R>,
    ids: &[UserId],
) -> Result<bool> {
    if ids.is_empty() {
        return Ok(true);
    }
    let found: i64 = users::table
        .filter(users::id.eq_any(ids.to_vec()))
        .filter(users::state.eq("active"))
        .count()
        .get_result(reading.conn)?;
    Ok(usize::try_from(found).is_ok_and(|found| found == ids.len()))
}
