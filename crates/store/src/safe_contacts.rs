//! Ways to reach the person of a case: each belongs to a case and is reached through it.

use diesel::prelude::*;
use refero_domain::{
    actor::Actor,
    id::{CaseId, Kind as _, PersonId, SafeContactId, SafeContactKind, UserId},
    instant::Instant,
    machine::{Machine, Moved, State},
    policy::{
        self, Action as _, CreateSafeContact, Permit, ReadSafeContact, RetireSafeContact,
        UseSafeContact,
    },
    refusal::{Refusal, Standing},
    safe_contact::{
        ContactChannel, ContactRule, SafeContactAct, SafeContactEndReason, SafeContactState,
        SafeContactWords, SafeHours, UrgentContactReason,
    },
    sensitive::Sensitive,
};

use crate::{
    cases::{CaseRow, expect_version},
    columns::Json,
    error::{Error, Refused, Result},
    parts::parts_of_case,
    people::{Slot, seal, unseal},
    schema::safe_contacts as contacts,
    sealing::Place,
    unit::{Reading, Tx},
};

const WORDS: Place = Place { table: "safe_contacts", column: "sealed" };

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = contacts)]
struct Stored {
    id: SafeContactId,
    case_id: CaseId,
    state: State<SafeContactState>,
    rule: ContactRule,
    channel: ContactChannel,
    language: Option<String>,
    hours: Json<Vec<SafeHours>>,
    sealed: Option<Vec<u8>>,
    used_by: Option<UserId>,
    used_at: Option<Instant>,
    urgent_because: Option<UrgentContactReason>,
    end_reason: Option<SafeContactEndReason>,
    ended_by: Option<UserId>,
    ended_at: Option<Instant>,
    created_by: UserId,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
}

/// A way to reach the person of a case, or one that must never be taken.
#[derive(Debug)]
pub struct SafeContact {
    /// The way.
    pub id: SafeContactId,
    /// The case it belongs to.
    pub case_id: CaseId,
    /// Whether it still holds; changes through its machine only.
    pub state: State<SafeContactState>,
    /// Whether it is open or must never be taken.
    pub rule: ContactRule,
    /// By what.
    pub channel: ContactChannel,
    /// The language to speak or write in.
    pub language: Option<String>,
    /// When; at any time if empty.
    pub hours: Vec<SafeHours>,
    /// The number or place, the code word, who may answer.
    pub words: Sensitive<SafeContactWords>,
    /// Who asked for it last.
    pub used_by: Option<UserId>,
    /// When.
    pub used_at: Option<Instant>,
    /// What could not wait for a safe hour then.
    pub urgent_because: Option<UrgentContactReason>,
    /// Why it does not hold any more.
    pub end_reason: Option<SafeContactEndReason>,
    /// Who wrote that down.
    pub ended_by: Option<UserId>,
    /// When.
    pub ended_at: Option<Instant>,
    /// Who wrote it down.
    pub created_by: UserId,
    /// For the ETag.
    pub version: i64,
    /// When it was written down.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
}

impl SafeContact {
    /// Says how a refused act names this way in the answer and the trail.
    #[must_use]
    pub fn refused(&self, row: &CaseRow, refusal: Refusal, actor: &Actor) -> Error {
        Error::Refused(Box::new(Refused {
            refusal,
            standing: Some(Standing::SafeContact(self.state.get())),
            allowed_actions: self.allowed_actions(row, actor),
            object: Some((SafeContactKind::NAME, self.id.as_str().to_owned())),
            case_id: Some(self.case_id.clone()),
        }))
    }

    /// Returns the moves that this caller could make: what must never be taken is not used.
    #[must_use]
    pub fn allowed_actions(&self, row: &CaseRow, actor: &Actor) -> Vec<&'static str> {
        let may = |act: &SafeContactAct| {
            let (action, barred) = match act {
                SafeContactAct::Use => (UseSafeContact::NAME, self.rule == ContactRule::Never),
                SafeContactAct::Retire => (RetireSafeContact::NAME, false),
            };
            !barred && policy::may(action, actor, &row.facts)
        };
        self.state.get().acts().filter(may).map(SafeContactAct::code).collect()
    }

    /// Refuses to go on if somebody else was faster.
    ///
    /// # Errors
    /// [`Refusal::Stale`] with the present version.
    pub fn expect_version(&self, expected: Option<i64>) -> Result<()> {
        expect_version(self.version, expected)
    }
}

fn opened(reading: &mut Reading<'_>, stored: Stored, person: &PersonId) -> Result<SafeContact> {
    let words = match &stored.sealed {
        None => Sensitive::default(),
        Some(sealed) => {
            unseal(reading, &Slot { place: WORDS, row: stored.id.as_str(), person }, sealed)?
        }
    };
    Ok(SafeContact {
        words,
        hours: stored.hours.get()?,
        id: stored.id,
        case_id: stored.case_id,
        state: stored.state,
        rule: stored.rule,
        channel: stored.channel,
        language: stored.language,
        used_by: stored.used_by,
        used_at: stored.used_at,
        urgent_because: stored.urgent_because,
        end_reason: stored.end_reason,
        ended_by: stored.ended_by,
        ended_at: stored.ended_at,
        created_by: stored.created_by,
        version: stored.version,
        created_at: stored.created_at,
        updated_at: stored.updated_at,
    })
}

parts_of_case!(contacts, SafeContactId => SafeContact, ReadSafeContact);

/// A way to reach somebody, as it is written down.
#[derive(Debug)]
pub struct NewSafeContact {
    /// The way.
    pub id: SafeContactId,
    /// Whether it is open or must never be taken.
    pub rule: ContactRule,
    /// By what.
    pub channel: ContactChannel,
    /// The language to speak or write in.
    pub language: Option<String>,
    /// When; at any time if empty.
    pub hours: Vec<SafeHours>,
    /// The number or place, the code word, who may answer.
    pub words: Sensitive<SafeContactWords>,
}

/// Writes a way to reach somebody down.
///
/// # Errors
/// [`Refusal::IdTaken`] if the identifier is in use.
pub fn insert(
    tx: &mut Tx<'_>,
    permit: &Permit<CreateSafeContact, CaseRow>,
    new: &NewSafeContact,
) -> Result<()> {
    let CaseRow { case, person, .. } = permit.row();
    tx.changes(&case.id);
    let slot = Slot { place: WORDS, row: new.id.as_str(), person: &person.id };
    let sealed = seal(tx, slot, &new.words)?;
    let by = tx.actor()?.user_id.clone();
    let now = tx.now();
    diesel::insert_into(contacts::table)
        .values((
            contacts::id.eq(&new.id),
            contacts::case_id.eq(&case.id),
            contacts::state.eq(SafeContactState::INITIAL),
            contacts::rule.eq(new.rule),
            contacts::channel.eq(new.channel),
            contacts::language.eq(&new.language),
            contacts::hours.eq(Json::of(&new.hours)?),
            contacts::sealed.eq(Some(sealed)),
            contacts::created_by.eq(by),
            contacts::version.eq(1),
            contacts::created_at.eq(now),
            contacts::updated_at.eq(now),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Writes down that somebody asked for it. Returns the new version.
///
/// # Errors
/// [`Refusal::Stale`] if somebody was faster.
pub fn save_use(
    tx: &mut Tx<'_>,
    permit: &Permit<UseSafeContact, CaseRow>,
    (id, version): (&SafeContactId, i64),
    moved: &Moved<SafeContactState>,
    urgent_because: Option<UrgentContactReason>,
) -> Result<i64> {
    tx.changes(&permit.row().case.id);
    let by = tx.actor()?.user_id.clone();
    let (now, next) = (tx.now(), version.saturating_add(1));
    let saved = diesel::update(contacts::table.find(id))
        .filter(contacts::version.eq(version))
        .filter(contacts::state.eq(moved.from()))
        .set((
            contacts::state.eq(moved.to()),
            contacts::used_by.eq(Some(by)),
            contacts::used_at.eq(Some(now)),
            contacts::urgent_because.eq(urgent_because),
            contacts::version.eq(next),
            contacts::updated_at.eq(now),
        ))
        .execute(tx.conn)?;
    if saved == 1 { Ok(next) } else { Err(Refusal::Stale { current: next }.into()) }
}

/// Writes down that it does not hold any more. Returns the new version.
///
/// # Errors
/// [`Refusal::Stale`] if somebody was faster.
pub fn retire(
    tx: &mut Tx<'_>,
    permit: &Permit<RetireSafeContact, CaseRow>,
    (id, version): (&SafeContactId, i64),
    moved: &Moved<SafeContactState>,
    reason: SafeContactEndReason,
) -> Result<i64> {
    tx.changes(&permit.row().case.id);
    let by = tx.actor()?.user_id.clone();
    let (now, next) = (tx.now(), version.saturating_add(1));
    let saved = diesel::update(contacts::table.find(id))
        .filter(contacts::version.eq(version))
        .filter(contacts::state.eq(moved.from()))
        .set((
            contacts::state.eq(moved.to()),
            contacts::end_reason.eq(Some(reason)),
            contacts::ended_by.eq(Some(by)),
            contacts::ended_at.eq(Some(now)),
            contacts::version.eq(next),
            contacts::updated_at.eq(now),
        ))
        .execute(tx.conn)?;
    if saved == 1 { Ok(next) } else { Err(Refusal::Stale { current: next }.into()) }
}
