//! Only the policy makes a permit, from facts about the record.

use refero_domain::{
    actor::Actor,
    policy::{CaseFacts, Denial, Permit, ReadIdentity, decide},
};

fn permitted(
    actor: &Actor,
    facts: &CaseFacts,
    row: String,
) -> Result<Permit<ReadIdentity, String>, Denial> {
    decide(actor, facts, row)
}
