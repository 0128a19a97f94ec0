//! Only a legal step makes a move.

use refero_domain::{
    case::{CaseAct, CaseStatus},
    machine::{Moved, State},
    refusal::Refusal,
};

fn closed(state: State<CaseStatus>) -> Result<Moved<CaseStatus>, Refusal> {
    state.step(CaseAct::Close)
}
