//! Follow-ups: how a person fares after the help.

use actix_web::{Responder, http::Method};
use chrono::NaiveDate;
use refero_domain::{
    case::RiskLevel,
    event::Event,
    follow_up::{
        Faring, FollowUpContact, FollowUpHealth, FollowUpHousing, FollowUpIncome, FollowUpSafety,
        FollowUpWords, ROUNDS,
    },
    id::{CaseId, FollowUpId, UserId},
    instant::Instant,
    policy::{Class, Permit, ReadFollowUp, RecordFollowUp},
    sensitive::Sensitive,
};
use refero_store::{
    Result as Stored,
    cases::CaseRow,
    follow_ups::{FollowUp, Told},
    rows::RowLimit,
    unit::{Reading, Tx},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::cases::NoteState;
use crate::{
    api::{
        caller::Caller,
        extract::{Body, Checked, PathId, PathIds, Query},
        operation::Table,
        problem::{FieldCode, FieldError, FieldErrors, Problem},
        reply::{Reply, Representation},
        v1::{
            Links, PageQuery, once,
            parts::{listed, shown},
            rules,
        },
    },
    service::follow_ups as service,
};

/// A follow-up, or the attempt. How the person fares is told only of somebody who was reached; what is left
/// out is unknown.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FollowUpBody {
    /// The client's own identifier (UUIDv4).
    #[serde(default)]
    id: Option<FollowUpId>,
    /// Which round, from 1 to 4: its clock must run. Nothing for a contact beside the rounds.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 4)]
    round: Option<i64>,
    /// What became of the contact.
    contact: FollowUpContact,
    /// The day of it.
    contact_on: NaiveDate,
    /// Where the person lives.
    #[serde(default)]
    housing: Option<FollowUpHousing>,
    /// How safe they are.
    #[serde(default)]
    safety: Option<FollowUpSafety>,
    /// What they live on.
    #[serde(default)]
    income: Option<FollowUpIncome>,
    /// How well they are.
    #[serde(default)]
    health: Option<FollowUpHealth>,
    /// How great the danger is that they are trafficked again.
    #[serde(default)]
    re_trafficking_risk: Option<RiskLevel>,
    /// What the person says, and what was seen, 1 to 20,000 characters. Sealed.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    account: Option<Sensitive<String>>,
}

impl FollowUpBody {
    /// The answers that were given, by their members.
    fn answered(&self) -> [(&'static str, bool); 4] {
        [
            ("/housing", self.housing.is_some()),
            ("/safety", self.safety.is_some()),
            ("/income", self.income.is_some()),
            ("/health", self.health.is_some()),
        ]
    }

    fn told(self) -> (Option<FollowUpId>, Told) {
        let nothing = Faring::UNKNOWN;
        let faring = Faring {
            housing: self.housing.unwrap_or(nothing.housing),
            safety: self.safety.unwrap_or(nothing.safety),
            income: self.income.unwrap_or(nothing.income),
            health: self.health.unwrap_or(nothing.health),
            re_trafficking_risk: self.re_trafficking_risk,
        };
        let words = Sensitive::new(FollowUpWords::default())
            .with(self.account, |words, text| words.account = Some(text));
        let (round, contact, contact_on) = (self.round, self.contact, self.contact_on);
        (self.id, Told { round, contact, contact_on, faring, words })
    }
}

impl Checked for FollowUpBody {
    fn check(&self, errors: &mut FieldErrors) {
        if self.round.is_some_and(|round| !(1..=ROUNDS).contains(&round)) {
            let error = FieldError::at(&"/round".into(), FieldCode::OutOfRange);
            errors.push(error.with("min", 1).with("max", ROUNDS));
        }
        // Whoever was not spoken to has answered nothing; a danger may be known from elsewhere.
        if self.contact != FollowUpContact::Reached {
            for (pointer, _) in self.answered().into_iter().filter(|(_, given)| *given) {
                errors.add(pointer, FieldCode::Inconsistent);
            }
        }
        rules::sealed_text("/account", self.account.as_ref(), 20_000, errors);
    }
}

/// A follow-up. It is never changed; a later one follows it (R13).
#[derive(Serialize, ToSchema)]
pub struct FollowUpView {
    /// The follow-up.
    id: FollowUpId,
    /// The case.
    case_id: CaseId,
    /// Always `recorded`: a follow-up is never changed.
    state: NoteState,
    /// Always 1: a follow-up is never changed.
    version: i64,
    /// Which round, from 1 to 4; null for a contact beside them.
    round: Option<i64>,
    /// What became of the contact.
    contact: FollowUpContact,
    /// The day of it.
    contact_on: NaiveDate,
    /// Where the person lives.
    housing: FollowUpHousing,
    /// How safe they are.
    safety: FollowUpSafety,
    /// What they live on.
    income: FollowUpIncome,
    /// How well they are.
    health: FollowUpHealth,
    /// How great the danger is that they are trafficked again; null if it was not judged.
    re_trafficking_risk: Option<RiskLevel>,
    /// What the person says, and what was seen; null if there is nothing, or it is withheld.
    account: Option<String>,
    /// Who wrote it down.
    author_id: UserId,
    /// When.
    created_at: Instant,
    /// Always empty: a follow-up is never changed.
    #[schema(value_type = Vec<String>)]
    allowed_actions: [&'static str; 0],
    /// Classes of data that exist and are not shown.
    withheld: Vec<Class>,
    /// Where to go from here.
    links: Links,
}

impl FollowUpView {
    fn of(permit: &Permit<ReadFollowUp, CaseRow>, found: &FollowUp) -> Self {
        let Told { round, contact, contact_on, faring, words } = &found.told;
        let words = words.reveal(permit, Class::CaseRestricted).ok();
        let base = format!("/v1/cases/{}", found.case_id);
        Self {
            id: found.id.clone(),
            case_id: found.case_id.clone(),
            state: NoteState::Recorded,
            version: 1,
            round: *round,
            contact: *contact,
            contact_on: *contact_on,
            housing: faring.housing,
            safety: faring.safety,
            income: faring.income,
            health: faring.health,
            re_trafficking_risk: faring.re_trafficking_risk,
            withheld: words.is_none().then_some(Class::CaseRestricted).into_iter().collect(),
            account: words.and_then(|words| words.account.clone()),
            author_id: found.author_id.clone(),
            created_at: found.created_at,
            allowed_actions: [],
            links: Links::to("self", format!("{base}/follow-ups/{}", found.id)).and("case", base),
        }
    }
}

impl Representation for FollowUpView {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
    fn location(&self) -> String {
        format!("/v1/cases/{}/follow-ups/{}", self.case_id, self.id)
    }
}

fn open(
    reading: &mut Reading<'_>,
    case: &CaseId,
    id: &FollowUpId,
) -> Stored<(Event, FollowUpView)> {
    let (event, permit, found) = service::open(reading, case, id)?;
    Ok((event, FollowUpView::of(&permit, &found)))
}

/// Writes a follow-up down.
async fn create(
    caller: Caller<RecordFollowUp>,
    case: PathId<CaseId>,
    body: Body<FollowUpBody>,
) -> Result<Reply<FollowUpView>, Problem> {
    let (body, digest) = body.into_parts();
    let key = caller.once_or_id(&digest, body.id.is_some())?;
    let (app, (id, told)) = (caller.app(), body.told());
    let view = caller
        .write(move |tx| {
            let act =
                |tx: &mut Tx<'_>| service::record(tx, app.profile(), &case.0, (id.as_ref(), &told));
            once(tx, key.as_ref(), act, |reading, id| open(reading, &case.0, id))
        })
        .await?;
    Ok(Reply::created(view))
}

/// Shows a follow-up.
async fn read(
    caller: Caller<ReadFollowUp>,
    ids: PathIds<CaseId, FollowUpId>,
) -> Result<Reply<FollowUpView>, Problem> {
    shown(caller, move |reading| open(reading, &ids.0, &ids.1)).await
}

/// Lists the follow-ups of a case.
async fn list(
    caller: Caller<ReadFollowUp>,
    case: PathId<CaseId>,
    query: Query<PageQuery>,
) -> Result<impl Responder, Problem> {
    let belongs_to = case.0.to_string();
    let look =
        move |reading: &mut Reading<'_>, after: Option<(Instant, FollowUpId)>, limit: RowLimit| {
            let (event, permit, found) = service::list(reading, &case.0, after, limit)?;
            Ok((event, found.map(|found| FollowUpView::of(&permit, &found))))
        };
    listed(caller, ("follow-up.list", &belongs_to), query.0, look, |view: &FollowUpView| {
        (view.created_at, view.id.clone())
    })
    .await
}

/// The operations on follow-ups.
#[must_use]
pub fn table(table: Table) -> Table {
    const TAG: &str = "plans";
    const PATH: &str = "/v1/cases/{id}/follow-ups";
    table
        .op((Method::POST, PATH, "recordFollowUp"), create, |o| {
            o.says(
                TAG,
                "Record a follow-up",
                "For those who coordinate: which round (`start-follow-up` starts a clock for each), whether \
                 the person was reached, and how they fare. Reaching them, or hearing that they do not want \
                 to be asked, stops the clock of the round; an attempt that fails is recorded and does not. \
                 Who is in danger, or in greater danger than the case had, raises the danger of the case at \
                 once; what cannot wait starts the clock `urgent_needs`. 422 `reference-unknown` at \
                 `/round` if that round does not run.",
            )
            .takes::<FollowUpBody>(json!({
                "round": 1,
                "contact": "reached",
                "contact_on": "2026-11-02",
                "housing": "safe_for_now",
                "safety": "worried",
                "income": "own_not_enough",
                "health": "good",
                "re_trafficking_risk": "medium",
                "account": "The man from the agency has called her sister."
            }))
            .creates::<FollowUpView>()
        })
        .op((Method::GET, PATH, "listFollowUps"), list, |o| {
            let why = "Shows the follow-ups of a case and the attempts, the newest first.";
            o.says(TAG, "List the follow-ups of a case", why).lists::<FollowUpView>(&[])
        })
        .op(
            (Method::GET, "/v1/cases/{id}/follow-ups/{follow_up_id}", "readFollowUp"),
            read,
            |o| {
                let why = "Shows one follow-up of a case, as it was written down.";
                o.says(TAG, "Read a follow-up", why).shows::<FollowUpView>()
            },
        )
}
