//! The trail cannot be rewritten: not by the application, not by its owner in passing (R13, R14).

use refero_store::testing;
use reqwest::Method;

use crate::world::World;

/// Tables whose rows are only ever added, each with a column.
const APPEND_ONLY: [(&str, &str); 19] = [
    ("alleged_perpetrators", "id"),
    ("audit_events", "id"),
    ("audit_shown", "event_id"),
    ("case_conferences", "id"),
    ("closure_checklists", "id"),
    ("deployment_key_retirements", "epoch"),
    ("erasures", "person_id"),
    ("log_checkpoints", "note"),
    ("log_contradictions", "witness"),
    ("follow_ups", "id"),
    ("log_cosignatures", "line"),
    ("log_leaves", "hash"),
    ("log_nodes", "hash"),
    ("needs_assessments", "id"),
    ("notes", "id"),
    ("plan_agreements", "id"),
    ("plan_reviews", "id"),
    ("revisions", "id"),
    ("service_updates", "id"),
];

/// Leaves one event in the trail.
async fn leave_a_trace(w: &World) {
    w.stranger(Method::GET, "/v1/code-lists").await.is(401);
    w.bearer("nonsense", Method::GET, "/v1/country-profile").await.is(401);
    assert!(!w.trail().is_empty());
}

both! {
    async fn what_is_written_stays_written(w: World) {
        leave_a_trace(&w).await;

        for sql in ["update audit_events set purpose = 'x'", "delete from audit_events"] {
            for options in [w.owner(), w.app_options()] {
                assert!(testing::run(options, sql).is_err(), "{sql}");
            }
        }
        assert!(!w.trail().is_empty());
    }
}

#[actix_web::test]
async fn the_application_may_not_change_what_it_must_not() {
    let w = World::on_postgres().await;
    let refused = |sql: String| {
        let refusal = testing::run(w.app_options(), &sql).unwrap_err();
        let cause = std::error::Error::source(&refusal).unwrap().to_string();
        let meant = ["permission denied", "must be owner", "append-only"];
        assert!(meant.iter().any(|words| cause.contains(words)), "{sql}: {cause}");
    };
    for (table, column) in APPEND_ONLY {
        refused(format!("update {table} set {column} = {column}"));
        refused(format!("delete from {table}"));
        refused(format!("truncate {table}"));
        refused(format!("alter table {table} disable trigger all"));
        refused(format!("drop table {table}"));
    }
    for table in ["cases", "people", "person_identities", "referrals", "users", "role_grants"] {
        refused(format!("delete from {table}"));
        refused(format!("truncate {table}"));
    }
    refused("update deployment_keys set epoch = 2".to_owned());
    refused("insert into __diesel_schema_migrations (version) values ('x')".to_owned());
    refused("create table mine (id int)".to_owned());
    refused("create or replace function refuse_change() returns trigger language plpgsql as 'begin return new; end'".to_owned());
}

#[actix_web::test]
async fn a_truncation_is_refused_to_the_owner_as_well() {
    let w = World::on_postgres().await;
    for (table, _) in APPEND_ONLY {
        assert!(testing::run(w.owner(), &format!("truncate {table}")).is_err(), "{table}");
    }
}
