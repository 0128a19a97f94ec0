//! Who sees decisions, who sees the stage, and what the trail and the timeline tell.

use refero_domain::actor::ActorRole;
use serde_json::{Value, json};

use super::{decide, identified, northern, officer, path, presumed};
use crate::steps::{adult_report, register};

const REASONS: &str = "Deceived about the work.";

both! {
    async fn everybody_sees_of_a_decision_what_is_theirs_to_know(w: World) {
        let (s, officer) = (northern(&w).await, officer(&w).await);
        s.accepted().await;
        let decision = presumed(&s).await;
        let (list, one) = (path(&s.case), format!("{}/{decision}", path(&s.case)));

        let colleague = w.coordinator().await;
        for sees in [&s.coordinator, &colleague, &w.supervisor().await, &officer] {
            assert_eq!(sees.get(&one).await.is(200).at("/reasons"), REASONS);
            assert!(sees.get(&list).await.is(200).text().contains(REASONS));
        }
        // They see the case, and where the work stands.
        for sees in [&s.worker, &s.manager, &s.responder] {
            for hidden in [&list, &one] {
                sees.get(hidden).await.is_problem(403, "not-permitted");
            }
            let case = sees.get(format!("/v1/cases/{}", s.case)).await.is(200);
            assert_eq!(case.json().get("identification_stage"), None);
        }
        for role in [
            ActorRole::Auditor, ActorRole::DataProtectionOfficer, ActorRole::SystemAdministrator,
            ActorRole::Analyst, ActorRole::Investigator, ActorRole::ProsecutorLiaison,
            ActorRole::FirstResponder, ActorRole::ServiceProviderWorker,
        ] {
            let nobody = w.persona(role).await;
            for hidden in [&list, &one] {
                nobody.get(hidden).await.is_problem(404, "not-found");
            }
        }
    }

    async fn r14_every_decision_and_every_look_at_one_is_in_the_trail(w: World) {
        let (s, officer) = (northern(&w).await, officer(&w).await);
        let decision = presumed(&s).await;
        let one = format!("{}/{decision}", path(&s.case));
        let notice = json!({"language": "fr", "mode": "in_writing", "interpreter": false, "notified_on": "2026-11-02"});
        s.coordinator.post(format!("{one}/record-notice")).if_match(1).json(notice).await.is(200);
        officer.get(&one).await.is(200);
        let review = json!({"ground": "new_facts", "asked_by": "coordination_bureau"});
        s.coordinator.post(format!("{one}/request-review")).if_match(2).json(review).await.is(200);
        decide(&s.coordinator, &s.case, identified()).await.is(403);

        let trail = w.trail();
        for event in [
            "identification-decision.create success", "identification-decision.record-notice success",
            "identification-decision.read success", "identification-decision.request-review success",
            "identification-decision.create refused",
        ] {
            assert!(trail.iter().any(|told| told == event), "{event}");
        }
        let moved = w.texts(&format!(
            "select action || ' ' || object_type as value from audit_events
             where case_id = '{}' and fields like '%identification_stage%' order by case_seq", s.case
        ));
        assert_eq!(moved, ["identification-decision.create case", "identification-decision.request-review case"]);
        let values = w.texts("select fields as value from audit_events");
        assert!(values.iter().all(|fields| !fields.contains(REASONS)));
    }

    async fn the_timeline_tells_of_decisions_to_whoever_may_see_them(w: World) {
        let (s, officer) = (northern(&w).await, officer(&w).await);
        s.accepted().await;
        presumed(&s).await;
        let timeline = format!("/v1/cases/{}/timeline", s.case);

        for sees in [&s.coordinator, &officer] {
            assert!(sees.get(&timeline).await.is(200).text().contains("identification-decision.create"));
        }
        let told = s.responder.get(&timeline).await.is(200);
        assert!(!told.text().contains("identification-decision"));
    }

    async fn r13_what_a_decision_says_is_forgotten_with_the_person(w: World) {
        let (s, officer) = (northern(&w).await, officer(&w).await);
        presumed(&s).await;
        decide(&officer, &s.case, identified()).await.is(201);
        crate::erasure::forget(&w, &s.case).await;

        s.coordinator.get(path(&s.case)).await.is_problem(410, "erased");
        let left = w.texts("select id as value from identification_decisions
                            where sealed is not null or certificate_number is not null");
        assert_eq!(left, Vec::<String>::new());
        assert_eq!(w.texts("select outcome as value from identification_decisions"), ["positive", "positive"]);
        w.expect_sound();
    }

    async fn a_conclusion_and_a_decision_at_once_make_one_history(w: World) {
        let s = northern(&w).await;
        let answers = crate::world::together((0..4).map(|_| {
            s.coordinator.post(path(&s.case)).json(super::presumption())
        })).await;
        let mut told: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
        told.sort_unstable();
        assert_eq!(told, [201, 409, 409, 409]);
        w.expect_sound();
    }

    async fn a_filter_by_stage_tells_it_to_those_alone_who_see_it(w: World) {
        let (responder, supervisor) = (w.first_responder().await, w.supervisor().await);
        let case = register(&responder, adult_report()).await;
        decide(&supervisor, &case, super::presumption()).await.is(201);
        let before: Value = responder.get(format!("/v1/cases/{case}")).await.is(200).at("/identification_stage");
        assert_eq!(before, "presumed_victim", "until somebody takes over");
    }
}
