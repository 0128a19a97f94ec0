//! Direct writes for tests: accounts and sessions without the acts that would make them, and
//! questions to the live schema. Not part of the program: only the feature `testing` has it.

mod bare;
mod catalogue;
mod trail;

use diesel::{connection::SimpleConnection, prelude::*, sql_types::Text};
use refero_domain::{
    actor::ActorRole,
    id::{OrganisationId, RoleGrantId, SessionId, UserId},
    instant::Instant,
};

pub use bare::{BareCase, bare_case, replay};
pub use catalogue::{columns, dump, foreign_keys, indexes, references};
pub use trail::{events, lines_after};

use crate::{
    columns::Codes,
    db::{DbConn, Options},
    error::Result,
    schema::{organisations, role_grants, services, sessions, users},
    unit::Reading,
};

/// An organisation as a test wants it.
#[derive(Debug)]
pub struct Organisation<'a> {
    /// Its id.
    pub id: &'a OrganisationId,
    /// Its name.
    pub name: &'a str,
    /// A code of `organisation_type`.
    pub kind: &'a str,
    /// Its area.
    pub area: Option<&'a str>,
}

/// An active account as a test wants it.
#[derive(Debug)]
pub struct Account<'a> {
    /// Its id.
    pub id: &'a UserId,
    /// The organisation.
    pub organisation_id: &'a OrganisationId,
    /// The name to sign in with.
    pub username: &'a str,
    /// Argon2id in PHC form.
    pub password_hash: &'a str,
    /// Its roles, each in an area or (without one) in the whole country.
    pub roles: &'a [(RoleGrantId, ActorRole, Option<String>)],
}

/// Runs statements, several at once.
///
/// # Errors
/// Whatever the database says.
pub fn run(options: &Options, sql: &str) -> Result<()> {
    Ok(options.connect()?.batch_execute(sql)?)
}

/// Asks a question whose rows have one column, `value`, of text.
///
/// # Errors
/// Whatever the database says.
pub fn texts(options: &Options, sql: &str) -> Result<Vec<String>> {
    ask(&mut options.connect()?, sql)
}

/// Asks such a question within a unit of work.
///
/// # Errors
/// Whatever the database says.
pub fn texts_within(reading: &mut Reading<'_>, sql: &str) -> Result<Vec<String>> {
    ask(reading.conn, sql)
}

fn ask(conn: &mut DbConn, sql: &str) -> Result<Vec<String>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        value: String,
    }
    let rows: Vec<Row> = diesel::sql_query(sql).load(conn)?;
    Ok(rows.into_iter().map(|row| row.value).collect())
}

/// Puts an active organisation into the database.
///
/// # Errors
/// Whatever the database says.
pub fn insert_organisation(options: &Options, made: &Organisation<'_>, now: Instant) -> Result<()> {
    diesel::insert_into(organisations::table)
        .values((
            organisations::id.eq(made.id.as_str()),
            organisations::name.eq(made.name),
            organisations::organisation_type.eq(made.kind),
            organisations::area.eq(made.area),
            organisations::active.eq(true),
            organisations::version.eq(1_i64),
            organisations::created_at.eq(now),
            organisations::updated_at.eq(now),
        ))
        .execute(&mut options.connect()?)?;
    Ok(())
}

/// Puts a service of an organisation into the database: for everybody, everywhere, any language.
///
/// # Errors
/// Whatever the database says.
pub fn insert_service(
    options: &Options,
    id: &str,
    organisation_id: &OrganisationId,
    service_type: &str,
    now: Instant,
) -> Result<()> {
    let everything = || Codes::of(&Vec::new());
    diesel::insert_into(services::table)
        .values((
            services::id.eq(id),
            services::organisation_id.eq(organisation_id.as_str()),
            services::service_type.eq(service_type),
            services::areas.eq(everything()?),
            services::languages.eq(everything()?),
            services::sexes.eq(everything()?),
            services::ages.eq("everyone"),
            services::active.eq(true),
            services::version.eq(1_i64),
            services::created_at.eq(now),
            services::updated_at.eq(now),
        ))
        .execute(&mut options.connect()?)?;
    Ok(())
}

/// Puts an active account with its roles into the database.
///
/// # Errors
/// Whatever the database says.
pub fn insert_account(options: &Options, made: &Account<'_>, now: Instant) -> Result<()> {
    let mut conn = options.connect()?;
    diesel::insert_into(users::table)
        .values((
            users::id.eq(made.id.as_str()),
            users::organisation_id.eq(made.organisation_id.as_str()),
            users::username.eq(made.username),
            users::display_name.eq(made.username),
            users::state.eq("active"),
            users::password_hash.eq(made.password_hash),
            users::version.eq(1_i64),
            users::created_at.eq(now),
            users::updated_at.eq(now),
        ))
        .execute(&mut conn)?;
    for (id, role, area) in made.roles {
        diesel::insert_into(role_grants::table)
            .values((
                role_grants::id.eq(id.as_str()),
                role_grants::user_id.eq(made.id.as_str()),
                role_grants::role.eq(role.code()),
                role_grants::area.eq(area.as_deref()),
                role_grants::valid_from.eq(now),
                role_grants::created_at.eq(now),
            ))
            .execute(&mut conn)?;
    }
    Ok(())
}

/// Puts a session that has just begun into the database.
///
/// # Errors
/// Whatever the database says.
pub fn insert_session(
    options: &Options,
    id: &SessionId,
    user_id: &UserId,
    now: Instant,
    expires_at: Instant,
) -> Result<()> {
    diesel::insert_into(sessions::table)
        .values((
            sessions::id.eq(id.as_str()),
            sessions::user_id.eq(user_id.as_str()),
            sessions::created_at.eq(now),
            sessions::last_used_at.eq(now),
            sessions::expires_at.eq(expires_at),
            sessions::client.eq(&b"test"[..]),
        ))
        .execute(&mut options.connect()?)?;
    Ok(())
}

/// A connection that is kept for what it holds.
pub struct Held(#[expect(dead_code, reason = "it is kept open, not used")] DbConn);

impl std::fmt::Debug for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Held")
    }
}

/// Runs a statement and keeps the connection, and with it the locks that it took.
///
/// # Errors
/// Whatever the database says.
pub fn hold(options: &Options, sql: &str) -> Result<Held> {
    let mut conn = options.connect()?;
    conn.batch_execute(sql)?;
    Ok(Held(conn))
}
