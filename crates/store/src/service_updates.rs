//! Service updates: what a provider reports about the care it gives. They are added, never changed;
//! a correction names what it corrects (R13).

use diesel::prelude::*;
use refero_domain::{
    care::CareState,
    id::{PersonId, ReferralId, ServiceUpdateId, UserId},
    instant::Instant,
    policy::{Action, CreateServiceUpdate, Permit, ReadCare, ReadServiceUpdate},
    sensitive::Sensitive,
};

use crate::{
    cases::CaseRow,
    columns::day,
    error::Result,
    people::{Slot, seal, unseal},
    referrals::ReferralRow,
    rows::{RowLimit, Rows, oldest_first},
    schema::service_updates as updates,
    sealing::Place,
    unit::{Reading, Tx},
};

const NOTE: Place = Place { table: "service_updates", column: "sealed" };

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = updates)]
struct Stored {
    id: ServiceUpdateId,
    referral_id: ReferralId,
    service_type: String,
    occurred_on: String,
    state: CareState,
    outcome: Option<String>,
    next_due_on: Option<String>,
    sealed: Option<Vec<u8>>,
    author_id: UserId,
    corrects_id: Option<ServiceUpdateId>,
    created_at: Instant,
}

/// What a provider reports about one service on one day.
#[derive(Debug)]
pub struct ServiceUpdate {
    /// The update.
    pub id: ServiceUpdateId,
    /// The referral it belongs to.
    pub referral_id: ReferralId,
    /// Which of the referral's services.
    pub service_type: String,
    /// On which day.
    pub occurred_on: chrono::NaiveDate,
    /// How the service stands.
    pub state: CareState,
    /// A code of `service_outcome`.
    pub outcome: Option<String>,
    /// When it goes on.
    pub next_due_on: Option<chrono::NaiveDate>,
    /// A remark.
    pub note: Option<Sensitive<String>>,
    /// Who wrote it.
    pub author_id: UserId,
    /// The update that this one corrects.
    pub corrects_id: Option<ServiceUpdateId>,
    /// When it was written.
    pub created_at: Instant,
}

/// A service update that is written.
#[derive(Debug)]
pub struct NewServiceUpdate {
    /// The update.
    pub id: ServiceUpdateId,
    /// Which of the referral's services.
    pub service_type: String,
    /// On which day.
    pub occurred_on: chrono::NaiveDate,
    /// How the service stands.
    pub state: CareState,
    /// A code of `service_outcome`.
    pub outcome: Option<String>,
    /// When it goes on.
    pub next_due_on: Option<chrono::NaiveDate>,
    /// A remark.
    pub note: Option<Sensitive<String>>,
    /// The update that this one corrects.
    pub corrects_id: Option<ServiceUpdateId>,
}

/// Adds an update to a referral.
///
/// # Errors
/// [`refero_domain::refusal::Refusal::IdTaken`] if the identifier is in use.
pub fn insert(
    tx: &mut Tx<'_>,
    permit: &Permit<CreateServiceUpdate, ReferralRow>,
    new: &NewServiceUpdate,
) -> Result<()> {
    let row = permit.row();
    tx.changes(&row.referral.case_id);
    let sealed =
        new.note.as_ref().map(|note| seal(tx, slot(&new.id, &row.person.id), note)).transpose()?;
    let author = tx.actor()?.user_id.clone();
    diesel::insert_into(updates::table)
        .values((
            updates::id.eq(&new.id),
            updates::referral_id.eq(&row.referral.id),
            updates::case_id.eq(&row.referral.case_id),
            updates::service_type.eq(&new.service_type),
            updates::occurred_on.eq(new.occurred_on.to_string()),
            updates::state.eq(new.state),
            updates::outcome.eq(&new.outcome),
            updates::next_due_on.eq(new.next_due_on.map(|day| day.to_string())),
            updates::sealed.eq(sealed),
            updates::author_id.eq(author),
            updates::corrects_id.eq(&new.corrects_id),
            updates::created_at.eq(tx.now()),
        ))
        .execute(tx.conn)?;
    Ok(())
}

fn slot<'s>(id: &'s ServiceUpdateId, person: &'s PersonId) -> Slot<'s> {
    Slot { place: NOTE, row: id.as_str(), person }
}

fn opened(reading: &mut Reading<'_>, stored: Stored, person: &PersonId) -> Result<ServiceUpdate> {
    let note = stored
        .sealed
        .as_deref()
        .map(|sealed| unseal(reading, &slot(&stored.id, person), sealed))
        .transpose()?;
    Ok(ServiceUpdate {
        occurred_on: day(&stored.occurred_on)?,
        next_due_on: stored.next_due_on.as_deref().map(day).transpose()?,
        note,
        id: stored.id,
        referral_id: stored.referral_id,
        service_type: stored.service_type,
        state: stored.state,
        outcome: stored.outcome,
        author_id: stored.author_id,
        corrects_id: stored.corrects_id,
        created_at: stored.created_at,
    })
}

/// Finds one update of a referral that a permit opened; one of another referral does not exist here.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn find<A: Action>(
    reading: &mut Reading<'_>,
    permit: &Permit<A, ReferralRow>,
    id: &ServiceUpdateId,
) -> Result<Option<ServiceUpdate>> {
    let row = permit.row();
    let found: Option<Stored> = updates::table
        .filter(updates::id.eq(id))
        .filter(updates::referral_id.eq(&row.referral.id))
        .select(Stored::as_select())
        .first(reading.conn)
        .optional()?;
    found.map(|stored| opened(reading, stored, &row.person.id)).transpose()
}

/// Lists the updates of a referral that a permit opened, in the order they were written.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn page(
    reading: &mut Reading<'_>,
    permit: &Permit<ReadServiceUpdate, ReferralRow>,
    after: Option<(Instant, ServiceUpdateId)>,
    limit: RowLimit,
) -> Result<Rows<ServiceUpdate>> {
    let row = permit.row();
    let query = updates::table
        .filter(updates::referral_id.eq(&row.referral.id))
        .select(Stored::as_select())
        .into_boxed();
    let found: Vec<Stored> = oldest_first!(query, (updates::created_at, updates::id), after, limit)
        .load(reading.conn)?;
    limit.cut(found).try_map(|stored| opened(reading, stored, &row.person.id))
}

/// Reads the updates of some referrals of a case that a permit opened, in the order they were
/// written; at most `limit`, the newest of them.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn of_case(
    reading: &mut Reading<'_>,
    permit: &Permit<ReadCare, CaseRow>,
    referrals: Vec<ReferralId>,
    limit: i64,
) -> Result<Vec<ServiceUpdate>> {
    let case = permit.row();
    let mut found: Vec<Stored> = updates::table
        .filter(updates::case_id.eq(&case.case.id))
        .filter(updates::referral_id.eq_any(referrals))
        .order((updates::created_at.desc(), updates::id.desc()))
        .limit(limit)
        .select(Stored::as_select())
        .load(reading.conn)?;
    found.reverse();
    found.into_iter().map(|stored| opened(reading, stored, &case.person.id)).collect()
}
