//! The relations that can hold between an actor and a record.

/// How an actor stands to a record. Relation decides, never the role alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Relation {
    /// Nothing is asked beyond a session, not even a role.
    SignedIn,
    /// Nothing is asked beyond the role.
    Anyone,
    /// The record belongs to the actor's organisation.
    OwnOrganisation,
    /// The actor's organisation registered the case.
    RegisteredHere,
    /// As before, and nobody has claimed the case from triage yet.
    RegisteredHereBeforeTriage,
    /// The case lies in the area of the grant.
    InArea,
    /// Nobody has claimed the case from triage yet, and it lies in the area of the grant.
    AwaitingTriage,
    /// The actor is the case's coordinator.
    Coordinating,
    /// The case waits for, or has, a decision of the identifying body, in the area of the grant.
    BeforeTheBody,
    /// Both cases of a pair lie in areas that the role reaches, by one grant or by several.
    BothInArea,
    /// A live referral of the case is assigned to the actor.
    ServingAssigned,
    /// The actor's organisation has a live referral of the case.
    ServingOrganisation,
    /// As [`Self::ServingAssigned`], and the referral discloses identity.
    ServingAssignedWithIdentity,
    /// As [`Self::ServingOrganisation`], and the referral discloses identity.
    ServingOrganisationWithIdentity,
    /// The actor wrote the report and has not submitted it.
    AuthoredDraft,
    /// The actor's organisation registered the case and sent the referral. An organisation that also
    /// coordinates sends referrals of other cases; its first responders do not see those.
    SentHere,
    /// As before, and nobody has claimed the case from triage yet.
    SentHereBeforeTriage,
    /// The referral is offered to the actor's organisation and not answered (R1).
    OfferedHere,
    /// The referral is live and assigned to the actor (R2).
    AssignedHere,
    /// The referral is live at the actor's organisation, which the actor manages (R2).
    ManagedHere,
    /// The referral has ended; the actor's organisation answered it and keeps what it wrote (R3).
    AnsweredHere,
    /// As before, and the actor worked on it.
    AnsweredByActor,
    /// The case is open to the actor in an emergency, for a time (R15).
    EmergencyAccess,
    /// The actor opened the case in an emergency, now or before.
    OpenedByActor,
    /// The alert is for the office that the grant gives, and not about the actor.
    Addressed,
    /// The actor's organisation has answered a referral of the case, and holds what it wrote (R3).
    HoldsPart,
    /// The actor's organisation runs the place where the person lives, and a live referral of the case is
    /// assigned to the actor (R9).
    HousingAssigned,
    /// The actor's organisation runs the place where the person lives, and has a live referral of the case
    /// (R9).
    HousingOrganisation,
    /// The actor's organisation conducts an investigation about the case, or this one (R8).
    Investigating,
    /// As before, and it is told who the person is.
    InvestigatingWithIdentity,
}

impl Relation {
    /// Returns the relation's name in audit events.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SignedIn => "session",
            Self::Anyone => "role",
            Self::OwnOrganisation => "own_organisation",
            Self::RegisteredHere => "registered_here",
            Self::RegisteredHereBeforeTriage => "registered_here_before_triage",
            Self::InArea => "in_area",
            Self::AwaitingTriage => "awaiting_triage",
            Self::Coordinating => "coordinating",
            Self::BeforeTheBody => "before_the_body",
            Self::BothInArea => "both_in_area",
            Self::ServingAssigned => "serving_assigned",
            Self::ServingOrganisation => "serving_organisation",
            Self::ServingAssignedWithIdentity => "serving_assigned_with_identity",
            Self::ServingOrganisationWithIdentity => "serving_organisation_with_identity",
            Self::AuthoredDraft => "authored_draft",
            Self::SentHere => "sent_here",
            Self::SentHereBeforeTriage => "sent_here_before_triage",
            Self::OfferedHere => "offered_here",
            Self::AssignedHere => "assigned_here",
            Self::ManagedHere => "managed_here",
            Self::AnsweredHere => "answered_here",
            Self::AnsweredByActor => "answered_by_actor",
            Self::EmergencyAccess => "emergency_access",
            Self::OpenedByActor => "opened_by_actor",
            Self::Addressed => "addressed",
            Self::HoldsPart => "holds_part",
            Self::HousingAssigned => "housing_assigned",
            Self::HousingOrganisation => "housing_organisation",
            Self::Investigating => "investigating",
            Self::InvestigatingWithIdentity => "investigating_with_identity",
        }
    }
}
