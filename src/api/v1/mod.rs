//! Version 1 of the API: one module per resource, one function per operation.

pub mod access_report;
pub mod access_requests;
pub mod age_assessments;
pub mod alerts;
pub mod audit_events;
pub mod audit_export;
pub mod audit_log;
pub mod audit_verification;
pub mod bait_cases;
pub mod best_interests;
pub mod care;
pub mod cases;
pub mod complaints;
pub mod conferences;
pub mod consents;
pub mod documents;
pub mod duplicates;
pub mod emergency_accesses;
pub mod erasures;
pub mod follow_ups;
pub mod guardians;
pub mod identification;
pub mod incidents;
pub mod indicator_sets;
pub mod letters;
pub mod me;
pub mod non_punishment;
pub mod organisations;
mod parts;
pub mod placements;
pub mod plans;
pub mod proceedings;
pub mod queues;
pub mod reference;
pub mod referrals;
pub mod reflection_periods;
pub mod reports;
pub mod rules;
pub mod safe_contacts;
pub mod service_match;
pub mod service_updates;
pub mod services;
pub mod session;
pub mod statistics;
pub mod users;

use std::collections::BTreeMap;

use refero_domain::{
    event::Event,
    id::{Id, Kind},
};
use refero_store::{
    Error, Result,
    once::Once,
    unit::{Audited, Reading, Tx},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::{
    extract::Checked,
    page::{Cursor, Limit},
};

/// The body of an act that needs none: absent or `{}`.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

impl Checked for Nothing {}

/// Whether something of the directory takes part: it is made inactive by a change, not by a move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Activity {
    /// It takes part.
    Active,
    /// It does not take part now.
    Inactive,
}

impl Activity {
    const fn of(active: bool) -> Self {
        if active { Self::Active } else { Self::Inactive }
    }
}

/// Which page of a list that has no filters.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct PageQuery {
    /// How many rows.
    #[serde(default)]
    pub(in crate::api) limit: Limit,
    /// Where the list goes on.
    #[serde(default)]
    pub(in crate::api) cursor: Option<Cursor>,
}

/// Where to go from a representation: relation and address.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Links(BTreeMap<&'static str, String>);

impl Links {
    /// Begins with one link.
    #[must_use]
    pub fn to(relation: &'static str, address: String) -> Self {
        Self(BTreeMap::from([(relation, address)]))
    }

    /// Adds one more.
    #[must_use]
    pub fn and(mut self, relation: &'static str, address: String) -> Self {
        self.0.insert(relation, address);
        self
    }
}

/// Acts once, however often the request arrives, and shows the result as it is now.
///
/// A replay acts on nothing. It is a reading: it is authorised anew by opening, and it leaves the
/// event of that reading (R14).
///
/// # Errors
/// Whatever the act or the opening refuses; then nothing is kept.
pub fn once<K: Kind, V>(
    tx: &mut Tx<'_>,
    once: Option<&Once>,
    act: impl FnOnce(&mut Tx<'_>) -> Result<Audited<Id<K>>>,
    open: impl FnOnce(&mut Reading<'_>, &Id<K>) -> Result<(Event, V)>,
) -> Result<Audited<V>> {
    if let Some(object) = refero_store::once::earlier(tx, once)? {
        let id: Id<K> =
            object.parse().map_err(|_| Error::broken("a kept object id is malformed"))?;
        let (event, view) = open(tx, &id)?;
        return tx.record(&event, view);
    }
    let acted = act(tx)?;
    refero_store::once::keep(tx, once, acted.peek().as_str())?;
    // What the act itself left is shown under the act's own event.
    acted.try_map(|id| open(tx, &id).map(|(_, view)| view))
}
