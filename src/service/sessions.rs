//! Sessions: kept alive by refresh tokens, ended by their owner, by a theft that shows, by the clock.

use chrono::TimeDelta;
use refero_domain::{
    event::{Event, Operation},
    id::SessionId,
    instant::Instant,
    policy::{EndSession, ReadSession, RevokeSession},
};
use refero_store::{
    Error,
    rows::{RowLimit, Rows},
    sessions::{self, ClientDigest, Presented, Session},
    unit::{Audited, Disclosed, Reading, Tx},
};

use crate::{
    authn::refresh::{
        self, Family, FirstUse, PresentedToken, RefreshToken, Rotation, SuccessorKey,
    },
    service::{
        accounts::SignInRules,
        sign_in::{self, Opened},
    },
};

/// The act in the trail.
pub const REFRESH: &str = "session.refresh";
/// The act in the trail: a refresh token that was used up was presented again.
pub const REUSE: &str = "session.reuse";

const NOT_AUTHENTICATED: &str = "not-authenticated";
const EXPIRED: &str = "token-expired";
const TOO_MANY: &str = "too-many-attempts";

/// What a client tells about itself. Only a keyed digest of it is kept.
#[derive(Clone, Default)]
pub struct Client {
    /// The header `User-Agent`.
    pub user_agent: String,
    /// The network, truncated.
    pub network: Option<String>,
}

impl Client {
    pub(crate) fn digest(&self, tx: &Tx<'_>) -> ClientDigest {
        sessions::client_digest(tx, &self.user_agent, self.network.as_deref())
    }

    fn is(&self, tx: &Tx<'_>, kept: &[u8]) -> bool {
        sessions::is_client(tx, kept, &self.user_agent, self.network.as_deref())
    }
}

/// How a presented refresh token came out.
#[derive(Debug)]
pub enum Refreshed {
    /// The session goes on with this token.
    Continued(Opened, RefreshToken),
    /// The session is over by the clock.
    Expired,
    /// There is no such session any more.
    Refused,
    /// It is no token of ours, one too many from this network; the next may be after so many seconds.
    TooMany(u32),
}

/// Continues a session with a token that is good for one use.
///
/// A second use ends the session at once, with everything it was given, because nobody can tell
/// which of the two who hold the token is the thief. Only the client that used it first may repeat
/// it within thirty seconds, because answers get lost on a bad line.
///
/// # Errors
/// [`Error::Unavailable`].
///
/// # Audit
/// `session.refresh`, success or refused; `session.reuse`, refused, for a second use.
pub fn refresh(
    tx: &mut Tx<'_>,
    token: Option<&RefreshToken>,
    key: &SuccessorKey,
    client: &Client,
    rules: &SignInRules,
) -> Result<Audited<Refreshed>, Error> {
    let event = Event::named(REFRESH, Operation::Execute);
    let refused = event.clone().refused(NOT_AUTHENTICATED);
    let Some(token) = token else {
        return unknown(tx, event, rules);
    };
    let Some(found) = sessions::presented(tx, &token.digest())? else {
        return unknown(tx, event, rules);
    };
    let session_id = found.session.id.clone();
    // Whoever of account and organisation is not active any more has no session either.
    match sessions::actor_of(tx, &found.user_id, &session_id) {
        Ok(actor) => tx.act_as(actor),
        Err(Error::NotAuthenticated) => {
            return tx.record(&refused.about(&session_id), Refreshed::Refused);
        }
        Err(error) => return Err(error),
    }
    let same_client = client.is(tx, &found.client);
    let client = client.digest(tx);
    let next = token.successor_stored_as(key, found.successor.as_deref());
    let continued = |next| {
        let opened = Opened {
            user_id: found.user_id.clone(),
            session_id: session_id.clone(),
            opened_at: found.session.created_at,
            factor_at: found.session.factor_at,
            expires_at: found.session.expires_at,
        };
        Refreshed::Continued(opened, next)
    };
    let event = event.about(&session_id);
    match decide(&found, &next, same_client, rules, tx.now()) {
        Rotation::Rotate => {
            sessions::rotate(tx, &session_id, &token.digest(), &next.digest(), &client)?;
            tx.record(&event, continued(next))
        }
        Rotation::ReturnSuccessor => tx.record(&event, continued(next)),
        Rotation::Expired => tx.record(&event.refused(EXPIRED), Refreshed::Expired),
        Rotation::Revoked => tx.record(&event.refused(NOT_AUTHENTICATED), Refreshed::Refused),
        Rotation::Reuse => {
            sessions::revoke(tx, &session_id)?;
            let event = Event::named(REUSE, Operation::Execute)
                .about(&session_id)
                .refused(NOT_AUTHENTICATED);
            tx.record(&event, Refreshed::Refused)
        }
    }
}

/// Refuses a token that nobody was given. It counts as a failure to sign in does, for the network.
fn unknown(
    tx: &mut Tx<'_>,
    event: Event,
    rules: &SignInRules,
) -> Result<Audited<Refreshed>, Error> {
    match sign_in::failed_from_network(tx, rules)? {
        Some(wait) => tx.record(&event.refused(TOO_MANY), Refreshed::TooMany(wait)),
        None => tx.record(&event.refused(NOT_AUTHENTICATED), Refreshed::Refused),
    }
}

fn decide(
    found: &Presented,
    next: &RefreshToken,
    same_client: bool,
    rules: &SignInRules,
    now: Instant,
) -> Rotation {
    let used = found.used_at.map(|at| FirstUse {
        at: at.to_utc(),
        successor_known: found.successor.as_deref() == Some(&next.digest()[..]),
        successor_used: found.successor_used,
        same_client,
    });
    let token = PresentedToken { issued_at: found.issued_at.to_utc(), used };
    let family = Family {
        revoked: found.session.revoked_at.is_some(),
        expires_at: found.session.expires_at.to_utc(),
        idle: TimeDelta::try_seconds(rules.refresh_idle_s).unwrap_or(TimeDelta::zero()),
    };
    refresh::decide(&token, &family, now.to_utc())
}

/// Ends the session that the caller acts in.
///
/// # Errors
/// [`Error::NotAuthenticated`].
///
/// # Audit
/// `session.end`.
pub fn end(tx: &mut Tx<'_>) -> Result<Audited<()>, Error> {
    let id = tx.actor()?.session_id.clone().ok_or(Error::NotAuthenticated)?;
    let permit = sessions::fetch_own::<EndSession>(tx, &id)?;
    sessions::revoke(tx, &id)?;
    tx.record(&Event::under(Operation::Update, &permit).about(&id), ())
}

/// Lists the caller's own live sessions.
///
/// # Errors
/// [`Error::Unavailable`].
///
/// # Audit
/// `session.read`, with the ids that were shown.
pub fn list<T>(
    reading: &mut Reading<'_>,
    rules: &SignInRules,
    after: Option<&(Instant, SessionId)>,
    limit: RowLimit,
    show: impl Fn(&Reading<'_>, &Session) -> Result<T, Error>,
) -> Result<Disclosed<Rows<T>>, Error> {
    let found = sessions::own(reading, rules.refresh_idle_s, after, limit)?;
    let shown = found.iter().map(|session| &session.id);
    let event = Event::of::<ReadSession>(Operation::Read).showing(shown);
    let views = found.try_map(|session| show(reading, &session))?;
    Ok(reading.disclose(event, views))
}

/// Ends one of the caller's own sessions: the telephone that was left on the bus.
///
/// # Errors
/// [`refero_domain::refusal::Refusal::NotFound`] if the caller has no such session.
///
/// # Audit
/// `session.revoke`.
pub fn revoke(tx: &mut Tx<'_>, id: &SessionId) -> Result<Audited<()>, Error> {
    let permit = sessions::fetch_own::<RevokeSession>(tx, id)?;
    sessions::revoke(tx, id)?;
    tx.record(&Event::under(Operation::Update, &permit).about(id), ())
}
