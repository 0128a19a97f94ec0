//! What offers look like. No place of a shelter is in them (R9).

use refero_domain::{
    age::SexReporting,
    id::{CaseId, OrganisationId, ServiceId},
    instant::Instant,
    profile::CountryProfile,
    referral::Urgency,
    service_match::{Offer, Reason, ReasonCode, ScorePart, Supply, Wanted},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::words;
use crate::{
    api::{
        extract::Language,
        v1::{Links, services::FreePlacesView},
    },
    service::service_match::{Matches, NextBest},
};

/// How things are said: in which language, in which country, when.
#[derive(Clone, Copy)]
pub struct Saying<'a> {
    /// The language of the sentences.
    pub language: Language,
    /// The country.
    pub profile: &'a CountryProfile,
    /// Now.
    pub now: Instant,
}

/// What one part of the score gave, of how much.
#[derive(Clone, Serialize, ToSchema)]
pub struct ScorePartView {
    /// Which part.
    pub part: ScorePart,
    /// How much it gave.
    pub points: u8,
    /// The most that it gives.
    pub of: u8,
}

/// Why something is offered, or not.
#[derive(Clone, Serialize, ToSchema)]
pub struct ReasonView {
    /// For programs.
    pub code: ReasonCode,
    /// For people, in their language.
    #[schema(examples("Free places: 3, told 2 h ago"))]
    pub text: String,
    /// How many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<i64>,
    /// How many hours ago.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hours_ago: Option<i64>,
    /// The codes in the sentence: languages, areas, what is lacking, why it was declined.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<String>,
}

fn reasons(reasons: &[Reason], saying: Saying<'_>) -> Vec<ReasonView> {
    let view = |reason: &Reason| ReasonView {
        code: reason.code,
        text: words::sentence(reason, saying.language, saying.profile),
        count: reason.count,
        hours_ago: reason.hours_ago,
        codes: reason.codes.clone(),
    };
    reasons.iter().map(view).collect()
}

/// Whose service it is, and what it is called: as the directory shows it to everybody.
#[derive(Clone, Serialize, ToSchema)]
pub struct MatchedServiceView {
    /// The service.
    pub service_id: ServiceId,
    /// Who offers it.
    pub organisation_id: OrganisationId,
    /// What they are called.
    pub organisation: String,
    /// A code of `service_type`.
    pub service_type: String,
    /// What people call the service.
    pub name: Option<String>,
    /// Where to go from here.
    pub links: Links,
}

impl MatchedServiceView {
    fn of(supply: &Supply) -> Self {
        let organisation = format!("/v1/organisations/{}", supply.organisation_id);
        let service = format!("{organisation}/services/{}", supply.service_id);
        Self {
            service_id: supply.service_id.clone(),
            organisation_id: supply.organisation_id.clone(),
            organisation: supply.organisation.clone(),
            service_type: supply.service_type.clone(),
            name: supply.name.clone(),
            links: Links::to("service", service).and("organisation", organisation),
        }
    }
}

/// A service that can be asked.
#[derive(Clone, Serialize, ToSchema)]
pub struct ServiceOfferView {
    /// The service.
    #[serde(flatten)]
    #[schema(inline)]
    pub service: MatchedServiceView,
    /// How well it fits, out of 100: the sum of the parts.
    pub score: u8,
    /// What the score is made of.
    pub parts: Vec<ScorePartView>,
    /// What speaks for it.
    pub reasons_for: Vec<ReasonView>,
    /// What speaks against it, or is not known.
    pub reasons_against: Vec<ReasonView>,
    /// How many places the provider said are free; null if it has not said.
    pub free_places: Option<FreePlacesView>,
    /// It declined this case for this service lately, so that it comes last.
    pub declined_before: bool,
}

impl ServiceOfferView {
    fn of((supply, offer): &(Supply, Offer), saying: Saying<'_>) -> Self {
        let free = supply.free_places;
        let part = |part: ScorePart, points| ScorePartView { part, points, of: part.most() };
        Self {
            service: MatchedServiceView::of(supply),
            score: offer.score,
            parts: offer.parts.iter().map(|one| part(one.part, one.points)).collect(),
            reasons_for: reasons(&offer.reasons_for, saying),
            reasons_against: reasons(&offer.reasons_against, saying),
            free_places: free.map(|told| FreePlacesView::of(told, saying.profile, saying.now)),
            declined_before: offer.declined_before,
        }
    }
}

/// A service that is ruled out.
#[derive(Clone, Serialize, ToSchema)]
pub struct ExcludedServiceView {
    /// The service.
    #[serde(flatten)]
    #[schema(inline)]
    pub service: MatchedServiceView,
    /// Why.
    pub reasons: Vec<ReasonView>,
}

/// What was found for one type of service.
#[derive(Clone, Serialize, ToSchema)]
pub struct MatchedTypeView {
    /// A code of `service_type`.
    pub service_type: String,
    /// What can be asked, the best first.
    pub offers: Vec<ServiceOfferView>,
    /// What cannot, and why; absent if it was not asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub excluded: Option<Vec<ExcludedServiceView>>,
}

/// For whom was looked, as it was taken from the case and from the request.
#[derive(Clone, Serialize, ToSchema)]
pub struct WantedView {
    /// Sex for reporting.
    pub sex_reporting: SexReporting,
    /// Whether the person is protected as a child (R6).
    pub protected_as_child: bool,
    /// ISO 639 codes of the languages that the person speaks, the first one first.
    pub languages: Vec<String>,
    /// ISO 3166-2 area.
    pub area: Option<String>,
    /// Codes of `service_accessibility` that the person depends on.
    pub accessibility: Vec<String>,
    /// How soon somebody must answer.
    pub urgency: Urgency,
}

impl WantedView {
    fn of(wanted: &Wanted) -> Self {
        Self {
            sex_reporting: wanted.sex,
            protected_as_child: wanted.protected_as_child,
            languages: wanted.languages.clone(),
            area: wanted.area.clone(),
            accessibility: wanted.accessibility.clone(),
            urgency: wanted.urgency,
        }
    }
}

/// What was found. The score orders and explains; who decides is whoever refers.
#[derive(Clone, Serialize, ToSchema)]
pub struct ServiceMatchView {
    /// The case that the facts are of; null without one.
    pub case_id: Option<CaseId>,
    /// At which moment.
    pub as_of: Instant,
    /// The language of the sentences.
    pub language: Language,
    /// For whom was looked.
    pub wanted: WantedView,
    /// By type, in the order in which they were asked for.
    pub services: Vec<MatchedTypeView>,
}

impl ServiceMatchView {
    pub(super) fn of(
        matches: &Matches,
        (case_id, include_excluded): (Option<CaseId>, bool),
        saying: Saying<'_>,
    ) -> Self {
        let services = matches.services.iter().map(|found| MatchedTypeView {
            service_type: found.service_type.clone(),
            offers: found.offers.iter().map(|one| ServiceOfferView::of(one, saying)).collect(),
            excluded: include_excluded.then(|| {
                let excluded = found.excluded.iter().map(|(supply, why)| ExcludedServiceView {
                    service: MatchedServiceView::of(supply),
                    reasons: reasons(why, saying),
                });
                excluded.collect()
            }),
        });
        Self {
            case_id,
            as_of: saying.now,
            language: saying.language,
            wanted: WantedView::of(&matches.wanted),
            services: services.collect(),
        }
    }
}

/// Whom to ask next for a service that came back.
#[derive(Clone, Serialize, ToSchema)]
pub struct NextBestView {
    /// A code of `service_type`.
    pub service_type: String,
    /// What to ask; null if nobody is left.
    pub offer: Option<ServiceOfferView>,
}

impl NextBestView {
    pub(in crate::api) fn of(next: &NextBest, saying: Saying<'_>) -> Self {
        Self {
            service_type: next.service_type.clone(),
            offer: next.offer.as_ref().map(|offer| ServiceOfferView::of(offer, saying)),
        }
    }
}
