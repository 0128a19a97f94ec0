//! From which side somebody looks at a referral: what is shown differs by side, not only by class.

use super::{ReferralFacts, Relation, permit::relations};
use crate::actor::Actor;

/// From which side somebody looks at a referral.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// Those who sent it, and those who coordinate the case.
    Sender,
    /// The provider while it works on it (R2).
    Working,
    /// The provider before it answers: a blind offer (R1).
    Offer,
    /// The provider after the end: what it wrote itself (R3).
    Own,
}

impl ReferralFacts {
    /// Returns the side from which an actor sees the referral; the side that shows most, if an
    /// actor stands on several.
    #[must_use]
    pub fn sight(&self, actor: &Actor) -> Option<Sight> {
        relations("referral.read", actor, self)
            .filter_map(|relation| match relation {
                Relation::InArea
                | Relation::EmergencyAccess
                | Relation::SentHere
                | Relation::SentHereBeforeTriage => Some(Sight::Sender),
                Relation::AssignedHere | Relation::ManagedHere => Some(Sight::Working),
                Relation::OfferedHere => Some(Sight::Offer),
                Relation::AnsweredHere | Relation::AnsweredByActor => Some(Sight::Own),
                _ => None,
            })
            .min_by_key(|sight| match sight {
                Sight::Sender => 0,
                Sight::Working => 1,
                Sight::Offer => 2,
                Sight::Own => 3,
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        actor::{ActorRole, Grant},
        case::{CaseStatus, IdentificationStage},
        id::{CaseId, OrganisationId, UserId},
        policy::{CaseFacts, Class, Classes, ReadPackage, ReadReferral, decide},
        referral::ReferralState,
    };

    fn organisation(n: u8) -> OrganisationId {
        OrganisationId::from_random_bytes([n; 16])
    }

    fn user(n: u8) -> UserId {
        UserId::from_random_bytes([n; 16])
    }

    fn actor(n: u8, organisation_id: OrganisationId, role: ActorRole) -> Actor {
        Actor {
            user_id: user(n),
            organisation_id,
            session_id: None,
            grants: vec![Grant { role, area: None }],
            open_in_emergency: Vec::new(),
        }
    }

    fn referral(state: ReferralState) -> ReferralFacts {
        ReferralFacts {
            state,
            from: organisation(1),
            to: organisation(2),
            worker_id: Some(user(20)),
            answered: state.is_live() || state == ReferralState::ServiceCompleted,
            discloses: Classes::NONE.with(Class::Operational).with(Class::CaseRestricted),
            case: CaseFacts {
                case_id: CaseId::from_random_bytes([9; 16]),
                state: CaseStatus::Active,
                stage: IdentificationStage::Detected,
                registered_by: organisation(1),
                coordinator: None,
                area: None,
                live_here: Vec::new(),
                investigation_here: crate::policy::Investigation::None,
                is_erased: false,
            },
        }
    }

    #[test]
    fn r1_r2_r3_a_provider_looks_from_another_side_at_every_stage() {
        let worker = actor(20, organisation(2), ActorRole::ServiceProviderWorker);
        let colleague = actor(21, organisation(2), ActorRole::ServiceProviderWorker);
        let manager = actor(22, organisation(2), ActorRole::ServiceProviderManager);
        let stranger = actor(30, organisation(3), ActorRole::ServiceProviderManager);
        for (state, seen) in [
            (ReferralState::Draft, [None, None, None]),
            (ReferralState::Sent, [Some(Sight::Offer); 3]),
            (ReferralState::Accepted, [Some(Sight::Working), None, Some(Sight::Working)]),
            (ReferralState::ServiceCompleted, [Some(Sight::Own), None, Some(Sight::Own)]),
            (ReferralState::Cancelled, [None, None, None]),
        ] {
            let facts = referral(state);
            let of = [&worker, &colleague, &manager].map(|actor| facts.sight(actor));
            assert_eq!(of, seen, "{state}");
            assert_eq!(facts.sight(&stranger), None);
        }
    }

    #[test]
    fn r2_a_package_holds_what_the_referral_discloses_and_no_more() {
        let worker = actor(20, organisation(2), ActorRole::ServiceProviderWorker);
        let facts = referral(ReferralState::Accepted);

        let permit = decide::<ReadPackage, _>(&worker, &facts, ()).unwrap();
        assert_eq!(permit.classes(), facts.discloses);
        let nothing = ReferralFacts { discloses: Classes::NONE, ..facts };
        let permit = decide::<ReadReferral, _>(&worker, &nothing, ()).unwrap();
        assert_eq!(permit.classes(), Classes::NONE);
    }

    #[test]
    fn r3_the_package_is_hidden_and_not_forbidden_when_the_referral_has_ended() {
        let worker = actor(20, organisation(2), ActorRole::ServiceProviderWorker);
        for state in [ReferralState::Sent, ReferralState::ServiceCompleted] {
            let denial = decide::<ReadPackage, _>(&worker, &referral(state), ()).unwrap_err();
            assert_eq!(denial, crate::policy::Denial::Hidden);
        }
    }
}
