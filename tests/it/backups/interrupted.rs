//! A full disk, a kill: the database goes on, and no half of a backup passes for a whole one.

use std::{fs, thread, time::Duration};

use super::{Site, names, with_little_room};
use crate::world::program::Serving;

/// Expects nothing unfinished anywhere, and every backup that is there to be whole.
fn expect_nothing_half(site: &Site) {
    for folder in [site.house.folder.path(), &site.folder()] {
        let left = names(folder);
        assert!(!left.iter().any(|name| name.contains("unfinished")), "{left:?}");
    }
    for name in site.files().iter().filter(|name| name.ends_with(".age")) {
        let path = site.folder().join(name);
        let (passes, told) = site.verify(path.to_str().unwrap());
        assert!(passes, "{name}: {told}");
    }
}

fn goes_on_after_a_full_disk(site: &Site) {
    let (succeeds, told) = with_little_room(&site.house, 16, "backup");
    assert!(!succeeds && told.contains("refero: "), "{told}");
    assert_eq!(site.files(), Vec::<String>::new());
    expect_nothing_half(site);

    let path = site.backup();
    let (other, _database) = site.elsewhere();
    let arguments = format!("restore {path} --identity {}", site.identity());
    if site.postgres.is_none() {
        let (succeeds, told) = with_little_room(&other, 16, &arguments);
        assert!(!succeeds && told.contains("could not be restored"), "{told}");
        assert_eq!(names(other.folder.path()), Vec::<String>::new());
    }
    other.says(&["restore", &path, "--identity", &site.identity()]);
}

#[test]
fn a_full_disk_leaves_no_half_of_a_backup_of_an_embedded_database() {
    goes_on_after_a_full_disk(&Site::on_sqlite());
}

#[test]
fn a_full_disk_leaves_no_half_of_a_backup_of_a_server_database() {
    goes_on_after_a_full_disk(&Site::on_postgres());
}

fn is_killed(site: &Site) {
    for round in 0..8 {
        let running = Serving::of(site.house.command(&["backup"]));
        thread::sleep(Duration::from_millis(15 * round));
        drop(running);
    }
    // Only the next one can know that nobody is at it any more.
    thread::sleep(Duration::from_millis(1_100));
    site.backup();
    expect_nothing_half(site);
}

#[test]
fn a_backup_of_an_embedded_database_that_was_killed_is_cleared_away_by_the_next() {
    is_killed(&Site::on_sqlite());
}

#[test]
fn a_backup_of_a_server_database_that_was_killed_is_cleared_away_by_the_next() {
    is_killed(&Site::on_postgres());
}

#[test]
fn two_backups_at_once_do_not_disturb_each_other() {
    let site = Site::on_sqlite();
    let copy = site.house.folder.path().join(".refero-backup-copy.unfinished");
    let held = fs::File::create(copy).unwrap();
    held.lock().unwrap();

    assert!(site.house.refuses(&["backup"]).contains("another backup of this database"));
    drop(held);
    site.backup();
}
