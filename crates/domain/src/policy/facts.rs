//! Facts about one record, from which it is decided how an actor stands to it.

use super::{Action as _, Classes, CopyPersonData, Investigation, Relation};
use crate::{
    actor::{Actor, Grant},
    case::{CaseStatus, IdentificationStage},
    id::{CaseId, OrganisationId, UserId},
    referral::ReferralState,
    report::ReportState,
    subject_access::Holder,
};

/// Facts about a record from which relations are decided.
pub trait Facts {
    /// Says whether the relation holds between the actor, acting under `grant`, and the record.
    fn hold(&self, relation: Relation, actor: &Actor, grant: &Grant) -> bool;

    /// Returns what the record discloses to those whose row of the table is cut down by it (R2).
    fn disclosed(&self) -> Classes {
        Classes::NONE
    }

    /// Says whether the person whom the record is about was forgotten (R13).
    fn is_erased(&self) -> bool {
        false
    }
}

/// Facts about nothing in particular: for acts on the system as a whole.
#[derive(Debug, Clone, Copy)]
pub struct SystemFacts;

impl Facts for SystemFacts {
    fn hold(&self, relation: Relation, _: &Actor, _: &Grant) -> bool {
        relation == Relation::Anyone
    }
}

/// Facts about an organisation, a service or an account.
#[derive(Debug, Clone)]
pub struct AccountFacts {
    /// The organisation that the record belongs to.
    pub organisation_id: OrganisationId,
}

impl Facts for AccountFacts {
    fn hold(&self, relation: Relation, actor: &Actor, _: &Grant) -> bool {
        match relation {
            Relation::Anyone => true,
            Relation::OwnOrganisation => self.organisation_id == actor.organisation_id,
            _ => false,
        }
    }
}

/// A referral of the case on which the actor's organisation works now.
#[derive(Debug, Clone)]
pub struct LiveReferral {
    /// The worker it is assigned to.
    pub worker_id: Option<UserId>,
    /// The classes of data that it discloses.
    pub discloses: Classes,
}

/// Facts about a case, as seen by one actor.
#[derive(Debug, Clone)]
pub struct CaseFacts {
    /// The case.
    pub case_id: CaseId,
    /// Where the work stands.
    pub state: CaseStatus,
    /// What has been decided about the person.
    pub stage: IdentificationStage,
    /// The organisation that registered the case.
    pub registered_by: OrganisationId,
    /// The coordinator who claimed it or was assigned.
    pub coordinator: Option<UserId>,
    /// The area where the person was found.
    pub area: Option<String>,
    /// The live referrals of this case at the actor's own organisation.
    pub live_here: Vec<LiveReferral>,
    /// What the actor's own organisation investigates.
    pub investigation_here: Investigation,
    /// Whether its person was forgotten.
    pub is_erased: bool,
}

impl Facts for CaseFacts {
    fn is_erased(&self) -> bool {
        self.is_erased
    }
    fn hold(&self, relation: Relation, actor: &Actor, grant: &Grant) -> bool {
        let registered_here = self.registered_by == actor.organisation_id;
        let in_area = grant.reaches(self.area.as_deref());
        let assigned = |live: &&LiveReferral| live.worker_id.as_ref() == Some(&actor.user_id);
        let identity = |live: &LiveReferral| live.discloses.has(super::Class::IdentitySealed);
        match relation {
            Relation::Anyone => true,
            Relation::RegisteredHere => registered_here,
            Relation::RegisteredHereBeforeTriage => {
                registered_here && self.state == CaseStatus::Submitted
            }
            Relation::InArea => in_area,
            Relation::AwaitingTriage => in_area && self.state == CaseStatus::Submitted,
            // An area that was taken away takes its cases with it: the relation needs both.
            Relation::Coordinating => in_area && self.coordinator.as_ref() == Some(&actor.user_id),
            Relation::EmergencyAccess => actor.open_in_emergency.contains(&self.case_id),
            Relation::BeforeTheBody => {
                in_area
                    && matches!(
                        self.stage,
                        IdentificationStage::PresumedVictim
                            | IdentificationStage::UnderReview
                            | IdentificationStage::FormallyIdentified
                            | IdentificationStage::NotIdentified
                    )
            }
            Relation::ServingAssigned => self.live_here.iter().any(|live| assigned(&live)),
            Relation::ServingOrganisation => !self.live_here.is_empty(),
            Relation::ServingAssignedWithIdentity => {
                self.live_here.iter().filter(assigned).any(identity)
            }
            Relation::ServingOrganisationWithIdentity => self.live_here.iter().any(identity),
            Relation::Investigating => self.investigation_here >= Investigation::WithoutIdentity,
            Relation::InvestigatingWithIdentity => {
                self.investigation_here == Investigation::WithIdentity
            }
            _ => false,
        }
    }
}

/// Facts about a request for a copy of what is held about the person of a case.
#[derive(Debug, Clone)]
pub struct AccessFacts {
    /// The case.
    pub case: CaseFacts,
    /// The providers that have answered a referral of the case.
    pub providers: Vec<OrganisationId>,
}

impl AccessFacts {
    /// Returns the part of the copy that is an actor's to hand over. Who coordinates the case and
    /// manages a provider as well has the part of the coordination.
    #[must_use]
    pub fn part_of(&self, actor: &Actor) -> Option<Holder> {
        let provider = || Holder::Provider(actor.organisation_id.clone());
        super::relations(CopyPersonData::NAME, actor, self)
            .map(|relation| match relation {
                Relation::HoldsPart => provider(),
                _ => Holder::Bureau,
            })
            .min()
    }
}

impl Facts for AccessFacts {
    fn hold(&self, relation: Relation, actor: &Actor, grant: &Grant) -> bool {
        match relation {
            Relation::HoldsPart => self.providers.contains(&actor.organisation_id),
            _ => self.case.hold(relation, actor, grant),
        }
    }
    fn is_erased(&self) -> bool {
        self.case.is_erased
    }
}

/// Facts about a placement of the person of a case.
#[derive(Debug, Clone)]
pub struct PlacementFacts {
    /// The case.
    pub case: CaseFacts,
    /// Who runs the place.
    pub organisation_id: Option<OrganisationId>,
}

impl Facts for PlacementFacts {
    fn hold(&self, relation: Relation, actor: &Actor, grant: &Grant) -> bool {
        let here = self.organisation_id.as_ref() == Some(&actor.organisation_id);
        match relation {
            Relation::HousingAssigned => {
                here && self.case.hold(Relation::ServingAssigned, actor, grant)
            }
            Relation::HousingOrganisation => {
                here && self.case.hold(Relation::ServingOrganisation, actor, grant)
            }
            _ => self.case.hold(relation, actor, grant),
        }
    }
    fn is_erased(&self) -> bool {
        self.case.is_erased
    }
}

/// Facts about a pair of cases that may be about one person.
#[derive(Debug, Clone)]
pub struct PairFacts {
    /// The areas where the two were found.
    pub areas: [Option<String>; 2],
    /// Whether the person of one of them was forgotten.
    pub is_erased: bool,
}

impl Facts for PairFacts {
    fn hold(&self, relation: Relation, actor: &Actor, grant: &Grant) -> bool {
        // Whoever sees one case of the two only must not learn from the pair that there is another.
        let reached = |area: &Option<String>| {
            let mut grants = actor.grants.iter().filter(|held| held.role == grant.role);
            grants.any(|held| held.reaches(area.as_deref()))
        };
        relation == Relation::BothInArea && self.areas.iter().all(reached)
    }
    fn is_erased(&self) -> bool {
        self.is_erased
    }
}

/// Facts about a detection report.
#[derive(Debug, Clone)]
pub struct ReportFacts {
    /// Where the report stands.
    pub state: ReportState,
    /// Who wrote it.
    pub author: UserId,
    /// The organisation it was written in.
    pub organisation_id: OrganisationId,
    /// The case it became.
    pub case: Option<CaseFacts>,
}

impl Facts for ReportFacts {
    fn hold(&self, relation: Relation, actor: &Actor, grant: &Grant) -> bool {
        match relation {
            // Drafts belong to their author alone, in the organisation they were written in.
            Relation::AuthoredDraft => {
                self.state == ReportState::Draft
                    && self.author == actor.user_id
                    && self.organisation_id == actor.organisation_id
            }
            _ => self.case.as_ref().is_some_and(|case| case.hold(relation, actor, grant)),
        }
    }
    fn is_erased(&self) -> bool {
        self.case.as_ref().is_some_and(Facts::is_erased)
    }
}

/// Facts about a referral.
#[derive(Debug, Clone)]
pub struct ReferralFacts {
    /// Where the referral stands.
    pub state: ReferralState,
    /// The organisation that sent it.
    pub from: OrganisationId,
    /// The organisation it is offered to.
    pub to: OrganisationId,
    /// The provider's worker it is assigned to.
    pub worker_id: Option<UserId>,
    /// Whether the provider answered it.
    pub answered: bool,
    /// What acceptance discloses: the referral's categories, cut down by its consent (R2).
    pub discloses: Classes,
    /// The case it belongs to.
    pub case: CaseFacts,
}

impl Facts for ReferralFacts {
    fn hold(&self, relation: Relation, actor: &Actor, grant: &Grant) -> bool {
        let here = self.to == actor.organisation_id;
        let sent_here =
            self.from == actor.organisation_id && self.case.registered_by == actor.organisation_id;
        let mine = self.worker_id.as_ref() == Some(&actor.user_id);
        match relation {
            Relation::SentHere => sent_here,
            Relation::SentHereBeforeTriage => sent_here && self.case.state == CaseStatus::Submitted,
            Relation::OfferedHere => here && self.state.is_offered(),
            Relation::AssignedHere => here && self.state.is_live() && mine,
            Relation::ManagedHere => here && self.state.is_live(),
            Relation::AnsweredHere => here && self.state.is_ended() && self.answered,
            Relation::AnsweredByActor => here && self.state.is_ended() && self.answered && mine,
            _ => self.case.hold(relation, actor, grant),
        }
    }
    fn disclosed(&self) -> Classes {
        self.discloses
    }
    fn is_erased(&self) -> bool {
        self.case.is_erased
    }
}
