//! A state comes from the database or is the first of its table.

use refero_domain::{case::CaseStatus, machine::State};

fn closed() -> State<CaseStatus> {
    State(CaseStatus::Closed)
}
