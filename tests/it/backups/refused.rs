//! What is no backup, or not a whole one, is said to be so, and nothing half is left.

use std::{fs, io::Write};

use refero::backup::{Identities, Writing, open};
use refero_store::{log::LogSigner, testing};

use super::{Site, names};
use crate::world::program::House;

/// Encrypts something for whoever opens the backups of a site.
fn encrypted_for(site: &Site, content: &[u8]) -> Vec<u8> {
    let public = site.house.value("REFERO_BACKUP__RECIPIENTS").parse().unwrap();
    let recipient: age::x25519::Recipient = public;
    let recipients: [&dyn age::Recipient; 1] = [&recipient];
    let encryptor = age::Encryptor::with_recipients(recipients.into_iter()).unwrap();
    let mut writer = encryptor.wrap_output(Vec::new()).unwrap();
    writer.write_all(content).unwrap();
    writer.finish().unwrap()
}

/// Verification and restoring say the same, and leave nothing.
#[track_caller]
fn is_refused(site: &Site, path: &str, identity: &str, why: &str) {
    let (passes, told) = super::verify(&site.house, path, identity);
    assert!(!passes && told.contains(why), "{why}: {told}");
    let (other, database) = site.elsewhere();
    let refused = other.refuses(&["restore", path, "--identity", identity]);
    assert!(refused.contains(why), "{why}: {refused}");
    assert_eq!(names(other.folder.path()), Vec::<String>::new());
    if let Some(database) = database {
        let tables = "select tablename::text as value from pg_tables where schemaname = 'public'";
        assert!(testing::texts(&database.owner, tables).unwrap().is_empty());
    }
}

fn damaged_cut_and_foreign_files_are_refused(site: &Site) {
    let path = site.backup();
    let whole = fs::read(&path).unwrap();
    let changed = site.away.path().join("changed").to_str().unwrap().to_owned();
    let identity = site.identity();
    let put = |content: &[u8], why: &str| {
        fs::write(&changed, content).unwrap();
        is_refused(site, &changed, &identity, why);
    };

    put(&whole[..whole.len() - 1], "damaged or was cut");
    put(&whole[..whole.len() / 2], "damaged or was cut");
    put(&[&whole[..], b"more"].concat(), "damaged or was cut");
    let mut flipped = whole.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    put(&flipped, "damaged or was cut");
    put(b"", "not in the age format");
    put(b"SQLite format 3\0 and more", "not in the age format");
    put(&whole[..60], "not in the age format");
    put(&encrypted_for(site, b"a letter"), "something else is inside");
    put(&encrypted_for(site, &[0; 4096]), "something else is inside");

    let stranger = site.away.path().join("stranger").to_str().unwrap().to_owned();
    site.house.says(&["keys", "new-backup-key", "--identity", &stranger]);
    is_refused(site, &path, &stranger, "none of the identities opens the backup");
    is_refused(site, &path, &path, "--identity");
    fs::write(&stranger, "# created: today\n").unwrap();
    is_refused(site, &path, &stranger, "holds no private key");

    fs::write(&path, &flipped).unwrap();
    let (passes, told) = site.verify(&path);
    assert!(!passes && told.contains("not the file that the note beside it is of"), "{told}");
}

#[test]
fn what_is_no_whole_backup_of_an_embedded_database_is_refused() {
    damaged_cut_and_foreign_files_are_refused(&Site::on_sqlite());
}

#[test]
fn what_is_no_whole_backup_of_a_server_database_is_refused() {
    damaged_cut_and_foreign_files_are_refused(&Site::on_postgres());
}

/// Makes a backup of the same form and content, as whoever knows the public key could.
fn forged(site: &Site, path: &str) -> String {
    let opened = open(path.as_ref(), &Identities::of_file(site.identity().as_ref()).unwrap());
    let opened = opened.unwrap();
    let manifest = opened.manifest().clone();
    let keys = refero_verify::Keys::read(manifest.log.keys.iter().map(String::as_str)).unwrap();
    let mut database = Vec::new();
    opened
        .read_into(&keys, |piece| {
            database.extend_from_slice(piece);
            Ok(())
        })
        .unwrap();
    let signer = LogSigner::new(&manifest.log.name, &[7; 32]).unwrap();
    let recipient = site.house.value("REFERO_BACKUP__RECIPIENTS").parse().unwrap();
    let forged = site.away.path().join("forged.age");
    let mut writing = Writing::begin(&forged, &[recipient], manifest).unwrap();
    writing.take(&database[..]).unwrap();
    writing.finish(&signer).unwrap();
    forged.to_str().unwrap().to_owned()
}

#[test]
fn a_backup_that_the_log_has_not_signed_is_refused_though_its_content_is_right() {
    let site = Site::on_sqlite();
    let forged = forged(&site, &site.backup());

    is_refused(&site, &forged, &site.identity(), "was not made by the service whose log");
}

#[test]
fn a_log_that_is_not_sound_is_found_in_the_backup() {
    let site = Site::on_sqlite();
    let url = site.house.value("REFERO_DATABASE__URL").to_owned();
    let change = "drop trigger audit_events_no_update; update audit_events set purpose = 'other'";
    testing::run(&refero_store::Options::for_url(url), change).unwrap();

    let (passes, told) = site.verify(&site.backup());
    assert!(!passes && told.contains("NOT SOUND"), "{told}");
    assert!(told.contains("content    ok"), "{told}");
}

#[test]
fn a_backup_that_knows_more_than_this_program_is_refused() {
    let site = Site::on_sqlite();
    let path = site.backup();
    let url = site.house.value("REFERO_DATABASE__URL").to_owned();
    let newer = "insert into __diesel_schema_migrations (version) values ('29990101000000')";
    testing::run(&refero_store::Options::for_url(url), newer).unwrap();
    fs::remove_file(&path).unwrap();

    assert!(site.house.refuses(&["backup"]).contains("newer than this program"));
}

#[test]
fn a_backup_needs_a_key_and_a_folder_and_refuses_a_private_key() {
    let site = Site::on_sqlite();
    let (folder, public) =
        (site.folder(), site.house.value("REFERO_BACKUP__RECIPIENTS").to_owned());
    let house = site.house.without("REFERO_BACKUP__RECIPIENTS");
    assert!(house.refuses(&["backup"]).contains("backup.recipients is required"));
    let private = fs::read_to_string(site.away.path().join("identity")).unwrap();
    let private = private.lines().last().unwrap();
    let house = house.with("REFERO_BACKUP__RECIPIENTS", private);
    let refused = house.refuses(&["backup"]);
    assert!(refused.contains("it is a private key") && !refused.contains(private), "{refused}");
    let house = house.with("REFERO_BACKUP__RECIPIENTS", public);
    fs::remove_dir_all(folder).unwrap();
    assert!(house.refuses(&["backup"]).contains("is not there"));
    let house = house.without("REFERO_BACKUP__DIRECTORY");
    assert!(house.refuses(&["backup"]).contains("backup.directory is required"));
}

#[test]
fn a_pair_of_keys_is_made_anywhere_and_the_private_one_is_shown_to_its_owner_alone() {
    let house = House::on_sqlite();
    let shown = house.says(&["keys", "new-backup-key"]);
    assert!(shown.contains("\nAGE-SECRET-KEY-1") && shown.contains("# public key: age1"));

    let path = house.folder.path().join("identity").to_str().unwrap().to_owned();
    let public = house.says(&["keys", "new-backup-key", "--identity", &path]);
    assert!(public.starts_with("age1") && public.lines().count() == 1);
    assert!(fs::read_to_string(&path).unwrap().contains(public.trim()));
    let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&path).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    let again = house.refuses(&["keys", "new-backup-key", "--identity", &path]);
    assert!(again.contains("cannot be made"), "{again}");
}
