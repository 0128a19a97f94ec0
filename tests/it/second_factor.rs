//! The second factor: got, asked for, used once, lost and taken away.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    device::{STEP_S, begin, enrol, sign_in, step_up},
    world::{Answer, PASSWORD, Persona, World, together},
};

const OTHER: &str = "a wrong password by far";

/// What an answer says, without what differs for every request.
fn told(answer: &Answer) -> Value {
    let mut told = answer.json();
    told.as_object_mut().unwrap().remove("request_id");
    told
}

/// Reads what a token says of its bearer.
fn claims(token: &str) -> Value {
    let claims = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap()
}

fn count(w: &World, event: &str) -> usize {
    w.trail().iter().filter(|told| *told == event).count()
}

async fn entry(w: &World, who: &Persona, more: Value) -> Answer {
    sign_in(w, &who.username, PASSWORD, more).await
}

both! {
    async fn whoever_has_a_second_factor_signs_in_with_both(w: World) {
        let somebody = w.coordinator().await;
        let alone = entry(&w, &somebody, json!({})).await.is(200);
        assert_eq!(claims(&alone.text_at("/access_token"))["amr"], json!(["pwd"]));
        let device = enrol(&w, &somebody).await;
        w.advance_s(STEP_S);

        entry(&w, &somebody, json!({})).await.is_problem(401, "second-factor-required");
        let otp = device.code(w.now());
        let opened = entry(&w, &somebody, json!({"otp": otp})).await.is(200);
        let said = claims(&opened.text_at("/access_token"));
        assert_eq!(said["amr"], json!(["pwd", "otp", "mfa"]));
        assert_eq!(said["auth_time"], w.now().to_utc().timestamp());
        w.advance_s(600);
        let next = json!({"refresh_token": opened.text_at("/refresh_token")});
        let next = w.stranger(Method::POST, "/v1/session/refresh").json(next).await.is(200);
        assert_eq!(claims(&next.text_at("/access_token"))["amr"], said["amr"]);
        assert_eq!(claims(&next.text_at("/access_token"))["auth_time"], said["auth_time"]);
    }

    async fn a_code_that_is_asked_for_is_told_to_a_right_password_alone(w: World) {
        let (somebody, without) = (w.coordinator().await, w.coordinator().await);
        let device = enrol(&w, &somebody).await;
        w.advance_s(STEP_S);

        let otp = device.code(w.now());
        let wrong = sign_in(&w, "nobody.at-all", OTHER, json!({})).await;
        let wrong = wrong.is_problem(401, "invalid-credentials");
        for (password, more) in [
            (OTHER, json!({})),
            (OTHER, json!({"otp": otp})),
            (PASSWORD, json!({"otp": device.wrong_code(w.now())})),
            (PASSWORD, json!({"otp": "no code"})),
            (PASSWORD, json!({"recovery_code": "7k3m4q-9m0xv3-tr7kq2-h5wc8d"})),
            (PASSWORD, json!({"recovery_code": ""})),
        ] {
            let other = sign_in(&w, &somebody.username, password, more.clone()).await;
            assert_eq!(told(&other.is(401)), told(&wrong), "{more}");
            w.sql("delete from sign_in_failures");
        }
        sign_in(&w, &without.username, PASSWORD, json!({"otp": "123456"})).await.is(200);
        let both = json!({"otp": otp, "recovery_code": "x"});
        entry(&w, &somebody, both).await.is_problem(422, "validation-failed");
        entry(&w, &somebody, json!({"otp": otp})).await.is(200);
    }

    async fn a_code_works_once(w: World) {
        let somebody = w.coordinator().await;
        let device = enrol(&w, &somebody).await;
        let confirming = device.code(w.now());
        step_up(&somebody, &confirming).await.is_problem(401, "second-factor-refused");
        w.advance_s(STEP_S);

        let otp = device.code(w.now());
        entry(&w, &somebody, json!({"otp": otp})).await.is(200);
        entry(&w, &somebody, json!({"otp": otp})).await.is_problem(401, "invalid-credentials");
        step_up(&somebody, &otp).await.is_problem(401, "second-factor-refused");
        w.advance_s(STEP_S);
        step_up(&somebody, &device.code(w.now())).await.is(200);
    }

    async fn of_those_who_send_the_same_code_at_once_one_is_right(w: World) {
        let somebody = w.coordinator().await;
        let device = enrol(&w, &somebody).await;
        for _ in 0..5 {
            w.advance_s(STEP_S);
            w.sql("delete from sign_in_failures");
            let body = json!({"otp": device.code(w.now())});
            let ask = || somebody.post("/v1/session/step-up").json(&body);

            let answers = together((0..4).map(|_| ask())).await;
            let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
            statuses.sort_unstable();
            // The fourth may come after three that were wrong.
            assert_eq!(statuses[..3], [200, 401, 401], "{statuses:?}");
            assert!([401, 429].contains(&statuses[3]), "{statuses:?}");
        }
        w.sql("delete from sign_in_failures");
        let code = json!({"recovery_code": device.recovery_codes[0]});
        let ask = || somebody.post("/v1/session/step-up").json(&code);
        let answers = together((0..2).map(|_| ask())).await;
        let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 401]);
    }

    async fn a_clock_may_differ_by_one_step_and_a_step_back_opens_nothing_again(w: World) {
        let somebody = w.coordinator().await;
        let device = enrol(&w, &somebody).await;
        w.advance_s(10 * STEP_S);
        let code = |steps: i64| device.code(w.now().plus_seconds(steps * STEP_S));

        for (steps, status) in [(-2, 401), (2, 401), (-1, 200), (0, 200), (1, 200), (1, 401)] {
            assert_eq!(step_up(&somebody, &code(steps)).await.status, status, "{steps}");
            w.sql("delete from sign_in_failures");
        }
        w.advance_s(-3 * STEP_S);
        step_up(&somebody, &code(0)).await.is_problem(401, "second-factor-refused");
        w.sql("delete from sign_in_failures");
        // A proof from the future opens nothing either.
        let path = "/v1/me/second-factor";
        assert_eq!(somebody.get(path).await.is(200).at("/fresh_until"), json!(null));
        somebody.ask(Method::DELETE, path).await.is_problem(403, "step-up-required");
        w.advance_s(5 * STEP_S);
        step_up(&somebody, &code(0)).await.is(200);
    }

    async fn wrong_codes_are_slowed_down_and_no_outsider_can_do_it(w: World) {
        let somebody = w.coordinator().await;
        let device = enrol(&w, &somebody).await;
        w.advance_s(STEP_S - w.now().to_utc().timestamp() % STEP_S + STEP_S);
        for _ in 0..3 {
            let wrong = device.wrong_code(w.now());
            step_up(&somebody, &wrong).await.is_problem(401, "second-factor-refused");
        }

        let early = step_up(&somebody, &device.code(w.now())).await;
        let early = early.is_problem(429, "too-many-attempts");
        assert_eq!(early.header("retry-after").as_deref(), Some("30"));
        // They count for the name as well, and a right password alone forgives none.
        entry(&w, &somebody, json!({})).await.is_problem(429, "too-many-attempts");
        w.advance_s(4);
        entry(&w, &somebody, json!({})).await.is_problem(401, "second-factor-required");
        let otp = json!({"otp": device.code(w.now())});
        entry(&w, &somebody, otp).await.is_problem(429, "too-many-attempts");
        step_up(&somebody, &device.code(w.now())).await.is_problem(429, "too-many-attempts");
        w.advance_s(26);
        step_up(&somebody, &device.code(w.now())).await.is(200);
        // A stranger's failures make the name rest, and not who is in.
        for _ in 0..3 {
            sign_in(&w, &somebody.username, OTHER, json!({})).await;
            w.advance_s(10);
        }
        step_up(&somebody, &device.code(w.now())).await.is(200);
        assert_eq!(count(&w, "session.step-up refused"), 5);
    }

    async fn after_a_hundred_wrong_codes_the_day_is_over(w: World) {
        let somebody = w.coordinator().await;
        let device = enrol(&w, &somebody).await;
        w.advance_s(STEP_S);
        step_up(&somebody, &device.wrong_code(w.now())).await.is(401);
        w.sql("update sign_in_failures set wrong_codes = 100");

        w.advance_s(3_600);
        let rests = step_up(&somebody, &device.code(w.now())).await.is(429);
        assert!(rests.header("retry-after").unwrap().parse::<u32>().unwrap() > 3_600);
        w.advance_s(24 * 3_600);
        step_up(&somebody, &device.code(w.now())).await.is(200);
    }

    async fn a_recovery_code_opens_once_for_its_own_account(w: World) {
        let (somebody, other) = (w.coordinator().await, w.coordinator().await);
        let device = enrol(&w, &somebody).await;
        enrol(&w, &other).await;
        assert_eq!(device.recovery_codes.len(), 10);
        let left = |answer: Answer| answer.is(200).at("/recovery_codes_left");
        let code = |n: usize| json!({"recovery_code": device.recovery_codes[n]});

        let foreign = entry(&w, &other, code(0)).await;
        foreign.is_problem(401, "invalid-credentials");
        let shouted = device.recovery_codes[0].to_uppercase().replace('-', " ");
        entry(&w, &somebody, json!({"recovery_code": shouted})).await.is(200);
        entry(&w, &somebody, code(0)).await.is_problem(401, "invalid-credentials");
        assert_eq!(left(somebody.get("/v1/me/second-factor").await), 9);
        assert_eq!(left(somebody.post("/v1/session/step-up").json(code(1)).await), 8);
        let renewed = somebody.post("/v1/me/second-factor/recovery-codes").await;
        assert_eq!(left(renewed), 10);
        somebody.post("/v1/session/step-up").json(code(2)).await.is(401);
    }

    async fn enrolling_asks_for_the_password_and_counts_for_nothing_until_it_is_confirmed(w: World) {
        let somebody = w.coordinator().await;
        let path = "/v1/me/second-factor";
        let wrong = somebody.post(path).json(json!({"password": OTHER})).await;
        wrong.is_problem(401, "invalid-credentials");
        let early = somebody.post(path).json(json!({"password": PASSWORD})).await;
        early.is_problem(429, "too-many-attempts");
        w.advance_s(1);
        step_up(&somebody, "123456").await.is_problem(409, "illegal-transition");

        let first = begin(&somebody).await;
        let device = begin(&somebody).await;
        assert_ne!(first.base32, device.base32);
        assert_eq!(somebody.get(path).await.is(200).at("/state"), "pending");
        entry(&w, &somebody, json!({})).await.is(200);
        let confirm = |code: String| {
            somebody.post("/v1/me/second-factor/confirm").json(json!({"otp": code}))
        };
        confirm(first.code(w.now())).await.is_problem(401, "second-factor-refused");
        let shown = confirm(device.code(w.now())).await.is(200);
        assert_eq!(shown.at("/state"), "active");
        assert!(!shown.text().contains(&device.base32));
        let again = somebody.post(path).json(json!({"password": PASSWORD})).await;
        assert_eq!(again.is_problem(409, "illegal-transition").at("/state"), "active");
        w.advance_s(1);
        entry(&w, &somebody, json!({})).await.is_problem(401, "second-factor-required");
    }

    async fn a_change_of_the_factor_ends_every_other_session(w: World) {
        let somebody = w.coordinator().await;
        let elsewhere = |answer: Answer| answer.is(200).text_at("/access_token");
        let before = elsewhere(entry(&w, &somebody, json!({})).await);
        let device = enrol(&w, &somebody).await;
        w.bearer(&before, Method::GET, "/v1/me").await.is_problem(401, "not-authenticated");
        w.advance_s(STEP_S);
        let otp = json!({"otp": device.code(w.now())});
        let beside = elsewhere(entry(&w, &somebody, otp).await);

        w.advance_s(300);
        let remove = || somebody.ask(Method::DELETE, "/v1/me/second-factor");
        remove().await.is_problem(403, "step-up-required");
        step_up(&somebody, &device.code(w.now())).await.is(200);
        remove().await.is(204);
        w.bearer(&beside, Method::GET, "/v1/me").await.is_problem(401, "not-authenticated");
        let now = somebody.get("/v1/me/second-factor").await.is(200);
        assert_eq!((now.at("/state"), now.at("/proved_at")), (json!("none"), json!(null)));
        assert_eq!(now.at("/recovery_codes_left"), 0);
        assert_eq!(w.texts("select 'x' as value from second_factors where sealed is not null").len(), 0);
        entry(&w, &somebody, json!({})).await.is(200);
    }

    async fn an_administrator_takes_a_factor_away_and_the_person_is_shown_it(w: World) {
        let (somebody, administrator) = (w.coordinator().await, w.administrator().await);
        let path = format!("/v1/users/{}", somebody.user_id);
        let reset = |version: i64| {
            administrator.post(format!("{path}/reset-second-factor")).if_match(version)
        };
        let version = administrator.get(&path).await.is(200).version();
        reset(version).await.is_problem(409, "illegal-transition");
        let device = enrol(&w, &somebody).await;
        let seen = administrator.get(&path).await.is(200);
        assert_eq!(seen.at("/second_factor"), "active");
        assert!(seen.at("/allowed_actions").as_array().unwrap().contains(&json!("reset-second-factor")));

        reset(version).await.is_problem(412, "stale-version");
        let after = reset(seen.version()).await.is(200);
        assert_eq!(after.at("/second_factor"), "none");
        somebody.get("/v1/me").await.is_problem(401, "not-authenticated");
        let opened = entry(&w, &somebody, json!({})).await.is(200).text_at("/access_token");
        for (path, member) in [("/v1/me", "/second_factor/reset_at"), ("/v1/me/second-factor", "/reset_at")] {
            let shown = w.bearer(&opened, Method::GET, path).await.is(200);
            assert_eq!(shown.at(member), json!(w.now()), "{path}");
        }
        let paper = json!({"recovery_code": device.recovery_codes[0]});
        w.bearer(&opened, Method::POST, "/v1/session/step-up").json(paper).await.is(409);
        assert_eq!(count(&w, "user.reset-second-factor success"), 1);
        assert_eq!(count(&w, "user.reset-second-factor refused"), 2);
        w.coordinator().await.post(format!("{path}/reset-second-factor")).if_match(1).await.is(403);
    }

    async fn a_password_that_is_reset_leaves_the_second_factor(w: World) {
        let (somebody, administrator) = (w.coordinator().await, w.administrator().await);
        let device = enrol(&w, &somebody).await;
        let path = format!("/v1/users/{}", somebody.user_id);
        let version = administrator.get(&path).await.is(200).version();
        let reset = administrator.post(format!("{path}/reset")).if_match(version).await.is(200);
        let activation = json!({
            "username": somebody.username,
            "activation_secret": reset.text_at("/activation_secret"),
            "password": "nine quiet lanterns crossing rivers"
        });
        w.stranger(Method::POST, "/v1/session/activate").json(activation).await.is(204);

        w.advance_s(STEP_S);
        let enter = |more: Value| {
            sign_in(&w, &somebody.username, "nine quiet lanterns crossing rivers", more)
        };
        enter(json!({})).await.is_problem(401, "second-factor-required");
        enter(json!({"otp": device.code(w.now())})).await.is(200);
    }
}
