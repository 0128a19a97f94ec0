//! What must be true of the rows and the trail together, whatever has happened.

use std::collections::BTreeMap;

use refero_domain::audit::{AuditRecord, canonical_bytes, leaf_hash};
use refero_store::{testing, trail_query::Recorded};

use super::World;

/// Kinds of things whose every version is an act of its own, with the table they are kept in.
const VERSIONED: [(&str, &str); 4] = [
    ("case", "cases"),
    ("consent", "consents"),
    ("detection_report", "detection_reports"),
    ("referral", "referrals"),
];

/// Kinds of things that are made once and never changed.
const MADE_ONCE: [(&str, &str); 2] = [("note", "notes"), ("service_update", "service_updates")];

impl World {
    /// Expects that nothing is half-written and nothing goes unrecorded: each effect has its event and
    /// each event its effect, the chains of the cases are whole, and no rule is broken.
    #[track_caller]
    pub(crate) fn expect_sound(&self) {
        let events = testing::events(self.owner()).unwrap();
        self.expect_effects_with_events(&events);
        self.expect_whole_chains(&events);
        let shared_without_consent = self.texts(
            "select referrals.id as value from referrals
             join consents on consents.id = referrals.consent_id
             where consents.state in ('withdrawn', 'refused', 'expired') and referrals.state in
             ('draft', 'consent_pending', 'sent', 'received', 'accepted', 'service_started')",
        );
        assert!(shared_without_consent.is_empty(), "R5: {shared_without_consent:?}");
    }

    /// Compares every version of every row with the acts that the trail tells of, one to one.
    #[track_caller]
    fn expect_effects_with_events(&self, events: &[Recorded]) {
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

    /// Recomputes every hash from what is stored, and follows each chain from its first event to its
    /// head.
    #[track_caller]
    fn expect_whole_chains(&self, events: &[Recorded]) {
        let mut heads: BTreeMap<String, (i64, Vec<u8>)> = BTreeMap::new();
        for event in events {
            let prev = event.prev_hash.as_ref().map(|hash| hash.as_slice().try_into().unwrap());
            let hash = leaf_hash(&canonical_bytes(&as_hashed(event), prev.as_ref()));
            assert_eq!(event.hash, hash, "event {} was changed", event.id);
            let (Some(case), Some(seq)) = (&event.case_id, event.case_seq) else {
                assert_eq!((&event.prev_hash, event.case_seq), (&None, None), "{}", event.id);
                continue;
            };
            let (before, prev) = match heads.get(case) {
                None => (0, None),
                Some((seq, hash)) => (*seq, Some(hash.clone())),
            };
            assert_eq!((seq, &event.prev_hash), (before + 1, &prev), "the chain of {case}");
            heads.insert(case.clone(), (seq, hash.to_vec()));
        }
        assert_eq!(testing::chain_heads(self.owner()).unwrap(), heads);
    }
}

/// Returns the versions that an event says it made.
fn effects(event: &Recorded) -> Vec<String> {
    let acts = ["create", "update", "execute"].contains(&event.operation.as_str());
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

/// Returns an event in the form that was hashed.
fn as_hashed(event: &Recorded) -> AuditRecord {
    let event = event.clone();
    AuditRecord {
        id: event.id.as_str().to_owned(),
        at_us: event.at.unix_microseconds(),
        actor_id: event.actor_id,
        actor_roles: event.actor_roles.get().unwrap(),
        organisation_id: event.organisation_id,
        session_id: event.session_id,
        action: event.action,
        operation: event.operation,
        outcome: event.outcome,
        refusal_code: event.refusal_code,
        purpose: event.purpose,
        object_type: event.object_type,
        object_id: event.object_id,
        object_version: event.object_version,
        case_id: event.case_id,
        case_seq: event.case_seq,
        permitted_by: event.permitted_by,
        basis_id: event.basis_id,
        fields: event.fields.get().unwrap(),
        shown_count: event.shown_count,
        shown_ids: event.shown_ids.get().unwrap(),
        request_id: event.request_id,
        network: event.network,
        commitments: Vec::new(),
    }
}
