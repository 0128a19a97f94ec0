//! `POST /v1/services/match`: which services fit a person best, and why.

mod view;
mod words;

use actix_web::{
    HttpResponse, Responder,
    http::{Method, header},
};
use refero_domain::{age::SexReporting, id::CaseId, policy::MatchServices, referral::Urgency};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

pub use self::view::{NextBestView, Saying, ServiceMatchView};
use crate::{
    api::{
        caller::Caller,
        extract::{Body, Checked, Language},
        operation::Table,
        own_language,
        problem::{FieldCode, FieldErrors, Problem},
        v1::rules,
    },
    service::service_match::{self, Search},
};

/// How many types are looked for at once.
const MOST_TYPES: usize = 8;
/// How many offers of a type are shown, if nothing is said, and at the most.
const USUAL_OFFERS: u16 = 10;
const MOST_OFFERS: u16 = 50;

/// What is looked for, and for whom: by a case, or by what is known of somebody.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceMatchBody {
    /// For whom. The facts are those of the case: area, sex, languages, whether the person is protected as a
    /// child (R6), what placement depended on before, and how great the danger is.
    #[serde(default)]
    pub case_id: Option<CaseId>,
    /// `service_type` codes, 1 to 8.
    pub services: Vec<String>,
    /// How soon somebody must answer; if absent, as the danger of the case has it.
    #[serde(default)]
    pub urgency: Option<Urgency>,
    /// ISO 3166-2 area; goes before that of the case.
    #[serde(default)]
    pub area: Option<String>,
    /// ISO 639 codes, the first one first; go before those of the case.
    #[serde(default)]
    pub languages: Option<Vec<String>>,
    /// Codes of `service_accessibility` that the person depends on; go before those of the case.
    #[serde(default)]
    pub accessibility: Option<Vec<String>>,
    /// Sex for reporting; not beside a case.
    #[serde(default)]
    pub sex_reporting: Option<SexReporting>,
    /// Whether the person is protected as a child; if nothing is known, they are (R6). Not beside a case.
    #[serde(default)]
    pub protected_as_child: Option<bool>,
    /// Whether to show what is ruled out, and why.
    #[serde(default)]
    pub include_excluded: bool,
    /// How many offers of each type; 10 if absent.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 50)]
    pub at_most: Option<u16>,
}

impl Checked for ServiceMatchBody {
    fn check(&self, errors: &mut FieldErrors) {
        if self.services.is_empty() {
            errors.add("/services", FieldCode::TooShort);
        }
        if self.services.len() > MOST_TYPES {
            errors.add("/services", FieldCode::TooLong);
        }
        rules::codes("/services", "service_type", &self.services, errors);
        rules::languages("/languages", self.languages.as_deref().unwrap_or_default(), errors);
        let needs = self.accessibility.as_deref().unwrap_or_default();
        rules::codes("/accessibility", "service_accessibility", needs, errors);
        if self.at_most.is_some_and(|most| !(1..=MOST_OFFERS).contains(&most)) {
            errors.add("/at_most", FieldCode::OutOfRange);
        }
        // Who the person is, their case says.
        let told = [
            ("/sex_reporting", self.sex_reporting.is_some()),
            ("/protected_as_child", self.protected_as_child.is_some()),
        ];
        for (pointer, is_told) in told {
            if self.case_id.is_some() && is_told {
                errors.add(pointer, FieldCode::Inconsistent);
            }
        }
    }
}

impl ServiceMatchBody {
    fn search(self) -> Search {
        Search {
            case_id: self.case_id,
            services: self.services,
            urgency: self.urgency,
            area: self.area,
            sex: self.sex_reporting,
            protected_as_child: self.protected_as_child,
            languages: self.languages,
            accessibility: self.accessibility,
            at_most: usize::from(self.at_most.unwrap_or(USUAL_OFFERS)),
            include_excluded: self.include_excluded,
        }
    }
}

/// Returns the language in which a caller is told something: their own choice first (R20).
pub(in crate::api) async fn language_of(http: &actix_web::HttpRequest) -> Language {
    own_language::prefer(http).await;
    Language::of(http)
}

/// Finds services.
async fn find(
    caller: Caller<MatchServices>,
    body: Body<ServiceMatchBody>,
) -> Result<impl Responder, Problem> {
    let (http, profile) = (caller.http().clone(), caller.app().profile().clone());
    let search = body.into_inner().search();
    let asked = (search.case_id.clone(), search.include_excluded);
    let judged_by = profile.clone();
    let (matches, now) = caller
        .read(move |reading| {
            let (event, matches) = service_match::find(reading, &search, &judged_by)?;
            Ok(reading.disclose(event, (matches, reading.now())))
        })
        .await?;
    let language = language_of(&http).await;
    let view = ServiceMatchView::of(&matches, asked, Saying { language, profile: &profile, now });
    Ok(HttpResponse::Ok().insert_header((header::CONTENT_LANGUAGE, language.as_str())).json(view))
}

/// The operation that finds services.
#[must_use]
pub fn table(table: Table) -> Table {
    table.op((Method::POST, "/v1/services/match", "matchServices"), find, |o| {
        o.says(
            "organisations",
            "Find services that fit a person",
            "Ranks what is offered for a case, or for what is known of somebody: for whoever refers. Each offer \
             has a score made of named parts, and reasons in the language of the caller (R20). What nobody has \
             said counts as unknown, never as no; free places go stale (`matching` of the country profile). Ruled \
             out are services for adults while the person is protected as a child (R6), for another sex, not \
             offered now, whom the person said no to sharing with, who has a conflict of interest, and who has \
             been asked already; `include_excluded` shows them with why. Who declined lately comes last. Nothing \
             that the caller may not know has a part in it, and no place of a shelter is in it (R9). It is a POST \
             because nothing about a person belongs into an address; the trail has what was shown (R14). 404 for a \
             case that may not be seen, 422 for an area that the country has not.",
        )
        .takes::<ServiceMatchBody>(json!({
            "services": ["safe_shelter"],
            "urgency": "3_hours",
            "languages": ["fr"],
            "sex_reporting": "female",
            "protected_as_child": true,
            "accessibility": ["step_free_access"],
            "include_excluded": true
        }))
        .reads()
        .shows::<ServiceMatchView>()
    })
}
