//! Referrals: an offer of work to one provider organisation, its answer, and the care that follows.

use crate::{
    age::SexReporting,
    closed::closed_list,
    instant::Instant,
    machine::{Machine, acts},
    policy::{Class, Classes},
    refusal::Refusal,
};

closed_list! {
    /// Where a referral stands. Overdue is not a state: it is `respond_by` passed.
    ReferralState = "referral_status" {
        Draft = "draft",
        ConsentPending = "consent_pending",
        Sent = "sent",
        Received = "received",
        Accepted = "accepted",
        Declined = "declined",
        ServiceStarted = "service_started",
        ServiceCompleted = "service_completed",
        ReturnedToSender = "returned_to_sender",
        WithdrawnBySurvivor = "withdrawn_by_survivor",
        Cancelled = "cancelled",
    }
}

closed_list! {
    /// How soon the provider must answer.
    Urgency = "response_timeframe" {
        OneHour = "1_hour",
        ThreeHours = "3_hours",
        OneDay = "1_day",
        ThreeDays = "3_days",
        SevenDays = "7_days",
        ThirtyDays = "30_days",
    }
}

closed_list! {
    /// Why a provider cannot take a referral: structured, so that gaps in services can be counted.
    DeclineReason = "decline_reason" {
        NoCapacity = "no_capacity",
        ServiceNotOffered = "service_not_offered",
        NotEligible = "not_eligible",
        LanguageNotAvailable = "language_not_available",
        NotAccessible = "not_accessible",
        SafetyConcern = "safety_concern",
        ConflictOfInterest = "conflict_of_interest",
        OutsideArea = "outside_area",
        Other = "other",
    }
}

closed_list! {
    /// Why a referral ended because the person it is about wanted it so.
    WithdrawalReason = "withdrawal_reason" {
        SurvivorRequest = "survivor_request",
        ConsentWithdrawn = "consent_withdrawn",
        ConsentRefused = "consent_refused",
        ConsentExpired = "consent_expired",
    }
}

impl Urgency {
    /// Returns the place in an inbox: what must be answered soonest comes first.
    #[must_use]
    pub const fn rank(self) -> i64 {
        match self {
            Self::OneHour => 0,
            Self::ThreeHours => 1,
            Self::OneDay => 2,
            Self::ThreeDays => 3,
            Self::SevenDays => 4,
            Self::ThirtyDays => 5,
        }
    }

    /// Says whether it is an emergency, which a first responder may refer before triage.
    #[must_use]
    pub const fn is_emergency(self) -> bool {
        matches!(self, Self::OneHour | Self::ThreeHours)
    }
}

/// The classes of data that a referral can disclose at all.
///
/// Never data of the investigation, which no provider sees (R8), and never a safe location, which
/// belongs to the shelter that it is the address of (R9).
pub const DISCLOSABLE: Classes = Classes::NONE
    .with(Class::Operational)
    .with(Class::CaseRestricted)
    .with(Class::IdentitySealed)
    .with(Class::Medical);

/// Returns what a referral discloses on acceptance: its categories, cut down by the consent it rests
/// on (R2). `covered` is what that consent covers now, or nothing if it rests on another basis.
///
/// The case's number is always disclosed: without it two organisations cannot speak about a case.
#[must_use]
pub fn discloses(categories: Classes, covered: Option<Classes>) -> Classes {
    let wanted = categories.intersection(DISCLOSABLE);
    covered.map_or(wanted, |covered| wanted.intersection(covered)).with(Class::Operational)
}

/// A service as an organisation offers it, for judging whether it can be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferedService {
    /// The `service_type`.
    pub service_type: String,
    /// Whether it takes people who are protected as children.
    pub takes_children: bool,
    /// Whether it takes adults.
    pub takes_adults: bool,
    /// The `sex_reporting` codes of those it takes; everybody if empty.
    pub sexes: Vec<String>,
}

/// Says whether an organisation that offers these services can be asked for those.
///
/// Capacity and distance are not judged here: the provider answers for them, with a reason that is
/// counted.
///
/// # Errors
/// [`Refusal::AdulthoodNotEstablished`] if only a service for adults is left for a person protected
/// as a child (R6), [`Refusal::RecipientNotEligible`] if nothing is.
pub fn check_recipient(
    offered: &[OfferedService],
    wanted: &[String],
    protected_as_child: bool,
    sex: SexReporting,
) -> Result<(), Refusal> {
    for service_type in wanted {
        let of_kind = || {
            offered.iter().filter(move |service| {
                service.service_type == *service_type
                    && (service.sexes.is_empty()
                        || sex == SexReporting::Unknown
                        || service.sexes.iter().any(|taken| taken == sex.code()))
            })
        };
        let takes = |service: &OfferedService| {
            if protected_as_child { service.takes_children } else { service.takes_adults }
        };
        if of_kind().any(takes) {
            continue;
        }
        return Err(if protected_as_child && of_kind().next().is_some() {
            Refusal::AdulthoodNotEstablished
        } else {
            Refusal::RecipientNotEligible
        });
    }
    Ok(())
}

/// What a referral holds in sealed form: the sender's words.
#[derive(Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct ReferralSecrets {
    /// Why it rests on another legal basis than consent (R4).
    pub basis_reason: Option<String>,
    /// What the provider should know to do the work.
    pub instructions: Option<String>,
}

/// What was written with the answer to a referral and at its end, in sealed form.
#[derive(Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct ReferralAnswers {
    /// The provider's words when it accepted or declined.
    pub answer: Option<ProviderAnswer>,
    /// The words of whoever ended it.
    pub ending: Option<Ending>,
}

/// What a provider wrote when it answered.
#[derive(Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct ProviderAnswer {
    /// A remark.
    pub note: Option<String>,
    /// When the person is expected.
    pub expected_intake_at: Option<Instant>,
}

/// What was written when a referral ended after it was answered, or before.
#[derive(Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Ending {
    /// Whether the provider wrote it: then it keeps it (R3).
    pub by_provider: bool,
    /// A remark.
    pub note: Option<String>,
}

acts! {
    /// What moves a referral.
    ReferralAct {
        AwaitConsent = "await-consent",
        Send = "send",
        Receive = "receive",
        Accept = "accept",
        Decline = "decline",
        Start = "start",
        Complete = "complete",
        Return = "return",
        Cancel = "cancel",
        Withdraw = "withdraw",
    }
}

use ReferralAct as Act;
use ReferralState as S;

impl Machine for ReferralState {
    type Act = ReferralAct;
    const INITIAL: Self = Self::Draft;
    const TRANSITIONS: &'static [(Self, ReferralAct, Self)] = &[
        (S::Draft, Act::AwaitConsent, S::ConsentPending),
        (S::Draft, Act::Send, S::Sent),
        (S::Draft, Act::Cancel, S::Cancelled),
        (S::Draft, Act::Withdraw, S::WithdrawnBySurvivor),
        (S::ConsentPending, Act::Send, S::Sent),
        (S::ConsentPending, Act::Cancel, S::Cancelled),
        (S::ConsentPending, Act::Withdraw, S::WithdrawnBySurvivor),
        (S::Sent, Act::Receive, S::Received),
        (S::Sent, Act::Accept, S::Accepted),
        (S::Sent, Act::Decline, S::Declined),
        (S::Sent, Act::Cancel, S::Cancelled),
        (S::Sent, Act::Withdraw, S::WithdrawnBySurvivor),
        (S::Received, Act::Accept, S::Accepted),
        (S::Received, Act::Decline, S::Declined),
        (S::Received, Act::Cancel, S::Cancelled),
        (S::Received, Act::Withdraw, S::WithdrawnBySurvivor),
        (S::Accepted, Act::Start, S::ServiceStarted),
        (S::Accepted, Act::Return, S::ReturnedToSender),
        (S::Accepted, Act::Cancel, S::Cancelled),
        (S::Accepted, Act::Withdraw, S::WithdrawnBySurvivor),
        (S::ServiceStarted, Act::Complete, S::ServiceCompleted),
        (S::ServiceStarted, Act::Return, S::ReturnedToSender),
        (S::ServiceStarted, Act::Cancel, S::Cancelled),
        (S::ServiceStarted, Act::Withdraw, S::WithdrawnBySurvivor),
    ];
}

impl ReferralState {
    /// Says whether the provider works on it: accepted, and not ended (R2, R3).
    #[must_use]
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Accepted | Self::ServiceStarted)
    }

    /// Says whether the provider has the offer and has not answered (R1).
    #[must_use]
    pub const fn is_offered(self) -> bool {
        matches!(self, Self::Sent | Self::Received)
    }

    /// Says whether no further move is possible.
    #[must_use]
    pub const fn is_ended(self) -> bool {
        match self {
            Self::Declined
            | Self::ServiceCompleted
            | Self::ReturnedToSender
            | Self::WithdrawnBySurvivor
            | Self::Cancelled => true,
            Self::Draft
            | Self::ConsentPending
            | Self::Sent
            | Self::Received
            | Self::Accepted
            | Self::ServiceStarted => false,
        }
    }

    /// The states in which the referral is offered and not answered.
    pub const OFFERED: &'static [Self] = &[Self::Sent, Self::Received];
    /// The states in which the provider works on it.
    pub const LIVE: &'static [Self] = &[Self::Accepted, Self::ServiceStarted];
    /// The states that withdrawing a consent ends (R5).
    pub const OPEN: &'static [Self] = &[
        Self::Draft,
        Self::ConsentPending,
        Self::Sent,
        Self::Received,
        Self::Accepted,
        Self::ServiceStarted,
    ];
}

#[cfg(test)]
mod tests;
