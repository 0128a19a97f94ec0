//! Consents: each belongs to a case and is reached through it.

mod force;
mod writing;

use diesel::prelude::*;
use refero_domain::{
    actor::Actor,
    consent::{
        ChildConsentGround, ConsentAct, ConsentGiver, ConsentMode, ConsentPurpose, ConsentStatus,
        ConsentWords,
    },
    id::{CaseId, ConsentId, GuardianId, Kind, OrganisationId, UserId},
    instant::Instant,
    machine::{Machine, State},
    policy::{self, Action, CaseFacts, Classes, Permit, ReadConsent},
    refusal::{Refusal, Standing},
    sensitive::Sensitive,
};

use crate::{
    cases::{self, Case, CaseRow, classes, expect_version},
    columns::Codes,
    error::{Error, Refused, Result},
    people::{Person, Slot, unseal},
    rows::{RowLimit, Rows, oldest_first},
    schema::{cases as case_table, consents, people},
    sealing::Place,
    unit::Reading,
};

pub(crate) use self::force::covers;
pub use self::{
    force::{Covers, expire, past_their_end},
    writing::{ConsentChange, NewConsent, insert, save},
};

const WORDS: Place = Place { table: "consents", column: "sealed" };

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = consents)]
struct Stored {
    id: ConsentId,
    case_id: CaseId,
    purpose: ConsentPurpose,
    recipient_organisation_id: Option<OrganisationId>,
    categories: Codes,
    giver: ConsentGiver,
    mode: ConsentMode,
    language: String,
    interpreter: bool,
    state: State<ConsentStatus>,
    sealed: Option<Vec<u8>>,
    expires_at: Option<Instant>,
    answered_at: Option<Instant>,
    withdrawn_at: Option<Instant>,
    guardian_id: Option<GuardianId>,
    child_ground: Option<ChildConsentGround>,
    created_by: UserId,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
}

/// A consent of a case.
#[derive(Debug)]
pub struct Consent {
    /// The consent.
    pub id: ConsentId,
    /// The case it belongs to.
    pub case_id: CaseId,
    /// What it is for.
    pub purpose: ConsentPurpose,
    /// With whom may be shared.
    pub recipient_organisation_id: Option<OrganisationId>,
    /// What may be shared.
    pub categories: Classes,
    /// Who gave it.
    pub giver: ConsentGiver,
    /// How it was recorded.
    pub mode: ConsentMode,
    /// In which language it was explained.
    pub language: String,
    /// Whether an interpreter helped.
    pub interpreter: bool,
    /// Where it stands; changes through its machine only.
    pub state: State<ConsentStatus>,
    /// The person's words.
    pub words: Sensitive<ConsentWords>,
    /// When it ends by itself.
    pub expires_at: Option<Instant>,
    /// When it was given or refused.
    pub answered_at: Option<Instant>,
    /// When it was withdrawn.
    pub withdrawn_at: Option<Instant>,
    /// The guardian with whom a child consented (R6).
    pub guardian_id: Option<GuardianId>,
    /// Why a child's consent was recorded without its assent or its guardian.
    pub child_ground: Option<ChildConsentGround>,
    /// Who recorded it.
    pub created_by: UserId,
    /// For the ETag.
    pub version: i64,
    /// When it was recorded.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
}

impl Consent {
    /// Says whether something may rest on it now.
    #[must_use]
    pub fn is_in_force(&self, now: Instant) -> bool {
        self.state.get().is_in_force_at(self.expires_at, now)
    }
}

/// A consent with its case, and the facts on which access was decided.
#[derive(Debug)]
pub struct ConsentRow {
    /// The consent.
    pub consent: Consent,
    /// The person, in codes.
    pub person: Person,
    /// The facts, for `allowed_actions`.
    pub facts: CaseFacts,
}

impl ConsentRow {
    /// Refuses to go on if somebody else was faster.
    ///
    /// # Errors
    /// [`Refusal::Stale`] with the present version.
    pub fn expect_version(&self, expected: Option<i64>) -> Result<()> {
        expect_version(self.consent.version, expected)
    }

    /// Says how a refused act names this consent.
    #[must_use]
    pub fn refused(&self, refusal: Refusal, actor: &Actor) -> Error {
        Error::Refused(Box::new(Refused {
            refusal,
            standing: Some(Standing::Consent(self.consent.state.get())),
            allowed_actions: allowed_actions(&self.consent, &self.facts, actor),
            object: Some((
                refero_domain::id::ConsentKind::NAME,
                self.consent.id.as_str().to_owned(),
            )),
            case_id: Some(self.consent.case_id.clone()),
        }))
    }
}

/// Returns the moves that a caller could make with a consent now.
#[must_use]
pub fn allowed_actions(consent: &Consent, facts: &CaseFacts, actor: &Actor) -> Vec<&'static str> {
    let mut actions = Vec::new();
    for act in consent.state.get().acts() {
        let action = match act {
            ConsentAct::Give | ConsentAct::GiveWithLimits | ConsentAct::Refuse => "answer",
            ConsentAct::Withdraw => "withdraw",
            // Time does that.
            ConsentAct::Expire => continue,
        };
        let may = policy::may(&format!("consent.{action}"), actor, facts);
        if may && !actions.contains(&action) {
            actions.push(action);
        }
    }
    actions
}

fn denied(refusal: Refusal, id: &ConsentId) -> Error {
    Error::Refused(Box::new(Refused {
        refusal,
        standing: None,
        allowed_actions: Vec::new(),
        object: Some((refero_domain::id::ConsentKind::NAME, id.as_str().to_owned())),
        case_id: None,
    }))
}

/// Fetches a consent of a case for an action. A consent of another case does not exist here.
///
/// # Errors
/// [`Refusal::NotFound`] if it is not there or may not be known, [`Refusal::NotPermitted`] if the
/// case may be seen but this may not be done.
pub fn fetch<A: Action>(
    reading: &mut Reading<'_>,
    case_id: &CaseId,
    id: &ConsentId,
) -> Result<Permit<A, ConsentRow>> {
    let actor = reading.actor()?.clone();
    let found: Option<(Stored, Case, Person)> = consents::table
        .inner_join(case_table::table.inner_join(people::table))
        .filter(consents::id.eq(id))
        .filter(consents::case_id.eq(case_id))
        .select((Stored::as_select(), Case::as_select(), Person::as_select()))
        .first(reading.conn)
        .optional()?;
    let (stored, case, person) = found.ok_or_else(|| denied(Refusal::NotFound, id))?;
    let facts = cases::facts(reading.conn, &actor, &case)?;
    // Access is decided before anything is opened.
    let decided = policy::decide::<A, _>(&actor, &facts, ());
    // Who sees the case and not its consents does not learn which there are.
    let reads = policy::may(policy::ReadConsent::NAME, &actor, &facts);
    decided
        .map_err(|denial| match denial {
            policy::Denial::Forbidden if !reads => policy::Denial::Hidden,
            denial => denial,
        })
        .map_err(|denial| denied(Error::from(denial).refusal().unwrap_or(Refusal::NotFound), id))?;
    let consent = opened(reading, stored, &person)?;
    let row = ConsentRow { consent, person, facts: facts.clone() };
    policy::decide::<A, _>(&actor, &facts, row).map_err(Error::from)
}

fn opened(reading: &mut Reading<'_>, stored: Stored, person: &Person) -> Result<Consent> {
    let words = match &stored.sealed {
        None => Sensitive::default(),
        Some(sealed) => unseal(reading, &slot(&stored.id, person), sealed)?,
    };
    Ok(Consent {
        categories: classes(&stored.categories)?,
        words,
        id: stored.id,
        case_id: stored.case_id,
        purpose: stored.purpose,
        recipient_organisation_id: stored.recipient_organisation_id,
        giver: stored.giver,
        mode: stored.mode,
        language: stored.language,
        interpreter: stored.interpreter,
        state: stored.state,
        expires_at: stored.expires_at,
        answered_at: stored.answered_at,
        withdrawn_at: stored.withdrawn_at,
        guardian_id: stored.guardian_id,
        child_ground: stored.child_ground,
        created_by: stored.created_by,
        version: stored.version,
        created_at: stored.created_at,
        updated_at: stored.updated_at,
    })
}

/// Lists the consents of a case that a permit opened, oldest first: in the order they were given.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn page(
    reading: &mut Reading<'_>,
    permit: &Permit<ReadConsent, CaseRow>,
    after: Option<(Instant, ConsentId)>,
    limit: RowLimit,
) -> Result<Rows<Consent>> {
    let case = permit.row();
    let query = consents::table
        .filter(consents::case_id.eq(&case.case.id))
        .select(Stored::as_select())
        .into_boxed();
    let rows: Vec<Stored> =
        oldest_first!(query, (consents::created_at, consents::id), after, limit)
            .load(reading.conn)?;
    limit.cut(rows).try_map(|stored| opened(reading, stored, &case.person))
}

/// Finds the consent that a referral of a case would rest on; one of another case does not exist.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn of_case<A: Action, R>(
    reading: &mut Reading<'_>,
    _permit: &Permit<A, R>,
    (case_id, person): (&CaseId, &Person),
    id: &ConsentId,
) -> Result<Option<Consent>> {
    let found: Option<Stored> = consents::table
        .filter(consents::id.eq(id))
        .filter(consents::case_id.eq(case_id))
        .select(Stored::as_select())
        .first(reading.conn)
        .optional()?;
    found.map(|stored| opened(reading, stored, person)).transpose()
}

/// Says whether the person of a case is asked for a consent.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn is_asked_for(reading: &mut Reading<'_>, case: &CaseId) -> Result<bool> {
    let asked: i64 = consents::table
        .filter(consents::case_id.eq(case))
        .filter(consents::state.eq(ConsentStatus::Pending))
        .count()
        .get_result(reading.conn)?;
    Ok(asked > 0)
}

fn slot<'s>(id: &'s ConsentId, person: &'s Person) -> Slot<'s> {
    Slot { place: WORDS, row: id.as_str(), person: &person.id }
}
