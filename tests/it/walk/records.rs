//! The records of one stage.

use std::collections::BTreeMap;

use super::{
    making::Maker,
    people::People,
    stages::{Basis, Found, Plan, Stage},
};
use crate::world::World;

/// Words that stand in a case (`case_restricted`).
pub(super) const TOLD: &str = "Afraid of the north gate.";
/// The person's name (`identity_sealed`).
pub(super) const NAME: &str = "Ama K.";
/// What a provider writes about its own work.
pub(super) const CARED: &str = "Slept through the night.";
/// What a provider that treats notes about it (`medical`).
pub(super) const WOUND: &str = "A burn on the left hand.";

/// A report and what came of it, in one stage.
#[derive(Default)]
pub(super) struct Record {
    pub(super) report: String,
    pub(super) case: String,
    pub(super) case_code: String,
    pub(super) referral: Option<String>,
    /// Who gives the person's consents.
    pub(super) giver: &'static str,
    /// The parts of the dossier and of the referral, by the name that they have in paths.
    pub(super) parts: BTreeMap<&'static str, String>,
    /// The consent on which the referral rests.
    pub(super) carrying: String,
    /// The versions of case and referral while the record is made.
    pub(super) case_version: i64,
    pub(super) referral_version: i64,
    /// The other case of its pair, and the version of the pair.
    pub(super) other_case: String,
    pub(super) pair_version: i64,
}

impl Record {
    /// Names a case without anything in it.
    pub(super) fn of_case(case: &str) -> Self {
        Self { case: case.to_owned(), giver: "individual", ..Self::default() }
    }

    /// Brings a record into a stage.
    pub(super) async fn reach(w: &World, people: &People, stage: &Stage) -> Self {
        Self::reach_with(w, people, stage, true).await
    }

    async fn reach_with(w: &World, people: &People, stage: &Stage, has_parts: bool) -> Self {
        let maker = Maker { w, people };
        match &stage.plan {
            Plan::Draft => maker.draft().await,
            Plan::Case(found, moves) => {
                let mut record = maker.registered(*found).await;
                // Parts are made while they can be made: before a case is closed.
                let (before, after) = moves.split_at(moves.len().min(1));
                maker.move_on(&mut record, before).await;
                maker.parts(&mut record).await;
                maker.move_on(&mut record, after).await;
                record
            }
            Plan::Pair(found, moves) => {
                let mut record = maker.registered(Found::Adult).await;
                maker.move_on(&mut record, &[("coordinator", "claim")]).await;
                maker.pair_with(&mut record, *found).await;
                maker.move_on(&mut record, moves).await;
                record
            }
            Plan::Referral(basis, moves) => {
                let mut record = maker.registered(Found::Adult).await;
                if *basis != Basis::Emergency {
                    let open = [("coordinator", "claim"), ("coordinator", "activate")];
                    maker.move_on(&mut record, &open).await;
                }
                if has_parts {
                    maker.parts(&mut record).await;
                }
                maker.refer(&mut record, *basis).await;
                maker.move_on(&mut record, moves).await;
                record
            }
        }
    }

    /// Brings the record back into its stage after somebody did something to it: as another one, for
    /// most of what is done cannot be undone. Who did something to a referral goes on with referrals,
    /// and needs no parts of the case.
    pub(super) async fn reach_again(
        &mut self,
        w: &World,
        people: &People,
        (stage, did): (&Stage, &str),
    ) {
        let maker = Maker { w, people };
        let renewed = match did {
            "answerConsent" => maker.consent_again(self, "pending_id").await,
            "withdrawConsent" => maker.consent_again(self, "consent_id").await,
            _ => false,
        };
        if !renewed {
            let has_parts = !did.ends_with("Referral");
            *self = Self::reach_with(w, people, stage, has_parts).await;
        }
    }
}
