//! F13: a backup from before is told who was forgotten, before anybody is served.

use std::fs;

use super::{ask, decide, full};
use crate::world::program::{Program, wait_until};

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
