//! Only the policy says what may be listed.

use refero_domain::policy::{ReadCase, Scope};

fn everything() -> Scope<ReadCase> {
    Scope { arms: Vec::new() }
}
