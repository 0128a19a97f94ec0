//! Incidents: what was found is read here, and who was found nowhere but in their cases.

mod links;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use diesel::prelude::*;
use refero_domain::{
    actor::{Actor, ActorRole},
    case::{CaseStatus, IdentificationStage},
    id::{IncidentId, IncidentKind, Kind as _, OrganisationId, PersonId, UserId},
    incident::{IncidentLinkState, IncidentWords, OffenceFacts, Shared},
    instant::Instant,
    machine::State,
    policy::{
        self, Action, CreateIncident, EditIncident, IncidentFacts, Permit, ReadIncident, Scope,
    },
    proceeding::BEHIND_THE_WALL,
    refusal::Refusal,
    sensitive::Sensitive,
};

pub(crate) use self::links::forget;
pub use self::links::{Link, current, link, link_registered, of_case, remove, with_incidents};
use crate::{
    cases::expect_version,
    columns::{Json, day},
    error::{Error, Refused, Result},
    keys,
    people::{Slot, keep_revision, seal, unseal},
    rows::{RowLimit, Rows, newest_first},
    schema::{cases, incident_links as links_table, incidents, proceedings},
    scope,
    sealing::Place,
    unit::{Reading, Tx},
};

const WORDS: Place = Place { table: "incidents", column: "sealed" };

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = incidents)]
struct Stored {
    id: IncidentId,
    key_id: PersonId,
    organisation_id: OrganisationId,
    found_on: String,
    area: Option<String>,
    place: String,
    facts: Json<OffenceFacts>,
    sealed: Option<Vec<u8>>,
    created_by: UserId,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
}

/// An operation, a raid, a check in which people were found.
#[derive(Debug)]
pub struct Incident {
    /// The incident.
    pub id: IncidentId,
    key_id: PersonId,
    /// Who found them.
    pub organisation_id: OrganisationId,
    /// What is written down about it.
    pub account: Account,
    /// Who wrote it down.
    pub created_by: UserId,
    /// For the ETag.
    pub version: i64,
    /// When it was written down.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
}

/// What is written down about an incident.
#[derive(Debug, Clone)]
pub struct Account {
    /// When it was.
    pub found_on: NaiveDate,
    /// Where: an ISO 3166-2 area.
    pub area: Option<String>,
    /// A code of `incident_place`.
    pub place: String,
    /// What was found, in codes.
    pub facts: OffenceFacts,
    /// What was found, in words.
    pub words: Sensitive<IncidentWords>,
}

impl Account {
    /// Says whether two accounts tell the same.
    #[must_use]
    pub fn is_that_of(&self, known: &Self) -> bool {
        let codes = |one: &Self| (one.found_on, one.area.clone(), one.place.clone());
        codes(self) == codes(known) && self.facts == known.facts && self.words == known.words
    }
}

/// An incident with the number of people, and the facts on which access was decided.
#[derive(Debug)]
pub struct IncidentRow {
    /// The incident.
    pub incident: Incident,
    /// How many people were found, as far as they are registered.
    pub people: i64,
    /// The facts, for `allowed_actions`.
    pub facts: IncidentFacts,
}

impl IncidentRow {
    /// Refuses to go on if somebody else was faster.
    ///
    /// # Errors
    /// [`Refusal::Stale`] with the present version.
    pub fn expect_version(&self, expected: Option<i64>) -> Result<()> {
        expect_version(self.incident.version, expected)
    }
}

/// A refusal that names the incident in the trail, though the answer names nothing.
fn denied(refusal: Refusal, id: &IncidentId) -> Error {
    Error::Refused(Box::new(Refused {
        refusal,
        standing: None,
        allowed_actions: Vec::new(),
        object: Some((IncidentKind::NAME, id.as_str().to_owned())),
        case_id: None,
    }))
}

fn opened(
    reading: &mut Reading<'_>,
    stored: Stored,
    people: i64,
    facts: IncidentFacts,
) -> Result<IncidentRow> {
    let slot = Slot { place: WORDS, row: stored.id.as_str(), person: &stored.key_id };
    let words = match &stored.sealed {
        None => Sensitive::default(),
        Some(sealed) => unseal(reading, &slot, sealed)?,
    };
    let incident = told(stored, words)?;
    Ok(IncidentRow { incident, people, facts })
}

fn told(stored: Stored, words: Sensitive<IncidentWords>) -> Result<Incident> {
    let account = Account {
        found_on: day(&stored.found_on)?,
        area: stored.area,
        place: stored.place,
        facts: stored.facts.get()?,
        words,
    };
    Ok(Incident {
        account,
        id: stored.id,
        key_id: stored.key_id,
        organisation_id: stored.organisation_id,
        created_by: stored.created_by,
        version: stored.version,
        created_at: stored.created_at,
        updated_at: stored.updated_at,
    })
}

/// What the cases of some incidents say about who may see them, and how many people there are.
#[derive(Debug, Default)]
struct Around {
    awaiting_triage: BTreeSet<IncidentId>,
    with_cases: BTreeSet<IncidentId>,
    before_the_body: BTreeMap<IncidentId, Vec<Option<String>>>,
    investigated_here: BTreeSet<IncidentId>,
    people: BTreeMap<IncidentId, i64>,
}

impl Around {
    fn of(reading: &mut Reading<'_>, actor: &Actor, ids: &[IncidentId]) -> Result<Self> {
        let mut around = Self::default();
        let linked = || {
            links_table::table
                .inner_join(cases::table)
                .filter(links_table::incident_id.eq_any(ids.to_vec()))
                .filter(links_table::state.eq(IncidentLinkState::Linked))
        };
        // Two registrations of one person are one person.
        let counted: Vec<(IncidentId, i64)> = linked()
            .filter(cases::merged_into.is_null())
            .group_by(links_table::incident_id)
            .select((links_table::incident_id, diesel::dsl::count_star()))
            .load(reading.conn)?;
        around.people = counted.into_iter().collect();
        let states: Vec<(IncidentId, State<CaseStatus>)> = linked()
            .select((links_table::incident_id, cases::state))
            .distinct()
            .load(reading.conn)?;
        for (id, state) in states {
            if state.get() == CaseStatus::Submitted {
                around.awaiting_triage.insert(id.clone());
            }
            around.with_cases.insert(id);
        }
        if actor.has(ActorRole::IdentificationOfficer) {
            let found: Vec<(IncidentId, Option<String>)> = linked()
                .filter(cases::erased_at.is_null())
                .filter(cases::identification_stage.eq_any([
                    IdentificationStage::PresumedVictim,
                    IdentificationStage::UnderReview,
                    IdentificationStage::FormallyIdentified,
                    IdentificationStage::NotIdentified,
                ]))
                .select((links_table::incident_id, cases::area))
                .load(reading.conn)?;
            for (id, area) in found {
                around.before_the_body.entry(id).or_default().push(area);
            }
        }
        if actor.has(ActorRole::Investigator) || actor.has(ActorRole::ProsecutorLiaison) {
            let here = proceedings::table
                .filter(proceedings::organisation_id.eq(actor.organisation_id.clone()))
                .filter(proceedings::kind.eq_any(BEHIND_THE_WALL))
                .select(proceedings::case_id);
            let found: Vec<IncidentId> = linked()
                .filter(cases::erased_at.is_null())
                .filter(links_table::case_id.eq_any(here))
                .select(links_table::incident_id)
                .load(reading.conn)?;
            around.investigated_here = found.into_iter().collect();
        }
        Ok(around)
    }

    fn facts(&self, stored: &Stored) -> IncidentFacts {
        IncidentFacts {
            organisation_id: stored.organisation_id.clone(),
            area: stored.area.clone(),
            awaits_triage: self.awaiting_triage.contains(&stored.id)
                || !self.with_cases.contains(&stored.id),
            areas_before_the_body: self
                .before_the_body
                .get(&stored.id)
                .cloned()
                .unwrap_or_default(),
            is_investigated_here: self.investigated_here.contains(&stored.id),
        }
    }

    fn people(&self, id: &IncidentId) -> i64 {
        self.people.get(id).copied().unwrap_or_default()
    }
}

fn stored(reading: &mut Reading<'_>, id: &IncidentId) -> Result<Stored> {
    let found: Option<Stored> = incidents::table
        .filter(incidents::id.eq(id))
        .select(Stored::as_select())
        .first(reading.conn)
        .optional()?;
    found.ok_or_else(|| denied(Refusal::NotFound, id))
}

/// Fetches an incident for an action.
///
/// # Errors
/// [`Refusal::NotFound`] if it is not there or may not be known, [`Refusal::NotPermitted`] if it may
/// be seen but this may not be done.
pub fn fetch<A: Action>(
    reading: &mut Reading<'_>,
    id: &IncidentId,
) -> Result<Permit<A, IncidentRow>> {
    let actor = reading.actor()?.clone();
    let found = stored(reading, id)?;
    let around = Around::of(reading, &actor, std::slice::from_ref(id))?;
    let facts = around.facts(&found);
    policy::decide::<A, _>(&actor, &facts, ())
        .map_err(|denial| denied(Error::from(denial).refusal().unwrap_or(Refusal::NotFound), id))?;
    let row = opened(reading, found, around.people(id), facts.clone())?;
    policy::decide::<A, _>(&actor, &facts, row).map_err(Error::from)
}

/// Fetches what those who were found share, for somebody who registers one of them or says that a case
/// belongs to it. No case is looked at: who knows the incident through a case alone adds nobody to it.
///
/// # Errors
/// [`Refusal::NotFound`] if it is not there or may not be known.
pub fn shared(reading: &mut Reading<'_>, id: &IncidentId) -> Result<Permit<ReadIncident, Shared>> {
    let actor = reading.actor()?.clone();
    let found = stored(reading, id)?;
    let facts = Around::default().facts(&found);
    let shared = Shared { found_on: day(&found.found_on)?, area: found.area };
    policy::decide::<ReadIncident, _>(&actor, &facts, shared)
        .map_err(|_| denied(Refusal::NotFound, id))
}

/// Lists the incidents of a scope, the newest first, each with its own permit.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn page(
    reading: &mut Reading<'_>,
    scope: &Scope<ReadIncident>,
    after: Option<(Instant, IncidentId)>,
    limit: RowLimit,
) -> Result<Rows<Permit<ReadIncident, IncidentRow>>> {
    let actor = reading.actor()?.clone();
    let query = incidents::table
        .filter(scope::incidents_in(scope, &actor))
        .select(Stored::as_select())
        .into_boxed();
    let rows: Vec<Stored> =
        newest_first!(query, (incidents::created_at, incidents::id), after, limit)
            .load(reading.conn)?;
    let ids: Vec<IncidentId> = rows.iter().map(|row| row.id.clone()).collect();
    let around = Around::of(reading, &actor, &ids)?;
    limit.cut(rows).try_map(|found| {
        let (facts, people) = (around.facts(&found), around.people(&found.id));
        let row = opened(reading, found, people, facts.clone())?;
        policy::decide::<ReadIncident, _>(&actor, &facts, row)
            .map_err(|_| Error::broken("a list showed an incident that may not be read"))
    })
}

/// Writes an incident down, with a key of its own for its words.
///
/// # Errors
/// [`Refusal::IdTaken`] if the identifier is in use.
pub fn insert(
    tx: &mut Tx<'_>,
    _permit: &Permit<CreateIncident, ()>,
    id: &IncidentId,
    account: &Account,
) -> Result<()> {
    let key_id: PersonId = tx.new_id();
    keys::person::insert(tx, &key_id)?;
    let slot = Slot { place: WORDS, row: id.as_str(), person: &key_id };
    let sealed = seal(tx, slot, &account.words)?;
    let (by, organisation) = {
        let actor = tx.actor()?;
        (actor.user_id.clone(), actor.organisation_id.clone())
    };
    let now = tx.now();
    diesel::insert_into(incidents::table)
        .values((
            incidents::id.eq(id),
            incidents::key_id.eq(&key_id),
            incidents::organisation_id.eq(organisation),
            incidents::found_on.eq(account.found_on.to_string()),
            incidents::area.eq(&account.area),
            incidents::place.eq(&account.place),
            incidents::facts.eq(Json::of(&account.facts)?),
            incidents::sealed.eq(Some(sealed)),
            incidents::created_by.eq(by),
            incidents::version.eq(1),
            incidents::created_at.eq(now),
            incidents::updated_at.eq(now),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Changes what is written down, keeping the earlier value (R13). Returns the new version.
///
/// # Errors
/// [`Refusal::Stale`] if somebody was faster, [`Refusal::Erased`] if everybody who was found was forgotten.
pub fn save(
    tx: &mut Tx<'_>,
    permit: &Permit<EditIncident, IncidentRow>,
    account: &Account,
) -> Result<i64> {
    let before = &permit.row().incident;
    let told = &before.account;
    let codes = (told.found_on, told.area.clone(), told.place.clone(), told.facts.clone());
    let earlier = told.words.clone().zip(Sensitive::new(codes));
    keep_revision(tx, &before.key_id, (&before.id, before.version), &earlier)?;
    let slot = Slot { place: WORDS, row: before.id.as_str(), person: &before.key_id };
    let sealed = seal(tx, slot, &account.words)?;
    let version = before.version.saturating_add(1);
    let saved = diesel::update(incidents::table.find(&before.id))
        .filter(incidents::version.eq(before.version))
        .set((
            incidents::found_on.eq(account.found_on.to_string()),
            incidents::area.eq(&account.area),
            incidents::place.eq(&account.place),
            incidents::facts.eq(Json::of(&account.facts)?),
            incidents::sealed.eq(Some(sealed)),
            incidents::version.eq(version),
            incidents::updated_at.eq(tx.now()),
        ))
        .execute(tx.conn)?;
    if saved == 1 { Ok(version) } else { Err(Refusal::Stale { current: version }.into()) }
}
