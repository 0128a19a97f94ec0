//! One operation can find fifty people: registered at once, linked to each other, and shown to nobody as a group.

use refero_domain::{actor::ActorRole, id::OrganisationId};
use serde_json::{Value, json};

use crate::{
    every::ABSENT,
    referral_steps::{act, ids, merged, scene_for},
    steps::{adult_report, register, report, step},
    world::{Answer, Persona, World},
};

const TOLD: &str = "Forty people slept in one shed.";

/// An incident of yesterday.
pub(crate) fn incident() -> Value {
    json!({
        "found_on": "2026-11-01", "place": "mine_or_quarry", "area": "XZ-N",
        "exploitation_types": ["forced_labour"], "narrative": TOLD
    })
}

async fn found(by: &Persona) -> String {
    let made = by.post("/v1/incidents").json(incident()).await.is(201);
    format!("/v1/incidents/{}", made.id())
}

/// Sends rows of JSON.
async fn rows(by: &Persona, incident: &str, rows: Value) -> Answer {
    by.post(format!("{incident}/reports")).json(json!({"rows": rows})).await
}

/// Sends a table as a spreadsheet writes it.
async fn table(by: &Persona, incident: &str, key: &str, text: &str) -> Answer {
    by.post(format!("{incident}/reports")).key(key).bytes("text/csv", text).await
}

fn count(w: &World, table: &str) -> usize {
    w.texts(&format!("select id as value from {table}")).len()
}

both! {
    async fn fifty_people_are_registered_by_one_table_and_each_is_answered(w: World) {
        let responder = w.first_responder().await;
        let incident = found(&responder).await;
        let mut text = String::from("\u{feff}name;sex_reporting;age_status;birth_year_estimate;urgent_needs\r\n");
        for n in 0..50 {
            text.push_str(&format!("Kofi {n};male;adult_declared;1990;safe_shelter|medical_care\r\n"));
        }
        text.push_str(";;;;\r\n");

        let answer = table(&responder, &incident, "raid", &text).await.is(200);
        assert_eq!((answer.at("/registered"), answer.at("/refused")), (json!(50), json!(0)));
        assert_eq!(count(&w, "cases"), 50);
        for row in 0..50 {
            let at = |member: &str| answer.at(&format!("/rows/{row}/{member}"));
            assert_eq!(at("row"), json!(row + 1));
            assert!(at("case_code").as_str().unwrap().starts_with("XZ-"), "{}", answer.text());
            assert!(at("possible_duplicates").is_string());
        }
        let report = answer.text_at("/rows/7/report_id");
        let report = responder.get(format!("/v1/detection-reports/{report}")).await.is(200);
        assert_eq!(report.at("/urgent_needs"), json!(["safe_shelter", "medical_care"]));
        // What a row leaves out and all share is that of the incident.
        assert_eq!((report.at("/area"), report.at("/detected_on")), (json!("XZ-N"), json!("2026-11-01")));
        assert_eq!(responder.get(&incident).await.is(200).at("/people"), 50);
        let created = w.texts("select id as value from audit_events where action = 'report.submit' and outcome = 'success'");
        assert_eq!(created.len(), 50, "an event for each");
        w.expect_sound();
    }

    async fn a_bad_row_loses_no_good_one(w: World) {
        let responder = w.first_responder().await;
        let incident = found(&responder).await;
        let text = "name,sex_reporting,birth_year_estimate,detected_on\n\
            Ama,female,2001,\n\
            Kofi,man,soon,\n\
            Yaa,female,1999,2999-01-01\n\
            ,,,,\"too much\"\n\
            Esi,female,1998,\n";

        let answer = table(&responder, &incident, "raid", text).await.is(200);
        assert_eq!((answer.at("/registered"), answer.at("/refused")), (json!(2), json!(3)));
        assert!(answer.at("/rows/0/case_id").is_string() && answer.at("/rows/4/case_id").is_string());
        assert_eq!(answer.at("/rows/1/problem/code"), "validation-failed");
        assert_eq!(answer.at("/rows/1/problem/errors/0/pointer"), "/sex_reporting");
        assert_eq!(answer.at("/rows/2/problem/errors"), json!([{"pointer": "/detected_on", "code": "in-future"}]));
        assert_eq!(answer.at("/rows/3/problem/errors"), json!([{"pointer": "", "code": "too-long"}]));
        assert!(!answer.text().contains("Kofi") && !answer.text().contains("soon"), "nothing is repeated");
        assert_eq!(responder.get(&incident).await.is(200).at("/people"), 2);
        // What a row says is judged as a report by itself is.
        let silent = rows(&responder, &incident, json!([{}, {"colour": "red"}, {"submit": false, "sex_reporting": "female"}])).await.is(200);
        assert_eq!(silent.at("/rows/0/problem/errors"), json!([{"pointer": "/detection_source", "code": "required"}]));
        assert_eq!(silent.at("/rows/1/problem/code"), "unknown-field");
        assert!(silent.at("/rows/2/report_id").is_string());
        assert_eq!(silent.at("/rows/2").get("case_id"), None, "a draft was asked for");
        w.expect_sound();
    }

    async fn a_table_that_is_sent_again_registers_nobody_twice(w: World) {
        let responder = w.first_responder().await;
        let incident = found(&responder).await;
        let text = "name\tsex_reporting\nAma\tfemale\nKofi\tman\nAma\tfemale\n";

        let first = table(&responder, &incident, "raid", text).await.is(200);
        assert_eq!(first.at("/registered"), 2, "two who are told alike are two");
        w.advance_s(60);
        let again = table(&responder, &incident, "raid", text).await.is(200);
        for row in [0, 2] {
            let case = format!("/rows/{row}/case_id");
            assert_eq!(first.at(&case), again.at(&case));
        }
        assert_eq!(count(&w, "cases"), 2);
        let other = table(&responder, &incident, "raid", &text.replace("man", "male")).await;
        other.is_problem(422, "idempotency-key-reused");
        assert_eq!(count(&w, "cases"), 2);
        let elsewhere = found(&responder).await;
        table(&responder, &elsewhere, "raid", text).await.is_problem(422, "idempotency-key-reused");
        // Rows with ids of their own need no key, and one may be sent alone.
        let row = merged(report(), json!({"id": "0f0e0d0c-0b0a-4908-8706-050403020100"}));
        let send = |rows: Value| {
            responder.post(format!("{incident}/reports")).without_key().json(json!({"rows": rows}))
        };
        let one = send(json!([row])).await.is(200);
        w.advance_s(60);
        let two = send(json!([row, merged(adult_report(), json!({"id": ABSENT}))])).await.is(200);
        assert_eq!(one.at("/rows/0/case_id"), two.at("/rows/0/case_id"));
        assert_eq!(count(&w, "cases"), 4);
        let taken = send(json!([merged(row, json!({"sex_reporting": "male"}))])).await.is(200);
        assert_eq!(taken.at("/rows/0/problem/code"), "id-taken");
        send(json!([report()])).await.is_problem(400, "idempotency-key-missing");
        w.expect_sound();
    }

    async fn a_table_that_is_wrong_as_a_whole_registers_nobody(w: World) {
        let responder = w.first_responder().await;
        let incident = found(&responder).await;
        let send = async |text: &str| table(&responder, &incident, "k", text).await;

        send("name,colour\nAma,red\n").await.is_problem(422, "unknown-field");
        send("name,name\nAma,Ama\n").await.is_problem(422, "validation-failed");
        send("name\n").await.is_problem(422, "validation-failed");
        let many = format!("name\n{}", "Ama\n".repeat(201));
        let many = send(&many).await.is_problem(422, "validation-failed");
        assert_eq!(many.at("/errors"), json!([{"pointer": "/rows", "code": "too-long", "params": {"max": 200}}]));
        let latin = responder.post(format!("{incident}/reports")).bytes("text/csv", b"name\nAm\xe9lie\n".to_vec());
        latin.await.is_problem(400, "malformed-table");
        let foreign = responder.post(format!("{incident}/reports")).bytes("text/plain", "name\nAma\n");
        foreign.await.is_problem(415, "unsupported-media-type");
        rows(&responder, &format!("/v1/incidents/{ABSENT}"), json!([report()])).await.is_problem(404, "not-found");
        let foreign = json!([merged(report(), json!({"incident_id": ABSENT}))]);
        let foreign = rows(&responder, &incident, foreign).await.is(200);
        assert_eq!(foreign.at("/rows/0/problem/errors"), json!([{"pointer": "/incident_id", "code": "inconsistent"}]));
        assert_eq!(count(&w, "cases"), 0);
    }

    async fn r12_whoever_registers_many_is_told_of_each_who_may_be_there_already(w: World) {
        let responder = w.first_responder().await;
        let incident = found(&responder).await;
        let somebody = json!({
            "sex_reporting": "female", "age_status": "adult_documented", "birth_year_estimate": 1990,
            "identity": {"names": [{"text": "Zephyrine Quillfeather"}], "phones": ["+256414000001"]}
        });
        let mut first = somebody.clone();
        first["submit"] = json!(true);
        register(&responder, first).await;

        let answer = rows(&responder, &incident, json!([somebody, adult_report()])).await.is(200);
        assert_eq!(answer.at("/rows/0/possible_duplicates"), "bureau_will_look");
        assert_eq!(answer.at("/rows/1/possible_duplicates"), "none_found");
    }

    async fn who_was_found_with_somebody_is_not_shown_to_that_persons_workers(w: World) {
        let responder = w.first_responder().await;
        let incident = found(&responder).await;
        let with_others = json!({"incident_id": incident.rsplit('/').next()});
        let s = scene_for(&w, merged(adult_report(), json!({"area": "XZ-S"}))).await;
        s.coordinator.post(format!("/v1/cases/{}/link-incident", s.case)).json(&with_others).await.is(200);
        s.responder.get(&incident).await.is_problem(404, "not-found");
        let stranger = s.responder.post("/v1/detection-reports").json(merged(report(), with_others.clone())).await;
        assert_eq!(stranger.is_problem(422, "validation-failed").at("/errors/0/pointer"), "/incident_id");
        let case = register(&responder, merged(adult_report(), with_others)).await;
        let coordinator = w.coordinator().in_area("XZ-N").await;
        step(&coordinator, &case, "claim", json!({})).await.is(200);
        let listed = format!("{incident}/cases");

        // The bureau sees what was found, how many, and which of the cases are its own to read.
        let seen = coordinator.get(&incident).await.is(200);
        assert_eq!((seen.at("/people"), seen.at("/narrative")), (json!(2), json!(TOLD)));
        assert_eq!(ids(&coordinator.get(&listed).await.is(200)), [case.as_str()]);
        assert_eq!(coordinator.get(format!("/v1/cases/{case}")).await.is(200).at("/incident_id"), seen.at("/id"));
        // Another area is another bureau's.
        w.coordinator().in_area("XZ-S").await.get(&incident).await.is_problem(404, "not-found");
        assert_eq!(ids(&w.coordinator().in_area("XZ-S").await.get("/v1/incidents").await.is(200)), Vec::<String>::new());
        // Whoever found them sees the codes and the number, once the bureau has taken over.
        let found_by = responder.get(&incident).await.is(200);
        assert_eq!((found_by.at("/people"), found_by.at("/withheld")), (json!(2), json!(["case_restricted"])));
        assert_eq!(ids(&responder.get(&listed).await.is(200)), [case.as_str()]);
        assert!(!found_by.text().contains(TOLD));
        responder.patch(&incident).if_match(1).json(json!({"narrative": null})).await.is_problem(403, "not-permitted");
        // A provider is told nothing, and does not see it in the case either.
        let (_, _referral) = s.accepted().await;
        s.worker.get(&incident).await.is_problem(404, "not-found");
        s.worker.get("/v1/incidents").await.is_problem(404, "not-found");
        s.worker.get(&listed).await.is_problem(404, "not-found");
        let of_provider = s.worker.get(format!("/v1/cases/{}", s.case)).await.is(200);
        assert_eq!(of_provider.json().get("incident_id"), None);
        for role in [ActorRole::SystemAdministrator, ActorRole::Auditor, ActorRole::Analyst, ActorRole::DataProtectionOfficer] {
            w.persona(role).await.get(&incident).await.is_problem(404, "not-found");
        }
        w.expect_sound();
    }

    async fn r8_whoever_investigates_is_shown_what_was_found_and_nobody(w: World) {
        let responder = w.first_responder().await;
        let coordinator = w.coordinator().await;
        let incident = found(&responder).await;
        let police = w.persona(ActorRole::Investigator).await;
        police.get(&incident).await.is_problem(404, "not-found");
        let case = rows(&responder, &incident, json!([adult_report(), adult_report()])).await.is(200).text_at("/rows/0/case_id");
        step(&coordinator, &case, "claim", json!({})).await.is(200);
        let by: &OrganisationId = &police.organisation_id;
        let investigation = json!({"kind": "criminal_trafficking", "organisation_id": by, "person_role": "complainant"});
        coordinator.post(format!("/v1/cases/{case}/proceedings")).json(investigation).await.is(201);

        let seen = police.get(&incident).await.is(200);
        assert_eq!(seen.at("/exploitation_types"), json!(["forced_labour"]));
        assert_eq!(seen.at("/withheld"), json!(["case_restricted"]));
        for member in ["people", "organisation_id", "narrative", "place_details", "created_by"] {
            assert_eq!(seen.json().get(member), None, "{member}");
        }
        assert_eq!(ids(&police.get("/v1/incidents").await.is(200)).len(), 1);
        police.get(format!("{incident}/cases")).await.is_problem(403, "not-permitted");
        police.patch(&incident).if_match(1).json(json!({"narrative": null})).await.is_problem(403, "not-permitted");
    }

    async fn the_identifying_body_sees_the_incidents_of_the_cases_before_it(w: World) {
        let (responder, coordinator) = (w.first_responder().await, w.coordinator().await);
        let incident = found(&responder).await;
        let officer = w.persona(ActorRole::IdentificationOfficer).await;
        let made = rows(&responder, &incident, json!([adult_report(), adult_report()])).await.is(200);
        let case = made.text_at("/rows/0/case_id");
        step(&coordinator, &case, "claim", json!({})).await.is(200);
        officer.get(&incident).await.is_problem(404, "not-found");

        let presumed = json!({
            "kind": "presumption", "outcome": "positive", "body_type": "non_police_government",
            "standard_of_proof": "reasonable_grounds", "intercepted": false,
            "reasons": "Deceived about the work.", "decided_on": "2026-11-02"
        });
        coordinator.post(format!("/v1/cases/{case}/identification-decisions")).json(presumed).await.is(201);
        assert_eq!(officer.get(&incident).await.is(200).at("/narrative"), TOLD);
        assert_eq!(ids(&officer.get("/v1/incidents").await.is(200)).len(), 1);
        assert_eq!(ids(&officer.get(format!("{incident}/cases")).await.is(200)), [case], "and not the other case");
    }

    async fn a_case_is_linked_to_one_incident_and_taken_off_with_a_reason(w: World) {
        let (responder, coordinator) = (w.first_responder().await, w.coordinator().await);
        let (one, two) = (found(&responder).await, found(&responder).await);
        let id = |incident: &str| json!({"incident_id": incident.rsplit('/').next()});
        let case = register(&responder, adult_report()).await;
        let case = format!("/v1/cases/{case}");
        let link = async |by: &Persona, to: Value| by.post(format!("{case}/link-incident")).json(to).await;
        link(&coordinator, id(&one)).await.is_problem(403, "not-permitted");
        coordinator.post(format!("{case}/claim")).if_match(1).json(json!({})).await.is(200);

        link(&responder, id(&one)).await.is_problem(403, "not-permitted");
        link(&coordinator, json!({"incident_id": ABSENT})).await.is_problem(422, "validation-failed");
        let linked = link(&coordinator, id(&one)).await.is(200);
        assert_eq!(linked.at("/incident_id"), id(&one)["incident_id"]);
        link(&coordinator, id(&one)).await.is(200);
        link(&coordinator, id(&two)).await.is_problem(409, "illegal-transition");
        assert_eq!(coordinator.get(&one).await.is(200).at("/people"), 1);
        let off = coordinator.post(format!("{case}/unlink-incident"));
        let off = off.json(json!({"reason": "other_incident"})).await.is(200);
        assert_eq!(off.json().get("incident_id"), None);
        let again = coordinator.post(format!("{case}/unlink-incident")).json(json!({"reason": "not_connected"}));
        again.await.is_problem(409, "illegal-transition");
        assert_eq!(coordinator.get(&one).await.is(200).at("/people"), 0);
        link(&w.supervisor().await, id(&two)).await.is(200);
        assert_eq!(count(&w, "incident_links"), 2, "R13: that it was linked stays");
        let told = coordinator.get(format!("{case}/timeline")).await.is(200).text();
        assert!(told.contains("case.link-incident") && told.contains("case.unlink-incident"), "{told}");
        w.expect_sound();
    }

    async fn r13_a_correction_keeps_what_was_told_before(w: World) {
        let responder = w.first_responder().await;
        let incident = found(&responder).await;
        let patch = |version, body: Value| responder.patch(&incident).if_match(version).json(body);

        let changed = patch(1, json!({"narrative": null, "place": "farm_or_plantation", "area": null})).await.is(200);
        assert_eq!((changed.at("/narrative"), changed.at("/place")), (json!(null), json!("farm_or_plantation")));
        assert_eq!(changed.at("/exploitation_types"), json!(["forced_labour"]));
        patch(1, json!({"place": "other"})).await.is_problem(412, "stale-version");
        patch(2, json!({"place": null})).await.is_problem(422, "validation-failed");
        patch(2, json!({"found_on": "2999-01-01"})).await.is_problem(422, "validation-failed");
        patch(2, json!({"area": "XX-Q"})).await.is_problem(422, "validation-failed");
        assert_eq!(w.texts("select object_type as value from revisions"), ["incident"]);
        // Out of sight is no correction.
        let south = w.coordinator().in_area("XZ-S").await;
        south.patch(&incident).if_match(2).json(json!({"area": "XZ-N"})).await.is_problem(403, "not-permitted");
        w.expect_sound();
    }

    async fn r13_with_the_last_of_those_who_were_found_goes_what_was_told_of_them(w: World) {
        let (responder, coordinator) = (w.first_responder().await, w.coordinator().await);
        let incident = found(&responder).await;
        let made = rows(&responder, &incident, json!([adult_report(), adult_report()])).await.is(200);
        let case = |row: usize| made.text_at(&format!("/rows/{row}/case_id"));

        crate::erasure::forget(&w, &case(0)).await;
        let left = coordinator.get(&incident).await.is(200);
        assert_eq!((left.at("/people"), left.at("/narrative")), (json!(2), json!(TOLD)), "counts stand");
        crate::erasure::forget(&w, &case(1)).await;
        let left = coordinator.get(&incident).await.is(200);
        assert_eq!((left.at("/people"), left.at("/narrative")), (json!(2), json!(null)));
        assert_eq!(ids(&coordinator.get(format!("{incident}/cases")).await.is(200)), Vec::<String>::new());
        let again = coordinator.patch(&incident).if_match(left.version()).json(json!({"narrative": "x"}));
        again.await.is_problem(410, "erased");
        w.expect_sound();
    }

    async fn an_ended_referral_leaves_no_way_to_an_incident(w: World) {
        let responder = w.first_responder().await;
        let incident = found(&responder).await;
        let s = scene_for(&w, merged(adult_report(), json!({"area": "XZ-N"}))).await;
        let link = json!({"incident_id": incident.rsplit('/').next()});
        s.coordinator.post(format!("/v1/cases/{}/link-incident", s.case)).json(link).await.is(200);
        let (_, referral) = s.accepted().await;
        act(&s.worker, &referral, "start", json!({})).await.is(200);
        act(&s.worker, &referral, "complete", json!({"outcome": "goal_met"})).await.is(200);
        s.worker.get(&incident).await.is_problem(404, "not-found");
        s.manager.get(&incident).await.is_problem(404, "not-found");
    }
}

#[test]
fn every_column_of_a_table_is_documented() {
    use refero::api::{extract::Tabular, v1::reports::ReportBody};
    let text = std::fs::read_to_string("docs/integrating.md").unwrap();
    for (name, place, _) in ReportBody::COLUMNS {
        assert!(text.contains(&format!("| `{name}` | `{place}` |")), "{name}");
    }
}
