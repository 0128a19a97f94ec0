//! Finding a service: free places, offers ranked with their reasons, and the next best after a decline.

use refero_domain::id::OrganisationId;
use serde_json::{Value, json};

use crate::{
    referral_steps::{act, merged, scene, scene_for},
    steps::{adult_report, register, report},
    world::{Answer, Persona, World},
};

/// A shelter with a service that says what is given; gives its address and who manages it.
async fn shelter(w: &World, terms: Value) -> (OrganisationId, String, Persona) {
    let organisation = w.organisation("shelter");
    let manager = w.manager().at(&organisation).await;
    let usual = json!({"service_type": "safe_shelter", "capacity": 5});
    let path = format!("/v1/organisations/{organisation}/services");
    let made = manager.post(path).json(merged(usual, terms)).await.is(201);
    (organisation, made.header("location").unwrap(), manager)
}

/// Says how many places are free.
async fn say(by: &Persona, service: &str, free: i64) -> Answer {
    let version = by.get(service).await.is(200).version();
    by.put(format!("{service}/free-places"))
        .if_match(version)
        .json(json!({"free_places": free}))
        .await
}

fn wanted(case: &str) -> Value {
    json!({"case_id": case, "services": ["safe_shelter"], "urgency": "1_hour", "include_excluded": true})
}

async fn found(by: &Persona, body: Value) -> Answer {
    by.post("/v1/services/match").json(body).await.is(200)
}

/// Returns the organisations of a list of services, in its order.
fn whose(answer: &Answer, list: &str) -> Vec<String> {
    let services = answer.at(&format!("/services/0/{list}"));
    let services = services.as_array().unwrap().iter();
    services.map(|one| one["organisation_id"].as_str().unwrap().to_owned()).collect()
}

/// Returns the codes of the reasons of one service.
fn codes(answer: &Answer, pointer: &str) -> Vec<String> {
    let reasons = answer.at(pointer);
    let reasons = reasons.as_array().unwrap().iter();
    reasons.map(|one| one["code"].as_str().unwrap().to_owned()).collect()
}

both! {
    async fn a_provider_says_how_many_places_are_free_and_that_goes_stale(w: World) {
        let (organisation, service, manager) = shelter(&w, json!({})).await;
        let worker = w.worker().at(&organisation).await;
        assert_eq!(manager.get(&service).await.is(200).at("/free_places"), Value::Null);

        let told = say(&worker, &service, 3).await.is(200);
        assert_eq!(told.at("/free_places/count"), 3);
        assert_eq!(told.at("/free_places/stale"), false);
        assert_eq!(told.at("/free_places/as_of"), "2026-11-02T09:00:00.000000Z");
        assert_eq!(told.at("/free_places/good_until"), "2026-11-03T09:00:00.000000Z");
        w.advance_s(24 * 3_600);
        let later = w.first_responder().await.get(&service).await.is(200);
        assert_eq!((later.at("/free_places/count"), later.at("/free_places/stale")), (json!(3), json!(true)));
        say(&manager, &service, 3).await.is(200);
        assert_eq!(manager.get(&service).await.is(200).at("/free_places/stale"), false);
        assert!(w.trail().contains(&"service.report-places success".to_owned()));
    }

    async fn no_more_places_are_free_than_there_are(w: World) {
        let (_, service, manager) = shelter(&w, json!({})).await;

        say(&manager, &service, 6).await.is_problem(422, "validation-failed");
        say(&manager, &service, -1).await.is_problem(422, "validation-failed");
        say(&manager, &service, 5).await.is(200);
        let patch = |changes| manager.patch(&service).if_match(2).json(changes);
        patch(json!({"capacity": 4})).await.is_problem(422, "validation-failed");
        let uncounted = patch(json!({"capacity": null})).await.is(200);
        assert_eq!(uncounted.at("/free_places"), Value::Null);
        say(&manager, &service, 0).await.is_problem(422, "validation-failed");
    }

    async fn what_is_free_the_provider_alone_says(w: World) {
        let (_, service, _) = shelter(&w, json!({})).await;
        for by in [
            w.manager().await, w.worker().await, w.administrator().await, w.coordinator().await,
            w.first_responder().await,
        ] {
            say(&by, &service, 1).await.is_problem(403, "not-permitted");
        }
    }

    async fn what_is_said_of_a_service_is_checked(w: World) {
        let organisation = w.organisation("shelter");
        let manager = w.manager().at(&organisation).await;
        let path = format!("/v1/organisations/{organisation}/services");
        for wrong in [
            json!({"accessibility": ["lift"]}),
            json!({"minimum_age": 18, "maximum_age": 12}),
            json!({"minimum_age": 121}),
            json!({"ages": "adults_only", "maximum_age": 17}),
            json!({"always_open": true, "hours": [{"day": "monday", "from": "08:00", "until": "18:00"}]}),
            json!({"hours": [{"day": "monday", "from": "18:00", "until": "08:00"}]}),
            json!({"service_type": "legal_aid", "regime": "open"}),
            json!({"regime": "locked"}),
        ] {
            let body = merged(json!({"service_type": "safe_shelter"}), wrong.clone());
            let answer = manager.post(&path).json(body).await;
            assert_eq!(answer.status, 422, "{wrong}: {}", answer.text());
        }
    }

    async fn offers_are_ranked_with_reasons_that_a_person_can_read(w: World) {
        let s = scene(&w).await;
        let (best, service, manager) = shelter(&w, json!({
            "languages": ["fr"], "always_open": true, "takes_emergencies": true, "regime": "open"
        })).await;
        say(&manager, &service, 3).await.is(200);
        let (full, service, manager) = shelter(&w, json!({"languages": ["fr"]})).await;
        say(&manager, &service, 0).await.is(200);
        w.advance_s(2 * 3_600);

        let answer = found(&s.coordinator, wanted(&s.case)).await;
        assert_eq!(whose(&answer, "offers"), [best.as_str(), s.shelter.as_str(), full.as_str()]);
        assert_eq!(answer.at("/wanted/languages"), json!(["fr"]));
        assert_eq!(answer.at("/wanted/protected_as_child"), false);
        let first = |member: &str| answer.at(&format!("/services/0/offers/0/{member}"));
        let sum: i64 = first("parts").as_array().unwrap().iter().map(|part| part["points"].as_i64().unwrap()).sum();
        assert_eq!(first("score"), sum);
        assert_eq!(first("reasons_for/0/text"), "Free places: 3, told 2 h ago");
        assert_eq!(first("reasons_for/1/text"), "Speaks the person’s first language: French");
        assert_eq!(first("reasons_against"), json!([]));
        let silent = codes(&answer, "/services/0/offers/1/reasons_against");
        assert_eq!(silent, ["places_unknown", "hours_unknown", "emergencies_unknown"]);
        let told = answer.at("/services/0/offers/2/reasons_against/0/text");
        assert_eq!(told, "No free place, told 2 h ago");
        let french = s.coordinator.post("/v1/services/match").json(wanted(&s.case))
            .header("Accept-Language", "fr").await.is(200);
        assert_eq!(french.header("content-language").unwrap(), "fr");
        let told = french.at("/services/0/offers/0/reasons_for/0/text");
        assert_eq!(told, "Places libres : 3, indiquées il y a 2 h");
        let again = found(&s.coordinator, wanted(&s.case)).await;
        assert_eq!(again.at("/services"), answer.at("/services"), "the order is the same");
    }

    async fn r6_a_child_is_not_offered_a_service_for_adults(w: World) {
        let s = scene_for(&w, report()).await;
        let (adults, ..) = shelter(&w, json!({"ages": "adults_only"})).await;
        let (boys, ..) = shelter(&w, json!({"sexes": ["male"]})).await;
        let (children, ..) = shelter(&w, json!({"ages": "children_only"})).await;

        let answer = found(&s.coordinator, wanted(&s.case)).await;
        let offered = whose(&answer, "offers");
        assert!(offered.contains(&children.to_string()), "{offered:?}");
        assert!(!offered.contains(&adults.to_string()) && !offered.contains(&boys.to_string()));
        let excluded = whose(&answer, "excluded");
        assert_eq!(excluded.len(), 2);
        let why = |of: &OrganisationId| {
            let place = excluded.iter().position(|one| one == of.as_str()).unwrap();
            codes(&answer, &format!("/services/0/excluded/{place}/reasons"))
        };
        assert_eq!((why(&adults), why(&boys)), (vec!["adults_only".to_owned()], vec!["other_sex".to_owned()]));
        let grown = merged(wanted(&s.case), json!({"protected_as_child": false}));
        s.coordinator.post("/v1/services/match").json(grown).await.is_problem(422, "validation-failed");
        let nobody = json!({"services": ["safe_shelter"]});
        let unknown = found(&s.coordinator, nobody).await;
        assert_eq!(unknown.at("/wanted/protected_as_child"), true, "until it is shown otherwise");
        assert!(!unknown.text().contains("\"excluded\""), "nobody asked");
    }

    async fn r9_no_place_of_a_shelter_is_in_any_answer(w: World) {
        let s = scene(&w).await;
        s.accepted().await;
        let placed = merged(crate::placements::home(), json!({
            "kind": "shelter", "organisation_id": s.shelter, "address": "The green gate behind the market",
            "contact": "+256414000001"
        }));
        s.coordinator.post(format!("/v1/cases/{}/placements", s.case)).json(placed).await.is(201);
        let other = register(&s.responder, adult_report()).await;

        for (by, case) in [(&s.coordinator, &s.case), (&s.coordinator, &other), (&s.responder, &other)] {
            let answer = found(by, wanted(case)).await.text();
            assert!(answer.contains(s.shelter.as_str()), "{answer}");
            for told in ["green gate", "414000001", "address", "location"] {
                assert!(!answer.contains(told), "{told}: {answer}");
            }
        }
    }

    async fn whom_a_case_is_hidden_from_learns_nothing_by_looking_for_services(w: World) {
        let s = scene(&w).await;
        for by in [
            &s.worker, &s.manager, &w.first_responder().await, &w.administrator().await, &w.auditor().await,
            &w.persona(refero_domain::actor::ActorRole::Analyst).await,
        ] {
            let hidden = by.post("/v1/services/match").json(wanted(&s.case)).await;
            hidden.is_problem(404, "not-found");
        }
        let sees = [w.coordinator().await, s.responder.clone()];
        for by in sees {
            let forbidden = by.post("/v1/services/match").json(wanted(&s.case)).await;
            forbidden.is_problem(403, "not-permitted");
        }
        found(&w.supervisor().await, wanted(&s.case)).await;
        let wrong = merged(wanted(&s.case), json!({"area": "UG-102"}));
        s.coordinator.post("/v1/services/match").json(wrong).await.is_problem(422, "validation-failed");
    }

    async fn r14_what_was_shown_stands_in_the_trail_of_the_case(w: World) {
        let s = scene(&w).await;
        let answer = found(&s.coordinator, wanted(&s.case)).await;

        let id = answer.header("request-id").unwrap();
        let events = w.texts(&format!(
            "select action || ' ' || case_id || ' ' || shown_ids as value from audit_events where request_id = '{id}'"
        ));
        let shown = answer.text_at("/services/0/offers/0/service_id");
        assert_eq!(events, [format!("service.match {} [\"{shown}\"]", s.case)]);
    }

    async fn with_whom_the_person_will_not_share_is_not_offered(w: World) {
        let s = scene(&w).await;
        s.consent(json!({"state": "refused"})).await.is(201);

        let answer = found(&s.coordinator, wanted(&s.case)).await;
        assert_eq!(whose(&answer, "offers"), Vec::<String>::new());
        assert_eq!(codes(&answer, "/services/0/excluded/0/reasons"), ["refused_by_person"]);
        w.advance_s(1);
        s.consent(json!({})).await.is(201);
        let answer = found(&s.coordinator, wanted(&s.case)).await;
        assert_eq!(whose(&answer, "offers"), [s.shelter.as_str()]);
    }

    async fn a_decline_comes_back_with_the_next_best_offer(w: World) {
        let s = scene(&w).await;
        let (next, service, manager) = shelter(&w, json!({"languages": ["fr"]})).await;
        say(&manager, &service, 2).await.is(200);
        let (_, referral) = s.sent().await;
        let asked = found(&s.coordinator, wanted(&s.case)).await;
        assert_eq!(codes(&asked, "/services/0/excluded/0/reasons"), ["already_asked"]);

        let declined = act(&s.worker, &referral, "decline", json!({"reason": "no_capacity"})).await.is(200);
        assert!(!declined.text().contains("next_best") && !declined.text().contains(next.as_str()));
        let path = format!("/v1/referrals/{referral}");
        assert!(!s.worker.get(&path).await.is(200).text().contains("next_best"));
        let seen = s.coordinator.get(&path).await.is(200);
        assert_eq!(seen.at("/next_best/0/service_type"), "safe_shelter");
        assert_eq!(seen.at("/next_best/0/offer/organisation_id"), next.as_str());
        assert_eq!(seen.at("/next_best/0/offer/reasons_for/0/text"), "Free places: 2, told 0 h ago");
        let queue = s.coordinator.get("/v1/queues/returned").await.is(200);
        assert_eq!(queue.at("/items/0/next_best"), seen.at("/next_best"));
        // Who sees the case and does not refer it is told that it came back, and not whom to ask.
        assert!(!w.coordinator().await.get(&path).await.is(200).text().contains("next_best"));
        let answer = found(&s.coordinator, wanted(&s.case)).await;
        assert_eq!(whose(&answer, "offers"), [next.as_str(), s.shelter.as_str()]);
        assert_eq!(answer.at("/services/0/offers/1/declined_before"), true);
        let why = answer.at("/services/0/offers/1/reasons_against");
        let why = why.as_array().unwrap().last().unwrap();
        assert_eq!(why["text"], "Declined this person lately: No free place or capacity");
        w.advance_s(14 * 86_400);
        let later = found(&s.coordinator, wanted(&s.case)).await;
        assert!(!later.text().contains("declined_lately"), "{}", later.text());
    }

    async fn who_has_a_conflict_of_interest_is_not_offered_again_and_nobody_is_left(w: World) {
        let s = scene(&w).await;
        let (_, referral) = s.sent().await;
        act(&s.worker, &referral, "decline", json!({"reason": "conflict_of_interest"})).await.is(200);

        let seen = s.coordinator.get(format!("/v1/referrals/{referral}")).await.is(200);
        assert_eq!(seen.at("/next_best"), json!([{"service_type": "safe_shelter", "offer": null}]));
        w.advance_s(200 * 86_400);
        let answer = found(&s.coordinator, wanted(&s.case)).await;
        assert_eq!(codes(&answer, "/services/0/excluded/0/reasons"), ["conflict_of_interest"]);
    }

    async fn what_an_emergency_depends_on_is_matched_before_triage(w: World) {
        let responder = w.first_responder().await;
        let case = register(&responder, adult_report()).await;
        let (steps, ..) = shelter(&w, json!({"accessibility": []})).await;
        let (ramp, ..) = shelter(&w, json!({"accessibility": ["step_free_access"]})).await;
        let needs = json!({"accessibility": ["step_free_access"], "urgency": "3_hours"});

        let answer = found(&responder, merged(wanted(&case), needs)).await;
        assert_eq!(whose(&answer, "offers"), [ramp.as_str(), steps.as_str()]);
        let why = answer.at("/services/0/offers/1/reasons_against");
        assert!(why.to_string().contains("Lacks what the person depends on: Step-free access"), "{why}");
    }
}
