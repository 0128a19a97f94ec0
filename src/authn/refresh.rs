//! What to do with a presented refresh token.
//!
//! Each token is good for one use (RFC 9700, section 4.14.2). A second use means that two parties
//! hold it, and nobody can tell which is the thief, so the whole family ends. The exception: where
//! answers get lost, the rightful client presents a spent token again within seconds. It gets the
//! same successor, if the successor was never used and the client is the same.

use chrono::{DateTime, TimeDelta, Utc};

pub use super::opaque::{
    Activation, ActivationSecret, NotAToken, Opaque, Purpose, Refresh, RefreshToken, SecretDigest,
    ShortKey, SuccessorKey,
};

/// For how long after its first use a token may be repeated.
pub const REPEAT_WINDOW: TimeDelta = TimeDelta::seconds(30);

/// By how much the clocks of two servers may differ.
const CLOCK_SKEW: TimeDelta = TimeDelta::seconds(5);

/// The stored facts about the presented token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PresentedToken {
    /// When it was handed out.
    pub issued_at: DateTime<Utc>,
    /// When it was first used, and what became of it; nothing while it is unused.
    pub used: Option<FirstUse>,
}

/// The first use of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FirstUse {
    /// When.
    pub at: DateTime<Utc>,
    /// Whether the digest of the successor is stored *and* is that of
    /// [`RefreshToken::successor`] today.
    pub successor_known: bool,
    /// Whether the successor was used since.
    pub successor_used: bool,
    /// Whether the one who asks now is the client of the first use.
    pub same_client: bool,
}

/// The stored facts about the session to which the token belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Family {
    /// Whether it was ended, by a person or by a reuse.
    pub revoked: bool,
    /// When it ends in any case.
    pub expires_at: DateTime<Utc>,
    /// How long a token may lie unused.
    pub idle: TimeDelta,
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rotation {
    /// Mark the token used, store its successor, hand it out.
    Rotate,
    /// Hand out the stored token's successor again, change nothing.
    ReturnSuccessor,
    /// Revoke the family, record the reuse, tell the person, refuse.
    Reuse,
    /// Refuse: the session is over by the clock.
    Expired,
    /// Refuse: the session was ended before, and whoever had to know was told then.
    Revoked,
}

/// Decides about a presented refresh token.
///
/// A session that is over raises no alarm: a client that comes back with an old token the next
/// morning is the ordinary case.
#[must_use]
pub fn decide(token: &PresentedToken, family: &Family, now: DateTime<Utc>) -> Rotation {
    if family.revoked {
        return Rotation::Revoked;
    }
    if now >= family.expires_at || is_idle(token, family, now) {
        return Rotation::Expired;
    }
    match token.used {
        None => Rotation::Rotate,
        Some(first) if may_repeat(&first, now) => Rotation::ReturnSuccessor,
        Some(_) => Rotation::Reuse,
    }
}

/// The idle time runs from the last sign of life that the token shows.
fn is_idle(token: &PresentedToken, family: &Family, now: DateTime<Utc>) -> bool {
    let last_seen = token.used.map_or(token.issued_at, |first| first.at.max(token.issued_at));
    now.signed_duration_since(last_seen) >= family.idle
}

fn may_repeat(first: &FirstUse, now: DateTime<Utc>) -> bool {
    let since = now.signed_duration_since(first.at);
    let in_window = since >= -CLOCK_SKEW && since <= REPEAT_WINDOW;
    in_window && first.same_client && first.successor_known && !first.successor_used
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn second(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    fn family() -> Family {
        Family { revoked: false, expires_at: second(43_200), idle: TimeDelta::seconds(1800) }
    }

    fn unused() -> PresentedToken {
        PresentedToken { issued_at: second(0), used: None }
    }

    fn lost_answer() -> FirstUse {
        FirstUse { at: second(60), successor_known: true, successor_used: false, same_client: true }
    }

    fn used(first: FirstUse) -> PresentedToken {
        PresentedToken { used: Some(first), ..unused() }
    }

    #[test]
    fn an_unused_token_is_rotated_until_it_lay_idle() {
        assert_eq!(decide(&unused(), &family(), second(0)), Rotation::Rotate);
        assert_eq!(decide(&unused(), &family(), second(1799)), Rotation::Rotate);
        assert_eq!(decide(&unused(), &family(), second(1800)), Rotation::Expired);
    }

    #[test]
    fn a_family_ends_however_fresh_its_token() {
        let fresh = PresentedToken { issued_at: second(43_190), used: None };

        assert_eq!(decide(&fresh, &family(), second(43_199)), Rotation::Rotate);
        assert_eq!(decide(&fresh, &family(), second(43_200)), Rotation::Expired);
    }

    #[test]
    fn a_lost_answer_is_given_again_for_thirty_seconds() {
        let token = used(lost_answer());

        assert_eq!(decide(&token, &family(), second(60)), Rotation::ReturnSuccessor);
        assert_eq!(decide(&token, &family(), second(90)), Rotation::ReturnSuccessor);
        assert_eq!(decide(&token, &family(), second(91)), Rotation::Reuse);
        assert_eq!(decide(&token, &family(), second(55)), Rotation::ReturnSuccessor);
        assert_eq!(decide(&token, &family(), second(54)), Rotation::Reuse);
    }

    #[test]
    fn a_repeat_that_is_not_the_lost_answer_is_a_reuse() {
        for first in [
            FirstUse { same_client: false, ..lost_answer() },
            FirstUse { successor_used: true, ..lost_answer() },
            FirstUse { successor_known: false, ..lost_answer() },
        ] {
            assert_eq!(decide(&used(first), &family(), second(61)), Rotation::Reuse);
        }
    }

    #[test]
    fn a_revoked_family_gives_nothing_and_raises_no_second_alarm() {
        let revoked = Family { revoked: true, ..family() };

        for token in [unused(), used(lost_answer())] {
            assert_eq!(decide(&token, &revoked, second(61)), Rotation::Revoked);
        }
    }

    #[test]
    fn an_old_token_of_a_session_that_is_over_raises_no_alarm() {
        assert_eq!(decide(&used(lost_answer()), &family(), second(1860)), Rotation::Expired);
        assert_eq!(decide(&used(lost_answer()), &family(), second(80_000)), Rotation::Expired);
    }

    proptest! {
        #[test]
        fn a_spent_token_is_never_rotated_and_a_dead_family_gives_nothing(
            issued in -100_000_i64..100_000, at in -100_000_i64..100_000,
            now in -100_000_i64..100_000, end in -100_000_i64..100_000,
            spent: bool, flags: [bool; 4],
        ) {
            let [revoked, same_client, successor_known, successor_used] = flags;
            let first =
                FirstUse { at: second(at), successor_known, successor_used, same_client };
            let token = PresentedToken { issued_at: second(issued), used: spent.then_some(first) };
            let family = Family { revoked, expires_at: second(end), ..family() };
            let decision = decide(&token, &family, second(now));

            let alive = !revoked && now < end;
            let gives = matches!(decision, Rotation::Rotate | Rotation::ReturnSuccessor);
            prop_assert!(!gives || alive);
            prop_assert!(decision != Rotation::Rotate || !spent);
            prop_assert!(decision != Rotation::ReturnSuccessor
                || (spent && same_client && !successor_used && now - at <= 30));
            prop_assert!(decision != Rotation::Reuse || (spent && alive));
        }
    }
}
