//! Plays the stories: each step by whoever would take it, at its moment, through the same acts as
//! in earnest. Steps of different stories are played in the order of their moments, as they would
//! have happened.

mod care;
mod planning;
mod together;
mod wall;

use std::collections::BTreeMap;

use refero_domain::{
    actor::Actor,
    case::RiskLevel,
    id::{CaseId, Id, Kind},
    instant::Instant,
    screening::{Answer, Purpose, ScreeningProfile},
    sensitive::Sensitive,
};
use refero_store::{
    Error,
    unit::{Audited, Request, Tx},
};

use super::{
    Seeding, accounts, bytes_of,
    plan::{Step, Story},
};
use crate::service::{
    cases::{self, ClosureRequest, Correction, Target},
    dossier::{self, NewScreening},
    notes, reports,
};

/// Plays every story.
///
/// # Errors
/// Whatever an act refuses: then the plan is wrong.
pub(super) fn play(seeding: &Seeding<'_>, stories: &[Story]) -> Result<(), Error> {
    let mut stage = Stage::new(seeding, stories.len());
    let mut moments: Vec<(i64, usize, usize)> = Vec::new();
    for (story, told) in stories.iter().enumerate() {
        let steps = told.steps.iter().enumerate();
        moments.extend(steps.map(|(step, (ago, _))| (-ago, story, step)));
    }
    moments.sort_unstable();
    for (minutes, number, step) in moments {
        let told = stories.get(number).and_then(|story| Some((story, &story.steps.get(step)?.1)));
        let Some((story, step)) = told else { continue };
        // Seconds of its own, so that no two things happen at the very same moment.
        let offset = i64::try_from(number * 7 % 53).unwrap_or_default();
        let at = seeding.now.plus_seconds(minutes * 60 + offset);
        let scene = Scene { number, story, at };
        stage.step(&scene, step).inspect_err(|error| {
            tracing::error!(number, ?step, ?error, "a story of the demonstration does not work");
        })?;
    }
    stage.report_places()
}

/// Where a step is taken.
struct Scene<'t> {
    number: usize,
    story: &'t Story,
    at: Instant,
}

impl Scene<'_> {
    /// Returns the id of a part of the story: it follows from the part's name.
    fn id<K: Kind>(&self, slot: usize) -> Id<K> {
        Id::from_random_bytes(bytes_of(K::NAME, &format!("{} {slot}", self.number)))
    }
}

/// Aims at a case as it is now.
fn target<'c>(tx: &mut Tx<'_>, case: &'c CaseId) -> Result<Target<'c>, Error> {
    Ok((case, Some(cases::find(tx, case)?.permit.row().case.version)))
}

struct Stage<'s> {
    seeding: &'s Seeding<'s>,
    actors: BTreeMap<&'static str, Actor>,
    cases: Vec<Option<CaseId>>,
}

/// Why somebody wrote what stands sealed.
const WORDS: &str = "Made up for the demonstration.";

fn words(text: &str) -> Sensitive<String> {
    Sensitive::new(text.to_owned())
}

impl<'s> Stage<'s> {
    fn new(seeding: &'s Seeding<'s>, stories: usize) -> Self {
        let actors = accounts::accounts()
            .iter()
            .map(|account| (account.username, account.actor()))
            .collect();
        Self { seeding, actors, cases: vec![None; stories] }
    }

    fn actor(&self, username: &str) -> Result<Actor, Error> {
        let actor = self.actors.get(username).cloned();
        actor.ok_or_else(|| Error::broken("the demonstration has no such account"))
    }

    fn case(&self, scene: &Scene<'_>) -> Result<CaseId, Error> {
        let case = self.cases.get(scene.number).cloned().flatten();
        case.ok_or_else(|| Error::broken("a story of the demonstration has no case yet"))
    }

    /// Writes as somebody, at the scene's moment.
    fn write<T: Send + 'static>(
        &self,
        username: &str,
        scene: &Scene<'_>,
        act: impl Fn(&mut Tx<'_>) -> Result<Audited<T>, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let request = Request::vouched(self.actor(username)?, scene.at);
        self.seeding.db.write("demo.step", request, act)
    }

    /// Writes on the scene's case as somebody.
    fn on_case<T: Send + 'static>(
        &self,
        username: &str,
        scene: &Scene<'_>,
        act: impl Fn(&mut Tx<'_>, &CaseId) -> Result<Audited<T>, Error> + Send + 'static,
    ) -> Result<(), Error> {
        let case = self.case(scene)?;
        self.write(username, scene, move |tx| act(tx, &case)).map(drop)
    }

    fn step(&mut self, scene: &Scene<'_>, step: &Step) -> Result<(), Error> {
        match step {
            Step::Register { submit } => self.register(scene, *submit),
            Step::Claim
            | Step::Assign { .. }
            | Step::Activate
            | Step::RaiseRisk
            | Step::StartReflection
            | Step::Suspend
            | Step::Resume
            | Step::StartFollowUp
            | Step::MeetDeadline(_)
            | Step::AskClosure(_)
            | Step::ApproveClosure
            | Step::Reopen => self.move_case(scene, step),
            Step::Plan => self.plan(scene),
            Step::Screen { .. } | Step::Conclude(_) | Step::Note | Step::CorrectNote => {
                self.write_dossier(scene, step)
            }
            Step::Investigate
            | Step::Prosecute
            | Step::TakeUp
            | Step::TellPolice
            | Step::RaiseIssue => self.behind_the_wall(scene, step),
            Step::AskConsent(_)
            | Step::GiveConsent { .. }
            | Step::RefuseConsent { .. }
            | Step::WithdrawConsent { .. } => self.consent(scene, step),
            Step::Refer(referring) => self.refer(scene, referring),
            Step::Send { .. }
            | Step::Receive(..)
            | Step::Accept(..)
            | Step::AcceptForWorker(..)
            | Step::Decline(..)
            | Step::StartService(..)
            | Step::Report(..)
            | Step::CompleteService(..)
            | Step::Return(..)
            | Step::Cancel { .. } => self.move_referral(scene, step),
        }
    }

    fn register(&mut self, scene: &Scene<'_>, submit: bool) -> Result<(), Error> {
        let mut new = scene.story.person.report(scene.at, submit);
        if scene.story.is_of_the_raid {
            new.details.incident_id = Some(self.raid(scene)?);
        }
        let profile = self.seeding.profile.clone();
        let case = self.write(scene.story.responder, scene, move |tx| {
            reports::create(tx, &profile, &new)?
                .try_map(|id| Ok::<_, Error>(reports::find(tx, &id)?.row().case_id.clone()))
        })?;
        if let Some(kept) = self.cases.get_mut(scene.number) {
            *kept = case;
        }
        Ok(())
    }

    fn move_case(&self, scene: &Scene<'_>, step: &Step) -> Result<(), Error> {
        let coordinator = scene.story.coordinator;
        let profile = self.seeding.profile.clone();
        match *step {
            Step::Assign { by } => {
                let to = self.actor(coordinator)?.user_id;
                self.on_case(by, scene, move |tx, case| {
                    let at = target(tx, case)?;
                    cases::assign(tx, at, &to)
                })
            }
            Step::Activate => self.on_case(coordinator, scene, move |tx, case| {
                let at = target(tx, case)?;
                cases::activate(tx, &profile, at)
            }),
            Step::RaiseRisk => self.on_case(coordinator, scene, move |tx, case| {
                let risk_level = Some(RiskLevel::High);
                let correction = Correction { risk_level, ..Correction::default() };
                let at = target(tx, case)?;
                cases::edit(tx, &profile, at, &correction)
            }),
            Step::StartFollowUp => self.on_case(coordinator, scene, move |tx, case| {
                let at = target(tx, case)?;
                cases::start_follow_up(tx, &profile, at)
            }),
            Step::MeetDeadline(kind) => self.on_case(coordinator, scene, move |tx, case| {
                let at = target(tx, case)?;
                cases::meet_deadline(tx, at, kind)
            }),
            Step::AskClosure(reason) => self.on_case(coordinator, scene, move |tx, case| {
                let at = target(tx, case)?;
                let asked =
                    ClosureRequest { reason: Some(reason.to_owned()), ..ClosureRequest::default() };
                cases::close(tx, &profile, at, &asked)
            }),
            Step::ApproveClosure => self.on_case("supervisor.one", scene, move |tx, case| {
                let at = target(tx, case)?;
                cases::close(tx, &profile, at, &ClosureRequest::default())
            }),
            Step::Reopen => self.on_case("supervisor.two", scene, move |tx, case| {
                let at = target(tx, case)?;
                let reason = Sensitive::new("Asked for help again.".to_owned());
                cases::reopen(tx, &profile, at, &reason)
            }),
            Step::Suspend => self.on_case(coordinator, scene, move |tx, case| {
                let at = target(tx, case)?;
                cases::suspend(tx, &profile, at, None)
            }),
            Step::Claim => self.on_case(coordinator, scene, |tx, case| {
                let at = target(tx, case)?;
                cases::claim(tx, at)
            }),
            ref pause => self.pause_case(scene, pause),
        }
    }

    fn pause_case(&self, scene: &Scene<'_>, step: &Step) -> Result<(), Error> {
        let act = match step {
            Step::StartReflection => cases::start_reflection,
            Step::Resume => cases::resume,
            _ => return Err(Error::broken("a step of the demonstration moves no case")),
        };
        let profile = self.seeding.profile.clone();
        self.on_case(scene.story.coordinator, scene, move |tx, case| {
            let at = target(tx, case)?;
            act(tx, &profile, at)
        })
    }

    /// Screens, concludes and writes notes.
    fn write_dossier(&self, scene: &Scene<'_>, step: &Step) -> Result<(), Error> {
        let coordinator = scene.story.coordinator;
        match *step {
            Step::Screen { by } => {
                let screening = screening(scene);
                self.on_case(by, scene, move |tx, case| {
                    dossier::create_screening(tx, case, &screening)
                })
            }
            Step::Conclude(stage) => {
                let id = scene.id(0);
                self.on_case(coordinator, scene, move |tx, case| {
                    let expected = (case, &id, Some(1));
                    dossier::conclude_screening(tx, expected, stage, &words(WORDS))
                })
            }
            Step::Note => {
                let id = scene.id(0);
                self.on_case(coordinator, scene, move |tx, case| {
                    let text = words("Made up for the demonstration: calls again next week.");
                    notes::create_note(tx, case, Some(id.clone()), &text, None)
                })
            }
            _ => {
                let (first, second) = (scene.id(0), scene.id(1));
                self.on_case(coordinator, scene, move |tx, case| {
                    let text = words("Made up for the demonstration: calls again in two weeks.");
                    notes::create_note(tx, case, Some(second.clone()), &text, Some(&first))
                })
            }
        }
    }
}

fn screening(scene: &Scene<'_>) -> NewScreening {
    use Answer::{Declined, No, NotAsked, Unknown, Yes};
    let answers = [
        ("DR01", Yes),
        ("EX01", if scene.number.is_multiple_of(4) { Unknown } else { Yes }),
        ("DC01", if scene.number.is_multiple_of(3) { Yes } else { No }),
        ("RV01", NotAsked),
        ("DV01", Declined),
    ];
    NewScreening {
        id: Some(scene.id(0)),
        profile: ScreeningProfile::AdultLabour,
        answers: answers.map(|(code, answer)| (code.to_owned(), answer)).into(),
        purpose: Purpose::Observed,
    }
}
