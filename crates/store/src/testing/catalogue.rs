//! What the live schema says about itself, in one form for both databases.

use crate::{db::Options, error::Result, testing::texts};

/// Diesel's own table, which no migration of ours makes.
const OURS_SQLITE: &str = "m.name not like 'sqlite_%' and m.name not like '__diesel%'";
const OURS_POSTGRES: &str = "n.nspname = 'public' and c.relname not like '\\_\\_diesel%'";

fn ask(options: &Options, sqlite: &str, postgres: &str) -> Result<Vec<String>> {
    let is_sqlite = options.sqlite_path().is_some();
    texts(options, if is_sqlite { sqlite } else { postgres })
}

/// Returns every column as `table.column`, sorted.
///
/// # Errors
/// Whatever the database says.
pub fn columns(options: &Options) -> Result<Vec<String>> {
    ask(
        options,
        &format!(
            "select m.name || '.' || i.name as value from sqlite_master m, pragma_table_info(m.name) i
             where m.type = 'table' and {OURS_SQLITE} order by 1"
        ),
        &format!(
            "select (c.relname || '.' || a.attname) collate \"C\" as value from pg_attribute a
             join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
             where c.relkind = 'r' and a.attnum > 0 and not a.attisdropped and {OURS_POSTGRES}
             order by 1"
        ),
    )
}

/// Returns every foreign key as `table.column`, sorted.
///
/// # Errors
/// Whatever the database says.
pub fn foreign_keys(options: &Options) -> Result<Vec<String>> {
    ask(
        options,
        &format!(
            "select m.name || '.' || f.\"from\" as value
             from sqlite_master m, pragma_foreign_key_list(m.name) f
             where m.type = 'table' and {OURS_SQLITE} order by 1"
        ),
        &format!(
            "select (c.relname || '.' || a.attname) collate \"C\" as value from pg_constraint k
             join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
             join pg_attribute a on a.attrelid = c.oid and a.attnum = k.conkey[1]
             where k.contype = 'f' and {OURS_POSTGRES} order by 1"
        ),
    )
}

/// Returns which table refers to which other one, by a foreign key.
///
/// # Errors
/// Whatever the database says.
pub fn references(options: &Options) -> Result<Vec<(String, String)>> {
    let found = ask(
        options,
        &format!(
            "select distinct m.name || ' ' || f.\"table\" as value
             from sqlite_master m, pragma_foreign_key_list(m.name) f
             where m.type = 'table' and m.name <> f.\"table\" and {OURS_SQLITE} order by 1"
        ),
        &format!(
            "select distinct (c.relname || ' ' || r.relname) collate \"C\" as value from pg_constraint k
             join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
             join pg_class r on r.oid = k.confrelid
             where k.contype = 'f' and c.oid <> r.oid and {OURS_POSTGRES} order by 1"
        ),
    )?;
    let pair =
        |line: &String| line.split_once(' ').map(|(from, to)| (from.to_owned(), to.to_owned()));
    Ok(found.iter().filter_map(pair).collect())
}

/// Returns the first column of every index, primary keys among them, as `table.column`, sorted.
///
/// # Errors
/// Whatever the database says.
pub fn indexes(options: &Options) -> Result<Vec<String>> {
    ask(
        options,
        &format!(
            "select distinct m.name || '.' || i.name as value
             from sqlite_master m, pragma_index_list(m.name) l, pragma_index_info(l.name) i
             where m.type = 'table' and i.seqno = 0 and {OURS_SQLITE} order by 1"
        ),
        &format!(
            "select distinct (c.relname || '.' || a.attname) collate \"C\" as value from pg_index x
             join pg_class c on c.oid = x.indrelid join pg_namespace n on n.oid = c.relnamespace
             join pg_attribute a on a.attrelid = c.oid and a.attnum = x.indkey[0]
             where {OURS_POSTGRES} order by 1"
        ),
    )
}

/// Returns the whole schema as text, one definition a line, to compare before and after.
///
/// # Errors
/// Whatever the database says.
pub fn dump(options: &Options) -> Result<Vec<String>> {
    ask(
        options,
        &format!(
            "select m.type || ' ' || m.name || ': ' || coalesce(m.sql, '') as value
             from sqlite_master m where {OURS_SQLITE} order by 1"
        ),
        &format!(
            "select line as value from (
               select 'column ' || c.relname || '.' || a.attname || ' '
                 || format_type(a.atttypid, a.atttypmod) || case when a.attnotnull then ' not null' else '' end
                 || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '') as line
               from pg_attribute a join pg_class c on c.oid = a.attrelid
               join pg_namespace n on n.oid = c.relnamespace
               left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
               where c.relkind = 'r' and a.attnum > 0 and not a.attisdropped and {OURS_POSTGRES}
               union all
               select 'constraint ' || c.relname || '.' || k.conname || ' ' || pg_get_constraintdef(k.oid)
               from pg_constraint k join pg_class c on c.oid = k.conrelid
               join pg_namespace n on n.oid = c.relnamespace where {OURS_POSTGRES}
               union all
               select 'index ' || pg_get_indexdef(x.indexrelid) from pg_index x
               join pg_class c on c.oid = x.indrelid join pg_namespace n on n.oid = c.relnamespace
               where {OURS_POSTGRES}
               union all
               select 'trigger ' || pg_get_triggerdef(t.oid) from pg_trigger t
               join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
               where not t.tgisinternal and {OURS_POSTGRES}
               union all
               select 'function ' || pg_get_functiondef(p.oid) from pg_proc p
               join pg_namespace n on n.oid = p.pronamespace where n.nspname = 'public'
             ) lines order by line collate \"C\""
        ),
    )
}
