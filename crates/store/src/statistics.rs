//! What is counted: read as rows here, and shown as counts only.

use diesel::prelude::*;
use refero_domain::{
    id::CaseId,
    instant::Instant,
    policy::{ReadStatistics, Relation, Scope},
    referral::ReferralState,
    statistics::Asked,
};

use crate::{
    columns::Codes,
    error::{Error, Result},
    schema::{cases, referrals},
    unit::Reading,
};

/// Whose counts a scope opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Counted {
    /// Those of a supervisor's areas, who sees the cases themselves: as they are. All areas, if none is named.
    Own(Vec<String>),
    /// Those of the whole country, for who counts alone: of no few people (R18).
    Country,
}

impl Counted {
    /// Reads it from a scope. Who supervises and counts as well sees what they supervise, as it is: both at
    /// once would tell by their difference what neither tells.
    #[must_use]
    pub fn of(scope: &Scope<ReadStatistics>) -> Self {
        let supervised = || scope.arms().iter().filter(|arm| arm.relation == Relation::InArea);
        if supervised().next().is_none() {
            return Self::Country;
        }
        if supervised().any(|arm| arm.area.is_none()) {
            return Self::Own(Vec::new());
        }
        Self::Own(supervised().filter_map(|arm| arm.area.clone()).collect())
    }
}

/// Reads what was asked of providers in a span of time. Whoever was forgotten since is still counted (R13).
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn asked(
    reading: &mut Reading<'_>,
    counted: &Counted,
    (begin, end): (Instant, Instant),
) -> Result<Vec<Asked>> {
    type Row = (
        CaseId,
        Option<String>,
        Codes,
        ReferralState,
        Option<Instant>,
        Option<Instant>,
        Option<String>,
    );
    let mut query = referrals::table
        .inner_join(cases::table)
        .filter(referrals::sent_at.assume_not_null().ge(begin))
        .filter(referrals::sent_at.assume_not_null().lt(end))
        .select((
            referrals::case_id,
            cases::area,
            referrals::services,
            referrals::state,
            referrals::sent_at,
            referrals::answered_at,
            referrals::end_reason,
        ))
        .into_boxed();
    if let Counted::Own(areas) = counted
        && !areas.is_empty()
    {
        // A case whose area nobody knows lies in every area.
        query = query
            .filter(cases::area.is_null().or(cases::area.assume_not_null().eq_any(areas.clone())));
    }
    let rows: Vec<Row> = query.order(referrals::id).load(reading.conn)?;
    rows.into_iter()
        .map(|(case_id, area, services, state, sent_at, answered_at, end_reason)| {
            let sent_at = sent_at.ok_or_else(|| Error::broken("a sent referral has no moment"))?;
            let services = services.get()?;
            Ok(Asked { case_id, area, services, state, sent_at, answered_at, end_reason })
        })
        .collect()
}
