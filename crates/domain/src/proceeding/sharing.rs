//! Telling an authority who the person is: on a consent, or on another basis with a reason (R4, R8).

use crate::closed::closed_list;

closed_list! {
    /// Why an authority is not told any more who the person is.
    DisclosureEnd = "disclosure_end_reason" {
        ConsentWithdrawn = "consent_withdrawn",
        ConsentExpired = "consent_expired",
        Stopped = "stopped",
        ProceedingDismissed = "proceeding_dismissed",
    }
}

/// What is kept sealed about it.
#[derive(Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct SharingWords {
    /// Why it rests on another basis than consent.
    pub basis_reason: Option<String>,
}
