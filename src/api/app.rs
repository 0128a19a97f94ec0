//! What the edge shares between requests: the database behind a private field, keys, clock, profile.

use std::{
    net::IpAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use chrono::{DateTime, Utc};
use refero_domain::{instant::Instant, profile::CountryProfile, second_factor::FactorRules};
use refero_store::{
    Db, Entropy,
    gauges::Gauges,
    log::{LogSigner, LogSigning},
    refusals::Recorder,
    with_causes,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use zeroize::Zeroizing;

use crate::{
    api::{metrics::Metrics, page::CursorKey},
    authn::{password::HashingPool, token::Tokens},
    service::accounts::SignInRules,
};

/// Tells the time. The system's, or one that a test or a demonstration sets.
#[derive(Clone)]
pub struct Clock(Option<Arc<Mutex<Instant>>>);

impl Clock {
    /// The system's clock.
    #[must_use]
    pub const fn system() -> Self {
        Self(None)
    }

    /// A clock that stands until it is moved.
    #[must_use]
    pub fn standing_at(at: Instant) -> Self {
        Self(Some(Arc::new(Mutex::new(at))))
    }

    /// Moves a standing clock; the system's does not move.
    pub fn advance(&self, seconds: i64) {
        if let Some(at) = &self.0 {
            let mut at = at.lock().unwrap_or_else(PoisonError::into_inner);
            *at = at.plus_seconds(seconds);
        }
    }

    /// Returns the present moment.
    #[must_use]
    pub fn now(&self) -> Instant {
        match &self.0 {
            None => Instant::from_utc(Utc::now()),
            Some(at) => *at.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }
}

/// The parts of an [`App`], named.
pub struct Parts {
    /// The database.
    pub db: Db,
    /// Tells the time.
    pub clock: Clock,
    /// Signs and verifies access tokens.
    pub tokens: Tokens,
    /// Signs exports of the trail, as the heads of its log.
    pub log: Box<LogSigning>,
    /// Hashes passwords, a few at a time.
    pub hashing: HashingPool,
    /// How long sessions, tokens and secrets live.
    pub sign_in: SignInRules,
    /// What is asked of second factors.
    pub second_factor: FactorRules,
    /// The country's rules.
    pub profile: Arc<CountryProfile>,
    /// Whether `/docs` is served.
    pub docs_enabled: bool,
    /// Records who was turned away at the door.
    pub refusals: Recorder,
    /// Whether the peer is a proxy whose `X-Forwarded-For` may be believed.
    pub trust_forwarded_for: bool,
    /// Says when the last backup was made, if backups are set up here.
    pub last_backup: Option<Box<LastBackup>>,
}

/// Says when the last backup was made; nothing if there is none or nobody can tell.
pub type LastBackup = dyn Fn() -> Option<DateTime<Utc>> + Send + Sync;

/// Secrets for one purpose: the one that is used now, and those of earlier deployment keys, with
/// which something may still have been made.
pub struct Derived {
    /// Of the current key.
    pub current: Zeroizing<[u8; 32]>,
    /// Of the others that are held.
    pub former: Vec<Zeroizing<[u8; 32]>>,
}

/// The application as handlers share it. The database is private: a handler has it only through
/// [`Caller`](crate::api::caller::Caller).
pub struct App {
    parts: Parts,
    verifying: Arc<Semaphore>,
    leaving: AtomicBool,
    metrics: Metrics,
}

impl App {
    /// Takes the parts together.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let verifying = Arc::new(Semaphore::new(1));
        Self { parts, verifying, leaving: AtomicBool::new(false), metrics: Metrics::default() }
    }

    /// Waits until nobody else lets the log be verified, which takes a whole processor.
    pub async fn turn_to_verify(&self) -> Option<OwnedSemaphorePermit> {
        // The semaphore is never closed.
        Arc::clone(&self.verifying).acquire_owned().await.ok()
    }

    /// Says from now on that no new work should be sent here; what has begun goes on.
    pub fn leave(&self) {
        self.leaving.store(true, Ordering::Relaxed);
    }

    /// Says whether the server was told to stop.
    #[must_use]
    pub fn is_leaving(&self) -> bool {
        self.leaving.load(Ordering::Relaxed)
    }

    pub(in crate::api) const fn db(&self) -> &Db {
        &self.parts.db
    }

    pub(in crate::api) const fn refusals(&self) -> &Recorder {
        &self.parts.refusals
    }

    /// Returns what this process has counted.
    #[must_use]
    pub const fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Writes down what this process has counted, and what waits now.
    ///
    /// # Errors
    /// Fails if the text cannot be written; not if the database does not answer, which it says.
    pub fn metrics_text(&self) -> Result<String, std::fmt::Error> {
        let gauges = Gauges::read(&self.parts.db, self.now()).inspect_err(|error| {
            tracing::warn!(error = with_causes(error), "what waits could not be counted");
        });
        let last_backup = self.parts.last_backup.as_ref().and_then(|last| last());
        let age_s = last_backup.map(|at| self.now().seconds_since(Instant::from_utc(at)).max(0));
        self.metrics.write(gauges.ok().as_ref(), age_s)
    }

    /// Waits until everybody who was turned away so far is in the trail.
    pub fn settle(&self) {
        self.parts.refusals.settle();
    }

    /// Returns the present moment.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.parts.clock.now()
    }

    /// Returns the source of randomness.
    #[must_use]
    pub fn entropy(&self) -> &Entropy {
        self.parts.db.entropy()
    }

    /// Derives the secrets of this deployment for one purpose, as its keys are now.
    #[must_use]
    pub fn derive(&self, purpose: &'static str) -> Derived {
        let keys = self.parts.db.keys();
        let current = keys.current().derive(purpose);
        let former = keys.held().skip(1).map(|(_, key)| key.derive(purpose)).collect();
        Derived { current, former }
    }

    /// Returns who signs in the name of the log.
    ///
    /// # Errors
    /// [`refero_store::Error::Broken`] if the log has no signer.
    pub fn log(&self) -> refero_store::Result<LogSigner> {
        (self.parts.log)(&self.parts.db.keys())
    }

    /// Returns the key of the access tokens.
    #[must_use]
    pub const fn tokens(&self) -> &Tokens {
        &self.parts.tokens
    }

    /// Returns the key of the cursors.
    #[must_use]
    pub fn cursors(&self) -> CursorKey {
        let Derived { current, former } = self.derive("cursor");
        former.iter().fold(CursorKey::new(*current), |key, former| key.accepting(**former))
    }

    /// Returns the pool in which passwords are hashed.
    #[must_use]
    pub const fn hashing(&self) -> &HashingPool {
        &self.parts.hashing
    }

    /// Returns how long sessions, tokens and secrets live.
    #[must_use]
    pub const fn sign_in(&self) -> &SignInRules {
        &self.parts.sign_in
    }

    /// Returns what is asked of second factors.
    #[must_use]
    pub const fn second_factor(&self) -> &FactorRules {
        &self.parts.second_factor
    }

    /// Returns the country's rules.
    #[must_use]
    pub const fn profile(&self) -> &Arc<CountryProfile> {
        &self.parts.profile
    }

    /// Says whether `/docs` is served.
    #[must_use]
    pub const fn docs_enabled(&self) -> bool {
        self.parts.docs_enabled
    }

    /// Returns the network that a request came from, cut to /24 or /48: enough to see a stranger,
    /// too little to find a person.
    #[must_use]
    pub fn network_of(&self, request: &actix_web::HttpRequest) -> Option<String> {
        let peer = request.peer_addr().map(|peer| peer.ip());
        // The proxy adds its own word last: in the last of several headers, if it adds a header.
        let forwarded = || {
            let header = request.headers().get_all("x-forwarded-for").last()?.to_str().ok()?;
            header.rsplit(',').next()?.trim().parse().ok()
        };
        let address = if self.parts.trust_forwarded_for { forwarded().or(peer) } else { peer };
        address.map(truncated)
    }
}

fn truncated(address: IpAddr) -> String {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        IpAddr::V6(v6) => {
            let [a, b, c, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}::/48")
        }
    }
}
