//! F13: a backup from before is told who was forgotten, before anybody is served.

use std::fs;

use serde_json::json;

use super::{
    CANARY, ask,
    copies::{opened, ring},
    decide, forget, full, told,
};
use crate::{
    canary::vault,
    case_documents::{added, certificate},
    referral_steps::{Scene, ids, scene_for},
    world::program::{Program, wait_until},
};

#[actix_web::test]
async fn f13_a_restored_backup_is_not_served_before_it_forgets_again() {
    let mut p = Program::on_sqlite();
    p.keys(&[1]);
    let tombstones = p.house.folder.path().join("tombstones");
    let told = tombstones.to_str().unwrap().to_owned();
    p.set("REFERO_ERASURE__TOMBSTONES", &told);
    p.start().await;
    let s = full(&p.w).await;
    let path = p.w.owner().sqlite_path().unwrap().to_owned();
    p.terminate().await;
    let backup: Vec<(String, Vec<u8>)> = ["", "-wal"]
        .iter()
        .map(|suffix| format!("{path}{suffix}"))
        .filter_map(|file| fs::read(&file).ok().map(|bytes| (file, bytes)))
        .collect();

    p.start().await;
    let officer = p.w.data_protection_officer().await;
    let request = ask(&officer, &s.case).await.is(201).id();
    decide(&p.w.supervisor().await, &request, "approve").await.is(200);
    wait_until("the tombstone", || tombstones.exists());
    assert_eq!(p.house.says(&["erasures", "export"]), fs::read_to_string(&tombstones).unwrap());
    p.terminate().await;

    for suffix in ["-wal", "-shm"] {
        drop(fs::remove_file(format!("{path}{suffix}")));
    }
    for (file, bytes) in backup {
        fs::write(file, bytes).unwrap();
    }
    let refused = p.house.refuses(&["serve"]);
    assert!(refused.contains("refero erasures replay"), "{refused}");
    assert_eq!(p.house.says(&["erasures", "replay", &told]), "1 forgotten again, 1 noted\n");
    assert_eq!(p.house.says(&["erasures", "replay", &told]), "0 forgotten again, 0 noted\n");
    p.start().await;
    let identity = format!("/v1/cases/{}/identity", s.case);
    s.coordinator.get(identity).purpose("case_management").await.is_problem(410, "erased");
    p.w.expect_sound();

    fs::write(&tombstones, "nonsense\n").unwrap();
    p.terminate().await;
    assert!(p.house.refuses(&["serve"]).contains("the file of tombstones cannot be read"));
}

/// Gives a program what backups need: a pair of keys, a folder, the owner of the tables.
fn prepare_backups(p: &mut Program) -> String {
    let folder = p.house.folder.path().to_owned();
    let within = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let identity = within("identity");
    let public = p.house.says(&["keys", "new-backup-key", "--identity", &identity]);
    fs::create_dir(within("backups")).unwrap();
    p.set("REFERO_BACKUP__RECIPIENTS", public.trim());
    p.set("REFERO_BACKUP__DIRECTORY", &within("backups"));
    p.set("REFERO_ERASURE__TOMBSTONES", &within("tombstones"));
    if p.w.superuser().is_some() {
        let owner = p.w.owner().url.clone();
        p.set("REFERO_DATABASE__OWNER_URL", &owner);
    }
    identity
}

/// How many of the sealed values about a person open with the key that the service has.
fn readable(p: &Program, person: &str) -> usize {
    let mut values = vault::sealed(&p.w);
    values.retain(|(_, _, of, sealed)| of == person && !sealed.is_empty());
    opened(&p.w.wrapped_keys(), &values, &ring(&[1]))
}

/// Puts a document and a notice on paper into a case; gives their addresses.
async fn papers(s: &Scene) -> Vec<String> {
    let scan = added(&s.coordinator, &s.case, certificate(), CANARY.as_bytes()).await;
    let notices = format!("/v1/cases/{}/notices-of-rights", s.case);
    let notice = s.coordinator.post(&notices).json(json!({"language": "fr"})).await.is(201).id();
    vec![format!("{scan}/content"), scan, format!("{notices}/{notice}")]
}

/// Expects that nobody who knew a person is shown anything of them, and that another one is as they were.
async fn is_forgotten(s: &Scene, other: &Scene, papers: &[String], referral: &str) {
    let case = format!("/v1/cases/{}", s.case);
    let parts = ["", "/identity", "/notes", "/documents", "/notices-of-rights"];
    let parts = parts.iter().map(|part| format!("{case}{part}"));
    for path in parts.chain(papers.iter().cloned()) {
        let asked = s.coordinator.get(&path).purpose("case_management").await;
        assert!(!asked.is_problem(410, "erased").text().contains(CANARY), "{path}");
    }
    let referral = format!("/v1/referrals/{referral}");
    s.worker.get(referral).await.is_problem(410, "erased");
    let by_name = json!({"names": [CANARY]});
    let search = s.coordinator.post("/v1/cases/search").json(by_name).purpose("case_management");
    assert_eq!(ids(&search.await.is(200)), [other.case.as_str()]);
    let identity = format!("/v1/cases/{}/identity", other.case);
    let shown = other.coordinator.get(identity).purpose("case_management").await.is(200);
    assert!(shown.text().contains(CANARY));
}

both! {
    /// What `docs/operating.md` says under "Restore", step by step.
    async fn r13_who_was_forgotten_after_a_backup_is_forgotten_again_when_it_is_restored(p: Program) {
        let mut p = p;
        p.keys(&[1]);
        let identity = prepare_backups(&mut p);
        p.start().await;
        let (s, other) = (full(&p.w).await, scene_for(&p.w, told()).await);
        let papers = papers(&s).await;
        let referral = ids(&s.worker.get("/v1/referrals").await.is(200)).remove(0);
        let person = format!("select person_id as value from cases where id = '{}'", s.case);
        let person = p.w.texts(&person).remove(0);
        p.w.number_events();
        let checkpoint = p.house.folder.path().join("checkpoint");
        fs::write(&checkpoint, p.w.checkpoint()).unwrap();
        let made = p.house.says(&["backup"]);
        let backup = made.strip_prefix("backed up: ").unwrap().split(',').next().unwrap();

        forget(&p.w, &s.case).await;
        let tombstones = p.house.folder.path().join("tombstones");
        wait_until("the tombstone", || tombstones.exists());
        p.terminate().await;
        p.w.lose_database();
        let restored = p.house.says(&["restore", backup, "--identity", &identity]);
        let tombstones = tombstones.to_str().unwrap();
        assert!(restored.contains("refero erasures replay") && restored.contains(tombstones));
        assert!(readable(&p, &person) >= 5, "the backup remembers");
        assert!(p.house.refuses(&["serve"]).contains("refero erasures replay"));

        let replayed = p.house.says(&["erasures", "replay", tombstones]);
        assert_eq!(replayed, "1 forgotten again, 1 noted\n");
        assert_eq!(readable(&p, &person), 0);
        p.start().await;
        is_forgotten(&s, &other, &papers, &referral).await;
        p.w.expect_sound();
        let pin = checkpoint.to_str().unwrap();
        assert!(p.house.says(&["audit", "verify", "--pin", pin]).starts_with("Sound: "));
        assert!(!p.log().contains(CANARY));
    }
}
