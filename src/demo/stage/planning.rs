//! Plans that are agreed with people.

use refero_domain::{
    consent::{ConsentGiver, ConsentMode},
    plan::{AgreementWords, ItemOwner, ItemWords, PlanWords},
    sensitive::Sensitive,
};
use refero_store::{
    Error,
    plans::{ItemTerms, NewAgreement},
};

use super::{Scene, Stage, WORDS};
use crate::service::plans::{self, NewItem, NewPlan};

/// What is planned for everybody, as codes.
const STEPS: [(&str, &str, ItemOwner); 2] = [
    ("livelihood", "vocational_training", ItemOwner::Survivor),
    ("legal", "legal_aid", ItemOwner::Bureau),
];

fn item(scene: &Scene<'_>, slot: usize) -> Option<NewItem> {
    let (plan_type, service, owner) = STEPS.get(slot)?;
    Some(NewItem {
        id: Some(scene.id(slot)),
        terms: ItemTerms {
            plan_type: (*plan_type).to_owned(),
            service_type: Some((*service).to_owned()),
            owner: *owner,
            owner_organisation_id: None,
            due_on: None,
            referral_id: None,
            for_transition: scene.story.person.is_child(),
        },
        words: Sensitive::new(ItemWords { objective: WORDS.to_owned(), ..ItemWords::default() }),
    })
}

fn agreement() -> NewAgreement {
    NewAgreement {
        giver: ConsentGiver::Individual,
        mode: ConsentMode::VerbalWitnessed,
        language: "en".to_owned(),
        interpreter: false,
        declined_services: Vec::new(),
        words: Sensitive::new(AgreementWords { own_words: Some(WORDS.to_owned()) }),
    }
}

impl Stage<'_> {
    /// Plans with a person, who agrees if they are grown; for a child somebody who may agree is not there
    /// yet.
    pub(super) fn plan(&self, scene: &Scene<'_>) -> Result<(), Error> {
        let coordinator = scene.story.coordinator;
        let id = scene.id(0);
        self.on_case(coordinator, scene, move |tx, case| {
            let words = Sensitive::new(PlanWords { aims: Some(WORDS.to_owned()) });
            plans::start(tx, case, &NewPlan { id: Some(id.clone()), words, planned_end_on: None })
        })?;
        for new in (0..STEPS.len()).filter_map(|slot| item(scene, slot)) {
            self.on_case(coordinator, scene, move |tx, case| plans::create_item(tx, case, &new))?;
        }
        let profile = self.seeding.profile.clone();
        if scene.story.person.is_child() {
            return Ok(());
        }
        self.on_case(coordinator, scene, move |tx, case| {
            let version = plans::open(tx, case)?.1.plan.version;
            plans::agree(tx, &profile, (case, Some(version)), &agreement())
        })
    }
}
