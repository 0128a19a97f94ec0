//! A person is reached as they said, at the hours they said, and never by what endangers them.

use refero_domain::actor::ActorRole;
use serde_json::{Value, json};

use crate::{
    referral_steps::{Scene, ids, merged, scene},
    steps::{adult_report, register},
    world::{Answer, Persona},
};

const NUMBER: &str = "+256700000001";

/// A way to reach somebody at any time.
pub(crate) fn contact() -> Value {
    json!({
        "rule": "safe", "channel": "phone_call", "value": NUMBER, "language": "fr",
        "code_word": "The sewing machine", "who_may_answer": "Her sister."
    })
}

/// On Mondays from six to eight in the evening; the world begins on a Monday at nine.
fn evenings() -> Value {
    merged(contact(), json!({"hours": [{"day": "monday", "from": "18:00", "until": "20:00"}]}))
}

fn path(s: &Scene) -> String {
    format!("/v1/cases/{}/safe-contacts", s.case)
}

async fn recorded(s: &Scene, body: Value) -> String {
    format!("{}/{}", path(s), s.coordinator.post(path(s)).json(body).await.is(201).id())
}

async fn ask(by: &Persona, one: &str, version: i64, body: Value) -> Answer {
    by.post(format!("{one}/use")).purpose("case_management").if_match(version).json(body).await
}

both! {
    async fn a_number_is_told_to_whoever_is_about_to_use_it_and_to_nobody_else(w: World) {
        let s = scene(&w).await;
        let one = recorded(&s, contact()).await;
        let supervisor = w.supervisor().await;
        for by in [&s.coordinator, &supervisor] {
            for answer in [by.get(&one).await.is(200), by.get(path(&s)).await.is(200)] {
                assert!(!answer.text().contains(NUMBER), "{}", answer.asked());
            }
        }
        let shown = s.coordinator.get(&one).await.is(200);
        assert_eq!(shown.at("/withheld"), json!(["identity_sealed"]));
        assert_eq!(shown.at("/allowed_actions"), json!(["use", "retire"]));

        let silent = s.coordinator.post(format!("{one}/use")).if_match(1).json(json!({})).await;
        silent.is_problem(403, "purpose-required");
        let told = ask(&s.coordinator, &one, 1, json!({})).await.is(200);
        assert_eq!(told.at("/value"), NUMBER);
        assert_eq!(told.at("/code_word"), "The sewing machine");
        assert_eq!(told.at("/used_by"), s.coordinator.user_id.as_str());
        assert_eq!(told.at("/withheld"), json!([]));
        ask(&s.coordinator, &one, 1, json!({})).await.is_problem(412, "stale-version");
        for by in [&s.worker, &w.persona(ActorRole::Analyst).await] {
            ask(by, &one, 2, json!({})).await.is_problem(404, "not-found");
            by.get(&one).await.is_problem(404, "not-found");
        }
        // Whoever sees the case and does not coordinate it may know that there is a way.
        ask(&w.coordinator().await, &one, 2, json!({})).await.is_problem(403, "not-permitted");
        w.expect_sound();
    }

    async fn outside_the_safe_hours_only_what_cannot_wait_is_told(w: World) {
        let s = scene(&w).await;
        let one = recorded(&s, evenings()).await;
        let refused = ask(&s.coordinator, &one, 1, json!({})).await;
        assert_eq!(refused.header("retry-after").as_deref(), Some("32400"));
        assert!(!refused.text().contains(NUMBER));
        refused.is_problem(409, "not-a-safe-hour");

        let urgent = json!({"urgent_because": "danger_to_life"});
        let told = ask(&s.coordinator, &one, 1, urgent.clone()).await.is(200);
        assert_eq!(told.at("/value"), NUMBER);
        assert_eq!(told.at("/urgent_because"), "danger_to_life");

        w.advance_s(32_400);
        let told = ask(&s.coordinator, &one, 2, urgent).await.is(200);
        assert_eq!(told.at("/urgent_because"), Value::Null, "an hour that is safe needs no reason");
        w.advance_s(7_200);
        ask(&s.coordinator, &one, 3, json!({})).await.is_problem(409, "not-a-safe-hour");
        w.expect_sound();
    }

    async fn a_repeat_of_a_call_is_judged_by_the_hour_it_comes_at(w: World) {
        let s = scene(&w).await;
        let one = recorded(&s, evenings()).await;
        let again = async |version| {
            let asking = s.coordinator.post(format!("{one}/use")).purpose("case_management");
            asking.if_match(version).key("one-call").json(json!({})).await
        };
        w.advance_s(32_400);
        assert_eq!(again(1).await.is(200).at("/value"), NUMBER);
        let replayed = again(1).await.is(200);
        assert_eq!((replayed.at("/value"), replayed.version()), (json!(NUMBER), 2));
        w.advance_s(7_200);
        again(1).await.is_problem(409, "not-a-safe-hour");
        let retire = s.coordinator.post(format!("{one}/retire")).if_match(2);
        retire.json(json!({"reason": "no_longer_safe"})).await.is(200);
        again(1).await.is_problem(409, "illegal-transition");
        w.expect_sound();
    }

    async fn what_must_never_be_used_is_told_to_nobody(w: World) {
        let s = scene(&w).await;
        let never = merged(contact(), json!({"rule": "never"}));
        let one = recorded(&s, never.clone()).await;
        let urgent = json!({"urgent_because": "danger_to_life"});
        for body in [json!({}), urgent] {
            let refused = ask(&s.coordinator, &one, 1, body).await;
            assert!(!refused.text().contains(NUMBER));
            refused.is_problem(409, "never-contact");
        }
        assert_eq!(s.coordinator.get(&one).await.is(200).at("/allowed_actions"), json!(["retire"]));
        let hours = json!({"hours": [{"day": "monday", "from": "18:00", "until": "20:00"}]});
        let both = s.coordinator.post(path(&s)).json(merged(never, hours)).await;
        assert_eq!(both.is_problem(422, "validation-failed").at("/errors/0/pointer"), "/hours");
    }

    async fn a_way_that_is_safe_no_more_is_told_to_nobody(w: World) {
        let s = scene(&w).await;
        let one = recorded(&s, contact()).await;
        let retire = || s.coordinator.post(format!("{one}/retire"));
        let why = json!({"reason": "no_longer_safe"});
        retire().json(&why).await.is_problem(428, "if-match-required");
        let retired = retire().if_match(1).json(&why).await.is(200);
        assert_eq!(retired.at("/state"), "retired");
        assert_eq!(retired.at("/allowed_actions"), json!([]));
        let refused = ask(&s.coordinator, &one, 2, json!({})).await;
        assert_eq!(refused.is_problem(409, "illegal-transition").at("/state"), "retired");
        retire().if_match(2).json(&why).await.is_problem(409, "illegal-transition");
        w.advance_s(1);
        let next = s.coordinator.post(path(&s)).json(evenings()).await.is(201).id();
        let old = one.rsplit('/').next().unwrap().to_owned();
        assert_eq!(ids(&s.coordinator.get(path(&s)).await.is(200)), [next, old]);
        w.expect_sound();
    }

    async fn the_one_who_registers_writes_it_down_and_the_provider_calls(w: World) {
        let s = scene(&w).await;
        let case = register(&s.responder, adult_report()).await;
        let early = format!("/v1/cases/{case}/safe-contacts");
        let made = s.responder.post(&early).json(contact()).await.is(201).id();
        s.responder.get(format!("{early}/{made}")).await.is(200);
        ask(&s.responder, &format!("{early}/{made}"), 1, json!({})).await.is_problem(403, "not-permitted");
        s.responder.post(path(&s)).json(contact()).await.is_problem(403, "not-permitted");

        let one = recorded(&s, contact()).await;
        s.accepted().await;
        for (by, version) in [(&s.worker, 1), (&s.manager, 2)] {
            assert_eq!(ask(by, &one, version, json!({})).await.is(200).at("/value"), NUMBER);
        }
        for hours in [
            json!([{"day": "monday", "from": "20:00", "until": "18:00"}]),
            json!([{"day": "monday", "from": "18:00", "until": "24:30"}]),
            json!([{"day": "someday", "from": "18:00", "until": "20:00"}]),
        ] {
            let body = merged(contact(), json!({"hours": hours}));
            s.coordinator.post(path(&s)).json(body).await.is_problem(422, "validation-failed");
        }
        w.expect_sound();
    }
}
