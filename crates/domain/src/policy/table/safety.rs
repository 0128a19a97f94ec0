//! The rows about where a person lives and how they are reached (R9).

use super::{
    Class, Classes, Coordinating, Coordinator, EmergencyAccess, HousingAssigned,
    HousingOrganisation, IDENTITY, InArea, Manager, RESTRICTED, RegisteredHereBeforeTriage,
    Responder, Rule, ServingAssignedWithIdentity, ServingOrganisationWithIdentity, Supervisor,
    Worker, row,
};

const LOCATION: Classes = RESTRICTED.with(Class::SafeLocation);

// Where the person lives is known to those who work there and to the coordinator of the case. Whoever else
// coordinates sees that there is a placement, and not where.
const PLACEMENT_READERS: &[Rule] = &[
    row(Coordinator, Coordinating, LOCATION),
    row(Coordinator, InArea, RESTRICTED),
    row(Coordinator, EmergencyAccess, RESTRICTED),
    row(Supervisor, InArea, RESTRICTED),
    row(Worker, HousingAssigned, LOCATION),
    row(Manager, HousingOrganisation, LOCATION),
];
const PLACEMENT_KEEPERS: &[Rule] = &[
    row(Coordinator, Coordinating, LOCATION),
    row(Worker, HousingAssigned, LOCATION),
    row(Manager, HousingOrganisation, LOCATION),
];
// How the person may be reached at all: the number itself is told by the act that asks for it.
const CONTACT_READERS: &[Rule] = &[
    row(Responder, RegisteredHereBeforeTriage, RESTRICTED),
    row(Coordinator, InArea, RESTRICTED),
    row(Coordinator, EmergencyAccess, RESTRICTED),
    row(Supervisor, InArea, RESTRICTED),
    row(Worker, ServingAssignedWithIdentity, RESTRICTED),
    row(Manager, ServingOrganisationWithIdentity, RESTRICTED),
];
const CONTACT_KEEPERS: &[Rule] = &[
    row(Responder, RegisteredHereBeforeTriage, RESTRICTED),
    row(Coordinator, Coordinating, RESTRICTED),
    row(Supervisor, InArea, RESTRICTED),
    row(Worker, ServingAssignedWithIdentity, RESTRICTED),
    row(Manager, ServingOrganisationWithIdentity, RESTRICTED),
];
// Not whoever registers: they have heard it themselves, and their accounts need no second factor.
const CALLERS: &[Rule] = &[
    row(Coordinator, Coordinating, IDENTITY),
    row(Supervisor, InArea, IDENTITY),
    row(Worker, ServingAssignedWithIdentity, IDENTITY),
    row(Manager, ServingOrganisationWithIdentity, IDENTITY),
];

pub(super) fn rules(action: &str) -> &'static [Rule] {
    match action {
        "placement.read" => PLACEMENT_READERS,
        "placement.create" | "placement.end" => PLACEMENT_KEEPERS,
        "safe-contact.read" => CONTACT_READERS,
        "safe-contact.create" | "safe-contact.retire" => CONTACT_KEEPERS,
        "safe-contact.use" => CALLERS,
        _ => &[],
    }
}
