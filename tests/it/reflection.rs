//! Time to recover and to decide freely: what the country gives is the person's, and nobody is asked for
//! anything in return.

use refero::api::operations;
use refero_domain::actor::ActorRole;
use serde_json::{Value, json};

use crate::{
    referral_steps::{Scene, ids, merged, scene},
    steps::{active_case, adult_report, register, step},
    world::{Answer, Persona, World},
};

/// What the person was told, and in which language.
pub(crate) fn offer() -> Value {
    json!({"offered_on": "2026-11-02", "language": "fr", "interpreter": true})
}

fn path(case: &str) -> String {
    format!("/v1/cases/{case}/reflection-periods")
}

/// Two periods are offered, one after the other, and declined.
pub(crate) async fn declined_twice(coordinator: &Persona, case: &str) {
    for _ in 0..2 {
        let made = coordinator.post(path(case)).json(offer()).await.is(201).id();
        act(coordinator, (case, &made), "decline", json!({})).await.is(200);
    }
}

/// Acts with the version that the period has now.
async fn act(by: &Persona, (case, id): (&str, &str), act: &str, body: Value) -> Answer {
    let one = format!("{}/{id}", path(case));
    let version = by.get(&one).await.is(200).version();
    by.post(format!("{one}/{act}")).if_match(version).json(body).await
}

async fn offered(s: &Scene) -> String {
    s.coordinator.post(path(&s.case)).json(offer()).await.is(201).id()
}

/// A period that the profile's days were granted for.
pub(crate) async fn granted(s: &Scene, words: &str) -> String {
    let offer = merged(offer(), json!({"words": words}));
    let id = s.coordinator.post(path(&s.case)).json(offer).await.is(201).id();
    act(&s.coordinator, (&s.case, &id), "grant", json!({})).await.is(200);
    id
}

async fn case_of(by: &Persona, case: &str) -> Answer {
    by.get(format!("/v1/cases/{case}")).await.is(200)
}

/// The clock of the end of the period, as the case shows it.
async fn clock(by: &Persona, case: &str) -> Value {
    let clocks = case_of(by, case).await.at("/clocks");
    let mut found = clocks.as_array().unwrap().iter();
    found.find(|clock| clock["kind"] == "reflection_period_end").cloned().unwrap_or(Value::Null)
}

/// Makes the time pass, and lets somebody sign in who knows what they do.
async fn days_later(w: &World, days: i64) -> Persona {
    w.advance_s(days * 86_400);
    w.supervisor().await
}

#[track_caller]
fn refused_at(answer: Answer, pointer: &str, code: &str) {
    let answer = answer.is_problem(422, "validation-failed");
    assert_eq!(
        (answer.at("/errors/0/pointer"), answer.at("/errors/0/code")),
        (json!(pointer), json!(code))
    );
}

both! {
    async fn somebody_is_given_time_and_the_case_pauses_until_it_is_over(w: World) {
        let s = scene(&w).await;
        let made = s.coordinator.post(path(&s.case)).json(offer()).await.is(201);
        assert_eq!((made.at("/state"), made.at("/starts_on")), (json!("offered"), Value::Null));
        assert_eq!(made.at("/notices/0/language"), "fr");
        assert_eq!(made.at("/allowed_actions"), json!(["grant", "decline", "record-notice"]));
        assert_eq!(case_of(&s.coordinator, &s.case).await.at("/state"), "active");

        let given = act(&s.coordinator, (&s.case, &made.id()), "grant", json!({})).await.is(200);
        assert_eq!(given.at("/state"), "granted");
        assert_eq!((given.at("/starts_on"), given.at("/ends_on")), (json!("2026-11-02"), json!("2026-12-02")));
        assert_eq!((given.at("/days"), given.at("/suspends_removal")), (json!(30), json!(true)));
        assert_eq!(given.at("/grants/0/basis"), "country_profile");
        assert_eq!(given.at("/allowed_actions"), json!(["extend", "record-notice"]));
        assert_eq!(case_of(&s.coordinator, &s.case).await.at("/state"), "reflection_period");
        let runs = clock(&s.coordinator, &s.case).await;
        assert_eq!(runs["state"], "running");
        assert!(runs["due_at"].as_str().unwrap().starts_with("2026-12-03T00:00"), "{runs}");
        assert!(runs["warn_at"].as_str().unwrap().starts_with("2026-11-26T00:00"), "{runs}");

        let told = json!({"told_on": "2026-11-02", "language": "sw"});
        let told = act(&s.coordinator, (&s.case, &made.id()), "record-notice", told).await.is(200);
        assert_eq!((told.at("/notices/1/of"), told.at("/notices/1/language")), (json!("granted"), json!("sw")));
        let early = act(&s.coordinator, (&s.case, &made.id()), "end", json!({})).await;
        assert_eq!(early.is_problem(409, "illegal-transition").at("/state"), "granted");

        let later = days_later(&w, 25).await;
        assert_eq!(clock(&later, &s.case).await["state"], "due_soon");
        let later = days_later(&w, 7).await;
        assert_eq!(clock(&later, &s.case).await["state"], "overdue");
        // A late act is still possible.
        let over = act(&later, (&s.case, &made.id()), "end", json!({})).await.is(200);
        assert_eq!((over.at("/state"), over.at("/ended_on")), (json!("ended"), json!("2026-12-02")));
        assert_eq!(clock(&later, &s.case).await["state"], "met");
        assert_eq!(case_of(&later, &s.case).await.at("/state"), "active");
        let trail = w.trail();
        for event in ["offer", "grant", "record-notice", "end"] {
            let told = format!("reflection-period.{event} success");
            assert!(trail.contains(&told), "{told}");
        }
        assert!(trail.contains(&"reflection-period.end refused".to_owned()));
        w.expect_sound();
    }

    async fn whoever_declines_need_not_say_why_and_can_be_offered_another_one(w: World) {
        let s = scene(&w).await;
        let first = offered(&s).await;
        s.coordinator.post(path(&s.case)).json(offer()).await.is_problem(409, "illegal-transition");
        let no = act(&s.coordinator, (&s.case, &first), "decline", json!({})).await.is(200);
        assert_eq!((no.at("/state"), no.at("/allowed_actions")), (json!("declined"), json!(["record-notice"])));
        let again = act(&s.coordinator, (&s.case, &first), "grant", json!({})).await;
        assert_eq!(again.is_problem(409, "illegal-transition").at("/state"), "declined");
        assert_eq!(case_of(&s.coordinator, &s.case).await.at("/state"), "active");
        w.advance_s(1);
        let second = offered(&s).await;
        assert_eq!(ids(&s.coordinator.get(path(&s.case)).await.is(200)), [second, first]);
    }

    async fn whoever_refuses_or_ends_it_early_is_a_supervisor_and_says_why(w: World) {
        let s = scene(&w).await;
        let supervisor = w.supervisor().await;
        let first = offered(&s).await;
        let why = json!({"reasons": "Had one in May."});
        let by = act(&s.coordinator, (&s.case, &first), "refuse", why.clone()).await;
        by.is_problem(403, "not-permitted");
        let no = act(&supervisor, (&s.case, &first), "refuse", json!({"reasons": " "})).await;
        refused_at(no, "/reasons", "too-short");
        let no = act(&supervisor, (&s.case, &first), "refuse", why).await.is(200);
        assert_eq!((no.at("/state"), no.at("/refusal_reasons")), (json!("refused"), json!("Had one in May.")));

        let second = granted(&s, "Asked about school.").await;
        let why = json!({"reason": "survivor_request", "reasons": "She wants to travel."});
        let by = act(&s.coordinator, (&s.case, &second), "terminate", why.clone()).await;
        by.is_problem(403, "not-permitted");
        let bare = json!({"reason": "does_not_cooperate", "reasons": "Does not testify."});
        act(&supervisor, (&s.case, &second), "terminate", bare).await.is_problem(422, "validation-failed");
        let ended = act(&supervisor, (&s.case, &second), "terminate", why).await.is(200);
        assert_eq!((ended.at("/state"), ended.at("/ended_on")), (json!("terminated_early"), json!("2026-11-02")));
        assert_eq!(ended.at("/termination_reasons"), "She wants to travel.");
        assert_eq!(case_of(&supervisor, &s.case).await.at("/state"), "active");
        assert_eq!(clock(&supervisor, &s.case).await["state"], "met");
        w.expect_sound();
    }

    async fn r19_more_days_than_the_country_allows_are_not_granted(w: World) {
        let s = scene(&w).await;
        let id = offered(&s).await;
        let grant = async |body: Value| act(&s.coordinator, (&s.case, &id), "grant", body).await;
        let stated = |days: u16| json!({"days": days, "basis": "law", "citation": "An act, s. 4"});
        refused_at(grant(stated(91)).await, "/days", "out-of-range");
        refused_at(grant(stated(29)).await, "/days", "out-of-range");
        refused_at(grant(json!({"days": 45})).await, "/basis", "required");
        refused_at(grant(json!({"days": 45, "basis": "law"})).await, "/citation", "required");
        refused_at(grant(json!({"days": 45, "basis": "country_profile"})).await, "/basis", "not-in-list");
        refused_at(grant(json!({"starts_on": "2026-11-01"})).await, "/starts_on", "inconsistent");
        let given = grant(stated(60)).await.is(200);
        assert_eq!((given.at("/days"), given.at("/grants/0/citation")), (json!(60), json!("An act, s. 4")));

        let extend = async |body: Value| {
            let body = merged(json!({"reasons": "Still in hospital."}), body);
            act(&s.coordinator, (&s.case, &id), "extend", body).await
        };
        refused_at(extend(stated(31)).await, "/days", "out-of-range");
        let more = extend(json!({})).await.is(200);
        assert_eq!((more.at("/state"), more.at("/days")), (json!("extended"), json!(90)));
        assert_eq!(more.at("/ends_on"), "2027-01-31");
        assert_eq!(more.at("/extension_reasons"), json!(["Still in hospital."]));
        assert!(clock(&s.coordinator, &s.case).await["due_at"].as_str().unwrap().starts_with("2027-02-01"));
        refused_at(extend(json!({})).await, "/days", "out-of-range");
        w.expect_sound();
    }

    async fn a_case_pauses_by_its_own_act_and_the_person_keeps_the_days_when_it_goes_on(w: World) {
        let s = scene(&w).await;
        let paused = step(&s.coordinator, &s.case, "start-reflection", json!({})).await.is(200);
        assert_eq!(paused.at("/state"), "reflection_period");
        let list = s.coordinator.get(path(&s.case)).await.is(200);
        assert_eq!((list.at("/items/0/state"), list.at("/items/0/days")), (json!("granted"), json!(30)));
        assert_eq!(list.at("/items/0/notices"), json!([]));
        let resumed = step(&s.coordinator, &s.case, "resume", json!({})).await.is(200);
        assert_eq!(resumed.at("/state"), "active");
        let id = ids(&list).remove(0);
        let kept = s.coordinator.get(format!("{}/{id}", path(&s.case))).await.is(200);
        assert_eq!((kept.at("/state"), kept.at("/ends_on")), (json!("granted"), json!("2026-12-02")));
        // Paused once more, it is the same period; and once its days are over, it ends when the case goes on.
        step(&s.coordinator, &s.case, "start-reflection", json!({})).await.is(200);
        assert_eq!(ids(&s.coordinator.get(path(&s.case)).await.is(200)).len(), 1);
        let later = days_later(&w, 32).await;
        step(&later, &s.case, "resume", json!({})).await.is(200);
        let over = later.get(format!("{}/{id}", path(&s.case))).await.is(200);
        assert_eq!((over.at("/state"), over.at("/ended_on")), (json!("ended"), json!("2026-12-02")));
        w.expect_sound();
    }

    async fn what_was_offered_begins_when_the_case_pauses(w: World) {
        let s = scene(&w).await;
        let id = offered(&s).await;
        step(&s.coordinator, &s.case, "start-reflection", json!({})).await.is(200);
        let list = s.coordinator.get(path(&s.case)).await.is(200);
        assert_eq!(ids(&list), [id]);
        assert_eq!((list.at("/items/0/state"), list.at("/items/0/version")), (json!("granted"), json!(2)));
        w.expect_sound();
    }

    async fn nobody_is_granted_time_on_a_case_that_nobody_opened(w: World) {
        let (responder, coordinator) = (w.first_responder().await, w.coordinator().await);
        let case = register(&responder, adult_report()).await;
        step(&coordinator, &case, "claim", json!({})).await.is(200);
        let wrong = coordinator.post(path(&case)).json(merged(offer(), json!({"language": "French"}))).await;
        refused_at(wrong, "/language", "format");
        let wrong = coordinator.post(path(&case)).json(merged(offer(), json!({"offered_on": "2026-12-02"}))).await;
        refused_at(wrong, "/offered_on", "in-future");
        let id = coordinator.post(path(&case)).json(offer()).await.is(201).id();
        let early = act(&coordinator, (&case, &id), "grant", json!({})).await;
        assert_eq!(early.is_problem(409, "illegal-transition").at("/state"), "under_triage");
    }

    async fn r8_whoever_investigates_sees_that_there_is_one_and_its_dates(w: World) {
        let s = scene(&w).await;
        let police = w.persona(ActorRole::Investigator).await;
        let inquiry = json!({
            "kind": "criminal_trafficking", "organisation_id": police.organisation_id,
            "person_role": "complainant"
        });
        s.coordinator.post(format!("/v1/cases/{}/proceedings", s.case)).json(inquiry).await.is(201);
        let id = offered(&s).await;
        let one = format!("{}/{id}", path(&s.case));
        police.get(&one).await.is_problem(404, "not-found");
        assert_eq!(ids(&police.get(path(&s.case)).await.is(200)), Vec::<String>::new());
        act(&s.coordinator, (&s.case, &id), "grant", json!({})).await.is(200);
        let seen = police.get(&one).await.is(200);
        assert_eq!((seen.at("/starts_on"), seen.at("/ends_on")), (json!("2026-11-02"), json!("2026-12-02")));
        assert_eq!(seen.at("/withheld"), json!(["case_restricted"]));
        assert_eq!(seen.at("/allowed_actions"), json!([]));
        for member in ["notices", "grants", "offer_words", "end_reason", "created_by", "answered_by"] {
            assert_eq!(seen.json().get(member), None, "{member}");
        }
        police.post(format!("{one}/end")).if_match(2).json(json!({})).await.is_problem(403, "not-permitted");
        for by in [&s.worker, &s.manager, &w.persona(ActorRole::Analyst).await, &w.persona(ActorRole::Investigator).await] {
            by.get(&one).await.is_problem(404, "not-found");
            by.get(path(&s.case)).await.is_problem(404, "not-found");
        }
    }

    async fn who_works_elsewhere_is_told_of_no_period_of_another_case(w: World) {
        let s = scene(&w).await;
        let id = offered(&s).await;
        let other = active_case(&s.responder, &s.coordinator, adult_report()).await;
        s.coordinator.get(format!("{}/{id}", path(&other))).await.is_problem(404, "not-found");
        let south = w.coordinator().in_area("XZ-S").await;
        let north = merged(adult_report(), json!({"area": "XZ-N"}));
        let north = active_case(&s.responder, &s.coordinator, north).await;
        south.post(path(&north)).json(offer()).await.is_problem(404, "not-found");
        let colleague = w.coordinator().await;
        colleague.post(path(&s.case)).json(offer()).await.is_problem(403, "not-permitted");
        s.responder.post(path(&s.case)).json(offer()).await.is_problem(404, "not-found");
    }
}

/// Time to recover is given for nothing: no member of what is sent, and no code, asks what the person does for an
/// authority.
#[test]
fn a_reflection_period_never_depends_on_working_with_the_police() {
    let table = operations::table();
    let ops = table.operations().iter().filter(|op| op.path.contains("/reflection-periods"));
    let mut bodies = 0;
    for op in ops {
        let Some((_, example)) = &op.body else { continue };
        bodies += 1;
        for member in example.as_object().unwrap().keys() {
            for word in ["cooperat", "police", "testi", "statement", "proceeding"] {
                assert!(!member.contains(word), "{} asks for {member}", op.id);
            }
        }
    }
    assert_eq!(bodies, 8);
}
