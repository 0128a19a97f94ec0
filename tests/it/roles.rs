//! Roles: granted by somebody else, dated, never two that must not meet.

use reqwest::Method;
use serde_json::{Value, json};

both! {
    async fn r16_roles_that_must_not_meet_are_refused(w: World) {
        let administrator = w.administrator().await;
        let coordinator = w.coordinator().await;
        let address = format!("/v1/users/{}/roles", coordinator.user_id);
        let grant = |body: Value| administrator.post(&address).json(body);

        for role in ["system_administrator", "auditor", "investigator"] {
            grant(json!({"role": role})).await.is_problem(409, "role-pair-forbidden");
        }
        let both = json!({
            "organisation_id": coordinator.organisation_id,
            "username": "ama.k",
            "display_name": "Ama K.",
            "roles": [{"role": "auditor"}, {"role": "first_responder"}],
        });
        administrator.post("/v1/users").json(both).await.is_problem(409, "role-pair-forbidden");
        grant(json!({"role": "case_coordinator"})).await.is_problem(422, "validation-failed");
        grant(json!({"role": "analyst", "valid_from": "2026-12-01T00:00:00Z",
            "valid_to": "2026-11-30T00:00:00Z"}))
        .await
        .is_problem(422, "validation-failed");
        w.advance_s(1);
        let granted = grant(json!({"role": "coordination_supervisor", "area": "XZ-N"})).await;
        assert_eq!(granted.is(201).at("/roles/1/area"), "XZ-N");
    }

    async fn r10_nobody_grants_a_role_to_themself(w: World) {
        let administrator = w.administrator().await;

        administrator
            .post(format!("/v1/users/{}/roles", administrator.user_id))
            .json(json!({"role": "system_administrator", "area": "XZ-N"}))
            .await
            .is_problem(403, "self-approval");
    }

    async fn a_role_begins_and_ends_with_the_next_request(w: World) {
        let administrator = w.administrator().await;
        let somebody = w.first_responder().await;
        let address = format!("/v1/users/{}/roles", somebody.user_id);
        somebody.get("/v1/users").await.is(403);

        let granted = administrator
            .post(&address)
            .json(json!({"role": "coordination_supervisor"}))
            .await
            .is(201);
        somebody.get("/v1/users").await.is(200);
        let role = granted.json()["roles"]
            .as_array()
            .unwrap()
            .iter()
            .find(|role| role["role"] == "coordination_supervisor")
            .unwrap()["id"]
            .clone();
        let end = format!("{address}/{}/end", role.as_str().unwrap());
        let ended = administrator.post(&end).if_match(granted.version()).await.is(200);
        somebody.get("/v1/users").await.is(403);
        administrator
            .post(&end)
            .if_match(ended.version())
            .await
            .is_problem(409, "illegal-transition");
        let other = w.first_responder().await;
        administrator
            .post(format!("/v1/users/{}/roles/{}/end", other.user_id, role.as_str().unwrap()))
            .if_match(1)
            .await
            .is_problem(404, "not-found");
    }

    async fn a_role_in_the_future_does_not_hold_yet(w: World) {
        let administrator = w.administrator().await;
        let somebody = w.first_responder().await;
        administrator
            .post(format!("/v1/users/{}/roles", somebody.user_id))
            .json(json!({"role": "coordination_supervisor", "valid_from": "2026-11-02T10:00:00Z",
                "valid_to": "2026-11-02T11:00:00Z"}))
            .await
            .is(201);

        somebody.get("/v1/users").await.is(403);
        w.advance_s(3600);
        somebody.get("/v1/users").await.is(200);
        w.advance_s(3600);
        somebody.get("/v1/users").await.is(403);
    }

    async fn whose_last_role_has_ended_still_learns_so_and_signs_out(w: World) {
        let somebody = w.first_responder().await;
        w.advance_s(1);
        w.sql("update role_grants set valid_to = valid_from");

        let me = somebody.get("/v1/me").await.is(200);
        assert_eq!(me.at("/roles"), json!([]));
        assert_eq!((me.at("/queues"), me.at("/allowed_actions")), (json!([]), json!([])));
        assert_eq!(me.at("/organisation/id"), json!(somebody.organisation_id));
        somebody.get("/v1/organisations").await.is_problem(403, "not-permitted");
        let renamed = somebody.patch("/v1/me").if_match(me.version());
        renamed.json(json!({"language": "fr"})).await.is_problem(403, "not-permitted");
        let how = w.texts("select permitted_by as value from audit_events where action = 'me.read'");
        assert_eq!(how, ["session"]);
        somebody.ask(Method::DELETE, "/v1/session").await.is(204);
        somebody.get("/v1/me").await.is_problem(401, "not-authenticated");
    }

    async fn the_last_administrator_cannot_be_lost(w: World) {
        let administrator = w.administrator().await;
        let address = format!("/v1/users/{}", administrator.user_id);
        let role = administrator.get(&address).await.is(200).text_at("/roles/0/id");
        let organisation = format!("/v1/organisations/{}", administrator.organisation_id);

        for act in ["disable", "reset", &format!("roles/{role}/end")] {
            administrator
                .post(format!("{address}/{act}"))
                .if_match(1)
                .await
                .is_problem(409, "last-administrator");
        }
        administrator
            .patch(&organisation)
            .if_match(1)
            .json(json!({"active": false}))
            .await
            .is_problem(409, "last-administrator");
        let second = w.administrator().await;
        second.post(format!("{address}/disable")).if_match(1).await.is(200);
        administrator.get("/v1/me").await.is_problem(401, "not-authenticated");
    }
}
