//! `/v1/audit`: what the log over the audit trail shows of itself.
//!
//! Hashes and a signature, about nobody: everybody who is signed in may check that what they did is
//! kept, and reading it leaves no event.

use actix_web::{HttpResponse, http::Method, http::header::ContentType};
use refero_domain::{audit::raw::Digest, policy::ReadLog, refusal::Refusal};
use refero_store::log::{self, Proof, Which};
use serde::Deserialize;

use crate::api::{
    caller::Caller,
    extract::{PathId, PathIds, Query},
    operation::{Table, Takes},
    problem::Problem,
};

const TEXT: &[&str] = &["text/plain"];

/// Adds the operations of the log.
pub fn table(table: Table) -> Table {
    const TAG: &str = "audit";
    table
        .op((Method::GET, "/v1/audit/checkpoint", "getCheckpoint"), checkpoint, |o| {
            o.says(
                TAG,
                "Show the signed head of the audit log",
                "The newest checkpoint (C2SP `tlog-checkpoint`): the name of the log, its number \
                 of leaves, the hash of all, and the signature, a line each; below it, what witnesses \
                 have signed of it (C2SP `tlog-cosignature`). Keep it: whoever has an old checkpoint \
                 can tell whether the past was written anew. 404 before anything was signed, and \
                 with `witnessed=true` before a witness has signed. Refusals are audited, readings \
                 are not.",
            )
            .asks(&[(
                "witnessed",
                Takes::Flag,
                "`true`: the newest checkpoint that a witness has signed, a minute old or so.",
            )])
            .texts(TEXT)
            .unrecorded()
        })
        .op((Method::GET, "/v1/audit/proofs/{leaf}", "getAuditProof"), proof, |o| {
            o.says(
                TAG,
                "Prove that an event is in the audit log",
                "The proof (C2SP `tlog-proof`) for a leaf hash, such as an act answers in \
                 `Audit-Receipt`: it verifies without this service, against the checkpoint that \
                 ends it: the newest that a witness has signed, if it covers the leaf, else the newest. 404 for what is no leaf, and for up to a second after the act. Refusals \
                 are audited, readings are not (R14).",
            )
            .names(&[("leaf", EXAMPLE)])
            .texts(TEXT)
            .unrecorded()
        })
        .op(
            (Method::GET, "/v1/audit/consistency/{old}/{new}", "getAuditConsistency"),
            consistency,
            |o| {
                o.says(
                    TAG,
                    "Prove that the audit log has only grown",
                    "The proof (RFC 6962) that the log of so many leaves begins with the leaves of \
                     an earlier one: hashes in base64, one a line, and none where both are one. The \
                     numbers are the second lines of two checkpoints. 404 where the log had no such \
                     numbers of leaves. Refusals are audited, readings are not.",
                )
                .names(&[("old", "1"), ("new", "1")])
                .texts(TEXT)
                .unrecorded()
            },
        )
}

const EXAMPLE: &str = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CheckpointQuery {
    #[serde(default)]
    witnessed: bool,
}

async fn checkpoint(
    caller: Caller<ReadLog>,
    query: Query<CheckpointQuery>,
) -> Result<HttpResponse, Problem> {
    let which = if query.0.witnessed { Which::Witnessed } else { Which::Newest };
    caller.read(move |reading| log::shown_checkpoint(reading, which)).await.map(text)
}

async fn consistency(
    caller: Caller<ReadLog>,
    PathIds(old, new): PathIds<u64, u64>,
) -> Result<HttpResponse, Problem> {
    caller.read(move |reading| log::consistency(reading, old, new)).await.map(text)
}

async fn proof(
    caller: Caller<ReadLog>,
    PathId(leaf): PathId<String>,
) -> Result<HttpResponse, Problem> {
    let shown = caller.read(move |reading| {
        // What is no hash is no leaf either.
        let leaf: Digest = leaf.parse().map_err(|_| Refusal::NotFound)?;
        log::proof(reading, &leaf)
    });
    shown.await.map(text)
}

fn text(Proof(text): Proof) -> HttpResponse {
    HttpResponse::Ok().content_type(ContentType::plaintext()).body(text)
}
