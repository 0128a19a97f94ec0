//! The clocks of the work: how long until somebody waits too long.

use chrono::{DateTime, Days, Months, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{Calendar, Status};
use crate::reference::code_enum;

/// Declares the clocks once: the kind, and the member of a profile that must rule it.
macro_rules! clocks {
    ($( $(#[$doc:meta])* $variant:ident = $code:tt => $field:ident, )+) => {
        code_enum! {
            /// Names a clock of the work.
            pub enum ClockKind { $( $(#[$doc])* $variant = $code, )+ }
        }

        /// Holds the rule of every clock: a profile without one of them is not a profile.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(deny_unknown_fields)]
        pub struct Clocks { $( $(#[$doc])* pub $field: ClockRule, )+ }

        impl Clocks {
            /// Returns the rule of a clock.
            #[must_use]
            pub const fn rule(&self, kind: ClockKind) -> &ClockRule {
                match kind { $( ClockKind::$variant => &self.$field, )+ }
            }
        }
    };
}

clocks! {
    /// From registration to care for urgent needs, critical risk.
    UrgentNeedsCritical = "urgent_needs_critical" => urgent_needs_critical,
    /// From registration to care for urgent needs, any other risk.
    UrgentNeedsOther = "urgent_needs_other" => urgent_needs_other,
    /// From registration to submission to the bureau.
    Submission = "submission" => submission,
    /// From submission to the claim of a coordinator.
    TriageClaim = "triage_claim" => triage_claim,
    /// From submission to the claim of a coordinator, critical risk.
    TriageClaimCritical = "triage_claim_critical" => triage_claim_critical,
    /// From submission to the decision whether the person is presumed a victim.
    PresumptionDecision = "presumption_decision" => presumption_decision,
    /// From registration of a child to a guardian.
    GuardianForChild = "guardian_for_child" => guardian_for_child,
    /// From sending a referral to the answer, response timeframe `1_hour`.
    ReferralAnswer1Hour = "referral_answer_1_hour" => referral_answer_1_hour,
    /// From sending a referral to the answer, response timeframe `3_hours`.
    ReferralAnswer3Hours = "referral_answer_3_hours" => referral_answer_3_hours,
    /// From sending a referral to the answer, response timeframe `1_day`.
    ReferralAnswer1Day = "referral_answer_1_day" => referral_answer_1_day,
    /// From sending a referral to the answer, response timeframe `3_days`.
    ReferralAnswer3Days = "referral_answer_3_days" => referral_answer_3_days,
    /// From sending a referral to the answer, response timeframe `7_days`.
    ReferralAnswer7Days = "referral_answer_7_days" => referral_answer_7_days,
    /// From sending a referral to the answer, response timeframe `30_days`.
    ReferralAnswer30Days = "referral_answer_30_days" => referral_answer_30_days,
    /// From the opening of the case to the assessment of needs and the plan.
    NeedsAssessmentAndPlan = "needs_assessment_and_plan" => needs_assessment_and_plan,
    /// From the plan to its first review.
    PlanReviewFirst = "plan_review_first" => plan_review_first,
    /// From one review of the plan to the next.
    PlanReviewNext = "plan_review_next" => plan_review_next,
    /// From the start of follow-up to the first contact.
    FollowUp1 = "follow_up_1" => follow_up_1,
    /// From the start of follow-up to the second contact.
    FollowUp2 = "follow_up_2" => follow_up_2,
    /// From the start of follow-up to the third contact.
    FollowUp3 = "follow_up_3" => follow_up_3,
    /// From the start of follow-up to the fourth contact.
    FollowUp4 = "follow_up_4" => follow_up_4,
    /// From handing a person over across a border to the confirmation of receipt.
    CrossBorderReceipt = "cross_border_receipt" => cross_border_receipt,
    /// From break-glass access to its review by the supervisor.
    BreakGlassReview = "break_glass_review" => break_glass_review,
}

impl ClockKind {
    /// Returns the name under which the clock runs on a case: where two rules are for one deadline, by the danger
    /// or by the turn, it has one.
    #[must_use]
    pub const fn on_case(self) -> &'static str {
        match self {
            Self::UrgentNeedsCritical | Self::UrgentNeedsOther => "urgent_needs",
            Self::TriageClaim | Self::TriageClaimCritical => "triage_claim",
            Self::PlanReviewFirst | Self::PlanReviewNext => "plan_review",
            Self::Submission
            | Self::PresumptionDecision
            | Self::GuardianForChild
            | Self::ReferralAnswer1Hour
            | Self::ReferralAnswer3Hours
            | Self::ReferralAnswer1Day
            | Self::ReferralAnswer3Days
            | Self::ReferralAnswer7Days
            | Self::ReferralAnswer30Days
            | Self::NeedsAssessmentAndPlan
            | Self::FollowUp1
            | Self::FollowUp2
            | Self::FollowUp3
            | Self::FollowUp4
            | Self::CrossBorderReceipt
            | Self::BreakGlassReview => self.code(),
        }
    }

    /// Returns the clock of the answer to a referral, by its response timeframe (list
    /// `response_timeframe`).
    #[must_use]
    pub fn for_response_timeframe(code: &str) -> Option<Self> {
        match code {
            "1_hour" => Some(Self::ReferralAnswer1Hour),
            "3_hours" => Some(Self::ReferralAnswer3Hours),
            "1_day" => Some(Self::ReferralAnswer1Day),
            "3_days" => Some(Self::ReferralAnswer3Days),
            "7_days" => Some(Self::ReferralAnswer7Days),
            "30_days" => Some(Self::ReferralAnswer30Days),
            _ => None,
        }
    }
}

code_enum! {
    /// Names the unit a clock counts in.
    pub enum ClockUnit {
        /// Hours.
        Hours = "hours",
        /// Days of the calendar, each of 24 hours.
        Days = "days",
        /// Days on which offices are open, by the `calendar` of the profile.
        WorkingDays = "working_days",
        /// Months of the calendar; the 31st becomes the last day of a shorter month.
        Months = "months",
    }
}

/// Holds how long a clock runs, and who says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ClockRule {
    /// How many units.
    pub amount: u16,
    /// The unit.
    pub unit: ClockUnit,
    /// How many hours before its end whoever works on the case is warned; nobody is, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warn_before_hours: Option<u16>,
    /// Law or standard that sets the figure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// How far that may be relied on.
    pub status: Status,
}

impl ClockRule {
    /// Returns from when on somebody is warned of an end, if the rule says so.
    #[must_use]
    pub fn warned(&self, due: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let before = TimeDelta::try_hours(self.warn_before_hours?.into())?;
        due.checked_sub_signed(before)
    }

    /// Returns when a clock that starts at `from` runs out, where offices work on the days of a calendar.
    ///
    /// An end that the calendar cannot express is the last instant it can: a clock may end far too
    /// late on a broken machine, and never in the past.
    #[must_use]
    pub fn due(&self, calendar: &Calendar, from: DateTime<Utc>) -> DateTime<Utc> {
        let amount = self.amount;
        let due = match self.unit {
            ClockUnit::Hours => {
                TimeDelta::try_hours(amount.into()).and_then(|time| from.checked_add_signed(time))
            }
            ClockUnit::Days => from.checked_add_days(Days::new(amount.into())),
            ClockUnit::WorkingDays => calendar.after_working_days(from, amount),
            ClockUnit::Months => from.checked_add_months(Months::new(amount.into())),
        };
        due.unwrap_or(DateTime::<Utc>::MAX_UTC)
    }
}
