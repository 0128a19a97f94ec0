//! Screenings of a case: answers, advice, and a person's conclusion (R11).

use std::collections::BTreeMap;

use actix_web::Responder;
use refero_domain::{
    actor::Actor,
    case::IdentificationStage,
    event::Event,
    id::{CaseId, ScreeningId, UserId},
    instant::Instant,
    policy::{Class, ConcludeScreening, CreateScreening, Permit, ReadScreening},
    screening::{Answer, Purpose, ScreeningProfile, ScreeningResult},
    sensitive::Sensitive,
};
use refero_store::{Result as Stored, cases::CaseRow, rows::RowLimit, unit::Reading};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    api::{
        caller::Caller,
        extract::{Body, Checked, IfMatch, PathId, PathIds, Query},
        problem::{FieldErrors, Problem},
        reply::{Reply, Representation},
        v1::{
            Links, PageQuery, once,
            parts::{listed, shown},
            rules,
        },
    },
    service::dossier::{self, NewScreening, WithReasons},
};

/// A screening and, if somebody concluded, the conclusion.
#[derive(Serialize, ToSchema)]
pub struct ScreeningView {
    /// The screening.
    pub id: ScreeningId,
    /// The case.
    pub case_id: CaseId,
    /// Whether somebody has concluded.
    pub state: ScreeningState,
    /// For `If-Match`.
    pub version: i64,
    /// Who asked.
    pub created_by: UserId,
    /// When.
    pub created_at: Instant,
    /// The answers by indicator.
    pub answers: BTreeMap<String, Answer>,
    /// Exploitation observed, or intended.
    pub purpose: Purpose,
    /// What the rules advised then; never recomputed in place.
    pub result: ScreeningResult,
    /// What a named person concluded.
    pub conclusion: Option<IdentificationStage>,
    /// Why.
    pub reasons: Option<String>,
    /// Who concluded.
    pub concluded_by: Option<UserId>,
    /// When.
    pub concluded_at: Option<Instant>,
    /// The moves that the caller could make now.
    pub allowed_actions: Vec<&'static str>,
    /// Classes of data that exist and are not shown.
    pub withheld: Vec<Class>,
    /// Where to go from here.
    pub links: Links,
}

/// Whether somebody has concluded on a screening.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ScreeningState {
    /// Nobody has.
    Open,
    /// A named person has, with reasons.
    Concluded,
}

impl ScreeningView {
    fn of(
        permit: &Permit<ReadScreening, CaseRow>,
        actor: &Actor,
        (screening, reasons): &WithReasons,
    ) -> Stored<Self> {
        let concluded = screening.conclusion.is_some();
        let is_withheld = concluded && reasons.is_none();
        let may_conclude = dossier::may_conclude(permit.row(), screening, actor);
        let base = format!("/v1/cases/{}", screening.case_id);
        Ok(Self {
            id: screening.id.clone(),
            case_id: screening.case_id.clone(),
            state: if concluded { ScreeningState::Concluded } else { ScreeningState::Open },
            version: screening.version,
            created_by: screening.created_by.clone(),
            created_at: screening.created_at,
            answers: screening.answers()?,
            purpose: screening.purpose()?,
            result: screening.result()?,
            conclusion: screening.conclusion,
            reasons: reasons.clone(),
            concluded_by: screening.concluded_by.clone(),
            concluded_at: screening.concluded_at,
            allowed_actions: may_conclude.then_some("conclude").into_iter().collect(),
            withheld: is_withheld.then_some(Class::CaseRestricted).into_iter().collect(),
            links: Links::to("self", format!("{base}/screenings/{}", screening.id))
                .and("case", base),
        })
    }
}

impl Representation for ScreeningView {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
    fn location(&self) -> String {
        format!("/v1/cases/{}/screenings/{}", self.case_id, self.id)
    }
}

/// A screening as somebody carried it out.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScreeningBody {
    /// The client's own identifier (UUIDv4).
    #[serde(default)]
    pub id: Option<ScreeningId>,
    /// Which list of strengths applies: `adult_labour`, `child_labour`, `adult_sexual`,
    /// `child_sexual`. Whenever the person is protected as a child, the child's list is used (R6).
    pub profile: ScreeningProfile,
    /// The answers by indicator of the default set. What is not asked counts as not asked, never as
    /// no.
    pub answers: BTreeMap<String, Answer>,
    /// `{"kind": "observed"}`, or for somebody intercepted before the exploitation
    /// `{"kind": "intended", "purposes": ["forced_labour_or_services"]}`.
    #[serde(default)]
    pub purpose: Purpose,
}

impl Checked for ScreeningBody {}

fn open(
    reading: &mut Reading<'_>,
    case: &CaseId,
    id: &ScreeningId,
) -> Stored<(Event, ScreeningView)> {
    let (event, permit, told) = dossier::open_screening(reading, case, id)?;
    Ok((event, ScreeningView::of(&permit, reading.actor()?, &told)?))
}

/// Screens.
pub(super) async fn create(
    caller: Caller<CreateScreening>,
    case: PathId<CaseId>,
    body: Body<ScreeningBody>,
) -> Result<Reply<ScreeningView>, Problem> {
    let (body, digest) = body.into_parts();
    let key = caller.once_or_id(&digest, body.id.is_some())?;
    let new = NewScreening {
        id: body.id,
        profile: body.profile,
        answers: body.answers,
        purpose: body.purpose,
    };
    let view = caller
        .write(move |tx| {
            let act =
                |tx: &mut refero_store::unit::Tx<'_>| dossier::create_screening(tx, &case.0, &new);
            once(tx, key.as_ref(), act, |reading, id| open(reading, &case.0, id))
        })
        .await?;
    Ok(Reply::created(view))
}

/// Shows a screening.
pub(super) async fn read(
    caller: Caller<ReadScreening>,
    ids: PathIds<CaseId, ScreeningId>,
) -> Result<Reply<ScreeningView>, Problem> {
    shown(caller, move |reading| open(reading, &ids.0, &ids.1)).await
}

/// Lists the screenings of a case.
pub(super) async fn list(
    caller: Caller<ReadScreening>,
    case: PathId<CaseId>,
    query: Query<PageQuery>,
) -> Result<impl Responder, Problem> {
    let belongs_to = case.0.to_string();
    let look =
        move |reading: &mut Reading<'_>, after: Option<(Instant, ScreeningId)>, limit: RowLimit| {
            let (event, permit, found) = dossier::list_screenings(reading, &case.0, after, limit)?;
            let actor = reading.actor()?;
            let views = found.try_map(|told| ScreeningView::of(&permit, actor, &told))?;
            Ok((event, views))
        };
    listed(caller, ("screening.list", &belongs_to), query.0, look, |view: &ScreeningView| {
        (view.created_at, view.id.clone())
    })
    .await
}

/// What somebody concludes from a screening, and why.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConclusionBody {
    /// `screened_indicators_present`, `screened_insufficient` or `presumed_victim`.
    pub conclusion: IdentificationStage,
    /// The reasons, 1 to 5,000 characters. Sealed.
    #[schema(value_type = String)]
    pub reasons: Sensitive<String>,
}

impl Checked for ConclusionBody {
    fn check(&self, errors: &mut FieldErrors) {
        rules::sealed_text("/reasons", Some(&self.reasons), 5_000, errors);
    }
}

/// Concludes on a screening.
pub(super) async fn conclude(
    caller: Caller<ConcludeScreening>,
    ids: PathIds<CaseId, ScreeningId>,
    version: IfMatch,
    body: Body<ConclusionBody>,
) -> Result<Reply<ScreeningView>, Problem> {
    let (body, digest) = body.into_parts();
    let key = caller.once(&digest);
    let view = caller
        .write(move |tx| {
            let PathIds(case, id) = &ids;
            let act = |tx: &mut refero_store::unit::Tx<'_>| {
                let target = (case, id, version.expected());
                dossier::conclude_screening(tx, target, body.conclusion, &body.reasons)
            };
            once(tx, key.as_ref(), act, |reading, id| open(reading, case, id))
        })
        .await?;
    Ok(Reply::shown(view))
}
