//! Alerts: listed exactly when they may be fetched.

use std::collections::BTreeSet;

use refero_domain::{
    actor::Actor,
    policy::{self, ReadAlert},
};

use super::{ALERTS, EVERYTHING, alert, allowed, country::Country, texts};
use crate::alerts;

pub(super) fn fetched(country: &Country, actor: &Actor) -> BTreeSet<String> {
    texts((0..ALERTS).map(alert).filter(|id| {
        country.look(actor, |reading| allowed(alerts::fetch::<ReadAlert>(reading, id)))
    }))
}

pub(super) fn listed(country: &Country, actor: &Actor) -> BTreeSet<String> {
    let Ok(scope) = policy::scope::<ReadAlert>(actor) else {
        return BTreeSet::new();
    };
    country.look(actor, |reading| {
        let page = alerts::page(reading, &scope, None, None, EVERYTHING).unwrap();
        texts(page.iter().map(|permit| permit.row().id.clone()))
    })
}
