//! Requests of people for a copy of their data: received by data protection, answered part by part.

mod content;
mod writing;

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use refero_domain::{
    actor::Actor,
    id::{
        AccessPartId, AccessRequestId, AccessRequestKind, CaseId, Kind, OrganisationId, PersonId,
        UserId,
    },
    instant::Instant,
    machine::{Machine, State},
    policy::{self, AccessFacts, Action, CaseFacts, Discloses, Permit, ReadAccessRequest, Scope},
    refusal::{Refusal, Standing},
    sensitive::Sensitive,
    subject_access::{
        AccessAct, AccessAsker, AccessDelivery, AccessRefusalGround, AccessState, CopyLanguage,
        Holder, PartState, ReviewedText,
    },
};

use crate::{
    cases::{self, Case, expect_version},
    db::DbConn,
    error::{Error, Refused, Result},
    people::{Slot, unseal},
    rows::{RowLimit, Rows},
    schema::{access_parts as parts, access_requests as requests, cases as case_table, referrals},
    scope,
    sealing::Place,
    unit::Reading,
};

pub use self::{
    content::{Deed, Office, deeds, emergencies, offices, organisations, referrals_of},
    writing::{
        NewRequest, count_copy, hand_over, insert, save_refusal_decision, save_refusal_request,
        save_review,
    },
};

const REVIEWED: Place = Place { table: "access_parts", column: "sealed" };

/// A request as it is stored.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = requests)]
pub struct AccessRequest {
    /// The request.
    pub id: AccessRequestId,
    /// The case of the person.
    pub case_id: CaseId,
    /// Who asks.
    pub asker: AccessAsker,
    /// In which language.
    pub language: CopyLanguage,
    /// How it is to be handed over.
    pub delivery: Option<AccessDelivery>,
    /// The number of the data protection officer's file.
    pub file_reference: String,
    /// The day on which it came, ISO 8601.
    pub received_on: String,
    /// The day until which it is to be answered, ISO 8601.
    pub due_on: Option<String>,
    /// How far that day may be relied on.
    pub due_status: Option<String>,
    /// Where it stands; changes through its machine only.
    pub state: State<AccessState>,
    /// Why it is, or is asked to be, refused.
    pub refusal_ground: Option<AccessRefusalGround>,
    /// Who asked to refuse it (R10).
    pub refusal_requested_by: Option<UserId>,
    /// When.
    pub refusal_requested_at: Option<Instant>,
    /// Who decided about that.
    pub refusal_decided_by: Option<UserId>,
    /// When.
    pub refusal_decided_at: Option<Instant>,
    /// When the last part was handed over.
    pub answered_at: Option<Instant>,
    /// Who received it.
    pub created_by: UserId,
    /// When it was written down.
    pub created_at: Instant,
    /// For the ETag and against lost updates.
    pub version: i64,
}

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = parts)]
struct StoredPart {
    id: AccessPartId,
    request_id: AccessRequestId,
    organisation_id: Option<OrganisationId>,
    sealed: Option<Vec<u8>>,
    reviewed_at: Option<Instant>,
    copies: i64,
    handed_over_by: Option<UserId>,
    handed_over_at: Option<Instant>,
}

/// One holder's part of the copy. It is there as soon as the holder holds something.
#[derive(Debug, Clone)]
pub struct Part {
    /// Whose part it is.
    pub holder: Holder,
    stored: Option<StoredPart>,
}

impl Part {
    /// Says where it stands.
    #[must_use]
    pub fn state(&self) -> PartState {
        match self.handed_over_at() {
            Some(_) => PartState::HandedOver,
            None => PartState::Open,
        }
    }

    /// Returns when its texts were looked through last.
    #[must_use]
    pub fn reviewed_at(&self) -> Option<Instant> {
        self.stored.as_ref().and_then(|part| part.reviewed_at)
    }

    /// Returns how many copies of it were made.
    #[must_use]
    pub fn copies(&self) -> i64 {
        self.stored.as_ref().map_or(0, |part| part.copies)
    }

    /// Returns when it was handed over.
    #[must_use]
    pub fn handed_over_at(&self) -> Option<Instant> {
        self.stored.as_ref().and_then(|part| part.handed_over_at)
    }

    /// Returns who handed it over.
    #[must_use]
    pub fn handed_over_by(&self) -> Option<&UserId> {
        self.stored.as_ref().and_then(|part| part.handed_over_by.as_ref())
    }
}

/// A request with what of its case is needed, its parts, and the facts on which access was decided.
#[derive(Debug)]
pub struct AccessRow {
    /// The request.
    pub request: AccessRequest,
    /// The code of its case.
    pub case_code: String,
    /// Every part, whoever asks; see [`Self::parts_for`].
    parts: Vec<Part>,
    person_id: PersonId,
    /// The facts, for `allowed_actions`.
    pub facts: AccessFacts,
}

impl AccessRow {
    /// Refuses to go on if somebody else was faster.
    ///
    /// # Errors
    /// [`Refusal::Stale`] with the present version.
    pub fn expect_version(&self, expected: Option<i64>) -> Result<()> {
        expect_version(self.request.version, expected)
    }

    /// Returns the parts that an actor may know of: a provider does not learn who else works with the
    /// person.
    #[must_use]
    pub fn parts_for(&self, actor: &Actor) -> Vec<&Part> {
        let own = self.facts.part_of(actor);
        let only = own.filter(|holder| holder.organisation().is_some());
        let known = |part: &&Part| only.as_ref().is_none_or(|holder| part.holder == *holder);
        self.parts.iter().filter(known).collect()
    }

    /// Returns the part that is an actor's to hand over.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] if there is none.
    pub fn part_of(&self, actor: &Actor) -> Result<&Part> {
        let holder = self.facts.part_of(actor).ok_or(Refusal::NotFound)?;
        let part = self.parts.iter().find(|part| part.holder == holder);
        part.ok_or_else(|| Refusal::NotFound.into())
    }

    /// Says whether all parts but one have been handed over.
    #[must_use]
    pub fn is_last(&self, holder: &Holder) -> bool {
        let others = self.parts.iter().filter(|part| part.holder != *holder);
        others.into_iter().all(|part| part.state() == PartState::HandedOver)
    }

    /// Returns the moves that this caller could make now: nobody approves their own (R10).
    #[must_use]
    pub fn allowed_actions(&self, actor: &Actor) -> Vec<&'static str> {
        let may = |act: &str| policy::may(&format!("access-request.{act}"), actor, &self.facts);
        let own = self.request.refusal_requested_by.as_ref() == Some(&actor.user_id);
        let state = self.request.state.get();
        let mut actions: Vec<&'static str> = state
            .acts()
            // Handing the last part over answers it; nobody asks for that by name.
            .filter(|act| *act != AccessAct::Answer)
            .filter(|act| !(own && *act == AccessAct::ApproveRefusal))
            .map(AccessAct::code)
            .filter(|act| may(act))
            .collect();
        let is_open = self.part_of(actor).is_ok_and(|part| part.state() == PartState::Open);
        if state == AccessState::Open && is_open {
            actions.extend(["redact", "hand-over"]);
        }
        actions
    }

    /// Says how a refused act names this request.
    #[must_use]
    pub fn refused(&self, refusal: Refusal, actor: &Actor) -> Error {
        Error::Refused(Box::new(Refused {
            refusal,
            standing: Some(Standing::AccessRequest(self.request.state.get())),
            allowed_actions: self.allowed_actions(actor),
            object: Some((AccessRequestKind::NAME, self.request.id.as_str().to_owned())),
            case_id: Some(self.request.case_id.clone()),
        }))
    }
}

fn denied(refusal: Refusal, id: &AccessRequestId) -> Error {
    Error::Refused(Box::new(Refused {
        refusal,
        standing: None,
        allowed_actions: Vec::new(),
        object: Some((AccessRequestKind::NAME, id.as_str().to_owned())),
        case_id: None,
    }))
}

/// Fetches a request for an action.
///
/// # Errors
/// [`Refusal::NotFound`] if it is not there or may not be known, [`Refusal::NotPermitted`] if it may
/// be seen but this may not be done.
pub fn fetch<A: Action>(
    reading: &mut Reading<'_>,
    id: &AccessRequestId,
) -> Result<Permit<A, AccessRow>> {
    let actor = reading.actor()?.clone();
    let found: Option<AccessRequest> = requests::table
        .find(id)
        .select(AccessRequest::as_select())
        .first(reading.conn)
        .optional()?;
    let request = found.ok_or_else(|| denied(Refusal::NotFound, id))?;
    let row = with_cases(reading.conn, &actor, vec![request])?.pop();
    let row = row.ok_or_else(|| denied(Refusal::NotFound, id))?;
    let facts = row.facts.clone();
    policy::decide::<A, _>(&actor, &facts, row)
        .map_err(|denial| denied(Error::from(denial).refusal().unwrap_or(Refusal::NotFound), id))
}

/// Lists the requests of a scope, newest first.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn page(
    reading: &mut Reading<'_>,
    scope: &Scope<ReadAccessRequest>,
    state: Option<AccessState>,
    after: Option<&(Instant, AccessRequestId)>,
    limit: RowLimit,
) -> Result<Rows<Permit<ReadAccessRequest, AccessRow>>> {
    let actor = reading.actor()?.clone();
    let mut query = requests::table
        .filter(scope::access_requests_in(scope, &actor))
        .select(AccessRequest::as_select())
        .into_boxed();
    if let Some(state) = state {
        query = query.filter(requests::state.eq(state));
    }
    if let Some((at, id)) = after {
        query = query.filter(
            requests::created_at
                .lt(*at)
                .or(requests::created_at.eq(*at).and(requests::id.lt(id.clone()))),
        );
    }
    let found: Vec<AccessRequest> = query
        .order((requests::created_at.desc(), requests::id.desc()))
        .limit(limit.one_more())
        .load(reading.conn)?;
    let rows = limit.cut(found);
    rows.replaced(|found| with_cases(reading.conn, &actor, found))?.try_map(|row| {
        let facts = row.facts.clone();
        policy::decide::<ReadAccessRequest, _>(&actor, &facts, row)
            .map_err(|_| Error::broken("a list showed an access request that may not be read"))
    })
}

/// What of each case a page of requests needs.
struct Briefs {
    cases: BTreeMap<CaseId, (String, PersonId, CaseFacts)>,
    /// The providers that have answered a referral of the case, and hold what they wrote.
    providers: BTreeMap<CaseId, BTreeSet<OrganisationId>>,
}

fn briefs(conn: &mut DbConn, actor: &Actor, ids: Vec<CaseId>) -> Result<Briefs> {
    let found: Vec<Case> = case_table::table
        .filter(case_table::id.eq_any(ids.clone()))
        .select(Case::as_select())
        .load(conn)?;
    let mut cases = BTreeMap::new();
    for case in found {
        let facts = cases::facts(conn, actor, &case)?;
        cases.insert(case.id, (case.case_code, case.person_id, facts));
    }
    let answered: Vec<(CaseId, OrganisationId)> = referrals::table
        .filter(referrals::case_id.eq_any(ids))
        .filter(referrals::answered_at.is_not_null())
        .select((referrals::case_id, referrals::organisation_id))
        .load(conn)?;
    let mut providers: BTreeMap<CaseId, BTreeSet<OrganisationId>> = BTreeMap::new();
    for (case, organisation) in answered {
        providers.entry(case).or_default().insert(organisation);
    }
    Ok(Briefs { cases, providers })
}

/// Joins cases, parts and facts to the requests of a page.
fn with_cases(
    conn: &mut DbConn,
    actor: &Actor,
    found: Vec<AccessRequest>,
) -> Result<Vec<AccessRow>> {
    let cases = found.iter().map(|request| request.case_id.clone()).collect();
    let briefs = briefs(conn, actor, cases)?;
    let ids: Vec<AccessRequestId> = found.iter().map(|request| request.id.clone()).collect();
    let stored: Vec<StoredPart> = parts::table
        .filter(parts::request_id.eq_any(ids))
        .select(StoredPart::as_select())
        .load(conn)?;
    let row = |request: AccessRequest| {
        let (case_code, person_id, case) = briefs
            .cases
            .get(&request.case_id)
            .cloned()
            .ok_or_else(|| Error::broken("an access request has no case"))?;
        let providers = briefs.providers.get(&request.case_id).cloned().unwrap_or_default();
        let holders = providers.iter().cloned().map(Holder::Provider);
        let parts = std::iter::once(Holder::Bureau).chain(holders).map(|holder| {
            let of_holder = |part: &&StoredPart| {
                part.request_id == request.id
                    && part.organisation_id.as_ref() == holder.organisation()
            };
            Part { stored: stored.iter().find(of_holder).cloned(), holder }
        });
        let parts = parts.collect();
        let facts = AccessFacts { case, providers: providers.into_iter().collect() };
        Ok(AccessRow { request, case_code, parts, person_id, facts })
    };
    found.into_iter().map(row).collect()
}

/// Opens what was found when the texts of a part were looked through; still protected.
///
/// # Errors
/// [`Error::Broken`] if it does not open.
pub fn reviewed<A: Action + Discloses>(
    reading: &mut Reading<'_>,
    permit: &Permit<A, AccessRow>,
    part: &Part,
) -> Result<Sensitive<Vec<ReviewedText>>> {
    let Some((id, sealed)) =
        part.stored.as_ref().and_then(|part| Some((&part.id, part.sealed.as_ref()?)))
    else {
        return Ok(Sensitive::default());
    };
    let person = &permit.row().person_id;
    unseal(reading, &Slot { place: REVIEWED, row: id.as_str(), person }, sealed)
}
