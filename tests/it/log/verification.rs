//! Auditors have the log computed again, without a shell on the server.

use refero_store::testing;
use serde_json::json;

use super::lived;
use crate::world::Answer;

const PATH: &str = "/v1/audit/verify";

/// Expects that one member was refused.
fn wrong(answer: &Answer, pointer: &str, code: &str) {
    assert_eq!(answer.at("/errors/0/pointer"), pointer, "{}", answer.asked());
    assert_eq!(answer.at("/errors/0/code"), code);
}

both! {
    async fn who_watches_has_the_log_verified_against_what_they_have_kept(w: World) {
        let kept = lived(&w).await;
        let (auditor, dpo) = (w.auditor().await, w.data_protection_officer().await);

        for watcher in [&auditor, &dpo] {
            let alone = watcher.post(PATH).json(json!({})).await.is(200);
            assert_eq!(alone.at("/is_sound"), true);
            assert_eq!(alone.at("/verified/pinned"), 0, "nothing was given to hold it against");
            let pinned = watcher.post(PATH).json(json!({"checkpoints": [kept]})).await.is(200);
            assert!(pinned.at("/verified/pinned").as_u64().unwrap() > 10);
            assert!(pinned.at("/verified/events").as_u64().unwrap() > 10);
            assert!(pinned.header("audit-receipt").is_some());
        }
        auditor.post(PATH).await.is(200);
        let trail = w.trail();
        let asked = trail.iter().filter(|line| *line == "audit.verify success").count();
        assert_eq!(asked, 5, "{trail:?}");
        for other in [w.coordinator().await, w.administrator().await, w.first_responder().await] {
            other.post(PATH).json(json!({})).await.is_problem(403, "not-permitted");
        }
        let forged = kept.replacen('\n', "\n1", 1);
        let refused = auditor.post(PATH).json(json!({"checkpoints": [kept, forged]}));
        wrong(&refused.await, "/checkpoints/1", "format");
        let many = vec![kept; 21];
        let refused = auditor.post(PATH).json(json!({"checkpoints": many}));
        wrong(&refused.await, "/checkpoints", "too-long");
        w.expect_sound();
    }

    async fn what_somebody_changed_in_the_database_is_told_with_its_event(w: World) {
        let kept = lived(&w).await;
        let auditor = w.auditor().await;
        let events = w.texts("select id as value from audit_events where action = 'note.create' or action = 'case.read' order by at");
        let event = &events[0];
        let change = match w.owner().sqlite_path() {
            Some(_) => format!("drop trigger audit_events_no_update; update audit_events set actor_roles = '[]' where id = '{event}'"),
            None => format!("alter table audit_events disable trigger user; update audit_events set actor_roles = '[]' where id = '{event}'"),
        };
        testing::run(w.owner(), &change).unwrap();

        let told = auditor.post(PATH).json(json!({"checkpoints": [kept]})).await.is(200);
        assert_eq!(told.at("/is_sound"), false);
        assert_eq!(told.at("/event_id"), json!(event));
        assert!(told.text_at("/first_fault").contains("not what was hashed"), "{}", told.text());
        assert!(told.json().get("verified").is_none());
    }
}
