//! A fresh PostgreSQL database for each world, with owner and application apart as in production.
//!
//! One template is migrated once in this process; each world copies it and drops its copy. What a
//! process that was killed has left behind is dropped by the next one: it knows by an advisory lock
//! that nobody holds any more.

use std::sync::{
    Arc, Mutex, OnceLock,
    atomic::{AtomicU32, Ordering},
};

use refero_store::{
    Entropy, Options, migrate,
    testing::{self, Held},
};
use reqwest::Url;

use super::{cluster::Cluster, program::wait_until};

const VARIABLE: &str = "REFERO_TEST_POSTGRES_URL";
/// The first of the two numbers of our advisory locks.
const LOCKS: u32 = 7_236_338;

struct Template {
    admin: Url,
    tag: String,
    password: String,
    copies: AtomicU32,
    _alive: Mutex<Held>,
    /// The cluster, if it is there for this template alone.
    own: Option<Arc<Cluster>>,
}

static TEMPLATE: OnceLock<Arc<Template>> = OnceLock::new();

/// A database of its own, which is dropped with it.
pub(crate) struct PostgresDatabase {
    name: String,
    template: Arc<Template>,
    /// As the owner of the tables.
    pub(crate) owner: Options,
    /// As the application.
    pub(crate) app: Options,
}

impl PostgresDatabase {
    pub(crate) fn fresh() -> Self {
        Template::of_all().copied()
    }

    /// A database in a cluster of its own.
    pub(crate) fn alone_in(cluster: &Arc<Cluster>) -> Self {
        Template::make(cluster.admin.clone(), Some(Arc::clone(cluster))).copied()
    }

    /// A database without any table.
    pub(crate) fn empty() -> Self {
        let template = Template::of_all();
        let copy = template.copies.fetch_add(1, Ordering::Relaxed);
        let name = format!("refero_t_{}_{copy}", template.tag);
        template.make_empty(&name);
        template.database(name)
    }

    /// Drops the database, and makes one without any table in its place.
    pub(super) fn begin_anew(&self) {
        self.template.as_admin(&format!("drop database {} with (force)", self.name));
        self.template.make_empty(&self.name);
    }

    /// Opens the door to the database, or shuts it for those who are not in yet.
    pub(super) fn allow_connections(&self, allowed: bool) {
        let name = &self.name;
        self.template.as_admin(&format!("alter database {name} allow_connections {allowed}"));
    }

    /// Ends every connection and waits until none is left.
    pub(super) fn disconnect_everybody(&self) {
        let admin = Options::for_url(self.template.admin.as_str());
        let there = format!(
            "select pg_terminate_backend(pid)::text as value from pg_stat_activity
             where datname = '{}'",
            self.name
        );
        wait_until("the end of every connection", || {
            testing::texts(&admin, &there).unwrap().is_empty()
        });
    }
}

impl PostgresDatabase {
    /// As the superuser, who reads files of the server as well.
    pub(crate) fn superuser(&self) -> Options {
        let mut url = self.template.admin.clone();
        url.set_path(&self.name);
        Options { statement_timeout_ms: 60_000, ..Options::for_url(url.as_str()) }
    }
}

impl Drop for PostgresDatabase {
    fn drop(&mut self) {
        // A cluster of its own goes as a whole, and may be stopped.
        if self.template.own.is_none() {
            self.template.as_admin(&format!("drop database if exists {} with (force)", self.name));
        }
    }
}

impl Template {
    /// The one that all tests copy.
    fn of_all() -> &'static Arc<Self> {
        TEMPLATE.get_or_init(|| Self::make(admin_url(), None))
    }

    fn copied(self: &Arc<Self>) -> PostgresDatabase {
        let copy = self.copies.fetch_add(1, Ordering::Relaxed);
        let name = format!("refero_t_{}_{copy}", self.tag);
        // Measured: a quarter of the time of `file_copy`, which waits for two checkpoints.
        self.as_admin(&format!(
            "create database {name} owner refero_o_{tag} template refero_t_{tag} strategy wal_log",
            tag = self.tag
        ));
        self.database(name)
    }

    fn make(admin: Url, own: Option<Arc<Cluster>>) -> Arc<Self> {
        let entropy = Entropy::system();
        let tag = format!("{:08x}", entropy.below(u32::MAX));
        let password = format!("{:08x}{:08x}", entropy.below(u32::MAX), entropy.below(u32::MAX));
        let alive = format!("select pg_advisory_lock({LOCKS}, hashtext('{tag}'))");
        let options = Options::for_url(admin.as_str());
        let template = Self {
            admin,
            password,
            copies: AtomicU32::new(0),
            _alive: Mutex::new(testing::hold(&options, &alive).unwrap()),
            tag,
            own,
        };
        template.sweep();
        let Self { tag, password, .. } = &template;
        for role in ["o", "a"] {
            template.as_admin(&format!(
                "create role refero_{role}_{tag} login nosuperuser nocreatedb nocreaterole
                 password '{password}'"
            ));
        }
        let name = format!("refero_t_{tag}");
        template.make_empty(&name);
        let owner = template.options("o", &name);
        migrate::migrate(&owner).unwrap();
        migrate::grant_application_role(&owner, &format!("refero_a_{tag}")).unwrap();
        Arc::new(template)
    }

    fn make_empty(&self, name: &str) {
        let tag = &self.tag;
        self.as_admin(&format!("create database {name} owner refero_o_{tag} template template0"));
        self.open_schema(name);
    }

    /// Gives the schema to the owner, as `deploy/postgres/init-roles.sh` does.
    fn open_schema(&self, name: &str) {
        let mut url = self.admin.clone();
        url.set_path(name);
        let tag = &self.tag;
        let sql = format!(
            "alter schema public owner to refero_o_{tag}; revoke all on schema public from public;
             grant usage on schema public to refero_a_{tag}"
        );
        testing::run(&Options::for_url(url.as_str()), &sql).unwrap();
    }

    fn database(self: &Arc<Self>, name: String) -> PostgresDatabase {
        let (owner, app) = (self.options("o", &name), self.options("a", &name));
        PostgresDatabase { owner, app, name, template: Arc::clone(self) }
    }

    fn options(&self, role: &str, name: &str) -> Options {
        let mut url = self.admin.clone();
        url.set_path(name);
        url.set_username(&format!("refero_{role}_{}", self.tag)).unwrap();
        url.set_password(Some(&self.password)).unwrap();
        Options { pool_size: 4, ..Options::for_url(url.as_str()) }
    }

    fn as_admin(&self, sql: &str) {
        let mut admin = Options::for_url(self.admin.as_str());
        // A copy may have to wait for a checkpoint.
        admin.statement_timeout_ms = 60_000;
        testing::run(&admin, sql).unwrap();
    }

    /// Drops what processes that are no more have left behind.
    fn sweep(&self) {
        let admin = Options::for_url(self.admin.as_str());
        let ask = |sql: &str| testing::texts(&admin, sql).unwrap();
        let tags = ask(&format!(
            "select distinct substr(rolname, 10) as value from pg_roles
             where rolname like 'refero\\_o\\_%' and substr(rolname, 10) <> '{}'",
            self.tag
        ));
        for tag in tags {
            let lock = format!("{LOCKS}, hashtext('{tag}')");
            if ask(&format!("select pg_try_advisory_xact_lock({lock})::text as value")) != ["true"]
            {
                continue;
            }
            let left = ask(&format!(
                "select datname::text as value from pg_database where datname like 'refero\\_t\\_{tag}%'"
            ));
            for database in left {
                self.as_admin(&format!("drop database if exists {database} with (force)"));
            }
            self.as_admin(&format!(
                "drop role if exists refero_o_{tag}; drop role if exists refero_a_{tag}"
            ));
        }
    }
}

fn admin_url() -> Url {
    match std::env::var(VARIABLE).map(|url| Url::parse(&url)) {
        Ok(Ok(url)) => url,
        _ => panic!(
            "{VARIABLE} is not set: run bin/test, or name a superuser of a PostgreSQL server in it"
        ),
    }
}
