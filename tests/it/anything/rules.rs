//! What must hold, said from rows and answers alone: the policy is what is tried here, and is not asked.

use std::collections::BTreeMap;

use refero_domain::actor::ActorRole::*;

use super::{
    acts::{Case, Known, Tried},
    cast::{Cast, Player},
};
use crate::world::{Answer, World};

/// Each question gives what breaks a rule, with the rule's number; nothing, as long as all hold.
const BROKEN: &[(&str, &str)] = &[
    (
        "R4 nothing is shared without a consent or another basis",
        "select id as value from referrals where state not in ('draft', 'cancelled')
           and consent_id is null and legal_basis = 'consent'",
    ),
    (
        "R5 no live referral rests on a consent that was withdrawn",
        "select r.id as value from referrals r join consents c on c.id = r.consent_id
           where c.state in ('withdrawn', 'refused')
             and r.state in ('consent_pending', 'sent', 'received', 'accepted', 'service_started')",
    ),
    (
        "R6 a child lives with nobody who houses adults alone",
        "select p.id as value from placements p join cases c on c.id = p.case_id
           join people q on q.id = c.person_id join services s on s.organisation_id = p.organisation_id
           where p.state = 'current' and s.ages = 'adults_only' and q.age_status in
             ('child_documented', 'child_declared', 'undetermined_presumed_child', 'assessed_child')
             and p.created_at > q.updated_at",
    ),
    (
        "R6 an age is assessed as that of an adult by a panel and two people alone",
        "select c.id as value from cases c join people q on q.id = c.person_id
           where q.age_status = 'assessed_adult' and not exists (
             select 1 from age_assessments a where a.case_id = c.id and a.state in ('decided', 'contested')
               and a.proposed_by <> a.decided_by)",
    ),
    (
        "R5 no authority is told who somebody is on a consent that was withdrawn",
        "select d.id as value from identity_disclosures d join consents c on c.id = d.consent_id
           where d.ended_at is null and c.state in ('withdrawn', 'refused')",
    ),
    (
        "R8 no authority is told who somebody is without a consent or another basis",
        "select id as value from identity_disclosures where consent_id is null and legal_basis = 'consent'",
    ),
    (
        "R9 nobody lives in two places",
        "select case_id as value from placements where state = 'current'
           group by case_id having count(*) > 1",
    ),
    (
        "R6 a child consents with its guardian or for a recorded ground",
        "select k.id as value from consents k where k.state in ('given', 'given_with_limits')
           and k.giver in ('guardian', 'child_assent_plus_guardian', 'authority_best_interests')
           and k.guardian_id is null and k.child_ground is null",
    ),
    (
        "nobody is found in two incidents at once",
        "select case_id as value from incident_links where state = 'linked'
           group by case_id having count(*) > 1",
    ),
    (
        "R4 no letter is made of a referral that rests on nothing",
        "select l.id as value from letters l join referrals r on r.id = l.referral_id
           where r.consent_id is null and r.legal_basis = 'consent'",
    ),
    (
        "R13 of a document that was uploaded the content is there",
        "select d.id as value from documents d where d.uploaded_at is not null
           and not exists (select 1 from document_contents c where c.document_id = d.id)",
    ),
    (
        "R10 nobody approves what they proposed for a child",
        "select id as value from best_interests where decided_by in (proposed_by, created_by)",
    ),
    (
        "nobody has two reflection periods at once",
        "select case_id as value from reflection_periods where state in ('offered', 'granted', 'extended')
           group by case_id having count(*) > 1",
    ),
    (
        "R19 nobody is granted days that rest on nothing",
        "select id as value from reflection_periods where starts_on is not null and grants = '[]'",
    ),
    (
        "R10 who asks to close a case does not close it",
        "select c.id as value from cases c where c.state = 'closed' and c.closure_requested_by = (
           select e.actor_id from audit_events e where e.case_id = c.id and e.action = 'case.close'
             and e.outcome = 'success' order by e.at desc limit 1)",
    ),
    (
        "R11 nobody is identified without a decision",
        "select c.id as value from cases c where c.identification_stage in
             ('presumed_victim', 'formally_identified', 'not_identified')
           and not exists (select 1 from identification_decisions d where d.case_id = c.id)
           and not exists (select 1 from screenings s where s.case_id = c.id and s.concluded_by is not null)",
    ),
];

/// Rows of these are never fewer than they were (R13).
const KEPT: [&str; 23] = [
    "cases",
    "people",
    "person_identities",
    "detection_reports",
    "screenings",
    "notes",
    "consents",
    "referrals",
    "service_updates",
    "identification_decisions",
    "placements",
    "reflection_periods",
    "best_interests",
    "plan_items",
    "follow_ups",
    "complaints",
    "proceedings",
    "non_punishment_issues",
    "documents",
    "letters",
    "incidents",
    "incident_links",
    "audit_events",
];

pub(super) struct Rules<'r> {
    w: &'r World,
    cast: &'r Cast,
    kept: BTreeMap<&'static str, u64>,
}

impl<'r> Rules<'r> {
    pub(super) fn begin(w: &'r World, cast: &'r Cast) -> Self {
        Self { w, cast, kept: BTreeMap::new() }
    }

    /// Expects every rule to hold after somebody was answered.
    pub(super) async fn hold(&mut self, tried: &Tried<'_>, answer: &Answer, known: &Known) {
        let what = || format!("{} by a {}: {}", tried.op.id, tried.by.role, answer.status);
        assert!(answer.status < 500, "{}", what());
        let reads_cases = !matches!(
            tried.by.role,
            DataProtectionOfficer | Auditor | Analyst | SystemAdministrator
        );
        // To whom was disclosed, data protection sees; what, nobody tells it (`told` below).
        let is_register = tried.op.id == "listDisclosures";
        assert!(reads_cases || is_register || answer.status >= 400, "R16: {}", what());
        let is_provider = matches!(tried.by.role, ServiceProviderWorker | ServiceProviderManager);
        let is_for_them = !tried.is_about_an_incident() || answer.status >= 400;
        assert!(!is_provider || is_for_them, "R2: {}", what());
        self.told(tried.by, answer, known, &what);
        let tells_where = known.cases.iter().any(|case| answer.text().contains(&case.place));
        assert!(!tried.is_on_paper() || !tells_where, "R9: {}", what());
        if answer.status < 300 && tried.op.method.as_str() != "GET" {
            self.rows(&what);
            self.ended(known).await;
        }
    }

    /// Nobody reads about somebody who is not theirs to know (R1, R2, R3, R8, R9).
    fn told(&self, by: &Player, answer: &Answer, known: &Known, what: &dyn Fn() -> String) {
        for case in &known.cases {
            if answer.text().contains(&case.name) {
                assert!(self.may_read(by, case), "R1, R2, R3, R8: {} {}", what(), answer.text());
            }
            if answer.text().contains(&case.place) {
                assert!(self.may_know_where(by, case), "R9: {} {}", what(), answer.text());
            }
            let is_provider = matches!(by.role, ServiceProviderWorker | ServiceProviderManager);
            if is_provider && answer.text().contains(&case.code) {
                assert!(self.serves(by, case), "R1: {} {}", what(), answer.text());
            }
        }
    }

    fn is_so(&self, sql: &str) -> bool {
        !self.w.texts(sql).is_empty()
    }

    /// Says whether somebody stands to a case so that they may read what was told of the person.
    fn may_read(&self, by: &Player, case: &Case) -> bool {
        let here = &by.persona.organisation_id;
        let id = &case.id;
        match by.role {
            FirstResponder => self.is_so(&format!(
                "select id as value from cases where id = '{id}' and registered_by = '{here}'"
            )),
            CaseCoordinator | CoordinationSupervisor | IdentificationOfficer => {
                let area = by.area.unwrap_or_default();
                self.is_so(&format!(
                    "select id as value from cases where id = '{id}' and (area is null or area = '{area}')"
                ))
            }
            // What the provider wrote itself stays its own (R3).
            ServiceProviderWorker | ServiceProviderManager => self.is_so(&format!(
                "select id as value from referrals where case_id = '{id}' and organisation_id = '{here}'
                   and answered_at is not null and state <> 'declined'"
            )),
            // With a consent or on another basis alone, and as long as that lasts (R8).
            Investigator | ProsecutorLiaison => self.is_so(&format!(
                "select id as value from identity_disclosures where case_id = '{id}'
                   and organisation_id = '{here}' and ended_at is null"
            )),
            _ => false,
        }
    }

    fn may_know_where(&self, by: &Player, case: &Case) -> bool {
        let id = &case.id;
        match by.role {
            CaseCoordinator => self.is_so(&format!(
                "select id as value from cases where id = '{id}' and coordinator_id = '{}'",
                by.persona.user_id
            )),
            ServiceProviderWorker | ServiceProviderManager => {
                self.serves(by, case)
                    && self.is_so(&format!(
                        "select id as value from placements where case_id = '{id}'
                           and organisation_id = '{}'",
                        by.persona.organisation_id
                    ))
            }
            _ => false,
        }
    }

    /// Says whether a referral of the case is, or was, worked on by somebody: before that it is an offer.
    fn serves(&self, by: &Player, case: &Case) -> bool {
        let is_manager = by.role == ServiceProviderManager;
        let mine = format!("worker_id = '{}'", by.persona.user_id);
        let whose = if is_manager { "1 = 1" } else { mine.as_str() };
        self.is_so(&format!(
            "select id as value from referrals where case_id = '{}' and organisation_id = '{}'
               and answered_at is not null and state <> 'declined' and {whose}",
            case.id, by.persona.organisation_id
        ))
    }

    /// The rows break no rule, and none has gone.
    fn rows(&mut self, what: &dyn Fn() -> String) {
        let questions = BROKEN.iter().map(|(rule, sql)| {
            format!("select '{rule}: ' || value as value from ({sql}) q{}", rule.len())
        });
        let broken = self.w.texts(&questions.collect::<Vec<_>>().join(" union all "));
        assert!(broken.is_empty(), "{broken:?} after {}", what());
        let counts = KEPT.map(|table| {
            format!("select '{table} ' || cast(count(*) as text) as value from {table}")
        });
        for count in self.w.texts(&counts.join(" union all ")) {
            let (table, count) = count.split_once(' ').unwrap();
            let count: u64 = count.parse().unwrap();
            let table = KEPT.into_iter().find(|kept| *kept == table).unwrap();
            let before = self.kept.insert(table, count).unwrap_or_default();
            assert!(count >= before, "R13: {table} has {count} rows, and had {before}: {}", what());
        }
    }

    /// Whoever has no live referral of a case opens no package of it (R3).
    async fn ended(&self, known: &Known) {
        let ids: Vec<String> = known.cases.iter().map(|case| format!("'{}'", case.id)).collect();
        let ended = self.w.texts(&format!(
            "select id as value from referrals where case_id in ({}) and state not in
               ('accepted', 'service_started') order by updated_at desc limit 1",
            ids.join(", ")
        ));
        let Some(referral) = ended.first() else { return };
        let managers = self.cast.with(ServiceProviderManager);
        for manager in managers {
            let path = format!("/v1/referrals/{referral}/package");
            let answer = manager.persona.get(path).purpose("care").await;
            assert!(answer.status >= 400, "R3: {}", answer.text());
        }
    }
}
