//! Service updates: what a provider reports about the care it gives.

mod view;

use actix_web::{Responder, http::Method};
use refero_domain::{
    care::CareState,
    event::Event,
    id::{ReferralId, ServiceUpdateId},
    instant::Instant,
    policy::{CreateServiceUpdate, ReadServiceUpdate},
    sensitive::Sensitive,
};
use refero_store::{
    Result as Stored,
    rows::RowLimit,
    unit::{Reading, Tx},
};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

pub use self::view::ServiceUpdateView;
use crate::{
    api::{
        caller::Caller,
        extract::{Body, Checked, PathId, PathIds, Query},
        operation::Table,
        problem::{FieldCode, FieldErrors, Problem},
        reply::Reply,
        v1::{
            PageQuery, once,
            parts::{listed, shown},
            rules,
        },
    },
    service::care::{self, Report},
};

const TAG: &str = "referrals";
const PATH: &str = "/v1/referrals/{id}/service-updates";
const ONE: &str = "/v1/referrals/{id}/service-updates/{update_id}";

/// The operations on service updates.
#[must_use]
pub fn table(table: Table) -> Table {
    table
        .op((Method::POST, PATH, "createServiceUpdate"), create, |o| {
            o.says(
                TAG,
                "Report about a service",
                "Adds what happened with one of the referral's services on a day, while the provider \
                 works on it. Updates are never changed: a correction names what it corrects (R13). \
                 409 `outcome-required` if the service ended and nobody says how, \
                 `illegal-transition` if the referral is not accepted or has ended; 422 for a day \
                 that has not come. Notes of medical services stay with those who treat.",
            )
            .takes::<ServiceUpdateBody>(json!({
                "service_type": "safe_shelter",
                "occurred_on": "2026-11-02",
                "state": "in_progress",
                "next_due_on": "2026-11-09",
                "note": "Arrived in the evening and slept."
            }))
            .creates::<ServiceUpdateView>()
        })
        .op((Method::GET, PATH, "listServiceUpdates"), list, |o| {
            o.says(
                TAG,
                "List the reports about a referral's services",
                "Shows every update in the order in which they were written. The provider keeps its \
                 own after the end (R3); the coordinator sees all but the notes of medical services.",
            )
            .lists::<ServiceUpdateView>(&[])
        })
        .op((Method::GET, ONE, "readServiceUpdate"), read, |o| {
            let why = "Shows one update. One of another referral does not exist here.";
            o.says(TAG, "Read a report about a service", why)
                .shows::<ServiceUpdateView>()
        })
}

/// What happened with one service on one day.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceUpdateBody {
    /// The client's own identifier (UUIDv4).
    #[serde(default)]
    pub id: Option<ServiceUpdateId>,
    /// One of the referral's services.
    pub service_type: String,
    /// On which day; not one that has not come.
    pub occurred_on: chrono::NaiveDate,
    /// How the service stands.
    pub state: CareState,
    /// `service_outcome`; needed when the service has ended.
    #[serde(default)]
    pub outcome: Option<String>,
    /// When it goes on.
    #[serde(default)]
    pub next_due_on: Option<chrono::NaiveDate>,
    /// A remark, 1 to 20,000 characters. Sealed.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub note: Option<Sensitive<String>>,
    /// The update that this one corrects.
    #[serde(default)]
    pub corrects_id: Option<ServiceUpdateId>,
}

impl ServiceUpdateBody {
    fn report(&self) -> Report {
        Report {
            id: self.id.clone(),
            service_type: self.service_type.clone(),
            occurred_on: self.occurred_on,
            state: self.state,
            outcome: self.outcome.clone(),
            next_due_on: self.next_due_on,
            note: self.note.clone(),
            corrects_id: self.corrects_id.clone(),
        }
    }
}

impl Checked for ServiceUpdateBody {
    fn check(&self, errors: &mut FieldErrors) {
        let service = Some(self.service_type.as_str());
        rules::code("/service_type", "service_type", service, errors);
        rules::code("/outcome", "service_outcome", self.outcome.as_deref(), errors);
        if self.next_due_on.is_some_and(|next| next < self.occurred_on) {
            errors.add("/next_due_on", FieldCode::Inconsistent);
        }
        rules::sealed_text("/note", self.note.as_ref(), 20_000, errors);
    }
}

fn open(
    reading: &mut Reading<'_>,
    referral: &ReferralId,
    id: &ServiceUpdateId,
) -> Stored<(Event, ServiceUpdateView)> {
    let (event, permit, update) = care::open(reading, referral, id)?;
    Ok((event, ServiceUpdateView::of(&permit, &update)))
}

/// Adds an update.
async fn create(
    caller: Caller<CreateServiceUpdate>,
    referral: PathId<ReferralId>,
    body: Body<ServiceUpdateBody>,
) -> Result<Reply<ServiceUpdateView>, Problem> {
    let (body, digest) = body.into_parts();
    let key = caller.once_or_id(&digest, body.id.is_some())?;
    let report = body.report();
    let view = caller
        .write(move |tx| {
            let act = |tx: &mut Tx<'_>| care::add(tx, &referral.0, &report);
            once(tx, key.as_ref(), act, |reading, id| open(reading, &referral.0, id))
        })
        .await?;
    Ok(Reply::created(view))
}

/// Shows an update.
async fn read(
    caller: Caller<ReadServiceUpdate>,
    ids: PathIds<ReferralId, ServiceUpdateId>,
) -> Result<Reply<ServiceUpdateView>, Problem> {
    shown(caller, move |reading| open(reading, &ids.0, &ids.1)).await
}

/// Lists the updates of a referral.
async fn list(
    caller: Caller<ReadServiceUpdate>,
    referral: PathId<ReferralId>,
    query: Query<PageQuery>,
) -> Result<impl Responder, Problem> {
    let belongs_to = referral.0.to_string();
    let look = move |reading: &mut Reading<'_>,
                     after: Option<(Instant, ServiceUpdateId)>,
                     limit: RowLimit| {
        let (event, permit, found) = care::list(reading, &referral.0, after, limit)?;
        let views = found.map(|update| ServiceUpdateView::of(&permit, &update));
        Ok((event, views))
    };
    listed(
        caller,
        ("service-update.list", &belongs_to),
        query.0,
        look,
        |view: &ServiceUpdateView| (view.created_at, view.id.clone()),
    )
    .await
}
