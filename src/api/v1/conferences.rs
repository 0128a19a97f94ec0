//! Case conferences: those who help a person decide together what comes next.

use actix_web::{Responder, http::Method};
use chrono::NaiveDate;
use refero_domain::{
    conference::{Minutes, Participant, PersonPart},
    event::Event,
    id::{CaseConferenceId, CaseId, OrganisationId, UserId},
    instant::Instant,
    policy::{Class, Permit, ReadConference, RecordConference},
    sensitive::Sensitive,
};
use refero_store::{
    Result as Stored,
    cases::CaseRow,
    conferences::{Conference, Held},
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
        problem::{FieldCode, FieldErrors, Pointer, Problem},
        reply::{Reply, Representation},
        v1::{
            Links, PageQuery, once,
            parts::{listed, shown},
            rules,
        },
    },
    service::conferences::{self as service, NewConference},
};

/// How many take part, and how many decisions are made.
const MOST: usize = 50;

/// Somebody who took part: by organisation and function, not by name.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ParticipantBody {
    /// The organisation of the directory.
    organisation_id: OrganisationId,
    /// As what: caseworker, doctor, lawyer; 1 to 200 characters, no name. Sealed.
    #[schema(value_type = String)]
    function: Sensitive<String>,
}

/// A conference that was held.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CaseConferenceBody {
    /// The client's own identifier (UUIDv4).
    #[serde(default)]
    id: Option<CaseConferenceId>,
    /// The day on which it was held.
    held_on: NaiveDate,
    /// When the next one is.
    #[serde(default)]
    next_on: Option<NaiveDate>,
    /// What part the person had in it.
    person_part: PersonPart,
    /// Who took part, at most 50.
    #[serde(default)]
    participants: Vec<ParticipantBody>,
    /// What was said, 1 to 20,000 characters. Sealed.
    #[schema(value_type = String)]
    minutes: Sensitive<String>,
    /// What was decided, one by one: at most 50, each 1 to 2,000 characters. Sealed.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    decisions: Vec<Sensitive<String>>,
}

impl Checked for CaseConferenceBody {
    fn check(&self, errors: &mut FieldErrors) {
        let counts =
            [("/participants", self.participants.len()), ("/decisions", self.decisions.len())];
        for (pointer, count) in counts {
            if count > MOST {
                errors.add(pointer, FieldCode::TooLong);
            }
        }
        for (index, participant) in self.participants.iter().enumerate() {
            let place = Pointer::from("/participants").index(index).member("function");
            rules::sealed_text(place, Some(&participant.function), 200, errors);
        }
        rules::sealed_text("/minutes", Some(&self.minutes), 20_000, errors);
        for (index, decision) in self.decisions.iter().enumerate() {
            let place = Pointer::from("/decisions").index(index);
            rules::sealed_text(place, Some(decision), 2_000, errors);
        }
    }
}

impl CaseConferenceBody {
    fn into_new(self) -> NewConference {
        let mut minutes = Sensitive::new(Minutes::default())
            .with(Some(self.minutes), |all, text| all.minutes = Some(text));
        let mut organisations = Vec::new();
        for ParticipantBody { organisation_id, function } in self.participants {
            organisations.push(organisation_id.clone());
            minutes = minutes.with(Some(function), |all, function| {
                all.participants.push(Participant { organisation_id, function });
            });
        }
        for decision in self.decisions {
            minutes = minutes.with(Some(decision), |all, decision| all.decisions.push(decision));
        }
        let held = Held {
            held_on: self.held_on,
            next_on: self.next_on,
            person_part: self.person_part,
            minutes,
        };
        NewConference { id: self.id, held, organisations }
    }
}

/// Somebody who took part.
#[derive(Serialize, ToSchema)]
pub(crate) struct ParticipantView {
    /// The organisation of the directory.
    organisation_id: OrganisationId,
    /// As what.
    function: String,
}

/// A conference. It is never changed (R13).
#[derive(Serialize, ToSchema)]
pub struct CaseConferenceView {
    /// The conference.
    id: CaseConferenceId,
    /// The case.
    case_id: CaseId,
    /// Always `recorded`: what was held is never changed.
    state: NoteState,
    /// Always 1: what was held is never changed.
    version: i64,
    /// The day on which it was held.
    held_on: NaiveDate,
    /// When the next one is.
    next_on: Option<NaiveDate>,
    /// What part the person had in it.
    person_part: PersonPart,
    /// Who took part; null if it is withheld.
    participants: Option<Vec<ParticipantView>>,
    /// What was said; null if it is withheld.
    minutes: Option<String>,
    /// What was decided, one by one; null if it is withheld.
    decisions: Option<Vec<String>>,
    /// Who wrote it down.
    author_id: UserId,
    /// When.
    created_at: Instant,
    /// Always empty: what was held is never changed.
    #[schema(value_type = Vec<String>)]
    allowed_actions: [&'static str; 0],
    /// Classes of data that exist and are not shown.
    withheld: Vec<Class>,
    /// Where to go from here.
    links: Links,
}

impl CaseConferenceView {
    fn of(permit: &Permit<ReadConference, CaseRow>, found: &Conference) -> Self {
        let all = found.held.minutes.reveal(permit, Class::CaseRestricted).ok();
        let base = format!("/v1/cases/{}", found.case_id);
        let participant = |one: &Participant| ParticipantView {
            organisation_id: one.organisation_id.clone(),
            function: one.function.clone(),
        };
        Self {
            id: found.id.clone(),
            case_id: found.case_id.clone(),
            state: NoteState::Recorded,
            version: 1,
            held_on: found.held.held_on,
            next_on: found.held.next_on,
            person_part: found.held.person_part,
            withheld: all.is_none().then_some(Class::CaseRestricted).into_iter().collect(),
            participants: all.map(|all| all.participants.iter().map(participant).collect()),
            minutes: all.and_then(|all| all.minutes.clone()),
            decisions: all.map(|all| all.decisions.clone()),
            author_id: found.author_id.clone(),
            created_at: found.created_at,
            allowed_actions: [],
            links: Links::to("self", format!("{base}/conferences/{}", found.id)).and("case", base),
        }
    }
}

impl Representation for CaseConferenceView {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
    fn location(&self) -> String {
        format!("/v1/cases/{}/conferences/{}", self.case_id, self.id)
    }
}

fn open(
    reading: &mut Reading<'_>,
    case: &CaseId,
    id: &CaseConferenceId,
) -> Stored<(Event, CaseConferenceView)> {
    let (event, permit, found) = service::open(reading, case, id)?;
    Ok((event, CaseConferenceView::of(&permit, &found)))
}

/// Writes a conference down.
async fn create(
    caller: Caller<RecordConference>,
    case: PathId<CaseId>,
    body: Body<CaseConferenceBody>,
) -> Result<Reply<CaseConferenceView>, Problem> {
    let (body, digest) = body.into_parts();
    let key = caller.once_or_id(&digest, body.id.is_some())?;
    let new = body.into_new();
    let view = caller
        .write(move |tx| {
            let act = |tx: &mut Tx<'_>| service::record(tx, &case.0, &new);
            once(tx, key.as_ref(), act, |reading, id| open(reading, &case.0, id))
        })
        .await?;
    Ok(Reply::created(view))
}

/// Shows a conference.
async fn read(
    caller: Caller<ReadConference>,
    ids: PathIds<CaseId, CaseConferenceId>,
) -> Result<Reply<CaseConferenceView>, Problem> {
    shown(caller, move |reading| open(reading, &ids.0, &ids.1)).await
}

/// Lists the conferences of a case.
async fn list(
    caller: Caller<ReadConference>,
    case: PathId<CaseId>,
    query: Query<PageQuery>,
) -> Result<impl Responder, Problem> {
    let belongs_to = case.0.to_string();
    let look = move |reading: &mut Reading<'_>,
                     after: Option<(Instant, CaseConferenceId)>,
                     limit: RowLimit| {
        let (event, permit, found) = service::list(reading, &case.0, after, limit)?;
        Ok((event, found.map(|found| CaseConferenceView::of(&permit, &found))))
    };
    listed(
        caller,
        ("case-conference.list", &belongs_to),
        query.0,
        look,
        |view: &CaseConferenceView| (view.created_at, view.id.clone()),
    )
    .await
}

/// The operations on case conferences.
#[must_use]
pub fn table(table: Table) -> Table {
    const TAG: &str = "plans";
    const PATH: &str = "/v1/cases/{id}/conferences";
    table
        .op((Method::POST, PATH, "recordCaseConference"), create, |o| {
            o.says(
                TAG,
                "Record a case conference",
                "For those who coordinate: who took part, by organisation and function and never by name; \
                 what part the person had in it; what was said and decided. What it changes in the plan is \
                 changed there. A conference that was written down is never changed (R13).",
            )
            .takes::<CaseConferenceBody>(json!({
                "held_on": "2026-11-02",
                "next_on": "2026-12-01",
                "person_part": "heard_before",
                "participants": [{
                    "organisation_id": "3f2b8c1e-7a4d-4e0b-9c53-1d2e3f4a5b6c",
                    "function": "Caseworker of the shelter"
                }],
                "minutes": "The course begins in January; the room is hers until March.",
                "decisions": ["The bureau looks for a room near the course."]
            }))
            .creates::<CaseConferenceView>()
        })
        .op((Method::GET, PATH, "listCaseConferences"), list, |o| {
            let why = "Shows the conferences of a case, the newest first.";
            o.says(TAG, "List the conferences of a case", why).lists::<CaseConferenceView>(&[])
        })
        .op(
            (Method::GET, "/v1/cases/{id}/conferences/{conference_id}", "readCaseConference"),
            read,
            |o| {
                let why = "Shows one conference of a case, as it was written down.";
                o.says(TAG, "Read a case conference", why).shows::<CaseConferenceView>()
            },
        )
}
