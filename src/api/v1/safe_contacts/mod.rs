//! How the person of a case may be reached without danger.

mod bodies;
mod view;

use actix_web::{Responder, http::Method};
use refero_domain::{
    event::Event,
    id::{CaseId, SafeContactId},
    instant::Instant,
    policy::{CreateSafeContact, ReadSafeContact, RetireSafeContact, UseSafeContact},
};
use refero_store::{
    Result as Stored,
    rows::RowLimit,
    unit::{Reading, Tx},
};
use serde_json::json;

pub use self::{
    bodies::{SafeContactBody, SafeContactRetireBody, SafeContactUseBody},
    view::SafeContactView,
};
use crate::{
    api::{
        caller::Caller,
        extract::{Body, IfMatch, PathId, PathIds, Query},
        operation::{StatedPurpose, Table},
        problem::Problem,
        reply::Reply,
        v1::{
            PageQuery, once,
            parts::{listed, shown},
        },
    },
    service::safe_contacts as contacts,
};

const TAG: &str = "safety";

/// The operations on ways to reach somebody.
#[must_use]
pub fn table(table: Table) -> Table {
    let path = "/v1/cases/{id}/safe-contacts";
    let one = "/v1/cases/{id}/safe-contacts/{safe_contact_id}";
    let table = table
        .op((Method::POST, path, "createSafeContact"), create, |o| {
            o.says(
                TAG,
                "Record a way to reach the person",
                "Records by what and when the person may be reached without danger, as they said; or, with \
                 `never`, by what they must never be reached: the telephone may lie with the trafficker.",
            )
            .takes::<SafeContactBody>(json!({
                "rule": "safe",
                "channel": "phone_call",
                "value": "+256700000001",
                "language": "lg",
                "hours": [{"day": "monday", "from": "18:00", "until": "20:00"}],
                "code_word": "I am calling about the sewing machine.",
                "who_may_answer": "Her sister. Say nothing to anybody else."
            }))
            .creates::<SafeContactView>()
        })
        .op((Method::GET, path, "listSafeContacts"), list, |o| {
            let why = "Shows every way to reach the person that is recorded, the newest first, without the \
                       number itself: ask for that with `use`.";
            o.says(TAG, "List the ways to reach the person", why).lists::<SafeContactView>(&[])
        })
        .op((Method::GET, one, "readSafeContact"), read, |o| {
            let why = "Shows one way to reach the person, without the number itself.";
            o.says(TAG, "Read a way to reach the person", why).shows::<SafeContactView>()
        });
    acts(table)
}

fn acts(table: Table) -> Table {
    let using = "/v1/cases/{id}/safe-contacts/{safe_contact_id}/use";
    let retiring = "/v1/cases/{id}/safe-contacts/{safe_contact_id}/retire";
    table
        .op((Method::POST, using, "useSafeContact"), use_now, |o| {
            o.says(
                TAG,
                "Ask for the number to reach the person now",
                "Tells the number, the code word and who may answer to somebody who is about to use them, \
                 for a purpose that is stated in `Access-Purpose`. 409 `never-contact` if this way must \
                 never be taken; 409 `not-a-safe-hour` outside the safe hours, with `Retry-After`, unless \
                 `urgent_because` says what cannot wait.",
            )
            .for_a_purpose(StatedPurpose::Required)
            .takes::<SafeContactUseBody>(json!({"urgent_because": "danger_to_life"}))
            .if_match()
            .shows::<SafeContactView>()
        })
        .op((Method::POST, retiring, "retireSafeContact"), retire, |o| {
            o.says(
                TAG,
                "Record that a way is safe no more",
                "Says why. It stays in the history and is told to nobody after that.",
            )
            .takes::<SafeContactRetireBody>(json!({"reason": "no_longer_safe"}))
            .if_match()
            .shows::<SafeContactView>()
        })
}

fn open(
    reading: &mut Reading<'_>,
    case: &CaseId,
    id: &SafeContactId,
) -> Stored<(Event, SafeContactView)> {
    let (event, permit, contact) = contacts::open(reading, case, id)?;
    Ok((event, SafeContactView::of(&permit, &contact, reading.actor()?)))
}

/// Records a way to reach the person.
async fn create(
    caller: Caller<CreateSafeContact>,
    case: PathId<CaseId>,
    body: Body<SafeContactBody>,
) -> Result<Reply<SafeContactView>, Problem> {
    let (body, digest) = body.into_parts();
    let key = caller.once_or_id(&digest, body.id.is_some())?;
    let way = body.way();
    let view = caller
        .write(move |tx| {
            let act = |tx: &mut Tx<'_>| contacts::record(tx, &case.0, &way);
            once(tx, key.as_ref(), act, |reading, id| open(reading, &case.0, id))
        })
        .await?;
    Ok(Reply::created(view))
}

/// Shows a way to reach the person.
async fn read(
    caller: Caller<ReadSafeContact>,
    ids: PathIds<CaseId, SafeContactId>,
) -> Result<Reply<SafeContactView>, Problem> {
    shown(caller, move |reading| open(reading, &ids.0, &ids.1)).await
}

/// Lists the ways to reach the person.
async fn list(
    caller: Caller<ReadSafeContact>,
    case: PathId<CaseId>,
    query: Query<PageQuery>,
) -> Result<impl Responder, Problem> {
    let belongs_to = case.0.to_string();
    let look = move |reading: &mut Reading<'_>,
                     after: Option<(Instant, SafeContactId)>,
                     limit: RowLimit| {
        let (event, permit, found) = contacts::list(reading, &case.0, after, limit)?;
        let actor = reading.actor()?;
        Ok((event, found.map(|one| SafeContactView::of(&permit, &one, actor))))
    };
    listed(caller, ("safe-contact.list", &belongs_to), query.0, look, |view: &SafeContactView| {
        (view.created_at, view.id.clone())
    })
    .await
}

/// Tells the number.
async fn use_now(
    caller: Caller<UseSafeContact>,
    ids: PathIds<CaseId, SafeContactId>,
    version: IfMatch,
    body: Body<SafeContactUseBody>,
) -> Result<Reply<SafeContactView>, Problem> {
    let (body, digest) = body.into_parts();
    let key = caller.once(&digest);
    let profile = caller.app().profile().clone();
    let view = caller
        .write(move |tx| {
            let act = |tx: &mut Tx<'_>| {
                let target = (&ids.0, &ids.1, version.expected());
                contacts::ask(tx, &profile, target, body.urgent_because)
            };
            once(tx, key.as_ref(), act, |reading, id| {
                let (event, permit, contact) = contacts::told(reading, &profile, &ids.0, id)?;
                Ok((event, SafeContactView::told(&permit, &contact, reading.actor()?)))
            })
        })
        .await?;
    Ok(Reply::shown(view))
}

/// Records that a way does not hold any more.
async fn retire(
    caller: Caller<RetireSafeContact>,
    ids: PathIds<CaseId, SafeContactId>,
    version: IfMatch,
    body: Body<SafeContactRetireBody>,
) -> Result<Reply<SafeContactView>, Problem> {
    let (body, digest) = body.into_parts();
    let key = caller.once(&digest);
    let view = caller
        .write(move |tx| {
            let act = |tx: &mut Tx<'_>| {
                let target = (&ids.0, &ids.1, version.expected());
                contacts::retire(tx, target, body.reason)
            };
            once(tx, key.as_ref(), act, |reading, id| open(reading, &ids.0, id))
        })
        .await?;
    Ok(Reply::shown(view))
}
