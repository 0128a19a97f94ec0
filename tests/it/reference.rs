//! Code lists, the country profile and indicator sets.

use refero_domain::actor::ActorRole;
use reqwest::Method;

both! {
    async fn everybody_who_is_signed_in_reads_the_reference_data(w: World) {
        for role in ActorRole::ALL {
            let somebody = w.persona(*role).await;
            for path in [
                "/v1/code-lists",
                "/v1/code-lists/actor_role",
                "/v1/country-profile",
                "/v1/indicator-sets/default",
            ] {
                somebody.get(path).await.is(200);
            }
        }
    }

    async fn a_stranger_reads_none_of_it(w: World) {
        w.stranger(Method::GET, "/v1/code-lists").await.is_problem(401, "not-authenticated");
        w.bearer("nonsense", Method::GET, "/v1/country-profile")
            .await
            .is_problem(401, "not-authenticated");
    }

    async fn a_list_has_its_codes_and_labels(w: World) {
        let somebody = w.first_responder().await;

        let list = somebody.get("/v1/code-lists/actor_role").await.is(200);
        assert_eq!(list.at("/values/0/code"), "first_responder");
        assert!(list.at("/values/0/labels/fr").is_string());
        somebody.get("/v1/code-lists/nothing").await.is_problem(404, "not-found");
        somebody.get("/v1/indicator-sets/other").await.is_problem(404, "not-found");
    }

    async fn what_has_not_changed_is_not_sent_again(w: World) {
        let somebody = w.first_responder().await;
        let first = somebody.get("/v1/code-lists").await.is(200);

        let again = somebody.get("/v1/code-lists").header("If-None-Match", first.etag()).await;
        assert_eq!(again.is(304).text(), "");
        assert!(first.header("cache-control").unwrap().starts_with("private"));
        w.stranger(Method::GET, "/v1/code-lists")
            .header("If-None-Match", first.etag())
            .await
            .is_problem(401, "not-authenticated");
    }

    async fn an_ended_session_reads_nothing_more(w: World) {
        let somebody = w.first_responder().await;
        somebody.get("/v1/country-profile").await.is(200);
        w.sql("update users set state = 'disabled'");

        somebody.get("/v1/country-profile").await.is_problem(401, "not-authenticated");
        assert_eq!(w.trail(), ["reference.read refused"]);
    }
}
