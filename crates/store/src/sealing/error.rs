//! Why a value could not be sealed or opened.

/// Says why sealing or opening failed, in fixed sentences that hold neither keys nor values.
///
/// A caller never turns one of these into an empty value: an empty name that is saved again would
/// destroy the real one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealingError {
    /// The text of a deployment key is not base64 of 32 bytes.
    #[error("a deployment key is 32 random bytes written in base64")]
    MalformedKey,
    /// The bytes are a pattern, an example or a pass phrase, not a random key.
    #[error("the deployment key is not random: generate one instead of choosing it")]
    WeakKey,
    /// The key offered for an epoch is not the key that the database was sealed with.
    #[error("the deployment key of epoch {epoch} is not the one this database was sealed with")]
    WrongKey {
        /// The epoch whose key is wrong.
        epoch: u32,
    },
    /// No key is held for an epoch that is asked for.
    #[error("the deployment key of epoch {epoch} is missing")]
    MissingEpoch {
        /// The epoch without a key.
        epoch: u32,
    },
    /// Two epochs hold the same key, so rotating would destroy nothing.
    #[error("the deployment key of epoch {epoch} is already the key of another epoch")]
    RepeatedKey {
        /// The epoch that repeats a key.
        epoch: u32,
    },
    /// The row or the person is an empty text, so the value would be bound to nothing.
    #[error("a sealed value needs the row and the person it belongs to")]
    MissingContext,
    /// The value is longer than the cipher allows.
    #[error("the value is too long to be sealed")]
    TooLong,
    /// The value cannot be written as JSON.
    #[error("the value could not be written for sealing")]
    Unwritable,
    /// The first byte names a format that this program does not know.
    #[error("the sealed value has a format version that this program does not know")]
    UnknownVersion,
    /// The bytes are too short to hold a nonce, a value and a tag.
    #[error("the sealed value is not whole")]
    Truncated,
    /// The tag does not match: changed, moved from its place, or sealed with another key.
    #[error("the sealed value was changed, moved, or sealed with another key")]
    NotAuthentic,
    /// The value is authentic and is not the structure that was asked for.
    #[error("the sealed value does not have the expected structure")]
    UnexpectedStructure,
}

impl SealingError {
    /// Says whether the sealed bytes are at fault, so that no key and no other attempt opens them.
    pub(crate) const fn is_damage(self) -> bool {
        matches!(
            self,
            Self::UnknownVersion | Self::Truncated | Self::NotAuthentic | Self::UnexpectedStructure
        )
    }
}
