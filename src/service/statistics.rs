//! Counts, for who supervises and for who counts alone (R18).

use refero_domain::{
    event::{Event, Operation},
    policy::{self, ReadStatistics},
    profile::CountryProfile,
    refusal::Refusal,
    statistics::{self, Gaps, Quarter},
};
use refero_store::{
    Result,
    statistics::{Counted, asked},
    unit::Reading,
};

/// Where services are missing, in a quarter.
#[derive(Debug)]
pub struct GapReport {
    /// The quarter.
    pub quarter: Quarter,
    /// Whether it is over.
    pub is_over: bool,
    /// Counts of fewer people than this are not shown; nothing if all are.
    pub suppress_under: Option<u16>,
    /// The counts.
    pub gaps: Gaps,
}

/// Counts what was asked of providers in a quarter, and how they answered; in the last that is over, if none
/// is named. Who counts alone is told of no quarter that is not over: from day to day its difference would
/// tell of one person.
///
/// # Errors
/// [`Refusal::NotPermitted`] for who counts nothing, and for who counts alone and asks for a quarter that is not
/// over.
///
/// # Audit
/// `statistics.read`.
pub fn service_gaps(
    reading: &mut Reading<'_>,
    quarter: Option<Quarter>,
    profile: &CountryProfile,
) -> Result<(Event, GapReport)> {
    let scope = policy::scope::<ReadStatistics>(reading.actor()?)?;
    let offset = profile.calendar.utc_offset_minutes;
    let present = Quarter::at(reading.now(), offset);
    let quarter = quarter.unwrap_or(present.before());
    let is_over = quarter < present;
    let counted = Counted::of(&scope);
    let suppress_under = (counted == Counted::Country).then_some(profile.statistics.suppress_under);
    if suppress_under.is_some() && !is_over {
        return Err(Refusal::NotPermitted.into());
    }
    let span = quarter.span(offset).ok_or(Refusal::NotFound)?;
    let asked = asked(reading, &counted, span)?;
    let gaps = statistics::gaps(&asked, span.1, suppress_under);
    let event = Event::of::<ReadStatistics>(Operation::Read);
    Ok((event, GapReport { quarter, is_over, suppress_under, gaps }))
}
