//! Incidents and documents: listed exactly when they may be fetched.

use std::collections::BTreeSet;

use diesel::prelude::*;
use refero_domain::{
    actor::Actor,
    id::{DocumentId, IncidentId, IncidentLinkId},
    incident::{IncidentLinkState, OffenceFacts},
    policy::{self, Class, CreateIncident, ReadDocument, ReadIncident},
    sensitive::Sensitive,
};

use super::{
    AREAS, CASES, EVERYTHING, Shuffle, allowed, case,
    country::{Country, now},
    id, organisation, texts, user,
};
use crate::{
    db::DbConn,
    documents::{self, NewDocument},
    error::Result,
    incidents::{self, Account},
    schema::{documents as document_table, incident_links as links, incidents as incident_table},
    unit::Tx,
};

pub(super) const INCIDENTS: usize = 3;
pub(super) const DOCUMENTS: usize = 8;
pub(super) const CLASSES: [Class; 3] =
    [Class::CaseRestricted, Class::Medical, Class::Investigation];

fn incident(n: usize) -> IncidentId {
    id(11, n)
}
fn document(n: usize) -> DocumentId {
    id(12, n)
}
fn link(n: usize) -> IncidentLinkId {
    id(13, n)
}

/// Records an incident.
pub(super) fn record(tx: &mut Tx<'_>, n: usize) -> Result<()> {
    let permit = policy::decide::<CreateIncident, _>(tx.actor()?, &policy::SystemFacts, ())?;
    let account = Account {
        found_on: tx.now().date(),
        area: None,
        place: "other".to_owned(),
        facts: OffenceFacts::default(),
        words: Sensitive::default(),
    };
    incidents::insert(tx, &permit, &incident(n), &account)
}

/// Adds a document to the case of its number.
pub(super) fn add(tx: &mut Tx<'_>, n: usize) -> Result<()> {
    let permit = documents::case_for(tx, &case(n % CASES), Class::CaseRestricted)?;
    let new = NewDocument {
        id: document(n),
        kind: "other".to_owned(),
        class: Class::CaseRestricted,
        language: None,
        issued_on: None,
        words: Sensitive::default(),
        supersedes_id: None,
    };
    documents::insert(tx, &permit, &new)
}

/// Says anew who found whom where, and who added which documents.
pub(super) fn set(conn: &mut DbConn, shuffle: &Shuffle) {
    for (n, (by, area)) in shuffle.incidents.iter().enumerate() {
        diesel::update(incident_table::table.find(incident(n)))
            .set((
                incident_table::organisation_id.eq(organisation(*by)),
                incident_table::area.eq(AREAS[*area]),
            ))
            .execute(conn)
            .unwrap();
    }
    diesel::delete(links::table).execute(conn).unwrap();
    let found = shuffle.found.iter().enumerate();
    for (n, of) in found.filter_map(|(n, of)| of.map(|of| (n, of))) {
        let (created_at, by) = (now(), user(0));
        diesel::insert_into(links::table)
            .values((
                links::id.eq(link(n)),
                links::incident_id.eq(incident(of)),
                links::case_id.eq(case(n)),
                links::state.eq(IncidentLinkState::Linked),
                links::created_by.eq(by),
                links::version.eq(1),
                links::created_at.eq(created_at),
                links::updated_at.eq(created_at),
            ))
            .execute(conn)
            .unwrap();
    }
    for (n, (by, class)) in shuffle.documents.iter().enumerate() {
        diesel::update(document_table::table.find(document(n)))
            .set((
                document_table::organisation_id.eq(organisation(*by)),
                document_table::class.eq(CLASSES[*class]),
            ))
            .execute(conn)
            .unwrap();
    }
}

pub(super) fn fetched(country: &Country, actor: &Actor) -> BTreeSet<String> {
    let known = (0..INCIDENTS).map(incident).filter(|id| {
        country.look(actor, |reading| allowed(incidents::fetch::<ReadIncident>(reading, id)))
    });
    let kept = (0..DOCUMENTS).filter(|n| {
        country.look(actor, |reading| {
            allowed(documents::fetch::<ReadDocument>(reading, &case(*n % CASES), &document(*n)))
        })
    });
    texts(known).into_iter().chain(texts(kept.map(document))).collect()
}

pub(super) fn listed(country: &Country, actor: &Actor) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    if let Ok(scope) = policy::scope::<ReadIncident>(actor) {
        all.extend(country.look(actor, |reading| {
            let page = incidents::page(reading, &scope, None, EVERYTHING).unwrap();
            texts(page.iter().map(|permit| permit.row().incident.id.clone()))
        }));
    }
    if let Ok(scope) = policy::scope::<ReadDocument>(actor) {
        for n in 0..CASES {
            all.extend(country.look(actor, |reading| {
                let page = documents::page(reading, &scope, &case(n), None, EVERYTHING).unwrap();
                texts(page.iter().map(|permit| permit.row().document.id.clone()))
            }));
        }
    }
    all
}
