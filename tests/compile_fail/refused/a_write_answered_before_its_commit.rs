//! What was recorded may be looked at; it is answered after the commit.

use refero_domain::id::CaseId;
use refero_store::unit::Audited;

fn answer(audited: Audited<CaseId>) -> CaseId {
    audited.into_parts().0
}
