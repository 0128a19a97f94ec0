//! Emergency accesses (R15): one case, for a time, looked into afterwards.

mod view;

use actix_web::{Responder, http::Method};
use refero_domain::{
    case_code::CaseCode,
    emergency::EmergencyOutcome,
    event::Event,
    id::EmergencyAccessId,
    instant::Instant,
    policy::{Action, OpenEmergency, ReadEmergency, ReviewEmergency},
    sensitive::Sensitive,
};
use refero_store::{
    Result as Stored,
    emergencies::Review,
    unit::{Reading, Tx},
};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

pub use self::view::EmergencyAccessView;
use crate::{
    api::{
        caller::Caller,
        extract::{Body, Checked, IfMatch, PathId, Query},
        operation::{Table, Takes},
        page::{Cursor, Filters, Limit},
        problem::{FieldCode, FieldErrors, Problem},
        reply::Reply,
        v1::{once, rules},
    },
    service::emergencies::{self, Asked},
};

const TAG: &str = "emergency-accesses";
/// How long a justification must be: a word is none.
const SHORTEST: usize = 20;
/// How long it may be.
const LONGEST: usize = 4_000;

/// The operations on emergency accesses.
#[must_use]
pub fn table(table: Table) -> Table {
    let path = "/v1/emergency-accesses";
    table
        .op((Method::POST, path, "openEmergencyAccess"), open, |o| {
            o.says(
                TAG,
                "Open a case in an emergency",
                "Opens one case that the caller does not see, by the code that somebody says on the \
                 telephone, to read, for the time in the country profile (R15). The supervisors of \
                 the case's area and the data protection officers are told at once, and a supervisor \
                 reviews it. 404 if no case has the code; 409 `emergency-not-needed` for a case that \
                 the caller sees; 429 `emergency-too-often` after too many accesses or too many wrong \
                 codes; 403 `emergency-in-question` while one of the caller's accesses was found \
                 unjustified or is not reviewed in time.",
            )
            .takes::<EmergencyBody>(json!({
                "case_code": "UG-2026-7K3M-D",
                "reason_code": "immediate_danger",
                "justification": "She is at the border post and says he is on his way."
            }))
            .creates::<EmergencyAccessView>()
        })
        .op((Method::GET, path, "listEmergencyAccesses"), list, |o| {
            o.says(
                TAG,
                "List emergency accesses",
                "Lists emergency accesses, the newest first: to supervisors those to cases of their \
                 area, to coordinators their own, to data protection officers and auditors all. The \
                 justification is shown with the single access.",
            )
            .lists::<EmergencyAccessView>(&[(
                "reviewed",
                Takes::Flag,
                "Only those that were reviewed, or only those that wait for it.",
            )])
        })
        .op((Method::GET, "/v1/emergency-accesses/{id}", "readEmergencyAccess"), read, |o| {
            let why = "Shows one emergency access with its justification and its review, as far as \
                       the caller may see them.";
            o.says(TAG, "Read an emergency access", why).shows::<EmergencyAccessView>()
        })
        .op((Method::POST, "/v1/emergency-accesses/{id}/review", "reviewEmergencyAccess"), review, |o| {
            o.says(
                TAG,
                "Review an emergency access",
                "Says whether it was justified; never by whoever opened it (403 `self-approval`). What \
                 was not ends at once, and whoever opened it opens no other case until a later review \
                 says otherwise. The earlier review stays in the history (R13).",
            )
            .takes::<ReviewBody>(json!({
                "outcome": "justified", "reason": "The bureau of the area was closed."
            }))
            .if_match()
            .shows::<EmergencyAccessView>()
        })
}

/// Which case is opened, and why.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EmergencyBody {
    /// The code of the case, as somebody says it on the telephone.
    #[schema(value_type = String)]
    pub case_code: CaseCode,
    /// `emergency_reason`
    pub reason_code: String,
    /// Why, in 20 to 4,000 characters. Sealed.
    #[schema(value_type = String)]
    pub justification: Sensitive<String>,
}

impl Checked for EmergencyBody {
    fn check(&self, errors: &mut FieldErrors) {
        rules::code("/reason_code", "emergency_reason", Some(&self.reason_code), errors);
        rules::sealed_text("/justification", Some(&self.justification), LONGEST, errors);
        let says_enough = |text: &String| {
            let length = text.trim().chars().count();
            length == 0 || length >= SHORTEST
        };
        if !self.justification.check(says_enough) {
            errors.add("/justification", FieldCode::TooShort);
        }
    }
}

/// What the review came to.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewBody {
    /// Whether it was justified.
    pub outcome: EmergencyOutcome,
    /// Why, 1 to 4,000 characters. Sealed.
    #[schema(value_type = String)]
    pub reason: Sensitive<String>,
}

impl Checked for ReviewBody {
    fn check(&self, errors: &mut FieldErrors) {
        rules::sealed_text("/reason", Some(&self.reason), LONGEST, errors);
    }
}

/// Which emergency accesses are listed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    #[serde(default)]
    limit: Limit,
    #[serde(default)]
    cursor: Option<Cursor>,
    #[serde(default)]
    reviewed: Option<bool>,
}

fn show(reading: &mut Reading<'_>, id: &EmergencyAccessId) -> Stored<(Event, EmergencyAccessView)> {
    let (event, opened) = emergencies::show(reading, id)?;
    let (actor, now) = (reading.actor()?.clone(), reading.now());
    Ok((event, EmergencyAccessView::of(&opened, &actor, now)))
}

/// Opens a case in an emergency.
async fn open(
    caller: Caller<OpenEmergency>,
    body: Body<EmergencyBody>,
) -> Result<Reply<EmergencyAccessView>, Problem> {
    let (body, digest) = body.into_parts();
    let key = caller.once_or_id(&digest, false)?;
    let profile = caller.app().profile().clone();
    let EmergencyBody { case_code, reason_code, justification } = body;
    let asked = Asked { case_code, reason_code, justification };
    let view = caller
        .write(move |tx| {
            let act = |tx: &mut Tx<'_>| emergencies::open(tx, &profile, &asked);
            once(tx, key.as_ref(), act, show)
        })
        .await?;
    Ok(Reply::created(view))
}

/// Lists emergency accesses.
async fn list(
    caller: Caller<ReadEmergency>,
    query: Query<ListQuery>,
) -> Result<impl Responder, Problem> {
    let (app, http) = (caller.app(), caller.http().clone());
    let principal = caller.user_id().as_str().to_owned();
    let pager = app.cursors().pager(ReadEmergency::NAME, Filters::of_query(&http), &principal);
    let ListQuery { limit, cursor, reviewed } = query.0;
    let after: Option<(Instant, EmergencyAccessId)> = pager.open(cursor.as_ref())?;
    let rows = caller
        .read(move |reading| {
            let unreviewed = reviewed.map(|reviewed| !reviewed);
            let (event, found) =
                emergencies::list(reading, unreviewed, after.as_ref(), limit.rows())?;
            let (actor, now) = (reading.actor()?.clone(), reading.now());
            let views = found.map(|permit| EmergencyAccessView::in_list(&permit, &actor, now));
            Ok(reading.disclose(event, views))
        })
        .await?;
    let place = |view: &EmergencyAccessView| (view.opened_at, view.id.clone());
    let page = pager.page(rows, place)?;
    Ok(page.respond(&http))
}

/// Shows an emergency access.
async fn read(
    caller: Caller<ReadEmergency>,
    id: PathId<EmergencyAccessId>,
) -> Result<Reply<EmergencyAccessView>, Problem> {
    let view = caller
        .read(move |reading| {
            let (event, view) = show(reading, &id.0)?;
            Ok(reading.disclose(event, view))
        })
        .await?;
    Ok(Reply::shown(view))
}

/// Reviews an emergency access.
async fn review(
    caller: Caller<ReviewEmergency>,
    id: PathId<EmergencyAccessId>,
    version: IfMatch,
    body: Body<ReviewBody>,
) -> Result<Reply<EmergencyAccessView>, Problem> {
    let (body, digest) = body.into_parts();
    let key = caller.once(&digest);
    let said = Review { outcome: body.outcome, reasons: body.reason };
    let view = caller
        .write(move |tx| {
            let act = |tx: &mut Tx<'_>| emergencies::review(tx, (&id.0, version.expected()), &said);
            once(tx, key.as_ref(), act, show)
        })
        .await?;
    Ok(Reply::shown(view))
}
