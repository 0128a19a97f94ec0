//! What an operator is told about the condition of a service, and before an upgrade.

use std::{fs, os::unix::fs::PermissionsExt, thread};

use refero_store::{Options, migrate, testing};
use serde_json::Value;

use crate::world::{
    postgres::PostgresDatabase,
    program::{FIRST_ADMINISTRATOR, House, Serving, key, key_of_epoch, wait_until},
    sqlite::SqliteFile,
};

/// What the doctor finds, with its exit status.
fn examined(house: &House, arguments: &[&str]) -> (Option<i32>, Value) {
    let all: Vec<&str> =
        ["doctor", "--json"].into_iter().chain(arguments.iter().copied()).collect();
    let output = house.run(&all);
    let told = String::from_utf8(output.stdout).unwrap();
    (output.status.code(), serde_json::from_str(&told).unwrap())
}

/// How one check came out.
#[track_caller]
fn result<'f>(findings: &'f Value, id: &str) -> &'f str {
    let checks = findings["checks"].as_array().unwrap();
    let check = checks.iter().find(|check| check["id"] == id);
    check.unwrap_or_else(|| panic!("{id}: {findings}"))["result"].as_str().unwrap()
}

/// A house in which everything is as it should be, and which serves.
fn in_order(house: House) -> (House, Serving) {
    let identity = house.folder.path().join("identity").to_str().unwrap().to_owned();
    let public = house.says(&["keys", "new-backup-key", "--identity", &identity]);
    let backups = house.folder.path().join("backups");
    fs::create_dir(&backups).unwrap();
    fs::set_permissions(&backups, PermissionsExt::from_mode(0o700)).unwrap();
    let house = house
        .with("REFERO_BACKUP__RECIPIENTS", public.trim())
        .with("REFERO_BACKUP__DIRECTORY", backups.to_str().unwrap());
    house.says(&["db", "migrate"]);
    house.says(&FIRST_ADMINISTRATOR);
    let serving = Serving::of(house.command(&["serve"]));
    wait_until("readiness", || house.run(&["healthcheck"]).status.success());
    wait_until("a worker", || result(&examined(&house, &[]).1, "worker") == "ok");
    house.says(&["backup"]);
    (house, serving)
}

/// Every check but those of which a test machine cannot be sure, or which a demonstration fails.
fn all_is_well(house: House, skipped: &[&str]) {
    let (house, serving) = in_order(house);
    let (status, findings) = examined(&house, &[]);
    for check in findings["checks"].as_array().unwrap() {
        let id = check["id"].as_str().unwrap();
        let expected = match id {
            // A fictional country, and nobody who keeps the heads of the log.
            "country.profile" | "log.witnesses" => "warning",
            "disk.space" => continue,
            id if skipped.contains(&id) => "skipped",
            _ => "ok",
        };
        assert_eq!(check["result"], expected, "{check}");
        assert_eq!(check.get("do").is_some(), matches!(expected, "warning" | "failed"), "{check}");
    }
    assert!(matches!(status, Some(1 | 2)), "{findings}");
    assert_eq!(findings["checks"].as_array().unwrap().len(), 17);
    let text = String::from_utf8(house.run(&["doctor"]).stdout).unwrap();
    for secret in [key("deployment"), key("log"), key("tokens"), "ruth".to_owned()] {
        assert!(!text.contains(&secret) && !findings.to_string().contains(&secret));
    }
    assert_eq!(serving.terminate(), Some(0));
}

#[test]
fn a_service_on_an_embedded_database_that_is_in_order_is_said_to_be_so() {
    all_is_well(House::on_sqlite(), &["database.roles", "clock"]);
}

#[test]
fn a_service_on_a_server_that_is_in_order_is_said_to_be_so() {
    let database = PostgresDatabase::empty();
    let house = House::on_sqlite()
        .with("REFERO_DATABASE__URL", database.app.url.clone())
        .with("REFERO_DATABASE__OWNER_URL", database.owner.url.clone());
    all_is_well(house, &["database.settings"]);
}

#[test]
fn on_a_server_the_application_must_not_own_the_trail_nor_change_it() {
    let database = PostgresDatabase::empty();
    let owner = House::on_sqlite().with("REFERO_DATABASE__URL", database.owner.url.clone());
    owner.says(&["db", "migrate"]);
    let (status, findings) = examined(&owner, &[]);
    assert_eq!((status, result(&findings, "database.roles")), (Some(2), "failed"));

    let database = PostgresDatabase::fresh();
    let house = House::on_sqlite().with("REFERO_DATABASE__URL", database.app.url.clone());
    assert_eq!(result(&examined(&house, &[]).1, "database.roles"), "ok");
    let role = reqwest::Url::parse(&database.app.url).unwrap().username().to_owned();
    testing::run(&database.owner, &format!("grant delete on audit_events to {role}")).unwrap();
    let (_, findings) = examined(&house, &[]);
    assert_eq!(result(&findings, "database.roles"), "failed");
    assert!(findings.to_string().contains("change or delete in audit_events"), "{findings}");
}

#[test]
fn what_is_missing_or_wrong_is_named_with_what_to_do() {
    let house = House::on_sqlite();
    let (status, findings) = examined(&house, &[]);
    assert_eq!((status, result(&findings, "database.reachable")), (Some(2), "failed"));
    assert_eq!(result(&findings, "worker"), "skipped");
    assert_eq!(result(&findings, "backup.age"), "warning");

    house.says(&["db", "migrate"]);
    house.says(&FIRST_ADMINISTRATOR);
    let (_, findings) = examined(&house, &[]);
    assert_eq!(result(&findings, "database.schema"), "ok");
    assert_eq!(result(&findings, "keys.deployment"), "ok");
    assert_eq!(result(&findings, "worker"), "warning");

    let other = house.with("REFERO_KEYS__DEPLOYMENT", key("another"));
    assert_eq!(result(&examined(&other, &[]).1, "keys.deployment"), "failed");
    let none = other.without("REFERO_KEYS__DEPLOYMENT");
    assert_eq!(result(&examined(&none, &[]).1, "keys.deployment"), "failed");
    assert_eq!(result(&examined(&none, &[]).1, "configuration"), "failed");

    let open = none
        .with("REFERO_SERVER__BIND", "0.0.0.0:8080")
        .with("REFERO_SERVER__TRUST_FORWARDED_FOR", "true");
    assert_eq!(result(&examined(&open, &[]).1, "proxy"), "warning");
    let slip = open.with("REFERO_SERVER__BNID", "127.0.0.1:1");
    let (status, findings) = examined(&slip, &[]);
    assert_eq!((status, result(&findings, "configuration")), (Some(2), "failed"));
    assert_eq!(result(&findings, "database.reachable"), "skipped");
}

#[test]
fn a_log_that_another_key_has_signed_is_seen() {
    let (house, serving) = in_order(House::on_sqlite());
    assert_eq!(serving.terminate(), Some(0));
    let house = house.with("REFERO_AUDIT__SIGNING_KEY", key("another"));
    assert_eq!(result(&examined(&house, &[]).1, "log.signer"), "failed");
    let house = house.with("REFERO_AUDIT__PREVIOUS_SIGNING_KEY", key("log"));
    assert_eq!(result(&examined(&house, &[]).1, "log.signer"), "ok");
}

#[test]
fn an_old_backup_is_told() {
    let (house, serving) = in_order(House::on_sqlite());
    assert_eq!(serving.terminate(), Some(0));
    let folder = house.folder.path().join("backups");
    let note = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let note = note.into_iter().find(|path| path.extension().unwrap() == "json").unwrap();
    let mut old: Value = serde_json::from_str(&fs::read_to_string(&note).unwrap()).unwrap();
    old["made_at"] = "2026-01-01T00:00:00Z".into();
    fs::write(&note, old.to_string()).unwrap();

    assert_eq!(result(&examined(&house, &[]).1, "backup.age"), "failed");
}

#[test]
fn only_what_is_safe_is_mended_and_migrations_only_when_asked() {
    let house = House::on_sqlite().without("REFERO_KEYS__DEPLOYMENT");
    let (keys, backups) = (house.folder.path().join("keys"), house.folder.path().join("backups"));
    fs::write(&keys, key_of_epoch(1)).unwrap();
    fs::set_permissions(&keys, PermissionsExt::from_mode(0o644)).unwrap();
    let identity = house.folder.path().join("identity").to_str().unwrap().to_owned();
    let public = house.says(&["keys", "new-backup-key", "--identity", &identity]);
    let house = house
        .with("REFERO_KEYS__EPOCHS_FILE", keys.to_str().unwrap())
        .with("REFERO_BACKUP__RECIPIENTS", public.trim())
        .with("REFERO_BACKUP__DIRECTORY", backups.to_str().unwrap());
    let database = house.folder.path().join("refero.sqlite");
    fs::write(&database, "").unwrap();
    fs::set_permissions(&database, PermissionsExt::from_mode(0o666)).unwrap();
    let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;

    let (_, findings) = examined(&house, &[]);
    assert_eq!(result(&findings, "files.modes"), "failed");
    assert_eq!((mode(&keys), mode(&database)), (0o644, 0o666), "looking changes nothing");
    let (_, findings) = examined(&house, &["--fix"]);
    assert_eq!(result(&findings, "files.modes"), "ok");
    assert_eq!((mode(&keys), mode(&database), mode(&backups)), (0o640, 0o600, 0o700));
    assert_eq!(result(&findings, "database.schema"), "failed");
    let (_, findings) = examined(&house, &["--fix", "--migrate"]);
    assert_eq!(result(&findings, "database.schema"), "ok");
    assert!(!house.run(&["doctor", "--migrate"]).status.success());
}

#[test]
fn an_upgrade_is_checked_before_it_is_made() {
    let house = House::on_sqlite();
    assert!(!house.run(&["upgrade-check"]).status.success());
    fs::write(house.folder.path().join("refero.sqlite"), "").unwrap();
    assert!(house.says(&["upgrade-check"]).contains("refero db migrate"));
    house.says(&["db", "migrate"]);
    let told = house.says(&["upgrade-check"]);
    assert!(told.contains("no migration is pending") && !told.contains("refused"), "{told}");

    let options = Options::for_url(house.value("REFERO_DATABASE__URL").to_owned());
    let last = migrate::status(&options).unwrap().applied.pop().unwrap();
    let change = |sql: &str| testing::run(&options, sql).unwrap();
    change(&format!("delete from __diesel_schema_migrations where version = '{last}'"));
    let told = house.says(&["upgrade-check"]);
    assert!(told.contains(&last) && told.contains("back up"), "{told}");

    change("insert into __diesel_schema_migrations (version) values ('29990101000000')");
    let output = house.run(&["upgrade-check"]);
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(!output.status.success() && told.contains("29990101000000"), "{told}");

    let house = house.with("REFERO_LOG__LEVLE", "info").with("REFERO_OLD__SETTING", "1");
    let output = house.run(&["upgrade-check"]);
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(!output.status.success(), "{told}");
    assert!(told.contains("REFERO_LOG__LEVLE") && told.contains("REFERO_OLD__SETTING"), "{told}");
}

#[test]
fn migrations_that_begin_together_are_applied_once() {
    let (sqlite, postgres) = (SqliteFile::empty(), PostgresDatabase::empty());
    for options in [&sqlite.options, &postgres.owner] {
        let all: Vec<_> = (0..4)
            .map(|_| {
                let options = options.clone();
                thread::spawn(move || migrate::migrate(&options))
            })
            .collect();
        for one in all {
            assert!(one.join().unwrap().unwrap().is_current());
        }
    }
}

#[test]
fn the_runbook_explains_every_check() {
    let (_, findings) = examined(&House::on_sqlite(), &[]);
    let runbook = fs::read_to_string("docs/operating.md").unwrap();
    for check in findings["checks"].as_array().unwrap() {
        let line = format!("| `{}` |", check["id"].as_str().unwrap());
        assert!(runbook.contains(&line), "docs/operating.md does not explain {line}");
    }
}
