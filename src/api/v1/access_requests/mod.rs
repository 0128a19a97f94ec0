//! A person's request for a copy of what is held about them.

mod body;
mod copy;
mod page;
mod view;
mod words;

pub(in crate::api) use self::words::InLanguage;

use actix_web::{
    HttpRequest, HttpResponse, Responder,
    http::{Method, header},
};
use refero_domain::{
    event::Event,
    id::AccessRequestId,
    instant::Instant,
    policy::{
        Action, ApproveAccessRefusal, CopyPersonData, CreateAccessRequest, DeclineAccessRefusal,
        HandOverCopy, ReadAccessRequest, RedactCopy, RequestAccessRefusal,
    },
    subject_access::{AccessState, CopyLanguage},
};
use refero_store::{
    Result as Stored,
    unit::{Reading, Tx},
};
use serde::Deserialize;
use serde_json::json;

use self::copy::Wording;
pub use self::{
    body::{AccessRefusalBody, AccessRequestBody, PassageBody, RedactionsBody, TextReviewBody},
    copy::{CopyView, EntryView, FieldView, SectionView, SpanView, ValueView, WordsView},
    view::{AccessPartView, AccessRequestView},
};
use crate::{
    api::{
        caller::Caller,
        extract::{Body, IfMatch, Language, OptionalBody, PathId, Query},
        operation::{StatedPurpose, Table, Takes},
        page::{Cursor, Filters, Limit},
        print_page,
        problem::{Problem, wants_html},
        reply::Reply,
        v1::{Nothing, once},
    },
    service::access_requests::{self, Asked},
};

const TAG: &str = "access-requests";
const PATH: &str = "/v1/access-requests";

/// Which requests are listed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    #[serde(default)]
    limit: Limit,
    #[serde(default)]
    cursor: Option<Cursor>,
    #[serde(default)]
    state: Option<AccessState>,
}

/// In which language the copy is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CopyQuery {
    #[serde(default)]
    language: Option<CopyLanguage>,
}

fn show(reading: &mut Reading<'_>, id: &AccessRequestId) -> Stored<(Event, AccessRequestView)> {
    let (event, permit) = access_requests::open(reading, id)?;
    let view = AccessRequestView::of(&permit, reading.actor()?);
    Ok((event, view))
}

/// Receives a request.
async fn create(
    caller: Caller<CreateAccessRequest>,
    body: Body<AccessRequestBody>,
) -> Result<Reply<AccessRequestView>, Problem> {
    let (body, digest) = body.into_parts();
    let key = caller.once_or_id(&digest, false)?;
    let profile = caller.app().profile().clone();
    let AccessRequestBody { case_id, asker, language, delivery, file_reference, received_on } =
        body;
    let asked = Asked { case_id, asker, language, delivery, file_reference, received_on };
    let view = caller
        .write(move |tx| {
            let act = |tx: &mut Tx<'_>| access_requests::create(tx, &profile, &asked);
            once(tx, key.as_ref(), act, show)
        })
        .await?;
    Ok(Reply::created(view))
}

/// Lists requests.
async fn list(
    caller: Caller<ReadAccessRequest>,
    query: Query<ListQuery>,
) -> Result<impl Responder, Problem> {
    let (app, http) = (caller.app(), caller.http().clone());
    let principal = caller.user_id().as_str().to_owned();
    let pager = app.cursors().pager(ReadAccessRequest::NAME, Filters::of_query(&http), &principal);
    let ListQuery { limit, cursor, state } = query.0;
    let after: Option<(Instant, AccessRequestId)> = pager.open(cursor.as_ref())?;
    let rows = caller
        .read(move |reading| {
            let (event, found) =
                access_requests::list(reading, state, after.as_ref(), limit.rows())?;
            let actor = reading.actor()?.clone();
            let views = found.map(|permit| AccessRequestView::of(&permit, &actor));
            Ok(reading.disclose(event, views))
        })
        .await?;
    let page = pager.page(rows, |view: &AccessRequestView| (view.created_at, view.id.clone()))?;
    Ok(page.respond(&http))
}

/// Shows a request.
async fn read(
    caller: Caller<ReadAccessRequest>,
    id: PathId<AccessRequestId>,
) -> Result<Reply<AccessRequestView>, Problem> {
    let view = caller
        .read(move |reading| {
            let (event, view) = show(reading, &id.0)?;
            Ok(reading.disclose(event, view))
        })
        .await?;
    Ok(Reply::shown(view))
}

/// Makes a copy of the caller's part.
async fn copy(
    caller: Caller<CopyPersonData>,
    id: PathId<AccessRequestId>,
    query: Query<CopyQuery>,
) -> Result<HttpResponse, Problem> {
    let (app, http) = (caller.app(), caller.http().clone());
    let chosen = query.0.language;
    let view = caller
        .write(move |tx| {
            let (_, permit) = access_requests::open(tx, &id.0)?;
            let language = chosen.unwrap_or(permit.row().request.language);
            let wording = Wording {
                request_id: id.0.clone(),
                language: Language::from_tag(language.code()).unwrap_or_default(),
                profile: app.profile(),
                made_at: tx.now(),
            };
            let copy = access_requests::copy(tx, &id.0)?;
            copy.try_map(|copy| Ok(CopyView::of(&copy, &wording)))
        })
        .await?;
    Ok(respond(&http, &view))
}

fn respond(http: &HttpRequest, copy: &CopyView) -> HttpResponse {
    let mut answer = HttpResponse::Ok();
    answer
        .insert_header((header::CONTENT_LANGUAGE, copy.language.as_str()))
        .insert_header((header::VARY, "Accept"))
        .insert_header((header::CACHE_CONTROL, "no-store"));
    if wants_html(http.headers()) {
        answer.insert_header((header::CONTENT_SECURITY_POLICY, print_page::policy()));
        return answer.content_type("text/html; charset=utf-8").body(page::write(copy));
    }
    answer.json(copy)
}

/// Keeps what is taken out of the texts of the caller's part.
async fn redact(
    caller: Caller<RedactCopy>,
    id: PathId<AccessRequestId>,
    version: IfMatch,
    body: Body<RedactionsBody>,
) -> Result<Reply<AccessRequestView>, Problem> {
    let (body, digest) = body.into_parts();
    let key = caller.once(&digest);
    let reviews = body.into_reviews();
    let view = caller
        .write(move |tx| {
            let target = (&id.0, version.expected());
            let act = |tx: &mut Tx<'_>| access_requests::redact(tx, target, &reviews);
            once(tx, key.as_ref(), act, show)
        })
        .await?;
    Ok(Reply::shown(view))
}

/// Asks that a request is refused.
async fn request_refusal(
    caller: Caller<RequestAccessRefusal>,
    id: PathId<AccessRequestId>,
    version: IfMatch,
    body: Body<AccessRefusalBody>,
) -> Result<Reply<AccessRequestView>, Problem> {
    let (body, digest) = body.into_parts();
    let key = caller.once(&digest);
    let view = caller
        .write(move |tx| {
            let target = (&id.0, version.expected());
            let act = |tx: &mut Tx<'_>| access_requests::request_refusal(tx, target, body.ground);
            once(tx, key.as_ref(), act, show)
        })
        .await?;
    Ok(Reply::shown(view))
}

/// Declares the handlers of moves that need no body.
macro_rules! moves {
    ($($(#[$doc:meta])* $name:ident: $action:ident;)+) => {$(
        $(#[$doc])*
        async fn $name(
            caller: Caller<$action>,
            id: PathId<AccessRequestId>,
            version: IfMatch,
            body: OptionalBody<Nothing>,
        ) -> Result<Reply<AccessRequestView>, Problem> {
            let (_, digest) = body.into_parts();
            let key = caller.once(&digest);
            let view = caller
                .write(move |tx| {
                    let target = (&id.0, version.expected());
                    let act = |tx: &mut Tx<'_>| access_requests::$name(tx, target);
                    once(tx, key.as_ref(), act, show)
                })
                .await?;
            Ok(Reply::shown(view))
        }
    )+};
}

moves! {
    /// Marks the caller's part as handed over.
    hand_over: HandOverCopy;
    /// Refuses a request that somebody else asked to refuse.
    approve_refusal: ApproveAccessRefusal;
    /// Declines to refuse a request.
    decline_refusal: DeclineAccessRefusal;
}

/// The operations on requests for a copy.
#[must_use]
pub fn table(table: Table) -> Table {
    refusals(copies(requests(table)))
}

fn requests(table: Table) -> Table {
    table
        .op((Method::POST, PATH, "createAccessRequest"), create, |o| {
            o.says(
                TAG,
                "Receive a request for a copy",
                "A data protection officer writes down that a person, or somebody for them, asks for a \
                 copy of what is held about them. The officer sees ids and states, never content. It \
                 is due when the country profile says so; `due_status` tells how far that may be \
                 relied on.",
            )
            .takes::<AccessRequestBody>(json!({
                "case_id": "3f2b8c1e-7a4d-4e0b-9c53-1d2e3f4a5b6c",
                "asker": "person",
                "language": "fr",
                "delivery": "read_aloud",
                "file_reference": "DPO/2026/14",
                "received_on": "2026-11-01"
            }))
            .creates::<AccessRequestView>()
        })
        .op((Method::GET, PATH, "listAccessRequests"), list, |o| {
            o.says(
                TAG,
                "List requests for a copy",
                "Newest first: all to data protection officers; to the coordinator of the case, the \
                 supervisors of its area and the managers of providers that wrote something those in \
                 which they have a part.",
            )
            .lists::<AccessRequestView>(&[(
                "state",
                Takes::Code(AccessState::CODES),
                "Only in this state.",
            )])
        })
        .op((Method::GET, "/v1/access-requests/{id}", "readAccessRequest"), read, |o| {
            let why = "Shows one request and how its parts stand; a provider is shown its own part.";
            o.says(TAG, "Read a request for a copy", why).shows::<AccessRequestView>()
        })
}

fn copies(table: Table) -> Table {
    table
        .op((Method::GET, "/v1/access-requests/{id}/copy", "copyPersonData"), copy, |o| {
            o.says(
                TAG,
                "Make a copy of what is held about a person",
                "Everything that the caller's side holds and the caller may see: the coordination all \
                 but what providers wrote, a provider what it wrote itself. As JSON, each field with \
                 the column it was read from, or with `Accept: text/html` as a page to print. In \
                 `language`, else in the language that was asked for. People who work here are told \
                 by role and organisation. Texts that nobody has looked through are marked, and such \
                 a copy is not the one to hand over. Every copy is numbered, which is why it is no \
                 plain reading. 403 `purpose-required`; 409 once the request was refused.",
            )
            .asks(&[("language", Takes::Code(CopyLanguage::CODES), "`en`, `fr` or `pt`.")])
            .for_a_purpose(StatedPurpose::Required)
            .shows::<CopyView>()
            .texts(&["text/html"])
        })
        .op((Method::PUT, "/v1/access-requests/{id}/redactions", "redactCopy"), redact, |o| {
            o.says(
                TAG,
                "Say what is taken out of the texts",
                "For each free text of the caller's part that was looked through: the passages that \
                 are not shown, exactly as they stand, or that nothing of it is, each with its \
                 ground. Replaces what was said before. A text that changes afterwards counts as not \
                 looked through. 422 `reference-unknown` for a text that the part does not have, \
                 `inconsistent` for a passage that does not stand in it.",
            )
            .takes::<RedactionsBody>(json!({"texts": [{
                "id": "note:3f2b8c1e-7a4d-4e0b-9c53-1d2e3f4a5b6c",
                "passages": [{"text": "her cousin", "ground": "another_person"}]
            }]}))
            .if_match()
            .shows::<AccessRequestView>()
        })
        .op((Method::POST, "/v1/access-requests/{id}/hand-over", "handOverCopy"), hand_over, |o| {
            let why = "Marks the caller's part as handed over; the last part answers the request. 409 \
                       `texts-unreviewed` while a text of the part was not looked through.";
            o.says(TAG, "Hand a part of a copy over", why)
                .may_take::<Nothing>(json!({}))
                .if_match()
                .shows::<AccessRequestView>()
        })
}

fn refusals(table: Table) -> Table {
    let path = "/v1/access-requests/{id}/request-refusal";
    let table = table.op((Method::POST, path, "requestAccessRefusal"), request_refusal, |o| {
        let why = "A data protection officer asks that no copy is given, on one of the grounds of the \
                   list. Somebody else decides (R10); until then nothing is handed over.";
        o.says(TAG, "Ask to refuse a request for a copy", why)
            .takes::<AccessRefusalBody>(json!({"ground": "identity_not_shown"}))
            .if_match()
            .shows::<AccessRequestView>()
    });
    let path = "/v1/access-requests/{id}/approve-refusal";
    let table = table.op((Method::POST, path, "approveAccessRefusal"), approve_refusal, |o| {
        let why = "Another data protection officer, or a supervisor of the area, agrees that no copy is \
                   given. 403 `self-approval` for one's own (R10).";
        o.says(TAG, "Refuse a request for a copy", why)
            .may_take::<Nothing>(json!({}))
            .if_match()
            .shows::<AccessRequestView>()
    });
    let path = "/v1/access-requests/{id}/decline-refusal";
    table.op((Method::POST, path, "declineAccessRefusal"), decline_refusal, |o| {
        let why = "The request is not refused and goes on.";
        o.says(TAG, "Decline to refuse a request for a copy", why)
            .may_take::<Nothing>(json!({}))
            .if_match()
            .shows::<AccessRequestView>()
    })
}
