//! The store writes a state from a move, not from a wish.

use refero_domain::{
    case::CaseStatus,
    machine::Moved,
    policy::{CloseCase, Permit},
};
use refero_store::{
    Result,
    cases::{self, Before, CaseChange},
    unit::Tx,
};

fn close(
    tx: &mut Tx<'_>,
    permit: &Permit<CloseCase, ()>,
    before: &Before,
    moved: Moved<CaseStatus>,
) -> Result<i64> {
    cases::save(tx, permit, before, Some(moved), &CaseChange::default())
}
