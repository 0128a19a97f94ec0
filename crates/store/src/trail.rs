//! The audit trail's tables: append only, chained per case.
//!
//! Each event carries its RFC 6962 leaf hash. The events of a case form a chain: an event's
//! canonical form includes the hash before it. The Merkle log over all events builds on the same
//! leaf hashes.

use diesel::prelude::*;
use refero_domain::{
    audit::{AuditRecord, canonical_bytes, leaf_hash, raw::Digest},
    event::Event,
    id::{AuditEventId, CaseId},
    instant::Instant,
};

use crate::{
    columns::Codes,
    db::DbConn,
    entropy::Entropy,
    error::{Error, Result},
    schema::{audit_events as events, case_chains as chains},
    unit::Context,
    watch,
};

/// Whether this program keeps no trail: `bin/bench-trail` builds such a one, to measure what the trail
/// costs. It is a flag of the compiler and not a feature, so that no dependency can switch it on.
pub(crate) const IS_LEFT_OUT: bool = cfg!(refero_without_trail);

#[derive(Insertable)]
#[diesel(table_name = events)]
struct NewEvent<'e> {
    id: AuditEventId,
    at: Instant,
    actor_id: Option<&'e str>,
    actor_roles: Codes,
    organisation_id: Option<&'e str>,
    session_id: Option<&'e str>,
    action: &'e str,
    operation: &'e str,
    outcome: &'e str,
    refusal_code: Option<&'e str>,
    purpose: Option<&'e str>,
    object_type: Option<&'e str>,
    object_id: Option<&'e str>,
    object_version: Option<i64>,
    case_id: Option<&'e str>,
    case_seq: Option<i64>,
    permitted_by: Option<&'e str>,
    basis_id: Option<&'e str>,
    fields: Codes,
    shown_count: Option<i64>,
    shown_ids: Codes,
    request_id: Option<&'e str>,
    network: Option<&'e str>,
    prev_hash: Option<&'e [u8]>,
    hash: &'e [u8],
}

/// Appends one event in the open transaction, at the end of its case's chain if it has one. Returns its
/// leaf hash.
pub(crate) fn append(
    conn: &mut DbConn,
    context: &Context,
    entropy: &Entropy,
    event: &Event,
) -> Result<Digest> {
    watch::opening(conn, context, entropy, event)?;
    if IS_LEFT_OUT {
        return Ok(Digest([0; 32]));
    }
    let id: AuditEventId = entropy.id();
    let head = event.case_id.as_ref().map(|case| lock_head(conn, case)).transpose()?;
    let record = record(context, &id, event, head.as_ref());
    let prev_hash = head.as_ref().and_then(|h| h.hash);
    let hash = leaf_hash(&canonical_bytes(&record, prev_hash.as_ref()));
    let row = NewEvent {
        at: context.now,
        actor_id: record.actor_id.as_deref(),
        actor_roles: Codes::of(&record.actor_roles)?,
        organisation_id: record.organisation_id.as_deref(),
        session_id: record.session_id.as_deref(),
        action: &record.action,
        operation: &record.operation,
        outcome: &record.outcome,
        refusal_code: record.refusal_code.as_deref(),
        purpose: record.purpose.as_deref(),
        object_type: record.object_type.as_deref(),
        object_id: record.object_id.as_deref(),
        object_version: record.object_version,
        case_id: record.case_id.as_deref(),
        case_seq: record.case_seq,
        permitted_by: record.permitted_by.as_deref(),
        basis_id: record.basis_id.as_deref(),
        fields: Codes::of(&record.fields)?,
        shown_count: record.shown_count,
        shown_ids: Codes::of(&record.shown_ids)?,
        request_id: record.request_id.as_deref(),
        network: record.network.as_deref(),
        prev_hash: prev_hash.as_ref().map(|hash| &hash[..]),
        hash: &hash[..],
        id,
    };
    diesel::insert_into(events::table).values(&row).execute(conn)?;
    if let (Some(case), Some(seq)) = (&event.case_id, record.case_seq) {
        move_head(conn, case, head.is_some_and(|h| h.seq > 0), seq, &hash)?;
    }
    Ok(Digest(hash))
}

struct Head {
    seq: i64,
    hash: Option<[u8; 32]>,
}

/// Reads the head of a case's chain; on PostgreSQL locks it, so that two appends queue up.
fn lock_head(conn: &mut DbConn, case: &CaseId) -> Result<Head> {
    let query = chains::table.find(case.as_str()).select((chains::seq, chains::hash));
    let found: Option<(i64, Vec<u8>)> = match conn {
        DbConn::Sqlite(c) => query.first(c).optional()?,
        DbConn::Postgres(c) => query.for_update().first(c).optional()?,
    };
    let Some((seq, bytes)) = found else {
        return Ok(Head { seq: 0, hash: None });
    };
    let hash = bytes.try_into().map_err(|_| Error::broken("a chain head is not a hash"))?;
    Ok(Head { seq, hash: Some(hash) })
}

fn move_head(conn: &mut DbConn, case: &CaseId, exists: bool, seq: i64, hash: &[u8]) -> Result<()> {
    let moved = if exists {
        diesel::update(chains::table.find(case.as_str()))
            .set((chains::seq.eq(seq), chains::hash.eq(hash)))
            .execute(conn)?
    } else {
        diesel::insert_into(chains::table)
            .values((chains::case_id.eq(case.as_str()), chains::seq.eq(seq), chains::hash.eq(hash)))
            .execute(conn)?
    };
    if moved == 1 { Ok(()) } else { Err(Error::broken("a chain head has vanished")) }
}

fn record(context: &Context, id: &AuditEventId, event: &Event, head: Option<&Head>) -> AuditRecord {
    let actor = context.actor.as_ref();
    AuditRecord {
        id: id.as_str().to_owned(),
        at_us: context.now.unix_microseconds(),
        actor_id: actor.map(|a| a.user_id.as_str().to_owned()),
        actor_roles: roles(context),
        organisation_id: actor.map(|a| a.organisation_id.as_str().to_owned()),
        session_id: actor
            .and_then(|a| a.session_id.as_ref())
            .map(|session| session.as_str().to_owned()),
        action: event.action.to_owned(),
        operation: event.operation.code().to_owned(),
        outcome: event.outcome.code().to_owned(),
        refusal_code: event.refusal.map(str::to_owned),
        purpose: context.purpose.clone(),
        object_type: event.object_type.map(str::to_owned),
        object_id: event.object_id.clone(),
        object_version: event.object_version,
        case_id: event.case_id.as_ref().map(|case| case.as_str().to_owned()),
        case_seq: head.map(|h| h.seq.saturating_add(1)),
        permitted_by: event.permitted_by.map(str::to_owned),
        basis_id: event.basis_id.clone(),
        fields: event.fields.iter().map(|&field| field.to_owned()).collect(),
        shown_count: count(event),
        shown_ids: event.shown.clone().unwrap_or_default(),
        request_id: context.request_id.clone(),
        network: context.network.clone(),
        commitments: Vec::new(),
    }
}

/// Returns how many records a list showed, or for how many acts the event stands.
fn count(event: &Event) -> Option<i64> {
    let shown = event.shown.as_ref().map(|shown| i64::try_from(shown.len()).unwrap_or(i64::MAX));
    shown.or(event.stands_for.map(|acts| i64::try_from(acts).unwrap_or(i64::MAX)))
}

fn roles(context: &Context) -> Vec<String> {
    let mut roles: Vec<String> = context
        .actor
        .iter()
        .flat_map(|actor| &actor.grants)
        .map(|grant| grant.role.code().to_owned())
        .collect();
    roles.sort_unstable();
    roles.dedup();
    roles
}
