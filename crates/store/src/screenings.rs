//! Screenings: what was asked and what the rules advised, kept as it was (R11).

use std::collections::BTreeMap;

use diesel::prelude::*;
use refero_domain::{
    case::IdentificationStage,
    id::{CaseId, ScreeningId, UserId},
    instant::Instant,
    policy::{Action, ConcludeScreening, CreateScreening, Permit, ReadScreening},
    refusal::Refusal,
    screening::{Answer, Purpose, ScreeningResult},
    sensitive::Sensitive,
};

use crate::{
    cases::CaseRow,
    columns::Json,
    error::Result,
    people::{Slot, seal, unseal},
    rows::{RowLimit, Rows, newest_first},
    schema::screenings,
    sealing::Place,
    unit::{Reading, Tx},
};

const REASONS: Place = Place { table: "screenings", column: "reasons" };

/// A screening as it is stored.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = screenings)]
pub struct Screening {
    /// The screening.
    pub id: ScreeningId,
    /// The case it belongs to.
    pub case_id: CaseId,
    answers: Json<BTreeMap<String, Answer>>,
    purpose: Json<Purpose>,
    result: Json<ScreeningResult>,
    /// Who asked.
    pub created_by: UserId,
    /// When.
    pub created_at: Instant,
    /// What a named person concluded.
    pub conclusion: Option<IdentificationStage>,
    reasons: Option<Vec<u8>>,
    /// Who concluded.
    pub concluded_by: Option<UserId>,
    /// When.
    pub concluded_at: Option<Instant>,
    /// For the ETag.
    pub version: i64,
}

impl Screening {
    /// Returns the answers by indicator.
    ///
    /// # Errors
    /// [`crate::Error::Broken`] if what is stored is not what was written.
    pub fn answers(&self) -> Result<BTreeMap<String, Answer>> {
        self.answers.get()
    }

    /// Returns the purpose, observed or intended, that was screened for.
    ///
    /// # Errors
    /// [`crate::Error::Broken`] if what is stored is not what was written.
    pub fn purpose(&self) -> Result<Purpose> {
        self.purpose.get()
    }

    /// Returns the advice as it was computed then.
    ///
    /// # Errors
    /// [`crate::Error::Broken`] if what is stored is not what was written.
    pub fn result(&self) -> Result<ScreeningResult> {
        self.result.get()
    }
}

/// Keeps a screening with what the rules advised. Never recomputed in place (R11).
///
/// # Errors
/// [`Refusal::IdTaken`] if the identifier is in use.
pub fn insert(
    tx: &mut Tx<'_>,
    permit: &Permit<CreateScreening, CaseRow>,
    id: &ScreeningId,
    (answers, purpose): (&BTreeMap<String, Answer>, &Purpose),
    result: &ScreeningResult,
) -> Result<()> {
    tx.changes(&permit.row().case.id);
    let by = tx.actor()?.user_id.clone();
    diesel::insert_into(screenings::table)
        .values((
            screenings::id.eq(id),
            screenings::case_id.eq(&permit.row().case.id),
            screenings::indicator_set.eq(&result.indicator_set_id),
            screenings::indicator_set_version.eq(&result.indicator_set_version),
            screenings::ruleset_version.eq(&result.ruleset_version),
            screenings::profile.eq(result.profile.code()),
            screenings::answers.eq(Json::of(answers)?),
            screenings::purpose.eq(Json::of(purpose)?),
            screenings::result.eq(Json::of(result)?),
            screenings::created_by.eq(by),
            screenings::created_at.eq(tx.now()),
            screenings::version.eq(1),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Fetches a screening through its case.
///
/// # Errors
/// [`Refusal::NotFound`] if the case has no such screening.
pub fn find<A: Action>(
    reading: &mut Reading<'_>,
    permit: &Permit<A, CaseRow>,
    id: &ScreeningId,
) -> Result<Screening> {
    Ok(screenings::table
        .filter(screenings::id.eq(id))
        .filter(screenings::case_id.eq(&permit.row().case.id))
        .select(Screening::as_select())
        .first(reading.conn)?)
}

/// Lists the screenings of a case, the newest first.
///
/// # Errors
/// [`crate::Error::Unavailable`] if the database is not there.
pub fn page(
    reading: &mut Reading<'_>,
    permit: &Permit<ReadScreening, CaseRow>,
    after: Option<(Instant, ScreeningId)>,
    limit: RowLimit,
) -> Result<Rows<Screening>> {
    let query = screenings::table
        .filter(screenings::case_id.eq(&permit.row().case.id))
        .select(Screening::as_select())
        .into_boxed();
    let found = newest_first!(query, (screenings::created_at, screenings::id), after, limit)
        .load(reading.conn)?;
    Ok(limit.cut(found))
}

/// Opens the reasons of a conclusion; what comes out is still protected.
///
/// # Errors
/// [`crate::Error::Broken`] if they do not open.
pub fn reasons(
    reading: &mut Reading<'_>,
    permit: &Permit<ReadScreening, CaseRow>,
    screening: &Screening,
) -> Result<Option<Sensitive<String>>> {
    let person = &permit.row().person.id;
    let slot = Slot { place: REASONS, row: screening.id.as_str(), person };
    screening.reasons.as_ref().map(|sealed| unseal(reading, &slot, sealed)).transpose()
}

/// Saves what a named person concluded, with reasons.
///
/// # Errors
/// [`Refusal::Stale`] if somebody was faster.
pub fn conclude(
    tx: &mut Tx<'_>,
    permit: &Permit<ConcludeScreening, CaseRow>,
    screening: &Screening,
    conclusion: IdentificationStage,
    reasons: &Sensitive<String>,
) -> Result<()> {
    let person = &permit.row().person.id;
    let slot = Slot { place: REASONS, row: screening.id.as_str(), person };
    let sealed = seal(tx, slot, reasons)?;
    let by = tx.actor()?.user_id.clone();
    let next = screening.version.saturating_add(1);
    let saved = diesel::update(screenings::table.find(&screening.id))
        .filter(screenings::version.eq(screening.version))
        .set((
            screenings::conclusion.eq(conclusion),
            screenings::reasons.eq(sealed),
            screenings::concluded_by.eq(by),
            screenings::concluded_at.eq(tx.now()),
            screenings::version.eq(next),
        ))
        .execute(tx.conn)?;
    if saved == 1 { Ok(()) } else { Err(Refusal::Stale { current: next }.into()) }
}
