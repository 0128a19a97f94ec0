//! A machine whose clock and whose disk can be wrong, for a server of the program: a few functions that
//! stand before those of the C library (`machine.c`).

use std::{fs::File, os::unix::fs::FileExt, process::Command};

use refero_store::Options;

use super::process::Server;

/// The numbers in the shared file, by their places.
const CLOCK_S: u64 = 0;
const SYNCS_TO_FAIL: u64 = 1;
const SYNCS_FAILED: u64 = 2;
const WRITES_LOST: u64 = 3;

pub(crate) struct Machine {
    steering: File,
    _folder: tempfile::TempDir,
}

impl Machine {
    /// Puts a server onto such a machine, from its next start on.
    pub(crate) fn under(server: &mut Server, database: &Options) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/world/machine.c");
        let made = Command::new("cc")
            .args([
                "-O1",
                "-Wall",
                "-Werror",
                "-shared",
                "-fPIC",
                "-o",
                &path("machine.so"),
                source,
            ])
            .args(["-lpthread", "-ldl"])
            .status();
        assert!(made.unwrap().success(), "the C compiler does not make {source}");
        std::fs::write(path("steering"), [0; 32]).unwrap();
        server.set("LD_PRELOAD", &path("machine.so"));
        server.set("MACHINE_STEERING", &path("steering"));
        if let Some(database) = database.sqlite_path() {
            server.set("MACHINE_DATABASE", database);
        }
        let steering = File::options().read(true).write(true).open(path("steering")).unwrap();
        Self { steering, _folder: folder }
    }

    /// Sets the clock to so many seconds from the right time.
    pub(crate) fn set_clock(&self, seconds: i64) {
        self.put(CLOCK_S, seconds);
    }

    /// Lets so many of the next syncs of the database fail, and lose what was to be synced.
    pub(crate) fn fail_syncs(&self, how_many: i64) {
        self.put(SYNCS_TO_FAIL, how_many);
    }

    /// How many syncs failed so far.
    pub(crate) fn syncs_failed(&self) -> i64 {
        self.get(SYNCS_FAILED)
    }

    /// How many writes were lost so far, by syncs that failed and by power cuts.
    pub(crate) fn writes_lost(&self) -> i64 {
        self.get(WRITES_LOST)
    }

    fn put(&self, place: u64, number: i64) {
        self.steering.write_all_at(&number.to_ne_bytes(), place * 8).unwrap();
    }

    fn get(&self, place: u64) -> i64 {
        let mut bytes = [0; 8];
        self.steering.read_exact_at(&mut bytes, place * 8).unwrap();
        i64::from_ne_bytes(bytes)
    }
}
