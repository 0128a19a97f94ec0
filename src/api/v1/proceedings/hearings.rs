//! Hearings of a proceeding.

use actix_web::{Responder, http::Method};
use chrono::NaiveDate;
use refero_domain::{
    actor::Actor,
    event::Event,
    id::{CaseId, HearingId, ProceedingId, UserId},
    instant::Instant,
    policy::{Class, Permit, ReadHearing, RecordHearing, ScheduleHearing},
    proceeding::HearingState,
    sensitive::Sensitive,
};
use refero_store::{
    Result as Stored,
    hearings::HearingRow,
    rows::RowLimit,
    unit::{Reading, Tx},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::TAG;
use crate::{
    api::{
        caller::Caller,
        extract::{Body, Checked, IfMatch, PathId, PathIds, Query},
        operation::Table,
        problem::{FieldCode, FieldErrors, Problem},
        reply::{Reply, Representation},
        v1::{
            Links, PageQuery, once,
            parts::{listed, shown},
            rules,
        },
    },
    service::hearings::{self, Scheduling},
};

/// A hearing that is fixed.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HearingBody {
    /// The client's own identifier (UUIDv4).
    #[serde(default)]
    pub id: Option<HearingId>,
    /// The proceeding of the same case.
    pub proceeding_id: ProceedingId,
    /// On which day.
    pub takes_place_on: NaiveDate,
    /// What it is about, at most 2,000 characters. Sealed.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub details: Option<Sensitive<String>>,
}

impl Checked for HearingBody {
    fn check(&self, errors: &mut FieldErrors) {
        rules::sealed_text("/details", self.details.as_ref(), 2_000, errors);
    }
}

/// What came of a hearing.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HearingOutcomeBody {
    /// `held`, `adjourned` or `cancelled`.
    pub state: HearingState,
    /// In words, at most 2,000 characters. Sealed.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub outcome: Option<Sensitive<String>>,
}

impl Checked for HearingOutcomeBody {
    fn check(&self, errors: &mut FieldErrors) {
        if self.state == HearingState::Scheduled {
            errors.add("/state", FieldCode::Inconsistent);
        }
        rules::sealed_text("/outcome", self.outcome.as_ref(), 2_000, errors);
    }
}

/// A hearing.
#[derive(Clone, Serialize, ToSchema)]
pub struct HearingView {
    /// The hearing.
    pub id: HearingId,
    /// The case.
    pub case_id: CaseId,
    /// The proceeding.
    pub proceeding_id: ProceedingId,
    /// Where it stands.
    pub state: HearingState,
    /// For `If-Match`.
    pub version: i64,
    /// On which day.
    pub takes_place_on: NaiveDate,
    /// What it is about; null if nothing is written, or it is withheld.
    pub details: Option<String>,
    /// What came of it; likewise.
    pub outcome: Option<String>,
    /// Who wrote down what came of it.
    pub recorded_by: Option<UserId>,
    /// When.
    pub recorded_at: Option<Instant>,
    /// Who wrote it down.
    pub created_by: UserId,
    /// When it was written down.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// The moves that the caller could make now.
    pub allowed_actions: Vec<&'static str>,
    /// Classes of data that exist and are not shown.
    pub withheld: Vec<Class>,
    /// Where to go from here.
    pub links: Links,
}

impl HearingView {
    fn of(permit: &Permit<ReadHearing, HearingRow>, actor: &Actor) -> Self {
        let row = permit.row();
        let hearing = &row.hearing;
        let words = hearing.words.reveal(permit, row.class()).ok();
        let case = format!("/v1/cases/{}", hearing.case_id);
        let proceeding = format!("{case}/proceedings/{}", hearing.proceeding_id);
        Self {
            id: hearing.id.clone(),
            case_id: hearing.case_id.clone(),
            proceeding_id: hearing.proceeding_id.clone(),
            state: hearing.state.get(),
            version: hearing.version,
            takes_place_on: hearing.takes_place_on,
            details: words.and_then(|words| words.details.clone()),
            outcome: words.and_then(|words| words.outcome.clone()),
            recorded_by: hearing.recorded_by.clone(),
            recorded_at: hearing.recorded_at,
            created_by: hearing.created_by.clone(),
            created_at: hearing.created_at,
            updated_at: hearing.updated_at,
            allowed_actions: row.allowed_actions(actor),
            withheld: words.is_none().then(|| row.class()).into_iter().collect(),
            links: Links::to("self", format!("{case}/hearings/{}", hearing.id))
                .and("proceeding", proceeding)
                .and("case", case),
        }
    }
}

impl Representation for HearingView {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
    fn location(&self) -> String {
        format!("/v1/cases/{}/hearings/{}", self.case_id, self.id)
    }
}

fn open(reading: &mut Reading<'_>, case: &CaseId, id: &HearingId) -> Stored<(Event, HearingView)> {
    let (event, permit) = hearings::open(reading, case, id)?;
    Ok((event, HearingView::of(&permit, reading.actor()?)))
}

/// Writes down on which day a hearing is.
async fn schedule(
    caller: Caller<ScheduleHearing>,
    case: PathId<CaseId>,
    body: Body<HearingBody>,
) -> Result<Reply<HearingView>, Problem> {
    let (body, digest) = body.into_parts();
    let key = caller.once_or_id(&digest, body.id.is_some())?;
    let scheduling = Scheduling {
        id: body.id,
        proceeding_id: body.proceeding_id,
        takes_place_on: body.takes_place_on,
        details: body.details,
    };
    let view = caller
        .write(move |tx| {
            let act = |tx: &mut Tx<'_>| hearings::schedule(tx, &case.0, &scheduling);
            once(tx, key.as_ref(), act, |reading, id| open(reading, &case.0, id))
        })
        .await?;
    Ok(Reply::created(view))
}

/// Shows a hearing.
async fn read(
    caller: Caller<ReadHearing>,
    ids: PathIds<CaseId, HearingId>,
) -> Result<Reply<HearingView>, Problem> {
    shown(caller, move |reading| open(reading, &ids.0, &ids.1)).await
}

/// Lists the hearings of a case.
async fn list(
    caller: Caller<ReadHearing>,
    case: PathId<CaseId>,
    query: Query<PageQuery>,
) -> Result<impl Responder, Problem> {
    let belongs_to = case.0.to_string();
    let look =
        move |reading: &mut Reading<'_>, after: Option<(NaiveDate, HearingId)>, limit: RowLimit| {
            let (event, found) = hearings::list(reading, &case.0, after, limit)?;
            let actor = reading.actor()?;
            Ok((event, found.map(|permit| HearingView::of(&permit, actor))))
        };
    listed(caller, ("hearing.list", &belongs_to), query.0, look, |view: &HearingView| {
        (view.takes_place_on, view.id.clone())
    })
    .await
}

/// Writes down what came of a hearing.
async fn record(
    caller: Caller<RecordHearing>,
    ids: PathIds<CaseId, HearingId>,
    version: IfMatch,
    body: Body<HearingOutcomeBody>,
) -> Result<Reply<HearingView>, Problem> {
    let (body, digest) = body.into_parts();
    let key = caller.once(&digest);
    let view = caller
        .write(move |tx| {
            let act = |tx: &mut Tx<'_>| {
                let target = (&ids.0, &ids.1, version.expected());
                hearings::record(tx, target, body.state, body.outcome.as_ref())
            };
            once(tx, key.as_ref(), act, |reading, id| open(reading, &ids.0, id))
        })
        .await?;
    Ok(Reply::shown(view))
}

/// The operations on hearings.
pub(super) fn table(table: Table) -> Table {
    const PATH: &str = "/v1/cases/{id}/hearings";
    const ONE: &str = "/v1/cases/{id}/hearings/{hearing_id}";
    table
        .op((Method::POST, PATH, "scheduleHearing"), schedule, |o| {
            o.says(
                TAG,
                "Write down a hearing",
                "On which day a proceeding of the case is heard. The day is there for those who coordinate \
                 the case, so that somebody goes with the person; the details of an investigation are there \
                 for those who conduct it (R8). 422 at `/proceeding_id` for a proceeding that the caller does \
                 not see.",
            )
            .takes::<HearingBody>(json!({
                "proceeding_id": "0f8b6a34-7d52-4f0e-9b1c-2c3d4e5f6a71",
                "takes_place_on": "2026-12-03",
                "details": "Testimony by video, room 4."
            }))
            .creates::<HearingView>()
        })
        .op((Method::GET, PATH, "listHearings"), list, |o| {
            o.says(
                TAG,
                "List the hearings of a case",
                "Shows the hearings of every proceeding that the caller sees, in the order of their days.",
            )
            .lists::<HearingView>(&[])
        })
        .op((Method::GET, ONE, "readHearing"), read, |o| {
            o.says(TAG, "Read a hearing", "Shows one hearing of a proceeding of the case.")
                .shows::<HearingView>()
        })
        .op(
            (Method::POST, "/v1/cases/{id}/hearings/{hearing_id}/record", "recordHearing"),
            record,
            |o| {
                o.says(
                    TAG,
                    "Write down what came of a hearing",
                    "It was held, adjourned or cancelled. One that was adjourned is written down anew on its \
                     other day. Words about a hearing of an investigation are for those who conduct it, else \
                     403.",
                )
                .takes::<HearingOutcomeBody>(json!({"state": "adjourned"}))
                .if_match()
                .shows::<HearingView>()
            },
        )
}
