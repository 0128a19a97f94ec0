//! For how long, and on what basis, the authority of a proceeding is told who the person is (R4, R5, R8).

use std::collections::BTreeMap;

use diesel::prelude::*;
use refero_domain::{
    consent::LegalBasis,
    id::{CaseId, ConsentId, IdentityDisclosureId, ProceedingId},
    instant::Instant,
    policy::{Action, Changes, Permit, ShareIdentity},
    proceeding::{DisclosureEnd, SharingWords},
    sensitive::Sensitive,
};

use super::Proceeding;
use crate::{
    db::DbConn,
    error::{Error, Result},
    people::{Person, Slot, seal},
    schema::{identity_disclosures as disclosures, proceedings},
    sealing::Place,
    unit::Tx,
};

const WORDS: Place = Place { table: "identity_disclosures", column: "sealed" };

/// On what an authority is told who the person is.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = disclosures)]
pub struct OpenDisclosure {
    /// The time for which it is told.
    pub id: IdentityDisclosureId,
    /// By what right.
    pub legal_basis: LegalBasis,
    /// The consent it rests on.
    pub consent_id: Option<ConsentId>,
    /// Since when.
    pub opened_at: Instant,
}

/// Reads on what the authorities of some proceedings are told who the person is.
pub(super) fn open(
    conn: &mut DbConn,
    ids: &[ProceedingId],
) -> Result<BTreeMap<ProceedingId, OpenDisclosure>> {
    let found: Vec<(ProceedingId, OpenDisclosure)> = disclosures::table
        .filter(disclosures::proceeding_id.eq_any(ids.to_vec()))
        .filter(disclosures::ended_at.is_null())
        .select((disclosures::proceeding_id, OpenDisclosure::as_select()))
        .load(conn)?;
    Ok(found.into_iter().collect())
}

/// A telling that begins.
#[derive(Debug)]
pub struct NewDisclosure {
    /// By what right.
    pub legal_basis: LegalBasis,
    /// The consent it rests on.
    pub consent_id: Option<ConsentId>,
    /// Why it rests on another basis than consent.
    pub words: Sensitive<SharingWords>,
}

/// Begins to tell the authority of a proceeding who the person is.
///
/// # Errors
/// [`Error::Unavailable`] if it cannot be written.
pub fn disclose(
    tx: &mut Tx<'_>,
    _permit: &Permit<ShareIdentity, ()>,
    (proceeding, person): (&Proceeding, &Person),
    new: &NewDisclosure,
) -> Result<()> {
    tx.changes(&proceeding.case_id);
    let id: IdentityDisclosureId = tx.new_id();
    let slot = Slot { place: WORDS, row: id.as_str(), person: &person.id };
    let sealed = seal(tx, slot, &new.words)?;
    let by = tx.actor()?.user_id.clone();
    diesel::insert_into(disclosures::table)
        .values((
            disclosures::id.eq(&id),
            disclosures::case_id.eq(&proceeding.case_id),
            disclosures::proceeding_id.eq(&proceeding.id),
            disclosures::organisation_id.eq(&proceeding.organisation_id),
            disclosures::legal_basis.eq(new.legal_basis),
            disclosures::consent_id.eq(&new.consent_id),
            disclosures::sealed.eq(Some(sealed)),
            disclosures::opened_by.eq(by),
            disclosures::opened_at.eq(tx.now()),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Stops telling the authority of a proceeding who the person is.
///
/// # Errors
/// [`Error::Unavailable`] if it cannot be written.
pub fn stop<A: Action + Changes>(
    tx: &mut Tx<'_>,
    _permit: &Permit<A, ()>,
    proceeding: &Proceeding,
    reason: DisclosureEnd,
) -> Result<()> {
    tx.changes(&proceeding.case_id);
    let by = tx.actor()?.user_id.clone();
    diesel::update(disclosures::table.filter(disclosures::proceeding_id.eq(&proceeding.id)))
        .filter(disclosures::ended_at.is_null())
        .set((
            disclosures::ended_by.eq(Some(by)),
            disclosures::ended_at.eq(Some(tx.now())),
            disclosures::end_reason.eq(Some(reason)),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// A proceeding whose authority is not told any more.
#[derive(Debug)]
pub struct Stopped {
    /// The proceeding.
    pub id: ProceedingId,
    /// Its case.
    pub case_id: CaseId,
    /// Its new version.
    pub version: i64,
}

/// Stops every telling that rests on a consent (R5).
///
/// # Errors
/// [`Error::Broken`] if a proceeding changed within one transaction.
pub fn stop_resting_on(
    tx: &mut Tx<'_>,
    consent: &ConsentId,
    reason: DisclosureEnd,
) -> Result<Vec<Stopped>> {
    let resting: Vec<(ProceedingId, CaseId, i64)> = disclosures::table
        .inner_join(proceedings::table)
        .filter(disclosures::consent_id.eq(consent))
        .filter(disclosures::ended_at.is_null())
        .order(proceedings::id)
        .select((proceedings::id, proceedings::case_id, proceedings::version))
        .load(tx.conn)?;
    let now = tx.now();
    let mut stopped = Vec::with_capacity(resting.len());
    for (id, case_id, version) in resting {
        tx.changes(&case_id);
        diesel::update(disclosures::table.filter(disclosures::proceeding_id.eq(&id)))
            .filter(disclosures::ended_at.is_null())
            .set((disclosures::ended_at.eq(Some(now)), disclosures::end_reason.eq(Some(reason))))
            .execute(tx.conn)?;
        let next = version.saturating_add(1);
        let saved = diesel::update(proceedings::table.find(&id))
            .filter(proceedings::version.eq(version))
            .set((proceedings::version.eq(next), proceedings::updated_at.eq(now)))
            .execute(tx.conn)?;
        if saved != 1 {
            return Err(Error::broken("a proceeding changed within one transaction"));
        }
        stopped.push(Stopped { id, case_id, version: next });
    }
    Ok(stopped)
}
