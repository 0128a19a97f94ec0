//! What must be true of the rows and the trail together, whatever has happened.

use std::{collections::BTreeSet, sync::Arc};

use refero_store::{
    Db, Entropy, Error,
    log::{self, LogSigner},
    sealing::{DeploymentKey, KeyRing},
    testing,
    trail_query::Recorded,
};
use refero_verify::{Fault, Keys, Pin, Verified, Verifier, Witnesses};
use sha2::{Digest, Sha256};

use super::World;

/// The name of the log of every world.
pub(super) const LOG_NAME: &str = "refero-tests";

/// Kinds of things whose every version is an act of its own, with the table they are kept in.
const VERSIONED: [(&str, &str); 23] = [
    ("age_assessment", "age_assessments"),
    ("best_interests", "best_interests"),
    ("case", "cases"),
    ("complaint", "complaints"),
    ("consent", "consents"),
    ("detection_report", "detection_reports"),
    ("document", "documents"),
    ("erasure_request", "erasure_requests"),
    ("guardian", "guardians"),
    ("hearing", "hearings"),
    ("identification_decision", "identification_decisions"),
    ("incident", "incidents"),
    ("incident_link", "incident_links"),
    ("indicator_set_version", "indicator_set_versions"),
    ("legal_hold", "legal_holds"),
    ("non_punishment_issue", "non_punishment_issues"),
    ("placement", "placements"),
    ("plan_item", "plan_items"),
    ("proceeding", "proceedings"),
    ("referral", "referrals"),
    ("reflection_period", "reflection_periods"),
    ("safe_contact", "safe_contacts"),
    ("support_plan", "support_plans"),
];

/// Kinds of things that are made once and never changed.
const MADE_ONCE: [(&str, &str); 7] = [
    ("alleged_perpetrator", "alleged_perpetrators"),
    ("case_conference", "case_conferences"),
    ("follow_up", "follow_ups"),
    ("letter", "letters"),
    ("needs_assessment", "needs_assessments"),
    ("note", "notes"),
    ("service_update", "service_updates"),
];

impl World {
    /// Expects that nothing is half-written and nothing goes unrecorded: each effect has its event and
    /// each event its effect, the log is whole, and no rule is broken.
    #[track_caller]
    pub(crate) fn expect_sound(&self) {
        let events = testing::events(self.owner()).unwrap();
        self.expect_effects_with_events(&events);
        self.expect_whole_log();
        self.expect_no_rule_broken();
    }

    /// Expects that nothing is shared without a consent (R5).
    #[track_caller]
    pub(crate) fn expect_no_rule_broken(&self) {
        let shared_without_consent = self.texts(
            "select referrals.id as value from referrals
             join consents on consents.id = referrals.consent_id
             where consents.state in ('withdrawn', 'refused', 'expired') and referrals.state in
             ('draft', 'consent_pending', 'sent', 'received', 'accepted', 'service_started')",
        );
        assert!(shared_without_consent.is_empty(), "R5: {shared_without_consent:?}");
        let told_without_consent = self.texts(
            "select identity_disclosures.id as value from identity_disclosures
             join consents on consents.id = identity_disclosures.consent_id
             where consents.state in ('withdrawn', 'refused', 'expired') and ended_at is null",
        );
        assert!(told_without_consent.is_empty(), "R5: {told_without_consent:?}");
    }

    /// Compares every version of every row with the acts that the trail tells of, one to one.
    #[track_caller]
    pub(crate) fn expect_effects_with_events(&self, events: &[Recorded]) {
        let mut told: Vec<String> = events.iter().flat_map(effects).collect();
        let mut done: Vec<String> = Vec::new();
        for (kind, table) in VERSIONED {
            let rows = format!("select id || ' ' || cast(version as text) as value from {table}");
            for row in self.texts(&rows) {
                let (id, version) = row.split_once(' ').unwrap();
                let versions = 1..=version.parse::<i64>().unwrap();
                done.extend(versions.map(|version| format!("{kind} {id} {version}")));
            }
        }
        for (kind, table) in MADE_ONCE {
            let rows = self.texts(&format!("select id as value from {table}"));
            done.extend(rows.iter().map(|id| format!("{kind} {id} 1")));
        }
        told.sort();
        done.sort();
        let without_effect: Vec<_> = missing(&told, &done);
        let without_event: Vec<_> = missing(&done, &told);
        assert!(without_effect.is_empty(), "events without an effect: {without_effect:?}");
        assert!(without_event.is_empty(), "effects without an event: {without_event:?}");
        assert_eq!(told, done, "something was recorded twice");
    }

    /// Numbers what waits, and has the whole log verified.
    #[track_caller]
    fn expect_whole_log(&self) {
        self.number_events();
        self.verify(&[]).unwrap();
    }

    /// Gives every event its number, and signs the head of the log.
    #[track_caller]
    pub(crate) fn number_events(&self) {
        self.try_to_number_events().unwrap();
    }

    pub(crate) fn try_to_number_events(&self) -> Result<(), Error> {
        let ring = KeyRing::single(1, DeploymentKey::generate(&mut rand::rng()));
        let db = Db::open(self.app_options().clone(), ring, Entropy::system()).unwrap();
        log::sequence(&db, &Arc::new(signer()), self.now())
    }

    /// Computes the log again from what is stored, against checkpoints that somebody kept.
    pub(crate) fn verify(&self, pins: &[String]) -> Result<Verified, Fault> {
        self.verified_by(verifier(pins))
    }

    fn verified_by(&self, verifier: Verifier) -> Result<Verified, Fault> {
        let (mut verifier, mut fault) = (verifier.with_index(), None);
        let seen: Result<(), Error> = log::each_line(self.owner(), |line| {
            fault = fault.take().or(verifier.take(&line).err());
            Ok(())
        });
        seen.unwrap();
        fault.map_or_else(|| verifier.finish(), Err)
    }

    /// As [`Self::verify`], with what witnesses have signed.
    pub(crate) fn verify_with(&self, witnesses: Witnesses) -> Result<Verified, Fault> {
        self.verified_by(verifier(&[]).witnessed_by(witnesses))
    }

    /// Returns the hashes of all leaves, as receipts write them.
    pub(crate) fn leaves(&self) -> BTreeSet<String> {
        let leaves = match self.owner().sqlite_path() {
            Some(_) => "select lower(hex(hash)) as value from log_leaves",
            None => "select encode(hash, 'hex') as value from log_leaves",
        };
        self.texts(leaves).into_iter().collect()
    }

    /// Returns the newest checkpoint.
    pub(crate) fn checkpoint(&self) -> String {
        let notes = "select note as value from log_checkpoints order by size desc limit 1";
        self.texts(notes).remove(0)
    }
}

/// A verifier that knows the key of every world, and checkpoints that somebody kept.
pub(crate) fn verifier(pins: &[String]) -> Verifier {
    let pins = pins.iter().map(|pin| Pin::read(pin, &keys()).unwrap()).collect();
    Verifier::new(keys(), pins)
}

/// Returns the key that checks the signatures of every world.
pub(crate) fn keys() -> Keys {
    Keys::read(signer().verifier_keys().iter().map(String::as_str)).unwrap()
}

/// Returns the same key, as it is written.
pub(crate) fn log_key() -> String {
    signer().verifier_keys().concat()
}

/// Who signs the log of every world.
fn signer() -> LogSigner {
    LogSigner::new(LOG_NAME, &Sha256::digest(b"refero tests cli log").into()).unwrap()
}

/// Returns the versions that an event says it made.
fn effects(event: &Recorded) -> Vec<String> {
    let acts = ["create", "update", "execute", "delete"].contains(&event.operation.as_str());
    let kinds = || VERSIONED.iter().chain(&MADE_ONCE).map(|(kind, _)| *kind);
    let made = (&event.object_type, &event.object_id, event.object_version);
    match made {
        (Some(kind), Some(id), Some(version))
            if acts && event.outcome == "success" && kinds().any(|known| known == kind) =>
        {
            let mut made = vec![format!("{kind} {id} {version}")];
            // With the submission the case comes into being.
            if event.action == "report.submit" {
                made.push(format!("case {} 1", event.case_id.as_ref().unwrap()));
            }
            made
        }
        _ => Vec::new(),
    }
}

/// Returns what is in one sorted list and not in the other.
fn missing<'a>(these: &'a [String], those: &[String]) -> Vec<&'a String> {
    these.iter().filter(|one| those.binary_search(one).is_err()).collect()
}
