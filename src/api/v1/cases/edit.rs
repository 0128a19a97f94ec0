//! Reading, listing and correcting cases.

use actix_web::Responder;
use refero_domain::{
    age::{AgeStatus, SexReporting},
    case::{CaseStatus, IdentificationStage, RiskLevel},
    id::{CaseId, UserId},
    instant::Instant,
    policy::{EditCase, ReadCase},
};
use refero_store::cases::{CaseFilter, CaseOrder};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{open, view::CaseView};
use crate::{
    api::{
        caller::Caller,
        extract::{Body, Checked, IfMatch, OneOf, PatchField, PathId, Query},
        page::{Cursor, Filters, Limit},
        problem::{FieldErrors, Problem},
        reply::Reply,
        v1::{once, rules},
    },
    service::cases::{self, Correction},
};

/// Shows a case.
pub(super) async fn read(
    caller: Caller<ReadCase>,
    id: PathId<CaseId>,
) -> Result<Reply<CaseView>, Problem> {
    let view = caller
        .read(move |reading| {
            let (event, view) = open(reading, &id.0)?;
            Ok(reading.disclose(event, view))
        })
        .await?;
    Ok(Reply::shown(view))
}

/// How the list of cases is narrowed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListQuery {
    #[serde(default)]
    state: Option<OneOf<CaseStatus>>,
    #[serde(default)]
    area: Option<String>,
    #[serde(default)]
    coordinator_id: Option<UserId>,
    #[serde(default)]
    identification_stage: Option<IdentificationStage>,
    #[serde(default)]
    updated_since: Option<Instant>,
    #[serde(default)]
    risk_level: OneOf<RiskLevel>,
    #[serde(default)]
    overdue: Option<bool>,
    #[serde(default)]
    limit: Limit,
    #[serde(default)]
    cursor: Option<Cursor>,
}

/// Lists cases.
pub(super) async fn list(
    caller: Caller<ReadCase>,
    query: Query<ListQuery>,
) -> Result<impl Responder, Problem> {
    let (app, http) = (caller.app(), caller.http().clone());
    let principal = caller.user_id().as_str().to_owned();
    let pager = app.cursors().pager("case.list", Filters::of_query(&http), &principal);
    let query = query.0;
    let after: Option<(Instant, CaseId)> = pager.open(query.cursor.as_ref())?;
    let limit = query.limit;
    let filter = CaseFilter {
        states: query.state.map(OneOf::into_vec).unwrap_or_default(),
        area: query.area,
        coordinator_id: query.coordinator_id,
        stage: query.identification_stage,
        case_code: None,
        updated_since: query.updated_since,
        risk_levels: query.risk_level.into_vec(),
        overdue: query.overdue,
        unclaimed: false,
        incident_id: None,
    };
    let rows = caller
        .read(move |reading| {
            let order = CaseOrder::Newest(after);
            let (event, permits) = cases::list(reading, &filter, order, limit.rows())?;
            let (actor, now) = (reading.actor()?.clone(), reading.now());
            let views = permits.try_map(|permit| CaseView::of(&actor, now, &permit))?;
            Ok(reading.disclose(event, views))
        })
        .await?;
    let page = pager.page(rows, |view: &CaseView| (view.created_at, view.id.clone()))?;
    Ok(page.respond(&http))
}

/// A merge patch of a case (RFC 7396): absent members stay, null clears.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CasePatch {
    /// ISO 3166-2 area where the person was found.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub area: PatchField<String>,
    /// How great the danger is.
    #[serde(default)]
    pub risk_level: Option<RiskLevel>,
    /// Sex for reporting.
    #[serde(default)]
    pub sex_reporting: Option<SexReporting>,
    /// What is known about the age. Whoever may correct the case may record a doubt; only a panel
    /// ends it (R6).
    #[serde(default)]
    pub age_status: Option<AgeStatus>,
    /// The estimated year of birth.
    #[serde(default)]
    #[schema(value_type = Option<i32>)]
    pub birth_year_estimate: PatchField<i32>,
    /// ISO 639 code.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub primary_language: PatchField<String>,
    /// ISO 639 codes.
    #[serde(default)]
    pub other_languages: Option<Vec<String>>,
    /// ISO 3166-1 alpha-2 codes.
    #[serde(default)]
    pub citizenships: Option<Vec<String>>,
}

impl Checked for CasePatch {
    fn check(&self, errors: &mut FieldErrors) {
        let language = self.primary_language.value().map(String::as_str);
        rules::language("/primary_language", language, errors);
        let other = self.other_languages.as_deref().unwrap_or_default();
        rules::languages("/other_languages", other, errors);
        let countries = self.citizenships.as_deref().unwrap_or_default();
        rules::countries("/citizenships", countries, errors);
    }
}

/// Corrects a case.
pub(super) async fn edit(
    caller: Caller<EditCase>,
    id: PathId<CaseId>,
    version: IfMatch,
    body: Body<CasePatch>,
) -> Result<Reply<CaseView>, Problem> {
    let patch = body.into_inner();
    let profile = caller.app().profile().clone();
    let correction = Correction {
        area: patch.area.into_change(),
        risk_level: patch.risk_level,
        sex_reporting: patch.sex_reporting,
        age_status: patch.age_status,
        birth_year: patch.birth_year_estimate.into_change(),
        primary_language: patch.primary_language.into_change(),
        other_languages: patch.other_languages,
        citizenships: patch.citizenships,
    };
    let view = caller
        .write(move |tx| {
            let target = (&id.0, version.expected());
            once(tx, None, |tx| cases::edit(tx, &profile, target, &correction), open)
        })
        .await?;
    Ok(Reply::shown(view))
}
