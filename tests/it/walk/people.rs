//! Who walks: every role, and every way in which somebody can stand to the records of the walk.

use refero_domain::{
    actor::ActorRole::{self, *},
    id::OrganisationId,
};
use reqwest::Method;

use self::{
    Place::{Body, Bureau, Clinic, Hostel, Own, Police, Shelter},
    Term::{Now, Tomorrow},
};
use crate::{
    referral_steps::provider,
    world::{Asking, Persona, World},
};

/// Where the cases of the walk lie.
pub(super) const NORTH: &str = "XZ-N";
/// Where none of them lies.
pub(super) const SOUTH: &str = "XZ-S";

/// An organisation of the walk.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Registers the cases.
    Police,
    /// Coordinates them.
    Bureau,
    /// Identifies.
    Body,
    /// Is sent the referrals.
    Shelter,
    /// Has a live referral of the case in one stage.
    Clinic,
    /// Has a live referral of another case.
    Hostel,
    /// One that nobody else works at.
    Own,
}

/// When somebody holds the role.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Term {
    Now,
    Tomorrow,
}

type Entry = (&'static str, ActorRole, Place, Option<&'static str>, Term, &'static str);

/// Everybody who signs in. The offices work beside those who may see, so that an organisation alone
/// is shown to open nothing.
#[rustfmt::skip]
const ROSTER: &[Entry] = &[
    ("author", FirstResponder, Police, None, Now, "wrote the reports"),
    ("colleague", FirstResponder, Police, None, Now, "works where they were written"),
    ("responder_elsewhere", FirstResponder, Own, None, Now, "works elsewhere"),
    ("hotline", FirstResponder, Bureau, None, Now, "works where the cases are coordinated"),
    ("coordinator", CaseCoordinator, Bureau, Some(NORTH), Now, "coordinates the cases, once they are claimed"),
    ("coordinator_north", CaseCoordinator, Bureau, Some(NORTH), Now, "coordinates others in their area"),
    ("coordinator_country", CaseCoordinator, Bureau, None, Now, "coordinates others in the whole country"),
    ("coordinator_south", CaseCoordinator, Bureau, Some(SOUTH), Now, "coordinates others in another area"),
    ("supervisor_north", CoordinationSupervisor, Bureau, Some(NORTH), Now, "supervises their area"),
    ("supervisor_south", CoordinationSupervisor, Bureau, Some(SOUTH), Now, "supervises another area"),
    ("officer_north", IdentificationOfficer, Body, Some(NORTH), Now, "identifies in their area"),
    ("officer_south", IdentificationOfficer, Body, Some(SOUTH), Now, "identifies in another area"),
    ("worker", ServiceProviderWorker, Shelter, None, Now, "answers the referrals for the provider"),
    ("worker_colleague", ServiceProviderWorker, Shelter, None, Now, "works at the provider"),
    ("manager", ServiceProviderManager, Shelter, None, Now, "manages the provider"),
    ("clinic_worker", ServiceProviderWorker, Clinic, None, Now, "has a live referral of the same case in `shared` alone"),
    ("clinic_manager", ServiceProviderManager, Clinic, None, Now, "manages that provider"),
    ("hostel_worker", ServiceProviderWorker, Hostel, None, Now, "has a live referral of another case"),
    ("hostel_manager", ServiceProviderManager, Hostel, None, Now, "manages that provider"),
    ("worker_elsewhere", ServiceProviderWorker, Own, None, Now, "works at a provider without a referral"),
    ("manager_elsewhere", ServiceProviderManager, Own, None, Now, "manages a provider without a referral"),
    ("investigator", Investigator, Police, None, Now, "works where the reports were written"),
    ("prosecutor", ProsecutorLiaison, Police, None, Now, "works where the reports were written"),
    ("focal_point", TransnationalFocalPoint, Bureau, None, Now, "works where the cases are coordinated"),
    ("guardian", Guardian, Shelter, None, Now, "works at the provider"),
    ("data_protection", DataProtectionOfficer, Bureau, None, Now, "works where the cases are coordinated"),
    ("auditor", Auditor, Bureau, None, Now, "works where the cases are coordinated"),
    ("analyst", Analyst, Shelter, None, Now, "works at the provider"),
    ("administrator", SystemAdministrator, Bureau, None, Now, "works where the cases are coordinated"),
    ("supervisor_tomorrow", CoordinationSupervisor, Bureau, Some(NORTH), Tomorrow, "as `supervisor_north`, and the role has not begun"),
    ("manager_tomorrow", ServiceProviderManager, Shelter, None, Tomorrow, "as `manager`, and the role has not begun"),
];

/// The roles that see records, if they stand to them as they must.
const TIED: [ActorRole; 6] = [
    FirstResponder,
    CaseCoordinator,
    CoordinationSupervisor,
    IdentificationOfficer,
    ServiceProviderWorker,
    ServiceProviderManager,
];

/// Somebody without a token.
const ANONYMOUS: &str = "anonymous";

/// Somebody who walks.
pub(super) struct Walker {
    pub(super) name: &'static str,
    pub(super) role: Option<ActorRole>,
    pub(super) what: &'static str,
    persona: Option<Persona>,
}

impl Walker {
    /// Says whether it is somebody whom no relation ties to any record.
    pub(super) fn is_stranger(&self) -> bool {
        let tied = |entry: &&Entry| {
            let (name, role, place, _, term, _) = entry;
            *name == self.name
                && !matches!(place, Own | Hostel)
                && *term == Now
                && TIED.contains(role)
        };
        ROSTER.iter().find(tied).is_none()
    }

    pub(super) fn organisation(&self) -> Option<&OrganisationId> {
        self.persona.as_ref().map(|persona| &persona.organisation_id)
    }

    pub(super) fn ask(&self, w: &World, method: Method, path: &str) -> Asking {
        match &self.persona {
            Some(persona) => persona.ask(method, path),
            None => w.stranger(method, path),
        }
    }
}

/// Everybody who walks, and where they work.
pub(super) struct People {
    pub(super) all: Vec<Walker>,
    places: Vec<(Place, OrganisationId)>,
}

impl People {
    /// Puts everybody into a world.
    pub(super) async fn arrive(w: &World) -> Self {
        let services = ["safe_shelter", "medical_care"];
        let places = vec![
            (Police, w.organisation("law_enforcement")),
            (Bureau, w.organisation("coordination_body")),
            (Body, w.organisation("central_government")),
            (Shelter, provider(w, &services)),
            (Clinic, provider(w, &services)),
            (Hostel, provider(w, &services)),
        ];
        let mut people = Self { all: Vec::new(), places };
        for (name, role, place, area, term, what) in ROSTER {
            let mut new = w.persona(*role);
            if *place != Own {
                new = new.at(people.place(*place));
            }
            if let Some(area) = area {
                new = new.in_area(area);
            }
            let persona = new.await;
            if *term == Tomorrow {
                w.sql(&format!(
                    "update role_grants set valid_from = (select max(expires_at) from sessions)
                     where user_id = '{}'",
                    persona.user_id
                ));
            }
            people.all.push(Walker { name, role: Some(*role), what, persona: Some(persona) });
        }
        let what = "has no token";
        people.all.push(Walker { name: ANONYMOUS, role: None, what, persona: None });
        people
    }

    /// Finds somebody who signed in.
    #[track_caller]
    pub(super) fn the(&self, name: &str) -> &Persona {
        let walker = self.all.iter().find(|walker| walker.name == name);
        let persona = walker.and_then(|walker| walker.persona.as_ref());
        persona.unwrap_or_else(|| panic!("nobody who walks is called {name}"))
    }

    #[track_caller]
    pub(super) fn place(&self, place: Place) -> &OrganisationId {
        &self.places.iter().find(|(known, _)| *known == place).unwrap().1
    }
}

#[test]
fn every_role_walks() {
    for role in ActorRole::ALL {
        assert!(ROSTER.iter().any(|entry| entry.1 == *role && entry.4 == Now), "{role}");
    }
}
