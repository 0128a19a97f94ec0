//! A value that must not be shown.

use std::fmt;

use zeroize::Zeroize;

/// Holds a secret: it prints as a fixed word, has no equality and no serialisation, and is
/// overwritten in memory when it is dropped.
#[derive(Clone)]
pub struct Secret<T: Zeroize>(T);

impl<T: Zeroize> Secret<T> {
    /// Takes charge of the value.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// Lends the value to the code that needs it; the name makes each use easy to find.
    pub const fn reveal(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize> Drop for Secret<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<T: Zeroize> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

/// What stands where a secret would be.
pub(super) const HIDDEN: &str = "[hidden]";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_does_not_print() {
        let secret = Secret::new("battery-staple".to_owned());

        assert_eq!(format!("{secret:?} {secret:#?}"), "[hidden] [hidden]");
    }
}
