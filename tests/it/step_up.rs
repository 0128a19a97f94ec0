//! What opens an identity or gives rights asks for a fresh proof of the second factor, before
//! anything is looked for.

use refero::api::operations;
use reqwest::Method;
use serde_json::json;

use crate::{
    device::{STEP_S, enrol, sign_in, step_up},
    every::{ABSENT, address, anybody, ask},
    steps::{active_case, register, report},
    world::{Asking, PASSWORD, Persona},
};

fn identity(who: &Persona, case: &str) -> Asking {
    who.get(format!("/v1/cases/{case}/identity")).purpose("case_management")
}

both! {
    async fn an_identity_is_opened_within_five_minutes_of_a_proof(w: World) {
        let (responder, coordinator) = (w.first_responder().await, w.coordinator().await);
        let case = active_case(&responder, &coordinator, report()).await;
        identity(&coordinator, &case).await.is(200);
        let device = enrol(&w, &coordinator).await;

        identity(&coordinator, &case).await.is(200);
        w.advance_s(299);
        identity(&coordinator, &case).await.is(200);
        w.advance_s(1);
        identity(&coordinator, &case).await.is_problem(403, "step-up-required");
        coordinator.get(format!("/v1/cases/{case}")).await.is(200);
        let proved = step_up(&coordinator, &device.code(w.now())).await.is(200);
        assert_eq!(proved.at("/fresh_until"), json!(w.now().plus_seconds(300)));
        identity(&coordinator, &case).await.is(200);
    }

    async fn the_refusal_is_the_same_whatever_is_there(w: World) {
        let (responder, coordinator) = (w.first_responder().await, w.coordinator().await);
        let south = w.coordinator().in_area("XZ-S").await;
        let mut told = report();
        told["area"] = json!("XZ-N");
        let case = active_case(&responder, &coordinator, told).await;
        for who in [&coordinator, &south] {
            enrol(&w, who).await;
        }
        w.advance_s(300);

        let ask = |who: &Persona, id: &str| identity(who, id).header("X-Request-Id", ABSENT);
        let there = ask(&coordinator, &case).await.is_problem(403, "step-up-required").seen();
        for (who, id) in [(&coordinator, ABSENT), (&south, case.as_str()), (&south, ABSENT)] {
            assert_eq!(ask(who, id).await.seen(), there);
        }
        // Whoever opens no identity at all is told what they always were.
        let administrator = w.administrator().await;
        enrol(&w, &administrator).await;
        w.advance_s(300);
        let hidden = ask(&administrator, &case).await.is_problem(404, "not-found").seen();
        assert_eq!(ask(&administrator, ABSENT).await.seen(), hidden);
        let refused = w.texts(&format!(
            "select refusal_code as value from audit_events
             where outcome = 'refused' and action = 'identity.read' and object_id = '{case}'"
        ));
        assert_eq!(refused.iter().filter(|code| *code == "step-up-required").count(), 2);
    }

    async fn every_operation_that_is_marked_asks_and_no_other(w: World) {
        let somebody = anybody(&w).await;
        enrol(&w, &somebody).await;
        w.advance_s(300);
        let table = operations::table();
        let closed = table.operations().iter().filter(|op| op.action.is_some());

        let mut marked = 0;
        for op in closed.filter(|op| op.id != "endSession") {
            let path = address(op, |_| ABSENT.to_owned());
            let answer = ask(&somebody, op, &path, 1).await;
            let asks = answer.status == 403 && answer.at("/code") == "step-up-required";
            assert_eq!(asks, op.steps_up, "{}: {}", answer.asked(), answer.text());
            marked += usize::from(asks);
        }
        assert!(marked >= 10, "{marked}");
    }

    async fn a_proof_holds_in_its_own_session_alone(w: World) {
        let coordinator = w.coordinator().await;
        let device = enrol(&w, &coordinator).await;
        w.advance_s(STEP_S);
        let otp = json!({"otp": device.code(w.now())});
        let entered = sign_in(&w, &coordinator.username, PASSWORD, otp).await.is(200);
        let there = entered.text_at("/access_token");
        w.advance_s(300);

        step_up(&coordinator, &device.code(w.now())).await.is(200);
        let codes = "/v1/me/second-factor/recovery-codes";
        w.bearer(&there, Method::POST, codes).await.is_problem(403, "step-up-required");
        coordinator.post(codes).await.is(200);
        w.sql("update sessions set revoked_at = created_at");
        w.advance_s(STEP_S);
        step_up(&coordinator, &device.code(w.now())).await.is_problem(401, "not-authenticated");
    }

    async fn who_has_no_second_factor_and_need_not_have_one_goes_on_as_before(w: World) {
        let (responder, coordinator) = (w.first_responder().await, w.coordinator().await);
        let case = register(&responder, report()).await;

        identity(&coordinator, &case).await.is(200);
        let mine = coordinator.get("/v1/me/second-factor").await.is(200);
        assert_eq!((mine.at("/state"), mine.at("/required")), (json!("none"), json!(false)));
        coordinator.ask(Method::DELETE, "/v1/me/second-factor").await.is(409);
    }
}

both! {
    set "second_factor.required" = "case_coordinator, system_administrator";
    async fn whose_role_needs_a_second_factor_enrols_before_the_first_identity(w: World) {
        let (responder, coordinator) = (w.first_responder().await, w.coordinator().await);
        let (supervisor, administrator) = (w.supervisor().await, w.administrator().await);
        let case = active_case(&responder, &coordinator, report()).await;
        let code = "second-factor-enrolment-required";

        for id in [case.as_str(), ABSENT] {
            identity(&coordinator, id).await.is_problem(403, code);
        }
        let secret = json!({"organisation_id": supervisor.organisation_id, "username": "new.name",
            "display_name": "New N."});
        administrator.post("/v1/users").json(&secret).await.is_problem(403, code);
        identity(&supervisor, &case).await.is(200);
        assert_eq!(coordinator.get("/v1/me/second-factor").await.is(200).at("/required"), true);
        sign_in(&w, &coordinator.username, PASSWORD, json!({})).await.is(200);
        for who in [&coordinator, &administrator] {
            enrol(&w, who).await;
        }
        identity(&coordinator, &case).await.is(200);
        administrator.post("/v1/users").json(&secret).await.is(201);
    }
}
