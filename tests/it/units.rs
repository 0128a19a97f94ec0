//! The units of systemd: what they forbid, and that the runbook shows what is in them.

use std::{collections::BTreeSet, fs, path::Path};

const SERVICE: &str = "deploy/systemd/refero.service";
const BACKUP: &str = "deploy/systemd/refero-backup.service";
const TIMER: &str = "deploy/systemd/refero-backup.timer";

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// The lines of a unit that say something.
fn directives(text: &str) -> BTreeSet<String> {
    let said =
        text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    said.map(str::to_owned).collect()
}

#[test]
fn the_service_and_its_backups_can_do_nothing_that_they_need_not() {
    for unit in [SERVICE, BACKUP] {
        let said = directives(&read(unit));
        for must in [
            "User=refero",
            "UMask=0077",
            "NoNewPrivileges=yes",
            "ProtectSystem=strict",
            "ProtectHome=yes",
            "PrivateTmp=yes",
            "PrivateDevices=yes",
            "PrivateMounts=yes",
            "ProtectClock=yes",
            "ProtectHostname=yes",
            "ProtectKernelLogs=yes",
            "ProtectKernelModules=yes",
            "ProtectKernelTunables=yes",
            "ProtectControlGroups=yes",
            "ProtectProc=invisible",
            "RestrictNamespaces=yes",
            "RestrictRealtime=yes",
            "RestrictSUIDSGID=yes",
            "LockPersonality=yes",
            "MemoryDenyWriteExecute=yes",
            "SystemCallArchitectures=native",
            "SystemCallFilter=@system-service",
            "SystemCallFilter=~@privileged @resources",
            "CapabilityBoundingSet=",
            "LimitCORE=0",
        ] {
            assert!(said.contains(must), "{unit} does not say {must}");
        }
    }
}

#[test]
fn the_runbook_shows_the_units_as_they_are() {
    let runbook = read("docs/operating.md");
    for unit in [SERVICE, BACKUP, TIMER] {
        let name = unit.rsplit('/').next().unwrap();
        let shown =
            format!("`{unit}`, to `/etc/systemd/system/{name}`:\n\n```ini\n{}```\n", read(unit));
        assert!(runbook.contains(&shown), "docs/operating.md does not show {unit} as it is");
    }
}

#[test]
fn the_timer_runs_the_backup_and_the_commands_are_those_of_the_program() {
    let timer = directives(&read(TIMER));
    assert!(timer.iter().any(|line| line.starts_with("OnCalendar=")));
    assert!(timer.contains("Persistent=true"), "a machine that was off at night backs up later");
    let backup = directives(&read(BACKUP));
    let command = backup.iter().find_map(|line| line.strip_prefix("ExecStart=")).unwrap();
    let mut words = command.split(' ');
    assert_eq!(words.next(), Some("/usr/local/bin/refero"));
    let house = crate::world::program::House::on_sqlite();
    let arguments: Vec<&str> = words.collect();
    // It is a command of the program, which here has nothing to back up.
    assert!(house.refuses(&arguments).contains("backup.directory is required"));
}

/// A dump is made by the client of the server's own version, or it is refused.
#[test]
fn the_container_of_backups_has_the_programs_of_the_server() {
    let named = |text: &str| {
        let mut tags = text.split_whitespace().filter_map(|word| word.strip_prefix("postgres:"));
        tags.find(|tag| !tag.is_empty()).unwrap().to_owned()
    };
    assert_eq!(named(&read("Dockerfile")), named(&read("docker-compose.yml")));
}
