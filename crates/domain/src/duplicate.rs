//! Pairs of cases that may be about one person (R12): found by the house, judged by people.
//!
//! Two registrations never merge by themselves. A merge is a reference from one case to another that
//! two people agreed on (R10); nothing is moved, so that it can be undone.

use crate::{
    closed::closed_list,
    machine::{Machine, acts},
};

closed_list! {
    /// Where the question stands whether two cases are about one person.
    DuplicateState = "duplicate_state" {
        Open = "open",
        MergeRequested = "merge_requested",
        Merged = "merged",
        Dismissed = "dismissed",
        Undone = "undone",
    }
}

acts! {
    /// What moves the question.
    DuplicateAct {
        Dismiss = "dismiss",
        RequestMerge = "request-merge",
        ApproveMerge = "approve-merge",
        DeclineMerge = "decline-merge",
        UndoMerge = "undo-merge",
    }
}

impl Machine for DuplicateState {
    type Act = DuplicateAct;
    const INITIAL: Self = Self::Open;
    const TRANSITIONS: &'static [(Self, DuplicateAct, Self)] = &[
        (Self::Open, DuplicateAct::RequestMerge, Self::MergeRequested),
        (Self::Open, DuplicateAct::Dismiss, Self::Dismissed),
        (Self::MergeRequested, DuplicateAct::ApproveMerge, Self::Merged),
        (Self::MergeRequested, DuplicateAct::DeclineMerge, Self::Open),
        (Self::Merged, DuplicateAct::UndoMerge, Self::Undone),
    ];
}

closed_list! {
    /// How much two registrations look alike.
    LikenessBand = "likeness_band" {
        Strong = "strong",
        Possible = "possible",
    }
}

impl LikenessBand {
    /// The least percentage that is worth somebody's look.
    const POSSIBLE: u8 = 80;
    /// The least percentage of a strong likeness.
    const STRONG: u8 = 92;

    /// Returns the band of a percentage; below the threshold there is none.
    #[must_use]
    pub const fn of(percent: u8) -> Option<Self> {
        match percent {
            Self::STRONG.. => Some(Self::Strong),
            Self::POSSIBLE.. => Some(Self::Possible),
            _ => None,
        }
    }

    /// Returns the place in the queue: the greatest likeness first.
    #[must_use]
    pub const fn rank(self) -> i32 {
        match self {
            Self::Strong => 0,
            Self::Possible => 1,
        }
    }
}

closed_list! {
    /// What speaks for two registrations being about one person, and what against it.
    LikenessReason = "likeness_reason" {
        SamePhone = "same_phone",
        SameDocument = "same_document",
        DocumentNear = "document_near",
        NamesSame = "names_same",
        NamesAlike = "names_alike",
        NamesSwapped = "names_swapped",
        NamePartMissing = "name_part_missing",
        NamesDiffer = "names_differ",
        YearSame = "year_same",
        YearNear = "year_near",
        YearDiffers = "year_differs",
        SexDiffers = "sex_differs",
    }
}

closed_list! {
    /// Why a pair was dismissed. A code and no words: words would be about two people at once.
    DismissalReason = "duplicate_dismissal" {
        DifferentPeople = "different_people",
        SameFamily = "same_family",
        NotEnoughKnown = "not_enough_known",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{case::CaseStatus, machine::State};

    #[test]
    fn r12_nothing_is_merged_that_nobody_asked_for() {
        let merging: Vec<_> = DuplicateState::TRANSITIONS
            .iter()
            .filter(|(.., to)| *to == DuplicateState::Merged)
            .map(|(from, by, _)| (*from, *by))
            .collect();

        assert_eq!(merging, [(DuplicateState::MergeRequested, DuplicateAct::ApproveMerge)]);
    }

    #[test]
    fn r12_undoing_a_merge_leads_back_to_wherever_the_case_came_from() {
        use crate::case::CaseAct::{Merge, UndoMerge};
        for from in CaseStatus::sources(Merge) {
            let merged = State::stored_for_test(from).step(Merge).unwrap().to();
            let back = State::stored_for_test(merged).step_to(UndoMerge, from).unwrap();
            assert_eq!((merged, back.to()), (CaseStatus::MergedDuplicate, from));
        }
        let merged = State::stored_for_test(CaseStatus::MergedDuplicate);
        assert!(merged.step_to(UndoMerge, CaseStatus::Closed).is_err());
    }

    #[test]
    fn a_likeness_below_the_threshold_is_in_no_band() {
        assert_eq!(LikenessBand::of(100), Some(LikenessBand::Strong));
        assert_eq!(LikenessBand::of(LikenessBand::POSSIBLE), Some(LikenessBand::Possible));
        assert_eq!(LikenessBand::of(LikenessBand::POSSIBLE - 1), None);
    }
}
