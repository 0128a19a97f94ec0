//! Recording a doubt, and what moves an assessment on.

use diesel::prelude::*;
use refero_domain::{
    age::AgeStatus,
    age_assessment::{
        AgeDoubtReason, AgeMethod, AgeRange, AssessmentConsent, AssessmentState, AssessmentWords,
        MedicalFindings, PanelProfession,
    },
    id::{AgeAssessmentId, UserId},
    instant::Instant,
    machine::{Machine, Moved},
    policy::{Action, Changes, CreateAgeAssessment, Permit},
    refusal::Refusal,
    sensitive::Sensitive,
};
use serde::Serialize;

use super::{AgeAssessment, FINDINGS, REASONS, WORDS};
use crate::{
    cases::{self, Case, CaseChange, CaseRow},
    columns::Json,
    error::Result,
    people::{self, Person, PersonFacts, Slot, keep_revision, seal},
    schema::age_assessments as assessments,
    unit::Tx,
};

/// A doubt that is recorded.
#[derive(Debug)]
pub struct NewAssessment {
    /// The assessment.
    pub id: AgeAssessmentId,
    /// Why, as a code.
    pub reason: AgeDoubtReason,
    /// Why, in words.
    pub words: Sensitive<AssessmentWords>,
}

/// Records a doubt about the age of the person of a case.
///
/// # Errors
/// [`Refusal::IdTaken`] if the identifier is in use.
pub fn insert(
    tx: &mut Tx<'_>,
    permit: &Permit<CreateAgeAssessment, CaseRow>,
    new: &NewAssessment,
) -> Result<()> {
    let CaseRow { case, person, .. } = permit.row();
    tx.changes(&case.id);
    let slot = Slot { place: WORDS, row: new.id.as_str(), person: &person.id };
    let sealed = seal(tx, slot, &new.words)?;
    let by = tx.actor()?.user_id.clone();
    let now = tx.now();
    diesel::insert_into(assessments::table)
        .values((
            assessments::id.eq(&new.id),
            assessments::case_id.eq(&case.id),
            assessments::state.eq(AssessmentState::INITIAL),
            assessments::reason.eq(new.reason),
            assessments::status_before.eq(person.age_status),
            assessments::professions.eq(Json::<Vec<PanelProfession>>::of(&Vec::new())?),
            assessments::methods.eq(Json::<Vec<AgeMethod>>::of(&Vec::new())?),
            assessments::sealed.eq(Some(sealed)),
            assessments::created_by.eq(by),
            assessments::version.eq(1),
            assessments::created_at.eq(now),
            assessments::updated_at.eq(now),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// What changes about an assessment beside its state. Absent members stay.
#[derive(Debug, Default)]
pub struct AssessmentChange {
    /// What people said, all of it.
    pub words: Option<Sensitive<AssessmentWords>>,
    /// The panel's professions, and what the person said to being assessed.
    pub panel: Option<(Vec<PanelProfession>, AssessmentConsent)>,
    /// What is proposed.
    pub decision: Option<Decision>,
    /// Whether it is approved now.
    pub decided: bool,
    /// Whether it is contested now, and if so, on behalf of the person.
    pub contested: Option<bool>,
    /// Whether somebody asks to withdraw the doubt now.
    pub withdrawal_requested: bool,
}

/// What a panel found, and what follows from it.
#[derive(Debug)]
pub struct Decision {
    /// By what means, examinations of the body left out.
    pub methods: Vec<AgeMethod>,
    /// What was found.
    pub range: AgeRange,
    /// The age of majority by which it is judged.
    pub age_of_majority: u8,
    /// What follows.
    pub outcome: AgeStatus,
    /// Why.
    pub reasons: Sensitive<Option<String>>,
    /// What examinations of the body found, if there were any.
    pub findings: Option<Sensitive<MedicalFindings>>,
}

#[derive(Default, AsChangeset)]
#[diesel(table_name = assessments)]
struct Set {
    professions: Option<Json<Vec<PanelProfession>>>,
    consent: Option<AssessmentConsent>,
    methods: Option<Json<Vec<AgeMethod>>>,
    age_from: Option<i64>,
    age_to: Option<i64>,
    margin_of_error: Option<i64>,
    age_of_majority: Option<i64>,
    outcome: Option<AgeStatus>,
    sealed: Option<Vec<u8>>,
    reasons: Option<Vec<u8>>,
    findings: Option<Option<Vec<u8>>>,
    panel_named_by: Option<UserId>,
    panel_named_at: Option<Instant>,
    proposed_by: Option<UserId>,
    proposed_at: Option<Instant>,
    decided_by: Option<Option<UserId>>,
    decided_at: Option<Option<Instant>>,
    contested_by: Option<UserId>,
    contested_at: Option<Instant>,
    contested_for_person: Option<bool>,
    withdrawal_requested_by: Option<Option<UserId>>,
    withdrawal_requested_at: Option<Option<Instant>>,
}

/// What a later panel or decision replaces, for the history (R13).
#[derive(Clone, Serialize)]
struct Earlier {
    professions: Vec<PanelProfession>,
    consent: Option<AssessmentConsent>,
    methods: Vec<AgeMethod>,
    range: Option<AgeRange>,
    outcome: Option<AgeStatus>,
    decided_by: Option<UserId>,
    decided_at: Option<Instant>,
}

impl AssessmentChange {
    /// Says whether something takes the place of what somebody once said.
    fn replaces(&self, before: &AgeAssessment) -> bool {
        (self.panel.is_some() && before.panel_named.is_some())
            || (self.decision.is_some() && before.proposed.is_some())
            || (self.contested.is_some() && before.contested.is_some())
    }

    /// Puts into columns what is changed, by whom and when.
    fn set(&self, tx: &mut Tx<'_>, (id, person): (&AgeAssessmentId, &Person)) -> Result<Set> {
        let (by, now) = (tx.actor()?.user_id.clone(), tx.now());
        let slot = |place| Slot { place, row: id.as_str(), person: &person.id };
        let mut set = Set::default();
        if let Some(words) = &self.words {
            set.sealed = Some(seal(tx, slot(WORDS), words)?);
        }
        if let Some((professions, consent)) = &self.panel {
            set.professions = Some(Json::of(professions)?);
            set.consent = Some(*consent);
            (set.panel_named_by, set.panel_named_at) = (Some(by.clone()), Some(now));
            // Whoever names a panel does not hold the doubt for an error.
            (set.withdrawal_requested_by, set.withdrawal_requested_at) = (Some(None), Some(None));
        }
        if let Some(decision) = &self.decision {
            let findings = decision.findings.as_ref();
            set.methods = Some(Json::of(&decision.methods)?);
            set.age_from = Some(i64::from(decision.range.least()));
            set.age_to = Some(i64::from(decision.range.greatest()));
            set.margin_of_error = Some(i64::from(decision.range.margin()));
            set.age_of_majority = Some(i64::from(decision.age_of_majority));
            set.outcome = Some(decision.outcome);
            set.reasons = Some(seal(tx, slot(REASONS), &decision.reasons)?);
            set.findings = Some(findings.map(|found| seal(tx, slot(FINDINGS), found)).transpose()?);
            (set.proposed_by, set.proposed_at) = (Some(by.clone()), Some(now));
            (set.decided_by, set.decided_at) = (Some(None), Some(None));
        }
        if self.decided {
            (set.decided_by, set.decided_at) = (Some(Some(by.clone())), Some(Some(now)));
        }
        if let Some(for_person) = self.contested {
            (set.contested_by, set.contested_at) = (Some(by.clone()), Some(now));
            set.contested_for_person = Some(for_person);
        }
        if self.withdrawal_requested {
            set.withdrawal_requested_by = Some(Some(by));
            set.withdrawal_requested_at = Some(Some(now));
        }
        Ok(set)
    }
}

/// Saves a change, and the move if there is one, unless somebody was faster; keeps what it replaces
/// (R13). Returns the new version.
///
/// # Errors
/// [`Refusal::Stale`] if the version or the state is not what was read.
pub fn save<A: Action + Changes>(
    tx: &mut Tx<'_>,
    _permit: &Permit<A, ()>,
    (before, person): (&AgeAssessment, &Person),
    moved: Option<&Moved<AssessmentState>>,
    change: &AssessmentChange,
) -> Result<i64> {
    tx.changes(&before.case_id);
    if change.replaces(before) {
        let coded = Earlier {
            professions: before.professions.clone(),
            consent: before.consent,
            methods: before.methods.clone(),
            range: before.range,
            outcome: before.outcome,
            decided_by: before.decided.as_ref().map(|(by, _)| by.clone()),
            decided_at: before.decided.as_ref().map(|(_, at)| *at),
        };
        let said = before.words.clone().zip(before.reasons.clone()).zip(before.findings.clone());
        let earlier = said.map(|said| (said, coded));
        keep_revision(tx, &person.id, (&before.id, before.version), &earlier)?;
    }
    let set = change.set(tx, (&before.id, person))?;
    let next = before.version.saturating_add(1);
    let columns = (set, assessments::version.eq(next), assessments::updated_at.eq(tx.now()));
    let row = assessments::table
        .filter(assessments::id.eq(&before.id))
        .filter(assessments::version.eq(before.version));
    let saved = match moved {
        None => diesel::update(row).set(columns).execute(tx.conn)?,
        Some(moved) => diesel::update(row.filter(assessments::state.eq(moved.from())))
            .set((columns, assessments::state.eq(moved.to())))
            .execute(tx.conn)?,
    };
    if saved == 1 { Ok(next) } else { Err(Refusal::Stale { current: next }.into()) }
}

/// Sets what is known about the age of the person of a case; the earlier values stay in the history
/// (R13). An estimated year of birth that contradicts it, `majority` years at most ago, goes with them:
/// a panel has found out more. Returns the new version of the case.
///
/// This is the only way to `assessed_child` and `assessed_adult` (R6).
///
/// # Errors
/// [`Refusal::Stale`] if somebody was faster.
pub fn set_age<A: Action + Changes>(
    tx: &mut Tx<'_>,
    permit: &Permit<A, ()>,
    (case, person): (&Case, &Person),
    to: AgeStatus,
    majority: u8,
) -> Result<i64> {
    let this_year = chrono::Datelike::year(&tx.now().date());
    let contradicts = |year: &i32| to.contradicts(*year, this_year, i32::from(majority));
    let facts = PersonFacts {
        sex_reporting: person.sex_reporting,
        birth_year: person.birth_year().filter(|year| !contradicts(year)),
        age_status: to,
        primary_language: person.primary_language.clone(),
        other_languages: person.other_languages.get()?,
        citizenships: person.citizenships.get()?,
    };
    tx.changes(&case.id);
    people::save_facts(tx, person, &facts)?;
    cases::save(tx, permit, &case.before(), None, &CaseChange::default())
}
