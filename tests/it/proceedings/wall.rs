//! The wall: what whoever investigates is shown, what everybody else is shown of that, and what nobody is (R8).

use refero::api::operations;
use refero_domain::actor::ActorRole;
use serde_json::{Value, json};

use super::{Track, path};
use crate::{
    every::{ABSENT, address},
    referral_steps::{act, ids},
    world::Persona,
};

/// What somebody who investigates is shown of a case, by the operations that read: the rest is 404, or 403
/// where it is part of a case that they see.
const SHOWN: [&str; 12] = [
    "readCase",
    "listReflectionPeriods",
    "readReflectionPeriod",
    "listProceedings",
    "readProceeding",
    "listHearings",
    "readHearing",
    "listAllegedPerpetrators",
    "readAllegedPerpetrator",
    "listNonPunishmentIssues",
    "readNonPunishmentIssue",
    // Those of the investigation alone: see `case_documents`.
    "listDocuments",
];

both! {
    async fn r8_whoever_investigates_is_shown_the_investigation_and_nothing_else_of_the_case(w: World) {
        let t = Track::of(&w).await;
        let (_, referral) = t.s.accepted().await;
        let made = |part: &str, body: Value| t.s.coordinator.post(t.part(part)).json(body);
        let note = made("notes", json!({"text": "Felt safe."})).await.is(201).id();
        let needs = made("needs-assessments", json!({"summary": "Wants to see her sister."})).await.is(201).id();
        let answers = json!({"profile": "adult_labour", "answers": {"ACT1": "yes"}});
        let screening = made("screenings", answers).await.is(201).id();
        let hearing = json!({"proceeding_id": t.id, "takes_place_on": "2026-12-03"});
        let hearing = made("hearings", hearing).await.is(201).id();
        let alleged = json!({"proceeding_id": t.id, "roles": ["transporter"]});
        let alleged = made("alleged-perpetrators", alleged).await.is(201).id();
        let issue = made("non-punishment-issues", crate::non_punishment::issue()).await.is(201).id();
        let consent = t.s.consent(json!({})).await.is(201).id();
        let period = crate::reflection::granted(&t.s, "Asked about school.").await;

        let table = operations::table();
        let reads = table.operations().iter().filter(|op| {
            op.method.as_str() == "GET" && op.path.starts_with("/v1/cases/{id}")
        });
        let mut shown = Vec::new();
        for op in reads {
            let asked = address(op, |name| match name {
                "id" => t.s.case.clone(),
                "proceeding_id" => t.id.clone(),
                "hearing_id" => hearing.clone(),
                "alleged_perpetrator_id" => alleged.clone(),
                "issue_id" => issue.clone(),
                "note_id" => note.clone(),
                "reflection_period_id" => period.clone(),
                "needs_assessment_id" => needs.clone(),
                "screening_id" => screening.clone(),
                "consent_id" => consent.clone(),
                _ => ABSENT.to_owned(),
            });
            for by in [&t.police, &t.prosecutor] {
                let answer = by.get(&asked).purpose("investigation").await;
                let expected = SHOWN.contains(&op.id);
                assert_eq!(answer.status == 200, expected, "{}: {}", op.id, answer.status);
                assert!(expected || matches!(answer.status, 403 | 404), "{}", op.id);
                for told in ["Felt safe", "sister", "about school", "Ama K.", "Found at the border", referral.as_str()] {
                    assert!(!answer.text().contains(told), "{} tells {told}", op.id);
                }
            }
            shown.extend(SHOWN.contains(&op.id).then_some(op.id));
        }
        assert_eq!(shown.len(), SHOWN.len(), "{shown:?}");
        t.police.get(format!("/v1/referrals/{referral}")).await.is_problem(404, "not-found");
        t.police.get(format!("/v1/referrals/{referral}/package")).await.is_problem(404, "not-found");
        w.expect_sound();
    }

    async fn r8_the_case_shows_whoever_investigates_where_it_stands_and_the_offence_in_codes(w: World) {
        let t = Track::of(&w).await;
        let case = t.police.get(format!("/v1/cases/{}", t.s.case)).await.is(200);
        assert_eq!(case.at("/state"), "active");
        assert!(case.at("/clocks").is_array());
        assert_eq!(case.at("/withheld"), json!(["case_restricted", "identity_sealed"]));
        for member in ["registered_by", "identification_stage", "risk_level", "report_id", "citizenships"] {
            assert_eq!(case.json().get(member), None, "{member}");
        }
        assert_eq!(case.at("/allowed_actions"), json!([]));
        let list = t.police.get("/v1/cases").await.is(200);
        assert_eq!(ids(&list), std::slice::from_ref(&t.s.case));
        let code = json!({"case_code": case.at("/case_code")});
        let found = t.police.post("/v1/cases/search").json(code).await.is(200);
        assert_eq!(found.at("/items/0/id"), json!(t.s.case));
        let by_name = json!({"names": ["Ama K."]});
        let by_name = t.police.post("/v1/cases/search").purpose("investigation").json(by_name).await;
        assert!(matches!(by_name.status, 403 | 422), "{}", by_name.status);

        let offence = t.police.get(t.one()).await.is(200).at("/offence");
        assert_eq!(offence["protected_as_child"], false);
        assert!(offence["exploitation_types"].is_array());
        assert_eq!(t.s.coordinator.get(t.one()).await.is(200).json().get("offence"), None);
    }

    async fn r8_the_bureau_sees_the_stage_and_not_what_is_written(w: World) {
        let t = Track::of(&w).await;
        let supervisor = w.supervisor().await;
        let words = json!({"court": "High Court", "notes": "A witness in the north."});
        t.police.patch(t.one()).if_match(1).json(words).await.is(200);

        for by in [&t.s.coordinator, &supervisor] {
            let seen = by.get(t.one()).await.is(200);
            assert_eq!((seen.at("/state"), seen.at("/withheld")), (json!("reported"), json!(["investigation"])));
            assert_eq!(seen.at("/protective_measures/0"), "video_testimony");
            for member in ["reference_number", "court", "notes"] {
                assert_eq!(seen.at(&format!("/{member}")), Value::Null, "{member}");
            }
            let write = by.patch(t.one()).if_match(2).json(json!({"notes": "She changed her mind."})).await;
            write.is_problem(403, "not-permitted");
        }
        let measures = json!({"protective_measures": ["screen"]});
        t.s.coordinator.patch(t.one()).if_match(2).json(measures).await.is(200);
        let kept = t.police.get(t.one()).await.is(200);
        assert_eq!(kept.at("/notes"), "A witness in the north.");
        let timeline = t.s.coordinator.get(t.part("timeline")).await.is(200);
        assert!(timeline.text().contains("proceeding.open"));
    }

    async fn r8_alleged_perpetrators_are_for_whoever_investigates(w: World) {
        let t = Track::of(&w).await;
        let path = t.part("alleged-perpetrators");
        let alleged = json!({
            "proceeding_id": t.id, "roles": ["recruiter_or_intermediary"], "sex": "male", "citizenships": ["XZ"],
            "relationship": "acquainted", "name": "Uncle T.", "description": "Drives a grey van."
        });
        let by_bureau = t.s.coordinator.post(&path).json(&alleged).await.is(201);
        for member in ["roles", "sex", "citizenships", "relationship", "name", "description"] {
            assert_eq!(by_bureau.at(&format!("/{member}")), Value::Null, "{member}");
        }
        assert_eq!(by_bureau.at("/withheld"), json!(["investigation"]));
        w.advance_s(1);
        let by_police = t.police.post(&path).json(&alleged).await.is(201);
        assert_eq!(by_police.at("/name"), "Uncle T.");

        let list = t.prosecutor.get(&path).await.is(200);
        assert_eq!(ids(&list), [by_police.id(), by_bureau.id()]);
        assert_eq!(list.at("/items/1/description"), "Drives a grey van.");
        assert!(!t.s.coordinator.get(&path).await.is(200).text().contains("Uncle"));
        let asylum = json!({"kind": "asylum", "organisation_id": t.police.organisation_id, "person_role": "applicant"});
        let asylum = t.s.coordinator.post(super::path(&t.s)).json(asylum).await.is(201).id();
        let mut wrong = alleged.clone();
        wrong["proceeding_id"] = json!(asylum);
        let wrong = t.s.coordinator.post(&path).json(wrong).await.is(422);
        assert_eq!(wrong.at("/errors/0/pointer"), "/proceeding_id");
        w.expect_sound();
    }

    async fn r8_providers_and_first_responders_are_not_told_that_there_is_an_investigation(w: World) {
        let t = Track::of(&w).await;
        let (_, referral) = t.s.sent().await;
        act(&t.s.worker, &referral, "accept", json!({})).await.is(200);
        let hearing = json!({"proceeding_id": t.id, "takes_place_on": "2026-12-03"});
        let hearing = t.s.coordinator.post(t.part("hearings")).json(hearing).await.is(201).id();
        let alleged = json!({"proceeding_id": t.id, "roles": ["transporter"]});
        let alleged = t.s.coordinator.post(t.part("alleged-perpetrators")).json(&alleged).await.is(201).id();
        let unrelated = w.persona(ActorRole::Investigator).await;
        let offices = [w.auditor().await, w.administrator().await, w.data_protection_officer().await];

        let nobody = [&t.s.worker, &t.s.manager, &t.s.responder, &unrelated].into_iter().chain(&offices);
        for by in nobody {
            for asked in [
                path(&t.s), t.one(), t.part("hearings"), t.part(&format!("hearings/{hearing}")),
                t.part("alleged-perpetrators"), t.part(&format!("alleged-perpetrators/{alleged}")),
            ] {
                by.get(asked).await.is_problem(404, "not-found");
            }
            by.post(path(&t.s)).json(super::investigation(&t.police.organisation_id)).await.is_problem(404, "not-found");
            let advance = by.post(format!("{}/advance", t.one())).if_match(1).json(json!({"to": "dismissed"}));
            advance.await.is_problem(404, "not-found");
        }
        for by in [&t.s.worker, &t.s.manager, &t.s.responder] {
            let case = by.get(format!("/v1/cases/{}", t.s.case)).await.is(200);
            assert!(!case.text().contains("proceeding"), "{}", by.username);
        }
    }

    async fn r8_a_colleague_of_another_unit_sees_nothing(w: World) {
        let t = Track::of(&w).await;
        let other = w.persona(ActorRole::Investigator).await;
        let theirs = t.s.coordinator.post(path(&t.s)).json(super::investigation(&other.organisation_id));
        let theirs = format!("{}/{}", path(&t.s), theirs.await.is(201).id());
        let words = json!({"notes": "An informer of theirs."});
        other.patch(&theirs).if_match(1).json(words).await.is(200);

        let sees = |by: &Persona| by.get(path(&t.s));
        assert!(!sees(&t.police).await.is(200).text().contains("informer"));
        assert_eq!(ids(&sees(&t.police).await), std::slice::from_ref(&t.id));
        t.police.get(&theirs).await.is_problem(404, "not-found");
        let advance = t.police.post(format!("{theirs}/advance")).if_match(2).json(json!({"to": "dismissed"}));
        advance.await.is_problem(404, "not-found");
        let hearing = json!({"proceeding_id": theirs.rsplit('/').next().unwrap(), "takes_place_on": "2026-12-03"});
        let hearing = t.police.post(t.part("hearings")).json(hearing).await.is(422);
        assert_eq!(hearing.at("/errors/0/pointer"), "/proceeding_id");
        let elsewhere = w.persona(ActorRole::Investigator).await;
        assert!(ids(&elsewhere.get("/v1/cases").await.is(200)).is_empty());
        sees(&elsewhere).await.is_problem(404, "not-found");
    }

    async fn r7_whoever_prosecutes_a_victim_is_shown_nothing_of_the_case(w: World) {
        let t = Track::of(&w).await;
        let against = w.persona(ActorRole::ProsecutorLiaison).await;
        let body = json!({
            "kind": "prosecution_of_victim", "organisation_id": against.organisation_id, "person_role": "accused",
            "reference_number": "P-3"
        });
        let made = t.s.coordinator.post(path(&t.s)).json(body).await.is(201);
        assert_eq!(made.at("/reference_number"), "P-3", "whoever helps her needs it");

        against.get(path(&t.s)).await.is_problem(404, "not-found");
        against.get(format!("/v1/cases/{}", t.s.case)).await.is_problem(404, "not-found");
        let one = format!("{}/{}", path(&t.s), made.id());
        let basis = json!({"legal_basis": "criminal_investigation", "reason": "They ask."});
        let refused = t.s.coordinator.post(format!("{one}/share-identity")).if_match(1).json(basis).await;
        refused.is_problem(409, "illegal-transition");
    }

    async fn r8_a_copy_for_the_person_does_not_tell_that_somebody_investigates(w: World) {
        let t = Track::of(&w).await;
        let basis = json!({"legal_basis": "criminal_investigation", "reason": "Order 12."});
        t.act(&t.s.coordinator, "share-identity", basis).await.is(200);
        t.police.get(t.part("identity")).purpose("investigation").await.is(200);
        t.police.post(t.part("non-punishment-issues")).json(crate::non_punishment::issue()).await.is(201);
        let asylum = json!({
            "kind": "asylum", "organisation_id": t.s.shelter, "person_role": "applicant", "reference_number": "A-7"
        });
        t.s.coordinator.post(path(&t.s)).json(asylum).await.is(201);
        let asked = json!({
            "case_id": t.s.case, "asker": "person", "language": "en", "file_reference": "14",
            "received_on": "2026-11-01"
        });
        let officer = w.data_protection_officer().await;
        let request = officer.post("/v1/access-requests").json(asked).await.is(201).id();

        let copy = t.s.coordinator.get(format!("/v1/access-requests/{request}/copy"));
        let copy = copy.purpose("data_subject_request").await.is(200);
        for told in ["A-7", "asylum", "immigration_offence"] {
            assert!(copy.text().contains(told), "{told}");
        }
        let police = t.police.organisation_id.as_str();
        for hidden in ["CRB 118", "criminal_trafficking", "criminal_investigation", "Investigator", police] {
            assert!(!copy.text().contains(hidden), "{hidden}");
        }
    }
}
