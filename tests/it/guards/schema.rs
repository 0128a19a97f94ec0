//! The schema of both databases: mapped, indexed, reversible.

use std::collections::BTreeSet;

use refero_domain::policy::Class;
use refero_store::{Options, migrate, testing};

use crate::{
    data_map::DataMap,
    world::{postgres::PostgresDatabase, sqlite::SqliteFile},
};

/// Runs a check against both databases, fresh and migrated.
fn on_both(check: impl Fn(&str, &Options)) {
    check("sqlite", &SqliteFile::fresh().options);
    check("postgres", &PostgresDatabase::fresh().owner);
}

#[test]
fn every_column_is_in_the_data_map_and_nothing_else() {
    let map = DataMap::read();
    let mapped: BTreeSet<String> = map
        .tables
        .iter()
        .flat_map(|(table, columns)| columns.keys().map(move |name| format!("{table}.{name}")))
        .collect();
    on_both(|database, options| {
        let live: BTreeSet<String> = testing::columns(options).unwrap().into_iter().collect();
        let missing: Vec<&String> = live.difference(&mapped).collect();
        let extra: Vec<&String> = mapped.difference(&live).collect();
        assert!(missing.is_empty(), "{database} has columns without a line: {missing:?}");
        assert!(extra.is_empty(), "the map has lines without a column of {database}: {extra:?}");
    });
}

#[test]
fn every_line_of_the_data_map_says_something() {
    let map = DataMap::read();
    let classes: BTreeSet<&str> =
        Class::ALL.iter().map(|class| class.code()).chain(["technical"]).collect();
    for (table, columns) in &map.tables {
        for (name, column) in columns {
            let place = format!("{table}.{name}");
            assert!(classes.contains(column.class.as_str()), "{place} has an unknown class");
            assert!(column.purpose.len() > 8, "{place} has no purpose");
            assert!(map.retention.contains_key(&column.retention), "{place}: retention");
            assert!(map.may_leave.contains_key(&column.may_leave), "{place}: may_leave");
        }
    }
}

#[test]
fn what_is_sealed_is_a_blob_and_what_is_not_names_nobody() {
    for place in DataMap::read().sealed() {
        let is_sealed = [".sealed", ".reasons", ".answer", ".findings", ".location"]
            .iter()
            .any(|name| place.ends_with(name));
        assert!(is_sealed, "{place} is personal and not sealed");
    }
}

#[test]
fn both_databases_have_the_same_columns_and_foreign_keys() {
    let (sqlite, postgres) = (SqliteFile::fresh(), PostgresDatabase::fresh());
    for ask in [testing::columns, testing::foreign_keys] {
        assert_eq!(ask(&sqlite.options).unwrap(), ask(&postgres.owner).unwrap());
    }
}

#[test]
fn every_foreign_key_has_an_index() {
    on_both(|database, options| {
        let indexed: BTreeSet<String> = testing::indexes(options).unwrap().into_iter().collect();
        let keys = testing::foreign_keys(options).unwrap();
        let without: Vec<&String> = keys.iter().filter(|key| !indexed.contains(*key)).collect();
        assert!(keys.len() > 20 && without.is_empty(), "{database} has no index on {without:?}");
    });
}

#[test]
fn migrations_can_be_undone_and_done_again() {
    let (sqlite, postgres) = (SqliteFile::empty(), PostgresDatabase::empty());
    for options in [&sqlite.options, &postgres.owner] {
        let nothing = testing::dump(options).unwrap();
        let applied = migrate::migrate(options).unwrap();
        let once = testing::dump(options).unwrap();
        assert!(applied.is_current() && once.len() > 50);

        migrate::revert_all(options).unwrap();
        assert_eq!(testing::dump(options).unwrap(), nothing, "down.sql leaves something behind");
        migrate::migrate(options).unwrap();
        assert_eq!(testing::dump(options).unwrap(), once);
    }
}

#[test]
fn a_second_migration_does_nothing() {
    on_both(|_, options| {
        let before = migrate::status(options).unwrap();
        assert_eq!(migrate::migrate(options).unwrap(), before);
    });
}

/// A migration is known by its number: of two with the same one, the second would never be applied.
#[test]
fn no_two_migrations_have_the_same_number() {
    for side in ["sqlite", "postgres"] {
        let folder = format!("{}/migrations/{side}", env!("CARGO_MANIFEST_DIR"));
        let mut seen = BTreeSet::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let number = name.split('_').next().unwrap().to_owned();
            assert!(seen.insert(number), "{side}: {name} has the number of another one");
        }
    }
}

#[test]
fn migrations_have_the_same_names_on_both_sides() {
    let status = |options: &Options| migrate::status(options).unwrap().applied;
    let (sqlite, postgres) = (SqliteFile::fresh(), PostgresDatabase::fresh());

    assert_eq!(status(&sqlite.options), status(&postgres.owner));
}
