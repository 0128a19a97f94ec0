//! How a referral goes, from the consent it rests on to wherever it ends.

use refero_domain::{
    age::SexReporting,
    care::CareState,
    consent::LegalBasis,
    referral::{DeclineReason, Urgency},
};

use super::{Asked, HOUR, Provider, Referring, Step, telling::Telling};
use crate::demo::cast::turn;

const HARBOUR: Provider = Provider { worker: "harbour.worker", manager: "harbour.manager" };
const LANTERN: Provider = Provider { worker: "lantern.worker", manager: "lantern.manager" };
const PALM: Provider = Provider { worker: "palm.worker", manager: "palm.manager" };
const SUNRISE: Provider = Provider { worker: "sunrise.worker", manager: "sunrise.manager" };
const SCALES: Provider = Provider { worker: "scales.worker", manager: "scales.manager" };
const HOSPITAL: Provider = Provider { worker: "hospital.worker", manager: "hospital.manager" };
/// How a referral ends, or where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Path {
    Draft,
    ConsentPending,
    ConsentRefused,
    Sent,
    Overdue,
    Received,
    Accepted,
    Declined,
    Started,
    Completed,
    Returned,
    Withdrawn,
    Cancelled,
}

pub(super) const EVERY_PATH: [Path; 13] = [
    Path::Draft,
    Path::ConsentPending,
    Path::ConsentRefused,
    Path::Sent,
    Path::Overdue,
    Path::Received,
    Path::Accepted,
    Path::Declined,
    Path::Started,
    Path::Completed,
    Path::Returned,
    Path::Withdrawn,
    Path::Cancelled,
];
pub(super) const ENDED_PATHS: [Path; 4] =
    [Path::Completed, Path::Declined, Path::Returned, Path::Cancelled];
impl Telling {
    pub(super) const fn slot(&mut self) -> usize {
        self.slots += 1;
        self.slots
    }

    /// Chooses who gives shelter: a child is never sent to adults (R6).
    pub(super) fn shelter(&self) -> (Provider, Vec<&'static str>) {
        let woman = self.story.person.sex() == SexReporting::Female;
        let to = match (self.story.person.is_child(), woman) {
            (true, _) => turn(&[SUNRISE, HARBOUR], self.number / 2),
            (false, true) => turn(&[HARBOUR, PALM, LANTERN], self.number / 2),
            (false, false) => turn(&[HARBOUR, LANTERN], self.number / 2),
        };
        (to, vec!["safe_shelter"])
    }

    fn recipient(&self) -> (Provider, Vec<&'static str>) {
        match self.number % 4 {
            0 => (HOSPITAL, vec!["medical_care"]),
            1 => (turn(&[SCALES, LANTERN], self.number / 4), vec!["legal_aid"]),
            2 => (LANTERN, vec!["psychosocial_support", "legal_aid"]),
            _ => self.shelter(),
        }
    }

    /// Asks, and refers as far as the path goes.
    pub(super) fn refers(&mut self, path: Path) {
        let (to, services) = self.recipient();
        let (slot, by) = (self.slot(), self.story.coordinator);
        let urgency = match path {
            Path::Overdue => Urgency::ThreeHours,
            Path::Sent | Path::Received => Urgency::ThirtyDays,
            _ => turn(&[Urgency::OneDay, Urgency::ThreeDays, Urgency::SevenDays], self.number),
        };
        // Every seventh rests on another basis than consent.
        let consents = path == Path::Withdrawn
            || path == Path::ConsentPending
            || path == Path::ConsentRefused
            || !self.is_every(7);
        let basis = if consents { Ok(slot) } else { Err(self.other_basis()) };
        if consents {
            self.then(HOUR, Step::AskConsent(Asked { slot, recipient: to }));
        }
        match path {
            Path::ConsentPending => {}
            Path::ConsentRefused => return self.then(HOUR, Step::RefuseConsent { slot }),
            _ if consents => {
                let limited = self.is_every(5);
                self.then(30, Step::GiveConsent { slot, limited });
            }
            _ => {}
        }
        self.then(30, Step::Refer(Referring { slot, by, to, services, urgency, basis }));
        if path != Path::Draft {
            self.then(10, Step::Send { slot, by });
        }
        self.answered(path, to, slot);
    }

    const fn other_basis(&self) -> LegalBasis {
        if self.story.person.is_child() {
            LegalBasis::ChildBestInterests
        } else {
            LegalBasis::VitalInterests
        }
    }

    fn answered(&mut self, path: Path, to: Provider, slot: usize) {
        match path {
            // Of an overdue one, the answer was due long ago.
            Path::Draft
            | Path::ConsentPending
            | Path::ConsentRefused
            | Path::Sent
            | Path::Overdue => {}
            Path::Received => self.then(HOUR, Step::Receive(to, slot)),
            Path::Declined => {
                let reasons = [
                    DeclineReason::NoCapacity,
                    DeclineReason::LanguageNotAvailable,
                    DeclineReason::SafetyConcern,
                ];
                let reason = turn(&reasons, self.number);
                self.then(2 * HOUR, Step::Decline(to, slot, reason));
            }
            Path::Cancelled => self.then(2 * HOUR, Step::Cancel { slot }),
            Path::Accepted => self.accepted(to, slot),
            Path::Started | Path::Completed | Path::Returned => {
                self.accepted(to, slot);
                self.then(4 * HOUR, Step::StartService(to, slot));
                self.then(HOUR, Step::Report(to, slot, CareState::InProgress));
                match path {
                    Path::Completed => {
                        self.then(8 * HOUR, Step::Report(to, slot, CareState::Completed));
                        self.then(HOUR, Step::CompleteService(to, slot));
                    }
                    Path::Returned => self.then(6 * HOUR, Step::Return(to, slot)),
                    _ => {}
                }
            }
            Path::Withdrawn => {
                self.accepted(to, slot);
                self.then(5 * HOUR, Step::WithdrawConsent { slot });
            }
        }
    }

    /// The worker accepts, or the manager does and names the worker.
    fn accepted(&mut self, to: Provider, slot: usize) {
        if self.is_every(3) {
            self.then(40, Step::Receive(to, slot));
            self.then(20, Step::AcceptForWorker(to, slot));
        } else {
            self.then(HOUR, Step::Accept(to, slot));
        }
    }
}
