//! Offences that stem from the exploitation and must not be held against the person (R7).

use actix_web::{Responder, http::Method};
use chrono::NaiveDate;
use refero_domain::{
    actor::Actor,
    event::Event,
    id::{CaseId, NonPunishmentIssueId, OrganisationId, UserId},
    instant::Instant,
    non_punishment::{IssueState, Remedy},
    policy::{Class, Permit, RaiseIssue, ReadIssue, RemedyIssue, TellIssue},
    sensitive::Sensitive,
};
use refero_store::{
    Result as Stored,
    non_punishment::IssueRow,
    rows::RowLimit,
    unit::{Reading, Tx},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::{
    api::{
        caller::Caller,
        extract::{Body, Checked, IfMatch, PathId, PathIds, Query},
        operation::Table,
        problem::{FieldErrors, Problem},
        reply::{Reply, Representation},
        v1::{
            Links, PageQuery, once,
            parts::{listed, shown},
            rules,
        },
    },
    service::non_punishment::{self as service, Raising, Target},
};

const TAG: &str = "non-punishment";
const LONGEST: usize = 20_000;

/// An offence that is held against the person.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NonPunishmentIssueBody {
    /// The client's own identifier (UUIDv4).
    #[serde(default)]
    pub id: Option<NonPunishmentIssueId>,
    /// `non_punishment_issue`.
    #[schema(examples("immigration_offence"))]
    pub issue: String,
    /// Which kind of body holds it against the person: `organisation_type`.
    #[schema(examples("immigration_service"))]
    pub attributed_by: String,
    /// Since which day.
    #[serde(default)]
    pub attributed_on: Option<NaiveDate>,
    /// How it stems from the exploitation, at most 20,000 characters. Sealed.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub account: Option<Sensitive<String>>,
}

impl Checked for NonPunishmentIssueBody {
    fn check(&self, errors: &mut FieldErrors) {
        rules::code("/issue", "non_punishment_issue", Some(&self.issue), errors);
        rules::code("/attributed_by", "organisation_type", Some(&self.attributed_by), errors);
        rules::sealed_text("/account", self.account.as_ref(), LONGEST, errors);
    }
}

/// Who was told of it.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IssueTellingBody {
    /// Which kind of body was told: `organisation_type`.
    #[schema(examples("prosecution"))]
    pub told_body: String,
    /// On which day.
    pub told_on: NaiveDate,
    /// Who was told there and what was said, at most 20,000 characters. Sealed.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub told: Option<Sensitive<String>>,
}

impl Checked for IssueTellingBody {
    fn check(&self, errors: &mut FieldErrors) {
        rules::code("/told_body", "organisation_type", Some(&self.told_body), errors);
        rules::sealed_text("/told", self.told.as_ref(), LONGEST, errors);
    }
}

/// What the body did about it.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IssueRemedyBody {
    /// What it did; `refused` if it did nothing.
    pub remedy: Remedy,
    /// On which day.
    pub remedied_on: NaiveDate,
    /// What it answered, at most 20,000 characters. Sealed.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub answer: Option<Sensitive<String>>,
}

impl Checked for IssueRemedyBody {
    fn check(&self, errors: &mut FieldErrors) {
        rules::sealed_text("/answer", self.answer.as_ref(), LONGEST, errors);
    }
}

/// An offence that must not be held against the person. The criminal track sees the flag: what it is held to
/// be, and how far it got.
#[derive(Clone, Serialize, ToSchema)]
pub struct NonPunishmentIssueView {
    /// The issue.
    pub id: NonPunishmentIssueId,
    /// The case.
    pub case_id: CaseId,
    /// `non_punishment_issue`.
    pub issue: String,
    /// Where it stands.
    pub state: IssueState,
    /// For `If-Match`.
    pub version: i64,
    /// Which kind of body holds it against the person: `organisation_type`.
    pub attributed_by: String,
    /// Since which day.
    pub attributed_on: Option<NaiveDate>,
    /// The organisation that raised it; absent where it is withheld.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raised_by: Option<OrganisationId>,
    /// How it stems from the exploitation; null if nothing is written, or it is withheld.
    pub account: Option<String>,
    /// Which kind of body was told last: `organisation_type`.
    pub told_body: Option<String>,
    /// On which day.
    pub told_on: Option<NaiveDate>,
    /// Who wrote that down.
    pub told_by: Option<UserId>,
    /// Who was told there and what was said; null if nothing is written, or it is withheld.
    pub told: Option<String>,
    /// What the body did about it.
    pub remedy: Option<Remedy>,
    /// On which day.
    pub remedied_on: Option<NaiveDate>,
    /// Who wrote that down.
    pub remedied_by: Option<UserId>,
    /// What it answered; null if nothing is written, or it is withheld.
    pub answer: Option<String>,
    /// When it was raised.
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

impl NonPunishmentIssueView {
    fn of(permit: &Permit<ReadIssue, IssueRow>, actor: &Actor) -> Self {
        let row = permit.row();
        let issue = &row.issue;
        let words = issue.words.reveal(permit, Class::CaseRestricted).ok();
        // Who helps the person is not for whoever investigates to know.
        let raised_by = words.map(|_| issue.organisation_id.clone());
        let case = format!("/v1/cases/{}", issue.case_id);
        Self {
            id: issue.id.clone(),
            case_id: issue.case_id.clone(),
            issue: issue.issue.clone(),
            state: issue.state.get(),
            version: issue.version,
            attributed_by: issue.attributed_by.clone(),
            attributed_on: issue.attributed_on,
            raised_by,
            account: words.and_then(|words| words.account.clone()),
            told_body: issue.told.as_ref().map(|told| told.body.clone()),
            told_on: issue.told.as_ref().map(|told| told.on),
            told_by: issue.told.as_ref().map(|told| told.by.clone()),
            told: words.and_then(|words| words.told.clone()),
            remedy: issue.answer.as_ref().map(|answer| answer.remedy),
            remedied_on: issue.answer.as_ref().map(|answer| answer.on),
            remedied_by: issue.answer.as_ref().map(|answer| answer.by.clone()),
            answer: words.and_then(|words| words.answer.clone()),
            created_at: issue.created_at,
            updated_at: issue.updated_at,
            allowed_actions: row.allowed_actions(actor),
            withheld: words.is_none().then_some(Class::CaseRestricted).into_iter().collect(),
            links: Links::to("self", format!("{case}/non-punishment-issues/{}", issue.id))
                .and("case", case),
        }
    }
}

impl Representation for NonPunishmentIssueView {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
    fn location(&self) -> String {
        format!("/v1/cases/{}/non-punishment-issues/{}", self.case_id, self.id)
    }
}

fn open(
    reading: &mut Reading<'_>,
    case: &CaseId,
    id: &NonPunishmentIssueId,
) -> Stored<(Event, NonPunishmentIssueView)> {
    let (event, permit) = service::open(reading, case, id)?;
    Ok((event, NonPunishmentIssueView::of(&permit, reading.actor()?)))
}

fn target(ids: PathIds<CaseId, NonPunishmentIssueId>, version: IfMatch) -> Target {
    Target { case_id: ids.0, id: ids.1, expected: version.expected() }
}

/// Raises an issue.
async fn raise(
    caller: Caller<RaiseIssue>,
    case: PathId<CaseId>,
    body: Body<NonPunishmentIssueBody>,
) -> Result<Reply<NonPunishmentIssueView>, Problem> {
    let (body, digest) = body.into_parts();
    let key = caller.once_or_id(&digest, body.id.is_some())?;
    let raising = Raising {
        id: body.id,
        issue: body.issue,
        attributed_by: body.attributed_by,
        attributed_on: body.attributed_on,
        account: body.account,
    };
    let view = caller
        .write(move |tx| {
            let act = |tx: &mut Tx<'_>| service::raise(tx, &case.0, &raising);
            once(tx, key.as_ref(), act, |reading, id| open(reading, &case.0, id))
        })
        .await?;
    Ok(Reply::created(view))
}

/// Shows an issue.
async fn read(
    caller: Caller<ReadIssue>,
    ids: PathIds<CaseId, NonPunishmentIssueId>,
) -> Result<Reply<NonPunishmentIssueView>, Problem> {
    shown(caller, move |reading| open(reading, &ids.0, &ids.1)).await
}

/// Lists the issues of a case.
async fn list(
    caller: Caller<ReadIssue>,
    case: PathId<CaseId>,
    query: Query<PageQuery>,
) -> Result<impl Responder, Problem> {
    let belongs_to = case.0.to_string();
    let look = move |reading: &mut Reading<'_>,
                     after: Option<(Instant, NonPunishmentIssueId)>,
                     limit: RowLimit| {
        let (event, found) = service::list(reading, &case.0, after, limit)?;
        let actor = reading.actor()?;
        Ok((event, found.map(|permit| NonPunishmentIssueView::of(&permit, actor))))
    };
    let place = |view: &NonPunishmentIssueView| (view.created_at, view.id.clone());
    listed(caller, ("non-punishment-issue.list", &belongs_to), query.0, look, place).await
}

/// Records who was told.
async fn tell(
    caller: Caller<TellIssue>,
    ids: PathIds<CaseId, NonPunishmentIssueId>,
    version: IfMatch,
    body: Body<IssueTellingBody>,
) -> Result<Reply<NonPunishmentIssueView>, Problem> {
    let (body, digest) = body.into_parts();
    let key = caller.once(&digest);
    let to = target(ids, version);
    let view = caller
        .write(move |tx| {
            let act = |tx: &mut Tx<'_>| {
                let telling = (body.told_body.as_str(), body.told_on);
                service::tell(tx, &to, telling, body.told.as_ref())
            };
            once(tx, key.as_ref(), act, |reading, id| open(reading, &to.case_id, id))
        })
        .await?;
    Ok(Reply::shown(view))
}

/// Records what the body did.
async fn remedy(
    caller: Caller<RemedyIssue>,
    ids: PathIds<CaseId, NonPunishmentIssueId>,
    version: IfMatch,
    body: Body<IssueRemedyBody>,
) -> Result<Reply<NonPunishmentIssueView>, Problem> {
    let (body, digest) = body.into_parts();
    let key = caller.once(&digest);
    let to = target(ids, version);
    let view = caller
        .write(move |tx| {
            let act = |tx: &mut Tx<'_>| {
                let done = (body.remedy, body.remedied_on);
                service::remedy(tx, &to, done, body.answer.as_ref())
            };
            once(tx, key.as_ref(), act, |reading, id| open(reading, &to.case_id, id))
        })
        .await?;
    Ok(Reply::shown(view))
}

/// The operations on non-punishment issues.
#[must_use]
#[expect(clippy::too_many_lines, reason = "a table reads as one: a row for each operation")]
pub fn table(table: Table) -> Table {
    const PATH: &str = "/v1/cases/{id}/non-punishment-issues";
    const ONE: &str = "/v1/cases/{id}/non-punishment-issues/{issue_id}";
    table
        .op((Method::POST, PATH, "raiseNonPunishmentIssue"), raise, |o| {
            o.says(
                TAG,
                "Raise an offence that must not be held against the person",
                "An offence, a fine or a detention that stems from the exploitation (R7): what it is held to \
                 be, by which body, since when. Whoever registers, coordinates, investigates, or works on a \
                 live referral of the case may raise one, also after the case has ended. Those who \
                 coordinate the case and the criminal track see on the case that there is one.",
            )
            .takes::<NonPunishmentIssueBody>(json!({
                "issue": "immigration_offence",
                "attributed_by": "immigration_service",
                "attributed_on": "2026-11-01",
                "account": "The recruiter kept her passport; she could not leave in time."
            }))
            .creates::<NonPunishmentIssueView>()
        })
        .op((Method::GET, PATH, "listNonPunishmentIssues"), list, |o| {
            o.says(
                TAG,
                "List the non-punishment issues of a case",
                "Shows them with the newest first; to a provider those that it raised itself, to whoever \
                 investigates the flag without the words.",
            )
            .lists::<NonPunishmentIssueView>(&[])
        })
        .op((Method::GET, ONE, "readNonPunishmentIssue"), read, |o| {
            o.says(
                TAG,
                "Read a non-punishment issue",
                "Shows one issue of the case: who was told, and what was done about it.",
            )
            .shows::<NonPunishmentIssueView>()
        })
        .op(
            (Method::POST, "/v1/cases/{id}/non-punishment-issues/{issue_id}/tell", "tellNonPunishmentIssue"),
            tell,
            |o| {
                o.says(
                    TAG,
                    "Record that the body was told",
                    "Which body was told that the offence stems from the exploitation, and on which day; \
                     another body, or the same one after it refused. What was answered before stays in the \
                     history (R13).",
                )
                .takes::<IssueTellingBody>(json!({
                    "told_body": "prosecution", "told_on": "2026-11-02", "told": "By letter."
                }))
                .if_match()
                .shows::<NonPunishmentIssueView>()
            },
        )
        .op(
            (
                Method::POST,
                "/v1/cases/{id}/non-punishment-issues/{issue_id}/remedy",
                "remedyNonPunishmentIssue",
            ),
            remedy,
            |o| {
                o.says(
                    TAG,
                    "Record what the body did about it",
                    "The remedy, or `refused`, and on which day. 409 `illegal-transition` unless a body was \
                     told and has not answered. After a refusal it may be told again.",
                )
                .takes::<IssueRemedyBody>(json!({"remedy": "charge_dropped", "remedied_on": "2026-11-02"}))
                .if_match()
                .shows::<NonPunishmentIssueView>()
            },
        )
}
