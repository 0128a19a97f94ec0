//! Randomness as a parameter: from the operating system, or from a seed for demonstrations.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rand::{RngExt, SeedableRng, rngs::StdRng};
use refero_domain::id::{Id, Kind};

/// A cryptographic generator that everything random in the house comes from.
#[derive(Clone)]
pub struct Entropy {
    rng: Arc<Mutex<StdRng>>,
}

impl Entropy {
    /// Seeds the generator from the operating system.
    #[must_use]
    pub fn system() -> Self {
        Self::of(rand::make_rng())
    }

    /// Seeds the generator with a number: the same ids and nonces every time. Demonstrations only.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self::of(StdRng::seed_from_u64(seed))
    }

    fn of(rng: StdRng) -> Self {
        Self { rng: Arc::new(Mutex::new(rng)) }
    }

    /// Locks the generator for use.
    pub fn rng(&self) -> MutexGuard<'_, StdRng> {
        // A panic elsewhere leaves the generator in a good state.
        self.rng.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes a new identifier.
    #[must_use]
    pub fn id<K: Kind>(&self) -> Id<K> {
        Id::from_random_bytes(self.rng().random())
    }

    /// Returns a number below `bound`.
    #[must_use]
    pub fn below(&self, bound: u32) -> u32 {
        self.rng().random_range(0..bound.max(1))
    }
}
