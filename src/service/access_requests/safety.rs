//! Where the person lived and how they are reached: never the place itself, nor the number (R9).

use refero_domain::{
    id::CaseId,
    policy::{self, Class, Permit, ReadPlacement, ReadSafeContact},
    safe_contact::SafeHours,
};
use refero_store::{
    Error, Result,
    cases::{self, CaseRow},
    placements::{self, PlacementRow},
    safe_contacts::{self, SafeContact},
    unit::Reading,
};

use super::{all, bureau::PAGE, copy::Field};

/// Gathers the placements, each under the permit that shows it.
pub(super) fn placements(reading: &mut Reading<'_>, case: &CaseId) -> Result<Vec<Vec<Field>>> {
    let scope = policy::scope::<ReadPlacement>(reading.actor()?).map_err(Error::from)?;
    let found = all(
        |after| placements::page(reading, &scope, case, after, PAGE),
        |permit: &Permit<ReadPlacement, PlacementRow>| {
            let placement = &permit.row().placement;
            (placement.created_at, placement.id.clone())
        },
    )?;
    Ok(found.iter().map(placement).collect())
}

fn placement(permit: &Permit<ReadPlacement, PlacementRow>) -> Vec<Field> {
    let placement = &permit.row().placement;
    let id = placement.id.as_str();
    let words = placement.words.reveal(permit, Class::CaseRestricted).ok().cloned();
    let (reason, restriction) = words.map(|words| (words.reason, words.restriction)).unzip();
    let end_reason = placement.end_reason.map(|reason| reason.code());
    vec![
        Field::moment("placements.created_at", Some(placement.created_at)),
        Field::by("placements.created_by", Some(&placement.created_by)),
        Field::code("placements.state", "placement_state", Some(placement.state.get().code())),
        Field::code("placements.kind", "placement_kind", Some(placement.kind.code())),
        Field::code("placements.regime", "facility_regime", Some(placement.regime.code())),
        Field::code("placements.freedom", "freedom_of_movement", Some(placement.freedom.code())),
        Field::words(
            "placements.sealed/restriction",
            ("placement_restriction", id),
            restriction.flatten(),
        ),
        Field::words("placements.sealed/reason", ("placement_reason", id), reason.flatten()),
        Field::day("placements.planned_until", placement.planned_until),
        Field::yes("placements.separates", Some(placement.separates)),
        Field::day("placements.started_on", Some(placement.started_on)),
        Field::day("placements.ended_on", placement.ended_on),
        Field::code("placements.end_reason", "placement_end_reason", end_reason),
        Field::by("placements.ended_by", placement.ended_by.as_ref()),
        Field::moment("placements.ended_at", placement.ended_at),
    ]
}

/// Gathers the ways to reach the person, under the permit that shows them in the case.
pub(super) fn safe_contacts(reading: &mut Reading<'_>, case: &CaseId) -> Result<Vec<Vec<Field>>> {
    let permit: Permit<ReadSafeContact, CaseRow> = cases::fetch(reading, case)?;
    let found = all(
        |after| safe_contacts::page(reading, &permit, after, PAGE),
        |contact: &SafeContact| (contact.created_at, contact.id.clone()),
    )?;
    Ok(found.iter().map(safe_contact).collect())
}

fn safe_contact(contact: &SafeContact) -> Vec<Field> {
    let urgent = contact.urgent_because.map(|reason| reason.code());
    let end_reason = contact.end_reason.map(|reason| reason.code());
    let hours = contact.hours.iter().map(SafeHours::to_string);
    vec![
        Field::moment("safe_contacts.created_at", Some(contact.created_at)),
        Field::by("safe_contacts.created_by", Some(&contact.created_by)),
        Field::code("safe_contacts.state", "safe_contact_state", Some(contact.state.get().code())),
        Field::code("safe_contacts.rule", "contact_rule", Some(contact.rule.code())),
        Field::code("safe_contacts.channel", "contact_channel", Some(contact.channel.code())),
        Field::plain("safe_contacts.language", contact.language.clone()),
        Field::plain("safe_contacts.hours", hours),
        Field::by("safe_contacts.used_by", contact.used_by.as_ref()),
        Field::moment("safe_contacts.used_at", contact.used_at),
        Field::code("safe_contacts.urgent_because", "urgent_contact_reason", urgent),
        Field::code("safe_contacts.end_reason", "safe_contact_end_reason", end_reason),
        Field::by("safe_contacts.ended_by", contact.ended_by.as_ref()),
        Field::moment("safe_contacts.ended_at", contact.ended_at),
    ]
}
