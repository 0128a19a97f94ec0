//! What happens to whom: about a hundred and twenty stories that end in every state.
//!
//! The numbers decide everything, so that two demonstrations of the same day tell the same.

mod path;
mod telling;

use refero_domain::{
    care::CareState,
    case::IdentificationStage,
    consent::LegalBasis,
    referral::{DeclineReason, Urgency},
};

use super::cast::Person;

/// How many people there are.
pub(super) const PEOPLE: usize = 120;
const HOUR: i64 = 60;
const DAY: i64 = 24 * HOUR;

/// One thing that somebody does.
#[derive(Debug, Clone)]
pub(super) enum Step {
    Register { submit: bool },
    Claim,
    Assign { by: &'static str },
    Activate,
    Screen { by: &'static str },
    Conclude(IdentificationStage),
    Note,
    CorrectNote,
    RaiseRisk,
    AskConsent(Asked),
    GiveConsent { slot: usize, limited: bool },
    RefuseConsent { slot: usize },
    WithdrawConsent { slot: usize },
    Refer(Referring),
    Send { slot: usize, by: &'static str },
    Receive(Provider, usize),
    Accept(Provider, usize),
    AcceptForWorker(Provider, usize),
    Decline(Provider, usize, DeclineReason),
    StartService(Provider, usize),
    Report(Provider, usize, CareState),
    CompleteService(Provider, usize),
    Return(Provider, usize),
    Cancel { slot: usize },
    Plan,
    StartReflection,
    Suspend,
    Resume,
    StartFollowUp,
    MeetDeadline(&'static str),
    AskClosure(&'static str),
    ApproveClosure,
    Reopen,
    Investigate,
    Prosecute,
    TakeUp,
    TellPolice,
    RaiseIssue,
}

/// A provider as the stories know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Provider {
    /// The worker's user name.
    pub(super) worker: &'static str,
    /// The manager's user name.
    pub(super) manager: &'static str,
}

/// A consent that is asked for.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) slot: usize,
    pub(super) recipient: Provider,
}

/// A referral that is drafted.
#[derive(Debug, Clone)]
pub(super) struct Referring {
    pub(super) slot: usize,
    pub(super) by: &'static str,
    pub(super) to: Provider,
    pub(super) services: Vec<&'static str>,
    pub(super) urgency: Urgency,
    /// The consent it rests on, or the other basis.
    pub(super) basis: Result<usize, LegalBasis>,
}

/// One person's story.
#[derive(Debug, Clone)]
pub(super) struct Story {
    pub(super) person: Person,
    pub(super) responder: &'static str,
    pub(super) coordinator: &'static str,
    /// Whether the person was found in the raid, with others.
    pub(super) is_of_the_raid: bool,
    /// What happens, each so many minutes before the present.
    pub(super) steps: Vec<(i64, Step)>,
}
/// Tells every story.
pub(super) fn stories() -> Vec<Story> {
    (0..PEOPLE).map(story).collect()
}

fn story(number: usize) -> Story {
    let mut telling = telling::Telling::new(number);
    // 37 and 120 have no common factor: the states are mixed and each number comes once.
    let place = number * 37 % PEOPLE;
    match place {
        0..8 => telling.draft(),
        8..22 => telling.submitted(),
        22..34 => telling.under_triage(),
        34..76 => telling.active(place),
        76..84 => telling.reflecting(),
        84..98 => telling.following_up(),
        98..104 => telling.lost(),
        _ => telling.closed(),
    }
    telling.story
}
