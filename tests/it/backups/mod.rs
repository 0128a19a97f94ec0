//! Backups: made while the service serves, opened by nobody without the private key, and proved by being
//! restored.

mod interrupted;
mod refused;
mod story;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::Value;

use crate::world::{
    postgres::PostgresDatabase,
    program::{FIRST_ADMINISTRATOR, House, Serving, wait_until},
};

/// A database with a few events in its log, the keys of its backups, and where they are written to.
struct Site {
    house: House,
    /// Drops the database.
    postgres: Option<PostgresDatabase>,
    /// Where the private key is: not where the server is.
    away: tempfile::TempDir,
}

impl Site {
    fn on_sqlite() -> Self {
        Self::begin(House::on_sqlite(), None)
    }

    fn on_postgres() -> Self {
        let database = PostgresDatabase::empty();
        Self::begin(house_on(&database), Some(database))
    }

    fn begin(house: House, postgres: Option<PostgresDatabase>) -> Self {
        let away = tempfile::tempdir().unwrap();
        let identity = away.path().join("identity");
        let public =
            house.says(&["keys", "new-backup-key", "--identity", identity.to_str().unwrap()]);
        let folder = house.folder.path().join("backups");
        fs::create_dir(&folder).unwrap();
        let house = house
            .with("REFERO_BACKUP__RECIPIENTS", public.trim())
            .with("REFERO_BACKUP__DIRECTORY", folder.to_str().unwrap());
        house.says(&["db", "migrate"]);
        house.says(&FIRST_ADMINISTRATOR);
        serves(&house);
        Self { house, postgres, away }
    }

    fn folder(&self) -> PathBuf {
        self.house.folder.path().join("backups")
    }

    fn identity(&self) -> String {
        self.away.path().join("identity").to_str().unwrap().to_owned()
    }

    /// Makes a backup and returns its path.
    fn backup(&self) -> String {
        let told = self.house.says(&["backup"]);
        let path = told.strip_prefix("backed up: ").and_then(|rest| rest.split(',').next());
        path.unwrap().to_owned()
    }

    /// Verifies a backup: whether it passes, and what is said.
    fn verify(&self, path: &str) -> (bool, String) {
        verify(&self.house, path, &self.identity())
    }

    /// An empty place of the same kind, with the same keys.
    fn elsewhere(&self) -> (House, Option<PostgresDatabase>) {
        match &self.postgres {
            None => (House::on_sqlite(), None),
            Some(_) => {
                let database = PostgresDatabase::empty();
                (house_on(&database), Some(database))
            }
        }
    }

    /// What lies in the folder for backups, sorted.
    fn files(&self) -> Vec<String> {
        names(&self.folder())
    }
}

fn house_on(database: &PostgresDatabase) -> House {
    House::on_sqlite()
        .with("REFERO_DATABASE__URL", database.app.url.clone())
        .with("REFERO_DATABASE__OWNER_URL", database.owner.url.clone())
        .with("REFERO_BACKUP__SCRATCH_URL", database.superuser().url)
}

fn verify(house: &House, path: &str, identity: &str) -> (bool, String) {
    let output = house.run(&["verify-backup", path, "--identity", identity]);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.success(), text(&output.stdout) + &text(&output.stderr))
}

/// Serves for a moment: what waits gets its number.
fn serves(house: &House) {
    let serving = Serving::of(house.command(&["serve"]));
    wait_until("readiness", || house.run(&["healthcheck"]).status.success());
    assert_eq!(serving.terminate(), Some(0));
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// What stands beside a backup.
fn note(path: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(format!("{path}.json")).unwrap()).unwrap()
}

/// Runs the program so that no file of it grows beyond so many blocks, as on a full disk.
fn with_little_room(house: &House, blocks: u32, arguments: &str) -> (bool, String) {
    let limited = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" {arguments}");
    let mut command = Command::new("sh");
    command
        .env_clear()
        .envs(house.settings.iter().map(|(name, value)| (*name, value)))
        .args(["-c", &limited, env!("CARGO_BIN_EXE_refero")])
        .current_dir(house.folder.path())
        .stdin(Stdio::null());
    let output = command.output().unwrap();
    (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}
