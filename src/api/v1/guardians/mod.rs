//! Guardians of those who are protected as children (R6).

mod bodies;
mod view;

use actix_web::{Responder, http::Method};
use refero_domain::{
    event::Event,
    id::{CaseId, GuardianId},
    instant::Instant,
    policy::{AppointGuardian, EndGuardian, ReadGuardian},
};
use refero_store::{
    Result as Stored,
    rows::RowLimit,
    unit::{Reading, Tx},
};
use serde_json::json;

pub use self::{
    bodies::{GuardianBody, GuardianEndBody},
    view::GuardianView,
};
use crate::{
    api::{
        caller::Caller,
        extract::{Body, IfMatch, PathId, PathIds, Query},
        operation::Table,
        problem::Problem,
        reply::Reply,
        v1::{
            PageQuery, once,
            parts::{listed, shown},
        },
    },
    service::guardians,
};

const TAG: &str = "guardians";

/// The operations on guardians.
#[must_use]
pub fn table(table: Table) -> Table {
    let path = "/v1/cases/{id}/guardians";
    let one = "/v1/cases/{id}/guardians/{guardian_id}";
    table
        .op((Method::POST, path, "appointGuardian"), appoint, |o| {
            o.says(
                TAG,
                "Record that a guardian was appointed",
                "Records the guardian of somebody who is protected as a child, which is what the clock \
                 `guardian_for_child` asks for. Each question about a conflict is answered: anything but \
                 `no` is 422 there. 409 `illegal-transition` while there is another guardian, or if the \
                 person is not protected as a child.",
            )
            .takes::<GuardianBody>(json!({
                "name": "Akosua M.",
                "contact": "+256414000000",
                "relationship": "independent_professional",
                "authority": "court",
                "file_reference": "FC-2026-118",
                "appointed_on": "2026-11-02",
                "conflicts": {
                    "alleged_perpetrator": "no",
                    "related_to_perpetrator": "no",
                    "implicated_employer_or_carer": "no"
                }
            }))
            .creates::<GuardianView>()
        })
        .op((Method::GET, path, "listGuardians"), list, |o| {
            let why = "Shows every guardian that the person has had, the newest first.";
            o.says(TAG, "List the guardians of a case", why).lists::<GuardianView>(&[])
        })
        .op((Method::GET, one, "readGuardian"), read, |o| {
            let why = "Shows one guardian of the case.";
            o.says(TAG, "Read a guardian", why).shows::<GuardianView>()
        })
        .op(
            (
                Method::POST,
                "/v1/cases/{id}/guardians/{guardian_id}/end",
                "endGuardian",
            ),
            end,
            |o| {
                o.says(
                    TAG,
                    "Record that a guardianship ended",
                    "Says why. As long as the person is protected as a child the clock \
                     `guardian_for_child` runs again.",
                )
                .takes::<GuardianEndBody>(json!({"reason": "replaced"}))
                .if_match()
                .shows::<GuardianView>()
            },
        )
}

fn open(
    reading: &mut Reading<'_>,
    case: &CaseId,
    id: &GuardianId,
) -> Stored<(Event, GuardianView)> {
    let (event, permit, guardian) = guardians::open(reading, case, id)?;
    Ok((event, GuardianView::of(&permit, &guardian, reading.actor()?)))
}

/// Records an appointment.
async fn appoint(
    caller: Caller<AppointGuardian>,
    case: PathId<CaseId>,
    body: Body<GuardianBody>,
) -> Result<Reply<GuardianView>, Problem> {
    let (body, digest) = body.into_parts();
    let key = caller.once_or_id(&digest, body.id.is_some())?;
    let appointment = body.appointment();
    let view = caller
        .write(move |tx| {
            let act = |tx: &mut Tx<'_>| guardians::appoint(tx, &case.0, &appointment);
            once(tx, key.as_ref(), act, |reading, id| open(reading, &case.0, id))
        })
        .await?;
    Ok(Reply::created(view))
}

/// Shows a guardian.
async fn read(
    caller: Caller<ReadGuardian>,
    ids: PathIds<CaseId, GuardianId>,
) -> Result<Reply<GuardianView>, Problem> {
    shown(caller, move |reading| open(reading, &ids.0, &ids.1)).await
}

/// Lists the guardians of a case.
async fn list(
    caller: Caller<ReadGuardian>,
    case: PathId<CaseId>,
    query: Query<PageQuery>,
) -> Result<impl Responder, Problem> {
    let belongs_to = case.0.to_string();
    let look =
        move |reading: &mut Reading<'_>, after: Option<(Instant, GuardianId)>, limit: RowLimit| {
            let (event, permit, found) = guardians::list(reading, &case.0, after, limit)?;
            let actor = reading.actor()?;
            let views = found.map(|one| GuardianView::of(&permit, &one, actor));
            Ok((event, views))
        };
    listed(caller, ("guardian.list", &belongs_to), query.0, look, |view: &GuardianView| {
        (view.created_at, view.id.clone())
    })
    .await
}

/// Records an end.
async fn end(
    caller: Caller<EndGuardian>,
    ids: PathIds<CaseId, GuardianId>,
    version: IfMatch,
    body: Body<GuardianEndBody>,
) -> Result<Reply<GuardianView>, Problem> {
    let (body, digest) = body.into_parts();
    let key = caller.once(&digest);
    let profile = caller.app().profile().clone();
    let view = caller
        .write(move |tx| {
            let act = |tx: &mut Tx<'_>| {
                let target = (&ids.0, &ids.1, version.expected());
                guardians::end(tx, &profile, target, body.reason)
            };
            once(tx, key.as_ref(), act, |reading, id| open(reading, &ids.0, id))
        })
        .await?;
    Ok(Reply::shown(view))
}
