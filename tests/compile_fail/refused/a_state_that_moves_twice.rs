//! A step consumes the state: nobody goes on from where the case no longer is.

use refero_domain::{
    case::{CaseAct, CaseStatus},
    machine::State,
};

fn move_twice(state: State<CaseStatus>) {
    drop(state.step(CaseAct::Claim));
    drop(state.step(CaseAct::Close));
}
