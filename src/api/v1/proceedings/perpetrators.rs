//! Who is alleged to have exploited the person: for whoever investigates (R8).

use actix_web::{Responder, http::Method};
use refero_domain::{
    age::SexReporting,
    event::Event,
    id::{AllegedPerpetratorId, CaseId, ProceedingId, UserId},
    instant::Instant,
    policy::{AddPerpetrator, Class, Permit, ReadPerpetrator},
    proceeding::AllegedPerpetrator,
    sensitive::Sensitive,
};
use refero_store::{
    Result as Stored,
    alleged_perpetrators::Perpetrator,
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
        extract::{Body, Checked, PathId, PathIds, Query},
        operation::Table,
        problem::{FieldCode, FieldErrors, Problem},
        reply::{Reply, Representation},
        v1::{
            Links, PageQuery,
            cases::NoteState,
            once,
            parts::{listed, shown},
            rules,
        },
    },
    service::alleged_perpetrators as service,
};

/// Somebody who is alleged to have exploited the person. Something must be known of them.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AllegedPerpetratorBody {
    /// The client's own identifier (UUIDv4).
    #[serde(default)]
    pub id: Option<AllegedPerpetratorId>,
    /// The investigation of the same case.
    pub proceeding_id: ProceedingId,
    /// `perpetrator_role`, each once.
    #[serde(default)]
    pub roles: Vec<String>,
    /// Sex for reporting.
    #[serde(default)]
    pub sex: Option<SexReporting>,
    /// ISO 3166-1 alpha-2 codes.
    #[serde(default)]
    pub citizenships: Vec<String>,
    /// `relationship_to_trafficker`.
    #[serde(default)]
    pub relationship: Option<String>,
    /// What they are called, as far as known, at most 200 characters. Sealed.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub name: Option<Sensitive<String>>,
    /// What they look like and where they are found, at most 20,000 characters. Sealed.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub description: Option<Sensitive<String>>,
}

impl Checked for AllegedPerpetratorBody {
    fn check(&self, errors: &mut FieldErrors) {
        let tells = !self.roles.is_empty() || self.name.is_some() || self.description.is_some();
        if !tells {
            errors.add("/roles", FieldCode::Required);
        }
        rules::codes("/roles", "perpetrator_role", &self.roles, errors);
        rules::countries("/citizenships", &self.citizenships, errors);
        let relationship = self.relationship.as_deref();
        rules::code("/relationship", "relationship_to_trafficker", relationship, errors);
        rules::sealed_text("/name", self.name.as_ref(), 200, errors);
        rules::sealed_text("/description", self.description.as_ref(), 20_000, errors);
    }
}

impl AllegedPerpetratorBody {
    fn content(&self) -> Sensitive<AllegedPerpetrator> {
        let coded = AllegedPerpetrator {
            roles: self.roles.clone(),
            sex: self.sex,
            citizenships: self.citizenships.clone(),
            relationship: self.relationship.clone(),
            ..AllegedPerpetrator::default()
        };
        Sensitive::new(coded)
            .with(self.name.clone(), |one, name| one.name = Some(name))
            .with(self.description.clone(), |one, words| one.description = Some(words))
    }
}

/// Somebody who is alleged to have exploited the person. It is never changed; a later entry follows it (R13).
#[derive(Clone, Serialize, ToSchema)]
pub struct AllegedPerpetratorView {
    /// The entry.
    pub id: AllegedPerpetratorId,
    /// The case.
    pub case_id: CaseId,
    /// The investigation.
    pub proceeding_id: ProceedingId,
    /// Always `recorded`: an entry is never changed.
    pub state: NoteState,
    /// Always 1: an entry is never changed.
    pub version: i64,
    /// `perpetrator_role`; null if it is withheld.
    pub roles: Option<Vec<String>>,
    /// Sex for reporting.
    pub sex: Option<SexReporting>,
    /// ISO 3166-1 alpha-2 codes; null if they are withheld.
    pub citizenships: Option<Vec<String>>,
    /// `relationship_to_trafficker`.
    pub relationship: Option<String>,
    /// What they are called.
    pub name: Option<String>,
    /// What they look like and where they are found.
    pub description: Option<String>,
    /// Who wrote it down.
    pub author_id: UserId,
    /// When.
    pub created_at: Instant,
    /// Always empty: an entry is never changed.
    #[schema(value_type = Vec<String>)]
    pub allowed_actions: [&'static str; 0],
    /// Classes of data that exist and are not shown.
    pub withheld: Vec<Class>,
    /// Where to go from here.
    pub links: Links,
}

impl AllegedPerpetratorView {
    fn of(permit: &Permit<ReadPerpetrator, Perpetrator>) -> Self {
        let found = permit.row();
        let content = found.content.reveal(permit, Class::Investigation).ok();
        let case = format!("/v1/cases/{}", found.case_id);
        let proceeding = format!("{case}/proceedings/{}", found.proceeding_id);
        Self {
            id: found.id.clone(),
            case_id: found.case_id.clone(),
            proceeding_id: found.proceeding_id.clone(),
            state: NoteState::Recorded,
            version: 1,
            roles: content.map(|one| one.roles.clone()),
            sex: content.and_then(|one| one.sex),
            citizenships: content.map(|one| one.citizenships.clone()),
            relationship: content.and_then(|one| one.relationship.clone()),
            name: content.and_then(|one| one.name.clone()),
            description: content.and_then(|one| one.description.clone()),
            author_id: found.author_id.clone(),
            created_at: found.created_at,
            allowed_actions: [],
            withheld: content.is_none().then_some(Class::Investigation).into_iter().collect(),
            links: Links::to("self", format!("{case}/alleged-perpetrators/{}", found.id))
                .and("proceeding", proceeding)
                .and("case", case),
        }
    }
}

impl Representation for AllegedPerpetratorView {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
    fn location(&self) -> String {
        format!("/v1/cases/{}/alleged-perpetrators/{}", self.case_id, self.id)
    }
}

fn open(
    reading: &mut Reading<'_>,
    case: &CaseId,
    id: &AllegedPerpetratorId,
) -> Stored<(Event, AllegedPerpetratorView)> {
    let (event, permit) = service::open(reading, case, id)?;
    Ok((event, AllegedPerpetratorView::of(&permit)))
}

/// Adds somebody to an investigation.
async fn add(
    caller: Caller<AddPerpetrator>,
    case: PathId<CaseId>,
    body: Body<AllegedPerpetratorBody>,
) -> Result<Reply<AllegedPerpetratorView>, Problem> {
    let (body, digest) = body.into_parts();
    let key = caller.once_or_id(&digest, body.id.is_some())?;
    let content = body.content();
    let view = caller
        .write(move |tx| {
            let act = |tx: &mut Tx<'_>| {
                let place = (body.id.as_ref(), &body.proceeding_id);
                service::add(tx, &case.0, place, &content)
            };
            once(tx, key.as_ref(), act, |reading, id| open(reading, &case.0, id))
        })
        .await?;
    Ok(Reply::created(view))
}

/// Shows an entry.
async fn read(
    caller: Caller<ReadPerpetrator>,
    ids: PathIds<CaseId, AllegedPerpetratorId>,
) -> Result<Reply<AllegedPerpetratorView>, Problem> {
    shown(caller, move |reading| open(reading, &ids.0, &ids.1)).await
}

/// Lists the entries of a case.
async fn list(
    caller: Caller<ReadPerpetrator>,
    case: PathId<CaseId>,
    query: Query<PageQuery>,
) -> Result<impl Responder, Problem> {
    let belongs_to = case.0.to_string();
    let look = move |reading: &mut Reading<'_>,
                     after: Option<(Instant, AllegedPerpetratorId)>,
                     limit: RowLimit| {
        let (event, found) = service::list(reading, &case.0, after, limit)?;
        Ok((event, found.map(|permit| AllegedPerpetratorView::of(&permit))))
    };
    let place = |view: &AllegedPerpetratorView| (view.created_at, view.id.clone());
    listed(caller, ("alleged-perpetrator.list", &belongs_to), query.0, look, place).await
}

/// The operations on alleged perpetrators.
pub(super) fn table(table: Table) -> Table {
    const PATH: &str = "/v1/cases/{id}/alleged-perpetrators";
    const ONE: &str = "/v1/cases/{id}/alleged-perpetrators/{alleged_perpetrator_id}";
    table
        .op((Method::POST, PATH, "addAllegedPerpetrator"), add, |o| {
            o.says(
                TAG,
                "Add an alleged perpetrator to an investigation",
                "For those who conduct the investigation; and for those who coordinate the case, who write \
                 down what the person said and do not read it again (R8). Entries are never changed; a later \
                 one follows (R13). 422 at `/proceeding_id` for a proceeding that is no investigation, or that \
                 the caller does not see.",
            )
            .takes::<AllegedPerpetratorBody>(json!({
                "proceeding_id": "0f8b6a34-7d52-4f0e-9b1c-2c3d4e5f6a71",
                "roles": ["recruiter_or_intermediary", "transporter"],
                "sex": "male",
                "relationship": "acquainted",
                "name": "Called Uncle T."
            }))
            .creates::<AllegedPerpetratorView>()
        })
        .op((Method::GET, PATH, "listAllegedPerpetrators"), list, |o| {
            o.says(
                TAG,
                "List the alleged perpetrators of a case",
                "Shows the entries of the investigations that the caller sees, the newest first; to those who \
                 coordinate the case, that there are entries and nothing that is in them.",
            )
            .lists::<AllegedPerpetratorView>(&[])
        })
        .op((Method::GET, ONE, "readAllegedPerpetrator"), read, |o| {
            o.says(
                TAG,
                "Read an alleged perpetrator",
                "Shows one entry, to whoever conducts the investigation. Providers see none of them.",
            )
            .shows::<AllegedPerpetratorView>()
        })
}
