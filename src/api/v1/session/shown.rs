//! What comes in a body to show a second factor: a code of the device, or a recovery code.

use zeroize::Zeroizing;

use super::LONGEST;
use crate::{
    api::problem::{FieldCode, FieldErrors},
    authn::{recovery::RecoveryCode, totp::Otp},
    service::second_factor::Presented,
};

/// The two members, of which one at most is sent.
pub(super) struct Shown<'b> {
    otp: Option<&'b Zeroizing<String>>,
    recovery_code: Option<&'b Zeroizing<String>>,
}

impl<'b> Shown<'b> {
    pub(super) const fn of(
        otp: Option<&'b Zeroizing<String>>,
        recovery_code: Option<&'b Zeroizing<String>>,
    ) -> Self {
        Self { otp, recovery_code }
    }

    /// Refuses both at once, and what is longer than any code.
    pub(super) fn check(&self, errors: &mut FieldErrors) {
        let members = [("otp", self.otp), ("recovery_code", self.recovery_code)];
        for (place, text) in members {
            if text.is_some_and(|text| text.chars().nth(LONGEST).is_some()) {
                errors.add(place, FieldCode::TooLong);
            }
        }
        if self.otp.is_some() && self.recovery_code.is_some() {
            errors.add("recovery_code", FieldCode::Inconsistent);
        }
    }

    /// Refuses neither.
    pub(super) fn check_present(&self, errors: &mut FieldErrors) {
        if self.otp.is_none() && self.recovery_code.is_none() {
            errors.add("otp", FieldCode::Required);
        }
    }

    /// Reads what was sent. What is no code at all is a wrong one.
    pub(super) fn read(&self) -> Option<Presented> {
        match (self.otp, self.recovery_code) {
            (Some(otp), _) => Some(Presented::Otp(Otp::parse(otp))),
            (None, Some(code)) => Some(Presented::Recovery(RecoveryCode::parse(code))),
            (None, None) => None,
        }
    }
}
