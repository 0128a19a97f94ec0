//! The log over the audit trail: everything gets its number, and nothing that is changed goes unseen.

mod operator;
mod proofs;
mod tampering;
mod verification;
mod witness;

use std::collections::BTreeMap;

use refero_store::{Entropy, testing};
use refero_verify::{Fault, Place, Why};
use serde_json::json;

use self::tampering::Target;
use crate::{
    referral_steps::{act, merged, scene},
    world::{World, ledger::verifier},
};

/// A life with several cases, of which everything has its number, and the checkpoint of it.
async fn lived(w: &World) -> String {
    let s = scene(w).await;
    let (_, referral) = s.sent().await;
    act(&s.worker, &referral, "accept", json!({})).await.is(200);
    s.coordinator.get("/v1/cases").await.is(200);
    w.number_events();
    w.advance_s(61);
    s.coordinator.get("/v1/cases").await.is(200);
    s.coordinator.get(format!("/v1/cases/{}", s.case)).await.is(200);
    s.responder
        .post("/v1/detection-reports")
        .key("other")
        .json(crate::steps::report())
        .await
        .is(201);
    w.number_events();
    w.checkpoint()
}

/// Says what is wrong after somebody has changed the database.
fn fault_after(w: &World, change: &str, pins: &[String]) -> Option<Fault> {
    let (mut verifier, mut fault) = (verifier(pins).with_index(), None);
    testing::lines_after(w.owner(), change, |line| {
        fault = fault.take().or_else(|| verifier.take(&line).err());
    })
    .unwrap_or_else(|error| panic!("{change}: {error:?}"));
    fault.or_else(|| verifier.finish().err())
}

/// How often the log is changed at random: `REFERO_TAMPERINGS=10000` for the drill.
fn tamperings() -> usize {
    std::env::var("REFERO_TAMPERINGS").map_or(300, |text| text.parse().unwrap())
}

both! {
    async fn everything_that_was_recorded_has_a_number_and_a_signed_head_within_a_second(w: World) {
        let checkpoint = lived(&w).await;

        let events = w.texts("select id as value from audit_events");
        let verified = w.verify(std::slice::from_ref(&checkpoint)).unwrap();
        assert_eq!(verified.events, u64::try_from(events.len()).unwrap());
        assert_eq!((verified.pending, verified.pinned), (0, verified.leaves));
        assert_eq!(verified.leaves, verified.events + 2, "two statements: at once and a minute later");
        assert_eq!((verified.cases, verified.checkpoints), (2, 2));
        let lines: Vec<&str> = checkpoint.lines().collect();
        assert_eq!((lines[0], lines[1]), ("refero-tests", verified.leaves.to_string().as_str()));
        assert_eq!((lines[3], lines.len()), ("", 5));
        w.number_events();
        assert_eq!(w.checkpoint(), checkpoint, "nothing happened, so that nothing is signed");
    }

    async fn a_head_that_was_signed_after_each_event_is_read_in_its_place(w: World) {
        let somebody = w.coordinator().await;
        for _ in 0..12 {
            somebody.get("/v1/me").await.is(200);
            w.number_events();
        }

        let verified = w.verify(&[]).unwrap();
        assert_eq!(verified.checkpoints, 12);
        assert!(verified.leaves > 12, "a statement among them");
    }

    async fn what_is_not_numbered_yet_is_verified_too(w: World) {
        let checkpoint = lived(&w).await;
        w.coordinator().await.get("/v1/me").await.is(200);

        let verified = w.verify(&[checkpoint]).unwrap();
        assert!(verified.pending > 0);
        let changed = fault_after(&w, "update audit_events set action = 'x' where id in (select event_id from log_pending)", &[]);
        assert_eq!(changed.map(|fault| (fault.place, fault.why)), Some((Place::Pending, Why::Changed)));
    }

    async fn whatever_is_changed_is_found_and_nothing_else(w: World) {
        let pin = [lived(&w).await];
        assert_eq!(fault_after(&w, "select 1", &pin), None);
        let (target, draw) = (Target::of(&w), Entropy::seeded(7));

        let mut found: BTreeMap<&str, usize> = BTreeMap::new();
        for n in 0..tamperings() {
            let (kind, change) = target.change(&w, &draw);
            let fault = fault_after(&w, &change, &pin);
            assert!(fault.is_some(), "{n}: {kind} was changed and not found: {change}");
            *found.entry(kind).or_default() += 1;
        }
        assert!(found.len() >= 14, "{found:?}");
        assert_eq!(fault_after(&w, "select 1", &pin), None);
    }

    async fn the_first_wrong_event_is_named_with_what_is_wrong(w: World) {
        let pin = [lived(&w).await];
        let id = w.texts("select event_id as value from log_leaves where leaf_index = 3").remove(0);

        let change = format!("update audit_events set outcome = 'failed' where id = '{id}'");
        let fault = fault_after(&w, &change, &pin).unwrap();
        assert_eq!((fault.place, fault.event_id, fault.why), (Place::Leaf(3), Some(id.clone()), Why::Changed));
        let gone = format!("delete from audit_events where id = '{id}'");
        let fault = fault_after(&w, &gone, &pin).unwrap();
        assert_eq!((fault.place, fault.event_id, fault.why), (Place::Leaf(3), Some(id), Why::Unreadable));
    }

    async fn r14_nobody_is_taken_out_of_the_list_of_who_opened_a_file(w: World) {
        let pin = [lived(&w).await];
        let lists = w.texts("select event_id as value from log_leaves where event_id in
                             (select event_id from audit_shown) order by leaf_index");
        let (first, last) = (lists.first().unwrap(), lists.last().unwrap());
        let index = |event: &String| w.texts(&format!(
            "select cast(leaf_index as text) as value from log_leaves where event_id = '{event}'"
        )).remove(0).parse().unwrap();
        let absent = crate::every::ABSENT;

        for (change, place, event) in [
            (format!("delete from audit_shown where event_id = '{last}'"), Place::Leaf(index(last)), last.as_str()),
            ("delete from audit_shown".to_owned(), Place::Leaf(index(first)), first),
            (format!("update audit_shown set shown_id = 'x' || shown_id where event_id = '{last}'"), Place::Leaf(index(last)), last),
            (format!("update audit_shown set at = '2026-01-01 00:00:00' where event_id = '{last}'"), Place::Leaf(index(last)), last),
            (format!("insert into audit_shown (shown_id, at, event_id) values ('x', '2026-11-02 09:00:00', '{absent}')"), Place::Trail, absent),
        ] {
            let fault = fault_after(&w, &change, &pin).unwrap_or_else(|| panic!("{change}"));
            assert_eq!((fault.place, fault.event_id.as_deref(), fault.why), (place, Some(event), Why::Shown), "{change}");
        }
    }

    async fn what_hides_beside_the_leaves_is_seen(w: World) {
        let pin = [lived(&w).await];
        let forged = "insert into audit_events (id, at, actor_roles, action, operation, outcome, fields, shown_ids, hash)
                      select '00000000-0000-4000-8000-000000000000', at, actor_roles, action, operation, outcome, fields,
                             shown_ids, hash from audit_events where case_id is null limit 1";
        let id = "'00000000-0000-4000-8000-000000000000'";
        let hash = tampering::bytes(&w, &"ab".repeat(32));
        // As the owner of the tables could, after the checks were dropped.
        let unchecked = match w.owner().sqlite_path() {
            Some(_) => "pragma ignore_check_constraints = on",
            None => "alter table log_leaves drop constraint log_leaves_leaf_index_check;
                     alter table log_leaves drop constraint log_leaves_check",
        };
        let below = format!("insert into log_leaves (leaf_index, hash, event_id) values (-5, {hash}, {id})");
        let fault = fault_after(&w, &format!("{unchecked}; {forged}; {below}"), &pin);
        assert_eq!(fault.unwrap().why, Why::Gap, "below nought");
        let behind = format!("update log_leaves set event_id = {id} where statement is not null and leaf_index =
                              (select max(leaf_index) from log_leaves where statement is not null)");
        let fault = fault_after(&w, &format!("{unchecked}; {forged}; {behind}"), &pin);
        assert_eq!(fault.unwrap().why, Why::Unreadable, "behind a statement");
        let again = "insert into log_pending (event_id) select event_id from log_leaves l join audit_events e
                     on e.id = l.event_id where e.case_id is null limit 1";
        assert_eq!(fault_after(&w, again, &pin).unwrap().why, Why::Twice, "a second time");
        let unsigned = "delete from log_checkpoints where size = (select max(size) from log_checkpoints)";
        assert!(matches!(fault_after(&w, unsigned, &[]).unwrap().why, Why::Unsigned { .. }), "unsigned");
    }

    async fn a_log_that_cannot_go_on_says_so(w: World) {
        lived(&w).await;
        let again = "insert into log_pending (event_id) select event_id from log_leaves where event_id is not null limit 1";
        testing::run(w.owner(), again).unwrap();

        let stuck = w.try_to_number_events().unwrap_err();
        assert!(stuck.to_string().contains("has its number already"), "{stuck}");
    }

    async fn an_event_that_is_taken_away_before_it_has_a_number_is_missed(w: World) {
        let s = scene(&w).await;
        w.number_events();
        w.advance_s(61);
        let note = s.coordinator.post(format!("/v1/cases/{}/notes", s.case)).json(json!({"text": "Called."})).await.is(201);
        let event = format!("select id from audit_events where object_id = '{}'", note.id());
        let id = w.texts(&event.replacen("id", "id as value", 1)).remove(0);
        // The owner of the tables takes it away, in time, and forgets the head of the chain.
        let guards = match w.owner().sqlite_path() {
            Some(_) => ["drop trigger audit_events_no_delete", "select 1"],
            None => ["alter table audit_events disable trigger audit_events_append_only", "alter table audit_events enable trigger audit_events_append_only"],
        };
        for sql in [guards[0], &format!("delete from log_pending where event_id = '{id}'"), &format!("delete from audit_events where id = '{id}'"), guards[1]] {
            testing::run(w.owner(), sql).unwrap();
        }
        w.number_events();
        w.advance_s(61);
        w.coordinator().await.get("/v1/me").await.is(200);
        w.number_events();

        let fault = w.verify(&[]).unwrap_err();
        assert_eq!(fault.why, Why::Statement, "{fault}");
    }

    async fn a_past_that_was_written_anew_and_signed_is_found_by_who_kept_a_checkpoint(w: World) {
        let pin = lived(&w).await;
        // Whoever has the signing key numbers everything anew, without what should not have been.
        let guards = match w.owner().sqlite_path() {
            Some(_) => vec![
                "drop trigger audit_events_no_delete", "drop trigger log_leaves_no_delete",
                "drop trigger log_nodes_no_delete", "drop trigger log_checkpoints_no_delete",
            ],
            None => vec![
                "alter table audit_events disable trigger audit_events_append_only", "alter table log_leaves disable trigger log_leaves_append_only",
                "alter table log_nodes disable trigger log_nodes_append_only", "alter table log_checkpoints disable trigger log_checkpoints_append_only",
            ],
        };
        for sql in guards.into_iter().chain([
            "delete from audit_events where case_id is null and action = 'session.create'",
            "delete from log_leaves", "delete from log_nodes", "delete from log_checkpoints", "delete from log_heads",
            "insert into log_pending (event_id) select id from audit_events order by case_id, case_seq, id",
        ]) {
            testing::run(w.owner(), sql).unwrap();
        }
        w.number_events();
        while w.verify(&[]).unwrap().leaves < 40 {
            w.coordinator().await.get("/v1/me").await.is(200);
            w.number_events();
        }

        w.verify(&[]).unwrap();
        let fault = w.verify(&[pin]).unwrap_err();
        assert!(matches!(fault.why, Why::Pinned { .. }), "{fault}");
    }
}

#[actix_web::test]
async fn several_sequencers_on_one_database_number_everything_once() {
    let w = World::on_postgres().await;
    let s = scene(&w).await;
    let note = |n: usize| {
        let notes = format!("/v1/cases/{}/notes", s.case);
        s.coordinator
            .post(notes)
            .key(format!("note-{n}"))
            .json(merged(json!({"text": "Called."}), json!({})))
    };
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..30).for_each(|_| w.number_events()));
        }
    });
    for answer in crate::world::together((0..40).map(note)).await {
        answer.is(201);
    }
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..10).for_each(|_| w.number_events()));
        }
    });

    let verified = w.verify(&[]).unwrap();
    assert_eq!(verified.pending, 0);
    w.expect_sound();
}
