//! How a case goes, from the first report to wherever its story ends.

use refero_domain::{case::IdentificationStage, consent::LegalBasis, referral::Urgency};

use super::{
    DAY, HOUR, Referring, Step, Story,
    path::{ENDED_PATHS, EVERY_PATH, Path},
};
use crate::demo::cast::{Person, turn};

/// A story while it is being told.
pub(super) struct Telling {
    pub(super) number: usize,
    pub(super) story: Story,
    /// Minutes before the present.
    pub(super) at: i64,
    /// How many consents and referrals there are.
    pub(super) slots: usize,
}

impl Telling {
    pub(super) fn new(number: usize) -> Self {
        let responders = ["responder.north", "responder.border", "responder.hospital"];
        let coordinators = ["coordinator.one", "coordinator.two"];
        let story = Story {
            person: Person::new(number),
            responder: turn(&responders, number),
            coordinator: turn(&coordinators, number),
            is_of_the_raid: false,
            steps: Vec::new(),
        };
        Self { number, story, at: 0, slots: 0 }
    }

    /// Varies something by person, so that not everything happens at once.
    fn varied(&self, most: i64) -> i64 {
        i64::try_from(self.number * 53 % 97).unwrap_or_default() * most / 97
    }

    fn begins(&mut self, ago: i64) {
        self.at = ago;
    }

    /// Lets time pass until so many minutes before the present.
    fn not_before(&mut self, ago: i64) {
        self.at = self.at.min(ago);
    }

    /// Something happens so many minutes later, but never after the present.
    pub(super) fn then(&mut self, later: i64, step: Step) {
        self.at = (self.at - later).max(1);
        self.story.steps.push((self.at, step));
    }

    pub(super) fn is_every(&self, nth: usize) -> bool {
        self.number.is_multiple_of(nth)
    }

    pub(super) fn draft(&mut self) {
        self.begins(HOUR + self.varied(9 * DAY));
        self.then(0, Step::Register { submit: false });
    }

    fn registered(&mut self) {
        self.then(0, Step::Register { submit: true });
    }

    pub(super) fn submitted(&mut self) {
        self.begins(12 + self.varied(40 * HOUR));
        self.story.is_of_the_raid = self.story.responder == "responder.north";
        self.registered();
        if self.is_every(2) {
            self.then(5, Step::Screen { by: self.story.responder });
        }
        if self.is_every(3) {
            self.emergency();
        }
    }

    /// The first responder sends somebody at once, before anybody has claimed the case.
    fn emergency(&mut self) {
        let (slot, by) = (self.slot(), self.story.responder);
        let (to, services) = self.shelter();
        let basis = Err(LegalBasis::VitalInterests);
        let urgency = Urgency::OneHour;
        self.then(2, Step::Refer(Referring { slot, by, to, services, urgency, basis }));
        self.then(1, Step::Send { slot, by });
        if self.is_every(2) {
            self.then(4, Step::Accept(to, slot));
        }
    }

    fn claimed(&mut self) {
        if self.is_every(6) {
            self.then(3 * HOUR, Step::Assign { by: "supervisor.one" });
        } else {
            self.then(2 * HOUR + self.varied(8 * HOUR), Step::Claim);
        }
    }

    pub(super) fn under_triage(&mut self) {
        self.begins(DAY + self.varied(2 * DAY));
        self.registered();
        self.claimed();
        self.then(HOUR, Step::Screen { by: self.story.coordinator });
        if self.is_every(4) {
            self.then(HOUR, Step::Conclude(IdentificationStage::ScreenedInsufficient));
        }
    }

    /// Most of what must not wait does not.
    fn in_time(&mut self) {
        if !self.is_every(9) && self.story.person.has_urgent_needs() {
            self.then(HOUR, Step::MeetDeadline("urgent_needs"));
        }
        if !self.is_every(4) && self.story.person.is_child() {
            self.then(3 * HOUR, Step::MeetDeadline("guardian_for_child"));
        }
        if !self.is_every(8) {
            self.then(5 * HOUR, Step::MeetDeadline("needs_assessment_and_plan"));
        }
    }

    /// Registers, claims, screens, concludes and opens.
    fn opened(&mut self) {
        use IdentificationStage as Stage;
        self.registered();
        self.claimed();
        self.then(HOUR, Step::Activate);
        self.in_time();
        self.then(2 * HOUR, Step::Screen { by: self.story.coordinator });
        match self.number % 5 {
            0 => {}
            1 => self.then(DAY, Step::Conclude(Stage::ScreenedIndicatorsPresent)),
            _ => self.then(DAY, Step::Conclude(Stage::PresumedVictim)),
        }
        if self.is_every(2) {
            self.then(HOUR, Step::Note);
        }
        if self.is_every(4) {
            self.then(20, Step::CorrectNote);
        }
        if self.is_every(15) {
            self.then(HOUR, Step::RaiseRisk);
        }
    }

    pub(super) fn active(&mut self, place: usize) {
        self.begins(7 * DAY + self.varied(50 * DAY));
        self.opened();
        if self.is_every(5) {
            self.investigated();
        }
        if self.is_every(3) {
            self.refers(turn(&ENDED_PATHS, self.number / 3));
        }
        // What waits for an answer began in the last days, so that its clocks still run.
        self.not_before(DAY + self.varied(2 * DAY));
        self.refers(turn(&EVERY_PATH, place));
    }

    /// The police investigate; of some they are told who it is, and some are held to have come illegally.
    fn investigated(&mut self) {
        self.then(HOUR, Step::Investigate);
        self.then(HOUR, Step::TakeUp);
        if !self.story.person.is_child() {
            self.then(HOUR, Step::TellPolice);
        }
        if self.is_every(2) {
            self.then(HOUR, Step::Prosecute);
            self.then(HOUR, Step::RaiseIssue);
        }
    }

    pub(super) fn reflecting(&mut self) {
        self.begins(15 * DAY + self.varied(12 * DAY));
        self.opened();
        self.then(HOUR, Step::Plan);
        let path = if self.is_every(2) { Path::Started } else { Path::Accepted };
        self.refers(path);
        self.then(DAY, Step::StartReflection);
    }

    pub(super) fn following_up(&mut self) {
        self.begins(60 * DAY + self.varied(80 * DAY));
        self.opened();
        self.refers(Path::Completed);
        self.then(20 * DAY, Step::StartFollowUp);
        if !self.is_every(4) {
            self.then(25 * DAY, Step::MeetDeadline("follow_up_1"));
        }
        if self.is_every(2) {
            self.refers(Path::Started);
        } else if self.is_every(3) {
            // Nobody closes a case alone: these wait for the second person (R10).
            self.then(10 * DAY, Step::AskClosure("goals_met"));
        }
    }

    pub(super) fn lost(&mut self) {
        self.begins(40 * DAY + self.varied(40 * DAY));
        self.opened();
        self.refers(turn(&ENDED_PATHS, self.number));
        self.then(15 * DAY, Step::Suspend);
        if self.is_every(4) {
            self.then(3 * DAY, Step::Resume);
            self.then(5 * DAY, Step::Suspend);
        }
    }

    pub(super) fn closed(&mut self) {
        let reasons = ["goals_met", "survivor_request", "reintegrated", "other"];
        self.begins(100 * DAY + self.varied(90 * DAY));
        self.opened();
        self.refers(turn(&ENDED_PATHS, self.number));
        if self.is_every(2) {
            self.then(20 * DAY, Step::StartFollowUp);
        }
        self.then(30 * DAY, Step::AskClosure(turn(&reasons, self.number)));
        self.then(2 * DAY, Step::ApproveClosure);
        if self.is_every(10) {
            self.then(6 * DAY, Step::Reopen);
        }
    }
}
