//! `/v1/indicator-sets`: by what people are screened, and how a national committee redefines it.

mod view;

use actix_web::{HttpResponse, Responder, http::Method};
use refero_domain::{
    event::Event,
    id::IndicatorSetVersionId,
    instant::Instant,
    policy::{ApproveIndicatorSet, ProposeIndicatorSet, ReadReference, WithdrawIndicatorSet},
    screening::{GoldenCase, IndicatorSet},
};
use refero_store::{
    Result as Stored,
    rows::RowLimit,
    unit::{Reading, Tx},
};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

pub use self::view::IndicatorSetVersionView;
use super::reference::CACHE;
use crate::{
    api::{
        caller::Caller,
        extract::{Body, Checked, IfMatch, OptionalBody, PathId, PathIds, Query},
        operation::Table,
        problem::{FieldCode, FieldErrors, Pointer, Problem},
        reply::Reply,
        revalidate::Document,
        v1::{
            Nothing, PageQuery, once,
            parts::{listed, shown},
            rules,
        },
    },
    service::indicator_sets::{self as sets, NewVersion},
};

const TAG: &str = "reference";

/// More cases than anybody reads.
const MOST_CASES: usize = 50;

/// A new version of an indicator set.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IndicatorSetBody {
    /// The whole set, as `GET /v1/indicator-sets/{id}` shows the one in force, with a new `version`; and with a
    /// new `ruleset.version` if a rule changes. Every question that was ever asked stays in it, so that old
    /// answers can be read; one that is asked no more has an empty `applies_to`.
    pub document: IndicatorSet,
    /// Cases with what must come out of them, 2 to 50: of a child and of an adult, an indication and none.
    pub cases: Vec<GoldenCase>,
    /// What changes, and why, 1 to 2,000 characters.
    #[schema(min_length = 1, max_length = 2_000)]
    pub reason: String,
}

impl Checked for IndicatorSetBody {
    fn check(&self, errors: &mut FieldErrors) {
        rules::text("/reason", &self.reason, 2_000, errors);
        rules::text("/document/version", &self.document.version, 40, errors);
        rules::text("/document/ruleset/version", &self.document.ruleset.version, 40, errors);
        let place = Pointer::from("/cases");
        if self.cases.len() > MOST_CASES {
            errors.add(place.clone(), FieldCode::TooLong);
        }
        for (index, case) in self.cases.iter().enumerate().take(MOST_CASES) {
            rules::text(place.index(index).member("name"), &case.name, 200, errors);
        }
    }
}

/// From when a version is used.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IndicatorSetApprovalBody {
    /// From this moment on; from now on, if absent.
    #[serde(default)]
    pub effective_from: Option<Instant>,
}

impl Checked for IndicatorSetApprovalBody {}

fn open(
    reading: &mut Reading<'_>,
    set: &str,
    id: &IndicatorSetVersionId,
) -> Stored<(Event, IndicatorSetVersionView)> {
    sets::open(reading, (set, id), IndicatorSetVersionView::whole)
}

/// Shows the set in force.
async fn in_force(
    caller: Caller<ReadReference>,
    PathId(id): PathId<String>,
) -> Result<HttpResponse, Problem> {
    let request = caller.http().clone();
    let set = caller
        .read(move |reading| {
            let set = sets::in_force(reading, &id)?;
            Ok(reading.disclose_all(Vec::new(), set))
        })
        .await?;
    let body = serde_json::to_string(&set)
        .map_err(|_| Problem::internal("an indicator set has no JSON form"))?;
    Ok(Document::new("application/json", body).respond(&request, CACHE))
}

/// Proposes a version.
async fn propose(
    caller: Caller<ProposeIndicatorSet>,
    PathId(set): PathId<String>,
    body: Body<IndicatorSetBody>,
) -> Result<Reply<IndicatorSetVersionView>, Problem> {
    let (body, digest) = body.into_parts();
    let key = caller.once_or_id(&digest, false)?;
    let new = NewVersion { document: body.document, cases: body.cases, reason: body.reason };
    let view = caller
        .write(move |tx| {
            let act = |tx: &mut Tx<'_>| sets::propose(tx, &set, &new);
            once(tx, key.as_ref(), act, |reading, id| open(reading, &set, id))
        })
        .await?;
    Ok(Reply::created(view))
}

/// Shows a version.
async fn read(
    caller: Caller<ReadReference>,
    ids: PathIds<String, IndicatorSetVersionId>,
) -> Result<Reply<IndicatorSetVersionView>, Problem> {
    shown(caller, move |reading| open(reading, &ids.0, &ids.1)).await
}

/// Lists the versions.
async fn list(
    caller: Caller<ReadReference>,
    PathId(set): PathId<String>,
    query: Query<PageQuery>,
) -> Result<impl Responder, Problem> {
    type Place = (Instant, IndicatorSetVersionId);
    let of = set.clone();
    let look = move |reading: &mut Reading<'_>, after: Option<Place>, limit: RowLimit| {
        let (event, found) = sets::list(reading, &set, after, limit)?;
        let views = found.try_map(|row| IndicatorSetVersionView::listed(reading, &row))?;
        Ok((event, views))
    };
    let place = |view: &IndicatorSetVersionView| (view.created_at, view.id.clone());
    listed(caller, ("indicator-set.versions", &of), query.0, look, place).await
}

/// Approves a version.
async fn approve(
    caller: Caller<ApproveIndicatorSet>,
    ids: PathIds<String, IndicatorSetVersionId>,
    version: IfMatch,
    body: OptionalBody<IndicatorSetApprovalBody>,
) -> Result<Reply<IndicatorSetVersionView>, Problem> {
    let (body, digest) = body.into_parts();
    let key = caller.once(&digest);
    let view = caller
        .write(move |tx| {
            let act = |tx: &mut Tx<'_>| {
                sets::approve(tx, (&ids.0, &ids.1, version.expected()), body.effective_from)
            };
            once(tx, key.as_ref(), act, |reading, id| open(reading, &ids.0, id))
        })
        .await?;
    Ok(Reply::shown(view))
}

/// Withdraws a version.
async fn withdraw(
    caller: Caller<WithdrawIndicatorSet>,
    ids: PathIds<String, IndicatorSetVersionId>,
    version: IfMatch,
    body: OptionalBody<Nothing>,
) -> Result<Reply<IndicatorSetVersionView>, Problem> {
    let (_, digest) = body.into_parts();
    let key = caller.once(&digest);
    let view = caller
        .write(move |tx| {
            let act = |tx: &mut Tx<'_>| sets::withdraw(tx, (&ids.0, &ids.1, version.expected()));
            once(tx, key.as_ref(), act, |reading, id| open(reading, &ids.0, id))
        })
        .await?;
    Ok(Reply::shown(view))
}

/// What a proposal looks like: the set with its first question alone, because the whole one is long.
fn example() -> Value {
    let mut document = IndicatorSet::embedded().clone();
    document.version = "2".to_owned();
    document.indicators.truncate(1);
    let case = |name: &str, profile: &str, yes: &[&str], indication: bool| json!({"name": name, "profile": profile, "yes": yes, "indication_of_trafficking": indication});
    json!({
        "document": document,
        "cases": [
            case("A boy at work in a mine", "child_labour", &["ACT2", "EX01", "EX02"], true),
            case("A man who is not paid", "adult_labour", &["EX01", "EX02"], false)
        ],
        "reason": "A question about recruitment over messaging apps."
    })
}

/// The set of the examples.
const SET: &[(&str, &str)] = &[("id", "default")];

/// The operations on indicator sets.
#[must_use]
pub fn table(table: Table) -> Table {
    const ALL: &str = "/v1/indicator-sets/{id}/versions";
    const ONE: &str = "/v1/indicator-sets/{id}/versions/{version_id}";
    let table = table
        .op((Method::GET, "/v1/indicator-sets/{id}", "getIndicatorSet"), in_force, |o| {
            o.says(
                TAG,
                "Show an indicator set with its rules",
                "The indicators in the order in which they are asked, their strength in each \
                 profile, and the rules that turn answers into advice (R11): the version in force \
                 now. The set in use is `default`; 404 for one that does not exist. Refusals are \
                 audited, readings are not.",
            )
            .names(SET)
            .shows::<IndicatorSet>()
            .revalidates()
            .unrecorded()
        })
        .op((Method::POST, ALL, "proposeIndicatorSet"), propose, |o| {
            o.says(
                TAG,
                "Propose a new version of an indicator set",
                "The whole set, for supervisors of the whole country; 403 for who supervises an area. It \
                 is judged as the one that comes with the program was: three languages, every question \
                 that was ever asked, rules that somebody can meet, no means asked for where a child is \
                 concerned (R6, Palermo Protocol art. 3(c)), and the cases that come with it come out as \
                 they say; 422 with the part that does not hold. Nobody is screened by it until \
                 somebody else approves it. 409 `id-taken` for a version that there is already. The \
                 example shows the first question alone: send all of them.",
            )
            .names(SET)
            .takes::<IndicatorSetBody>(example())
            .creates::<IndicatorSetVersionView>()
        })
        .op((Method::GET, ALL, "listIndicatorSetVersions"), list, |o| {
            o.says(
                TAG,
                "List the versions of an indicator set",
                "The newest first, without the sets themselves: approved ones for everybody, proposals \
                 for those who decide about them. The version that comes with the program is not among \
                 them.",
            )
            .names(SET)
            .lists::<IndicatorSetVersionView>(&[])
        })
        .op((Method::GET, ONE, "readIndicatorSetVersion"), read, |o| {
            let why = "With the set itself, by which old screenings can be read. A proposal is 404 for who does \
                       not decide about it.";
            o.says(TAG, "Read a version of an indicator set", why)
                .names(SET)
                .shows::<IndicatorSetVersionView>()
        });
    decisions(table)
}

/// The operations by which somebody decides about a proposal.
fn decisions(table: Table) -> Table {
    table
        .op(
            (Method::POST, "/v1/indicator-sets/{id}/versions/{version_id}/approve", "approveIndicatorSet"),
            approve,
            |o| {
                o.says(
                    TAG,
                    "Approve a version of an indicator set",
                    "By another supervisor of the whole country than who proposed it (R10, 403 \
                     `self-approval`). Screenings use it from `effective_from` on, now if absent; 422 for a \
                     moment that has passed, or that lies before that of a version approved earlier. Old \
                     screenings stay as they were (R11).",
                )
                .names(SET)
                .may_take::<IndicatorSetApprovalBody>(json!({"effective_from": "2027-01-01T00:00:00Z"}))
                .if_match()
                .shows::<IndicatorSetVersionView>()
            },
        )
        .op(
            (Method::POST, "/v1/indicator-sets/{id}/versions/{version_id}/withdraw", "withdrawIndicatorSet"),
            withdraw,
            |o| {
                o.says(
                    TAG,
                    "Withdraw a version of an indicator set",
                    "A proposal, or what was approved and is not in force yet. 409 `illegal-transition` for \
                     what people are or were screened by: a later version follows it.",
                )
                .names(SET)
                .may_take::<Nothing>(json!({}))
                .if_match()
                .shows::<IndicatorSetVersionView>()
            },
        )
}
