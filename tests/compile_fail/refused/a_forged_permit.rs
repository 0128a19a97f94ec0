//! Only the policy makes a permit, from facts about the record.

use refero_domain::policy::{Permit, ReadIdentity};

fn permitted(row: String) -> Permit<ReadIdentity, String> {
    Permit { row }
}
