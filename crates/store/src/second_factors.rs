//! The second factor of accounts: the sealed secret, the codes that work once, what was reset.
//!
//! A secret goes to the check of a code and is never shown again after its enrolment.

use std::fmt;

use diesel::{dsl::count_star, prelude::*};
use refero_domain::{
    id::UserId,
    instant::Instant,
    machine::{Moved, State},
    second_factor::FactorState,
};
use zeroize::Zeroizing;

use crate::{
    credentials::SecretDigest,
    db::DbConn,
    error::{Error, Result},
    keys::{Batch, Counts, for_sealing, number, renewed},
    schema::{recovery_codes as codes, second_factors as factors, users},
    sealing::{AccountSecret, Place, SealingError},
    unit::{Reading, Tx},
};

/// Where secrets are sealed.
const SECRET: Place = Place { table: "second_factors", column: "sealed" };

/// The second factor of an account.
pub struct Factor {
    /// Where it stands; changes through its machine only.
    pub state: State<FactorState>,
    /// The secret that the device holds too, if there is one.
    pub secret: Option<Zeroizing<Vec<u8>>>,
    /// The last time step whose code was accepted.
    pub last_step: Option<i64>,
    /// Since when it is asked for.
    pub confirmed_at: Option<Instant>,
    /// When an administrator last took it away.
    pub reset_at: Option<Instant>,
}

/// Prints where it stands, and no secret.
impl fmt::Debug for Factor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Factor").field(&self.state).finish()
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = factors)]
struct Row {
    user_id: UserId,
    state: State<FactorState>,
    epoch: Option<i64>,
    sealed: Option<Vec<u8>>,
    last_step: Option<i64>,
    confirmed_at: Option<Instant>,
    reset_at: Option<Instant>,
}

impl Row {
    fn open(self, reading: &mut Reading<'_>) -> Result<Factor> {
        let Self { user_id, state, epoch, sealed, last_step, confirmed_at, reset_at } = self;
        let secret = match epoch.zip(sealed) {
            None => None,
            Some((epoch, bytes)) => {
                let secret = AccountSecret { epoch: number(epoch)?, bytes };
                let opened = match secret.open(reading.keys, SECRET, user_id.as_str()) {
                    // Another server may have met the next epoch first.
                    Err(SealingError::MissingEpoch { .. }) => {
                        secret.open(&*renewed(reading)?, SECRET, user_id.as_str())
                    }
                    other => other,
                };
                Some(opened.map_err(sealing)?)
            }
        };
        Ok(Factor { state, secret, last_step, confirmed_at, reset_at })
    }
}

fn sealing(error: SealingError) -> Error {
    Error::broken_by("the secret of a second factor could not be handled", error)
}

/// Finds the second factor of an account; of who never had one, the state in which all begin.
///
/// # Errors
/// [`Error::Broken`] if the secret does not open.
pub fn of(reading: &mut Reading<'_>, user_id: &UserId) -> Result<Factor> {
    let found: Option<Row> =
        factors::table.find(user_id).select(Row::as_select()).first(reading.conn).optional()?;
    match found {
        Some(row) => row.open(reading),
        None => Ok(Factor {
            state: State::initial(),
            secret: None,
            last_step: None,
            confirmed_at: None,
            reset_at: None,
        }),
    }
}

/// Finds where the second factor of an account stands, without opening its secret.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn state_of(reading: &mut Reading<'_>, user_id: &UserId) -> Result<State<FactorState>> {
    let found =
        factors::table.find(user_id).select(factors::state).first(reading.conn).optional()?;
    Ok(found.unwrap_or_else(State::initial))
}

/// Finds the active second factor behind a name: the same question whether the name is known or not.
///
/// # Errors
/// [`Error::Broken`] if the secret does not open.
pub fn active_named(tx: &mut Tx<'_>, username: &str) -> Result<Option<Factor>> {
    let reading: &mut Reading<'_> = tx;
    let found: Option<Row> = factors::table
        .inner_join(users::table)
        .filter(users::username.eq(username))
        .filter(factors::state.eq(FactorState::Active))
        .select(Row::as_select())
        .first(reading.conn)
        .optional()?;
    found.map(|row| row.open(reading)).transpose()
}

/// Where the factors of some accounts stand, and when an administrator last took one away.
pub(crate) type Standing = (UserId, FactorState, Option<Instant>);

/// Returns where the factors of accounts stand; who never had one is not among them.
pub(crate) fn standings(conn: &mut DbConn, ids: &[UserId]) -> Result<Vec<Standing>> {
    Ok(factors::table
        .filter(factors::user_id.eq_any(ids))
        .select((factors::user_id, factors::state, factors::reset_at))
        .load(conn)?)
}

/// What a move does to the factor.
pub enum FactorChange<'c> {
    /// A new secret stands in the place of any before.
    Hold(&'c [u8]),
    /// It was confirmed; the secret stays.
    Confirm,
    /// The person removed it, with its codes.
    Remove,
    /// An administrator took it away, with its codes.
    Reset,
}

/// Saves a move of the factor.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn save(
    tx: &mut Tx<'_>,
    user_id: &UserId,
    moved: &Moved<FactorState>,
    change: &FactorChange<'_>,
) -> Result<()> {
    let now = tx.now();
    let common = (factors::state.eq(moved.to()), factors::updated_at.eq(now));
    let target = factors::table.find(user_id);
    let none = (
        factors::epoch.eq(None::<i64>),
        factors::sealed.eq(None::<Vec<u8>>),
        factors::last_step.eq(None::<i64>),
        factors::confirmed_at.eq(None::<Instant>),
    );
    match change {
        FactorChange::Hold(secret) => return hold(tx, user_id, moved, secret),
        FactorChange::Confirm => diesel::update(target)
            .set((common, factors::confirmed_at.eq(Some(now))))
            .execute(tx.conn)?,
        FactorChange::Remove => diesel::update(target).set((common, none)).execute(tx.conn)?,
        FactorChange::Reset => diesel::update(target)
            .set((common, none, factors::reset_at.eq(Some(now))))
            .execute(tx.conn)?,
    };
    match change {
        FactorChange::Remove | FactorChange::Reset => replace_codes(tx, user_id, &[]),
        FactorChange::Hold(_) | FactorChange::Confirm => Ok(()),
    }
}

fn hold(
    tx: &mut Tx<'_>,
    user_id: &UserId,
    moved: &Moved<FactorState>,
    secret: &[u8],
) -> Result<()> {
    let ring = for_sealing(tx)?;
    let sealed = {
        let rng = &mut *tx.entropy.rng();
        AccountSecret::seal(&ring, SECRET, user_id.as_str(), secret, rng).map_err(sealing)?
    };
    let row = (
        factors::state.eq(moved.to()),
        factors::epoch.eq(Some(i64::from(sealed.epoch))),
        factors::sealed.eq(Some(sealed.bytes)),
        factors::last_step.eq(None::<i64>),
        factors::confirmed_at.eq(None::<Instant>),
        factors::updated_at.eq(tx.now()),
    );
    let known = diesel::update(factors::table.find(user_id)).set(row.clone()).execute(tx.conn)?;
    if known == 0 {
        diesel::insert_into(factors::table)
            .values((factors::user_id.eq(user_id), row))
            .execute(tx.conn)?;
    }
    Ok(())
}

/// Uses up the code of a time step, and with it those of every step before; says whether it was
/// still good.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn use_step(tx: &mut Tx<'_>, user_id: &UserId, step: i64) -> Result<bool> {
    let rows = diesel::update(factors::table.find(user_id))
        .filter(factors::last_step.is_null().or(factors::last_step.lt(step)))
        .set((factors::last_step.eq(Some(step)), factors::updated_at.eq(tx.now())))
        .execute(tx.conn)?;
    Ok(rows == 1)
}

/// Uses up a recovery code of an account; says whether it was one.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn use_code(tx: &mut Tx<'_>, user_id: &UserId, digest: &SecretDigest) -> Result<bool> {
    let code = codes::table.find(&digest[..]).filter(codes::user_id.eq(user_id));
    Ok(diesel::delete(code).execute(tx.conn)? == 1)
}

/// Puts new recovery codes in the place of all before.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn replace_codes(tx: &mut Tx<'_>, user_id: &UserId, digests: &[SecretDigest]) -> Result<()> {
    diesel::delete(codes::table.filter(codes::user_id.eq(user_id))).execute(tx.conn)?;
    for digest in digests {
        diesel::insert_into(codes::table)
            .values((
                codes::digest.eq(&digest[..]),
                codes::user_id.eq(user_id),
                codes::created_at.eq(tx.now()),
            ))
            .execute(tx.conn)?;
    }
    Ok(())
}

/// Counts the recovery codes that are left.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn codes_left(reading: &mut Reading<'_>, user_id: &UserId) -> Result<i64> {
    Ok(codes::table.filter(codes::user_id.eq(user_id)).count().get_result(reading.conn)?)
}

/// Counts the secrets by the epoch that seals them.
pub(crate) fn by_epoch(conn: &mut DbConn) -> Result<Counts> {
    let counts: Vec<(Option<i64>, i64)> = factors::table
        .group_by(factors::epoch)
        .select((factors::epoch, count_star()))
        .load(conn)?;
    Ok(counts.into_iter().filter_map(|(epoch, count)| Some((epoch?, count))).collect())
}

/// Seals secrets anew that an older epoch seals, those after the given id. What does not open is left
/// as it is, and hinders nobody else.
pub(crate) fn reseal(tx: &mut Tx<'_>, after: &str, at_most: i64) -> Result<Batch> {
    let ring = for_sealing(tx)?;
    let old: Vec<Row> = factors::table
        .filter(factors::epoch.assume_not_null().ne(i64::from(ring.current_epoch())))
        .filter(factors::user_id.gt(after))
        .order(factors::user_id)
        .limit(at_most)
        .select(Row::as_select())
        .load(tx.conn)?;
    let last = old.last().map(|row| row.user_id.as_str().to_owned());
    let mut batch = Batch { last, ..Batch::default() };
    for Row { user_id, epoch, sealed, .. } in old {
        let Some((epoch, bytes)) = epoch.zip(sealed) else { continue };
        let former = AccountSecret { epoch: number(epoch)?, bytes };
        let anew = former.open(&ring, SECRET, user_id.as_str()).and_then(|secret| {
            let rng = &mut *tx.entropy.rng();
            AccountSecret::seal(&ring, SECRET, user_id.as_str(), &secret, rng)
        });
        let anew = match anew {
            Ok(anew) => anew,
            Err(error) if error.is_damage() => {
                batch.unopened += 1;
                continue;
            }
            Err(error) => return Err(sealing(error)),
        };
        // Only what is still of the epoch that it was read with: another may have been faster.
        batch.resealed += diesel::update(factors::table.find(&user_id))
            .filter(factors::epoch.eq(epoch))
            .set((
                factors::epoch.eq(Some(i64::from(anew.epoch))),
                factors::sealed.eq(Some(anew.bytes)),
            ))
            .execute(tx.conn)?;
    }
    Ok(batch)
}
