//! Finding a service: offers ranked for a case or for what is known of somebody, and the next best one after a
//! provider has declined.

use std::collections::{BTreeMap, BTreeSet};

use chrono::Datelike as _;
use refero_domain::{
    age::SexReporting,
    case::RiskLevel,
    event::{Event, Operation},
    id::{CaseId, ReferralId, ServiceId},
    instant::Instant,
    policy::{self, Action as _, Class, MatchServices, Permit, ReadReferral, Sight},
    profile::CountryProfile,
    reference::CodeLists,
    referral::{ReferralState, Urgency},
    refusal::Refusal,
    service_match::{CaseHistory, Offer, Reason, Rules, Supply, Verdict, Wanted, judge, rank},
};
use refero_store::{
    Result,
    cases::{self, CaseRow},
    people::Person,
    referrals::ReferralRow,
    supply::{self, Asked},
    unit::Reading,
};

/// What is looked for. What a case tells is not asked for once more.
#[derive(Debug, Clone)]
pub struct Search {
    /// For whom: the facts are those of the case.
    pub case_id: Option<CaseId>,
    /// Codes of `service_type`.
    pub services: Vec<String>,
    /// How soon somebody must answer.
    pub urgency: Option<Urgency>,
    /// Where.
    pub area: Option<String>,
    /// Sex for reporting, without a case.
    pub sex: Option<SexReporting>,
    /// Whether the person is protected as a child, without a case.
    pub protected_as_child: Option<bool>,
    /// The languages that the person speaks, the first one first.
    pub languages: Option<Vec<String>>,
    /// Codes of `service_accessibility` that the person depends on.
    pub accessibility: Option<Vec<String>>,
    /// How many offers of each type are shown.
    pub at_most: usize,
    /// Whether those that are ruled out are shown too.
    pub include_excluded: bool,
}

/// What was found for one type of service.
#[derive(Debug)]
pub struct OfType {
    /// The type.
    pub service_type: String,
    /// What can be asked, the best first.
    pub offers: Vec<(Supply, Offer)>,
    /// What cannot, and why.
    pub excluded: Vec<(Supply, Vec<Reason>)>,
}

/// What was found.
#[derive(Debug)]
pub struct Matches {
    /// For whom was looked.
    pub wanted: Wanted,
    /// By type, in the order in which they were asked for.
    pub services: Vec<OfType>,
}

impl Matches {
    fn shown(&self) -> impl Iterator<Item = &ServiceId> {
        self.services.iter().flat_map(|of_type| {
            let offered = of_type.offers.iter().map(|(supply, _)| &supply.service_id);
            offered.chain(of_type.excluded.iter().map(|(supply, _)| &supply.service_id))
        })
    }
}

/// Finds services for a case, or for what is known of somebody.
///
/// # Errors
/// [`Refusal::NotFound`] for a case that does not exist for the caller, [`Refusal::NotPermitted`] for one that
/// the caller sees and does not refer, [`Refusal::ReferenceUnknown`] for an area that the country has not.
///
/// # Audit
/// `service.match`, in the case, with the services that were shown (R14).
pub fn find(
    reading: &mut Reading<'_>,
    search: &Search,
    profile: &CountryProfile,
) -> Result<(Event, Matches)> {
    if search.area.as_deref().is_some_and(|area| profile.area(area).is_none()) {
        return Err(Refusal::ReferenceUnknown { pointer: "/area" }.into());
    }
    let now = reading.now();
    let (event, wanted, asked) = match &search.case_id {
        Some(id) => {
            let permit = cases::fetch::<MatchServices>(reading, id)?;
            let asked = supply::asked_in(reading, &permit, &permit.row().facts)?;
            let wanted = for_case(permit.row(), search, &asked, now)?;
            let event = Event::under(Operation::Read, &permit).about(id).in_case(id);
            (event, wanted, asked)
        }
        None => {
            policy::scope::<MatchServices>(reading.actor()?)?;
            (Event::of::<MatchServices>(Operation::Read), for_anybody(search), Asked::default())
        }
    };
    let supplies = supply::of_types(reading, &search.services)?;
    let rules = Rules::of(profile, now);
    let services = search.services.iter().map(|service_type| {
        let (mut offers, mut excluded) =
            judged(&wanted, (service_type, &supplies), &asked.history, &rules);
        offers.truncate(search.at_most);
        if !search.include_excluded {
            excluded.clear();
        }
        OfType {
            service_type: service_type.clone(),
            offers: offers.into_iter().map(|(supply, offer)| (supply.clone(), offer)).collect(),
            excluded: excluded.into_iter().map(|(supply, why)| (supply.clone(), why)).collect(),
        }
    });
    let matches = Matches { services: services.collect(), wanted };
    let event = event.showing(matches.shown());
    Ok((event, matches))
}

type Judged<'s> = (Vec<(&'s Supply, Offer)>, Vec<(&'s Supply, Vec<Reason>)>);

/// Judges the services of one type, and ranks those that can be asked.
fn judged<'s>(
    wanted: &Wanted,
    (service_type, supplies): (&str, &'s [Supply]),
    history: &CaseHistory,
    rules: &Rules,
) -> Judged<'s> {
    let (mut offers, mut excluded) = (Vec::new(), Vec::new());
    for supply in supplies.iter().filter(|supply| supply.service_type == service_type) {
        let standing = history.standing(&supply.organisation_id, service_type, rules);
        match judge(wanted, supply, &standing, rules) {
            Verdict::Offered(offer) => offers.push((supply, offer)),
            Verdict::Excluded(reasons) => excluded.push((supply, reasons)),
        }
    }
    rank(&mut offers);
    excluded.sort_by(|(one, _), (other, _)| {
        one.organisation.cmp(&other.organisation).then(one.service_id.cmp(&other.service_id))
    });
    (offers, excluded)
}

/// Says how soon somebody must answer, by the danger: policy, to be confirmed.
const fn urgency_of(risk: RiskLevel) -> Urgency {
    match risk {
        RiskLevel::Critical => Urgency::OneHour,
        RiskLevel::High => Urgency::OneDay,
        RiskLevel::Medium | RiskLevel::Low => Urgency::ThreeDays,
    }
}

/// Returns those of some needs of placement by which the accessibility of a service is told.
fn accessibility_of(needs: &[String]) -> Vec<String> {
    let known: BTreeSet<&String> = needs
        .iter()
        .filter(|need| CodeLists::embedded().contains("service_accessibility", need))
        .collect();
    known.into_iter().cloned().collect()
}

fn for_person(
    person: &Person,
    (area, urgency): (Option<&str>, Urgency),
    accessibility: Vec<String>,
    now: Instant,
) -> Result<Wanted> {
    let spoken = person.primary_language.iter().cloned().chain(person.other_languages.get()?);
    Ok(Wanted {
        sex: person.sex_reporting,
        protected_as_child: person.protected_as_child(),
        ages: Wanted::ages_of(person.birth_year(), now.date().year()),
        languages: spoken.collect(),
        area: area.map(str::to_owned),
        accessibility,
        urgency,
    })
}

/// What is told goes before what the case says, but for who the person is.
fn for_case(row: &CaseRow, search: &Search, asked: &Asked, now: Instant) -> Result<Wanted> {
    let area = search.area.as_deref().or(row.case.area.as_deref());
    let urgency = search.urgency.unwrap_or(urgency_of(row.case.risk_level));
    let accessibility = search.accessibility.clone();
    let accessibility = accessibility.unwrap_or_else(|| accessibility_of(&asked.placement_needs));
    let known = for_person(&row.person, (area, urgency), accessibility, now)?;
    let languages = search.languages.clone().unwrap_or_else(|| known.languages.clone());
    Ok(Wanted { languages, ..known })
}

/// Somebody of whom no age is known is protected as a child until it is shown otherwise (R6).
fn for_anybody(search: &Search) -> Wanted {
    Wanted {
        sex: search.sex.unwrap_or(SexReporting::Unknown),
        protected_as_child: search.protected_as_child.unwrap_or(true),
        ages: None,
        languages: search.languages.clone().unwrap_or_default(),
        area: search.area.clone(),
        accessibility: search.accessibility.clone().unwrap_or_default(),
        urgency: search.urgency.unwrap_or(Urgency::ThreeDays),
    }
}

/// The best that can be asked next for a service that came back.
#[derive(Debug)]
pub struct NextBest {
    /// A code of `service_type`.
    pub service_type: String,
    /// What to ask; nothing if nobody is left.
    pub offer: Option<(Supply, Offer)>,
}

/// Whom to ask next, by the referral that came back.
pub type ToAskNext = BTreeMap<ReferralId, Vec<NextBest>>;

/// Finds whom to ask next for referrals that came back, for those who may look for services in their cases.
/// The provider that declined sees nobody else. Gives the events of what is shown.
///
/// # Errors
/// [`refero_store::Error::Unavailable`] if the database is not there.
///
/// # Audit
/// `service.match`, in the case of each, with the services that are shown (R14).
pub fn next_best<'p>(
    reading: &mut Reading<'_>,
    permits: impl Iterator<Item = &'p Permit<ReadReferral, ReferralRow>>,
    profile: &CountryProfile,
) -> Result<(Vec<Event>, ToAskNext)> {
    let actor = reading.actor()?.clone();
    let mut back: Vec<&Permit<ReadReferral, ReferralRow>> = Vec::new();
    let mut types = BTreeSet::new();
    for permit in permits {
        let row = permit.row();
        let came_back = matches!(
            row.referral.state.get(),
            ReferralState::Declined | ReferralState::ReturnedToSender
        );
        let seeks = came_back
            && !row.case.state().is_ended()
            && permit.may_see(Class::CaseRestricted)
            && row.facts.sight(&actor) == Some(Sight::Sender)
            && policy::may(MatchServices::NAME, &actor, &row.facts.case);
        if seeks {
            types.extend(row.referral.services()?);
            back.push(permit);
        }
    }
    let (mut events, mut found) = (Vec::new(), BTreeMap::new());
    if back.is_empty() {
        return Ok((events, found));
    }
    let (now, types) = (reading.now(), types.into_iter().collect::<Vec<_>>());
    let rules = Rules::of(profile, now);
    let supplies = supply::of_types(reading, &types)?;
    let asked = supply::asked_in_each(reading, back.iter().copied(), |it| &it.row().facts.case)?;
    for permit in back {
        let referral = &permit.row().referral;
        let history = asked.get(&referral.case_id).map(|asked| &asked.history);
        let next = next_for(permit.row(), (history, &supplies), &rules)?;
        let shown = next.iter().filter_map(|one| one.offer.as_ref());
        let event = Event::of::<MatchServices>(Operation::Read).about(&referral.id);
        let event = event.in_case(&referral.case_id);
        events.push(event.showing(shown.map(|(supply, _)| &supply.service_id)));
        found.insert(referral.id.clone(), next);
    }
    Ok((events, found))
}

fn next_for(
    row: &ReferralRow,
    (history, supplies): (Option<&CaseHistory>, &[Supply]),
    rules: &Rules,
) -> Result<Vec<NextBest>> {
    let referral = &row.referral;
    let accessibility = accessibility_of(&referral.placement_needs()?);
    let at = (row.case.area.as_deref(), referral.urgency);
    let wanted = for_person(&row.person, at, accessibility, rules.now)?;
    let unknown = CaseHistory::default();
    let next = referral.services()?.into_iter().map(|service_type| {
        let asked = (service_type.as_str(), supplies);
        let (offers, _) = judged(&wanted, asked, history.unwrap_or(&unknown), rules);
        let other = offers.into_iter().find(|(supply, offer)| {
            supply.organisation_id != referral.organisation_id && !offer.declined_before
        });
        NextBest { offer: other.map(|(supply, offer)| (supply.clone(), offer)), service_type }
    });
    Ok(next.collect())
}
