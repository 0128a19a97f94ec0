//! Age: what is known, and the presumption of minority (R6).

use chrono::Datelike as _;

use crate::{
    closed::closed_list,
    dates::{self, DateFault, EARLIEST_YEAR},
    instant::Instant,
    person::PartialDate,
    refusal::Refusal,
    sensitive::Sensitive,
};

closed_list! {
    /// What is known about a person's age, and how.
    AgeStatus = "age_status" {
        ChildDocumented = "child_documented",
        ChildDeclared = "child_declared",
        UndeterminedPresumedChild = "undetermined_presumed_child",
        UnderAssessmentPresumedChild = "under_assessment_presumed_child",
        AssessedChild = "assessed_child",
        AssessedAdult = "assessed_adult",
        AdultDeclared = "adult_declared",
        AdultDocumented = "adult_documented",
    }
}

closed_list! {
    /// Sex as aggregate reporting asks for it.
    SexReporting = "sex_reporting" {
        Female = "female",
        Male = "male",
        Other = "other",
        Unknown = "unknown",
    }
}

impl AgeStatus {
    /// Derives whether the person is protected as a child (R6).
    ///
    /// Derived from the age status alone, never stored, never a comparison of a number that may be
    /// missing: a person of undetermined age is a child until shown otherwise
    /// (CRC General Comment 6; ECOWAS).
    #[must_use]
    pub const fn protected_as_child(self) -> bool {
        match self {
            Self::ChildDocumented
            | Self::ChildDeclared
            | Self::UndeterminedPresumedChild
            | Self::UnderAssessmentPresumedChild
            | Self::AssessedChild => true,
            Self::AssessedAdult | Self::AdultDeclared | Self::AdultDocumented => false,
        }
    }

    /// Says whether the status follows only from an age assessment by a named panel (R6).
    #[must_use]
    pub const fn needs_assessment(self) -> bool {
        matches!(self, Self::AssessedChild | Self::AssessedAdult)
    }

    /// Says whether a report may not carry both this status and this estimated birth year.
    ///
    /// Only a contradiction is refused: a declared or documented adult who, by the year given, is
    /// certainly a child. The other way round stays possible, because an estimate is no proof.
    #[must_use]
    pub const fn contradicts(self, birth_year: i32, this_year: i32, majority: i32) -> bool {
        !self.protected_as_child() && this_year - birth_year < majority
    }
}

/// What a birth is judged by: whatever is known about the age must be possible today.
#[derive(Debug, Clone, Copy)]
pub struct AgeRule {
    /// What is known about the age.
    pub status: AgeStatus,
    /// The age of majority of the country.
    pub majority: u8,
    /// The moment of the act.
    pub now: Instant,
}

impl AgeRule {
    /// Judges a year of birth.
    ///
    /// # Errors
    /// [`Refusal::ImpossibleDate`] for a year before 1900 or to come, [`Refusal::Inconsistent`] for one
    /// that [contradicts](AgeStatus::contradicts) the status.
    pub fn check_year(self, year: i32, pointer: &'static str) -> Result<(), Refusal> {
        let this_year = dates::today(self.now).year();
        if year < EARLIEST_YEAR {
            return Err(DateFault::TooEarly.at(pointer));
        }
        if year > this_year {
            return Err(DateFault::InFuture.at(pointer));
        }
        if self.status.contradicts(year, this_year, i32::from(self.majority)) {
            return Err(Refusal::Inconsistent { pointer });
        }
        Ok(())
    }

    /// Judges a date of birth at the precision that is known.
    ///
    /// # Errors
    /// As [`Self::check_year`].
    pub fn check_date(self, born: PartialDate, pointer: &'static str) -> Result<(), Refusal> {
        let day = born.earliest().ok_or(DateFault::TooEarly.at(pointer))?;
        dates::check_past(day, self.now).map_err(|fault| fault.at(pointer))?;
        self.check_year(born.year(), pointer)
    }

    /// Judges a date of birth that is protected, without opening it.
    ///
    /// # Errors
    /// As [`Self::check_year`].
    pub fn check_sealed<T>(
        self,
        sealed: &Sensitive<T>,
        born: impl FnOnce(&T) -> Option<PartialDate>,
        pointer: &'static str,
    ) -> Result<(), Refusal> {
        let mut judged = Ok(());
        sealed.check(|plain| {
            if let Some(born) = born(plain) {
                judged = self.check_date(born, pointer);
            }
            judged.is_ok()
        });
        judged
    }
}

/// The age band of a person as a provider sees it before it accepts (R1).
#[must_use]
pub const fn age_band(status: AgeStatus, birth_year: Option<i32>, this_year: i32) -> &'static str {
    let Some(year) = birth_year else {
        return if status.protected_as_child() { "child" } else { "adult" };
    };
    if status.protected_as_child() {
        return "child";
    }
    match this_year - year {
        ..=24 => "18_24",
        25..=34 => "25_34",
        _ => "35_plus",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r6_a_person_of_undetermined_age_is_a_child() {
        let adults: Vec<_> =
            AgeStatus::ALL.iter().filter(|s| !s.protected_as_child()).map(|s| s.code()).collect();
        assert_eq!(adults, ["assessed_adult", "adult_declared", "adult_documented"]);
    }

    #[test]
    fn an_adult_by_declaration_cannot_be_born_ten_years_ago() {
        assert!(AgeStatus::AdultDeclared.contradicts(2016, 2026, 18));
        assert!(!AgeStatus::AdultDeclared.contradicts(2008, 2026, 18));
        assert!(!AgeStatus::UndeterminedPresumedChild.contradicts(1990, 2026, 18));
    }

    #[test]
    fn a_date_of_birth_is_possible_and_fits_the_age_status() {
        let now = serde_json::from_str("\"2026-11-02T09:00:00Z\"").unwrap();
        let judge = |status, text: &str| {
            let rule = AgeRule { status, majority: 18, now };
            let sealed = Sensitive::new(Some(text.parse::<PartialDate>().unwrap()));
            rule.check_sealed(&sealed, |born| *born, "/birth_date")
        };
        let at = |fault: DateFault| Err(fault.at("/birth_date"));
        let contradiction = Err(Refusal::Inconsistent { pointer: "/birth_date" });

        assert_eq!(judge(AgeStatus::AdultDeclared, "2090-01-01"), at(DateFault::InFuture));
        assert_eq!(judge(AgeStatus::AdultDeclared, "1700"), at(DateFault::TooEarly));
        assert_eq!(judge(AgeStatus::AdultDeclared, "0000"), at(DateFault::TooEarly));
        assert_eq!(judge(AgeStatus::AdultDeclared, "2020-05-05"), contradiction);
        assert_eq!(judge(AgeStatus::AdultDeclared, "1990-05"), Ok(()));
        assert_eq!(judge(AgeStatus::ChildDeclared, "2020-05-05"), Ok(()));
    }
}
