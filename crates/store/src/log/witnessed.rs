//! What witnesses have signed of the log, and where they contradict it.

use diesel::prelude::*;
use refero_domain::{
    alert::{AlertKind, Audience},
    event::{Event, Operation, Outcome},
    instant::Instant,
};

use super::{
    Proof,
    nodes::{of_tree, stored},
    prove::{Checkpoint, growth, newest},
};
use crate::{
    alerts::{self, NewAlert},
    db::Db,
    error::Result,
    schema::{log_contradictions as contradictions, log_cosignatures as cosignatures},
    unit::{Audited, Request},
};

/// What a witness is sent: the newest checkpoint, and how it follows on what the witness saw last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// How many leaves the checkpoint covers.
    pub size: u64,
    /// The checkpoint.
    pub note: String,
    /// That it begins with what the witness saw: hashes in base64, one a line.
    pub growth: String,
}

/// How a log stands to what a witness has seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Nothing was signed yet.
    Unsigned,
    /// It has grown since, or is the same.
    Grown(Offer),
    /// It has fewer leaves.
    Behind {
        /// So many.
        size: u64,
    },
}

/// A head that a witness has seen and that this log does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contradiction {
    /// The name of the witness.
    pub witness: String,
    /// How many leaves the head has that it saw.
    pub witnessed_size: u64,
    /// How many this log has.
    pub own_size: u64,
}

/// Returns what to send to a witness that saw so many leaves last.
///
/// # Errors
/// [`crate::Error::Unavailable`] if the database is not there.
pub fn offer(db: &Db, seen: u64) -> Result<Standing> {
    db.plain(|conn| {
        let Checkpoint { size, note } = match newest(conn) {
            Ok(newest) => newest,
            Err(error) if error.refusal().is_some() => return Ok(Standing::Unsigned),
            Err(error) => return Err(error),
        };
        if seen > size {
            return Ok(Standing::Behind { size });
        }
        let Proof(growth) =
            if seen == 0 { Proof(String::new()) } else { growth(conn, seen, size)? };
        Ok(Standing::Grown(Offer { size, note, growth }))
    })
}

/// Returns how many leaves the last checkpoint had that a witness has signed, and when.
///
/// # Errors
/// [`crate::Error::Unavailable`] if the database is not there.
pub fn last_cosigned(db: &Db, witness: &str) -> Result<Option<(u64, Instant)>> {
    db.plain(|conn| {
        let found: Option<(i64, Instant)> = cosignatures::table
            .filter(cosignatures::witness.eq(witness))
            .order(cosignatures::size.desc())
            .select((cosignatures::size, cosignatures::at))
            .first(conn)
            .optional()?;
        found.map(|(size, at)| Ok((of_tree(size)?, at))).transpose()
    })
}

/// Keeps what a witness has signed of a checkpoint; once.
///
/// It is about no person, so that it leaves no event: an event would be one more leaf to sign.
///
/// # Errors
/// [`crate::Error::Unavailable`] if the database is not there.
pub fn keep_cosignature(
    db: &Db,
    (witness, size): (&str, u64),
    line: &str,
    now: Instant,
) -> Result<()> {
    let (witness, line, size) = (witness.to_owned(), line.to_owned(), stored(size)?);
    let kept = db.on_snapshot("log.cosign", move |conn| {
        let there: i64 = cosignatures::table.find((size, &witness)).count().get_result(conn)?;
        if there == 0 {
            diesel::insert_into(cosignatures::table)
                .values((
                    cosignatures::size.eq(size),
                    cosignatures::witness.eq(&witness),
                    cosignatures::at.eq(now),
                    cosignatures::line.eq(&line),
                ))
                .execute(conn)?;
        }
        Ok(())
    });
    match kept {
        // Another server was as fast.
        Err(error) if error.is_taken() => Ok(()),
        kept => kept,
    }
}

/// Records that a witness contradicts the log, the first time that it does so about a head. Says
/// whether it was.
///
/// # Errors
/// [`crate::Error::Unavailable`] if the database is not there.
///
/// # Audit
/// `log.contradicted`, and the alert of that kind.
pub fn record_contradiction(db: &Db, request: Request, found: &Contradiction) -> Result<bool> {
    let key = (found.witness.clone(), stored(found.witnessed_size)?);
    let own_size = stored(found.own_size)?;
    let is_known = db.plain(|conn| {
        let known: i64 = contradictions::table.find((&key.0, key.1)).count().get_result(conn)?;
        Ok(known > 0)
    })?;
    if is_known {
        return Ok(false);
    }
    let told = db.write("log.contradicted", request, move |tx| -> Result<Audited<()>> {
        diesel::insert_into(contradictions::table)
            .values((
                contradictions::witness.eq(&key.0),
                contradictions::witnessed_size.eq(key.1),
                contradictions::own_size.eq(own_size),
                contradictions::at.eq(tx.now()),
            ))
            .execute(tx.conn)?;
        let event = Event {
            outcome: Outcome::Failed,
            object_type: Some("witness"),
            object_id: Some(key.0.clone()),
            permitted_by: Some("system"),
            ..Event::named("log.contradicted", Operation::Execute)
        };
        for audience in [Audience::Administrators, Audience::DataProtectionOfficers] {
            let alert = NewAlert {
                kind: AlertKind::LogContradicted,
                audience,
                about: None,
                case_id: None,
                object: Some(("witness", key.0.clone())),
                once: None,
            };
            alerts::raise(tx, &alert)?;
        }
        tx.record(&event, ())
    });
    match told {
        Err(error) if error.is_taken() => Ok(false),
        told => told.map(|()| true),
    }
}
