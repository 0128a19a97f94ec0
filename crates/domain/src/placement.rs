//! Where a person lives while the case is open, and how freely (R9).

use crate::{
    closed::closed_list,
    machine::{Machine, acts},
    referral::OfferedService,
    refusal::Refusal,
};

/// The services by which an organisation houses people.
const HOUSING: [&str; 2] = ["safe_shelter", "alternative_care"];

/// Says whether an organisation houses people by a service of this type.
#[must_use]
pub fn houses(service_type: &str) -> bool {
    HOUSING.contains(&service_type)
}

closed_list! {
    /// Whether somebody still lives there.
    PlacementState = "placement_state" {
        Current = "current",
        Ended = "ended",
    }
}

acts! {
    /// What moves a placement.
    PlacementAct {
        End = "end",
    }
}

impl Machine for PlacementState {
    type Act = PlacementAct;
    const INITIAL: Self = Self::Current;
    const TRANSITIONS: &'static [(Self, PlacementAct, Self)] =
        &[(Self::Current, PlacementAct::End, Self::Ended)];
}

closed_list! {
    /// What kind of place it is.
    PlacementKind = "placement_kind" {
        Shelter = "shelter",
        TransitCentre = "transit_centre",
        AlternativeFamilyCare = "alternative_family_care",
        HealthFacility = "health_facility",
        Relatives = "relatives",
        OwnHousing = "own_housing",
        Other = "other",
    }
}

impl PlacementKind {
    /// Says whether somebody runs such a place, who must be named.
    #[must_use]
    pub const fn is_run_by_somebody(self) -> bool {
        matches!(self, Self::Shelter | Self::TransitCentre | Self::HealthFacility)
    }
}

closed_list! {
    /// Whether people who live in a place may leave it when they like.
    FacilityRegime = "facility_regime" {
        Open = "open",
        SemiOpen = "semi_open",
        Closed = "closed",
    }
}

closed_list! {
    /// How freely this person moves.
    FreedomOfMovement = "freedom_of_movement" {
        Unrestricted = "unrestricted",
        SaysWhereTheyGo = "says_where_they_go",
        Accompanied = "accompanied",
        MayNotLeave = "may_not_leave",
    }
}

/// Says whether somebody must say why the person cannot go where they like: a shelter is no prison, and
/// whatever keeps somebody in is an exception with a reason.
#[must_use]
pub const fn needs_reason(regime: FacilityRegime, freedom: FreedomOfMovement) -> bool {
    matches!(regime, FacilityRegime::Closed)
        || matches!(freedom, FreedomOfMovement::Accompanied | FreedomOfMovement::MayNotLeave)
}

/// Says whether a person can live with an organisation that offers these services.
///
/// # Errors
/// [`Refusal::AdulthoodNotEstablished`] if it houses adults alone and the person is protected as a child
/// (R6).
pub fn check_facility(offered: &[OfferedService], protected_as_child: bool) -> Result<(), Refusal> {
    let mut housing = offered.iter().filter(|one| houses(&one.service_type)).peekable();
    let for_adults_alone = housing.peek().is_some() && housing.all(|one| !one.takes_children);
    if protected_as_child && for_adults_alone {
        return Err(Refusal::AdulthoodNotEstablished);
    }
    Ok(())
}

closed_list! {
    /// Why somebody does not live there any more.
    PlacementEndReason = "placement_end_reason" {
        MovedOn = "moved_on",
        SurvivorRequest = "survivor_request",
        LeftWithoutNotice = "left_without_notice",
        NotSafe = "not_safe",
        NoPlaceAnyMore = "no_place_any_more",
        OfAge = "of_age",
        RecordedInError = "recorded_in_error",
        Other = "other",
    }
}

/// Where a place is: opened by those who work there, and by the coordinator of the case (R9).
#[derive(Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Location {
    /// The address, and how to get there.
    pub address: String,
    /// How to reach the people there.
    pub contact: Option<String>,
}

/// What else a placement holds in sealed form.
#[derive(Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct PlacementWords {
    /// Why this place.
    pub reason: Option<String>,
    /// Why the person may not go out as they like.
    pub restriction: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_is_kept_in_is_told_why() {
        for regime in FacilityRegime::ALL {
            assert!(needs_reason(*regime, FreedomOfMovement::MayNotLeave));
            assert!(needs_reason(*regime, FreedomOfMovement::Accompanied));
        }
        for freedom in FreedomOfMovement::ALL {
            assert!(needs_reason(FacilityRegime::Closed, *freedom));
        }
        assert!(!needs_reason(FacilityRegime::SemiOpen, FreedomOfMovement::SaysWhereTheyGo));
    }

    #[test]
    fn r6_a_child_does_not_live_where_only_adults_do() {
        let housing = |takes_children| OfferedService {
            service_type: "safe_shelter".to_owned(),
            takes_children,
            takes_adults: true,
            sexes: Vec::new(),
        };
        let refused = Err(Refusal::AdulthoodNotEstablished);
        assert_eq!(check_facility(&[housing(false)], true), refused);
        assert_eq!(check_facility(&[housing(false)], false), Ok(()));
        assert_eq!(check_facility(&[housing(false), housing(true)], true), Ok(()));
        assert_eq!(check_facility(&[], true), Ok(()), "whoever houses nobody as a service");
    }
}
