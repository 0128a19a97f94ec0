//! Who tries the demonstration out.

use refero_domain::actor::ActorRole;

use super::organisations::{
    BOARD, BORDER, BUREAU, BUREAU_SOUTH, COMPUTING, DemoOrganisation, HARBOUR, HOSPITAL,
    INSPECTORATE, LANTERN, PALM, POLICE, PROSECUTION, SCALES, STATISTICS, SUNRISE,
};

/// Somebody who tries the service out.
#[derive(Debug)]
pub struct DemoAccount {
    /// The name to sign in with.
    pub username: &'static str,
    /// The name that colleagues read.
    pub display_name: &'static str,
    /// The one role.
    pub role: ActorRole,
    /// Where the role reaches; the whole country if nothing.
    pub area: Option<&'static str>,
    /// The organisation.
    pub organisation: &'static DemoOrganisation,
}

/// Everybody, the usual order of the work first.
///
/// The first two of a role that works with others stand in different organisations or, as
/// coordinators, may both take the same case.
pub(super) static ACCOUNTS: [DemoAccount; 29] = [
    at("responder.north", "Ama K. (demo)", ActorRole::FirstResponder, &POLICE),
    at("responder.border", "Yao B. (demo)", ActorRole::FirstResponder, &BORDER),
    at("responder.hospital", "Nadia R. (demo)", ActorRole::FirstResponder, &HOSPITAL),
    at("coordinator.one", "Efua M. (demo)", ActorRole::CaseCoordinator, &BUREAU),
    at("coordinator.two", "Omar T. (demo)", ActorRole::CaseCoordinator, &BUREAU),
    DemoAccount {
        area: Some("XZ-S"),
        ..at("coordinator.south", "Joao P. (demo)", ActorRole::CaseCoordinator, &BUREAU_SOUTH)
    },
    at("supervisor.one", "Grace O. (demo)", ActorRole::CoordinationSupervisor, &BUREAU),
    at("supervisor.two", "Pedro A. (demo)", ActorRole::CoordinationSupervisor, &BUREAU_SOUTH),
    at("harbour.worker", "Lucia F. (demo)", ActorRole::ServiceProviderWorker, &HARBOUR),
    at("lantern.worker", "Awa S. (demo)", ActorRole::ServiceProviderWorker, &LANTERN),
    at("palm.worker", "Hana G. (demo)", ActorRole::ServiceProviderWorker, &PALM),
    at("sunrise.worker", "Tomas Q. (demo)", ActorRole::ServiceProviderWorker, &SUNRISE),
    at("scales.worker", "Julie N. (demo)", ActorRole::ServiceProviderWorker, &SCALES),
    at("hospital.worker", "Issa W. (demo)", ActorRole::ServiceProviderWorker, &HOSPITAL),
    at("harbour.manager", "Peter N. (demo)", ActorRole::ServiceProviderManager, &HARBOUR),
    at("lantern.manager", "Daniel T. (demo)", ActorRole::ServiceProviderManager, &LANTERN),
    at("palm.manager", "Miriam C. (demo)", ActorRole::ServiceProviderManager, &PALM),
    at("sunrise.manager", "Celia B. (demo)", ActorRole::ServiceProviderManager, &SUNRISE),
    at("scales.manager", "Victor H. (demo)", ActorRole::ServiceProviderManager, &SCALES),
    at("hospital.manager", "Anne D. (demo)", ActorRole::ServiceProviderManager, &HOSPITAL),
    at("identification", "Moussa D. (demo)", ActorRole::IdentificationOfficer, &BOARD),
    at("investigator", "Kofi A. (demo)", ActorRole::Investigator, &POLICE),
    at("prosecutor", "Marie L. (demo)", ActorRole::ProsecutorLiaison, &PROSECUTION),
    at("focalpoint", "Samuel E. (demo)", ActorRole::TransnationalFocalPoint, &BUREAU),
    at("guardian", "Rosa V. (demo)", ActorRole::Guardian, &SUNRISE),
    at("dataprotection", "Ines C. (demo)", ActorRole::DataProtectionOfficer, &INSPECTORATE),
    at("auditor", "Paul G. (demo)", ActorRole::Auditor, &INSPECTORATE),
    at("analyst", "Fatou N. (demo)", ActorRole::Analyst, &STATISTICS),
    at("administrator", "Ruth W. (demo)", ActorRole::SystemAdministrator, &COMPUTING),
];

const fn at(
    username: &'static str,
    display_name: &'static str,
    role: ActorRole,
    organisation: &'static DemoOrganisation,
) -> DemoAccount {
    DemoAccount { username, display_name, role, area: None, organisation }
}
