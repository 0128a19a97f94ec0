//! Care: what a provider reports about the services it gives.

use crate::closed::closed_list;

closed_list! {
    /// How a service stands at the provider.
    CareState = "care_state" {
        Planned = "planned",
        InProgress = "in_progress",
        Completed = "completed",
        Interrupted = "interrupted",
        DeclinedBySurvivor = "declined_by_survivor",
        NotPossible = "not_possible",
    }
}

impl CareState {
    /// Says whether an update in this state must say how it came out.
    #[must_use]
    pub const fn needs_outcome(self) -> bool {
        match self {
            Self::Planned | Self::InProgress => false,
            Self::Completed | Self::Interrupted | Self::DeclinedBySurvivor | Self::NotPossible => {
                true
            }
        }
    }
}

/// Says whether what a provider writes about this service is medical data: the coordinator sees
/// that it happens and how it ends, the notes stay with those who treat.
#[must_use]
pub fn is_medical(service_type: &str) -> bool {
    matches!(
        service_type,
        "medical_care"
            | "sexual_reproductive_health"
            | "specialised_mental_health"
            | "psychosocial_support"
    )
}
