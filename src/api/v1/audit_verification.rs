//! `POST /v1/audit/verify`

use actix_web::http::Method;
use refero_domain::policy::VerifyAudit;
use refero_verify::{Fault, Keys, Pin, Verified};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::{
    api::{
        caller::Caller,
        extract::{Checked, OptionalBody},
        operation::Table,
        problem::{FieldCode, FieldErrors, Pointer, Problem},
        refused,
        reply::{Reply, Representation},
    },
    service::trail,
};

/// How many checkpoints may be held against the log at once.
const MOST: usize = 20;
/// The longest checkpoint: a few lines, with the signatures of some witnesses.
const LONGEST: usize = 10_000;

/// What somebody has kept, to be held against the log.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VerifyBody {
    /// Checkpoints as `GET /v1/audit/checkpoint` showed them once: the log must still begin as it did
    /// then. At most 20.
    #[serde(default)]
    checkpoints: Vec<String>,
}

const PATH: &str = "/v1/audit/verify";
const CHECKPOINTS: &str = "/checkpoints";

impl Checked for VerifyBody {
    fn check(&self, errors: &mut FieldErrors) {
        if self.checkpoints.len() > MOST {
            errors.add(CHECKPOINTS, FieldCode::TooLong);
        }
        for (index, checkpoint) in self.checkpoints.iter().enumerate() {
            if checkpoint.len() > LONGEST {
                errors.add(place(index), FieldCode::TooLong);
            }
        }
    }
}

fn place(index: usize) -> Pointer {
    Pointer::from(CHECKPOINTS).index(index)
}

/// What came of it. Numbers and ids, about nobody.
#[derive(Serialize, ToSchema)]
pub struct VerificationView {
    /// Whether nothing is wrong.
    is_sound: bool,
    /// What is wrong first, and where: a leaf, a checkpoint, an event.
    #[serde(skip_serializing_if = "Option::is_none")]
    first_fault: Option<String>,
    /// The event that is wrong first, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    event_id: Option<String>,
    /// How much was verified; absent when something is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    verified: Option<Counts>,
}

/// How much was verified.
#[derive(Serialize, ToSchema)]
pub struct Counts {
    /// Leaves of the tree, statements about the cases among them.
    leaves: u64,
    /// Events, those that wait for their number among them.
    events: u64,
    /// Events that wait for their number.
    pending: u64,
    /// Cases whose chain was followed.
    cases: u64,
    /// Checkpoints.
    checkpoints: u64,
    /// How many leaves the largest of the checkpoints that were given covers. Nothing before that was
    /// rewritten; with 0, whoever has the signing key may have written the whole log anew.
    pinned: u64,
}

impl Representation for VerificationView {
    fn version(&self) -> Option<i64> {
        None
    }
    fn location(&self) -> String {
        PATH.to_owned()
    }
}

impl VerificationView {
    fn of(outcome: Result<Verified, Fault>) -> Self {
        match outcome {
            Ok(verified) => {
                let Verified { leaves, events, pending, cases, checkpoints, pinned, .. } = verified;
                let counts = Counts { leaves, events, pending, cases, checkpoints, pinned };
                Self { is_sound: true, first_fault: None, event_id: None, verified: Some(counts) }
            }
            Err(fault) => Self {
                is_sound: false,
                first_fault: Some(fault.to_string()),
                event_id: fault.event_id,
                verified: None,
            },
        }
    }
}

/// Computes the whole log again, one after the other of those who ask for it.
async fn verify(
    caller: Caller<VerifyAudit>,
    body: OptionalBody<VerifyBody>,
) -> Result<Reply<VerificationView>, Problem> {
    let app = caller.app();
    let signer = app.log().map_err(Problem::internal)?;
    let keys = signer.verifier_keys().iter().map(String::as_str);
    let keys = Keys::read(keys).map_err(Problem::internal)?;
    let mut errors = FieldErrors::new();
    let mut pins = Vec::new();
    for (index, checkpoint) in body.into_inner().checkpoints.iter().enumerate() {
        match Pin::read(checkpoint, &keys) {
            Ok(pin) => pins.push(pin),
            Err(_) => errors.add(place(index), FieldCode::Format),
        }
    }
    errors.into_result()?;
    let turn = app.turn_to_verify().await;
    let outcome = caller
        .write_then(trail::begin_verification, move |db, _, ()| {
            let outcome = trail::verify(db, keys, pins, || app.is_leaving());
            drop(turn);
            outcome
        })
        .await?;
    outcome.map(VerificationView::of).map(Reply::shown).map_err(refused::problem)
}

/// The operation that verifies the log.
#[must_use]
pub fn table(table: Table) -> Table {
    table.op((Method::POST, PATH, "verifyAuditLog"), verify, |o| {
        o.says(
            "audit",
            "Verify the audit log",
            "For auditors and data protection officers: computes every hash, chain, tree and signature \
             again from the events as they lie there, and tells the first thing that is wrong. Give the \
             checkpoints that you have kept: without one, a log that was written anew as a whole is not \
             told from the true one. A long log takes a while (50,000 events a second or so), and one is \
             verified at a time. Do not let a server be the only judge of its own log: `refero audit \
             verify --export` does the same elsewhere. That it was asked for is an event, `audit.verify`.",
        )
        .unhurried()
        .may_take::<VerifyBody>(json!({}))
        .shows::<VerificationView>()
    })
}
