//! A fresh PostgreSQL database with owner and application apart, as `deploy/postgres` makes it.

use refero_store::{Options, testing};
use reqwest::Url;
use uuid::Uuid;

use crate::{Outcome, say};

const VARIABLE: &str = "REFERO_TEST_POSTGRES_URL";

/// A database of its own, which is dropped with it.
pub(crate) struct PostgresDatabase {
    admin: Url,
    /// What the names of the database and its two roles begin with.
    name: String,
    password: String,
}

impl PostgresDatabase {
    pub(crate) fn fresh() -> Outcome<Self> {
        let url = std::env::var(VARIABLE).map_err(|_| {
            format!("{VARIABLE} is not set: run bin/bench, or name a superuser of a server in it")
        })?;
        let admin = Url::parse(&url).map_err(|_| format!("{VARIABLE} is not an address"))?;
        let name = format!("refero_bench_{}", Uuid::new_v4().simple());
        let database = Self { admin, name, password: Uuid::new_v4().simple().to_string() };
        let Self { name, password, .. } = &database;
        for role in ["owner", "app"] {
            database.run(&format!(
                "create role {name}_{role} login nosuperuser nocreatedb nocreaterole
                 password '{password}'"
            ))?;
        }
        database.run(&format!("create database {name} owner {name}_owner template template0"))?;
        let schema = format!(
            "alter schema public owner to {name}_owner; revoke all on schema public from public;
             grant usage on schema public to {name}_app"
        );
        testing::run(&patient(database.url(None)?), &schema)?;
        Ok(database)
    }

    /// Returns the address for the role that owns the tables, or for the application's.
    pub(crate) fn url_of(&self, role: &str) -> Outcome<String> {
        self.url(Some(role)).map(String::from)
    }

    /// Returns the version, how durable a commit is, and the folder of the data.
    pub(crate) fn settings(&self) -> Outcome<Vec<String>> {
        let of = |name: &str| format!("select current_setting('{name}') as value");
        let names =
            ["server_version", "fsync", "synchronous_commit", "full_page_writes", "data_directory"];
        let all = names.map(of).join(" union all ");
        Ok(testing::texts(&patient(self.admin.clone()), &all)?)
    }

    /// Returns the address for one of the two roles, or for who administers the server.
    pub(crate) fn url(&self, role: Option<&str>) -> Outcome<Url> {
        let mut url = self.admin.clone();
        url.set_path(&self.name);
        if let Some(role) = role {
            let named = url.set_username(&format!("{}_{role}", self.name));
            named.and(url.set_password(Some(&self.password))).map_err(|()| "no user fits")?;
        }
        Ok(url)
    }

    fn run(&self, sql: &str) -> Outcome<()> {
        Ok(testing::run(&patient(self.admin.clone()), sql)?)
    }
}

/// Making and dropping a database may wait for a checkpoint.
fn patient(url: Url) -> Options {
    Options { statement_timeout_ms: 60_000, ..Options::for_url(url) }
}

impl Drop for PostgresDatabase {
    fn drop(&mut self) {
        let name = &self.name;
        for what in [
            format!("database if exists {name} with (force)"),
            format!("role if exists {name}_owner"),
            format!("role if exists {name}_app"),
        ] {
            if let Err(error) = self.run(&format!("drop {what}")) {
                say(&format!("{name} is still there: {error}"));
            }
        }
    }
}
