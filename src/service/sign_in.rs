//! Signing in: what is checked, what is counted, what is told.
//!
//! Whoever tries names learns nothing. A name that belongs to nobody, an account that is disabled or
//! not activated yet, and a wrong password cost the same work and get the same answer. Failures
//! are counted by a keyed digest of the name, whether an account has it or not, so that the pause
//! after a failure (429) tells nothing either. Failures from one network are counted too, so that one
//! password cannot be tried under many names. The counts are in the database, so that several servers
//! count together, and they are forgotten after two days.
//!
//! An account with a second factor is opened by both together. Only a right password learns that a
//! code is asked for; a wrong code gets the answer of a wrong password, so that whoever guesses both
//! does not learn which was wrong, and costs the same work. It counts as a failure, and wrong codes
//! are counted by themselves too: a right password alone clears neither.
//!
//! The password is hashed outside the transaction, because that takes a processor for a moment.
//! What was checked is compared again in the transaction, and so is the pause: of many attempts
//! that were made at the same moment only one is ever looked at.

use refero_domain::{
    account::UserAct,
    actor::Actor,
    event::{Event, Operation},
    id::{SessionId, UserId},
    instant::Instant,
};
use refero_store::{
    Error,
    accounts::{self, CredentialChange, UserMove},
    credentials::{self, Credentials, SecretDigest},
    failures::{self, Failures},
    second_factors::{self, Factor},
    sessions::{self, NewSession},
    unit::{Audited, Tx},
};

use crate::{
    authn::throttle,
    service::{
        accounts::SignInRules,
        second_factor::{self, Judged, Presented},
        sessions::Client,
    },
};

/// The act in the trail.
pub const SIGN_IN: &str = "session.create";
/// The act in the trail.
pub const ACTIVATE: &str = "session.activate";

pub(crate) const WRONG: &str = "invalid-credentials";
pub(crate) const TOO_MANY: &str = "too-many-attempts";
const CODE_ASKED: &str = "second-factor-required";

/// How an attempt to prove who one is came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome<T> {
    /// It was right, and this came of it.
    Right(T),
    /// It was not.
    Wrong,
    /// It was not looked at; the next may be after so many seconds.
    TooMany(u32),
}

/// A session that was begun or goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// Whose.
    pub user_id: UserId,
    /// The session.
    pub session_id: SessionId,
    /// When the person proved who they are.
    pub opened_at: Instant,
    /// When they last proved their second factor in it.
    pub factor_at: Option<Instant>,
    /// When it ends in any case.
    pub expires_at: Instant,
}

/// What came of a right password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entered {
    /// A session was begun.
    Opened(Opened),
    /// The account has a second factor, and no code came with the password.
    CodeAsked,
}

/// A password that was checked outside the transaction.
#[derive(Clone)]
pub struct Checked {
    /// What it was checked against.
    pub against: Credentials,
    /// Whether it fits.
    pub is_right: bool,
}

/// Returns the whole seconds until an attempt is looked at, for its name and for its network;
/// nothing if it may be now.
#[must_use]
pub fn wait_s(failures: &Failures, rules: &SignInRules, at: Instant) -> Option<u32> {
    let under_name = failures
        .last_failed_at
        .and_then(|last| throttle::wait_s(failures.count, last.to_utc(), at.to_utc()))
        .map(|wait| u32::try_from(wait).unwrap_or(u32::MAX));
    under_name.max(network_wait_s(failures.network_empty_at, rules, at))
}

/// Returns the whole seconds until a failure from a network is looked at; nothing if it may be now.
#[must_use]
pub fn network_wait_s(empty_at: Option<Instant>, rules: &SignInRules, at: Instant) -> Option<u32> {
    let empty_at = empty_at.filter(|_| rules.network_failures > 0)?;
    let wait = throttle::network_wait_s(rules.network_failures, empty_at.to_utc(), at.to_utc())?;
    Some(u32::try_from(wait).unwrap_or(u32::MAX))
}

/// Counts a failure from the network of the request, in the transaction that refuses it: a secret or
/// a refresh token that nobody has. Returns the seconds to wait if it is one too many; that one is
/// not counted.
///
/// # Errors
/// [`Error::Unavailable`].
pub(crate) fn failed_from_network(
    tx: &mut Tx<'_>,
    rules: &SignInRules,
) -> Result<Option<u32>, Error> {
    let so_far = failures::network_empty_at(tx)?;
    let wait = network_wait_s(so_far, rules, tx.now());
    if wait.is_none() {
        count_from_network(tx, so_far)?;
    }
    Ok(wait)
}

fn count_from_network(tx: &mut Tx<'_>, so_far: Option<Instant>) -> Result<(), Error> {
    let empty_at = throttle::network_empty_at(so_far.map(Instant::to_utc), tx.now().to_utc());
    failures::set_network_empty_at(tx, Instant::from_utc(empty_at))
}

/// Judges a checked password in the transaction that acts on it, and counts a failure. Gives the
/// failures before a right one, which it does not forgive: that is for who knows whether more is
/// asked for.
fn judge(
    tx: &mut Tx<'_>,
    checked: &Checked,
    rules: &SignInRules,
) -> Result<Outcome<Failures>, Error> {
    let username = &checked.against.username;
    let current = credentials::credentials(tx, username)?;
    let now = tx.now();
    if let Some(wait) = wait_s(&current.failures, rules, now) {
        return Ok(Outcome::TooMany(wait));
    }
    if !checked.is_right || current.password_hash.is_none() {
        count_failure(tx, username, &current.failures)?;
        return Ok(Outcome::Wrong);
    }
    if current.password_hash != checked.against.password_hash {
        return Err(Error::Unavailable("the password changed while it was checked".into()));
    }
    Ok(Outcome::Right(current.failures))
}

/// As [`judge`], for an act of somebody who is signed in: the password is all that is asked for, and
/// what failed under the name before is forgiven. Wrong codes are not.
pub(crate) fn judge_password(
    tx: &mut Tx<'_>,
    checked: &Checked,
    rules: &SignInRules,
) -> Result<Outcome<()>, Error> {
    Ok(match judge(tx, checked, rules)? {
        Outcome::TooMany(wait) => Outcome::TooMany(wait),
        Outcome::Wrong => Outcome::Wrong,
        Outcome::Right(before) => {
            forgive(tx, &checked.against.username, &before)?;
            Outcome::Right(())
        }
    })
}

/// Forgets what failed under a name. What the network did stays counted: an attacker may have one
/// account that opens.
fn forgive(tx: &mut Tx<'_>, username: &str, before: &Failures) -> Result<(), Error> {
    if before.count > 0 { failures::set_count(tx, username, 0) } else { Ok(()) }
}

/// Counts a failure under a name and from the network of the request.
pub(crate) fn count_failure(
    tx: &mut Tx<'_>,
    username: &str,
    so_far: &Failures,
) -> Result<(), Error> {
    let now = tx.now().to_utc();
    let last = so_far.last_failed_at.map_or(now, Instant::to_utc);
    let count = throttle::failures_after(so_far.count, last, now);
    failures::set_count(tx, username, count)?;
    count_from_network(tx, so_far.network_empty_at)
}

/// Names the account in an event, if there is one. Never the name that was tried: people type
/// passwords into the wrong field.
pub(crate) fn about(event: Event, user_id: Option<&UserId>) -> Event {
    match user_id {
        Some(user_id) => event.about(user_id),
        None => event,
    }
}

/// Makes the event of an attempt that was turned away before it was looked at.
#[must_use]
pub fn too_early(action: &'static str, user_id: Option<&UserId>) -> Event {
    about(Event::named(action, Operation::Execute).refused(TOO_MANY), user_id)
}

/// What comes with a password to begin a session.
pub struct Entry<'e> {
    /// The hash of the same password with other parameters, if it was made anew.
    pub rehashed: Option<&'e str>,
    /// What shows the second factor, if anything was sent.
    pub presented: Option<&'e Presented>,
    /// The first refresh token.
    pub refresh: &'e SecretDigest,
    /// The client.
    pub client: &'e Client,
}

/// Begins a session for who signs in rightly.
///
/// # Errors
/// [`Error::Unavailable`], also when the password changed in that moment.
///
/// # Audit
/// `session.create`, success or refused; never with the name that was tried. The code of a refusal
/// tells the trail whether it was the password or the second factor, and the caller not.
pub fn sign_in(
    tx: &mut Tx<'_>,
    checked: &Checked,
    entry: &Entry<'_>,
    rules: &SignInRules,
) -> Result<Audited<Outcome<Entered>>, Error> {
    let event =
        || about(Event::named(SIGN_IN, Operation::Execute), checked.against.user_id.as_ref());
    // Asked whatever the password is worth: both cost the same.
    let factor = second_factors::active_named(tx, &checked.against.username)?;
    let before = match judge(tx, checked, rules)? {
        Outcome::TooMany(wait) => {
            return tx.record(&event().refused(TOO_MANY), Outcome::TooMany(wait));
        }
        Outcome::Wrong => return tx.record(&event().refused(WRONG), Outcome::Wrong),
        Outcome::Right(before) => before,
    };
    let user_id = checked.against.user_id.as_ref();
    let user_id = user_id.ok_or(Error::broken("a password of nobody was right"))?;
    let name = (user_id, checked.against.username.as_str());
    let shown = match show_factor(tx, name, factor.as_ref().zip(entry.presented), &before)? {
        None if factor.is_some() => {
            let asked = Outcome::Right(Entered::CodeAsked);
            return tx.record(&event().refused(CODE_ASKED), asked);
        }
        Some(Judged::TooMany(wait)) => {
            return tx.record(&event().refused(TOO_MANY), Outcome::TooMany(wait));
        }
        Some(Judged::Wrong) => {
            return tx.record(&event().refused(second_factor::WRONG), Outcome::Wrong);
        }
        Some(Judged::Right(shown)) => Some(shown),
        None => None,
    };
    forgive(tx, name.1, &before)?;
    let opened = open(tx, user_id, entry, (shown.is_some(), rules))?;
    let event = event().fields(std::iter::once("password").chain(shown));
    tx.record(&event, Outcome::Right(Entered::Opened(opened)))
}

/// Judges what shows a second factor, if there is one and something was sent. What comes for an
/// account without one is passed over.
fn show_factor(
    tx: &mut Tx<'_>,
    name: (&UserId, &str),
    factor: Option<(&Factor, &Presented)>,
    before: &Failures,
) -> Result<Option<Judged>, Error> {
    let Some((factor, presented)) = factor else {
        return Ok(None);
    };
    second_factor::judge(tx, name, (factor, presented), before).map(Some)
}

fn open(
    tx: &mut Tx<'_>,
    user_id: &UserId,
    entry: &Entry<'_>,
    (is_factor_shown, rules): (bool, &SignInRules),
) -> Result<Opened, Error> {
    let opened = Opened {
        user_id: user_id.clone(),
        session_id: tx.new_id(),
        opened_at: tx.now(),
        factor_at: is_factor_shown.then(|| tx.now()),
        expires_at: tx.now().plus_seconds(rules.refresh_absolute_s),
    };
    let client = entry.client.digest(tx);
    sessions::open(
        tx,
        &NewSession {
            id: &opened.session_id,
            user_id,
            refresh: entry.refresh,
            client: &client,
            expires_at: opened.expires_at,
            factor_at: opened.factor_at,
        },
    )?;
    if let Some(hash) = entry.rehashed {
        credentials::save_rehashed(tx, user_id, hash)?;
    }
    let actor = sessions::actor_of(tx, user_id, &opened.session_id)?;
    tx.act_as(actor);
    Ok(opened)
}

/// Lets a person choose their first password, with the secret that works once.
///
/// # Errors
/// [`Error::Unavailable`].
///
/// # Audit
/// `session.activate`, success or refused.
pub fn activate(
    tx: &mut Tx<'_>,
    username: &str,
    chosen: Option<(&SecretDigest, &str)>,
    rules: &SignInRules,
) -> Result<Audited<Outcome<()>>, Error> {
    let invited = match chosen {
        Some((secret, hash)) => {
            credentials::invited(tx, username, secret)?.map(|account| (account, hash))
        }
        None => None,
    };
    let event = Event::named(ACTIVATE, Operation::Update);
    let Some((account, hash)) = invited else {
        return match failed_from_network(tx, rules)? {
            Some(wait) => tx.record(&event.refused(TOO_MANY), Outcome::TooMany(wait)),
            None => tx.record(&event.refused(WRONG), Outcome::Wrong),
        };
    };
    let moved = account.state.step(UserAct::Activate)?;
    let choose = CredentialChange::Choose(hash);
    let change = UserMove { moved: &moved, reason: None, credential: &choose };
    accounts::save_move(tx, &account.id, account.version, change)?;
    // Who knew the secret is who acts, from here on.
    tx.act_as(Actor {
        user_id: account.id.clone(),
        organisation_id: account.organisation_id,
        session_id: None,
        grants: Vec::new(),
        open_in_emergency: Vec::new(),
    });
    let event = event.on(&account.id, account.version.saturating_add(1)).fields(["password"]);
    tx.record(&event, Outcome::Right(()))
}
