//! Signing in: what is checked, what is counted, what is told.
//!
//! Whoever tries names learns nothing. A name that belongs to nobody, an account that is disabled or
//! not activated yet, and a wrong password cost the same work and get the same answer. Failures
//! are counted by a keyed digest of the name, whether an account has it or not, so that the pause
//! after a failure (429) tells nothing either. Failures from one network are counted too, so that one
//! password cannot be tried under many names. The counts are in the database, so that several servers
//! count together, and they are forgotten after two days.
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
    policy::ChangePassword,
};
use refero_store::{
    Error,
    accounts::{self, CredentialChange, UserMove},
    credentials::{self, Credentials, SecretDigest},
    failures::{self, Failures},
    sessions::{self, NewSession},
    unit::{Audited, Tx},
};

use crate::{
    authn::throttle,
    service::{accounts::SignInRules, sessions::Client},
};

/// The act in the trail.
pub const SIGN_IN: &str = "session.create";
/// The act in the trail.
pub const ACTIVATE: &str = "session.activate";

const WRONG: &str = "invalid-credentials";
const TOO_MANY: &str = "too-many-attempts";
const UNFIT: &str = "password-refused";

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
    /// When it ends in any case.
    pub expires_at: Instant,
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

/// Judges a checked password in the transaction that acts on it, and counts a failure.
fn judge(tx: &mut Tx<'_>, checked: &Checked, rules: &SignInRules) -> Result<Outcome<()>, Error> {
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
    // What the network did stays counted: an attacker may have one account that opens.
    if current.failures.count > 0 {
        failures::set_count(tx, username, 0)?;
    }
    Ok(Outcome::Right(()))
}

fn count_failure(tx: &mut Tx<'_>, username: &str, so_far: &Failures) -> Result<(), Error> {
    let now = tx.now().to_utc();
    let last = so_far.last_failed_at.map_or(now, Instant::to_utc);
    let count = throttle::failures_after(so_far.count, last, now);
    failures::set_count(tx, username, count)?;
    count_from_network(tx, so_far.network_empty_at)
}

/// Names the account in an event, if there is one. Never the name that was tried: people type
/// passwords into the wrong field.
fn about(event: Event, user_id: Option<&UserId>) -> Event {
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

/// Begins a session for who signs in rightly.
///
/// # Errors
/// [`Error::Unavailable`], also when the password changed in that moment.
///
/// # Audit
/// `session.create`, success or refused; never with the name that was tried.
pub fn sign_in(
    tx: &mut Tx<'_>,
    checked: &Checked,
    rehashed: Option<&str>,
    refresh: &SecretDigest,
    client: &Client,
    rules: &SignInRules,
) -> Result<Audited<Outcome<Opened>>, Error> {
    let event = Event::named(SIGN_IN, Operation::Execute);
    let known = checked.against.user_id.as_ref();
    match judge(tx, checked, rules)? {
        Outcome::TooMany(wait) => {
            tx.record(&about(event.refused(TOO_MANY), known), Outcome::TooMany(wait))
        }
        Outcome::Wrong => tx.record(&about(event.refused(WRONG), known), Outcome::Wrong),
        Outcome::Right(()) => {
            let user_id = known.ok_or(Error::broken("a password of nobody was right"))?;
            let opened = Opened {
                user_id: user_id.clone(),
                session_id: tx.new_id(),
                opened_at: tx.now(),
                expires_at: tx.now().plus_seconds(rules.refresh_absolute_s),
            };
            let digest = client.digest(tx);
            sessions::open(
                tx,
                &NewSession {
                    id: &opened.session_id,
                    user_id,
                    refresh,
                    client: &digest,
                    expires_at: opened.expires_at,
                },
            )?;
            if let Some(hash) = rehashed {
                credentials::save_rehashed(tx, user_id, hash)?;
            }
            let actor = sessions::actor_of(tx, user_id, &opened.session_id)?;
            tx.act_as(actor);
            tx.record(&about(event, known), Outcome::Right(opened))
        }
    }
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
    });
    let event = event.on(&account.id, account.version.saturating_add(1)).fields(["password"]);
    tx.record(&event, Outcome::Right(()))
}

/// The password that shall be.
#[derive(Clone, Copy)]
pub enum Successor<'s> {
    /// Its hash.
    Hash(&'s str),
    /// None: it breaks the rule, or nobody looked at it because the present one was wrong.
    Unfit,
}

/// Changes the caller's own password and ends their other sessions.
///
/// Who knows the present password and chooses one that breaks the rule has shown that they know it:
/// that is recorded too.
/// # Errors
/// [`refero_domain::refusal::Refusal::Stale`] if the account changed since the caller saw it.
///
/// # Audit
/// `me.change-password`, success or refused.
pub fn change_password(
    tx: &mut Tx<'_>,
    checked: &Checked,
    successor: Successor<'_>,
    expected: Option<i64>,
    rules: &SignInRules,
) -> Result<Audited<Outcome<()>>, Error> {
    let permit = accounts::fetch_own::<ChangePassword>(tx)?;
    let user = &permit.row().user;
    permit.row().expect_version(expected)?;
    let event = Event::under(Operation::Update, &permit);
    match (judge(tx, checked, rules)?, successor) {
        (Outcome::TooMany(wait), _) => {
            tx.record(&about(event.refused(TOO_MANY), Some(&user.id)), Outcome::TooMany(wait))
        }
        (Outcome::Wrong, _) => {
            tx.record(&about(event.refused(WRONG), Some(&user.id)), Outcome::Wrong)
        }
        (Outcome::Right(()), Successor::Unfit) => {
            tx.record(&about(event.refused(UNFIT), Some(&user.id)), Outcome::Right(()))
        }
        (Outcome::Right(()), Successor::Hash(hash)) => {
            credentials::save_password(tx, user, hash)?;
            let here = tx.actor()?.session_id.clone();
            sessions::revoke_all(tx, &user.id, here.as_ref())?;
            let event = event.on(&user.id, user.version.saturating_add(1)).fields(["password"]);
            tx.record(&event, Outcome::Right(()))
        }
    }
}
