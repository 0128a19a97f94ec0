//! Proceedings: listed exactly when they may be fetched, and the cases with them (R8).

use std::collections::BTreeSet;

use diesel::prelude::*;
use refero_domain::{
    actor::Actor,
    id::ProceedingId,
    policy::{OpenProceeding, ReadProceeding},
    proceeding::PersonRole,
    sensitive::Sensitive,
};

use super::{CASES, EVERYTHING, Shuffle, allowed, case, country::Country, id, organisation, texts};
use crate::{
    cases,
    error::Result,
    proceedings::{self, NewProceeding},
    schema::proceedings as table,
    unit::Tx,
};

pub(super) const PROCEEDINGS: usize = 8;
/// Two behind the wall, one beside it, and one against the person.
pub(super) const KINDS: [&str; 4] =
    ["criminal_trafficking", "criminal_related", "asylum", "prosecution_of_victim"];

fn proceeding(n: usize) -> ProceedingId {
    id(10, n)
}

/// Opens a proceeding about the case of its number.
pub(super) fn open(tx: &mut Tx<'_>, n: usize) -> Result<()> {
    let permit = cases::fetch::<OpenProceeding>(tx, &case(n % CASES))?;
    let new = NewProceeding {
        id: proceeding(n),
        kind: KINDS[0].to_owned(),
        organisation_id: organisation(0),
        person_role: PersonRole::Witness,
        protective_measures: Vec::new(),
        words: Sensitive::default(),
    };
    proceedings::insert(tx, &permit, &new)
}

/// Puts every proceeding before another authority.
pub(super) fn set(conn: &mut crate::db::DbConn, shuffle: &Shuffle) {
    for (n, (by, kind)) in shuffle.proceedings.iter().enumerate() {
        diesel::update(table::table.find(proceeding(n)))
            .set((table::organisation_id.eq(organisation(*by)), table::kind.eq(KINDS[*kind])))
            .execute(conn)
            .unwrap();
    }
}

pub(super) fn fetched(country: &Country, actor: &Actor) -> BTreeSet<String> {
    texts((0..PROCEEDINGS).map(|n| (n, proceeding(n))).filter_map(|(n, id)| {
        let may = country.look(actor, |reading| {
            allowed(proceedings::fetch::<ReadProceeding>(reading, &case(n % CASES), &id))
        });
        may.then_some(id)
    }))
}

pub(super) fn listed(country: &Country, actor: &Actor) -> BTreeSet<String> {
    let of_case = |n: usize| {
        country.look(actor, |reading| match cases::fetch::<ReadProceeding>(reading, &case(n)) {
            Ok(permit) => {
                let page = proceedings::page(reading, &permit, None, EVERYTHING).unwrap();
                page.iter().map(|permit| permit.row().proceeding.id.clone()).collect()
            }
            Err(error) => {
                allowed::<()>(Err(error));
                Vec::new()
            }
        })
    };
    texts((0..CASES).flat_map(of_case))
}
