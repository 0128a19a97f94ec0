//! A state is not written over: it changes by an act of its table.

use refero_domain::{
    case::{CaseAct, CaseStatus},
    machine::Moved,
    refusal::Refusal,
};
use refero_store::cases::Case;

fn close(case: Case) -> Result<Moved<CaseStatus>, Refusal> {
    case.state.step(CaseAct::Close)
}
