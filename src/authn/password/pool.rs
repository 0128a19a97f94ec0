//! Keeps the flood of sign-ins from taking all memory and all processors.

use std::sync::Arc;

use rand::CryptoRng;
use tokio::sync::{Semaphore, TryAcquireError};
use zeroize::Zeroizing;

use super::{HashError, Hasher, Verdict, salt};

/// Reports a hash that was not begun or not ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PoolError {
    /// All places to compute and to wait are taken; the caller says 503 and when to come back.
    #[error("too many sign-ins at the moment")]
    Busy,
    /// The service is being stopped.
    #[error("the service is stopping")]
    Stopped,
    /// The hash failed.
    #[error(transparent)]
    Hash(#[from] HashError),
}

/// Computes a few hashes at a time, lets a few more wait, and refuses the rest at once.
///
/// A hash takes 19 MiB and a processor for a moment. Without a bound, a thousand bogus sign-ins
/// take all memory; with a bound and an endless queue, they take everybody's patience.
#[derive(Debug, Clone)]
pub struct HashingPool {
    hasher: Arc<Hasher>,
    /// One permit for each place, to compute or to wait.
    places: Arc<Semaphore>,
    /// One permit for each place to compute.
    running: Arc<Semaphore>,
}

impl HashingPool {
    /// Makes a pool with places to compute (at least one) and places to wait.
    #[must_use]
    pub fn new(hasher: Hasher, concurrency: usize, queue: usize) -> Self {
        let concurrency = concurrency.clamp(1, Semaphore::MAX_PERMITS);
        let places = concurrency.saturating_add(queue).min(Semaphore::MAX_PERMITS);
        Self {
            hasher: Arc::new(hasher),
            places: Arc::new(Semaphore::new(places)),
            running: Arc::new(Semaphore::new(concurrency)),
        }
    }

    /// The hasher behind the pool, for its rule and its parameters.
    #[must_use]
    pub fn hasher(&self) -> &Hasher {
        &self.hasher
    }

    /// Hashes a new password into a PHC string.
    ///
    /// # Errors
    /// [`PoolError::Busy`] at once when all places are taken.
    pub async fn hash(
        &self,
        password: Zeroizing<String>,
        rng: &mut impl CryptoRng,
    ) -> Result<String, PoolError> {
        let salt = salt(rng);
        let hash = self.run(move |hasher| hasher.hash_with(&password, &salt)).await?;
        Ok(hash?)
    }

    /// Checks a candidate as [`Hasher::verify_or_dummy`] does.
    ///
    /// # Errors
    /// [`PoolError::Busy`] at once when all places are taken.
    pub async fn verify_or_dummy(
        &self,
        stored: Option<String>,
        candidate: Zeroizing<String>,
    ) -> Result<Verdict, PoolError> {
        self.run(move |hasher| hasher.verify_or_dummy(stored.as_deref(), &candidate)).await
    }

    /// Waits for a place and computes there.
    ///
    /// The permits go with the work, not with the request: a client that hangs up does not free a
    /// place while its hash is still being computed.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Hasher) -> T + Send + 'static,
    ) -> Result<T, PoolError> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|error| match error {
            TryAcquireError::NoPermits => PoolError::Busy,
            TryAcquireError::Closed => PoolError::Stopped,
        })?;
        let turn =
            Arc::clone(&self.running).acquire_owned().await.map_err(|_| PoolError::Stopped)?;
        let hasher = Arc::clone(&self.hasher);
        let computed = tokio::task::spawn_blocking(move || {
            let _held = (place, turn);
            work(&hasher)
        });
        computed.await.map_err(|_| PoolError::Stopped)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::super::{HashCost, PasswordPolicy};
    use super::*;

    fn pool(concurrency: usize, queue: usize) -> HashingPool {
        let policy = PasswordPolicy { min_chars: 15, max_bytes: 128 };
        let cost = HashCost { memory_kib: 8, iterations: 1, parallelism: 1 };
        let hasher = Hasher::new(policy, cost, &mut StdRng::seed_from_u64(1)).unwrap();
        HashingPool::new(hasher, concurrency, queue)
    }

    fn password() -> Zeroizing<String> {
        Zeroizing::new("mango tree by the river".to_owned())
    }

    #[tokio::test]
    async fn a_hash_of_the_pool_is_checked_by_the_pool() {
        let pool = pool(1, 1);
        let hash = pool.hash(password(), &mut StdRng::seed_from_u64(2)).await.unwrap();

        let right = pool.verify_or_dummy(Some(hash), password()).await;
        assert_eq!(right, Ok(Verdict::Match { rehash_needed: false }));
        assert_eq!(pool.verify_or_dummy(None, password()).await, Ok(Verdict::NoMatch));
    }

    #[tokio::test]
    async fn when_all_places_are_taken_the_next_is_refused_at_once() {
        let pool = pool(1, 2);
        let (open, gate) = mpsc::channel::<()>();
        let slow = tokio::spawn({
            let pool = pool.clone();
            async move { pool.run(move |_| gate.recv().is_ok()).await }
        });
        let waiting: Vec<_> = (0..2)
            .map(|_| {
                let pool = pool.clone();
                tokio::spawn(async move { pool.verify_or_dummy(None, password()).await })
            })
            .collect();
        while pool.places.available_permits() > 0 {
            tokio::task::yield_now().await;
        }

        assert_eq!(pool.verify_or_dummy(None, password()).await, Err(PoolError::Busy));
        open.send(()).unwrap();
        assert_eq!(slow.await.unwrap(), Ok(true));
        for waiter in waiting {
            assert_eq!(waiter.await.unwrap(), Ok(Verdict::NoMatch));
        }
        assert_eq!(pool.verify_or_dummy(None, password()).await, Ok(Verdict::NoMatch));
        assert_eq!(pool.places.available_permits(), 3);
    }

    #[tokio::test]
    async fn a_client_that_hangs_up_keeps_its_place_until_its_hash_is_done() {
        let pool = pool(1, 0);
        let (open, gate) = mpsc::channel::<()>();
        let request = tokio::spawn({
            let pool = pool.clone();
            async move { pool.run(move |_| gate.recv().is_ok()).await }
        });
        while pool.running.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        request.abort();
        assert!(request.await.unwrap_err().is_cancelled());

        assert_eq!(pool.verify_or_dummy(None, password()).await, Err(PoolError::Busy));
        open.send(()).unwrap();
        while pool.places.available_permits() == 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(pool.verify_or_dummy(None, password()).await, Ok(Verdict::NoMatch));
    }

    #[tokio::test]
    async fn a_client_that_hangs_up_while_it_waits_gives_its_place_back() {
        let pool = pool(1, 1);
        let (open, gate) = mpsc::channel::<()>();
        let slow = tokio::spawn({
            let pool = pool.clone();
            async move { pool.run(move |_| gate.recv().is_ok()).await }
        });
        while pool.running.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let waiting = tokio::spawn({
            let pool = pool.clone();
            async move { pool.verify_or_dummy(None, password()).await }
        });
        while pool.places.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        waiting.abort();
        let _ = waiting.await;

        assert_eq!(pool.places.available_permits(), 1);
        open.send(()).unwrap();
        assert_eq!(slow.await.unwrap(), Ok(true));
    }
}
