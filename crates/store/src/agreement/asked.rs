//! Requests for a copy: listed exactly when they may be fetched.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use diesel::prelude::*;
use refero_domain::{
    actor::Actor,
    id::AccessRequestId,
    policy::{self, CreateAccessRequest, ReadAccessRequest},
    subject_access::{AccessAsker, CopyLanguage},
};

use super::{EVERYTHING, allowed, case, country::Country, texts};
use crate::{
    access_requests::{self, NewRequest},
    cases,
    error::Result,
    schema::access_requests as requests,
    unit::Tx,
};

/// The person of a case asks.
pub(super) fn ask(tx: &mut Tx<'_>, n: usize) -> Result<()> {
    let permit = cases::fetch::<CreateAccessRequest>(tx, &case(n))?;
    let new = NewRequest {
        asker: AccessAsker::Person,
        language: CopyLanguage::French,
        delivery: None,
        file_reference: "14".to_owned(),
        received_on: NaiveDate::default(),
        due: None,
    };
    access_requests::insert(tx, &permit, &new).map(drop)
}

pub(super) fn fetched(country: &Country, actor: &Actor) -> BTreeSet<String> {
    let all: Vec<AccessRequestId> = country
        .look(actor, |reading| requests::table.select(requests::id).load(reading.conn).unwrap());
    texts(all.into_iter().filter(|id| {
        country.look(actor, |reading| {
            allowed(access_requests::fetch::<ReadAccessRequest>(reading, id))
        })
    }))
}

pub(super) fn listed(country: &Country, actor: &Actor) -> BTreeSet<String> {
    let Ok(scope) = policy::scope::<ReadAccessRequest>(actor) else {
        return BTreeSet::new();
    };
    country.look(actor, |reading| {
        let page = access_requests::page(reading, &scope, None, None, EVERYTHING).unwrap();
        texts(page.iter().map(|permit| permit.row().request.id.clone()))
    })
}
