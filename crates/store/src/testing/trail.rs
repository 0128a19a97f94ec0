//! The whole trail as it is stored, for tests that verify it.

use std::collections::BTreeMap;

use diesel::prelude::*;

use crate::{
    db::Options,
    error::Result,
    schema::{audit_events, case_chains},
    trail_query::Recorded,
};

/// Returns every event, those of one case in the order of its chain.
///
/// # Errors
/// Whatever the database says.
pub fn events(options: &Options) -> Result<Vec<Recorded>> {
    Ok(audit_events::table
        .order((audit_events::case_id, audit_events::case_seq, audit_events::id))
        .select(Recorded::as_select())
        .load(&mut options.connect()?)?)
}

/// Returns the head of each case's chain: its length and its last hash.
///
/// # Errors
/// Whatever the database says.
pub fn chain_heads(options: &Options) -> Result<BTreeMap<String, (i64, Vec<u8>)>> {
    let heads: Vec<(String, i64, Vec<u8>)> = case_chains::table
        .select((case_chains::case_id, case_chains::seq, case_chains::hash))
        .load(&mut options.connect()?)?;
    Ok(heads.into_iter().map(|(case, seq, hash)| (case, (seq, hash))).collect())
}
