//! Everything that somebody holds who holds the disk, the dump, the backup or the log.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use refero_store::{
    Entropy, Options,
    testing::{self, Held},
};

use super::search::Search;
use crate::world::{World, logs};

/// Where the write-ahead log of the server stood before the story began, and what keeps the server from
/// throwing away what it has written since. SQLite's log is the story's own.
pub(super) struct Since(Option<(String, Held)>);

impl Since {
    pub(super) fn now(w: &World) -> Self {
        Self(w.superuser().map(|superuser| {
            // A temporary slot goes with its connection, even if this process is killed.
            let slot = format!("refero_canary_{:08x}", Entropy::system().below(u32::MAX));
            let slot = format!("select pg_create_physical_replication_slot('{slot}', true, true)");
            let held = testing::hold(&superuser, &slot).unwrap();
            (one(&superuser, "select pg_current_wal_lsn()::text as value"), held)
        }))
    }
}

/// What was found in each place; a place in which nothing was found is there as well.
pub(super) type Found = BTreeMap<String, BTreeSet<String>>;

/// Searches the files of the database, its write-ahead log, a dump of every table, and the log.
pub(super) fn search(w: &World, since: &Since, search: &Search) -> Found {
    let mut found = match (w.owner().sqlite_path(), w.superuser(), &since.0) {
        (Some(path), ..) => folder(Path::new(path).parent().unwrap(), search),
        (None, Some(superuser), Some((since, _))) => server(&superuser, since, search),
        (None, ..) => panic!("no superuser for the files of the server"),
    };
    found.insert("the dump".to_owned(), search.find(dump(w.owner()).as_bytes()));
    found.insert("the metrics".to_owned(), search.find(w.metrics().as_bytes()));
    found.insert("the log".to_owned(), logs::look(|lines| search.find(lines)));
    found
}

/// Every file beside the database of SQLite, the write-ahead log and its index among them.
fn folder(folder: &Path, search: &Search) -> Found {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, search.find(&fs::read(&path).unwrap()))
        })
        .collect()
}

/// Every file of this database of PostgreSQL, statistics and indexes among them, and every segment of
/// the write-ahead log that was written since.
fn server(superuser: &Options, since: &str, search: &Search) -> Found {
    let folder = one(
        superuser,
        "select 'base/' || oid as value from pg_database where datname = current_database()",
    );
    let files = format!("select '{folder}/' || name as value from pg_ls_dir('{folder}') f (name)");
    let segments = format!(
        "select 'pg_wal/' || name as value from pg_ls_waldir()
         where name ~ '^[0-9A-F]{{24}}$'
           and name between pg_walfile_name('{since}') and pg_walfile_name(pg_current_wal_insert_lsn())"
    );
    // What is in memory alone goes to the files.
    testing::run(superuser, "checkpoint").unwrap();
    let mut found = Found::new();
    for (place, files) in [("the data files", files), ("the write-ahead log", segments)] {
        let files = testing::texts(superuser, &files).unwrap();
        assert!(!files.is_empty(), "{place} are not there");
        let hits = files.iter().flat_map(|file| search.find(&read(superuser, file)));
        found.insert(place.to_owned(), hits.collect());
    }
    found
}

/// Reads a file of the server; one that has gone since is empty.
fn read(superuser: &Options, file: &str) -> Vec<u8> {
    let content = format!("pg_read_binary_file('{file}', 0, 268435456, true)");
    // PostgreSQL breaks its base64 into lines.
    let asked =
        format!("select coalesce(translate(encode({content}, 'base64'), E'\\n', ''), '') as value");
    STANDARD.decode(one(superuser, &asked)).unwrap()
}

fn one(options: &Options, sql: &str) -> String {
    testing::texts(options, sql).unwrap().pop().unwrap()
}

/// Writes every row of every table down as text, as a dump does.
fn dump(options: &Options) -> String {
    let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for column in testing::columns(options).unwrap() {
        let (table, column) = column.split_once('.').unwrap();
        tables.entry(table.to_owned()).or_default().push(column.to_owned());
    }
    let mut dump = String::new();
    for (table, columns) in tables {
        let row = match options.sqlite_path() {
            Some(_) => columns.iter().map(|c| format!("quote(\"{c}\")")).collect::<Vec<_>>(),
            None => columns.iter().map(|c| format!("quote_nullable(\"{c}\"::text)")).collect(),
        };
        let row = row.join(" || ', ' || ");
        let sql =
            format!("select 'insert into {table} values (' || {row} || ')' as value from {table}");
        for line in testing::texts(options, &sql).unwrap() {
            dump.push_str(&line);
            dump.push('\n');
        }
    }
    dump
}
