//! `/v1/audit`: what the log over the audit trail shows of itself.
//!
//! Hashes and a signature, about nobody: everybody who is signed in may check that what they did is
//! kept, and reading it leaves no event.

use actix_web::{HttpResponse, http::Method, http::header::ContentType};
use refero_domain::{audit::raw::Digest, policy::ReadLog, refusal::Refusal};
use refero_store::log::{self, Proof};

use crate::api::{caller::Caller, extract::PathId, operation::Table, problem::Problem};

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
                 of leaves, the hash of all, and the signature, a line each. Keep it: whoever has \
                 an old checkpoint can tell whether the past was written anew. 404 before \
                 anything was signed. Refusals are audited, readings are not.",
            )
            .texts(TEXT)
            .unrecorded()
        })
        .op((Method::GET, "/v1/audit/proofs/{leaf}", "getAuditProof"), proof, |o| {
            o.says(
                TAG,
                "Prove that an event is in the audit log",
                "The proof (C2SP `tlog-proof`) for a leaf hash, such as an act answers in \
                 `Audit-Receipt`: it verifies without this service, against the checkpoint that \
                 ends it. 404 for what is no leaf, and for up to a second after the act. Refusals \
                 are audited, readings are not (R14).",
            )
            .names(&[("leaf", EXAMPLE)])
            .texts(TEXT)
            .unrecorded()
        })
}

const EXAMPLE: &str = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d";

async fn checkpoint(caller: Caller<ReadLog>) -> Result<HttpResponse, Problem> {
    caller.read(log::newest_checkpoint).await.map(text)
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
