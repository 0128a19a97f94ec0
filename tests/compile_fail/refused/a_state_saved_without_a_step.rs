//! The store writes a state from a move, not from a wish.

use refero_domain::{
    case::CaseStatus,
    policy::{CloseCase, Permit},
};
use refero_store::{
    Result,
    cases::{self, Before, CaseChange},
    unit::Tx,
};

fn close(tx: &mut Tx<'_>, permit: &Permit<CloseCase, ()>, before: &Before) -> Result<i64> {
    cases::save(tx, permit, before, Some(CaseStatus::Closed), &CaseChange::default())
}
