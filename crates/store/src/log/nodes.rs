//! The hashes of the tree by their stored position, as `tlog_tiles` asks for them.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
};

use diesel::prelude::*;
use tlog_tiles::{Error as TlogError, Hash, HashReader};

use crate::{
    db::DbConn,
    error::{Error, Result},
    schema::log_nodes,
};

/// The tree of an open transaction: what is stored, and what the transaction adds.
pub(super) struct Nodes<'c> {
    conn: RefCell<&'c mut DbConn>,
    known: RefCell<BTreeMap<u64, Hash>>,
    new: RefCell<Vec<Node>>,
    failure: Cell<Option<Error>>,
}

#[derive(Insertable)]
#[diesel(table_name = log_nodes)]
struct Node {
    position: i64,
    hash: Vec<u8>,
}

impl<'c> Nodes<'c> {
    pub(super) fn of(conn: &'c mut DbConn) -> Self {
        let (known, new, failure) = (RefCell::default(), RefCell::default(), Cell::new(None));
        Self { conn: RefCell::new(conn), known, new, failure }
    }

    /// Computes something of the tree. What the database said goes before what the tree made of it.
    ///
    /// # Errors
    /// [`Error::Unavailable`] from the database, [`Error::Broken`] if the tree does not hold
    /// together.
    pub(super) fn compute<T>(
        &self,
        of: impl FnOnce(&Self) -> std::result::Result<T, TlogError>,
    ) -> Result<T> {
        of(self).map_err(|error| {
            self.failure.take().unwrap_or_else(|| Error::broken_by("the log's tree", error))
        })
    }

    /// Adds the hash of a leaf, and of every subtree that it completes; [`Self::store`] stores them.
    pub(super) fn add(&self, index: u64, leaf: Hash) -> Result<()> {
        let first = tlog_tiles::stored_hash_index(0, index);
        let new =
            self.compute(|nodes| tlog_tiles::stored_hashes_for_record_hash(index, leaf, nodes))?;
        for (position, hash) in (first..).zip(new) {
            let node = Node { position: stored(position)?, hash: hash.0.to_vec() };
            self.new.borrow_mut().push(node);
            self.known.borrow_mut().insert(position, hash);
        }
        Ok(())
    }

    /// Stores what was added, in one statement, which only a known backend takes.
    pub(super) fn store(self) -> Result<()> {
        let new = self.new.into_inner();
        let insertion = diesel::insert_into(log_nodes::table).values(&new);
        match self.conn.into_inner() {
            DbConn::Sqlite(conn) => insertion.execute(conn)?,
            DbConn::Postgres(conn) => insertion.execute(conn)?,
        };
        Ok(())
    }

    fn find(&self, position: u64) -> Result<Hash> {
        if let Some(hash) = self.known.borrow().get(&position) {
            return Ok(*hash);
        }
        let bytes: Option<Vec<u8>> = log_nodes::table
            .find(stored(position)?)
            .select(log_nodes::hash)
            .first(*self.conn.borrow_mut())
            .optional()?;
        let hash = bytes.and_then(|bytes| bytes.try_into().ok()).map(Hash);
        hash.ok_or(Error::broken("the log's tree has a hole"))
    }
}

impl HashReader for Nodes<'_> {
    fn read_hashes(&self, positions: &[u64]) -> std::result::Result<Vec<Hash>, TlogError> {
        let found: Result<Vec<Hash>> = positions.iter().map(|at| self.find(*at)).collect();
        found.map_err(|error| {
            self.failure.set(Some(error));
            TlogError::IndexesNotInTree
        })
    }
}

/// Turns a number of the tree into one of the database.
pub(super) fn stored(number: u64) -> Result<i64> {
    i64::try_from(number).map_err(|e| Error::broken_by("the log is too long", e))
}

/// Turns a number of the database into one of the tree.
pub(super) fn of_tree(number: i64) -> Result<u64> {
    u64::try_from(number).map_err(|e| Error::broken_by("the log counts from nought", e))
}
