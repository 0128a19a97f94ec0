//! Where services are missing: what was asked in a quarter, how it was answered, and what nobody took.
//!
//! A quarter is counted as it stood at its end, so that a later answer does not change it: two readings of one
//! quarter tell no more than one.

use std::collections::{BTreeMap, BTreeSet};

use super::{Cell, Sum, hidden};
use crate::{
    id::CaseId,
    instant::Instant,
    referral::{DeclineReason, ReferralState},
};

/// A referral that was sent in the quarter.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The case.
    pub case_id: CaseId,
    /// Where the person was found.
    pub area: Option<String>,
    /// The `service_type` codes asked for.
    pub services: Vec<String>,
    /// Where it stands now.
    pub state: ReferralState,
    /// When it was sent.
    pub sent_at: Instant,
    /// When the provider answered.
    pub answered_at: Option<Instant>,
    /// The coded reason of its end.
    pub end_reason: Option<String>,
}

/// How many referrals were declined for one reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Declined {
    /// The reason.
    pub reason: DeclineReason,
    /// How many; nothing if it is not shown.
    pub count: Option<i64>,
}

/// What was asked and answered. A count is nothing where it is not shown (R18).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counts {
    /// People for whom the service was asked.
    pub people_asked: Option<i64>,
    /// Those for whom somebody accepted.
    pub people_accepted: Option<i64>,
    /// Those for whom nobody had accepted when the quarter ended.
    pub people_unmet: Option<i64>,
    /// Referrals that were sent.
    pub asked: Option<i64>,
    /// Those that were accepted.
    pub accepted: Option<i64>,
    /// Those that were declined.
    pub declined: Option<i64>,
    /// Those that had not been answered when the quarter ended.
    pub unanswered: Option<i64>,
    /// Why they were declined.
    pub declined_by: Vec<Declined>,
    /// Half of the answers came within so many seconds.
    pub median_answer_s: Option<i64>,
}

/// The counts of one area.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AreaGaps {
    /// ISO 3166-2; nothing if nobody knows where the people were found.
    pub area: Option<String>,
    /// The counts.
    pub counts: Counts,
}

/// The counts of one type of service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceGaps {
    /// A code of `service_type`.
    pub service_type: String,
    /// In all areas.
    pub total: Counts,
    /// Area by area.
    pub areas: Vec<AreaGaps>,
}

/// The whole table.
pub type Gaps = Vec<ServiceGaps>;

/// Counts what was asked in a quarter that ends before `end`; with `least`, as it is shown to who counts
/// alone (R18).
#[must_use]
pub fn gaps(asked: &[Asked], end: Instant, least: Option<u16>) -> Gaps {
    let types: BTreeSet<&String> = asked.iter().flat_map(|one| &one.services).collect();
    types.into_iter().map(|service_type| of_type(service_type, asked, end, least)).collect()
}

fn of_type(service_type: &str, all: &[Asked], end: Instant, least: Option<u16>) -> ServiceGaps {
    let asked: Vec<&Asked> = all
        .iter()
        .filter(|one| one.services.iter().any(|service| service == service_type))
        .collect();
    let mut by_area: BTreeMap<Option<&str>, Vec<&Asked>> = BTreeMap::new();
    for one in &asked {
        by_area.entry(one.area.as_deref()).or_default().push(one);
    }
    let tallies: Vec<Tally> = std::iter::once(&asked)
        .chain(by_area.values())
        .map(|asked| Tally::of(asked, end))
        .collect();
    let hides = least.map(|least| hidden(&cells(&tallies), &sums(tallies.len()), least));
    let mut shown = tallies.iter().enumerate().map(|(row, tally)| {
        let hides = |column| {
            let place = row * COLUMNS + column;
            hides.as_ref().is_some_and(|hides| hides.get(place).copied().unwrap_or(true))
        };
        tally.shown(&hides, least)
    });
    // The first row is the sum of the others.
    let total = shown.next().unwrap_or_else(|| Tally::default().shown(&|_| true, least));
    let areas = by_area
        .keys()
        .zip(shown)
        .map(|(area, counts)| AreaGaps { area: area.map(str::to_owned), counts })
        .collect();
    ServiceGaps { service_type: service_type.to_owned(), total, areas }
}

/// The columns before those of the reasons.
const PEOPLE_ASKED: usize = 0;
const PEOPLE_ACCEPTED: usize = 1;
const PEOPLE_UNMET: usize = 2;
const ASKED: usize = 3;
const ACCEPTED: usize = 4;
const DECLINED: usize = 5;
const UNANSWERED: usize = 6;
const REASONS: usize = 7;
const COLUMNS: usize = REASONS + DeclineReason::ALL.len();

/// One row of the table.
#[derive(Debug, Default)]
struct Tally {
    cells: Vec<Cell>,
    answered_by: usize,
    median_answer_s: Option<i64>,
}

/// How a referral stood at the end of the quarter.
fn declined_for(one: &Asked) -> Option<DeclineReason> {
    let declined = one.state == ReferralState::Declined;
    one.end_reason.as_deref().filter(|_| declined).and_then(|reason| reason.parse().ok())
}

impl Tally {
    fn of(asked: &[&Asked], end: Instant) -> Self {
        let answered = |one: &Asked| one.answered_at.is_some_and(|at| at < end);
        let declined = |one: &Asked| answered(one) && one.state == ReferralState::Declined;
        let accepted = |one: &Asked| answered(one) && one.state != ReferralState::Declined;
        let cell = |counts: &dyn Fn(&Asked) -> bool| {
            let counted: Vec<&&Asked> = asked.iter().filter(|one| counts(one)).collect();
            let people: BTreeSet<&CaseId> = counted.iter().map(|one| &one.case_id).collect();
            Cell { count: number(counted.len()), people: number(people.len()) }
        };
        let people = |cell: Cell| Cell { count: cell.people, ..cell };
        let (all, taken) = (people(cell(&|_| true)), people(cell(&accepted)));
        let unmet = all.people.saturating_sub(taken.people);
        let mut cells = vec![
            all,
            taken,
            Cell { count: unmet, people: unmet },
            cell(&|_| true),
            cell(&accepted),
            cell(&declined),
            cell(&|one: &Asked| !answered(one)),
        ];
        cells.extend(DeclineReason::ALL.iter().map(|reason| {
            cell(&|one: &Asked| declined(one) && declined_for(one) == Some(*reason))
        }));
        let mut waits: Vec<i64> = asked
            .iter()
            .filter(|one| answered(one))
            .filter_map(|one| Some(one.answered_at?.seconds_since(one.sent_at)))
            .collect();
        waits.sort_unstable();
        let answered_by = asked.iter().filter(|one| answered(one)).map(|one| &one.case_id);
        let answered_by = answered_by.collect::<BTreeSet<_>>().len();
        Self { cells, answered_by, median_answer_s: median(&waits) }
    }

    fn shown(&self, hides: &dyn Fn(usize) -> bool, least: Option<u16>) -> Counts {
        let count = |column: usize| {
            self.cells.get(column).filter(|_| !hides(column)).map(|cell| cell.count)
        };
        let reasons = DeclineReason::ALL.iter().zip(REASONS..);
        let few = least.is_some_and(|least| self.answered_by < usize::from(least));
        Counts {
            people_asked: count(PEOPLE_ASKED),
            people_accepted: count(PEOPLE_ACCEPTED),
            people_unmet: count(PEOPLE_UNMET),
            asked: count(ASKED),
            accepted: count(ACCEPTED),
            declined: count(DECLINED),
            unanswered: count(UNANSWERED),
            declined_by: reasons
                .map(|(reason, column)| Declined { reason: *reason, count: count(column) })
                .collect(),
            median_answer_s: self.median_answer_s.filter(|_| !few),
        }
    }
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Returns the lower of the two in the middle.
fn median(sorted: &[i64]) -> Option<i64> {
    sorted.get(sorted.len().checked_sub(1)? / 2).copied()
}

fn cells(tallies: &[Tally]) -> Vec<Cell> {
    tallies.iter().flat_map(|tally| tally.cells.iter().copied()).collect()
}

/// Names every sum in the table: within each row, and of the areas in each column.
fn sums(rows: usize) -> Vec<Sum> {
    let within = |row: usize, total: usize, parts: std::ops::Range<usize>| {
        let begin = row * COLUMNS;
        Sum { total: begin + total, parts: parts.map(|part| begin + part).collect() }
    };
    let in_rows = (0..rows).flat_map(|row| {
        [
            within(row, PEOPLE_ASKED, PEOPLE_ACCEPTED..ASKED),
            within(row, ASKED, ACCEPTED..REASONS),
            within(row, DECLINED, REASONS..COLUMNS),
        ]
    });
    let in_columns = (0..COLUMNS).map(|column| Sum {
        total: column,
        parts: (1..rows).map(|row| row * COLUMNS + column).collect(),
    });
    in_rows.chain(in_columns).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hours: i64) -> Instant {
        Instant::from_utc("2026-10-01T00:00:00Z".parse().unwrap()).plus_seconds(hours * 3_600)
    }

    fn asked(n: u8, area: &str, state: ReferralState, answered: Option<i64>) -> Asked {
        let declined = state == ReferralState::Declined;
        Asked {
            case_id: CaseId::from_random_bytes([n; 16]),
            area: Some(area.to_owned()),
            services: vec!["safe_shelter".to_owned()],
            state,
            sent_at: at(1),
            answered_at: answered.map(at),
            end_reason: declined.then(|| "no_capacity".to_owned()),
        }
    }

    /// Two areas: thirty people in the north, three in the south.
    fn country() -> Vec<Asked> {
        let north = (0..30).map(|n| match n {
            0..15 => asked(n, "XZ-N", ReferralState::Accepted, Some(3)),
            15..28 => asked(n, "XZ-N", ReferralState::Declined, Some(2)),
            _ => asked(n, "XZ-N", ReferralState::Sent, None),
        });
        let south = (30..33).map(|n| asked(n, "XZ-S", ReferralState::Declined, Some(4)));
        north.chain(south).collect()
    }

    const END: i64 = 90 * 24;

    #[test]
    fn what_was_asked_is_counted_by_area_and_answer() {
        let found = gaps(&country(), at(END), None);

        let total = &found[0].total;
        assert_eq!(
            (total.asked, total.accepted, total.declined, total.unanswered),
            (Some(33), Some(15), Some(16), Some(2))
        );
        assert_eq!(
            (total.people_asked, total.people_accepted, total.people_unmet),
            (Some(33), Some(15), Some(18))
        );
        assert_eq!(total.median_answer_s, Some(2 * 3_600));
        let no_capacity = total.declined_by[0];
        assert_eq!((no_capacity.reason, no_capacity.count), (DeclineReason::NoCapacity, Some(16)));
        let areas: Vec<_> = found[0].areas.iter().map(|area| area.area.as_deref()).collect();
        assert_eq!(areas, [Some("XZ-N"), Some("XZ-S")]);
    }

    #[test]
    fn r18_who_counts_alone_is_shown_no_count_of_few_people_and_none_from_which_it_follows() {
        let found = gaps(&country(), at(END), Some(11));

        let (north, south) = (&found[0].areas[0].counts, &found[0].areas[1].counts);
        assert_eq!(south.asked, None);
        assert_eq!(south.median_answer_s, None);
        assert_eq!(north.unanswered, None, "two people");
        // Thirty-three in all and thirty in the north would be three in the south.
        assert!(found[0].total.asked.is_none() || north.asked.is_none());
        assert_eq!(found[0].total.people_asked, Some(33));
    }

    #[test]
    fn a_person_who_was_declined_and_accepted_is_met() {
        let both = [
            asked(1, "XZ-N", ReferralState::Declined, Some(2)),
            asked(1, "XZ-N", ReferralState::ServiceStarted, Some(9)),
        ];
        let total = &gaps(&both, at(END), None)[0].total;
        assert_eq!(
            (total.asked, total.people_asked, total.people_unmet),
            (Some(2), Some(1), Some(0))
        );
    }

    #[test]
    fn a_quarter_is_counted_as_it_stood_at_its_end() {
        let late = [asked(1, "XZ-N", ReferralState::Accepted, Some(END + 1))];
        let total = &gaps(&late, at(END), None)[0].total;
        assert_eq!(
            (total.unanswered, total.people_unmet, total.median_answer_s),
            (Some(1), Some(1), None)
        );
    }
}
