//! What an operator does: makes keys, backs up, verifies, loses everything and restores.

use std::{fs, os::unix::fs::PermissionsExt};

use refero_store::{Options, testing};
use serde_json::json;

use super::{Site, names, note, serves};
use crate::world::program::{House, Serving, key, wait_until};

fn mode(path: &str) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// Databases that verifications have left behind; none on SQLite.
fn scratch_databases(site: &Site) -> Vec<String> {
    site.postgres.as_ref().map_or_else(Vec::new, |database| {
        let ask =
            "select datname::text as value from pg_database where datname like 'refero\\_scratch%'";
        testing::texts(&database.superuser(), ask).unwrap()
    })
}

fn is_backed_up_verified_and_restored(site: &Site) {
    let house = &site.house;
    let serving = Serving::of(house.command(&["serve"]));
    wait_until("readiness", || house.run(&["healthcheck"]).status.success());
    let path = site.backup();
    assert_eq!(serving.terminate(), Some(0));

    assert_eq!(site.files().len(), 2, "{:?}", site.files());
    assert_eq!((mode(&path), mode(&format!("{path}.json"))), (0o600, 0o600));
    let inside = fs::read(&path).unwrap();
    assert!(inside.starts_with(b"age-encryption.org/v1\n"));
    for plain in ["SQLite format", "PGDMP", "ruth.w", "audit_events"] {
        assert!(!inside.windows(plain.len()).any(|part| part == plain.as_bytes()), "{plain}");
    }
    let beside = note(&path);
    assert_eq!(beside["form"], json!("refero-backup@v1"));
    assert!(beside.get("counts").is_none(), "how many of what is nobody's business: {beside}");
    assert_eq!(beside["keys"][0]["epoch"], json!(1));
    for secret in [key("deployment"), key("log"), key("tokens")] {
        assert!(!beside.to_string().contains(&secret));
    }
    let beside_database: Vec<String> = names(house.folder.path());
    assert!(!beside_database.iter().any(|name| name.contains("unfinished")), "{beside_database:?}");

    let (passes, told) = site.verify(&path);
    assert!(passes, "{told}");
    for step in ["file", "opened", "keys", "restored", "integrity", "content", "schema", "log"] {
        let line = told.lines().find(|line| line.starts_with(step)).unwrap_or_default();
        assert!(line.split_whitespace().nth(1) == Some("ok"), "{step}: {told}");
    }
    assert!(told.contains("Sound: ") && told.contains("epoch 1 (check "), "{told}");
    assert_eq!(scratch_databases(site), Vec::<String>::new());
    assert!(!names(house.folder.path()).iter().any(|name| name.contains("scratch")));

    let (other, _database) = site.elsewhere();
    let told = other.says(&["restore", &path, "--identity", &site.identity()]);
    for must in ["refero erasures replay", "before anybody signs in", "data protection officer"] {
        assert!(told.contains(must), "{must}: {told}");
    }
    assert!(!told.contains("refero db migrate"), "{told}");
    serves(&other);
    assert!(other.says(&["audit", "verify"]).starts_with("Sound: "));
    other.says(&["admin", "recover", "--username", "ruth.w"]);
    let again = other.refuses(&["restore", &path, "--identity", &site.identity()]);
    assert!(again.contains("into a new one only"), "{again}");
}

#[test]
fn an_embedded_database_is_backed_up_while_it_serves_verified_and_restored() {
    is_backed_up_verified_and_restored(&Site::on_sqlite());
}

#[test]
fn a_server_database_is_backed_up_while_it_serves_verified_and_restored() {
    let site = Site::on_postgres();
    is_backed_up_verified_and_restored(&site);

    let path = site.files().into_iter().find(|name| name.ends_with(".age")).unwrap();
    let path = site.folder().join(path).to_str().unwrap().to_owned();
    let refused = House::on_sqlite().refuses(&["restore", &path, "--identity", &site.identity()]);
    assert!(refused.contains("of a PostgreSQL database"), "{refused}");
    let without = House::on_sqlite();
    let output = super::verify(&without, &path, &site.identity());
    assert!(!output.0 && output.1.contains("backup.scratch_url"), "{}", output.1);
}

#[test]
fn a_backup_is_opened_without_this_program() {
    let site = Site::on_sqlite();
    let path = site.backup();
    let identity = fs::read_to_string(site.identity()).unwrap();
    let identity: age::x25519::Identity = identity.lines().last().unwrap().parse().unwrap();
    let opened = age::Decryptor::new(fs::File::open(path).unwrap()).unwrap();
    let keys: [&dyn age::Identity; 1] = [&identity];
    let mut archive = opened.decrypt(keys.into_iter()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let tar = folder.path().join("backup.tar");
    std::io::copy(&mut archive, &mut fs::File::create(&tar).unwrap()).unwrap();

    let by_hand = "tar -xf backup.tar && cat database.* > database && sha256sum -c SHA256SUMS";
    let output =
        std::process::Command::new("sh").args(["-c", by_hand]).current_dir(&folder).output();
    assert!(output.unwrap().status.success());
    let url = format!("sqlite://{}", folder.path().join("database").display());
    let users = testing::texts(&Options::for_url(url), "select username as value from users");
    assert_eq!(users.unwrap(), ["ruth.w"]);
}

#[test]
fn older_backups_are_removed_and_nothing_else() {
    let site = Site::on_sqlite();
    let first = site.backup();
    let mut beside = note(&first);
    let mut put = |name: &str, made_at: &str, log: &str| {
        fs::write(site.folder().join(name), "a backup").unwrap();
        beside["file"] = json!(name);
        beside["made_at"] = json!(made_at);
        beside["log"]["name"] = json!(log);
        fs::write(site.folder().join(format!("{name}.json")), beside.to_string()).unwrap();
    };
    let ours = site.house.value("REFERO_AUDIT__LOG_NAME");
    put("refero-backup-20200101T000000Z.age", "2020-01-01T00:00:00Z", ours);
    put("refero-backup-20190101T000000Z.age", "2019-01-01T00:00:00Z", ours);
    put("refero-backup-20180101T000000Z.age", "2018-01-01T00:00:00Z", "another.service");
    put("kept-by-hand.age", "2017-01-01T00:00:00Z", ours);
    fs::write(site.folder().join("refero-backup-20160101T000000Z.age"), "no note").unwrap();
    fs::remove_file(format!("{first}.json")).unwrap();
    fs::remove_file(&first).unwrap();

    let told = site.house.says(&["backup", "--keep", "2"]);
    assert!(told.contains("removed: 1 older"), "{told}");
    let left = site.files();
    assert!(!left.iter().any(|name| name.contains("20190101")), "{left:?}");
    for kept in ["20200101", "20180101", "20160101", "kept-by-hand"] {
        assert!(left.iter().any(|name| name.contains(kept)), "{kept}: {left:?}");
    }
    assert!(!site.house.run(&["backup", "--keep", "0"]).status.success());
}
