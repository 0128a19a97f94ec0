//! Metrics are served on a listener of their own, and no label points at anybody.

use std::collections::BTreeSet;

use refero::api::metrics::Metrics;
use refero_store::gauges::Gauges;

use crate::{
    referral_steps::scene,
    steps::{adult_report, register},
    world::{
        World,
        program::{House, Serving, free_port},
    },
};

/// The names that a text of PromQL, or of metrics, speaks of; without what Prometheus adds to them.
fn names(text: &str) -> BTreeSet<String> {
    let words = text.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'));
    let ours = words.filter(|word| word.starts_with("refero_"));
    ours.map(|word| {
        let known = ["_total", "_bucket", "_sum", "_count", "_info"];
        let plain = known.iter().find_map(|ending| word.strip_suffix(ending));
        plain.unwrap_or(word).to_owned()
    })
    .collect()
}

/// The value of a metric without labels.
#[track_caller]
fn value(text: &str, name: &str) -> i64 {
    let line = text.lines().find_map(|line| line.strip_prefix(&format!("{name} ")));
    line.unwrap_or_else(|| panic!("{name} is not in\n{text}")).parse().unwrap()
}

both! {
    async fn what_waits_is_counted_and_nobody_is_named(w: World) {
        let s = scene(&w).await;
        let waiting = register(&s.responder, adult_report()).await;
        s.sent().await;
        w.advance_s(2 * 86_400);
        let text = w.metrics();

        assert_eq!(value(&text, "refero_triage_cases"), 1);
        assert_eq!(value(&text, "refero_triage_cases_oldest_age_seconds"), 2 * 86_400);
        assert_eq!(value(&text, "refero_unanswered_referrals"), 1);
        assert_eq!(value(&text, "refero_overdue_referrals"), 1);
        assert!(value(&text, "refero_overdue_deadlines") > 0);
        let claims = r#"refero_http_requests_total{method="POST",route="/v1/cases/{id}/claim",status="200"} 1"#;
        assert!(text.contains(claims), "{text}");
        for id in [&waiting, &s.case, &s.shelter.to_string(), &s.worker.user_id.to_string()] {
            assert!(!text.contains(id.as_str()), "{id} is in\n{text}");
        }
        s.coordinator.get("/v1/cases/no-such-id/and-more").await.is_problem(404, "not-found");
        let made_up = w.stranger(reqwest::Method::from_bytes(b"FETCH").unwrap(), "/v1/cases");
        assert!(made_up.await.status >= 400);
        let text = w.metrics();
        assert!(!text.contains("no-such-id") && !text.contains("FETCH"), "{text}");
    }
}

#[actix_web::test]
async fn the_dashboard_and_the_rules_speak_of_what_is_served() {
    let w = World::on_sqlite_set(("country.profile", "demo")).await;
    scene(&w).await;
    // A log that nobody has signed yet has no age.
    let signed = Gauges { checkpoint_age_s: Some(1), ..Gauges::default() };
    let signed = Metrics::default().write(Some(&signed), Some(1)).unwrap();
    let served = names(&format!("{}{signed}", w.metrics()));
    for file in ["deploy/grafana/refero.json", "deploy/prometheus/refero.rules.yml"] {
        let text = std::fs::read_to_string(file).unwrap();
        let unknown: Vec<_> = names(&text).difference(&served).cloned().collect();
        assert!(unknown.is_empty(), "{file} speaks of {unknown:?}, and served is {served:?}");
        assert!(names(&text).len() > 5, "{file}");
    }
}

#[actix_web::test]
async fn the_program_serves_them_where_it_is_told_to_and_nothing_else_there() {
    let house = House::on_sqlite();
    let port = free_port();
    let house = house.with("REFERO_METRICS__BIND", format!("127.0.0.1:{port}"));
    house.says(&["db", "migrate"]);
    let served = house.value("REFERO_SERVER__BIND").to_owned();
    let serving = Serving::of(house.command(&["serve"]));
    let get = async |address: String| reqwest::get(address).await;
    let begun = std::time::Instant::now();
    let metrics = loop {
        match get(format!("http://127.0.0.1:{port}/metrics")).await {
            Ok(answer) => break answer,
            Err(_) => assert!(begun.elapsed().as_secs() < 60, "it does not come up"),
        }
        actix_web::rt::time::sleep(std::time::Duration::from_millis(50)).await;
    };
    assert_eq!(metrics.status(), 200);
    let kind = metrics.headers()["content-type"].to_str().unwrap().to_owned();
    assert!(kind.starts_with("application/openmetrics-text"), "{kind}");
    assert!(metrics.text().await.unwrap().contains("refero_database_up 1"));
    for path in ["/", "/v1/cases", "/healthz"] {
        assert_eq!(
            get(format!("http://127.0.0.1:{port}{path}")).await.unwrap().status(),
            404,
            "{path}"
        );
    }
    assert_eq!(get(format!("http://{served}/metrics")).await.unwrap().status(), 404);
    assert_eq!(serving.terminate(), Some(0));
}
