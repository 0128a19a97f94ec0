//! Only the policy says what may be listed.

use refero_domain::{
    actor::Actor,
    policy::{Denial, ReadCase, Scope, scope},
};

fn everything(actor: &Actor) -> Result<Scope<ReadCase>, Denial> {
    scope(actor)
}
