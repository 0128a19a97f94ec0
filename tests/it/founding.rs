//! How a house gets its first administrator, and what it forgets by itself.

use refero::{
    jobs,
    service::{
        accounts::SignInRules,
        founding::{
            FirstAdministrator, Founded, create_first_administrator, recover_administrator,
        },
    },
};
use refero_domain::{account::Username, profile::CountryProfile, refusal::Refusal};
use refero_store::{
    Db, Entropy,
    sealing::{DeploymentKey, KeyRing},
};
use reqwest::Method;
use serde_json::json;

use crate::world::World;

const PASSWORD: &str = "nine quiet lanterns crossing rivers";
const RULES: SignInRules = SignInRules {
    refresh_idle_s: 1_800,
    refresh_absolute_s: 43_200,
    activation_ttl_s: 3_600,
    network_failures: 200,
};

/// The database as the command line opens it. Nothing here is sealed, so any key does.
fn database(w: &World) -> Db {
    let key = DeploymentKey::generate(&mut rand::rng());
    Db::open(w.app_options().clone(), KeyRing::single(1, key), Entropy::seeded(9)).unwrap()
}

fn name(text: &str) -> Username {
    Username::parse(text).unwrap()
}

fn found(w: &World, db: &Db, username: &str) -> Founded {
    let new = FirstAdministrator {
        organisation_name: "Government Computing".to_owned(),
        organisation_type: "central_government".to_owned(),
        username: name(username),
        display_name: "Ruth W.".to_owned(),
        language: None,
    };
    let profile = CountryProfile::embedded("demo").unwrap();
    create_first_administrator(db, &new, profile, &RULES, w.now()).unwrap()
}

async fn enter(w: &World, username: &str, secret: &str) -> String {
    w.stranger(Method::POST, "/v1/session/activate")
        .json(json!({
            "username": username,
            "activation_secret": secret,
            "password": PASSWORD,
        }))
        .await
        .is(204);
    w.stranger(Method::POST, "/v1/session")
        .json(json!({"username": username, "password": PASSWORD}))
        .await
        .is(200)
        .text_at("/access_token")
}

both! {
    async fn the_first_administrator_is_made_once_and_administers(w: World) {
        let db = database(&w);

        let Founded::Now { user_id, secret } = found(&w, &db, "ruth.w") else {
            panic!("the first administrator was not made");
        };
        assert!(matches!(found(&w, &db, "other.name"), Founded::Already));
        let token = enter(&w, "ruth.w", &secret.reveal()).await;
        let me = w.bearer(&token, Method::GET, "/v1/me").await.is(200);
        assert_eq!(me.at("/user_id"), user_id.as_str());
        assert_eq!(me.at("/roles/0/role"), "system_administrator");
        w.bearer(&token, Method::GET, "/v1/users").await.is(200);
        let trail = w.trail();
        for event in ["organisation.create success", "user.create success", "user.create refused"] {
            assert!(trail.iter().any(|told| told == event), "{event} in {trail:?}");
        }
    }

    async fn an_invitation_that_ran_out_does_not_close_the_house(w: World) {
        let db = database(&w);
        assert!(matches!(found(&w, &db, "ruth.w"), Founded::Now { .. }));

        w.advance_s(3_600);
        assert!(matches!(found(&w, &db, "second.try"), Founded::Now { .. }));
    }

    async fn an_administrator_who_lost_everything_gets_in_again(w: World) {
        let db = database(&w);
        let administrator = w.administrator().await;
        w.sql("update users set state = 'disabled'");

        let secret =
            recover_administrator(&db, &name(&administrator.username), &RULES, w.now()).unwrap();
        administrator.get("/v1/me").await.is_problem(401, "not-authenticated");
        let token = enter(&w, &administrator.username, &secret.reveal()).await;
        w.bearer(&token, Method::GET, "/v1/users").await.is(200);
        let nobody = w.worker().await;
        let refused = recover_administrator(&db, &name(&nobody.username), &RULES, w.now());
        assert_eq!(refused.unwrap_err().refusal(), Some(Refusal::NotFound));
    }

    async fn an_administrator_who_lost_the_device_too_enrols_anew(w: World) {
        let db = database(&w);
        let administrator = w.administrator().await;
        crate::device::enrol(&w, &administrator).await;

        let secret =
            recover_administrator(&db, &name(&administrator.username), &RULES, w.now()).unwrap();
        let token = enter(&w, &administrator.username, &secret.reveal()).await;
        let mine = w.bearer(&token, Method::GET, "/v1/me/second-factor").await.is(200);
        assert_eq!(mine.at("/state"), "none");
        assert_eq!(mine.at("/reset_at"), json!(w.now()));
        assert!(w.trail().contains(&"user.reset-second-factor success".to_owned()));
    }

    async fn what_signing_in_leaves_is_forgotten_after_two_days(w: World) {
        let db = database(&w);
        let somebody = w.first_responder().await;
        let try_with = |password: &str| {
            w.stranger(Method::POST, "/v1/session")
                .json(json!({"username": somebody.username, "password": password}))
        };
        try_with(somebody.password).await.is(200);
        try_with("a wrong password by far").await.is(401);

        w.advance_s(2 * 86_400);
        assert_eq!(jobs::run_once(&db, w.now()).unwrap().forgotten_sign_ins, 0);
        w.advance_s(1);
        assert_eq!(jobs::run_once(&db, w.now()).unwrap().forgotten_sign_ins, 2);
        assert_eq!(jobs::run_once(&db, w.now()).unwrap().forgotten_sign_ins, 0);
        assert_eq!(w.trail().iter().filter(|told| told.starts_with("session.forget")).count(), 1);
    }
}
