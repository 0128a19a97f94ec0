//! The steps of care: consents, referrals, and what providers report.

use refero_domain::{
    care::CareState,
    consent::{
        ChildConsentGround, ConsentAct, ConsentGiver, ConsentMode, ConsentPurpose, ConsentWords,
    },
    id::ReferralId,
    policy::{Class, Classes},
    referral::{DeclineReason, ReferralSecrets},
    sensitive::Sensitive,
};
use refero_store::{
    Error,
    unit::{Audited, Tx},
};

use super::{Scene, Stage, WORDS, words};
use crate::{
    demo::{
        accounts,
        plan::{Asked, Provider, Referring, Step},
    },
    service::{
        care::{self, Report},
        consents::{self, ChildBasis, Recording},
        referrals::{self, Acceptance, Proposal, Target},
    },
};

impl Stage<'_> {
    /// Asks for consents, and records what is answered.
    pub(super) fn consent(&self, scene: &Scene<'_>, step: &Step) -> Result<(), Error> {
        let coordinator = scene.story.coordinator;
        let profile = self.seeding.profile.clone();
        let (slot, act) = match *step {
            Step::AskConsent(ref asked) => {
                let recording = recording(scene, asked)?;
                return self.on_case(coordinator, scene, move |tx, case| {
                    consents::create(tx, case, &recording, &profile)
                });
            }
            Step::GiveConsent { slot, limited: true } => (slot, ConsentAct::GiveWithLimits),
            Step::GiveConsent { slot, limited: false } => (slot, ConsentAct::Give),
            Step::RefuseConsent { slot } => (slot, ConsentAct::Refuse),
            Step::WithdrawConsent { slot } => (slot, ConsentAct::Withdraw),
            _ => {
                return Err(Error::broken("a step of the demonstration is about no consent"));
            }
        };
        let (case_id, id) = (self.case(scene)?, scene.id(slot));
        let limits = (act == ConsentAct::GiveWithLimits)
            .then(|| words("Made up for the demonstration: not to anybody from the village."));
        let child = child_basis(scene);
        self.write(coordinator, scene, move |tx| {
            let expected = Some(consents::open(tx, &case_id, &id)?.1.row().consent.version);
            let (case_id, id) = (case_id.clone(), id.clone());
            let to = consents::Target { case_id, id, expected };
            match act {
                ConsentAct::Withdraw => consents::withdraw(tx, &to, Some(&words(WORDS))),
                _ => consents::answer(tx, &to, (act, limits.as_ref(), &child), &profile),
            }
        })
        .map(drop)
    }

    /// Drafts a referral.
    pub(super) fn refer(&self, scene: &Scene<'_>, referring: &Referring) -> Result<(), Error> {
        let proposal = Proposal {
            id: Some(scene.id(referring.slot)),
            case_id: self.case(scene)?,
            organisation_id: accounts::named(referring.to.worker)?.organisation.id(),
            services: referring.services.iter().map(|service| (*service).to_owned()).collect(),
            urgency: referring.urgency,
            reason: "additional_services_required".to_owned(),
            consent_id: referring.basis.ok().map(|slot| scene.id(slot)),
            legal_basis: referring.basis.err(),
            categories: None,
            placement_needs: vec!["interpreter".to_owned()],
            secrets: Sensitive::new(ReferralSecrets {
                basis_reason: referring.basis.err().map(|_| WORDS.to_owned()),
                instructions: Some(WORDS.to_owned()),
            }),
        };
        let profile = self.seeding.profile.clone();
        self.write(referring.by, scene, move |tx| referrals::create(tx, &proposal, false, &profile))
            .map(drop)
    }

    /// Writes on a referral of the story, as it is now.
    fn on_referral(
        &self,
        (username, slot): (&str, usize),
        scene: &Scene<'_>,
        act: impl Fn(&mut Tx<'_>, &Target) -> Result<Audited<ReferralId>, Error> + Send + 'static,
    ) -> Result<(), Error> {
        let id = scene.id(slot);
        self.write(username, scene, move |tx| {
            let expected = Some(referrals::open(tx, &id)?.1.row().referral.version);
            let id = id.clone();
            act(tx, &Target { id, expected })
        })
        .map(drop)
    }

    /// Sends, answers, works and ends.
    pub(super) fn move_referral(&self, scene: &Scene<'_>, step: &Step) -> Result<(), Error> {
        let profile = self.seeding.profile.clone();
        let note = Some(words(WORDS));
        match *step {
            Step::Send { slot, by } => {
                self.on_referral((by, slot), scene, move |tx, to| referrals::send(tx, to, &profile))
            }
            Step::Cancel { slot } => {
                let by = scene.story.coordinator;
                self.on_referral((by, slot), scene, move |tx, to| referrals::cancel(tx, to, &note))
            }
            Step::Receive(at, slot) => {
                self.on_referral((at.worker, slot), scene, referrals::receive)
            }
            Step::Accept(at, slot) => self.on_referral((at.worker, slot), scene, |tx, to| {
                referrals::accept(tx, to, &Acceptance::default())
            }),
            Step::AcceptForWorker(at, slot) => {
                let worker_id = Some(self.actor(at.worker)?.user_id);
                let acceptance = Acceptance { worker_id, ..Acceptance::default() };
                self.on_referral((at.manager, slot), scene, move |tx, to| {
                    referrals::accept(tx, to, &acceptance)
                })
            }
            Step::StartService(at, slot) => {
                self.on_referral((at.worker, slot), scene, referrals::start)
            }
            Step::Report(at, slot, state) => self.report(scene, (at, slot), state),
            Step::Decline(at, slot, reason) => {
                self.on_referral((at.worker, slot), scene, move |tx, to| {
                    referrals::decline(tx, to, reason, &note)
                })
            }
            Step::Return(at, slot) => self.on_referral((at.worker, slot), scene, move |tx, to| {
                referrals::return_to_sender(tx, to, DeclineReason::NotEligible, &note)
            }),
            Step::CompleteService(at, slot) => {
                self.on_referral((at.worker, slot), scene, move |tx, to| {
                    referrals::complete(tx, to, Some("goal_met"), &note)
                })
            }
            _ => Err(Error::broken("a step of the demonstration moves no referral")),
        }
    }

    /// Reports on every service that the referral asks for.
    fn report(
        &self,
        scene: &Scene<'_>,
        (at, slot): (Provider, usize),
        state: CareState,
    ) -> Result<(), Error> {
        let referral = scene.id(slot);
        let asked = scene.story.steps.iter().find_map(|(_, step)| match step {
            Step::Refer(referring) if referring.slot == slot => Some(referring.services.clone()),
            _ => None,
        });
        for service in asked.unwrap_or_default() {
            let report = Report {
                id: None,
                service_type: service.to_owned(),
                occurred_on: scene.at.date(),
                state,
                outcome: state.needs_outcome().then(|| "goal_met".to_owned()),
                next_due_on: None,
                note: Some(words(WORDS)),
                corrects_id: None,
            };
            let referral = referral.clone();
            self.write(at.worker, scene, move |tx| care::add(tx, &referral, &report))?;
        }
        Ok(())
    }
}

/// Says why a child of the demonstration consents without a guardian on record (R6).
fn child_basis(scene: &Scene<'_>) -> ChildBasis {
    let why = "Made up for the demonstration: the court appoints one on Monday.";
    let ground = (ChildConsentGround::GuardianNotYetAppointed, words(why));
    let is_child = scene.story.person.is_child();
    ChildBasis { guardian_id: None, ground: is_child.then_some(ground) }
}

/// Asks for a consent: of a child, the guardian is asked with the child (R6).
fn recording(scene: &Scene<'_>, asked: &Asked) -> Result<Recording, Error> {
    let recipient = accounts::named(asked.recipient.worker)?.organisation;
    let giver = if scene.story.person.is_child() {
        ConsentGiver::ChildAssentPlusGuardian
    } else {
        ConsentGiver::Individual
    };
    let treats = recipient.services.iter().any(|one| one.service_type == "medical_care");
    let shared = Classes::NONE.with(Class::Operational).with(Class::CaseRestricted);
    let shared = shared.with(Class::IdentitySealed);
    Ok(Recording {
        id: Some(scene.id(asked.slot)),
        purpose: ConsentPurpose::ShareWithServiceProvider,
        recipient_organisation_id: Some(recipient.id()),
        categories: if treats { shared.with(Class::Medical) } else { shared },
        giver,
        mode: ConsentMode::Written,
        language: scene.story.person.language().to_owned(),
        interpreter: scene.number.is_multiple_of(3),
        answer: None,
        words: Sensitive::new(ConsentWords::default()),
        expires_at: None,
        child: ChildBasis::default(),
    })
}
