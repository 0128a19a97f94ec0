//! In which language a refusal is told (R20).

use reqwest::Method;
use serde_json::json;

use crate::world::Asking;

const ABSENT: &str = "/v1/cases/11111111-1111-4111-8111-111111111111";

/// Asks as a client in English and returns the language of the answer.
async fn told(asking: Asking) -> String {
    asking.header("Accept-Language", "en").await.header("content-language").unwrap()
}

both! {
    async fn r20_the_language_that_a_user_has_chosen_goes_before_what_the_client_accepts(w: World) {
        let coordinator = w.coordinator().await;
        let me = coordinator.get("/v1/me").await.is(200);
        assert_eq!(me.at("/language"), json!(null));
        assert_eq!(told(coordinator.get(ABSENT)).await, "en");

        coordinator.patch("/v1/me").if_match(1).json(json!({"language": "fr"})).await.is(200);
        assert_eq!(told(coordinator.get(ABSENT)).await, "fr");
        // Also where the request was refused before anything was read.
        let wrong = coordinator.post("/v1/cases/search").json(json!({"case_code": 5}));
        assert_eq!(told(wrong).await, "fr");
        assert_eq!(told(coordinator.get("/v1/cases?sate=active")).await, "fr");
        assert_eq!(told(coordinator.patch(ABSENT).json(json!({}))).await, "fr");
        let refused = coordinator.get(ABSENT).header("Accept-Language", "pt").await;
        assert_eq!(refused.at("/title"), "Rien ici pour vous");

        coordinator.patch("/v1/me").if_match(2).json(json!({"language": null})).await.is(200);
        assert_eq!(told(coordinator.get(ABSENT)).await, "en");
    }

    async fn r20_an_account_without_a_language_is_told_in_that_of_the_client(w: World) {
        let administrator = w.administrator().await;
        let account = |username: &str, language| json!({
            "organisation_id": administrator.organisation_id, "username": username,
            "display_name": "Ama K.", "language": language
        });

        let made = administrator.post("/v1/users").json(account("ama.k", json!(null))).await.is(201);
        assert_eq!(made.at("/language"), json!(null));
        let made = administrator.post("/v1/users").json(account("kofi.a", json!("en"))).await.is(201);
        assert_eq!(made.at("/language"), "en");
        let stranger = w.stranger(Method::GET, ABSENT).header("Accept-Language", "pt").await.is(401);
        assert_eq!(stranger.header("content-language").as_deref(), Some("pt"));
    }
}
