//! The keys of all epochs that are still needed.

use std::{collections::BTreeMap, sync::Arc};

use super::deployment::DeploymentKey;
use super::error::SealingError;

/// Holds the deployment keys by epoch, and knows which one new keys are wrapped with.
///
/// A rotation adds an epoch, rewraps every person's key, and destroys the old one: from then on
/// older backups hold nothing that can be opened for a person who was erased.
#[derive(Debug)]
pub struct KeyRing {
    current_epoch: u32,
    current_key: Arc<DeploymentKey>,
    others: BTreeMap<u32, Arc<DeploymentKey>>,
}

impl KeyRing {
    /// Makes a ring of one epoch.
    #[must_use]
    pub fn single(epoch: u32, key: DeploymentKey) -> Self {
        Self { current_epoch: epoch, current_key: Arc::new(key), others: BTreeMap::new() }
    }

    /// Makes a ring of several epochs.
    ///
    /// # Errors
    /// [`SealingError::MissingEpoch`] without a key for the current epoch, and
    /// [`SealingError::RepeatedKey`] when two epochs hold the same key.
    pub fn new(epochs: BTreeMap<u32, DeploymentKey>, current: u32) -> Result<Self, SealingError> {
        Self::of(epochs.into_iter().map(|(epoch, key)| (epoch, Arc::new(key))).collect(), current)
    }

    /// Makes a ring of keys that are held already, as [`Self::new`] does.
    pub(crate) fn of(
        mut epochs: BTreeMap<u32, Arc<DeploymentKey>>,
        current: u32,
    ) -> Result<Self, SealingError> {
        let current_key =
            epochs.remove(&current).ok_or(SealingError::MissingEpoch { epoch: current })?;
        let mut seen = vec![current_key.check_value()];
        for (&epoch, key) in &epochs {
            let value = key.check_value();
            if seen.contains(&value) {
                return Err(SealingError::RepeatedKey { epoch });
            }
            seen.push(value);
        }
        Ok(Self { current_epoch: current, current_key, others: epochs })
    }

    /// Returns the epoch that new keys are wrapped with.
    #[must_use]
    pub fn current_epoch(&self) -> u32 {
        self.current_epoch
    }

    /// Returns the key of the current epoch.
    #[must_use]
    pub fn current(&self) -> &DeploymentKey {
        &self.current_key
    }

    /// Returns every key with its epoch: the current one first, then from new to old.
    ///
    /// What a former epoch has signed or digested is found by trying all of them.
    pub fn held(&self) -> impl Iterator<Item = (u32, &DeploymentKey)> {
        let others = self.others.iter().rev().map(|(&epoch, key)| (epoch, key.as_ref()));
        std::iter::once((self.current_epoch, self.current_key.as_ref())).chain(others)
    }

    /// Returns the keys with their epochs, to make another ring of.
    pub(crate) fn shared(&self) -> BTreeMap<u32, Arc<DeploymentKey>> {
        let mut all = self.others.clone();
        all.insert(self.current_epoch, Arc::clone(&self.current_key));
        all
    }

    /// Returns the key of an epoch.
    ///
    /// # Errors
    /// [`SealingError::MissingEpoch`] when the ring does not hold it.
    pub fn key(&self, epoch: u32) -> Result<&DeploymentKey, SealingError> {
        if epoch == self.current_epoch {
            return Ok(&self.current_key);
        }
        self.others.get(&epoch).map(Arc::as_ref).ok_or(SealingError::MissingEpoch { epoch })
    }

    /// Compares the check value that the database holds for an epoch with the key that is held.
    ///
    /// Every stored epoch is checked at start, before the first request: a wrong key is refused
    /// by the number of its epoch instead of failing name by name later.
    ///
    /// # Errors
    /// [`SealingError::MissingEpoch`] or [`SealingError::WrongKey`].
    pub fn verify(&self, epoch: u32, stored_check_value: &[u8]) -> Result<(), SealingError> {
        // Check values are not secret, the database holds them: no constant time is needed.
        if self.key(epoch)?.check_value().as_slice() == stored_check_value {
            Ok(())
        } else {
            Err(SealingError::WrongKey { epoch })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> DeploymentKey {
        DeploymentKey::generate(&mut rand::rng())
    }

    fn copy(key: &DeploymentKey) -> DeploymentKey {
        DeploymentKey::from_base64(&key.to_base64()).unwrap()
    }

    #[test]
    fn the_right_key_passes_its_check() {
        let key = key();
        let stored = key.check_value();

        assert_eq!(KeyRing::single(1, key).verify(1, &stored), Ok(()));
    }

    #[test]
    fn a_wrong_key_is_refused_by_its_epoch() {
        let stored = key().check_value();
        let ring = KeyRing::new(BTreeMap::from([(1, key()), (2, key())]), 2).unwrap();
        let refused = ring.verify(1, &stored).unwrap_err();

        assert_eq!(refused, SealingError::WrongKey { epoch: 1 });
        assert!(refused.to_string().contains("epoch 1"));
        assert_eq!(ring.verify(3, &stored), Err(SealingError::MissingEpoch { epoch: 3 }));
    }

    #[test]
    fn a_damaged_check_value_is_refused() {
        let key = key();
        let stored = key.check_value();
        let ring = KeyRing::single(1, key);
        for bad in [&[][..], &stored[..31], &[stored.as_slice(), &[0]].concat()] {
            assert_eq!(ring.verify(1, bad), Err(SealingError::WrongKey { epoch: 1 }));
        }
    }

    #[test]
    fn a_ring_without_its_current_epoch_is_refused() {
        let refused = KeyRing::new(BTreeMap::from([(1, key())]), 2).unwrap_err();

        assert_eq!(refused, SealingError::MissingEpoch { epoch: 2 });
    }

    #[test]
    fn one_key_cannot_serve_two_epochs() {
        let key = key();
        let epochs = BTreeMap::from([(1, copy(&key)), (2, key)]);

        assert_eq!(KeyRing::new(epochs, 2).unwrap_err(), SealingError::RepeatedKey { epoch: 1 });
    }

    #[test]
    fn the_current_key_comes_first_and_then_the_newest() {
        let epochs = BTreeMap::from([(1, key()), (2, key()), (3, key())]);
        let ring = KeyRing::new(epochs, 2).unwrap();

        assert_eq!(ring.held().map(|(epoch, _)| epoch).collect::<Vec<_>>(), [2, 3, 1]);
    }

    #[test]
    fn debug_prints_no_key() {
        let key = key();
        let text = key.to_base64();
        let printed = format!("{:?}", KeyRing::single(1, key));

        assert!(!printed.contains(&text));
        assert!(printed.contains("current_key: DeploymentKey,"));
    }
}
