//! How a person may be reached without anybody being endangered: by what, when, and by which number never.

use std::{fmt, str::FromStr};

use chrono::{Datelike as _, Days, NaiveDateTime, TimeDelta, Timelike as _};
use serde::{Deserialize, Serialize};

use crate::{
    closed::{NotInList, closed_list},
    instant::Instant,
    machine::{Machine, acts},
    profile::DayOfWeek,
    refusal::Refusal,
};

closed_list! {
    /// Whether it still holds.
    SafeContactState = "safe_contact_state" {
        InUse = "in_use",
        Retired = "retired",
    }
}

acts! {
    /// What is done with a way to reach somebody.
    SafeContactAct {
        Use = "use",
        Retire = "retire",
    }
}

impl Machine for SafeContactState {
    type Act = SafeContactAct;
    const INITIAL: Self = Self::InUse;
    const TRANSITIONS: &'static [(Self, SafeContactAct, Self)] = &[
        (Self::InUse, SafeContactAct::Use, Self::InUse),
        (Self::InUse, SafeContactAct::Retire, Self::Retired),
    ];
}

closed_list! {
    /// By what somebody is reached.
    ContactChannel = "contact_channel" {
        PhoneCall = "phone_call",
        TextMessage = "text_message",
        MessagingApp = "messaging_app",
        Email = "email",
        Letter = "letter",
        Visit = "visit",
        ThroughAnotherPerson = "through_another_person",
    }
}

closed_list! {
    /// Whether this way is open, or must never be taken: the telephone may lie with the trafficker.
    ContactRule = "contact_rule" {
        Safe = "safe",
        Never = "never",
    }
}

closed_list! {
    /// Why it does not hold any more.
    SafeContactEndReason = "safe_contact_end_reason" {
        NoLongerSafe = "no_longer_safe",
        Changed = "changed",
        SurvivorRequest = "survivor_request",
        RecordedInError = "recorded_in_error",
        Other = "other",
    }
}

closed_list! {
    /// What cannot wait for a safe hour.
    UrgentContactReason = "urgent_contact_reason" {
        DangerToLife = "danger_to_life",
        DangerToOthers = "danger_to_others",
        MedicalEmergency = "medical_emergency",
    }
}

/// A time of day in minutes after midnight: `HH:MM`, from `00:00` to `24:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeOfDay(u16);

const MINUTES: u16 = 24 * 60;

impl FromStr for TimeOfDay {
    type Err = NotInList;
    fn from_str(text: &str) -> Result<Self, NotInList> {
        let two = |digits: &str| {
            let plain = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
            plain.then(|| digits.parse::<u16>().ok()).flatten().ok_or(NotInList)
        };
        let (hours, minutes) = text.split_once(':').ok_or(NotInList)?;
        let (hours, minutes) = (two(hours)?, two(minutes)?);
        let all = hours * 60 + minutes;
        if minutes < 60 && all <= MINUTES { Ok(Self(all)) } else { Err(NotInList) }
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl Serialize for TimeOfDay {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TimeOfDay {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(|_| serde::de::Error::custom("not a time of day from 00:00 to 24:00"))
    }
}

/// When somebody may be reached on a day of the week, by the clock of the country.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SafeHours {
    /// The day of the week.
    pub day: DayOfWeek,
    /// From this time of day on: `HH:MM`.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub from: TimeOfDay,
    /// Until this time of day, exclusive: `HH:MM`; `24:00` is midnight.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub until: TimeOfDay,
}

impl SafeHours {
    /// Says whether there is any time in it.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.from < self.until
    }

    fn includes(&self, local: NaiveDateTime) -> bool {
        let minute = u16::try_from(local.hour() * 60 + local.minute()).unwrap_or(MINUTES);
        self.day.is(local.weekday()) && self.from.0 <= minute && minute < self.until.0
    }
}

impl fmt::Display for SafeHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}-{}", self.day.code(), self.from, self.until)
    }
}

/// Says whether somebody may be reached at a moment; with no hours, at every one.
///
/// `utc_offset_minutes` is how far the clock of the country is ahead of UTC.
///
/// # Errors
/// [`Refusal::NotASafeHour`] with the seconds until the next safe hour.
pub fn check_hour(
    hours: &[SafeHours],
    utc_offset_minutes: i16,
    now: Instant,
) -> Result<(), Refusal> {
    let here = (now.to_utc() + TimeDelta::minutes(utc_offset_minutes.into())).naive_utc();
    if hours.is_empty() || hours.iter().any(|window| window.includes(here)) {
        return Ok(());
    }
    let waits = (0..=7_u64).flat_map(|days| {
        let date = here.date().checked_add_days(Days::new(days));
        hours.iter().filter_map(move |window| {
            let date = date.filter(|date| window.day.is(date.weekday()))?;
            let begin = date.and_hms_opt(0, 0, 0)? + TimeDelta::minutes(window.from.0.into());
            u32::try_from((begin - here).num_seconds()).ok().filter(|wait| *wait > 0)
        })
    });
    Err(Refusal::NotASafeHour { wait_s: waits.min().unwrap_or(u32::MAX) })
}

/// What a way to reach somebody holds in sealed form.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SafeContactWords {
    /// The number, the address, the place, or the person through whom.
    pub value: String,
    /// By what the survivor and the caller know each other.
    pub code_word: Option<String>,
    /// Who else may answer, and what may be said to them.
    pub who_may_answer: Option<String>,
    /// What else whoever calls must know.
    pub instructions: Option<String>,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn time(text: &str) -> TimeOfDay {
        text.parse().unwrap()
    }

    fn at(text: &str) -> Instant {
        Instant::from_utc(text.parse().unwrap())
    }

    #[test]
    fn a_time_of_day_has_one_form() {
        for good in ["00:00", "07:05", "23:59", "24:00"] {
            assert_eq!(time(good).to_string(), good);
        }
        for bad in ["", "7:05", "24:01", "23:60", "+1:00", "12:5", "12:000", "99:00", "aa:bb", "12"]
        {
            assert_eq!(bad.parse::<TimeOfDay>(), Err(NotInList), "{bad}");
        }
    }

    #[test]
    fn the_next_safe_hour_is_told_by_the_clock_of_the_country() {
        let evening =
            [SafeHours { day: DayOfWeek::Monday, from: time("18:00"), until: time("20:00") }];
        // 2026-11-23 is a Monday; in Kampala it is three hours later than in UTC.
        let check = |text| check_hour(&evening, 180, at(text));
        assert_eq!(check("2026-11-23T15:00:00Z"), Ok(()));
        assert_eq!(check("2026-11-23T16:59:59Z"), Ok(()));
        assert_eq!(
            check("2026-11-23T17:00:00Z"),
            Err(Refusal::NotASafeHour { wait_s: 7 * 86_400 - 2 * 3_600 })
        );
        assert_eq!(check("2026-11-23T14:00:00Z"), Err(Refusal::NotASafeHour { wait_s: 3_600 }));
        assert_eq!(check_hour(&[], 180, at("2026-11-23T02:00:00Z")), Ok(()), "no hours: always");
    }

    proptest! {
        #[test]
        fn after_the_wait_that_is_told_somebody_may_be_reached(
            windows in prop::collection::vec((0..7_usize, 0..1_440_u16, 1..=1_440_u16), 1..5),
            offset in -720..=840_i16,
            seconds in 0..2_000_000_i64,
        ) {
            let hours: Vec<SafeHours> = windows
                .into_iter()
                .map(|(day, from, until)| SafeHours {
                    day: DayOfWeek::ALL[day],
                    from: TimeOfDay(from.min(until - 1)),
                    until: TimeOfDay(until),
                })
                .collect();
            let now = at("2026-11-23T00:00:00Z").plus_seconds(seconds);
            match check_hour(&hours, offset, now) {
                Ok(()) => {}
                Err(Refusal::NotASafeHour { wait_s }) => {
                    prop_assert!(wait_s <= 7 * 86_400);
                    let then = now.plus_seconds(wait_s.into());
                    prop_assert_eq!(check_hour(&hours, offset, then), Ok(()));
                    prop_assert!(check_hour(&hours, offset, then.plus_seconds(-1)).is_err());
                }
                other => prop_assert!(false, "{other:?}"),
            }
        }
    }
}
