//! The incident in which the person was found: what all share who were there, and nobody else of them.

use refero_domain::policy::{Permit, ReadCase};
use refero_store::{
    Result,
    cases::CaseRow,
    incidents::{self, Account, Incident, Link},
    unit::Reading,
};

use super::copy::Field;

/// Gathers the incidents to which the case belongs, or once did.
pub(super) fn of_case(
    reading: &mut Reading<'_>,
    permit: &Permit<ReadCase, CaseRow>,
) -> Result<Vec<Vec<Field>>> {
    let found = incidents::with_incidents(reading, permit)?;
    Ok(found.iter().map(|(link, incident)| fields(link, incident)).collect())
}

fn fields(link: &Link, incident: &Incident) -> Vec<Field> {
    let Account { found_on, area, place, facts, .. } = &incident.account;
    let end_reason = link.end_reason.map(|reason| reason.code());
    let codes = |source, list, codes: &Vec<String>| Field::codes(source, list, codes);
    vec![
        Field::day("incidents.found_on", Some(*found_on)),
        Field::area("incidents.area", area.as_ref()),
        Field::code("incidents.place", "incident_place", Some(place)),
        Field::organisation("incidents.organisation_id", Some(&incident.organisation_id)),
        codes(
            "incidents.facts/recruitment_methods",
            "recruitment_method",
            &facts.recruitment_methods,
        ),
        codes("incidents.facts/transport_modes", "transport_mode", &facts.transport_modes),
        codes("incidents.facts/exploitation_types", "exploitation_type", &facts.exploitation_types),
        codes("incidents.facts/control_methods", "control_method", &facts.control_methods),
        codes("incidents.facts/labour_types", "labour_type_ctdc", &facts.labour_types),
        Field::by("incidents.created_by", Some(&incident.created_by)),
        Field::moment("incidents.created_at", Some(incident.created_at)),
        Field::code("incident_links.state", "incident_link_state", Some(link.state.get().code())),
        Field::by("incident_links.created_by", Some(&link.created_by)),
        Field::moment("incident_links.created_at", Some(link.created_at)),
        Field::code("incident_links.end_reason", "incident_unlink_reason", end_reason),
        Field::by("incident_links.ended_by", link.ended_by.as_ref()),
        Field::moment("incident_links.ended_at", link.ended_at),
    ]
}
