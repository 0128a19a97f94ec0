//! Letters on paper: numbered copies, each kept as it was made.

use crate::closed::closed_list;

closed_list! {
    /// What kind of letter it is.
    LetterKind = "letter_kind" {
        ReferralLetter = "referral_letter",
        NoticeOfRights = "notice_of_rights",
    }
}

/// The services by which somebody is housed: the name of whoever gives them says where (R9).
const HOUSING: [&str; 2] = ["safe_shelter", "alternative_care"];

/// Says whether a letter about services may name who gives them: paper goes astray (R9).
#[must_use]
pub fn may_name_recipient(services: &[String]) -> bool {
    !services.iter().any(|service| HOUSING.contains(&service.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r9_no_letter_names_where_somebody_is_housed() {
        let services =
            |codes: &[&str]| codes.iter().map(|code| (*code).to_owned()).collect::<Vec<_>>();
        assert!(may_name_recipient(&services(&["legal_aid", "medical_care"])));
        assert!(!may_name_recipient(&services(&["legal_aid", "safe_shelter"])));
        assert!(!may_name_recipient(&services(&["alternative_care"])));
    }
}
