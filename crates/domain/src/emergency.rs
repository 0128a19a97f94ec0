//! Emergency access (R15): one case, for hours, and looked into afterwards.

use crate::{closed::closed_list, instant::Instant, refusal::Refusal};

closed_list! {
    /// What the review of an emergency access came to.
    EmergencyOutcome = "emergency_outcome" {
        Justified = "justified",
        Unjustified = "unjustified",
    }
}

closed_list! {
    /// Whether an emergency access still opens its case.
    EmergencyState = "emergency_state" {
        Open = "open",
        Ended = "ended",
    }
}

/// What somebody has done with emergency access so far, as far as the next one depends on it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EmergencyRecord {
    /// When accesses were opened lately, the earliest first.
    pub opened_at: Vec<Instant>,
    /// Whether one was found unjustified, or waits for its review beyond the time for it.
    pub is_in_question: bool,
    /// When codes were said that no case has, lately, the earliest first.
    pub wrong_codes_at: Vec<Instant>,
}

/// How often somebody may open a case in an emergency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EmergencyLimits {
    /// How many accesses.
    pub at_most: u16,
    /// Within how many seconds.
    pub within_s: i64,
}

/// How many codes that no case has may be said: who reads a code from a telephone errs, who guesses
/// errs more often.
pub const WRONG_CODES: usize = 5;
/// Within how many seconds.
pub const WRONG_CODES_WITHIN_S: i64 = 86_400;

impl EmergencyRecord {
    /// Says whether another access may be opened. Asked before any case is looked for, so that the
    /// answer tells nothing about one.
    ///
    /// # Errors
    /// [`Refusal::EmergencyInQuestion`], [`Refusal::EmergencyTooOften`].
    pub fn allows_another(&self, limits: EmergencyLimits, now: Instant) -> Result<(), Refusal> {
        if self.is_in_question {
            return Err(Refusal::EmergencyInQuestion);
        }
        within(&self.opened_at, usize::from(limits.at_most), limits.within_s, now)?;
        within(&self.wrong_codes_at, WRONG_CODES, WRONG_CODES_WITHIN_S, now)
    }
}

fn within(times: &[Instant], at_most: usize, within_s: i64, now: Instant) -> Result<(), Refusal> {
    let recent = |at: &&Instant| at.plus_seconds(within_s) > now;
    let recent: Vec<Instant> = times.iter().filter(recent).copied().collect();
    // As soon as this one is past, fewer than the most are left.
    let frees = recent.len().checked_sub(at_most).and_then(|n| recent.get(n));
    frees.map_or(Ok(()), |at| {
        let wait_s = at.plus_seconds(within_s).seconds_since(now).saturating_add(1);
        Err(Refusal::EmergencyTooOften { wait_s: u32::try_from(wait_s).unwrap_or(u32::MAX) })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Instant {
        Instant::from_utc(chrono::DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap())
    }

    const LIMITS: EmergencyLimits = EmergencyLimits { at_most: 3, within_s: 100 };

    #[test]
    fn r15_the_fourth_within_the_time_is_refused_until_the_first_is_past() {
        let record =
            EmergencyRecord { opened_at: vec![at(0), at(10), at(20)], ..Default::default() };

        let refused = record.allows_another(LIMITS, at(30)).unwrap_err();
        assert_eq!(refused, Refusal::EmergencyTooOften { wait_s: 71 });
        assert!(record.allows_another(LIMITS, at(99)).is_err());
        assert!(record.allows_another(LIMITS, at(100)).is_ok());
    }

    #[test]
    fn r15_who_guesses_codes_is_stopped() {
        let guesses: Vec<Instant> = (0..5).map(at).collect();
        let record = EmergencyRecord { wrong_codes_at: guesses.clone(), ..Default::default() };

        assert!(record.allows_another(LIMITS, at(50)).is_err());
        let fewer = EmergencyRecord { wrong_codes_at: guesses[1..].to_vec(), ..record };
        assert!(fewer.allows_another(LIMITS, at(50)).is_ok());
    }

    #[test]
    fn r15_what_is_in_question_comes_first() {
        let record = EmergencyRecord {
            opened_at: vec![at(0); 3],
            is_in_question: true,
            ..Default::default()
        };

        assert_eq!(record.allows_another(LIMITS, at(1)), Err(Refusal::EmergencyInQuestion));
    }
}
