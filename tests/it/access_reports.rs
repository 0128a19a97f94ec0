//! Who opened this file: complete, and about nobody else.

use std::collections::BTreeSet;

use refero_domain::actor::ActorRole;
use serde_json::json;

use crate::{
    referral_steps::{act, all_ids, ids, scene},
    world::{Answer, Persona, World},
};

fn report_on(auditor: &Persona, id: &str, more: &str) -> crate::world::Asking {
    auditor.get(format!("/v1/audit/access-reports/{id}?limit=200{more}"))
}

/// What an answer lists: who did what.
fn acts(answer: &Answer) -> Vec<(String, String)> {
    let items = answer.at("/items");
    let text =
        |item: &serde_json::Value, key: &str| item[key].as_str().unwrap_or_default().to_owned();
    items
        .as_array()
        .unwrap()
        .iter()
        .map(|item| (text(item, "actor_id"), text(item, "action")))
        .collect()
}

/// Returns the person of a case.
fn person_of(w: &World, case: &str) -> String {
    w.texts(&format!("select person_id as value from cases where id = '{case}'")).remove(0)
}

both! {
    async fn r14_every_reading_of_a_file_is_in_its_report(w: World) {
        let s = scene(&w).await;
        let (consent, referral) = s.sent().await;
        let auditor = w.auditor().await;
        let supervisor = w.supervisor().await;
        w.advance_s(1);
        let case = &s.case;

        s.coordinator.get(format!("/v1/cases/{case}")).await.is(200);
        s.coordinator.get(format!("/v1/cases/{case}/identity")).purpose("case_management").await.is(200);
        s.coordinator.get(format!("/v1/cases/{case}/timeline")).await.is(200);
        s.coordinator.get(format!("/v1/cases/{case}/consents/{consent}")).await.is(200);
        s.coordinator.get("/v1/cases").await.is(200);
        s.coordinator.get("/v1/queues/my-cases").await.is(200);
        s.responder.get("/v1/detection-reports").await.is(200);
        s.worker.get("/v1/queues/inbox").await.is(200);
        s.worker.get(format!("/v1/referrals/{referral}")).await.is(200);
        w.advance_s(15_000);
        supervisor.get("/v1/queues/overdue").await.is(200);
        act(&s.worker, &referral, "accept", json!({})).await.is(200);
        s.worker.get(format!("/v1/referrals/{referral}/package")).purpose("care").await.is(200);
        let code = s.coordinator.get(format!("/v1/cases/{case}")).await.is(200).text_at("/case_code");
        s.coordinator.post("/v1/cases/search").json(json!({"case_code": code})).await.is(200);

        let found = report_on(&auditor, case, "").await.is(200);
        let acts: BTreeSet<_> = acts(&found).into_iter().collect();
        for (who, what) in [
            (&s.responder, "report.submit"), (&s.coordinator, "case.read"), (&s.coordinator, "identity.read"),
            (&s.coordinator, "timeline.read"), (&s.coordinator, "consent.read"), (&s.coordinator, "queue.my-cases"),
            (&s.responder, "report.read"), (&s.worker, "queue.inbox"), (&s.worker, "referral.read"),
            (&s.worker, "referral.accept"), (&s.worker, "package.read"), (&supervisor, "queue.overdue"),
        ] {
            assert!(acts.contains(&(who.user_id.as_str().to_owned(), what.to_owned())), "{what}: {acts:#?}");
        }
        // Whichever part of the file is named, it is the same file.
        let report = w.texts(&format!("select id as value from detection_reports where case_id = '{case}'")).remove(0);
        let ids = |answer: &Answer| -> Vec<String> {
            answer.at("/items").as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
        };
        for id in [&referral, &report, &person_of(&w, case)] {
            let same = report_on(&auditor, id, "&action=case.read,queue.inbox,report.read").await.is(200);
            let first = report_on(&auditor, case, "&action=case.read,queue.inbox,report.read").await.is(200);
            assert_eq!(ids(&same), ids(&first), "{id}");
        }
        // And nothing is left out: every event that names a part of it anywhere is there.
        let file: Vec<String> = [person_of(&w, case), case.clone(), referral.clone(), report].to_vec();
        let named: Vec<String> = file.iter().map(|id| format!("case_id = '{id}' or object_id = '{id}' or shown_ids like '%{id}%'")).collect();
        let all = w.texts(&format!("select id as value from audit_events where outcome = 'success' and ({}) order by at desc, id desc", named.join(" or ")));
        let found = report_on(&auditor, case, "").await.is(200);
        assert!(all.len() > 15);
        for id in all {
            assert!(ids(&found).contains(&id), "{id}");
        }
    }

    async fn a_report_is_about_one_person_and_is_itself_in_the_file(w: World) {
        let s = scene(&w).await;
        let other = scene(&w).await;
        let auditor = w.auditor().await;
        other.coordinator.get(format!("/v1/cases/{}", other.case)).await.is(200);
        w.advance_s(1);

        let found = report_on(&auditor, &s.case, "").await.is(200);
        let strangers: Vec<_> = acts(&found).into_iter().filter(|(who, _)| *who == other.coordinator.user_id.as_str()).collect();
        assert!(strangers.iter().all(|(_, what)| what != "case.read"), "{strangers:?}");
        let text = found.text();
        for hidden in ["Arrives with one bag", "Ama"] {
            assert!(!text.contains(hidden));
        }
        w.advance_s(1);
        let again = report_on(&auditor, &s.case, "").await.is(200);
        assert_eq!(acts(&again)[0], (auditor.user_id.as_str().to_owned(), "audit.read".to_owned()));
    }

    async fn a_report_is_narrowed_and_read_page_by_page(w: World) {
        let s = scene(&w).await;
        let auditor = w.auditor().await;
        for _ in 0..4 {
            w.advance_s(60);
            s.coordinator.get(format!("/v1/cases/{}", s.case)).await.is(200);
            s.coordinator.get("/v1/cases").await.is(200);
        }
        let mine = format!("&actor_id={}&action=case.read", s.coordinator.user_id);
        let whole = report_on(&auditor, &s.case, &mine).await.is(200);
        let all = ids(&whole);
        assert!(all.len() >= 8);

        let first = format!("/v1/audit/access-reports/{}?limit=3{mine}", s.case);
        let paged = all_ids(&auditor, &first).await;
        assert_eq!(paged, all, "every event once, in order");
        let first = whole.text_at("/items/0/request_id");
        for (filter, count) in [
            (format!("&request_id={first}"), 1),
            (format!("&organisation_id={}", s.shelter), 0),
            ("&action=identity.read".to_owned(), 0),
            ("&to=2026-11-02T09:00:00Z".to_owned(), 0),
        ] {
            let found = report_on(&auditor, &s.case, &filter).await.is(200);
            assert_eq!(found.at("/items").as_array().unwrap().len(), count, "{filter}");
        }
    }

    async fn only_who_watches_over_the_mechanism_is_told_who_opened_a_file(w: World) {
        let s = scene(&w).await;
        for persona in [&s.coordinator, &s.responder, &s.worker, &s.manager, &w.administrator().await] {
            report_on(persona, &s.case, "").await.is_problem(403, "not-permitted");
        }
        let officer = w.persona(ActorRole::DataProtectionOfficer).await;
        report_on(&officer, &s.case, "").await.is(200);
        let absent = "3f2b8c1e-7a4d-4e0b-9c53-1d2e3f4a5b6c";
        report_on(&officer, absent, "").await.is_problem(404, "not-found");
        report_on(&officer, "Ama", "").await.is_problem(404, "not-found");
    }

    async fn lists_are_found_by_what_they_showed(w: World) {
        let s = scene(&w).await;
        let auditor = w.auditor().await;
        w.advance_s(1);
        s.coordinator.get("/v1/cases").await.is(200);

        let path = format!("/v1/audit-events?shown_id={}&actor_id={}", s.case, s.coordinator.user_id);
        let found = auditor.get(&path).await.is(200);
        assert_eq!(found.at("/items/0/action"), "case.read");
        let own = s.coordinator.get(&path).await.is(200);
        assert_eq!(own.at("/items/0/id"), found.at("/items/0/id"));
        let theirs = s.worker.get(path).await.is(200);
        assert_eq!(theirs.at("/items"), json!([]), "one's own events alone");
    }
}
