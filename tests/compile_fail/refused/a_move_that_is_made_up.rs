//! Only a legal step makes a move.

use refero_domain::{case::CaseStatus, machine::Moved};

fn closed() -> Moved<CaseStatus> {
    Moved { to: CaseStatus::Closed }
}
