//! Search without revealing: who finds whom, by what, and what is told of it.

use refero_domain::actor::ActorRole;
use serde_json::{Value, json};

use super::{NORTH, SOUTH, found, look, told};
use crate::{
    referral_steps::merged,
    steps::{register, step},
};

/// How one name is written, heard and remembered elsewhere; each is looked for with a year beside it.
const WRITTEN: [(&str, &str, &str); 9] = [
    ("the same", "Aminata Coulibaly", "Aminata Coulibaly"),
    ("another order", "Aminata Coulibaly", "Coulibaly Aminata"),
    ("another spelling", "Aminata Coulibaly", "Aminatta Koulibali"),
    ("capitals and accents", "Aïssatou Sylla", "AISSATOU SYLLA"),
    ("French and English", "Moussa Touré", "Musa Toure"),
    ("from Arabic script", "Fatima Youssef", "فاطمة يوسف"),
    ("a part missing", "Kwabena Mensah Boateng", "Kwabena Boateng"),
    ("a part more", "Esther Nakato", "Esther Nakato Namubiru"),
    ("Portuguese", "João Gonçalves", "Joao Goncalves"),
];

both! {
    async fn r12_a_person_is_found_however_the_name_is_written(w: World) {
        let (responder, coordinator) = (w.first_responder().await, w.coordinator().await);
        for (how, registered, asked) in WRITTEN {
            let case = register(&responder, told(registered, 1998, NORTH)).await;

            let asked = json!({"names": [asked], "birth_year_estimate": 1999});
            let items = look(&coordinator, asked).await.is(200).at("/items");
            let item = items.as_array().unwrap().iter().find(|item| item["id"] == case.as_str());
            let item = item.unwrap_or_else(|| panic!("{how}: {items}"));
            assert!(item["likeness"]["score"].as_u64().unwrap() >= 50, "{how}: {item}");
            assert!(!item["likeness"]["reasons"].as_array().unwrap().is_empty(), "{how}");
        }
    }

    async fn r12_a_person_is_found_by_a_telephone_number_or_a_document(w: World) {
        let (responder, coordinator) = (w.first_responder().await, w.coordinator().await);
        let identity = json!({
            "phones": ["+256 772 123 456"],
            "documents": [{"kind": "passport", "number": "B-0123456", "country": "UG"}]
        });
        let report = merged(told("Esther Nakato", 1990, NORTH), json!({"identity": identity}));
        let case = register(&responder, report).await;
        register(&responder, told("Esther Nakato", 1990, NORTH)).await;

        assert_eq!(found(&coordinator, json!({"phone": "256772123456"})).await, [&*case]);
        assert_eq!(found(&coordinator, json!({"document": "b 0123456"})).await, [case]);
        assert!(found(&coordinator, json!({"phone": "+256 772 999 999"})).await.is_empty());
    }

    async fn r12_what_is_found_shows_no_name_and_the_trail_has_no_word_of_what_was_asked(w: World) {
        let (responder, coordinator) = (w.first_responder().await, w.coordinator().await);
        let case = register(&responder, told("Aminata Coulibaly", 1998, NORTH)).await;

        let asked = json!({"names": ["Koulibaly Aminata"], "sex_reporting": "female"});
        let answer = look(&coordinator, asked).await.is(200);
        assert!(!answer.text().to_lowercase().contains("aminata"), "{}", answer.text());
        assert_eq!(answer.at("/items/0/withheld"), json!(["identity_sealed"]));
        let event = w.texts(&format!(
            "select action || ' ' || purpose || ' ' || shown_ids || ' ' || shown_count || ' ' || fields as value
             from audit_events where request_id = '{}'",
            answer.header("request-id").unwrap()
        ));
        let shown = json!([case]);
        let fields = json!(["names", "sex_reporting"]);
        assert_eq!(event, [format!("case.search case_management {shown} 1 {fields}")]);
        let all = w.texts("select cast(fields as text) || shown_ids || coalesce(object_id, '') as value from audit_events");
        assert!(all.iter().all(|event| !event.to_lowercase().contains("aminata")), "{all:?}");
    }

    async fn r12_nobody_finds_a_case_that_its_own_page_would_hide(w: World) {
        let responder = w.first_responder().await;
        let elsewhere = w.coordinator().in_area(SOUTH).await;
        let asked = json!({"names": ["Aminata Coulibaly"], "birth_year_estimate": 1998});
        let nobody = look(&elsewhere, asked.clone()).await.is(200).seen();
        let case = register(&responder, told("Aminata Coulibaly", 1998, NORTH)).await;

        assert_eq!(look(&elsewhere, asked.clone()).await.is(200).seen(), nobody);
        let officer = w.persona(ActorRole::IdentificationOfficer).in_area(NORTH).await;
        assert!(found(&officer, asked.clone()).await.is_empty(), "the case is not before the body");
        let here = w.coordinator().in_area(NORTH).await;
        assert_eq!(found(&here, asked.clone()).await, [&*case]);
        step(&here, &case, "claim", json!({})).await.is(200);
        let screenings = format!("/v1/cases/{case}/screenings");
        let screening = json!({"profile": "adult_labour", "answers": {"ACT1": "yes"}});
        let made = here.post(&screenings).json(screening).await.is(201).id();
        let conclusion = json!({"conclusion": "presumed_victim", "reasons": "Deceived about the work."});
        here.post(format!("{screenings}/{made}/conclude")).if_match(1).json(conclusion).await.is(200);
        assert_eq!(found(&officer, asked).await, [case]);
    }

    async fn r12_who_may_open_no_identity_looks_for_nobody(w: World) {
        let responder = w.first_responder().await;
        let case = register(&responder, told("Aminata Coulibaly", 1998, NORTH)).await;
        let asked = json!({"names": ["Aminata Coulibaly"]});

        let investigator = w.persona(ActorRole::Investigator).await;
        for persona in [&responder, &w.worker().await, &w.manager().await, &investigator] {
            look(persona, asked.clone()).await.is_problem(403, "not-permitted");
        }
        for role in [ActorRole::SystemAdministrator, ActorRole::Auditor] {
            look(&w.persona(role).await, asked.clone()).await.is_problem(404, "not-found");
        }
        let seen = responder.get(format!("/v1/cases/{case}")).await.is(200);
        let by_code = json!({"case_code": seen.at("/case_code")});
        let answer = responder.post("/v1/cases/search").json(by_code).await.is(200);
        assert_eq!(answer.at("/items/0/id"), case.as_str());
        assert!(answer.at("/items/0").get("likeness").is_none());
    }

    async fn r12_nobody_looks_without_a_purpose_or_through_everybody(w: World) {
        let coordinator = w.coordinator().await;
        let named = json!({"names": ["Aminata Coulibaly"]});
        let search = coordinator.post("/v1/cases/search").json(&named);
        search.await.is_problem(403, "purpose-required");

        for (asked, pointer, code) in [
            (json!({}), "/names", "required"),
            (json!({"sex_reporting": "female", "birth_year_estimate": 1998}), "/names", "required"),
            (json!({"names": ["K", "?!"]}), "/names", "too-short"),
            (json!({"names": []}), "/names", "too-short"),
            (json!({"names": ["Ama", " "]}), "/names/1", "too-short"),
            (json!({"names": vec!["Ama"; 6]}), "/names", "too-long"),
            (json!({"phone": " "}), "/phone", "too-short"),
            (json!({"case_code": "UG-2026-7K3M-D", "names": ["Ama"]}), "/names", "inconsistent"),
            (json!({"names": ["Ama"], "birth_year_estimate": 12}), "/birth_year_estimate", "out-of-range"),
        ] {
            let problem = look(&coordinator, asked.clone()).await.is_problem(422, "validation-failed");
            let at = |member: &str| problem.at(&format!("/errors/0/{member}"));
            assert_eq!((at("pointer"), at("code")), (json!(pointer), json!(code)), "{asked}");
        }
    }

    async fn r12_a_search_shows_the_twenty_likest_and_the_likest_first(w: World) {
        let (responder, coordinator) = (w.first_responder().await, w.coordinator().await);
        for n in 0..25 {
            let year = 1990 + n % 5;
            register(&responder, told("Aminata Coulibaly", year, NORTH)).await;
        }
        let asked = json!({"names": ["Aminata Coulibaly"], "birth_year_estimate": 1992});

        let answer = look(&coordinator, asked).await.is(200);
        let items = answer.at("/items").as_array().unwrap().clone();
        assert_eq!((items.len(), answer.at("/next_cursor")), (20, Value::Null));
        let scores: Vec<u64> =
            items.iter().map(|item| item["likeness"]["score"].as_u64().unwrap()).collect();
        assert!(scores.is_sorted_by(|a, b| a >= b), "{scores:?}");
        assert_eq!(items[0]["birth_year_estimate"], 1992);
    }
}
