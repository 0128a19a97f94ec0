//! Consents: each belongs to a case and is reached through it.

mod force;

use diesel::prelude::*;
use refero_domain::{
    actor::Actor,
    consent::{ConsentAct, ConsentGiver, ConsentMode, ConsentPurpose, ConsentStatus, ConsentWords},
    id::{CaseId, ConsentId, Kind, OrganisationId, UserId},
    instant::Instant,
    machine::{Machine, Moved, State},
    policy::{self, Action, CaseFacts, Changes, Classes, CreateConsent, Permit, ReadConsent},
    refusal::{Refusal, Standing},
    sensitive::Sensitive,
};

use crate::{
    cases::{self, Case, CaseRow, classes, expect_version},
    columns::Codes,
    error::{Error, Refused, Result},
    people::{Person, Slot, seal, unseal},
    rows::{RowLimit, Rows},
    schema::{cases as case_table, consents, people},
    sealing::Place,
    unit::{Reading, Tx},
};

pub(crate) use self::force::covers;
pub use self::force::{Covers, expire, past_their_end};

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
    let mut query = consents::table
        .filter(consents::case_id.eq(&case.case.id))
        .select(Stored::as_select())
        .into_boxed();
    if let Some((at, id)) = after {
        query = query.filter(
            consents::created_at.gt(at).or(consents::created_at.eq(at).and(consents::id.gt(id))),
        );
    }
    let rows: Vec<Stored> = query
        .order((consents::created_at.asc(), consents::id.asc()))
        .limit(limit.one_more())
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

/// A consent that is recorded.
#[derive(Debug)]
pub struct NewConsent {
    /// The consent.
    pub id: ConsentId,
    /// What it is for.
    pub purpose: ConsentPurpose,
    /// With whom may be shared.
    pub recipient_organisation_id: Option<OrganisationId>,
    /// What may be shared.
    pub categories: Classes,
    /// Who gave it, or is asked.
    pub giver: ConsentGiver,
    /// How it is recorded.
    pub mode: ConsentMode,
    /// In which language it is explained.
    pub language: String,
    /// Whether an interpreter helps.
    pub interpreter: bool,
    /// The person's words.
    pub words: Sensitive<ConsentWords>,
    /// When it ends by itself.
    pub expires_at: Option<Instant>,
}

/// Records a consent on a case; `answered` is the answer, if there is one already.
///
/// # Errors
/// [`Refusal::IdTaken`] if the identifier is in use.
pub fn insert(
    tx: &mut Tx<'_>,
    permit: &Permit<CreateConsent, CaseRow>,
    new: &NewConsent,
    answered: Option<&Moved<ConsentStatus>>,
) -> Result<()> {
    let row = permit.row();
    tx.changes(&row.case.id);
    let sealed = seal(tx, slot(&new.id, &row.person), &new.words)?;
    let codes: Vec<String> = new.categories.iter().map(|class| class.code().to_owned()).collect();
    let by = tx.actor()?.user_id.clone();
    let now = tx.now();
    diesel::insert_into(consents::table)
        .values((
            (
                consents::id.eq(&new.id),
                consents::case_id.eq(&row.case.id),
                consents::purpose.eq(new.purpose),
                consents::recipient_organisation_id.eq(&new.recipient_organisation_id),
                consents::categories.eq(Codes::of(&codes)?),
                consents::giver.eq(new.giver),
                consents::mode.eq(new.mode),
                consents::language.eq(&new.language),
                consents::interpreter.eq(new.interpreter),
            ),
            (
                consents::state.eq(answered.map_or(ConsentStatus::INITIAL, Moved::to)),
                consents::sealed.eq(sealed),
                consents::expires_at.eq(new.expires_at),
                consents::answered_at.eq(answered.map(|_| now)),
                consents::created_by.eq(by),
                consents::version.eq(1),
                consents::created_at.eq(now),
                consents::updated_at.eq(now),
            ),
        ))
        .execute(tx.conn)?;
    Ok(())
}

fn slot<'s>(id: &'s ConsentId, person: &'s Person) -> Slot<'s> {
    Slot { place: WORDS, row: id.as_str(), person: &person.id }
}

/// What changes with a move. Absent members stay.
#[derive(Debug, Default)]
pub struct ConsentChange {
    /// The person's words, all of them.
    pub words: Option<Sensitive<ConsentWords>>,
    /// When it was given or refused.
    pub answered_at: Option<Instant>,
    /// When it was withdrawn.
    pub withdrawn_at: Option<Instant>,
}

#[derive(AsChangeset)]
#[diesel(table_name = consents)]
struct Set {
    sealed: Option<Vec<u8>>,
    answered_at: Option<Instant>,
    withdrawn_at: Option<Instant>,
    version: i64,
    updated_at: Instant,
}

/// Saves a move unless somebody was faster. Returns the new version.
///
/// # Errors
/// [`Refusal::Stale`] if the version or the state is not what was read.
pub fn save<A: Action + Changes>(
    tx: &mut Tx<'_>,
    _permit: &Permit<A, ()>,
    (id, case_id, version, person): (&ConsentId, &CaseId, i64, &Person),
    moved: &Moved<ConsentStatus>,
    change: &ConsentChange,
) -> Result<i64> {
    tx.changes(case_id);
    let next = version.saturating_add(1);
    let sealed =
        change.words.as_ref().map(|words| seal(tx, slot(id, person), words)).transpose()?;
    let set = Set {
        sealed,
        answered_at: change.answered_at,
        withdrawn_at: change.withdrawn_at,
        version: next,
        updated_at: tx.now(),
    };
    let saved = diesel::update(consents::table.find(id))
        .filter(consents::version.eq(version))
        .filter(consents::state.eq(moved.from()))
        .set((set, consents::state.eq(moved.to())))
        .execute(tx.conn)?;
    if saved == 1 { Ok(next) } else { Err(Refusal::Stale { current: next }.into()) }
}
