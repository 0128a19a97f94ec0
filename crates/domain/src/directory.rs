//! The directory: what organisations offer, and to whom.

use crate::{
    closed::closed_list,
    instant::Instant,
    placement::{self, FacilityRegime},
    refusal::Refusal,
    safe_contact::SafeHours,
};

closed_list! {
    /// Whom a service takes, by age. Under R6 a person protected as a child is not sent to a
    /// service for adults.
    ServiceAges = "service_ages" {
        Everyone = "everyone",
        AdultsOnly = "adults_only",
        ChildrenOnly = "children_only",
    }
}

/// What of a service is judged as a whole: each member alone was judged at the edge.
#[derive(Debug, Clone, Copy)]
pub struct ServiceTerms<'s> {
    /// A code of `service_type`.
    pub service_type: &'s str,
    /// Places in all.
    pub capacity: Option<i64>,
    /// How many of them the provider said are free.
    pub free_places: Option<i64>,
    /// Whom it takes, by age.
    pub ages: ServiceAges,
    /// The youngest and the oldest whom it takes.
    pub limits: (Option<i64>, Option<i64>),
    /// Whether it is open day and night.
    pub always_open: bool,
    /// When it is open.
    pub hours: &'s [SafeHours],
    /// Whether people may leave when they like.
    pub regime: Option<FacilityRegime>,
}

impl ServiceTerms<'_> {
    /// Judges what the members say together.
    ///
    /// # Errors
    /// [`Refusal::Inconsistent`] for an age over another, hours beside day and night, a regime where
    /// nobody is housed, or fewer places than are said to be free.
    pub fn check(&self, age_of_majority: u8) -> Result<(), Refusal> {
        let majority = i64::from(age_of_majority);
        let (least, most) = self.limits;
        let upside_down = least.zip(most).is_some_and(|(least, most)| least > most);
        let only_adults = self.ages == ServiceAges::AdultsOnly;
        let only_children = self.ages == ServiceAges::ChildrenOnly;
        let faults = [
            ("/maximum_age", upside_down),
            ("/maximum_age", only_adults && most.is_some_and(|most| most < majority)),
            ("/minimum_age", only_children && least.is_some_and(|least| least >= majority)),
            ("/hours", self.always_open && !self.hours.is_empty()),
            ("/regime", self.regime.is_some() && !placement::houses(self.service_type)),
            (
                "/capacity",
                self.free_places.is_some_and(|free| self.capacity.is_some_and(|all| all < free)),
            ),
        ];
        match faults.into_iter().find(|(_, is_so)| *is_so) {
            Some((pointer, _)) => Err(Refusal::Inconsistent { pointer }),
            None => Ok(()),
        }
    }
}

/// Judges what a provider says about its free places: no more than there are, and none where nothing is
/// counted in places.
///
/// # Errors
/// [`Refusal::Inconsistent`].
pub fn check_free_places(free: i64, capacity: Option<i64>) -> Result<(), Refusal> {
    let sound = capacity.is_some_and(|all| (0..=all).contains(&free));
    if sound { Ok(()) } else { Err(Refusal::Inconsistent { pointer: "/free_places" }) }
}

/// How many places a provider said are free, and when. A place that was free yesterday may be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FreePlaces {
    /// How many.
    pub count: i64,
    /// When that was told.
    pub as_of: Instant,
}

impl FreePlaces {
    /// Returns until when it counts, by the hours of the country profile.
    #[must_use]
    pub fn good_until(self, stale_after_hours: u16) -> Instant {
        self.as_of.plus_seconds(i64::from(stale_after_hours).saturating_mul(3_600))
    }

    /// Says whether it is too old to count: then nobody knows.
    #[must_use]
    pub fn is_stale(self, stale_after_hours: u16, now: Instant) -> bool {
        self.good_until(stale_after_hours) <= now
    }
}

/// Says whether a text is a telephone number in E.164 form: `+`, then 7 to 15 digits, of which the
/// first is not nought (ITU-T E.164, section 6).
///
/// One form only: a number with spaces in one place and a nought in another is two numbers to a
/// machine, and somebody calls the wrong shelter.
#[must_use]
pub fn is_e164(text: &str) -> bool {
    let Some(digits) = text.strip_prefix('+') else {
        return false;
    };
    (7..=15).contains(&digits.len())
        && !digits.starts_with('0')
        && digits.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shelter() -> ServiceTerms<'static> {
        ServiceTerms {
            service_type: "safe_shelter",
            capacity: Some(5),
            free_places: Some(3),
            ages: ServiceAges::Everyone,
            limits: (Some(12), Some(17)),
            always_open: true,
            hours: &[],
            regime: Some(FacilityRegime::Open),
        }
    }

    #[test]
    fn what_is_said_of_a_service_must_hold_together() {
        let refused = |terms: ServiceTerms<'_>| terms.check(18).unwrap_err();
        let at = |pointer| Refusal::Inconsistent { pointer };

        assert_eq!(shelter().check(18), Ok(()));
        assert_eq!(
            refused(ServiceTerms { limits: (Some(17), Some(12)), ..shelter() }),
            at("/maximum_age")
        );
        assert_eq!(
            refused(ServiceTerms { ages: ServiceAges::AdultsOnly, ..shelter() }),
            at("/maximum_age")
        );
        let grown =
            ServiceTerms { limits: (Some(18), None), ages: ServiceAges::ChildrenOnly, ..shelter() };
        assert_eq!(refused(grown), at("/minimum_age"));
        assert_eq!(refused(ServiceTerms { service_type: "legal_aid", ..shelter() }), at("/regime"));
        assert_eq!(refused(ServiceTerms { capacity: Some(2), ..shelter() }), at("/capacity"));
    }

    #[test]
    fn no_more_places_are_free_than_there_are() {
        assert_eq!(check_free_places(5, Some(5)), Ok(()));
        assert_eq!(check_free_places(0, Some(0)), Ok(()));
        for (free, capacity) in [(6, Some(5)), (-1, Some(5)), (0, None)] {
            assert!(check_free_places(free, capacity).is_err(), "{free} {capacity:?}");
        }
    }

    #[test]
    fn what_was_said_about_free_places_goes_stale() {
        let as_of = Instant::from_utc("2026-11-02T09:00:00Z".parse().unwrap());
        let told = FreePlaces { count: 2, as_of };

        assert!(!told.is_stale(24, as_of.plus_seconds(86_399)));
        assert!(told.is_stale(24, as_of.plus_seconds(86_400)));
    }

    #[test]
    fn a_telephone_number_has_one_form() {
        for good in ["+256414000000", "+2250102030405", "+1234567"] {
            assert!(is_e164(good), "{good}");
        }
        for bad in [
            "",
            "+",
            "0414000000",
            "+0414000000",
            "+256 414 000 000",
            "+256-414",
            "+123456",
            "+1234567890123456",
            "+٢٥٦٤١٤٠٠٠٠٠٠",
        ] {
            assert!(!is_e164(bad), "{bad}");
        }
    }
}
