//! Signing in, staying signed in, signing out, and choosing a password.

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{Answer, PASSWORD, Persona, World};

const NEW_PASSWORD: &str = "nine quiet lanterns crossing rivers";

async fn sign_in(w: &World, username: &str, password: &str) -> Answer {
    w.stranger(Method::POST, "/v1/session")
        .json(json!({"username": username, "password": password}))
        .await
}

async fn refresh(w: &World, token: &str) -> Answer {
    w.stranger(Method::POST, "/v1/session/refresh").json(json!({"refresh_token": token})).await
}

async fn tokens(w: &World, who: &Persona) -> (String, String) {
    let answer = sign_in(w, &who.username, PASSWORD).await.is(200);
    (answer.text_at("/access_token"), answer.text_at("/refresh_token"))
}

/// What an answer says, without what differs for every request.
fn told(answer: &Answer) -> Value {
    let mut told = answer.json();
    told.as_object_mut().unwrap().remove("request_id");
    told
}

/// The last event of the trail: act, outcome, code, object, actor.
fn last_event(w: &World) -> String {
    w.texts(
        "select action || ' ' || outcome || ' ' || coalesce(refusal_code, '-') as value \
         from audit_events order by at desc, id desc limit 1",
    )
    .remove(0)
}

both! {
    async fn who_signs_in_gets_tokens_that_open_the_door(w: World) {
        let somebody = w.first_responder().await;

        let answer = sign_in(&w, &somebody.username, PASSWORD).await.is(200);
        assert_eq!(answer.at("/token_type"), "Bearer");
        assert_eq!(answer.at("/expires_in"), 600);
        assert_eq!(answer.header("cache-control").as_deref(), Some("no-store"));
        w.advance_s(1);
        let me = w.bearer(&answer.text_at("/access_token"), Method::GET, "/v1/me").await.is(200);
        assert_eq!(me.at("/user_id"), somebody.user_id.as_str());
        assert_eq!(w.trail(), ["session.create success", "me.read success"]);
    }

    async fn every_spelling_of_a_name_is_one_account(w: World) {
        let somebody = w.first_responder().await;
        let shouted = format!("  {} ", somebody.username.to_uppercase());

        sign_in(&w, &shouted, PASSWORD).await.is(200);
    }

    async fn a_refused_sign_in_tells_nothing(w: World) {
        let right = w.first_responder().await;
        let disabled = w.first_responder().await;
        let invited = w.first_responder().await;
        w.sql(&format!("update users set state = 'disabled' where id = '{}'", disabled.user_id));
        w.sql(&format!(
            "update users set state = 'invited', password_hash = null where id = '{}'",
            invited.user_id
        ));

        let wrong = sign_in(&w, &right.username, "a wrong password by far").await;
        let wrong = wrong.is_problem(401, "invalid-credentials");
        for (name, password) in [
            ("nobody.at-all", PASSWORD),
            ("  ", PASSWORD),
            ("' or 1=1 --", PASSWORD),
            (disabled.username.as_str(), PASSWORD),
            (invited.username.as_str(), ""),
        ] {
            let other = sign_in(&w, name, password).await.is_problem(401, "invalid-credentials");
            assert_eq!(told(&other), told(&wrong), "{name}");
        }
        let names = w.texts("select coalesce(object_id, '-') as value from audit_events");
        assert!(names.iter().all(|id| id == "-" || id.len() == 36), "{names:?}");
    }

    async fn after_a_failure_a_name_rests_whether_an_account_has_it_or_not(w: World) {
        let somebody = w.first_responder().await;
        for name in [somebody.username.as_str(), "nobody.at-all"] {
            sign_in(&w, name, "a wrong password by far").await.is(401);
            let early = sign_in(&w, name, PASSWORD).await.is_problem(429, "too-many-attempts");
            assert_eq!(early.header("retry-after").as_deref(), Some("1"), "{name}");
        }

        w.advance_s(1);
        sign_in(&w, &somebody.username, PASSWORD).await.is(200);
        sign_in(&w, "nobody.at-all", PASSWORD).await.is(401);
    }

    async fn a_success_clears_the_count_and_a_hundred_failures_end_the_day(w: World) {
        let somebody = w.first_responder().await;
        sign_in(&w, &somebody.username, "a wrong password by far").await.is(401);
        w.advance_s(1);
        sign_in(&w, &somebody.username, PASSWORD).await.is(200);
        assert_eq!(w.texts("select 'x' as value from sign_in_failures").len(), 0);
        sign_in(&w, &somebody.username, "a wrong password by far").await.is(401);
        w.sql("update sign_in_failures set failures = 100");

        w.advance_s(3600);
        let rests = sign_in(&w, &somebody.username, PASSWORD).await.is(429);
        assert!(rests.header("retry-after").unwrap().parse::<u32>().unwrap() > 3600);
        w.advance_s(24 * 3600);
        sign_in(&w, &somebody.username, PASSWORD).await.is(200);
    }

    async fn one_password_under_many_names_is_slowed_down_by_the_network_it_comes_from(w: World) {
        let somebody = w.first_responder().await;
        sign_in(&w, "name.0", "a wrong password by far").await.is(401);
        // As after the two hundredth name.
        let full = w.now().plus_seconds(1_200).to_utc().format("%F %T");
        w.sql(&format!("update sign_in_networks set empty_at = '{full}'"));

        let next = sign_in(&w, "name.201", "a wrong password by far").await;
        let next = next.is_problem(429, "too-many-attempts");
        assert_eq!(next.header("retry-after").as_deref(), Some("6"));
        sign_in(&w, &somebody.username, PASSWORD).await.is(429);
        w.advance_s(6);
        sign_in(&w, &somebody.username, PASSWORD).await.is(200);
        sign_in(&w, "name.201", "a wrong password by far").await.is(401);
        sign_in(&w, "name.202", "a wrong password by far").await.is(429);
    }

    async fn of_many_guesses_at_once_only_one_is_looked_at(w: World) {
        let somebody = w.first_responder().await;
        let guess = |number: u32| sign_in(&w, &somebody.username, if number == 9 {
            PASSWORD
        } else {
            "a wrong password by far"
        });

        let answers = tokio::join!(guess(1), guess(2), guess(3), guess(4), guess(5));
        let statuses = [
            answers.0.status, answers.1.status, answers.2.status, answers.3.status,
            answers.4.status,
        ];
        assert_eq!(statuses.iter().filter(|status| **status == 401).count(), 1, "{statuses:?}");
        assert_eq!(statuses.iter().filter(|status| **status == 429).count(), 4, "{statuses:?}");
        guess(9).await.is(429);
    }

    async fn a_session_goes_on_by_refreshing_and_each_token_works_once(w: World) {
        let somebody = w.first_responder().await;
        let (_, first) = tokens(&w, &somebody).await;
        w.advance_s(600);

        let second = refresh(&w, &first).await.is(200).text_at("/refresh_token");
        w.advance_s(600);
        let answer = refresh(&w, &second).await.is(200);
        assert_ne!(answer.text_at("/refresh_token"), second);
        w.bearer(&answer.text_at("/access_token"), Method::GET, "/v1/me").await.is(200);
    }

    async fn a_lost_answer_is_given_again_to_the_same_client_for_thirty_seconds(w: World) {
        let somebody = w.first_responder().await;
        let (_, first) = tokens(&w, &somebody).await;
        w.advance_s(60);
        let second = refresh(&w, &first).await.is(200).text_at("/refresh_token");

        w.advance_s(20);
        assert_eq!(refresh(&w, &first).await.is(200).text_at("/refresh_token"), second);
        let elsewhere = w
            .stranger(Method::POST, "/v1/session/refresh")
            .header("User-Agent", "somebody else's telephone")
            .json(json!({"refresh_token": first}))
            .await;
        elsewhere.is_problem(401, "not-authenticated");
        refresh(&w, &second).await.is_problem(401, "not-authenticated");
    }

    async fn a_second_use_ends_the_session_and_everything_it_was_given(w: World) {
        let somebody = w.first_responder().await;
        let (_, first) = tokens(&w, &somebody).await;
        let answer = refresh(&w, &first).await.is(200);
        let (access, second) = (answer.text_at("/access_token"), answer.text_at("/refresh_token"));
        w.bearer(&access, Method::GET, "/v1/me").await.is(200);
        w.advance_s(31);

        refresh(&w, &first).await.is_problem(401, "not-authenticated");
        assert_eq!(last_event(&w), "session.reuse refused not-authenticated");
        w.bearer(&access, Method::GET, "/v1/me").await.is_problem(401, "not-authenticated");
        refresh(&w, &second).await.is_problem(401, "not-authenticated");
        somebody.get("/v1/me").await.is(200);
    }

    async fn a_session_ends_by_the_clock(w: World) {
        let somebody = w.first_responder().await;
        let (_, idle) = tokens(&w, &somebody).await;
        w.advance_s(1800);
        refresh(&w, &idle).await.is_problem(401, "token-expired");

        let (_, mut token) = tokens(&w, &somebody).await;
        for _ in 0..25 {
            w.advance_s(1700);
            token = refresh(&w, &token).await.is(200).text_at("/refresh_token");
        }
        w.advance_s(1700);
        refresh(&w, &token).await.is_problem(401, "token-expired");
    }

    async fn what_is_no_refresh_token_of_ours_is_refused(w: World) {
        for token in ["", "refero_rt_", "refero_activate_AAAA", "Bearer x", "💥"] {
            refresh(&w, token).await.is_problem(401, "not-authenticated");
        }
        refresh(&w, &"A".repeat(2000)).await.is_problem(422, "validation-failed");
    }

    async fn guesses_at_tokens_and_secrets_are_slowed_down_like_guesses_at_passwords(w: World) {
        let somebody = w.first_responder().await;
        let (_, token) = tokens(&w, &somebody).await;
        let guess = || {
            let body = json!({
                "username": somebody.username, "activation_secret": "refero_activate_AAAA",
                "password": NEW_PASSWORD
            });
            w.stranger(Method::POST, "/v1/session/activate").json(body)
        };
        refresh(&w, "refero_rt_AAAA").await.is_problem(401, "not-authenticated");
        guess().await.is_problem(401, "invalid-credentials");
        let after_two = w.now().plus_seconds(12).to_utc().format("%F %T").to_string();
        let kept = w.texts("select cast(empty_at as text) as value from sign_in_networks");
        assert!(kept[0].replace('T', " ").starts_with(&after_two), "{kept:?}");
        // As after the two hundredth guess.
        let full = w.now().plus_seconds(1_200).to_utc().format("%F %T");
        w.sql(&format!("update sign_in_networks set empty_at = '{full}'"));

        for answer in [refresh(&w, "refero_rt_AAAA").await, guess().await] {
            let early = answer.is_problem(429, "too-many-attempts");
            assert_eq!(early.header("retry-after").as_deref(), Some("6"));
        }
        assert!(w.trail().contains(&"session.refresh refused".to_owned()));
        refresh(&w, &token).await.is(200);
    }

    async fn who_is_put_out_refreshes_no_more(w: World) {
        let somebody = w.first_responder().await;
        let (access, token) = tokens(&w, &somebody).await;
        w.sql(&format!("update users set state = 'disabled' where id = '{}'", somebody.user_id));

        refresh(&w, &token).await.is_problem(401, "not-authenticated");
        w.bearer(&access, Method::GET, "/v1/me").await.is_problem(401, "not-authenticated");
    }

    async fn signing_out_ends_this_session_alone(w: World) {
        let somebody = w.first_responder().await;
        let (access, token) = tokens(&w, &somebody).await;

        w.bearer(&access, Method::DELETE, "/v1/session").await.is(204);
        w.bearer(&access, Method::GET, "/v1/me").await.is_problem(401, "not-authenticated");
        refresh(&w, &token).await.is_problem(401, "not-authenticated");
        somebody.get("/v1/me").await.is(200);
    }

    async fn people_see_and_end_their_own_sessions_only(w: World) {
        let (somebody, other) = (w.first_responder().await, w.first_responder().await);
        w.advance_s(5);
        let (access, _) = tokens(&w, &somebody).await;

        let list = somebody.get("/v1/me/sessions").await.is(200);
        assert_eq!(list.at("/items").as_array().unwrap().len(), 2);
        assert_eq!((list.at("/items/0/current"), list.at("/items/1/current")),
            (json!(false), json!(true)));
        let id = list.text_at("/items/0/id");
        other.post(format!("/v1/me/sessions/{id}/revoke")).await.is_problem(404, "not-found");
        somebody.post(format!("/v1/me/sessions/{id}/revoke")).await.is(204);
        w.bearer(&access, Method::GET, "/v1/me").await.is_problem(401, "not-authenticated");
        let left = somebody.get("/v1/me/sessions").await.is(200);
        assert_eq!(left.at("/items").as_array().unwrap().len(), 1);
    }

    async fn a_password_is_changed_by_who_knows_it(w: World) {
        let somebody = w.first_responder().await;
        let (access, _) = tokens(&w, &somebody).await;
        let version = somebody.get("/v1/me").await.is(200).version();
        let change = |current: &str, new: &str| {
            somebody
                .put("/v1/me/password")
                .if_match(version)
                .json(json!({"current_password": current, "new_password": new}))
        };

        w.advance_s(1);
        change(PASSWORD, "too short").await.is_problem(422, "password-refused");
        assert_eq!(last_event(&w), "me.change-password refused password-refused");
        w.advance_s(1);
        let refused = change(PASSWORD, "aaaaaaaaaaaaaaaa").await;
        let refused = refused.is_problem(422, "password-refused");
        assert_eq!(refused.at("/errors/0/code"), "guessable");
        change("a wrong password by far", NEW_PASSWORD).await.is_problem(401, "invalid-credentials");
        change(PASSWORD, NEW_PASSWORD).await.is_problem(429, "too-many-attempts");
        w.advance_s(1);
        change(PASSWORD, NEW_PASSWORD).await.is(204);
        w.bearer(&access, Method::GET, "/v1/me").await.is_problem(401, "not-authenticated");
        somebody.get("/v1/me").await.is(200);
        sign_in(&w, &somebody.username, NEW_PASSWORD).await.is(200);
        sign_in(&w, &somebody.username, PASSWORD).await.is_problem(401, "invalid-credentials");
    }

    async fn a_hash_with_other_parameters_is_made_anew(w: World) {
        let somebody = w.first_responder().await;
        let weak = refero::authn::password::Hasher::new(
            refero::authn::password::PasswordPolicy { min_chars: 15, max_bytes: 128 },
            refero::authn::password::HashCost { memory_kib: 64, iterations: 1, parallelism: 1 },
            &mut rand::rng(),
        );
        let hash = weak.unwrap().hash(PASSWORD, &mut rand::rng()).unwrap();
        w.sql(&format!(
            "update users set password_hash = '{hash}' where id = '{}'",
            somebody.user_id
        ));

        sign_in(&w, &somebody.username, PASSWORD).await.is(200);
        let now = w.texts("select password_hash as value from users").remove(0);
        assert!(now.contains("m=7168,t=5,p=1"), "{now}");
        sign_in(&w, &somebody.username, PASSWORD).await.is(200);
    }
}
