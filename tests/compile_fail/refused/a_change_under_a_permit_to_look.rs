//! Who may see a case may not change it under that permit.

use refero_domain::policy::{Permit, ReadCase};
use refero_store::{
    Result,
    cases::{self, Before, CaseChange},
    unit::Tx,
};

fn change(tx: &mut Tx<'_>, permit: &Permit<ReadCase, ()>, before: &Before) -> Result<i64> {
    cases::save(tx, permit, before, None, &CaseChange::default())
}
