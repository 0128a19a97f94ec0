//! What a person agreed to, and what the reviews of a plan came to: appended, never changed (R13).

use diesel::prelude::*;
use refero_domain::{
    consent::{ConsentGiver, ConsentMode},
    id::{PlanAgreementId, PlanReviewId, SupportPlanId, UserId},
    instant::Instant,
    plan::{AgreementWords, ReviewOutcome, ReviewWords},
    policy::{AgreePlan, Permit, ReadPlan, ReviewPlan},
    sensitive::Sensitive,
};

use crate::{
    cases::CaseRow,
    columns::Codes,
    error::Result,
    people::{Slot, seal, unseal},
    schema::{plan_agreements as agreements_table, plan_reviews as reviews_table},
    sealing::Place,
    unit::{Reading, Tx},
};

const AGREED: Place = Place { table: "plan_agreements", column: "sealed" };
const REVIEWED: Place = Place { table: "plan_reviews", column: "sealed" };

/// How many agreements, and how many reviews, are shown with a plan: the newest.
const MOST_SHOWN: i64 = 50;

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = agreements_table)]
struct StoredAgreement {
    id: PlanAgreementId,
    plan_version: i64,
    giver: ConsentGiver,
    mode: ConsentMode,
    language: String,
    interpreter: bool,
    declined_services: Codes,
    sealed: Vec<u8>,
    recorded_by: UserId,
    created_at: Instant,
}

/// An agreement to a plan as it stood.
#[derive(Debug)]
pub struct Agreement {
    /// The agreement.
    pub id: PlanAgreementId,
    /// To which version of the plan.
    pub plan_version: i64,
    /// Who agreed.
    pub giver: ConsentGiver,
    /// How it is recorded.
    pub mode: ConsentMode,
    /// In which language it was explained.
    pub language: String,
    /// Whether an interpreter helped.
    pub interpreter: bool,
    /// What was offered and declined.
    pub declined_services: Vec<String>,
    /// What the person said to it.
    pub words: Sensitive<AgreementWords>,
    /// Who wrote it down.
    pub recorded_by: UserId,
    /// When.
    pub created_at: Instant,
}

/// An agreement that is written down.
#[derive(Debug, Clone)]
pub struct NewAgreement {
    /// Who agreed.
    pub giver: ConsentGiver,
    /// How it is recorded.
    pub mode: ConsentMode,
    /// In which language it was explained.
    pub language: String,
    /// Whether an interpreter helped.
    pub interpreter: bool,
    /// What was offered and declined.
    pub declined_services: Vec<String>,
    /// What the person said to it.
    pub words: Sensitive<AgreementWords>,
}

/// Writes an agreement down.
///
/// # Errors
/// [`crate::Error::Unavailable`] if it cannot be written.
pub fn agree(
    tx: &mut Tx<'_>,
    permit: &Permit<AgreePlan, CaseRow>,
    (plan, version): (&SupportPlanId, i64),
    new: &NewAgreement,
) -> Result<()> {
    let CaseRow { case, person, .. } = permit.row();
    tx.changes(&case.id);
    let id: PlanAgreementId = tx.new_id();
    let slot = Slot { place: AGREED, row: id.as_str(), person: &person.id };
    let sealed = seal(tx, slot, &new.words)?;
    let by = tx.actor()?.user_id.clone();
    diesel::insert_into(agreements_table::table)
        .values((
            agreements_table::id.eq(&id),
            agreements_table::case_id.eq(&case.id),
            agreements_table::plan_id.eq(plan),
            agreements_table::plan_version.eq(version),
            agreements_table::giver.eq(new.giver),
            agreements_table::mode.eq(new.mode),
            agreements_table::language.eq(&new.language),
            agreements_table::interpreter.eq(new.interpreter),
            agreements_table::declined_services.eq(Codes::of(&new.declined_services)?),
            agreements_table::sealed.eq(sealed),
            agreements_table::recorded_by.eq(by),
            agreements_table::created_at.eq(tx.now()),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Lists the agreements to the plan of a case, the newest first.
///
/// # Errors
/// [`crate::Error::Unavailable`] if the database is not there.
pub fn agreements(
    reading: &mut Reading<'_>,
    permit: &Permit<ReadPlan, CaseRow>,
) -> Result<Vec<Agreement>> {
    let CaseRow { case, person, .. } = permit.row();
    let found: Vec<StoredAgreement> = agreements_table::table
        .filter(agreements_table::case_id.eq(&case.id))
        .order((agreements_table::created_at.desc(), agreements_table::id.desc()))
        .limit(MOST_SHOWN)
        .select(StoredAgreement::as_select())
        .load(reading.conn)?;
    let opened = |stored: StoredAgreement| {
        let slot = Slot { place: AGREED, row: stored.id.as_str(), person: &person.id };
        Ok(Agreement {
            words: unseal(reading, &slot, &stored.sealed)?,
            declined_services: stored.declined_services.get()?,
            id: stored.id,
            plan_version: stored.plan_version,
            giver: stored.giver,
            mode: stored.mode,
            language: stored.language,
            interpreter: stored.interpreter,
            recorded_by: stored.recorded_by,
            created_at: stored.created_at,
        })
    };
    found.into_iter().map(opened).collect()
}

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = reviews_table)]
struct StoredReview {
    id: PlanReviewId,
    outcome: ReviewOutcome,
    sealed: Vec<u8>,
    recorded_by: UserId,
    created_at: Instant,
}

/// A review of a plan.
#[derive(Debug)]
pub struct Review {
    /// The review.
    pub id: PlanReviewId,
    /// What it came to.
    pub outcome: ReviewOutcome,
    /// What goes well, what has to change, what the person says.
    pub words: Sensitive<ReviewWords>,
    /// Who wrote it down.
    pub recorded_by: UserId,
    /// When.
    pub created_at: Instant,
}

/// Writes a review down.
///
/// # Errors
/// [`crate::Error::Unavailable`] if it cannot be written.
pub fn review(
    tx: &mut Tx<'_>,
    permit: &Permit<ReviewPlan, CaseRow>,
    plan: &SupportPlanId,
    outcome: ReviewOutcome,
    words: &Sensitive<ReviewWords>,
) -> Result<()> {
    let CaseRow { case, person, .. } = permit.row();
    tx.changes(&case.id);
    let id: PlanReviewId = tx.new_id();
    let slot = Slot { place: REVIEWED, row: id.as_str(), person: &person.id };
    let sealed = seal(tx, slot, words)?;
    let by = tx.actor()?.user_id.clone();
    diesel::insert_into(reviews_table::table)
        .values((
            reviews_table::id.eq(&id),
            reviews_table::case_id.eq(&case.id),
            reviews_table::plan_id.eq(plan),
            reviews_table::outcome.eq(outcome),
            reviews_table::sealed.eq(sealed),
            reviews_table::recorded_by.eq(by),
            reviews_table::created_at.eq(tx.now()),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Lists the reviews of the plan of a case, the newest first.
///
/// # Errors
/// [`crate::Error::Unavailable`] if the database is not there.
pub fn reviews(
    reading: &mut Reading<'_>,
    permit: &Permit<ReadPlan, CaseRow>,
) -> Result<Vec<Review>> {
    let CaseRow { case, person, .. } = permit.row();
    let found: Vec<StoredReview> = reviews_table::table
        .filter(reviews_table::case_id.eq(&case.id))
        .order((reviews_table::created_at.desc(), reviews_table::id.desc()))
        .limit(MOST_SHOWN)
        .select(StoredReview::as_select())
        .load(reading.conn)?;
    let opened = |stored: StoredReview| {
        let slot = Slot { place: REVIEWED, row: stored.id.as_str(), person: &person.id };
        Ok(Review {
            words: unseal(reading, &slot, &stored.sealed)?,
            id: stored.id,
            outcome: stored.outcome,
            recorded_by: stored.recorded_by,
            created_at: stored.created_at,
        })
    };
    found.into_iter().map(opened).collect()
}
