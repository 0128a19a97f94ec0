//! Reviews: somebody else looks at a decision, and what is begun goes on meanwhile.

use serde_json::json;

use super::{
    BOARD, BUREAU, decide, identified, northern, officer, path, presumed, presumption, stage,
};
use crate::{
    referral_steps::{Scene, merged},
    world::{Answer, Persona},
};

async fn ask(by: &Persona, s: &Scene, decision: &str, version: i64) -> Answer {
    let body = json!({"ground": "appeal", "asked_by": "lawyer"});
    let ask = format!("{}/{decision}/request-review", path(&s.case));
    by.post(ask).if_match(version).json(body).await
}

both! {
    async fn r10_somebody_else_reviews_than_who_decided(w: World) {
        let (s, first) = (northern(&w).await, officer(&w).await);
        presumed(&s).await;
        let no = merged(identified(), json!({"outcome": "negative", "intercepted": null, "certificate_number": null}));
        let decision = decide(&first, &s.case, no).await.is(201).id();
        let asked = ask(&s.coordinator, &s, &decision, 1).await.is(200);
        assert_eq!((asked.at("/state"), asked.at("/review/ground")), (json!("under_review"), json!("appeal")));
        assert_eq!(stage(&s.coordinator, &s.case).await, "under_review");
        let review = merged(identified(), json!({"kind": "review", "reviews_id": decision}));

        decide(&first, &s.case, review.clone()).await.is_problem(403, "self-approval");
        decide(&s.coordinator, &s.case, review.clone()).await.is_problem(403, "not-permitted");
        decide(&w.supervisor().await, &s.case, review.clone()).await.is_problem(403, "not-permitted");
        let second = officer(&w).await;
        let made = decide(&second, &s.case, review).await.is(201);
        assert_eq!((made.at("/stage_before"), made.at("/stage_after")), (json!("under_review"), json!("formally_identified")));
        let reviewed = first.get(format!("{}/{decision}", path(&s.case))).await.is(200);
        assert_eq!((reviewed.at("/state"), reviewed.at("/version")), (json!("replaced"), json!(3)));
        assert_eq!(reviewed.at("/outcome"), "negative", "it stays as it was made");

        // Nor does the first one judge the review of their own decision.
        ask(&s.coordinator, &s, &made.id(), 1).await.is(200);
        let again = merged(identified(), json!({"kind": "review", "reviews_id": made.id()}));
        decide(&first, &s.case, again.clone()).await.is_problem(403, "self-approval");
        decide(&second, &s.case, again.clone()).await.is_problem(403, "self-approval");
        // A review may give the same number of a certificate again.
        let third = officer(&w).await;
        let upheld = decide(&third, &s.case, again).await.is(201);
        assert_eq!(upheld.at("/certificate_number"), "XZ/2026-17");
        w.expect_sound();
    }

    async fn what_the_bureau_presumed_its_supervisor_or_the_body_reviews(w: World) {
        let s = northern(&w).await;
        let decision = presumed(&s).await;
        ask(&s.coordinator, &s, &decision, 1).await.is(200);
        let no = merged(presumption(), json!({
            "kind": "review", "reviews_id": decision, "outcome": "negative", "intercepted": null, "body": BUREAU
        }));
        decide(&s.coordinator, &s.case, no.clone()).await.is_problem(403, "not-permitted");
        let unnamed = merged(no.clone(), json!({"body": null}));
        let supervisor = w.supervisor().await;
        let refused = decide(&supervisor, &s.case, unnamed).await.is_problem(422, "validation-failed");
        assert_eq!(refused.at("/errors/0/pointer"), "/body");
        let made = decide(&supervisor, &s.case, no).await.is(201);
        assert_eq!(made.at("/stage_after"), "screened_insufficient");

        ask(&s.coordinator, &s, &made.id(), 1).await.is(200);
        let yes = merged(presumption(), json!({
            "kind": "review", "reviews_id": made.id(), "body": BOARD
        }));
        let certified = merged(yes.clone(), json!({"certificate_number": "XZ-9"}));
        let officer = officer(&w).await;
        decide(&officer, &s.case, certified).await.is_problem(422, "validation-failed");
        let made = decide(&officer, &s.case, yes).await.is(201);
        assert_eq!(made.at("/stage_after"), "presumed_victim");
        w.expect_sound();
    }

    async fn only_the_decision_on_which_the_stage_rests_is_reviewed(w: World) {
        let (s, officer) = (northern(&w).await, officer(&w).await);
        let presumption = presumed(&s).await;
        let identified = decide(&officer, &s.case, identified()).await.is(201).id();

        let refused = ask(&s.coordinator, &s, &presumption, 1).await.is_problem(409, "illegal-transition");
        assert_eq!(refused.at("/state"), "in_force");
        assert_eq!(refused.at("/allowed_actions"), json!(["record-notice"]));
        ask(&s.coordinator, &s, &identified, 9).await.is_problem(412, "stale-version");
        ask(&w.coordinator().await, &s, &identified, 1).await.is_problem(403, "not-permitted");
        ask(&officer, &s, &identified, 1).await.is(200);
        ask(&officer, &s, &identified, 2).await.is_problem(409, "illegal-transition");
        // While it is under review nothing else is decided.
        let again = merged(super::identified(), json!({"certificate_number": null}));
        decide(&officer, &s.case, again).await.is_problem(409, "illegal-transition");
        let other = merged(super::identified(), json!({"kind": "review", "reviews_id": presumption, "body": BOARD, "certificate_number": null}));
        decide(&officer, &s.case, other).await.is_problem(409, "illegal-transition");
        w.expect_sound();
    }

    async fn help_goes_on_while_a_decision_is_under_review(w: World) {
        let s = northern(&w).await;
        let (_, referral) = s.accepted().await;
        let decision = presumed(&s).await;
        ask(&s.coordinator, &s, &decision, 1).await.is(200);

        crate::referral_steps::act(&s.worker, &referral, "start", json!({})).await.is(200);
        s.accepted().await;
    }

    async fn a_decision_of_another_case_does_not_exist_here(w: World) {
        let (s, other) = (northern(&w).await, northern(&w).await);
        let decision = presumed(&s).await;

        ask(&other.coordinator, &other, &decision, 1).await.is_problem(404, "not-found");
        other.coordinator.get(format!("{}/{decision}", path(&other.case))).await.is_problem(404, "not-found");
        presumed(&other).await;
        let review = merged(presumption(), json!({"kind": "review", "reviews_id": decision, "body": BOARD}));
        let refused = decide(&officer(&w).await, &other.case, review).await.is_problem(422, "validation-failed");
        assert_eq!(refused.at("/errors/0/pointer"), "/reviews_id");
    }
}
