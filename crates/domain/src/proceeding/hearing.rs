//! Hearings: when the person has to be somewhere, so that somebody goes with them.

use crate::{
    closed::closed_list,
    machine::{Machine, acts},
};

closed_list! {
    /// Where a hearing stands.
    HearingState = "hearing_state" {
        Scheduled = "scheduled",
        Held = "held",
        Adjourned = "adjourned",
        Cancelled = "cancelled",
    }
}

acts! {
    /// What moves a hearing.
    HearingAct {
        Record = "record",
    }
}

impl Machine for HearingState {
    type Act = HearingAct;
    const INITIAL: Self = Self::Scheduled;
    // One that is adjourned goes on as another one, on its own day.
    const TRANSITIONS: &'static [(Self, HearingAct, Self)] = &[
        (Self::Scheduled, HearingAct::Record, Self::Held),
        (Self::Scheduled, HearingAct::Record, Self::Adjourned),
        (Self::Scheduled, HearingAct::Record, Self::Cancelled),
    ];
}

/// What a hearing holds in sealed form.
#[derive(Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct HearingWords {
    /// What it is about.
    pub details: Option<String>,
    /// What came of it.
    pub outcome: Option<String>,
}
