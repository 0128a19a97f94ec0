//! The steps behind the wall: what the police and the prosecution conduct, and what must not be held against
//! the person.

use refero_domain::{
    consent::LegalBasis,
    dates,
    id::{CaseId, ProceedingId},
    proceeding::{PersonRole, ProceedingStage, ProceedingWords, ProtectiveMeasure},
    sensitive::Sensitive,
};
use refero_store::{Error, unit::Tx};

use super::{Scene, Stage, WORDS, words};
use crate::{
    demo::{accounts, plan::Step},
    service::{
        non_punishment::{self, Raising},
        proceedings::{self, Basis, Opening, Target},
    },
};

/// Aims at a proceeding as it is now.
fn aim(tx: &mut Tx<'_>, case: &CaseId, id: &ProceedingId) -> Result<Target, Error> {
    let expected = Some(proceedings::open(tx, case, id)?.1.row().proceeding.version);
    Ok(Target { case_id: case.clone(), id: id.clone(), expected })
}

impl Stage<'_> {
    /// Opens investigations, moves them on, tells whom they are about, and raises issues.
    pub(super) fn behind_the_wall(&self, scene: &Scene<'_>, step: &Step) -> Result<(), Error> {
        let coordinator = scene.story.coordinator;
        let profile = self.seeding.profile.clone();
        let id: ProceedingId = scene.id(0);
        match *step {
            Step::Investigate => self.opens(scene, "investigator", id),
            Step::Prosecute => self.opens(scene, "prosecutor", scene.id(1)),
            Step::TakeUp => self.on_case("investigator", scene, move |tx, case| {
                let to = aim(tx, case, &id)?;
                proceedings::advance(tx, &to, ProceedingStage::Investigating)
            }),
            Step::TellPolice => self.on_case(coordinator, scene, move |tx, case| {
                let to = aim(tx, case, &id)?;
                let basis = Basis::Law(LegalBasis::CriminalInvestigation, words(WORDS));
                proceedings::share_identity(tx, &profile, &to, &basis)
            }),
            Step::RaiseIssue => {
                let raising = Raising {
                    id: Some(scene.id(0)),
                    issue: "immigration_offence".to_owned(),
                    attributed_by: "immigration_service".to_owned(),
                    attributed_on: Some(dates::today(scene.at)),
                    account: Some(words(WORDS)),
                };
                self.on_case(coordinator, scene, move |tx, case| {
                    non_punishment::raise(tx, case, &raising)
                })
            }
            _ => Err(Error::broken("a step of the demonstration is behind no wall")),
        }
    }

    fn opens(&self, scene: &Scene<'_>, by: &str, id: ProceedingId) -> Result<(), Error> {
        let opening = Opening {
            id: Some(id),
            kind: "criminal_trafficking".to_owned(),
            organisation_id: accounts::named(by)?.organisation.id(),
            person_role: PersonRole::Complainant,
            protective_measures: vec![
                ProtectiveMeasure::VideoTestimony,
                ProtectiveMeasure::AccompanimentToCourt,
            ],
            words: Sensitive::new(ProceedingWords {
                notes: Some(WORDS.to_owned()),
                ..ProceedingWords::default()
            }),
        };
        self.on_case(scene.story.coordinator, scene, move |tx, case| {
            proceedings::create(tx, case, &opening)
        })
    }
}
