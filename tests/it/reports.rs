//! Registering: drafts, submitting, and a bad network.

use serde_json::json;

use crate::steps::{adult_report, report};

both! {
    async fn a_report_that_is_submitted_at_once_becomes_a_case(w: World) {
        let responder = w.first_responder().await;

        let made = responder.post("/v1/detection-reports").json(report()).await.is(201);
        assert_eq!(made.at("/state"), "submitted");
        assert!(made.text_at("/case_code").starts_with("XZ-"));
        assert_eq!(made.at("/protected_as_child"), true);
        assert_eq!(made.at("/withheld"), json!(["identity_sealed"]));
        responder.get(format!("/v1/cases/{}", made.text_at("/case_id"))).await.is(200);
    }

    async fn a_draft_is_its_authors_alone_until_it_is_submitted(w: World) {
        let station = w.organisation("law_enforcement");
        let author = w.first_responder().at(&station).await;
        let colleague = w.first_responder().at(&station).await;
        let coordinator = w.coordinator().await;
        let mut body = report();
        body["submit"] = json!(false);

        let draft = author.post("/v1/detection-reports").json(body).await.is(201);
        assert_eq!(draft.at("/identity/names/0/text"), "Ama K.");
        let path = format!("/v1/detection-reports/{}", draft.id());
        colleague.get(&path).await.is_problem(404, "not-found");
        coordinator.get(&path).await.is_problem(404, "not-found");
        assert_eq!(coordinator.get("/v1/cases").await.is(200).at("/items"), json!([]));

        let changed = author
            .patch(&path)
            .if_match(draft.version())
            .json(json!({"risk_level": "critical", "narrative": null}))
            .await
            .is(200);
        assert_eq!(changed.at("/narrative"), json!(null));
        author
            .patch(&path)
            .if_match(draft.version())
            .json(json!({"risk_level": "low"}))
            .await
            .is_problem(412, "stale-version");
        let done = author
            .post(format!("{path}/submit"))
            .if_match(changed.version())
            .json(json!({}))
            .await
            .is(200);
        assert_eq!(done.at("/state"), "submitted");
        author
            .post(format!("{path}/submit"))
            .if_match(done.version())
            .json(json!({}))
            .await
            .is_problem(403, "not-permitted");
        colleague.get(&path).await.is(200);
    }

    async fn the_same_report_sent_twice_is_one_report(w: World) {
        let responder = w.first_responder().await;
        let mut body = report();
        body["id"] = json!("0f0e0d0c-0b0a-4908-8706-050403020100");

        let post = || responder.post("/v1/detection-reports").without_key();
        let first = post().json(body.clone()).await.is(201);
        let again = post().json(body.clone()).await.is(201);
        assert_eq!(first.at("/case_id"), again.at("/case_id"));
        body["sex_reporting"] = json!("male");
        post().json(body).await.is_problem(409, "id-taken");

        let keyed = |body| responder.post("/v1/detection-reports").key("lost-answer").json(body);
        let one = keyed(report()).await.is(201);
        let two = keyed(report()).await.is(201);
        assert_eq!(one.at("/case_id"), two.at("/case_id"));
        keyed(adult_report()).await.is_problem(422, "idempotency-key-reused");
        post().json(report()).await.is_problem(400, "idempotency-key-missing");
    }

    async fn r6_a_person_of_unknown_age_is_registered_as_a_child(w: World) {
        let responder = w.first_responder().await;
        let coordinator = w.coordinator().await;

        let body = json!({"submit": true, "detection_source": "hotline"});
        let made = responder.post("/v1/detection-reports").json(body).await.is(201);
        assert_eq!(made.at("/age_status"), "undetermined_presumed_child");
        assert_eq!(made.at("/protected_as_child"), true);
        let case = format!("/v1/cases/{}", made.text_at("/case_id"));
        let seen = coordinator.get(&case).await.is(200);
        assert_eq!(seen.at("/protected_as_child"), true);
        let kinds = seen.at("/clocks").to_string();
        assert!(kinds.contains("guardian_for_child"), "{kinds}");
    }

    async fn an_adult_who_by_the_year_is_a_child_is_asked_about(w: World) {
        let responder = w.first_responder().await;

        for (status, year) in [
            ("adult_documented", 2020),
            ("adult_declared", 3000),
            ("child_declared", 1850),
            ("assessed_adult", 1990),
        ] {
            let body = json!({"age_status": status, "birth_year_estimate": year});
            responder
                .post("/v1/detection-reports")
                .json(body)
                .await
                .is_problem(422, "validation-failed");
        }
        for day in ["2999-01-01", "1820"] {
            let body = json!({"detected_on": day});
            responder
                .post("/v1/detection-reports")
                .json(body)
                .await
                .is_problem(422, "validation-failed");
        }
        let empty = json!({"submit": true});
        responder
            .post("/v1/detection-reports")
            .json(empty)
            .await
            .is_problem(422, "validation-failed");
    }

    async fn a_body_that_is_not_right_says_where(w: World) {
        let responder = w.first_responder().await;
        let send = |body| responder.post("/v1/detection-reports").json(body);

        let wrong = send(json!({"nme": "x"})).await.is_problem(422, "unknown-field");
        assert_eq!(wrong.at("/errors/0/pointer"), "/nme");
        let wrong = send(json!({"submit": "yes"})).await.is_problem(422, "validation-failed");
        assert_eq!(wrong.at("/errors/0/pointer"), "/submit");
        let wrong = send(json!({"urgent_needs": ["a_bed"]}))
            .await
            .is_problem(422, "validation-failed");
        assert_eq!(wrong.at("/errors/0/pointer"), "/urgent_needs/0");
        let name = "x".repeat(201);
        let wrong = send(json!({"identity": {"names": [{"text": name}]}}))
            .await
            .is_problem(422, "validation-failed");
        assert_eq!(wrong.at("/errors/0/pointer"), "/identity/names/0/text");
        let name = "A".repeat(1_000_000);
        send(json!({"identity": {"names": [{"text": name}]}})).await.is_problem(413, "too-large");
        for character in ["\u{0}", "\u{202e}"] {
            let body = json!({"identity": {"names": [{"text": format!("A{character}B")}]}});
            send(body).await.is_problem(422, "validation-failed");
        }
        // A combining character is part of a name, not an attack.
        let body = json!({"submit": true, "identity": {"names": [{"text": "Jose\u{301}"}]}});
        send(body).await.is(201);
        let raw = responder.post("/v1/detection-reports");
        raw.bytes("application/json", "{\"submit\": tru").await.is_problem(400, "malformed-json");
        let twice = "{\"place\":\"a\",\"place\":\"b\"}";
        let raw = responder.post("/v1/detection-reports");
        raw.bytes("application/json", twice).await.is_problem(422, "validation-failed");
        let raw = responder.post("/v1/detection-reports");
        raw.bytes("text/plain", "hello").await.is_problem(415, "unsupported-media-type");
    }

    async fn what_happened_is_told_in_codes_where_and_when_as_far_as_it_is_known(w: World) {
        let responder = w.first_responder().await;
        let told = json!([
            {"kind": "recruitment", "country": "NE", "on": "2024"},
            {"kind": "exploitation", "area": "BJ-LI"},
            {"kind": "rescue_operation", "country": "BJ", "area": "BJ-LI", "on": "2026-10-30"}
        ]);
        let mut body = report();
        body["submit"] = json!(false);
        body["trafficking_events"] = told.clone();
        body["labour_industries"] = json!(["A", "T"]);

        let made = responder.post("/v1/detection-reports").json(body).await.is(201);

        assert_eq!(made.at("/trafficking_events"), told);
        assert_eq!(made.at("/labour_industries"), json!(["A", "T"]));
        let path = format!("/v1/detection-reports/{}", made.id());
        for (event, member) in [
            (json!({"kind": "sold"}), "kind"),
            (json!({"kind": "transit", "country": "Niger"}), "country"),
            (json!({"kind": "transit", "area": "Agadez"}), "area"),
            (json!({"kind": "transit", "country": "NE", "area": "BJ-LI"}), "area"),
            (json!({"kind": "transit", "on": "2026-02-30"}), "on"),
        ] {
            let wrong = responder.patch(&path).if_match(1).json(json!({"trafficking_events": [event]}));
            let wrong = wrong.await.is_problem(422, "validation-failed");
            assert_eq!(wrong.at("/errors/0/pointer"), format!("/trafficking_events/0/{member}"));
        }
        let many = vec![json!({"kind": "transit"}); 31];
        let wrong = responder.patch(&path).if_match(1).json(json!({"trafficking_events": many})).await;
        assert_eq!(wrong.is_problem(422, "validation-failed").at("/errors/0/code"), "too-long");
        let none = responder.patch(&path).if_match(1).json(json!({"trafficking_events": null})).await;
        assert_eq!(none.is(200).at("/trafficking_events"), json!([]));
    }

    async fn words_and_names_stand_in_the_report_alone_and_the_trail_says_who_read_them(w: World) {
        let responder = w.first_responder().await;
        let mut body = report();
        body["place"] = json!("Behind the market.");
        let made = responder.post("/v1/detection-reports").json(&body).await.is(201);
        body["submit"] = json!(false);
        responder.post("/v1/detection-reports").json(&body).await.is(201);
        w.advance_s(1);

        let list = responder.get("/v1/detection-reports").await.is(200);
        assert_eq!(list.at("/items/0/detection_source"), "border_control");
        for sealed in ["market", "border.", "Ama", "place", "narrative", "\"identity\""] {
            assert!(!list.text().contains(sealed), "{sealed}: {}", list.text());
        }
        let one = responder.get(format!("/v1/detection-reports/{}", made.id())).await.is(200);
        assert_eq!(one.at("/place"), "Behind the market.");
        let read = w.texts(
            "select fields as value from audit_events
             where action = 'report.read' and object_id is not null",
        );
        assert_eq!(read, [r#"["place","narrative"]"#]);
    }

    async fn only_first_responders_register(w: World) {
        for persona in [w.coordinator().await, w.worker().await, w.administrator().await] {
            persona
                .post("/v1/detection-reports")
                .json(report())
                .await
                .is_problem(403, "not-permitted");
        }
    }

    async fn after_triage_the_organisation_sees_where_it_stands_and_no_more(w: World) {
        let responder = w.first_responder().await;
        let coordinator = w.coordinator().await;
        let made = responder.post("/v1/detection-reports").json(report()).await.is(201);
        let path = format!("/v1/detection-reports/{}", made.id());
        let case = made.text_at("/case_id");

        assert_eq!(responder.get(&path).await.is(200).at("/narrative"), "Found at the border.");
        crate::steps::step(&coordinator, &case, "claim", json!({})).await.is(200);
        let after = responder.get(&path).await.is(200);
        assert!(after.json().get("narrative").is_none());
        assert_eq!(after.at("/withheld"), json!(["case_restricted", "identity_sealed"]));
        let seen = responder.get(format!("/v1/cases/{case}")).await.is(200);
        assert_eq!(seen.at("/state"), "under_triage");
        assert!(seen.json().get("sex_reporting").is_none());
    }
}
