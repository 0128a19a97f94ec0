//! A step consumes the state: nobody goes on from where the case no longer is.

use refero_domain::{
    case::{CaseAct, CaseStatus},
    machine::{Moved, State},
    refusal::Refusal,
};

fn move_twice(state: State<CaseStatus>) -> Result<Moved<CaseStatus>, Refusal> {
    state.step(CaseAct::Claim)?.then(CaseAct::Close)
}
