//! Cases: where the work stands, and, apart from it, what has been decided about the person.

use crate::{
    closed::closed_list,
    instant::Instant,
    machine::{Machine, acts},
};

closed_list! {
    /// Where the work on a case stands.
    CaseStatus = "case_status" {
        Submitted = "submitted",
        UnderTriage = "under_triage",
        Active = "active",
        ReflectionPeriod = "reflection_period",
        AwaitingReturn = "awaiting_return",
        FollowUp = "follow_up",
        SuspendedLostContact = "suspended_lost_contact",
        Closed = "closed",
        ClosedReferred = "closed_referred",
        MergedDuplicate = "merged_duplicate",
    }
}

closed_list! {
    /// What has been decided about the person. Moves apart from the case's status, by the machine in
    /// [`crate::identification`]: assistance never waits for formal identification.
    IdentificationStage = "identification_stage" {
        Detected = "detected",
        ScreenedIndicatorsPresent = "screened_indicators_present",
        ScreenedInsufficient = "screened_insufficient",
        PresumedVictim = "presumed_victim",
        FormallyIdentified = "formally_identified",
        NotIdentified = "not_identified",
        UnderReview = "under_review",
        DeclinedIdentification = "declined_identification",
    }
}

closed_list! {
    /// How great the danger is.
    RiskLevel = "risk_level" {
        Critical = "critical",
        High = "high",
        Medium = "medium",
        Low = "low",
    }
}

impl RiskLevel {
    /// Returns the place in a queue: the greatest danger first.
    #[must_use]
    pub const fn rank(self) -> i32 {
        match self {
            Self::Critical => 0,
            Self::High => 1,
            Self::Medium => 2,
            Self::Low => 3,
        }
    }
}

closed_list! {
    /// How a deadline stands.
    ClockState = "clock_state" {
        Running = "running",
        DueSoon = "due_soon",
        Overdue = "overdue",
        Paused = "paused",
        Met = "met",
    }
}

closed_list! {
    /// Why a deadline stands still.
    ClockPause = "clock_pause" {
        LostContact = "lost_contact",
        ReflectionPeriod = "reflection_period",
        ConsentPending = "consent_pending",
    }
}

impl ClockPause {
    /// Says whether the pause is over once a case is in this state.
    #[must_use]
    pub fn is_over_in(self, state: CaseStatus) -> bool {
        match self {
            Self::LostContact => state != CaseStatus::SuspendedLostContact,
            Self::ReflectionPeriod => state != CaseStatus::ReflectionPeriod,
            // The person's answer ends it, not the case.
            Self::ConsentPending => false,
        }
    }
}

/// When a deadline ends, and what is known of it besides.
#[derive(Debug, Clone, Copy)]
pub struct ClockTimes {
    /// When it ends.
    pub due: Instant,
    /// From when on somebody is warned.
    pub warned: Option<Instant>,
    /// Since when it stands still.
    pub paused: Option<Instant>,
    /// When it was met.
    pub met: Option<Instant>,
}

impl ClockState {
    /// Says how a deadline stands.
    #[must_use]
    pub fn of(times: ClockTimes, now: Instant) -> Self {
        if times.met.is_some() {
            Self::Met
        } else if times.paused.is_some() {
            Self::Paused
        } else if times.due < now {
            Self::Overdue
        } else if times.warned.is_some_and(|warned| warned <= now) {
            Self::DueSoon
        } else {
            Self::Running
        }
    }
}

acts! {
    /// What moves a case.
    CaseAct {
        Claim = "claim",
        Activate = "activate",
        StartReflection = "start-reflection",
        Suspend = "suspend",
        Resume = "resume",
        StartFollowUp = "start-follow-up",
        Close = "close",
        Reopen = "reopen",
        Merge = "merge",
        UndoMerge = "undo-merge",
    }
}

impl Machine for CaseStatus {
    type Act = CaseAct;
    const INITIAL: Self = Self::Submitted;
    // Moves to awaiting_return and closed_referred belong to the cross-border acts; the states stand
    // in the list so that no later migration rewrites them. A merged case goes back to where it came
    // from, which its pair remembers.
    const TRANSITIONS: &'static [(Self, CaseAct, Self)] = &[
        (Self::Submitted, CaseAct::Claim, Self::UnderTriage),
        (Self::UnderTriage, CaseAct::Activate, Self::Active),
        (Self::UnderTriage, CaseAct::Close, Self::Closed),
        (Self::Active, CaseAct::StartReflection, Self::ReflectionPeriod),
        (Self::Active, CaseAct::Suspend, Self::SuspendedLostContact),
        (Self::Active, CaseAct::StartFollowUp, Self::FollowUp),
        (Self::Active, CaseAct::Close, Self::Closed),
        (Self::ReflectionPeriod, CaseAct::Resume, Self::Active),
        (Self::ReflectionPeriod, CaseAct::Suspend, Self::SuspendedLostContact),
        (Self::ReflectionPeriod, CaseAct::StartFollowUp, Self::FollowUp),
        (Self::FollowUp, CaseAct::Resume, Self::Active),
        (Self::FollowUp, CaseAct::Suspend, Self::SuspendedLostContact),
        (Self::FollowUp, CaseAct::Close, Self::Closed),
        (Self::SuspendedLostContact, CaseAct::Resume, Self::Active),
        (Self::SuspendedLostContact, CaseAct::Close, Self::Closed),
        (Self::Closed, CaseAct::Reopen, Self::Active),
        (Self::UnderTriage, CaseAct::Merge, Self::MergedDuplicate),
        (Self::Active, CaseAct::Merge, Self::MergedDuplicate),
        (Self::ReflectionPeriod, CaseAct::Merge, Self::MergedDuplicate),
        (Self::FollowUp, CaseAct::Merge, Self::MergedDuplicate),
        (Self::SuspendedLostContact, CaseAct::Merge, Self::MergedDuplicate),
        (Self::MergedDuplicate, CaseAct::UndoMerge, Self::UnderTriage),
        (Self::MergedDuplicate, CaseAct::UndoMerge, Self::Active),
        (Self::MergedDuplicate, CaseAct::UndoMerge, Self::ReflectionPeriod),
        (Self::MergedDuplicate, CaseAct::UndoMerge, Self::FollowUp),
        (Self::MergedDuplicate, CaseAct::UndoMerge, Self::SuspendedLostContact),
    ];
}

impl CaseStatus {
    /// Says whether the case is one that care can be arranged for.
    #[must_use]
    pub const fn accepts_referrals(self) -> bool {
        match self {
            Self::Submitted
            | Self::UnderTriage
            | Self::Active
            | Self::ReflectionPeriod
            | Self::AwaitingReturn
            | Self::FollowUp => true,
            Self::SuspendedLostContact
            | Self::Closed
            | Self::ClosedReferred
            | Self::MergedDuplicate => false,
        }
    }

    /// Says whether the case has ended.
    #[must_use]
    pub const fn is_ended(self) -> bool {
        matches!(self, Self::Closed | Self::ClosedReferred | Self::MergedDuplicate)
    }
}

impl IdentificationStage {
    /// Says whether a coordinator's conclusion on a screening may set this stage (R11).
    ///
    /// Formal identification is another body's decision and is not reached from here.
    #[must_use]
    pub const fn is_screening_conclusion(self) -> bool {
        matches!(
            self,
            Self::ScreenedIndicatorsPresent | Self::ScreenedInsufficient | Self::PresumedVictim
        )
    }
}
