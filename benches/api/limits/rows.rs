//! The rows that one registration leaves, learnt from the database itself: what is read of every table
//! before and after it. Nothing here knows a table by name but those that others write meanwhile.

use std::collections::{BTreeMap, BTreeSet};

use refero_store::{Options, testing};
use serde::{Deserialize, Serialize};

use crate::Outcome;

/// What is written beside the acts: by triggers, which write again when the rows are, and by the worker and
/// the sequencer.
const NOT_OF_THE_ACT: [&str; 7] = [
    "audit_shown",
    "leases",
    "log_checkpoints",
    "log_heads",
    "log_leaves",
    "log_nodes",
    "log_pending",
];

/// Every row of every table, each column as a literal of SQL.
pub(super) struct Everything(BTreeMap<String, Table>);

struct Table {
    columns: Vec<String>,
    rows: BTreeSet<Vec<String>>,
}

impl Everything {
    pub(super) fn read(options: &Options) -> Outcome<Self> {
        let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for column in testing::columns(options)? {
            let (table, column) = column.split_once('.').ok_or("a column has no table")?;
            tables.entry(table.to_owned()).or_default().push(column.to_owned());
        }
        let read = |(table, columns): (String, Vec<String>)| {
            let (list, quote) = if options.sqlite_path().is_some() {
                ("json_array", "quote(X)")
            } else {
                ("json_build_array", "quote_nullable(X::text)")
            };
            let quoted: Vec<String> =
                columns.iter().map(|column| quote.replace('X', column)).collect();
            let cast = if list == "json_array" { "" } else { "::text" };
            let sql = format!("select {list}({}){cast} as value from {table}", quoted.join(", "));
            let rows: BTreeSet<Vec<String>> = testing::texts(options, &sql)?
                .iter()
                .map(|row| serde_json::from_str(row))
                .collect::<Result<_, _>>()?;
            Ok((table, Table { columns, rows }))
        };
        let of_the_act =
            |(table, _): &(String, Vec<String>)| !NOT_OF_THE_ACT.contains(&table.as_str());
        Ok(Self(tables.into_iter().filter(of_the_act).map(read).collect::<Outcome<_>>()?))
    }

    /// Returns every identifier that stands anywhere.
    fn ids(&self) -> BTreeSet<String> {
        let rows = self.0.values().flat_map(|table| &table.rows);
        rows.flatten().flat_map(|literal| ids_in(literal)).map(|(_, id)| id.to_owned()).collect()
    }
}

/// The rows of one table.
#[derive(Clone, Serialize, Deserialize)]
struct New {
    table: String,
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

/// The rows that one registration leaves, those of a table before those that refer to it.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Rows {
    tables: Vec<New>,
    /// The identifiers that were made for it, in some order.
    made: Vec<String>,
    /// How many bytes its values have as text.
    bytes: usize,
}

impl Rows {
    pub(super) fn new_in(
        before: &Everything,
        after: &Everything,
        options: &Options,
    ) -> Outcome<Self> {
        let known = before.ids();
        let made: Vec<String> = after.ids().difference(&known).cloned().collect();
        let mut waiting = Vec::new();
        for (name, table) in &after.0 {
            let had = before.0.get(name).map(|table| &table.rows);
            let is_new = |row: &&Vec<String>| had.is_none_or(|had| !had.contains(*row));
            let rows: Vec<Vec<String>> = table.rows.iter().filter(is_new).cloned().collect();
            if !rows.is_empty() {
                waiting.push(New { table: name.clone(), columns: table.columns.clone(), rows });
            }
        }
        let values = waiting.iter().flat_map(|new| new.rows.iter().flatten());
        let bytes = values.map(|literal| bytes_of(literal)).sum();
        Ok(Self { tables: referred_first(waiting, options)?, made, bytes })
    }

    /// Says what a registration leaves.
    pub(super) fn about(&self) -> String {
        let rows: usize = self.tables.iter().map(|new| new.rows.len()).sum();
        format!("{rows} rows in {} tables, {} bytes of values", self.tables.len(), self.bytes)
    }

    /// Writes one statement for each table. Each identifier that was made for the registration is written
    /// as two variables with its number between them, so that every turn writes rows of its own.
    pub(super) fn statements(&self, (first, second): (&str, &str)) -> String {
        let of = |new: &New| {
            let rows: Vec<String> = new
                .rows
                .iter()
                .map(|row| {
                    let values = row.iter().zip(&new.columns).map(|(literal, column)| {
                        if column == "case_code" {
                            format!("('XZ-' || {first} || {second})")
                        } else {
                            self.with_variables(literal, (first, second))
                        }
                    });
                    format!("({})", values.collect::<Vec<_>>().join(", "))
                })
                .collect();
            let (table, columns) = (&new.table, new.columns.join(", "));
            format!("insert into {table} ({columns}) values {};\n", rows.join(", "))
        };
        self.tables.iter().map(of).collect()
    }

    fn with_variables(&self, literal: &str, (first, second): (&str, &str)) -> String {
        let (mut written, mut from, mut is_other) = (String::new(), 0, false);
        for (at, id) in ids_in(literal) {
            let Some(number) = self.made.iter().position(|made| made == id) else { continue };
            written.push_str(literal.get(from..at).unwrap_or_default());
            let between = format!("-{number:04}-4000-8000-");
            written.push_str(&format!("' || {first} || '{between}' || {second} || '"));
            (from, is_other) = (at + id.len(), true);
        }
        written.push_str(literal.get(from..).unwrap_or_default());
        if is_other { format!("({written})") } else { written }
    }
}

/// Puts each table behind those that it refers to.
fn referred_first(mut waiting: Vec<New>, options: &Options) -> Outcome<Vec<New>> {
    let references: BTreeSet<(String, String)> =
        testing::references(options)?.into_iter().collect();
    let mut ordered: Vec<New> = Vec::new();
    while !waiting.is_empty() {
        let is_free = |new: &New| {
            waiting.iter().all(|other| {
                other.table == new.table
                    || !references.contains(&(new.table.clone(), other.table.clone()))
            })
        };
        let next = waiting.iter().position(is_free).ok_or("tables refer to each other")?;
        ordered.push(waiting.remove(next));
    }
    Ok(ordered)
}

/// Finds the identifiers in a text, each with its place.
fn ids_in(text: &str) -> Vec<(usize, &str)> {
    const LENGTH: usize = 36;
    let is_id = |candidate: &str| {
        candidate.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_digit() || matches!(byte, b'a'..=b'f'),
        })
    };
    let (mut found, mut at) = (Vec::new(), 0);
    while at + LENGTH <= text.len() {
        match text.get(at..at + LENGTH).filter(|candidate| is_id(candidate)) {
            Some(id) => {
                found.push((at, id));
                at += LENGTH;
            }
            None => at += 1,
        }
    }
    found
}

/// Returns how many bytes a literal stands for, about.
fn bytes_of(literal: &str) -> usize {
    let (quotes, hexadecimal) = match literal {
        "NULL" => return 0,
        // X'00' on SQLite, E'\\x00' on PostgreSQL.
        _ if literal.starts_with("X'") => (3, true),
        _ if literal.starts_with("E'\\\\x") => (6, true),
        _ if literal.starts_with('\'') => (2, false),
        _ => (0, false),
    };
    let length = literal.len().saturating_sub(quotes);
    if hexadecimal { length / 2 } else { length }
}
