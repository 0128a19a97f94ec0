//! Alleged perpetrators: appended to an investigation, never changed (R13), sealed as a whole (R8).

use diesel::prelude::*;
use refero_domain::{
    id::{AllegedPerpetratorId, CaseId, OrganisationId, ProceedingId, UserId},
    instant::Instant,
    policy::{self, AddPerpetrator, Permit, ProceedingFacts, ReadPerpetrator},
    proceeding::{AllegedPerpetrator, BEHIND_THE_WALL},
    refusal::Refusal,
    sensitive::Sensitive,
};

use crate::{
    cases::{self, Case, CaseRow},
    error::{Error, Result},
    people::{Person, Slot, seal, unseal},
    proceedings::{ProceedingRow, denied, facts_of, sees_all},
    rows::{RowLimit, Rows, newest_first},
    schema::{alleged_perpetrators as perpetrators, cases as case_table, people, proceedings},
    sealing::Place,
    unit::{Reading, Tx},
};

const CONTENT: Place = Place { table: "alleged_perpetrators", column: "sealed" };

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = perpetrators)]
struct Stored {
    id: AllegedPerpetratorId,
    case_id: CaseId,
    proceeding_id: ProceedingId,
    sealed: Vec<u8>,
    author_id: UserId,
    created_at: Instant,
}

/// Somebody who is said to have exploited the person.
#[derive(Debug)]
pub struct Perpetrator {
    /// The entry.
    pub id: AllegedPerpetratorId,
    /// The case.
    pub case_id: CaseId,
    /// The investigation.
    pub proceeding_id: ProceedingId,
    /// All that is said of them.
    pub content: Sensitive<AllegedPerpetrator>,
    /// Who wrote it down.
    pub author_id: UserId,
    /// When.
    pub created_at: Instant,
}

fn opened(reading: &mut Reading<'_>, stored: Stored, person: &Person) -> Result<Perpetrator> {
    let slot = Slot { place: CONTENT, row: stored.id.as_str(), person: &person.id };
    let content = unseal(reading, &slot, &stored.sealed)?;
    Ok(Perpetrator {
        content,
        id: stored.id,
        case_id: stored.case_id,
        proceeding_id: stored.proceeding_id,
        author_id: stored.author_id,
        created_at: stored.created_at,
    })
}

/// Fetches an entry of a case to show it.
///
/// # Errors
/// [`Refusal::NotFound`] if it is not there or may not be known.
pub fn fetch(
    reading: &mut Reading<'_>,
    case_id: &CaseId,
    id: &AllegedPerpetratorId,
) -> Result<Permit<ReadPerpetrator, Perpetrator>> {
    type Found = (Stored, String, OrganisationId, Case, Person);
    let actor = reading.actor()?.clone();
    let found: Option<Found> = perpetrators::table
        .inner_join(proceedings::table.inner_join(case_table::table.inner_join(people::table)))
        .filter(perpetrators::id.eq(id))
        .filter(perpetrators::case_id.eq(case_id))
        .select((
            Stored::as_select(),
            proceedings::kind,
            proceedings::organisation_id,
            Case::as_select(),
            Person::as_select(),
        ))
        .first(reading.conn)
        .optional()?;
    let found = found.ok_or_else(|| denied(Refusal::NotFound, id))?;
    let (stored, kind, organisation, case, person) = found;
    let case = cases::facts(reading.conn, &actor, &case)?;
    let facts: ProceedingFacts = facts_of(&kind, &organisation, case);
    policy::decide::<ReadPerpetrator, _>(&actor, &facts, ())
        .map_err(|denial| denied(Error::from(denial).refusal().unwrap_or(Refusal::NotFound), id))?;
    let row = opened(reading, stored, &person)?;
    policy::decide(&actor, &facts, row).map_err(Error::from)
}

/// Lists the entries of a case that a permit opened, the newest first: to whoever investigates, those of
/// their own investigations alone. Each has its own permit.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn page(
    reading: &mut Reading<'_>,
    permit: &Permit<ReadPerpetrator, CaseRow>,
    after: Option<(Instant, AllegedPerpetratorId)>,
    limit: RowLimit,
) -> Result<Rows<Permit<ReadPerpetrator, Perpetrator>>> {
    let (actor, case) = (reading.actor()?.clone(), permit.row());
    let mut query = perpetrators::table
        .inner_join(proceedings::table)
        .filter(perpetrators::case_id.eq(&case.case.id))
        .select((Stored::as_select(), proceedings::kind, proceedings::organisation_id))
        .into_boxed();
    if !sees_all::<ReadPerpetrator>(&actor, case) {
        query = query
            .filter(proceedings::organisation_id.eq(actor.organisation_id.clone()))
            .filter(proceedings::kind.eq_any(BEHIND_THE_WALL));
    }
    let rows: Vec<(Stored, String, OrganisationId)> =
        newest_first!(query, (perpetrators::created_at, perpetrators::id), after, limit)
            .load(reading.conn)?;
    limit.cut(rows).try_map(|(stored, kind, organisation)| {
        let facts = facts_of(&kind, &organisation, case.facts.clone());
        let row = opened(reading, stored, &case.person)?;
        policy::decide(&actor, &facts, row)
            .map_err(|_| Error::broken("a list showed somebody who may not be read of"))
    })
}

/// Appends an entry to an investigation.
///
/// # Errors
/// [`Refusal::IdTaken`] if the identifier is in use.
pub fn insert(
    tx: &mut Tx<'_>,
    permit: &Permit<AddPerpetrator, ProceedingRow>,
    id: &AllegedPerpetratorId,
    content: &Sensitive<AllegedPerpetrator>,
) -> Result<()> {
    let ProceedingRow { proceeding, person, .. } = permit.row();
    tx.changes(&proceeding.case_id);
    let slot = Slot { place: CONTENT, row: id.as_str(), person: &person.id };
    let sealed = seal(tx, slot, content)?;
    let by = tx.actor()?.user_id.clone();
    diesel::insert_into(perpetrators::table)
        .values((
            perpetrators::id.eq(id),
            perpetrators::case_id.eq(&proceeding.case_id),
            perpetrators::proceeding_id.eq(&proceeding.id),
            perpetrators::sealed.eq(sealed),
            perpetrators::author_id.eq(by),
            perpetrators::created_at.eq(tx.now()),
        ))
        .execute(tx.conn)?;
    Ok(())
}
