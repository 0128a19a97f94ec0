//! Age: what is known, and the presumption of minority (R6).

use crate::closed::closed_list;

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
}
