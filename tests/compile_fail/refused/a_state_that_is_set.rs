//! A state is not written over: it changes by an act of its table.

use refero_domain::case::CaseStatus;
use refero_store::cases::Case;

fn close(case: &mut Case) {
    case.state = CaseStatus::Closed;
}
