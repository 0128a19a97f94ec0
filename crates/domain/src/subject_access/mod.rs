//! A person's request for a copy of what is held about them, and what becomes of it.
//!
//! What is held lies with several organisations, and a request widens nobody's need to know: each
//! hands over its own part. Once every part is handed over, the request is answered.

mod redaction;

pub use redaction::{Passage, RedactionGround, ReviewedText, Span};

use crate::{
    closed::closed_list,
    id::OrganisationId,
    machine::{Machine, acts},
};

closed_list! {
    /// Where a request for a copy stands.
    AccessState = "access_request_state" {
        Open = "open",
        RefusalRequested = "refusal_requested",
        Answered = "answered",
        Refused = "refused",
    }
}

acts! {
    /// What moves a request for a copy. Handing the last part over answers it.
    AccessAct {
        Answer = "answer",
        RequestRefusal = "request-refusal",
        ApproveRefusal = "approve-refusal",
        DeclineRefusal = "decline-refusal",
    }
}

impl Machine for AccessState {
    type Act = AccessAct;
    const INITIAL: Self = Self::Open;
    const TRANSITIONS: &'static [(Self, AccessAct, Self)] = &[
        (Self::Open, AccessAct::Answer, Self::Answered),
        (Self::Open, AccessAct::RequestRefusal, Self::RefusalRequested),
        (Self::RefusalRequested, AccessAct::ApproveRefusal, Self::Refused),
        (Self::RefusalRequested, AccessAct::DeclineRefusal, Self::Open),
    ];
}

closed_list! {
    /// Who asks for the copy. Traffickers come as relatives: who asks for another is looked at.
    AccessAsker = "access_asker" {
        Person = "person",
        Guardian = "guardian",
        Representative = "representative",
    }
}

closed_list! {
    /// How the person wants to have the copy. Paper in a pocket can be found: it may be read aloud.
    AccessDelivery = "access_delivery" {
        Printed = "printed",
        ReadAloud = "read_aloud",
        Electronic = "electronic",
    }
}

closed_list! {
    /// Why no copy is given.
    AccessRefusalGround = "access_refusal_ground" {
        IdentityNotShown = "identity_not_shown",
        MandateNotShown = "mandate_not_shown",
        ManifestlyExcessive = "manifestly_excessive",
        EndangersThePerson = "endangers_the_person",
        EndangersAnother = "endangers_another",
    }
}

closed_list! {
    /// The language in which the copy is asked for.
    CopyLanguage = "copy_language" {
        English = "en",
        French = "fr",
        Portuguese = "pt",
    }
}

closed_list! {
    /// Where a part of the copy stands.
    PartState = "access_part_state" {
        Open = "open",
        HandedOver = "handed_over",
    }
}

/// Whose part of the copy it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holder {
    /// Those who coordinate the case: everything but what providers wrote.
    Bureau,
    /// A provider: what it wrote itself (R3).
    Provider(OrganisationId),
}

impl Holder {
    /// Returns the provider, if it is one.
    #[must_use]
    pub const fn organisation(&self) -> Option<&OrganisationId> {
        match self {
            Self::Bureau => None,
            Self::Provider(id) => Some(id),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{machine::State, refusal::Refusal};

    #[test]
    fn r10_nothing_is_refused_that_nobody_asked_to_refuse() {
        let refusing: Vec<_> = AccessState::TRANSITIONS
            .iter()
            .filter(|(.., to)| *to == AccessState::Refused)
            .map(|(from, by, _)| (*from, *by))
            .collect();

        assert_eq!(refusing, [(AccessState::RefusalRequested, AccessAct::ApproveRefusal)]);
    }

    fn act() -> impl Strategy<Value = AccessAct> {
        prop::sample::select(AccessAct::ALL)
    }

    proptest! {
        #[test]
        fn whatever_is_tried_an_ended_request_stays_and_a_refusal_takes_two_steps(
            tried in prop::collection::vec(act(), 0..24)
        ) {
            let (mut state, mut before) = (AccessState::Open, None);
            for act in tried {
                let stepped = State::stored_for_test(state).step(act).map(|moved| moved.to());
                if state.acts().next().is_none() {
                    prop_assert_eq!(&stepped, &Err(Refusal::IllegalTransition));
                }
                if let Ok(to) = stepped {
                    if to == AccessState::Refused {
                        prop_assert_eq!(before, Some(AccessAct::RequestRefusal));
                    }
                    (state, before) = (to, Some(act));
                }
            }
            let ended = matches!(state, AccessState::Answered | AccessState::Refused);
            prop_assert_eq!(state.acts().next().is_none(), ended);
        }
    }
}
