//! The whole trail as it is stored, for tests that verify it.

use diesel::{connection::SimpleConnection, prelude::*};
use refero_domain::audit::raw::Line;

use super::ask as texts_of;
use crate::{
    connect::{DbConn, Options},
    db::begin,
    error::Result,
    log::each_line_within,
    schema::audit_events,
    trail_query::Recorded,
};

/// Returns every event, those of one case in the order of its chain.
///
/// # Errors
/// Whatever the database says.
pub fn events(options: &Options) -> Result<Vec<Recorded>> {
    Ok(audit_events::table
        .order((audit_events::case_id, audit_events::case_seq, audit_events::id))
        .select(Recorded::as_select())
        .load(&mut options.connect()?)?)
}

/// Reads the log as it would be after somebody had changed the database, line by line. The change is
/// taken back. The triggers that keep the log append-only are gone before it, as they would be for
/// whoever owns the tables.
///
/// # Errors
/// Whatever the database says.
pub fn lines_after(options: &Options, change: &str, mut visit: impl FnMut(Line)) -> Result<()> {
    let mut conn = options.connect()?;
    begin(&mut conn, ("begin immediate", "begin"))?;
    let without_guards = match &conn {
        DbConn::Sqlite(_) => {
            let triggers: Vec<String> = texts_of(
                &mut conn,
                "select 'drop trigger ' || name || ';' as value from sqlite_schema where type = 'trigger'",
            )?;
            triggers.concat()
        }
        DbConn::Postgres(_) => {
            ["audit_events", "audit_shown", "log_leaves", "log_nodes", "log_checkpoints"]
                .map(|table| format!("alter table {table} disable trigger all;"))
                .concat()
        }
    };
    conn.batch_execute(&without_guards)?;
    conn.batch_execute(change)?;
    each_line_within(&mut conn, &mut |line| -> Result<()> {
        visit(line);
        Ok(())
    })
}
