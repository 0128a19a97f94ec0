//! The judgement itself: what rules a service out, what it scores, and the order.

use super::{Reason, ReasonCode as R, Rules, Standing, Supply, Wanted};
use crate::{
    age::SexReporting, directory::ServiceAges, instant::Instant, placement::FacilityRegime,
    reference::code_enum, referral::DeclineReason, safe_contact::check_hour,
};

code_enum! {
    /// A part of the score.
    pub enum ScorePart {
        /// Whether there is a free place.
        Places = "places",
        /// Whether they can speak with each other.
        Language = "language",
        /// Whether it works where the person is.
        Area = "area",
        /// Whether it has what the person depends on.
        Accessibility = "accessibility",
        /// Whether it is open when it is needed.
        Hours = "hours",
        /// Whether the person can come at once.
        Emergencies = "emergencies",
        /// Whether it takes people of this age.
        Age = "age",
    }
}

impl ScorePart {
    /// Returns the most that it gives. All together give 100: policy, to be confirmed.
    #[must_use]
    pub const fn most(self) -> u8 {
        match self {
            Self::Places => 30,
            Self::Language | Self::Area => 20,
            Self::Accessibility => 10,
            Self::Hours => 8,
            Self::Emergencies => 7,
            Self::Age => 5,
        }
    }
}

/// What one part of the score gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Which.
    pub part: ScorePart,
    /// How much.
    pub points: u8,
}

/// A service that can be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The sum of the parts, out of 100.
    pub score: u8,
    /// The parts, always all of them.
    pub parts: Vec<Part>,
    /// What speaks for it.
    pub reasons_for: Vec<Reason>,
    /// What speaks against it, or is not known.
    pub reasons_against: Vec<Reason>,
    /// It declined this case for this service lately, so that it comes last.
    pub declined_before: bool,
}

/// What was judged of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It can be asked.
    Offered(Offer),
    /// It cannot, for these reasons.
    Excluded(Vec<Reason>),
}

/// Judges a service for a person.
#[must_use]
pub fn judge(wanted: &Wanted, supply: &Supply, standing: &Standing, rules: &Rules) -> Verdict {
    let against = exclusions(wanted, supply, standing);
    if !against.is_empty() {
        return Verdict::Excluded(against);
    }
    let mut sheet = Sheet::default();
    places(supply, rules, &mut sheet);
    language(wanted, supply, &mut sheet);
    area(wanted, supply, &mut sheet);
    accessibility(wanted, supply, &mut sheet);
    hours(wanted, supply, rules, &mut sheet);
    emergencies(wanted, supply, &mut sheet);
    age(wanted, supply, &mut sheet);
    remarks(supply, standing, rules, &mut sheet);
    Verdict::Offered(Offer {
        score: sheet.parts.iter().map(|part| part.points).sum(),
        parts: sheet.parts,
        reasons_for: sheet.speaks_for,
        reasons_against: sheet.speaks_against,
        declined_before: standing.declined.is_some(),
    })
}

/// Puts what can be asked into its order: the best first, who declined lately last. What is alike in all
/// else goes by name and then by id, so that the order is the same whoever asks, and how often.
pub fn rank(offers: &mut [(&Supply, Offer)]) {
    offers.sort_by(|(one, its), (other, theirs)| {
        its.declined_before
            .cmp(&theirs.declined_before)
            .then(theirs.score.cmp(&its.score))
            .then_with(|| one.organisation.cmp(&other.organisation))
            .then_with(|| one.service_id.cmp(&other.service_id))
    });
}

/// What was found so far.
#[derive(Default)]
struct Sheet {
    parts: Vec<Part>,
    speaks_for: Vec<Reason>,
    speaks_against: Vec<Reason>,
}

impl Sheet {
    fn give(&mut self, part: ScorePart, points: u8) {
        self.parts.push(Part { part, points });
    }
    fn says_for(&mut self, reason: Reason) {
        self.speaks_for.push(reason);
    }
    fn says_against(&mut self, reason: Reason) {
        self.speaks_against.push(reason);
    }
}

fn exclusions(wanted: &Wanted, supply: &Supply, standing: &Standing) -> Vec<Reason> {
    let child = wanted.protected_as_child;
    let other_sex = wanted.sex != SexReporting::Unknown
        && !supply.sexes.is_empty()
        && !supply.sexes.iter().any(|taken| taken == wanted.sex.code());
    let unsuitable = standing.declined.map(|(reason, _)| reason).filter(|reason| {
        matches!(reason, DeclineReason::NotEligible | DeclineReason::ServiceNotOffered)
    });
    let plain = [
        (R::Inactive, !supply.active),
        (R::AdultsOnly, child && supply.ages == ServiceAges::AdultsOnly),
        (R::ChildrenOnly, !child && supply.ages == ServiceAges::ChildrenOnly),
        (R::OtherSex, other_sex),
        (R::RefusedByPerson, standing.refused_by_person),
        (R::ConflictOfInterest, standing.conflict),
        (R::AlreadyAsked, standing.asked),
    ];
    let mut found: Vec<Reason> =
        plain.into_iter().filter(|(_, is_so)| *is_so).map(|(code, _)| Reason::of(code)).collect();
    // It will say the same again.
    found.extend(unsuitable.map(declined));
    found
}

fn declined(reason: DeclineReason) -> Reason {
    Reason::naming(R::DeclinedLately, [reason.code().to_owned()])
}

/// Hours since something, rounded down.
fn hours_since(then: Instant, now: Instant) -> i64 {
    now.seconds_since(then).max(0) / 3_600
}

/// What nobody knows is worth less than a place and more than none.
const UNKNOWN_PLACES: u8 = 12;

fn places(supply: &Supply, rules: &Rules, sheet: &mut Sheet) {
    let Some(told) = supply.free_places else {
        sheet.give(ScorePart::Places, UNKNOWN_PLACES);
        sheet.says_against(Reason::of(R::PlacesUnknown));
        return;
    };
    let hours_ago = Some(hours_since(told.as_of, rules.now));
    let counted = |code| Reason { count: Some(told.count), hours_ago, ..Reason::of(code) };
    if told.is_stale(rules.stale_after_hours, rules.now) {
        sheet.give(ScorePart::Places, UNKNOWN_PLACES);
        sheet.says_against(counted(R::PlacesStale));
        return;
    }
    let points = match told.count {
        ..=0 => 0,
        1 => 22,
        2 => 26,
        3.. => ScorePart::Places.most(),
    };
    sheet.give(ScorePart::Places, points);
    if points == 0 {
        sheet.says_against(counted(R::NoFreePlace));
    } else {
        sheet.says_for(counted(R::FreePlaces));
    }
}

fn language(wanted: &Wanted, supply: &Supply, sheet: &mut Sheet) {
    let most = ScorePart::Language.most();
    let Some((first, _)) = wanted.languages.split_first() else {
        // Nobody has asked the person yet: that is no service's fault.
        sheet.give(ScorePart::Language, most / 2);
        return;
    };
    let common = wanted.languages.iter().find(|spoken| supply.languages.contains(spoken));
    let (points, reason) = match common {
        Some(spoken) if spoken == first => {
            (most, Reason::naming(R::SpeaksLanguage, [spoken.clone()]))
        }
        Some(spoken) => (16, Reason::naming(R::SpeaksOtherLanguage, [spoken.clone()])),
        None if supply.languages.is_empty() => (14, Reason::of(R::AnyLanguage)),
        None => (0, Reason::naming(R::NoCommonLanguage, wanted.languages.clone())),
    };
    sheet.give(ScorePart::Language, points);
    if points == 0 { sheet.says_against(reason) } else { sheet.says_for(reason) }
}

fn area(wanted: &Wanted, supply: &Supply, sheet: &mut Sheet) {
    let most = ScorePart::Area.most();
    let Some(area) = &wanted.area else {
        sheet.give(ScorePart::Area, most / 2);
        return;
    };
    if supply.areas.is_empty() {
        sheet.give(ScorePart::Area, 15);
        sheet.says_for(Reason::of(R::WholeCountry));
    } else if supply.areas.contains(area) {
        sheet.give(ScorePart::Area, most);
        sheet.says_for(Reason::naming(R::InArea, [area.clone()]));
    } else {
        sheet.give(ScorePart::Area, 0);
        sheet.says_against(Reason::naming(R::OutsideArea, supply.areas.clone()));
    }
}

fn accessibility(wanted: &Wanted, supply: &Supply, sheet: &mut Sheet) {
    let most = ScorePart::Accessibility.most();
    if wanted.accessibility.is_empty() {
        sheet.give(ScorePart::Accessibility, most);
        return;
    }
    let Some(has) = &supply.accessibility else {
        sheet.give(ScorePart::Accessibility, most / 2);
        sheet.says_against(Reason::of(R::AccessibilityUnknown));
        return;
    };
    let lacks: Vec<String> =
        wanted.accessibility.iter().filter(|need| !has.contains(need)).cloned().collect();
    if lacks.is_empty() {
        sheet.give(ScorePart::Accessibility, most);
        sheet.says_for(Reason::naming(R::Accessible, wanted.accessibility.clone()));
    } else {
        sheet.give(ScorePart::Accessibility, 0);
        sheet.says_against(Reason::naming(R::NotAccessible, lacks));
    }
}

/// Hours count only where it cannot wait until somebody opens.
fn hours(wanted: &Wanted, supply: &Supply, rules: &Rules, sheet: &mut Sheet) {
    let most = ScorePart::Hours.most();
    if !wanted.urgency.is_emergency() {
        sheet.give(ScorePart::Hours, most);
        return;
    }
    let (points, code) = if supply.always_open {
        (most, R::AlwaysOpen)
    } else if supply.hours.is_empty() {
        (most / 2, R::HoursUnknown)
    } else if check_hour(&supply.hours, rules.utc_offset_minutes, rules.now).is_ok() {
        (most, R::OpenNow)
    } else {
        (0, R::ClosedNow)
    };
    sheet.give(ScorePart::Hours, points);
    if points == most {
        sheet.says_for(Reason::of(code));
    } else {
        sheet.says_against(Reason::of(code));
    }
}

fn emergencies(wanted: &Wanted, supply: &Supply, sheet: &mut Sheet) {
    let most = ScorePart::Emergencies.most();
    if !wanted.urgency.is_emergency() {
        sheet.give(ScorePart::Emergencies, most);
        return;
    }
    match supply.takes_emergencies {
        Some(true) => {
            sheet.give(ScorePart::Emergencies, most);
            sheet.says_for(Reason::of(R::TakesEmergencies));
        }
        None => {
            sheet.give(ScorePart::Emergencies, most / 2);
            sheet.says_against(Reason::of(R::EmergenciesUnknown));
        }
        Some(false) => {
            sheet.give(ScorePart::Emergencies, 0);
            sheet.says_against(Reason::of(R::NoEmergencies));
        }
    }
}

/// An estimated year of birth is no proof: an age that does not fit counts against, and rules nothing out.
fn age(wanted: &Wanted, supply: &Supply, sheet: &mut Sheet) {
    let most = ScorePart::Age.most();
    let (least, greatest) = supply.limits;
    if least.is_none() && greatest.is_none() {
        sheet.give(ScorePart::Age, most);
        return;
    }
    let Some((youngest, oldest)) = wanted.ages else {
        sheet.give(ScorePart::Age, most / 2);
        return;
    };
    let too_young = least.is_some_and(|least| oldest < least);
    let too_old = greatest.is_some_and(|greatest| youngest > greatest);
    if too_young || too_old {
        sheet.give(ScorePart::Age, 0);
        sheet.says_against(Reason::of(R::AgeOutside));
    } else {
        sheet.give(ScorePart::Age, most);
        sheet.says_for(Reason::of(R::AgeFits));
    }
}

/// What somebody should know and no number says.
fn remarks(supply: &Supply, standing: &Standing, rules: &Rules, sheet: &mut Sheet) {
    if supply.ages == ServiceAges::ChildrenOnly {
        sheet.says_for(Reason::of(R::ForChildren));
    }
    match supply.regime {
        Some(FacilityRegime::Open) => sheet.says_for(Reason::of(R::OpenRegime)),
        Some(FacilityRegime::Closed) => sheet.says_against(Reason::of(R::ClosedRegime)),
        Some(FacilityRegime::SemiOpen) | None => {}
    }
    if let Some((reason, at)) = standing.declined {
        let hours_ago = Some(hours_since(at, rules.now));
        sheet.says_against(Reason { hours_ago, ..declined(reason) });
    }
}
