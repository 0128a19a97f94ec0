//! Reading the trail.

use refero_verify::{Seal, Sealing, Unusable};
use serde_json::{Value, json};

use crate::world::ledger;

/// The lines of an export.
fn lines(events: &[&str]) -> Sealing {
    let mut lines = Sealing::default();
    events.iter().for_each(|event| lines.take(event));
    lines
}

both! {
    async fn an_auditor_reads_everything_and_leaves_a_trace(w: World) {
        let somebody = w.first_responder().await;
        let auditor = w.auditor().await;
        somebody.get("/v1/me").await.is(200);
        w.advance_s(1);
        somebody.get("/v1/users").await.is(403);
        w.advance_s(1);

        let trail = auditor.get("/v1/audit-events").await.is(200);
        assert_eq!(trail.at("/items/0/action"), "user.read");
        assert_eq!(trail.at("/items/0/outcome"), "refused");
        assert_eq!(trail.at("/items/0/refusal_code"), "not-permitted");
        assert_eq!(trail.at("/items/1/actor_id"), somebody.user_id.as_str());
        assert_eq!(trail.at("/items/1/actor_roles"), json!(["first_responder"]));
        assert_eq!(trail.at("/items/1/hash").as_str().unwrap().len(), 64);
        let again = auditor.get("/v1/audit-events?action=audit.read").await.is(200);
        assert_eq!(again.at("/items/0/shown_count"), 2);
        assert_eq!(again.at("/items/0/shown_ids/0"), trail.at("/items/0/id"));
    }

    async fn everybody_else_reads_what_they_did_themselves(w: World) {
        let (one, two) = (w.first_responder().await, w.coordinator().await);
        one.get("/v1/me").await.is(200);
        two.get("/v1/me").await.is(200);

        let own = two.get("/v1/audit-events").await.is(200);
        assert_eq!(own.at("/items").as_array().unwrap().len(), 1);
        assert_eq!(own.at("/items/0/actor_id"), two.user_id.as_str());
        let others = two.get(format!("/v1/audit-events?actor_id={}", one.user_id)).await.is(200);
        assert_eq!(others.at("/items"), json!([]));
        assert!(w.trail().contains(&"audit.read-own success".to_owned()));
    }

    async fn the_trail_is_narrowed_and_read_page_by_page(w: World) {
        let somebody = w.first_responder().await;
        let auditor = w.auditor().await;
        for _ in 0..3 {
            somebody.get("/v1/me").await.is(200);
            w.advance_s(60);
        }
        let base = format!("/v1/audit-events?actor_id={}", somebody.user_id);

        let first = auditor.get(format!("{base}&limit=2")).await.is(200);
        let cursor = first.text_at("/next_cursor");
        let next = auditor.get(format!("{base}&limit=2&cursor={cursor}")).await.is(200);
        assert_eq!(next.at("/items").as_array().unwrap().len(), 1);
        assert_eq!(next.at("/next_cursor"), Value::Null);
        let request = first.text_at("/items/0/request_id");
        for (filter, count) in [
            ("&action=me.read,user.read".to_owned(), 3),
            ("&action=user.read".to_owned(), 0),
            ("&outcome=success".to_owned(), 3),
            ("&outcome=refused".to_owned(), 0),
            (format!("&organisation_id={}", somebody.organisation_id), 3),
            (format!("&object_id={}", somebody.user_id), 3),
            ("&case_id=3f2b8c1e-7a4d-4e0b-9c53-1d2e3f4a5b6c".to_owned(), 0),
            (format!("&request_id={request}"), 1),
            ("&from=2026-11-02T09:01:00Z".to_owned(), 2),
            ("&to=2026-11-02T09:01:00Z".to_owned(), 1),
            ("&from=2026-11-02T10:01:00%2B01:00&to=2026-11-02T09:02:00Z".to_owned(), 1),
        ] {
            let found = auditor.get(format!("{base}{filter}")).await.is(200);
            assert_eq!(found.at("/items").as_array().unwrap().len(), count, "{filter}");
        }
        for wrong in ["outcome=maybe", "object_id=Ama", "from=yesterday"] {
            let answer = auditor.get(format!("/v1/audit-events?{wrong}")).await;
            answer.is_problem(400, "invalid-parameter");
        }
    }

    async fn what_an_auditor_takes_away_is_signed_and_whole(w: World) {
        let (somebody, auditor) = (w.first_responder().await, w.auditor().await);
        let path = format!("/v1/audit/export?actor_id={}", somebody.user_id);
        auditor.get(&path).await.is_problem(404, "not-found");
        for _ in 0..3 {
            somebody.get("/v1/me").await.is(200);
            w.advance_s(1);
        }
        w.number_events();

        let answer = auditor.get(&path).await.is(200);
        assert_eq!(answer.header("content-type").as_deref(), Some("application/jsonl"));
        let export = answer.text();
        let (events, seal) = export.trim_end().rsplit_once('\n').unwrap();
        let shown = auditor.get(format!("/v1/audit-events?actor_id={}", somebody.user_id)).await.is(200);
        let events: Vec<&str> = events.lines().collect();
        let read: Vec<Value> = events.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(json!(read), shown.at("/items"));
        let seal: Value = serde_json::from_str(seal).unwrap();
        let read = Seal::read(seal["seal"].as_str().unwrap(), &ledger::keys()).unwrap();
        assert_eq!((read.lines(), read.is_whole()), (3, true));
        read.check(lines(&events)).unwrap();
        assert_eq!(read.check(lines(&events[1..])), Err(Unusable::Seal));
        assert!(w.trail().contains(&"audit.export success".to_owned()));
        let taken = auditor.get("/v1/audit-events?action=audit.export&outcome=success").await.is(200);
        assert_eq!(taken.at("/items/0/shown_count"), 3);
        for other in [somebody, w.administrator().await, w.coordinator().await] {
            other.get("/v1/audit/export").await.is_problem(403, "not-permitted");
        }
    }

    async fn an_administrator_does_not_read_what_others_did(w: World) {
        let somebody = w.first_responder().await;
        let administrator = w.administrator().await;
        somebody.get("/v1/me").await.is(200);

        let own = administrator.get("/v1/audit-events").await.is(200);
        assert_eq!(own.at("/items"), json!([]));
    }
}
