//! The system itself: alive, ready, described, and strict about what it is asked.

use reqwest::Method;

both! {
    async fn a_server_that_can_work_says_so(w: World) {
        let health = w.stranger(Method::GET, "/healthz").await.is(200);
        let readiness = w.stranger(Method::GET, "/readyz").await.is(200);
        let version = w.stranger(Method::GET, "/version").await.is(200);

        assert_eq!(health.at("/status"), "ok");
        assert_eq!(readiness.at("/status"), "ok");
        assert_eq!(version.at("/api"), "v1");
    }

    async fn a_server_without_its_key_is_not_ready_and_does_not_say_why(w: World) {
        w.sql("update deployment_keys set check_value = substr(check_value, 2)");

        let answer = w.stranger(Method::GET, "/readyz").await.is_problem(503, "unavailable");
        assert!(!answer.text().contains("key"));
        w.stranger(Method::GET, "/healthz").await.is(200);
    }

    async fn an_older_schema_is_not_ready(w: World) {
        w.sql("delete from __diesel_schema_migrations where version like '20261101090300%'");

        w.stranger(Method::GET, "/readyz").await.is_problem(503, "unavailable");
    }

    async fn an_address_without_anything_is_not_found(w: World) {
        w.stranger(Method::GET, "/v1/nothing").await.is_problem(404, "not-found");
    }

    async fn the_bare_address_leads_to_the_documentation(w: World) {
        let answer = w.stranger(Method::GET, "/").await.is(308);

        assert_eq!(answer.header("location").as_deref(), Some("/docs/"));
    }

    async fn a_load_balancer_may_ask_with_head(w: World) {
        for path in ["/healthz", "/readyz", "/version"] {
            let answer = w.stranger(Method::HEAD, path).await.is(200);
            assert_eq!(answer.text(), "", "{path}");
        }
        w.stranger(Method::HEAD, "/healthz?verbose=1").await.is(400);
    }

    async fn a_method_that_is_not_served_is_named_with_those_that_are(w: World) {
        let answer = w.stranger(Method::DELETE, "/v1/code-lists").await;
        let answer = answer.is_problem(405, "method-not-allowed");

        assert_eq!(answer.header("allow").as_deref(), Some("GET"));
    }

    async fn a_query_where_none_is_taken_is_refused(w: World) {
        let somebody = w.first_responder().await;

        somebody.get("/v1/code-lists?limt=5").await.is_problem(400, "unknown-parameter");
        w.stranger(Method::GET, "/healthz?verbose=1").await.is_problem(400, "unknown-parameter");
    }

    async fn the_description_is_served_and_revalidated(w: World) {
        let first = w.stranger(Method::GET, "/openapi.yaml").await.is(200);
        assert_eq!(first.header("content-type").as_deref(), Some("application/yaml"));
        assert!(first.text().starts_with("openapi: 3.1.0"));

        let again = w.stranger(Method::GET, "/openapi.yaml").header("If-None-Match", first.etag());
        assert_eq!(again.await.is(304).text(), "");
    }

    async fn the_documentation_needs_nobody_outside(w: World) {
        let page = w.stranger(Method::GET, "/docs/").await.is(200);
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'self'") && !policy.contains("unsafe"));
        // An inline script or style would not run under that policy.
        assert!(!page.text().contains("<style") && !page.text().contains("onload="));
        assert!(page.text().matches("<script").count() == page.text().matches("<script src=\"./").count());

        let starter = w.stranger(Method::GET, "/docs/swagger-initializer.js").await.is(200);
        assert!(starter.text().contains("\"/openapi.yaml\"") && !starter.text().contains("http"));
        w.stranger(Method::GET, "/docs/swagger-ui-bundle.js").await.is(200);
        w.stranger(Method::GET, "/docs/../Cargo.toml").await.is_problem(404, "not-found");
        w.stranger(Method::GET, "/docs").await.is(308);
    }

    async fn a_problem_is_explained_to_anybody(w: World) {
        let answer = w.stranger(Method::GET, "/problems/not-found").await.is(200);

        assert_eq!(answer.at("/code"), "not-found");
    }

    async fn every_answer_has_an_id_and_is_not_kept(w: World) {
        let answer = w.stranger(Method::GET, "/v1/me-or-nothing").await.is(404);

        assert!(answer.header("request-id").is_some());
        assert_eq!(answer.header("cache-control").as_deref(), Some("no-store"));
        assert_eq!(answer.header("x-content-type-options").as_deref(), Some("nosniff"));
    }
}
