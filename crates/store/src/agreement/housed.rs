//! Placements: listed exactly when they may be fetched.

use std::collections::BTreeSet;

use diesel::prelude::*;
use refero_domain::{
    actor::Actor,
    placement::{FacilityRegime, FreedomOfMovement, PlacementKind},
    policy::{self, ReadPlacement},
    sensitive::Sensitive,
};

use super::{
    CASES, EVERYTHING, Shuffle, allowed, case, country::Country, organisation, placement, texts,
};
use crate::{
    db::DbConn,
    error::Result,
    placements::{self, NewPlacement},
    schema::placements as table,
    unit::Tx,
};

/// The person of a case lives somewhere.
pub(super) fn house(tx: &mut Tx<'_>, n: usize) -> Result<()> {
    let permit = placements::case_for(tx, &case(n), None)?;
    let new = NewPlacement {
        id: placement(n),
        kind: PlacementKind::Other,
        organisation_id: None,
        regime: FacilityRegime::Open,
        freedom: FreedomOfMovement::Unrestricted,
        started_on: tx.now().date(),
        planned_until: None,
        separates: false,
        location: Sensitive::default(),
        words: Sensitive::default(),
    };
    placements::insert(tx, &permit, &new)
}

/// Says anew who runs the places.
pub(super) fn set(conn: &mut DbConn, shuffle: &Shuffle) {
    for (n, by) in shuffle.houses.iter().enumerate() {
        diesel::update(table::table.find(placement(n)))
            .set(table::organisation_id.eq(by.map(organisation)))
            .execute(conn)
            .unwrap();
    }
}

pub(super) fn fetched(country: &Country, actor: &Actor) -> BTreeSet<String> {
    let housed = (0..CASES).filter(|n| {
        country.look(actor, |reading| {
            allowed(placements::fetch::<ReadPlacement>(reading, &case(*n), &placement(*n)))
        })
    });
    texts(housed.map(placement))
}

pub(super) fn listed(country: &Country, actor: &Actor) -> BTreeSet<String> {
    let Ok(scope) = policy::scope::<ReadPlacement>(actor) else {
        return BTreeSet::new();
    };
    let of_case = |n| {
        country.look(actor, |reading| {
            let page = placements::page(reading, &scope, &case(n), None, EVERYTHING).unwrap();
            texts(page.iter().map(|permit| permit.row().placement.id.clone()))
        })
    };
    (0..CASES).flat_map(of_case).collect()
}
