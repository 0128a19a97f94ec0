//! What can be seen in the configuration alone.

use std::net::SocketAddr;

use chrono::Utc;

use super::{BACKUP, Findings};
use crate::{
    backup::last_made_at,
    cli::assemble,
    config::{Config, PublicUrl, required},
};

pub(super) fn look(config: &Config, findings: &mut Findings) {
    match config.require_serving() {
        Ok(()) => findings.ok("configuration", "everything that serving needs is given"),
        Err(error) => {
            findings.failed("configuration", error.to_string(), "give it: docs/configuration.md");
        }
    }
    proxy(config, findings);
    profile(config, findings);
    backup(config, findings);
}

/// Settings that go together with what stands before the server.
fn proxy(config: &Config, findings: &mut Findings) {
    let is_away = |address: SocketAddr| !address.ip().is_loopback();
    let server = &config.server;
    let is_https = server.public_url.as_ref().is_some_and(PublicUrl::is_https);
    let (says, todo) = if is_https && !server.trust_forwarded_for {
        (
            "server.public_url begins with https:// and server.trust_forwarded_for is off: all clients \
             are one network to the trail, and failed sign-ins are not limited by network",
            "set trust_forwarded_for, behind a proxy that sets X-Forwarded-For",
        )
    } else if server.trust_forwarded_for && is_away(server.bind) {
        (
            "server.trust_forwarded_for is on and server.bind is reached from other machines: whoever \
             comes past the proxy chooses the address in the trail",
            "bind to 127.0.0.1, or let nobody but the proxy reach the address",
        )
    } else if is_away(server.bind) && !is_https {
        (
            "server.bind is reached from other machines, in plain HTTP, and no server.public_url says \
             that TLS stands before it",
            "put a proxy with TLS before it, and set server.public_url",
        )
    } else if config.metrics.bind.is_some_and(is_away) {
        (
            "metrics.bind is reached from other machines, and asks for no token",
            "bind to an address that only the monitoring reaches",
        )
    } else {
        findings.ok("proxy", "the settings about TLS and the proxy go together");
        return;
    };
    findings.warning("proxy", says, todo);
}

fn profile(config: &Config, findings: &mut Findings) {
    const ID: &str = "country.profile";
    let profile = match assemble::profile(config) {
        Ok(profile) => profile,
        Err(refusal) => return findings.refused(ID, &refusal, "refero profile check FILE"),
    };
    if !profile.is_in_force_on(Utc::now().date_naive()) {
        let says = format!("not in force before {}", profile.effective_from);
        return findings.failed(ID, says, "wait, or name the profile that is in force");
    }
    if profile.is_fictional() {
        let says = "it is that of a fictional country";
        return findings.warning(
            ID,
            says,
            "name the country's own before real people are registered",
        );
    }
    match profile.unconfirmed().values().map(|(open, _)| open).sum::<usize>() {
        0 => findings.ok(ID, "valid, in force, every figure confirmed"),
        open => findings.warning(
            ID,
            format!("{open} entries are marked \"policy, to be confirmed\""),
            "have the country confirm them: refero profile check lists them",
        ),
    }
}

fn backup(config: &Config, findings: &mut Findings) {
    let backup = &config.backup;
    let missing = required("backup.recipients", backup.recipients.as_ref()).err();
    let missing = missing.or_else(|| required("backup.directory", backup.directory.as_ref()).err());
    let (Some(folder), None) = (&backup.directory, missing) else {
        let says = "no backups are set up here (backup.recipients, backup.directory)";
        return findings.warning(BACKUP, says, "docs/operating.md, Back up and restore");
    };
    match last_made_at(folder, config.audit.log_name.as_str()) {
        Err(error) => findings.failed(
            BACKUP,
            format!("the folder of backup.directory cannot be read: {error}"),
            "make it, or mount it: refero doctor --fix makes a folder that is missing",
        ),
        Ok(None) => findings.failed(BACKUP, "there is no backup", "refero backup"),
        Ok(Some(at)) => {
            let age_s = (Utc::now() - at).num_seconds();
            let says = format!("the last one is {} hours old", age_s / 3_600);
            if u64::try_from(age_s).is_ok_and(|age_s| age_s > backup.max_age_s) {
                findings.failed(BACKUP, says, "refero backup; look why the timer did not run it");
            } else {
                findings.ok(BACKUP, says);
            }
        }
    }
}
