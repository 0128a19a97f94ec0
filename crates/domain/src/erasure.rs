//! Forgetting a person (R13), and what stands in the way of it.

use crate::{
    closed::closed_list,
    machine::{Machine, acts},
};

closed_list! {
    /// Why a person is forgotten.
    ErasureGround = "erasure_ground" {
        RequestOfPerson = "request_of_person",
        ConsentWithdrawn = "consent_withdrawn",
        NoLongerNeeded = "no_longer_needed",
        UnlawfulProcessing = "unlawful_processing",
        OrderOfAuthority = "order_of_authority",
    }
}

closed_list! {
    /// Where a request to forget a person stands.
    ErasureState = "erasure_state" {
        Requested = "requested",
        CarriedOut = "carried_out",
        Declined = "declined",
    }
}

acts! {
    /// What moves a request to forget a person. Approving carries it out.
    ErasureAct {
        Approve = "approve",
        Decline = "decline",
    }
}

impl Machine for ErasureState {
    type Act = ErasureAct;
    const INITIAL: Self = Self::Requested;
    const TRANSITIONS: &'static [(Self, ErasureAct, Self)] = &[
        (Self::Requested, ErasureAct::Approve, Self::CarriedOut),
        (Self::Requested, ErasureAct::Decline, Self::Declined),
    ];
}

closed_list! {
    /// Why nothing of a case may be erased for now.
    HoldGround = "legal_hold_ground" {
        CriminalProceedings = "criminal_proceedings",
        CivilProceedings = "civil_proceedings",
        OrderOfAuthority = "order_of_authority",
        ComplaintOrInquiry = "complaint_or_inquiry",
    }
}

closed_list! {
    /// Where a legal hold stands.
    HoldState = "legal_hold_state" {
        InForce = "in_force",
        ReleaseRequested = "release_requested",
        Released = "released",
    }
}

acts! {
    /// What moves a legal hold: releasing it takes two people, who each say so (R10).
    HoldAct {
        RequestRelease = "request-release",
        Release = "release",
    }
}

impl Machine for HoldState {
    type Act = HoldAct;
    const INITIAL: Self = Self::InForce;
    const TRANSITIONS: &'static [(Self, HoldAct, Self)] = &[
        (Self::InForce, HoldAct::RequestRelease, Self::ReleaseRequested),
        (Self::ReleaseRequested, HoldAct::Release, Self::Released),
    ];
}

/// The first year of the five to which a year of birth belongs: what statistics by age need, and no
/// more than that.
#[must_use]
pub const fn coarse_birth_year(year: i64) -> i64 {
    year - year.rem_euclid(5)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{machine::State, refusal::Refusal};

    #[test]
    fn what_was_carried_out_or_declined_stays_so() {
        for ended in [ErasureState::CarriedOut, ErasureState::Declined] {
            for act in ErasureAct::ALL {
                let stepped = State::stored_for_test(ended).step(*act);
                assert_eq!(stepped.unwrap_err(), Refusal::IllegalTransition);
            }
        }
    }

    #[test]
    fn r10_a_hold_is_released_in_two_steps() {
        let asked = State::<HoldState>::initial().step(HoldAct::RequestRelease).unwrap();
        assert!(State::<HoldState>::initial().step(HoldAct::Release).is_err());
        assert_eq!(asked.then(HoldAct::Release).unwrap().to(), HoldState::Released);
    }

    #[test]
    fn a_year_of_birth_is_kept_to_five_years() {
        for (exact, coarse) in [(2001, 2000), (2000, 2000), (1999, 1995), (1904, 1900)] {
            assert_eq!(coarse_birth_year(exact), coarse);
        }
    }
}
