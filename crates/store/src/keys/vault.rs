//! The deployment keys that this process holds, and how it comes by new ones without a restart.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::{Duration, Instant},
};

use super::{AllNoted, current};
use crate::{
    error::{Error, Result},
    sealing::{DeploymentKey, KeyRing, SealingError},
};

/// A failure to read the keys from where they are kept.
pub type SourceError = Box<dyn std::error::Error + Send + Sync>;

/// Reads all keys from where they are kept.
type Source = dyn Fn() -> Result<BTreeMap<u32, DeploymentKey>, SourceError> + Send + Sync;

/// How long a key that was not found is not looked for again.
const REST: Duration = Duration::from_secs(2);

/// Holds the keys of this process. Cheap to clone; all clones change together.
#[derive(Clone)]
pub struct Vault {
    inner: Arc<Inner>,
}

struct Inner {
    ring: RwLock<Arc<KeyRing>>,
    /// Nothing for keys that never change: of one command, of a test.
    source: Option<Box<Source>>,
    /// When the source was last read in vain.
    missed: Mutex<Option<Instant>>,
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Vault").field(&self.ring()).finish()
    }
}

impl From<KeyRing> for Vault {
    fn from(ring: KeyRing) -> Self {
        Self::of(ring, None)
    }
}

impl Vault {
    /// Begins with these keys, and reads them again from their source when the database asks for one
    /// that is not among them.
    pub fn renewable(
        ring: KeyRing,
        source: impl Fn() -> Result<BTreeMap<u32, DeploymentKey>, SourceError> + Send + Sync + 'static,
    ) -> Self {
        Self::of(ring, Some(Box::new(source)))
    }

    fn of(ring: KeyRing, source: Option<Box<Source>>) -> Self {
        let ring = RwLock::new(Arc::new(ring));
        Self { inner: Arc::new(Inner { ring, source, missed: Mutex::new(None) }) }
    }

    /// Returns the keys as they are now.
    #[must_use]
    pub fn ring(&self) -> Arc<KeyRing> {
        Arc::clone(&self.inner.ring.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Makes the ring what the database asks for, of keys that are held.
    ///
    /// Keys of retired epochs are dropped: nothing is to be sealed or opened with them. Keys that the
    /// database does not know yet are kept for when it does.
    pub(super) fn fit(&self, noted: &AllNoted) -> Result<(), SealingError> {
        let fitting = fitting(self.ring().shared(), noted)?;
        *self.inner.ring.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(fitting);
        Ok(())
    }

    /// Returns the ring that the database asks for, after reading the source again if need be.
    ///
    /// # Errors
    /// [`Error::Unavailable`] while a key is missing: it may have been given to this server by the
    /// time of the next attempt. [`Error::Broken`] if one is wrong.
    pub(crate) fn renewed(&self, noted: &AllNoted) -> Result<Arc<KeyRing>> {
        if self.suits(noted) {
            return Ok(self.ring());
        }
        match self.fit(noted) {
            Err(missing @ SealingError::MissingEpoch { .. }) => self.read_again(noted, missing)?,
            other => other.map_err(unfit)?,
        }
        Ok(self.ring())
    }

    fn suits(&self, noted: &AllNoted) -> bool {
        let ring = self.ring();
        Some(ring.current_epoch()) == current(noted)
            && noted.iter().all(|(&epoch, noted)| match ring.verify(epoch, &noted.check_value) {
                Ok(()) => noted.retired_at.is_none(),
                Err(_) => noted.retired_at.is_some() && ring.key(epoch).is_err(),
            })
    }

    fn read_again(&self, noted: &AllNoted, missing: SealingError) -> Result<()> {
        let Some(source) = &self.inner.source else {
            return Err(Error::Unavailable(missing.into()));
        };
        let mut missed = self.inner.missed.lock().unwrap_or_else(PoisonError::into_inner);
        if missed.is_some_and(|at| at.elapsed() < REST) {
            return Err(Error::Unavailable(missing.into()));
        }
        let held = source().map_err(Error::Unavailable).and_then(|held| {
            let held = held.into_iter().map(|(epoch, key)| (epoch, Arc::new(key))).collect();
            fitting(held, noted).map_err(unfit)
        });
        match held {
            Ok(ring) => {
                *missed = None;
                *self.inner.ring.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(ring);
                Ok(())
            }
            Err(error) => {
                *missed = Some(Instant::now());
                Err(error)
            }
        }
    }
}

/// A key that is missing may come; one that is wrong stays wrong.
fn unfit(error: SealingError) -> Error {
    match error {
        SealingError::MissingEpoch { .. } => Error::Unavailable(error.into()),
        other => Error::broken_by(super::UNFIT, other),
    }
}

fn fitting(
    mut held: BTreeMap<u32, Arc<DeploymentKey>>,
    noted: &AllNoted,
) -> Result<KeyRing, SealingError> {
    let epoch = current(noted).unwrap_or_default();
    for (&epoch, noted) in noted {
        if noted.retired_at.is_some() {
            held.remove(&epoch);
        }
    }
    let ring = KeyRing::of(held, epoch)?;
    for (&epoch, noted) in noted.iter().filter(|(_, noted)| noted.retired_at.is_none()) {
        ring.verify(epoch, &noted.check_value)?;
    }
    Ok(ring)
}
