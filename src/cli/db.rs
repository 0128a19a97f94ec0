//! `refero db migrate` and `refero db status`.

use std::process::ExitCode;

use refero_store::{Options, migrate as store};

use super::{CliError, assemble, logs, say};
use crate::config::{Config, DatabaseUrl};

/// Brings the schema up to this program, as the owner of the tables, and gives the application's
/// role what it needs. Nothing else creates a database.
///
/// # Errors
/// Says what the database or the configuration refuses.
pub(super) fn migrate(config: &Config) -> Result<(), CliError> {
    logs::start(&config.log);
    say(&migrate_quietly(config)?)
}

/// As [`migrate`], and returns what is to be said.
///
/// # Errors
/// As [`migrate`].
pub(super) fn migrate_quietly(config: &Config) -> Result<String, CliError> {
    let url = config.owner_url()?;
    if let DatabaseUrl::Sqlite(path) = url
        && !path.exists()
    {
        store::create_sqlite(path)?;
    }
    let owner = assemble::options(config, url);
    let before = store::status(&owner)?;
    if !before.unknown.is_empty() {
        return Err(CliError::NewerSchema);
    }
    let after = store::migrate(&owner)?;
    let mut told =
        format!("migrated: {} applied now, {} in all\n", before.pending.len(), after.applied.len());
    told.push_str(grant(config, &owner)?);
    Ok(told)
}

/// Gives the application's role on PostgreSQL its rights, and says so.
///
/// # Errors
/// Says that the application has no role of its own.
pub(super) fn grant(config: &Config, owner: &Options) -> Result<&'static str, CliError> {
    let app @ DatabaseUrl::Postgres(_) = config.database_url()? else { return Ok("") };
    if config.database.owner_url.is_none() {
        return Ok("the application's role owns its tables and could change the audit trail: \
                   set database.owner_url to keep the two apart\n");
    }
    let role = app.user().ok_or(CliError::Refused(
        "database.url names no user: the application needs a role of its own",
    ))?;
    store::grant_application_role(owner, &role)?;
    Ok("the application's role has its rights\n")
}

/// Shows where the database stands; the exit status says whether it is current.
///
/// # Errors
/// Says that the database is not there.
pub(super) fn status(config: &Config) -> Result<ExitCode, CliError> {
    let url = config.database_url()?;
    url.ensure_exists()?;
    let status = store::status(&assemble::options(config, url))?;
    let mut told = String::new();
    for (word, versions) in
        [("applied", &status.applied), ("pending", &status.pending), ("unknown", &status.unknown)]
    {
        for version in versions {
            told.push_str(&format!("{word} {version}\n"));
        }
    }
    say(&told)?;
    Ok(if status.is_current() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
