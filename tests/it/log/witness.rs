//! Somebody else keeps the heads of the log: what goes back in time is seen.

use std::time::Duration;

use refero::jobs::Watch;
use refero_store::{
    Db, Entropy,
    sealing::{DeploymentKey, KeyRing},
    testing,
};
use refero_verify::Witnesses;

use super::lived;
use crate::world::{
    World, ledger, logs, together,
    watcher::{Told, Watcher},
};

fn database(w: &World) -> Db {
    let ring = KeyRing::single(1, DeploymentKey::generate(&mut rand::rng()));
    Db::open(w.app_options().clone(), ring, Entropy::system()).unwrap()
}

/// Shows the log to a witness, as the service does each minute.
fn show(w: &World, watcher: &Watcher) {
    Watch::of(&[watcher.address()]).show(&database(w), w.now()).unwrap();
}

fn watcher() -> Watcher {
    Watcher::serving(&ledger::log_key())
}

fn size(checkpoint: &str) -> u64 {
    checkpoint.lines().nth(1).unwrap().parse().unwrap()
}

/// Lets somebody do something, and returns the checkpoint of it.
async fn more(w: &World) -> String {
    w.coordinator().await.get("/v1/me").await.is(200);
    w.number_events();
    w.checkpoint()
}

/// Returns the proof that the log has only grown.
async fn growth(w: &World, from: &str, to: &str) -> String {
    let path = format!("/v1/audit/consistency/{}/{}", size(from), size(to));
    w.coordinator().await.get(path).await.is(200).text()
}

fn body(old: &str, proof: &str, checkpoint: &str) -> String {
    format!("old {}\n{proof}\n{checkpoint}", size(old))
}

fn first(checkpoint: &str) -> String {
    format!("old 0\n\n{checkpoint}")
}

fn conflict(checkpoint: &str) -> Told {
    (409, Some("text/x.tlog.size".to_owned()), format!("{}\n", size(checkpoint)))
}

both! {
    async fn what_has_only_grown_is_signed_and_shown(w: World) {
        let watcher = watcher();
        let somebody = w.coordinator().await;
        let earlier = lived(&w).await;
        somebody.get("/v1/audit/checkpoint?witnessed=true").await.is_problem(404, "not-found");
        show(&w, &watcher);
        let later = more(&w).await;
        show(&w, &watcher);
        let newest = more(&w).await;

        assert!(watcher.seen().starts_with(later.split_once("\n\n").unwrap().0));
        let shown = somebody.get("/v1/audit/checkpoint?witnessed=true").await.is(200).text();
        let lines = shown.strip_prefix(&later).unwrap();
        let signed = watcher.key.cosignature(&later, lines).unwrap();
        assert_eq!(signed.line, lines);
        assert_eq!(somebody.get("/v1/audit/checkpoint").await.is(200).text(), newest);
        let witnesses = || Witnesses::read([watcher.key.to_string().as_str()]).unwrap();
        let verified = w.verify_with(witnesses());
        assert_eq!(verified.unwrap().witnessed, size(&later));
        assert!(size(&earlier) < size(&later));
        w.expect_sound();
    }

    async fn a_proof_is_given_under_a_head_that_a_witness_has_signed(w: World) {
        let watcher = watcher();
        let checkpoint = lived(&w).await;
        show(&w, &watcher);
        let newest = more(&w).await;
        let somebody = w.coordinator().await;
        let leaf = |index: u64| match w.owner().sqlite_path() {
            Some(_) => format!("select lower(hex(hash)) as value from log_leaves where leaf_index = {index}"),
            None => format!("select encode(hash, 'hex') as value from log_leaves where leaf_index = {index}"),
        };

        for (index, under) in [(0, &checkpoint), (size(&checkpoint) - 1, &checkpoint), (size(&newest) - 1, &newest)] {
            let receipt = w.texts(&leaf(index)).remove(0);
            let text = somebody.get(format!("/v1/audit/proofs/{receipt}")).await.is(200).text();
            let proof = refero_verify::Proof::read(&text, &ledger::keys()).unwrap();
            assert_eq!(proof.size(), size(under));
            assert!(proof.proves(&receipt.parse().unwrap()));
            let cosigned = Witnesses::read([watcher.key.to_string().as_str()]).unwrap();
            let note = text.split_once("\n\n").unwrap().1;
            assert_eq!(cosigned.have_cosigned(note), Ok(under == &checkpoint));
        }
    }

    async fn an_old_copy_of_the_database_is_refused_and_raises_an_alarm(w: World) {
        let watcher = watcher();
        let old = lived(&w).await;
        show(&w, &watcher);
        let new = more(&w).await;
        show(&w, &watcher);
        let seen = watcher.seen();

        go_back(&w, size(&old));
        assert_eq!(w.checkpoint(), old);
        show(&w, &watcher);
        assert_eq!(watcher.seen(), seen, "it does not unlearn");
        assert!(watcher.said().contains("fewer leaves than were seen"));
        let alarms = || w.trail().iter().filter(|line| *line == "log.contradicted failed").count();
        assert_eq!(alarms(), 1);
        let told = logs::with("ALARM").iter().filter(|line| line.contains(&format!("\"witnessed_size\":{}", size(&new)))).count();
        assert!(told >= 1);
        show(&w, &watcher);
        assert_eq!(alarms(), 1, "once for what was seen");
        let told = w.administrator().await.get("/v1/alerts").await.is(200).at("/items");
        assert_eq!(told.as_array().unwrap().len(), 1);
        assert_eq!(told[0]["kind"], "log_contradicted");

        // Nor does it help to go on from there, past what was seen.
        while size(&more(&w).await) <= size(&new) {}
        show(&w, &watcher);
        assert_eq!(watcher.seen(), seen);
        assert!(watcher.said().contains("does not begin with"), "{}", watcher.said());
        w.coordinator().await.get("/v1/me").await.is(200);
    }

    async fn another_past_of_the_same_log_is_refused(w: World) {
        let watcher = watcher();
        let (other, checkpoint) = (World::on_sqlite_in("demo").await, lived(&w).await);
        show(&w, &watcher);
        let seen = watcher.seen();
        let mut forged = more(&other).await;
        while size(&forged) < size(&checkpoint) {
            forged = more(&other).await;
        }

        if size(&forged) == size(&checkpoint) {
            assert_eq!(watcher.told(body(&checkpoint, "", &forged)).await, conflict(&checkpoint));
            forged = more(&other).await;
        }
        let proof = growth(&other, &checkpoint, &forged).await;
        let refused = watcher.told(body(&checkpoint, &proof, &forged)).await;
        assert_eq!(refused.0, 422);
        show(&other, &watcher);
        assert!(other.trail().contains(&"log.contradicted failed".to_owned()));
        assert_eq!(watcher.seen(), seen);
    }

    async fn a_witness_that_is_away_or_lies_hinders_nobody(w: World) {
        let mut watcher = Watcher::of(&ledger::log_key());
        let checkpoint = lived(&w).await;
        show(&w, &watcher);
        assert!(!logs::with("a witness was not asked").is_empty());
        let stranger = Watcher::serving(&ledger::log_key());
        let mut address = stranger.address();
        address.key = watcher.key.clone();
        Watch::of(&[address]).show(&database(&w), w.now()).unwrap();
        assert!(!logs::with("is not signed with its key").is_empty());
        let other = Watcher::serving(&other_log());
        show(&w, &other);
        assert!(!logs::with("a witness does not sign the log").is_empty());

        let none = "select cast(count(*) as text) as value from log_cosignatures";
        assert_eq!(w.texts(none), ["0"]);
        assert!(!w.trail().iter().any(|line| line.starts_with("log.contradicted")));
        watcher.start();
        show(&w, &watcher);
        assert!(watcher.seen().starts_with(checkpoint.split_once("\n\n").unwrap().0));
        w.expect_sound();
    }

    async fn what_was_seen_is_kept_before_it_is_answered(w: World) {
        let mut watcher = watcher();
        let (one, two) = (lived(&w).await, more(&w).await);
        assert_eq!(watcher.told(first(&one)).await.0, 200);
        let proof = growth(&w, &one, &two).await;
        // The answer to this is lost.
        assert_eq!(watcher.told(body(&one, &proof, &two)).await.0, 200);
        watcher.kill();
        watcher.start();

        assert_eq!(watcher.told(body(&one, &proof, &two)).await, conflict(&two));
        let again = watcher.told(body(&two, "", &two)).await;
        assert_eq!((again.0, watcher.key.cosignature(&two, &again.2).is_ok()), (200, true));
        assert_eq!(watcher.told(first(&one)).await, conflict(&two));
        // The service finds that out for itself.
        show(&w, &watcher);
        assert_eq!(w.texts("select cast(size as text) as value from log_cosignatures").last().cloned(), Some(size(&w.checkpoint()).to_string()));
    }

    async fn of_many_at_once_the_largest_stays(w: World) {
        let watcher = watcher();
        let base = lived(&w).await;
        assert_eq!(watcher.told(first(&base)).await.0, 200);
        let mut bodies = Vec::new();
        let mut sizes = Vec::new();
        for _ in 0..6 {
            let checkpoint = more(&w).await;
            let proof = growth(&w, &base, &checkpoint).await;
            sizes.push(size(&checkpoint));
            bodies.push(body(&base, &proof, &checkpoint));
        }

        let told = together(bodies.into_iter().map(|body| watcher.told(body))).await;
        let signed: Vec<u64> = told.iter().zip(&sizes).filter(|(told, _)| told.0 == 200).map(|(_, size)| *size).collect();
        assert_eq!(signed.len(), 1, "all but one follow on what is no longer the last");
        assert!(told.iter().all(|told| [200, 409].contains(&told.0)));
        assert_eq!(size(&watcher.seen()), signed[0]);
    }
}

/// The key of a log that no world has.
fn other_log() -> String {
    let signer = refero_store::log::LogSigner::new("somebody-elses", &[9; 32]).unwrap();
    signer.verifier_keys()[0].clone()
}

/// Makes the database an old copy of itself, as far as the log goes.
fn go_back(w: &World, to: u64) {
    let tables = ["log_cosignatures", "log_checkpoints", "log_leaves", "log_nodes", "audit_events"];
    for table in tables {
        let guard = match w.owner().sqlite_path() {
            Some(_) => format!("drop trigger {table}_no_delete"),
            None => format!("alter table {table} disable trigger {table}_append_only"),
        };
        testing::run(w.owner(), &guard).unwrap();
    }
    let nodes = stored_hashes(to);
    for sql in [
        format!("delete from log_cosignatures where size > {to}"),
        format!("delete from log_checkpoints where size > {to}"),
        format!(
            "delete from audit_events where id in (select event_id from log_leaves where leaf_index >= {to})"
        ),
        format!("delete from log_leaves where leaf_index >= {to}"),
        format!("delete from log_nodes where position >= {nodes}"),
        "delete from log_pending".to_owned(),
    ] {
        testing::run(w.owner(), &sql).unwrap();
    }
}

/// How many hashes a log of so many leaves has stored: a leaf is one, and completes as many subtrees as
/// its number has trailing ones.
fn stored_hashes(leaves: u64) -> u64 {
    (0..leaves).map(|index| 1 + u64::from(index.trailing_ones())).sum()
}

#[actix_web::test]
async fn what_is_sent_to_a_witness_is_answered_as_the_format_says() {
    let w = World::on_sqlite_in("demo").await;
    let watcher = watcher();
    let (one, two) = (lived(&w).await, more(&w).await);
    let proof = growth(&w, &one, &two).await;
    let others = Watcher::serving(&other_log());
    let signature = one.lines().last().unwrap();
    let forged = one.replace(signature, &signature.replace(char::is_lowercase, "A"));
    assert_eq!(watcher.told(first(&one)).await.0, 200);
    let seen = watcher.seen();

    for (status, what, sent) in [
        (400, "nothing", String::new()),
        (400, "no size", format!("\n{one}")),
        (400, "garbage", "x".repeat(1_000)),
        (400, "a size above that of the checkpoint", body(&two, "", &one)),
        (
            400,
            "too many hashes",
            body(&one, &"PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n".repeat(64), &two),
        ),
        (400, "no signature", first(one.split_once("\n\n").unwrap().0)),
        (400, "no hash", first(&one.replacen(one.lines().nth(2).unwrap(), "x", 1))),
        (403, "a forged signature", first(&forged)),
        (
            403,
            "another size under the signature",
            body(&one, &proof, &two.replacen(&size(&two).to_string(), "999", 1)),
        ),
        (404, "another log", first(&one.replace("refero-tests", "refero-others"))),
        (422, "a wrong proof", body(&one, "", &two)),
        (422, "a proof where none is due", body(&one, &proof, &one)),
        (413, "more than a checkpoint has", "x".repeat(100_000)),
    ] {
        let told = watcher.told(sent).await;
        assert_eq!(told.0, status, "{what}");
    }
    assert_eq!(watcher.told(b"old 0\n\n\xff\xfe".to_vec()).await.0, 400);
    assert_eq!(watcher.told(first(&two)).await, conflict(&one));
    assert_eq!(others.told(first(&one)).await.0, 404);
    assert_eq!(watcher.seen(), seen, "nothing of it was kept");
    assert_eq!(watcher.told(body(&one, &proof, &two)).await.0, 200);
    let client = reqwest::Client::builder().timeout(Duration::from_secs(10)).build().unwrap();
    let url = watcher.address().url;
    for path in ["", "/add-checkpoint"] {
        let status = client.get(format!("{url}{path}")).send().await.unwrap().status();
        assert!(status.is_client_error(), "{path}: {status}");
    }
}

#[actix_web::test]
async fn a_person_signs_what_was_brought_by_hand() {
    let w = World::on_sqlite_in("demo").await;
    let watcher = Watcher::of(&ledger::log_key());
    let (one, two) = (lived(&w).await, more(&w).await);
    let proof = growth(&w, &one, &two).await;
    let said = |output: &std::process::Output| {
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout.clone()).unwrap()
    };

    let signed = said(&watcher.sign(&one, None));
    assert!(signed.starts_with(&one[..one.find('\u{2014}').unwrap()]));
    assert_eq!(signed.lines().count(), 5, "three lines, and a signature below an empty one");
    let refused = watcher.sign(&two, None);
    assert!(!refused.status.success() && refused.stdout.is_empty(), "without a proof");
    let later = said(&watcher.sign(&two, Some(&proof)));
    let back = watcher.sign(&one, None);
    assert!(!back.status.success() && back.stdout.is_empty(), "back in time");
    assert!(String::from_utf8_lossy(&back.stderr).contains("not signed"));
    assert_eq!(size(&watcher.seen()), size(&two));

    let witnesses = Witnesses::read([watcher.key.to_string().as_str()]).unwrap();
    let pin = refero_verify::Pin::cosigned(&later, &ledger::keys(), &witnesses).unwrap();
    assert_eq!(pin.size(), size(&two));
    let tampered = later.replacen(&size(&two).to_string(), "7", 1);
    assert!(refero_verify::Pin::cosigned(&tampered, &ledger::keys(), &witnesses).is_err());
}
