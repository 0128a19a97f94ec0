//! Accounts and their roles, as administrators keep them.

use refero_domain::actor::ActorRole;
use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{Answer, Persona, World};

const PASSWORD: &str = "nine quiet lanterns crossing rivers";

fn account(organisation: impl ToString, username: &str) -> Value {
    json!({
        "organisation_id": organisation.to_string(),
        "username": username,
        "display_name": "Ama K.",
        "roles": [{"role": "first_responder"}],
    })
}

async fn activate(w: &World, username: &str, secret: &str, password: &str) -> Answer {
    w.stranger(Method::POST, "/v1/session/activate")
        .json(json!({
            "username": username,
            "activation_secret": secret,
            "password": password,
        }))
        .await
}

async fn sign_in(w: &World, username: &str, password: &str) -> Answer {
    w.stranger(Method::POST, "/v1/session")
        .json(json!({"username": username, "password": password}))
        .await
}

async fn version_of(administrator: &Persona, user: impl ToString) -> i64 {
    administrator.get(format!("/v1/users/{}", user.to_string())).await.is(200).version()
}

both! {
    async fn an_account_is_made_activated_and_used(w: World) {
        let administrator = w.administrator().await;
        let organisation = w.organisation("ngo");

        let made = administrator
            .post("/v1/users")
            .json(account(&organisation, "Ama.K"))
            .await
            .is(201);
        let address = made.header("location").unwrap();
        assert_eq!(address, format!("/v1/users/{}", made.id()));
        assert_eq!((made.at("/state"), made.at("/username")), (json!("invited"), json!("ama.k")));
        assert_eq!(made.at("/roles/0/role"), "first_responder");
        assert!(made.at("/activation_expires_at").is_string());
        let secret = made.text_at("/activation_secret");
        sign_in(&w, "ama.k", PASSWORD).await.is_problem(401, "invalid-credentials");
        activate(&w, "AMA.K", &secret, PASSWORD).await.is(204);
        w.advance_s(1);
        sign_in(&w, "ama.k", PASSWORD).await.is(200);
        activate(&w, "ama.k", &secret, PASSWORD).await.is_problem(401, "invalid-credentials");
        let shown = administrator.get(&address).await.is(200);
        assert_eq!(shown.at("/state"), "active");
        assert!(shown.json().get("activation_secret").is_none());
    }

    async fn a_secret_expires_and_a_password_has_rules(w: World) {
        let administrator = w.administrator().await;
        let organisation = w.organisation("ngo");
        let made = administrator
            .post("/v1/users")
            .json(account(&organisation, "ama.k"))
            .await
            .is(201);
        let secret = made.text_at("/activation_secret");

        for (name, secret) in [("nobody.at-all", secret.as_str()), ("ama.k", "refero_activate_x")] {
            activate(&w, name, secret, "short").await.is_problem(401, "invalid-credentials");
        }
        let short = activate(&w, "ama.k", &secret, "too short").await;
        assert_eq!(short.is_problem(422, "password-refused").at("/errors/0/code"), "too-short");
        activate(&w, "ama.k", &secret, &"x y".repeat(50)).await.is_problem(422, "password-refused");
        activate(&w, "ama.k", &secret, "ama.k ama.k ama.k").await.is_problem(422, "password-refused");
        w.advance_s(259_200);
        activate(&w, "ama.k", &secret, PASSWORD).await.is_problem(401, "invalid-credentials");
    }

    async fn a_repeated_request_makes_one_account_and_shows_no_secret_again(w: World) {
        let administrator = w.administrator().await;
        let organisation = w.organisation("ngo");
        let body = account(&organisation, "ama.k");

        let first = administrator.post("/v1/users").key("k1").json(&body).await.is(201);
        let again = administrator.post("/v1/users").key("k1").json(&body).await.is(201);
        assert_eq!(again.id(), first.id());
        assert_eq!(again.at("/activation_secret"), Value::Null);
        administrator
            .post("/v1/users")
            .key("k1")
            .json(account(&organisation, "other.name"))
            .await
            .is_problem(422, "idempotency-key-reused");
        administrator
            .post("/v1/users")
            .without_key()
            .json(&body)
            .await
            .is_problem(400, "idempotency-key-missing");
        administrator.post("/v1/users").json(&body).await.is_problem(409, "username-taken");
    }

    async fn what_an_account_refers_to_must_be_there(w: World) {
        let administrator = w.administrator().await;
        let organisation = w.organisation("ngo");
        let create = |body: Value| administrator.post("/v1/users").json(body);

        let nowhere = account("3f2b8c1e-7a4d-4e0b-9c53-1d2e3f4a5b6c", "ama.k");
        let refused = create(nowhere).await.is_problem(422, "validation-failed");
        assert_eq!(refused.at("/errors/0/pointer"), "/organisation_id");
        for (member, value, code) in [
            ("username", json!("a b"), "validation-failed"),
            ("username", json!("аma.k"), "validation-failed"),
            ("display_name", json!("  "), "validation-failed"),
            ("language", json!("xx"), "validation-failed"),
            ("roles", json!([{"role": "queen"}]), "validation-failed"),
            ("roles", json!([{"role": "case_coordinator", "area": "UG-102"}]), "validation-failed"),
            ("password", json!(PASSWORD), "unknown-field"),
            ("state", json!("active"), "unknown-field"),
        ] {
            let mut body = account(&organisation, "ama.k");
            body[member] = value;
            create(body).await.is_problem(422, code);
        }
        w.sql(&format!("update organisations set active = false where id = '{organisation}'"));
        create(account(&organisation, "ama.k")).await.is_problem(422, "validation-failed");
    }

    async fn only_an_administrator_keeps_accounts(w: World) {
        let administrator = w.administrator().await;
        let target = w.first_responder().await;
        let address = format!("/v1/users/{}", target.user_id);
        for role in ActorRole::ALL {
            if *role == ActorRole::SystemAdministrator {
                continue;
            }
            let somebody = w.persona(*role).await;
            let create = account(&target.organisation_id, "ama.k");
            somebody.post("/v1/users").json(create).await.is_problem(403, "not-permitted");
            for act in ["disable", "reset", "enable"] {
                let answer = somebody.post(format!("{address}/{act}")).if_match(1).await;
                answer.is_problem(403, "not-permitted");
            }
            somebody
                .post(format!("{address}/roles"))
                .json(json!({"role": "auditor"}))
                .await
                .is_problem(403, "not-permitted");
        }
        assert_eq!(version_of(&administrator, &target.user_id).await, 1);
    }

    async fn a_manager_knows_the_people_of_the_own_organisation_only(w: World) {
        let manager = w.manager().await;
        let colleague = w.worker().at(&manager.organisation_id).await;
        let stranger = w.worker().await;

        let list = manager.get("/v1/users").await.is(200).json();
        let ids: Vec<&str> =
            list["items"].as_array().unwrap().iter().map(|u| u["id"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), 2);
        assert!(ids.contains(&colleague.user_id.as_str()));
        manager.get(format!("/v1/users/{}", colleague.user_id)).await.is(200);
        let hidden = manager.get(format!("/v1/users/{}", stranger.user_id)).await;
        let absent = manager.get("/v1/users/3f2b8c1e-7a4d-4e0b-9c53-1d2e3f4a5b6c").await;
        hidden.is_problem(404, "not-found");
        absent.is_problem(404, "not-found");
        let elsewhere = format!("/v1/users?organisation_id={}", stranger.organisation_id);
        assert_eq!(manager.get(elsewhere).await.is(200).at("/items"), json!([]));
    }

    async fn accounts_are_listed_page_by_page_and_narrowed(w: World) {
        let administrator = w.administrator().await;
        let auditor = w.auditor().await;
        let invited = administrator
            .post("/v1/users")
            .json(account(&auditor.organisation_id, "zz.last"))
            .await
            .is(201);

        let first = administrator.get("/v1/users?limit=2").await.is(200);
        assert_eq!(first.at("/items").as_array().unwrap().len(), 2);
        let cursor = first.text_at("/next_cursor");
        let link = first.header("link").unwrap();
        assert!(link.contains("rel=\"next\""));
        let next = administrator.get(format!("/v1/users?limit=2&cursor={cursor}")).await.is(200);
        assert_eq!(next.at("/items/0/id"), invited.id());
        assert_eq!(next.at("/next_cursor"), Value::Null);
        w.supervisor()
            .await
            .get(format!("/v1/users?limit=2&cursor={cursor}"))
            .await
            .is_problem(400, "invalid-cursor");
        for (query, count) in
            [("role=auditor", 1), ("state=invited", 1), ("state=active,invited", 4), ("role=analyst", 0)]
        {
            let found = administrator.get(format!("/v1/users?{query}")).await.is(200);
            assert_eq!(found.at("/items").as_array().unwrap().len(), count, "{query}");
        }
        administrator.get("/v1/users?rolle=auditor").await.is_problem(400, "unknown-parameter");
        administrator.get("/v1/users?role=queen").await.is_problem(400, "invalid-parameter");
    }

    async fn who_is_disabled_is_out_with_the_next_request(w: World) {
        let administrator = w.administrator().await;
        let somebody = w.coordinator().await;
        let address = format!("/v1/users/{}", somebody.user_id);
        somebody.get("/v1/me").await.is(200);

        administrator.post(format!("{address}/disable")).await.is_problem(428, "if-match-required");
        administrator
            .post(format!("{address}/disable"))
            .if_match(7)
            .await
            .is_problem(412, "stale-version");
        let out = administrator.post(format!("{address}/disable")).if_match(1).await.is(200);
        assert_eq!((out.at("/state"), out.version()), (json!("disabled"), 2));
        somebody.get("/v1/me").await.is_problem(401, "not-authenticated");
        let again = administrator.post(format!("{address}/disable")).if_match(2).await;
        let again = again.is_problem(409, "illegal-transition");
        assert_eq!(again.at("/state"), "disabled");
        assert!(again.at("/allowed_actions").as_array().unwrap().contains(&json!("enable")));
        let back = administrator.post(format!("{address}/enable")).if_match(2).await.is(200);
        assert_eq!(back.at("/state"), "active");
        somebody.get("/v1/me").await.is_problem(401, "not-authenticated");
        sign_in(&w, &somebody.username, somebody.password).await.is(200);
    }

    async fn a_repeated_act_happens_once(w: World) {
        let administrator = w.administrator().await;
        let somebody = w.coordinator().await;
        let disable = || {
            administrator
                .post(format!("/v1/users/{}/disable", somebody.user_id))
                .key("once")
                .if_match(1)
        };

        disable().await.is(200);
        let again = disable().await.is(200);
        assert_eq!((again.at("/state"), again.version()), (json!("disabled"), 2));
    }

    async fn a_reset_voids_the_password_and_ends_the_sessions(w: World) {
        let administrator = w.administrator().await;
        let somebody = w.coordinator().await;
        let address = format!("/v1/users/{}", somebody.user_id);

        let reset = administrator.post(format!("{address}/reset")).if_match(1).await.is(200);
        assert_eq!(reset.at("/state"), "invited");
        somebody.get("/v1/me").await.is_problem(401, "not-authenticated");
        sign_in(&w, &somebody.username, somebody.password).await.is(401);
        let secret = reset.text_at("/activation_secret");
        activate(&w, &somebody.username, &secret, PASSWORD).await.is(204);
        w.advance_s(1);
        sign_in(&w, &somebody.username, PASSWORD).await.is(200);
        administrator.post(format!("{address}/disable")).if_match(3).await.is(200);
        administrator
            .post(format!("{address}/reset"))
            .if_match(4)
            .await
            .is_problem(409, "illegal-transition");
    }

    async fn who_never_chose_a_password_is_enabled_as_invited(w: World) {
        let administrator = w.administrator().await;
        let made = administrator
            .post("/v1/users")
            .json(account(&administrator.organisation_id, "ama.k"))
            .await
            .is(201);
        let address = format!("/v1/users/{}", made.id());

        administrator.post(format!("{address}/disable")).if_match(1).await.is(200);
        let back = administrator.post(format!("{address}/enable")).if_match(2).await.is(200);
        assert_eq!(back.at("/state"), "invited");
        let old = made.text_at("/activation_secret");
        activate(&w, "ama.k", &old, PASSWORD).await.is_problem(401, "invalid-credentials");
    }

    async fn a_profile_is_changed_from_the_version_that_was_read(w: World) {
        let administrator = w.administrator().await;
        let somebody = w.first_responder().await;
        let address = format!("/v1/users/{}", somebody.user_id);

        let changed = administrator
            .patch(&address)
            .if_match(1)
            .json(json!({"display_name": "Ama K.", "language": "pt"}))
            .await
            .is(200);
        assert_eq!((changed.at("/display_name"), changed.version()), (json!("Ama K."), 2));
        administrator
            .patch(&address)
            .if_match(1)
            .json(json!({"language": "fr"}))
            .await
            .is_problem(412, "stale-version");
        administrator
            .patch(&address)
            .if_match(2)
            .json(json!({"organisation_id": somebody.organisation_id}))
            .await
            .is_problem(422, "unknown-field");
        let me = somebody.patch("/v1/me").if_match(2).json(json!({"language": "fr"})).await.is(200);
        assert_eq!((me.at("/language"), me.version()), (json!("fr"), 3));
    }

    async fn r16_an_administrator_reads_no_case(w: World) {
        let administrator = w.administrator().await;

        administrator.get("/v1/cases").await.is_problem(404, "not-found");
    }
}
