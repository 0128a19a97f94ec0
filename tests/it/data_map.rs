//! `data_map.toml`: every column, and what it is.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

/// Classes of data that are sealed in both databases.
const SEALED: [&str; 4] = ["identity_sealed", "medical", "safe_location", "investigation"];

/// One line.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Column {
    pub(crate) class: String,
    pub(crate) purpose: String,
    pub(crate) retention: String,
    pub(crate) may_leave: String,
    pub(crate) copy: Option<String>,
}

/// The whole file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DataMap {
    pub(crate) retention: BTreeMap<String, String>,
    pub(crate) may_leave: BTreeMap<String, String>,
    pub(crate) tables: BTreeMap<String, BTreeMap<String, Column>>,
}

impl DataMap {
    /// Reads the file.
    pub(crate) fn read() -> Self {
        toml::from_str(include_str!("../../data_map.toml")).unwrap()
    }

    /// Returns the columns whose values are sealed, as `table.column`.
    pub(crate) fn sealed(&self) -> BTreeSet<String> {
        let columns = self.tables.iter().flat_map(|(table, columns)| {
            columns.iter().map(move |(name, column)| (format!("{table}.{name}"), column))
        });
        let sealed = columns.filter(|(_, column)| SEALED.contains(&column.class.as_str()));
        sealed.map(|(place, _)| place).collect()
    }
}
