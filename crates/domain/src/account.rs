//! Accounts: who has one, where it stands, and which roles may stand together.

use unicode_normalization::UnicodeNormalization;

use crate::{
    actor::{ActorRole, holds_at},
    closed::closed_list,
    instant::Instant,
    machine::{Machine, acts},
    refusal::Refusal,
};

closed_list! {
    /// Where an account stands.
    UserState = "user_state" {
        Invited = "invited",
        Active = "active",
        Disabled = "disabled",
    }
}

closed_list! {
    /// Why an account is disabled.
    DisableReason = "disable_reason" {
        LeftOrganisation = "left_organisation",
        OtherDuties = "other_duties",
        LongAbsence = "long_absence",
        SecurityConcern = "security_concern",
        Other = "other",
    }
}

acts! {
    /// What moves an account.
    UserAct {
        Activate = "activate",
        Disable = "disable",
        Enable = "enable",
        Reset = "reset",
    }
}

impl Machine for UserState {
    type Act = UserAct;
    const INITIAL: Self = Self::Invited;
    // A disabled account is not reset: an administrator who hands out a secret must not, in
    // passing, let somebody back in who was put out.
    const TRANSITIONS: &'static [(Self, UserAct, Self)] = &[
        (Self::Invited, UserAct::Activate, Self::Active),
        (Self::Invited, UserAct::Disable, Self::Disabled),
        (Self::Invited, UserAct::Reset, Self::Invited),
        (Self::Active, UserAct::Disable, Self::Disabled),
        (Self::Active, UserAct::Reset, Self::Invited),
        (Self::Disabled, UserAct::Enable, Self::Active),
    ];
}

/// A user name in its one form.
///
/// Two spellings of one name must be one account, for signing in and for counting failures alike:
/// Unicode NFKC, no space around it, lower case. What is left must be plain ASCII, so that no
/// account can be named to look like another.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Username(String);

/// Says that a text cannot be a user name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a user name has 3 to 64 of the characters a-z 0-9 . _ - @ + and begins with a-z 0-9")]
pub struct NotAUsername;

impl Username {
    /// The fewest characters.
    pub const SHORTEST: usize = 3;
    /// The most characters.
    pub const LONGEST: usize = 64;

    /// Brings a text into the one form.
    ///
    /// # Errors
    /// [`NotAUsername`] if what is left has other characters or another length.
    pub fn parse(text: &str) -> Result<Self, NotAUsername> {
        // A form is never many times shorter than the text; a far longer text is not worth the work.
        if text.len() > Self::LONGEST.saturating_mul(16) {
            return Err(NotAUsername);
        }
        let form: String = text.nfkc().flat_map(char::to_lowercase).collect();
        let form = form.trim();
        let plain = |b: u8| {
            b.is_ascii_lowercase()
                || b.is_ascii_digit()
                || matches!(b, b'.' | b'_' | b'-' | b'@' | b'+')
        };
        let begins_well =
            form.bytes().next().is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        let fits = (Self::SHORTEST..=Self::LONGEST).contains(&form.len());
        if fits && begins_well && form.bytes().all(plain) {
            Ok(Self(form.to_owned()))
        } else {
            Err(NotAUsername)
        }
    }

    /// Returns the one form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Prints that it is a user name, and whose remains unsaid.
impl std::fmt::Debug for Username {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Username(..)")
    }
}

/// A role with the time in which it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DatedRole {
    /// The role.
    pub role: ActorRole,
    /// From when.
    pub valid_from: Instant,
    /// Until when, exclusive; without end if nothing.
    pub valid_to: Option<Instant>,
}

impl DatedRole {
    /// Says whether there is a moment at which both hold.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        let ends_after = |end: Option<Instant>, start| end.is_none_or(|end| start < end);
        self.can_hold()
            && other.can_hold()
            && ends_after(self.valid_to, other.valid_from)
            && ends_after(other.valid_to, self.valid_from)
    }

    /// Says whether it holds at a moment.
    #[must_use]
    pub fn holds_at(&self, now: Instant) -> bool {
        holds_at(self.valid_from, self.valid_to, now)
    }

    /// A grant that ended before it began never holds.
    fn can_hold(&self) -> bool {
        self.valid_to.is_none_or(|end| self.valid_from < end)
    }
}

/// Says whether one user may hold a role beside those they have (R16).
///
/// # Errors
/// [`Refusal::RolePairForbidden`] if it would meet, at any moment, a role it must not meet.
pub fn check_pairs(held: &[DatedRole], new: &DatedRole) -> Result<(), Refusal> {
    let clash = |old: &DatedRole| !old.role.compatible_with(new.role) && old.overlaps(new);
    if held.iter().any(clash) { Err(Refusal::RolePairForbidden) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::machine::State;

    fn at(seconds: i64) -> Instant {
        Instant::from_utc(chrono::DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap())
    }

    fn role(role: ActorRole, from: i64, to: Option<i64>) -> DatedRole {
        DatedRole { role, valid_from: at(from), valid_to: to.map(at) }
    }

    #[test]
    fn every_spelling_of_a_name_is_one_account() {
        let name = Username::parse("ama.k").unwrap();
        for spelling in ["ama.k", " Ama.K ", "AMA.K", "ａｍａ.ｋ", "\u{a0}ama.k\t"] {
            assert_eq!(Username::parse(spelling), Ok(name.clone()), "{spelling}");
        }
        for wrong in [
            "",
            "ab",
            ".ama",
            "ama k",
            "аma",
            "ama\u{202e}k",
            "ama/k",
            &"a".repeat(65),
            &"a".repeat(1 << 20),
            "ama\0k",
        ] {
            assert_eq!(Username::parse(wrong), Err(NotAUsername));
        }
        assert_eq!(format!("{name:?}"), "Username(..)");
    }

    #[test]
    fn a_disabled_account_comes_back_only_by_being_enabled() {
        let disabled = || State::stored_for_test(UserState::Disabled);

        for act in [UserAct::Activate, UserAct::Disable, UserAct::Reset] {
            assert_eq!(disabled().step(act), Err(Refusal::IllegalTransition));
        }
        assert_eq!(disabled().step(UserAct::Enable).unwrap().to(), UserState::Active);
        let without_password = disabled().step(UserAct::Enable).unwrap();
        assert_eq!(without_password.then(UserAct::Reset).unwrap().to(), UserState::Invited);
    }

    #[test]
    fn r16_roles_that_must_not_meet_may_follow_each_other() {
        use ActorRole::{CaseCoordinator, FirstResponder, SystemAdministrator};
        let forbidden = Err(Refusal::RolePairForbidden);
        let held = [role(CaseCoordinator, 0, Some(100))];

        assert_eq!(check_pairs(&held, &role(SystemAdministrator, 99, None)), forbidden);
        assert_eq!(check_pairs(&held, &role(SystemAdministrator, -5, None)), forbidden);
        assert_eq!(check_pairs(&held, &role(SystemAdministrator, 100, None)), Ok(()));
        assert_eq!(check_pairs(&held, &role(SystemAdministrator, -5, Some(0))), Ok(()));
        assert_eq!(check_pairs(&held, &role(FirstResponder, 0, None)), Ok(()));
        let ended_before_it_began = [role(CaseCoordinator, 50, Some(10))];
        assert_eq!(
            check_pairs(&ended_before_it_began, &role(SystemAdministrator, 0, None)),
            Ok(())
        );
    }

    proptest! {
        #[test]
        fn roles_overlap_exactly_when_some_moment_has_both(
            a in 0_i64..20, a_len in proptest::option::of(0_i64..20),
            b in 0_i64..20, b_len in proptest::option::of(0_i64..20),
        ) {
            let one = role(ActorRole::Analyst, a, a_len.map(|len| a + len));
            let two = role(ActorRole::Auditor, b, b_len.map(|len| b + len));
            let meet = (0..60).any(|s| one.holds_at(at(s)) && two.holds_at(at(s)));
            prop_assert_eq!(one.overlaps(&two), meet);
            prop_assert_eq!(two.overlaps(&one), meet);
        }

        #[test]
        fn no_text_breaks_a_name_and_its_form_is_final(text in ".{0,80}") {
            if let Ok(name) = Username::parse(&text) {
                prop_assert_eq!(Username::parse(name.as_str()), Ok(name));
            }
        }
    }
}
