//! Who tries.

use refero_domain::{
    actor::ActorRole::{self, *},
    id::OrganisationId,
    policy,
};

use super::Chance;
use crate::{
    referral_steps::provider,
    world::{Persona, World},
};

/// Somebody with one role.
pub(super) struct Player {
    pub(super) role: ActorRole,
    pub(super) area: Option<&'static str>,
    pub(super) persona: Persona,
}

/// Everybody, and the providers.
pub(super) struct Cast {
    pub(super) players: Vec<Player>,
    pub(super) providers: Vec<OrganisationId>,
    /// Conducts what is investigated.
    pub(super) police: OrganisationId,
}

const NORTH: Option<&str> = Some("XZ-N");
const SOUTH: Option<&str> = Some("XZ-S");

impl Cast {
    pub(super) async fn gather(w: &World) -> Self {
        let services = ["safe_shelter", "medical_care", "legal_aid"];
        let adults_only = w.organisation("shelter");
        let service = w.service(&adults_only, "safe_shelter");
        w.sql(&format!("update services set ages = 'adults_only' where id = '{service}'"));
        let providers = vec![provider(w, &services), provider(w, &services), adults_only];
        let (police, bureau) =
            (w.organisation("law_enforcement"), w.organisation("coordination_body"));
        let mut cast = Self { players: Vec::new(), providers, police };
        for (role, area) in [
            (FirstResponder, None),
            (FirstResponder, None),
            (CaseCoordinator, NORTH),
            (CaseCoordinator, NORTH),
            (CaseCoordinator, SOUTH),
            (CoordinationSupervisor, NORTH),
            (CoordinationSupervisor, NORTH),
            (CoordinationSupervisor, SOUTH),
            (IdentificationOfficer, NORTH),
            (IdentificationOfficer, SOUTH),
            (Investigator, None),
            (ProsecutorLiaison, None),
            (TransnationalFocalPoint, None),
            (Guardian, None),
            (DataProtectionOfficer, None),
            (Auditor, None),
            (Analyst, None),
            (SystemAdministrator, None),
        ] {
            let at = match role {
                FirstResponder if cast.players.is_empty() => cast.police.clone(),
                FirstResponder => w.organisation("ngo"),
                Investigator | ProsecutorLiaison => cast.police.clone(),
                _ => bureau.clone(),
            };
            cast.arrive(w, role, area, &at).await;
        }
        for at in cast.providers.clone() {
            for role in [ServiceProviderWorker, ServiceProviderWorker, ServiceProviderManager] {
                cast.arrive(w, role, None, &at).await;
            }
        }
        cast
    }

    async fn arrive(
        &mut self,
        w: &World,
        role: ActorRole,
        area: Option<&'static str>,
        at: &OrganisationId,
    ) {
        let new = w.persona(role).at(at);
        let persona = match area {
            Some(area) => new.in_area(area).await,
            None => new.await,
        };
        self.players.push(Player { role, area, persona });
    }

    /// Draws somebody: mostly one whose role has to do with the act.
    pub(super) fn draw(&self, action: &str, chance: &Chance) -> &Player {
        let of_the_role: Vec<&Player> = self
            .players
            .iter()
            .filter(|one| policy::rules(action).iter().any(|rule| rule.role == one.role))
            .collect();
        let somebody = &self.players[chance.below(self.players.len())];
        if chance.is(85) { chance.of(&of_the_role).copied().unwrap_or(somebody) } else { somebody }
    }

    pub(super) fn with(&self, role: ActorRole) -> Vec<&Player> {
        self.players.iter().filter(|one| one.role == role).collect()
    }
}
