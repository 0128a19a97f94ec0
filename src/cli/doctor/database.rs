//! What the database says of itself, as the application sees it.

use chrono::Utc;
use refero_domain::instant::Instant;
use refero_store::{
    Options,
    gauges::Waiting,
    health::{self, Condition, Rights},
    keys, migrate, with_causes,
};
use refero_verify::{Keys, Pin};

use super::{DoctorArgs, Findings};
use crate::{
    cli::{CliError, assemble, db},
    config::Config,
};

/// How far the clocks of two machines may be apart, in seconds, before it needs a look.
const APART_S: i64 = 5;
/// How long an event may wait for its number: a second is usual.
const UNNUMBERED_S: i64 = 60;
/// How long an alert may wait to be handed over.
const OUTBOX_S: i64 = 900;
/// How long a witness may be away.
const WITNESS_S: i64 = 86_400;

/// Looks at the database, as far as it can be reached. Returns why the rest was not looked at.
pub(super) fn look(config: &Config, args: &DoctorArgs, findings: &mut Findings) -> &'static str {
    key(config, findings);
    let options = match reachable(config) {
        Ok(options) => options,
        Err(refusal) => {
            let todo =
                "start it, or correct database.url; docs/operating.md, When something goes wrong";
            findings.refused("database.reachable", &refusal, todo);
            return "the database cannot be reached";
        }
    };
    findings.ok("database.reachable", "it answers");
    settings(&options, findings);
    roles(&options, findings);
    clock(&options, findings);
    if !schema(config, &options, args, findings) {
        return "the schema is not the one of this program";
    }
    sealed_with(config, &options, findings);
    match health::condition(&options, Instant::from_utc(Utc::now())) {
        Ok(condition) => at_work(config, &options, &condition, findings),
        Err(error) => findings.failed(
            "log.sequencer",
            with_causes(&error),
            "docs/operating.md, When something goes wrong",
        ),
    }
    "it could not be looked at"
}

fn reachable(config: &Config) -> Result<Options, CliError> {
    let url = config.database_url()?;
    url.ensure_exists()?;
    let options = assemble::options(config, url);
    migrate::status(&options)?;
    Ok(options)
}

/// Whether a key is given at all; [`sealed_with`] says whether it is the right one.
fn key(config: &Config, findings: &mut Findings) {
    if let Err(refusal) = assemble::key_ring(config) {
        let todo = "give it: keys.deployment, keys.epochs or keys.command; never make a new one";
        findings.refused("keys.deployment", &refusal, todo);
    }
}

fn sealed_with(config: &Config, options: &Options, findings: &mut Findings) {
    const ID: &str = "keys.deployment";
    let Ok(ring) = assemble::key_ring(config) else { return };
    match keys::fit(options, &ring) {
        Ok(true) => {
            findings.ok(ID, "every key that the database needs is here, and is the right one")
        }
        Ok(false) => findings.ok(ID, "given; the database was sealed with none yet"),
        Err(error) => findings.failed(
            ID,
            with_causes(&error),
            "take the right key from where its copies are kept; never make a new one",
        ),
    }
}

fn schema(config: &Config, options: &Options, args: &DoctorArgs, findings: &mut Findings) -> bool {
    const ID: &str = "database.schema";
    let mut status = migrate::status(options);
    let mut refused = None;
    if args.migrate && status.as_ref().is_ok_and(|status| !status.pending.is_empty()) {
        refused = db::migrate_quietly(config).err();
        status = migrate::status(options);
    }
    match status {
        Err(error) => findings.failed(ID, with_causes(&error), "refero db status"),
        Ok(status) if !status.unknown.is_empty() => findings.failed(
            ID,
            format!("{} migrations are of a newer program", status.unknown.len()),
            "install the newer program",
        ),
        Ok(status) if !status.pending.is_empty() => {
            let mut says = format!("{} migrations are pending", status.pending.len());
            if let Some(refusal) = refused {
                says = format!("{says}; {}", refusal.sentence());
            }
            let todo = "back up, then refero db migrate (or refero doctor --fix --migrate)";
            findings.failed(ID, says, todo);
        }
        Ok(status) => {
            findings.ok(ID, format!("current: {} migrations", status.applied.len()));
            return true;
        }
    }
    false
}

fn settings(options: &Options, findings: &mut Findings) {
    const ID: &str = "database.settings";
    match health::sqlite_settings(options) {
        Ok(None) => findings.skipped(ID, "for SQLite alone"),
        Ok(Some((journal, true))) if journal == "wal" => {
            findings.ok(ID, "write-ahead log, and every commit is synced");
        }
        Ok(Some((journal, is_synced))) => findings.failed(
            ID,
            format!("journal mode {journal}, synced: {is_synced}"),
            "keep the file on a local disk: network file systems have no write-ahead log",
        ),
        Err(error) => findings.failed(ID, with_causes(&error), "refero db status"),
    }
}

fn roles(options: &Options, findings: &mut Findings) {
    const ID: &str = "database.roles";
    let todo = "docs/operating.md, PostgreSQL: two roles, then refero db migrate";
    let Rights { owns, is_mighty, creates, changes } = match health::rights(options) {
        Ok(None) => return findings.skipped(ID, "SQLite has no roles"),
        Ok(Some(rights)) => rights,
        Err(error) => return findings.failed(ID, with_causes(&error), todo),
    };
    let mut wrong = Vec::new();
    for (is_so, what) in [
        (owns, "owns tables".to_owned()),
        (is_mighty, "may make databases or roles".to_owned()),
        (creates, "may make tables".to_owned()),
        (!changes.is_empty(), format!("may change or delete in {}", changes.join(", "))),
    ] {
        if is_so {
            wrong.push(what);
        }
    }
    if !wrong.is_empty() {
        let says = format!("the role of database.url {}", wrong.join("; "));
        return findings.failed(ID, says, todo);
    }
    findings.ok(
        ID,
        "owner and application are apart; the application adds to the trail and reads it, and no more",
    );
}

fn clock(options: &Options, findings: &mut Findings) {
    let server = match health::server_time(options) {
        Ok(Some(server)) => server,
        Ok(None) => return findings.skipped("clock", "the database has the clock of this machine"),
        Err(error) => return findings.failed("clock", with_causes(&error), "refero db status"),
    };
    let apart = Instant::from_utc(Utc::now()).seconds_since(server).abs();
    let says = format!("{apart} seconds apart from the database");
    let todo = "set the clocks (timedatectl): second factors and deadlines go by them";
    match apart {
        0..=APART_S => findings.ok("clock", says),
        6..=30 => findings.warning("clock", says, todo),
        _ => findings.failed("clock", says, todo),
    }
}

/// Whether everybody who has to work does.
fn at_work(config: &Config, options: &Options, condition: &Condition, findings: &mut Findings) {
    signer(config, condition, findings);
    let Waiting { count, oldest_s } = condition.gauges.unnumbered_events;
    let says = match condition.gauges.checkpoint_age_s {
        Some(age_s) => {
            format!("{count} events without a number; the head was signed {age_s} s ago")
        }
        None => format!("{count} events without a number; no head was signed yet"),
    };
    if oldest_s > UNNUMBERED_S {
        let todo = "is a server or worker running? Each numbers events, within a second";
        findings.failed("log.sequencer", says, todo);
    } else {
        findings.ok("log.sequencer", says);
    }
    witnesses(config, options, condition, findings);
    worker(config, condition, findings);
    let Waiting { count, oldest_s } = condition.gauges.outbox;
    let says = format!("{count} alerts not handed over, the oldest for {oldest_s} s");
    if oldest_s > OUTBOX_S {
        findings.failed("alerts.outbox", says, "look at alerts.command, and whether a worker runs");
    } else {
        findings.ok("alerts.outbox", says);
    }
}

fn signer(config: &Config, condition: &Condition, findings: &mut Findings) {
    const ID: &str = "log.signer";
    let todo = "give the former key as audit.previous_signing_key; docs/operating.md, Keys";
    let signer = assemble::key_ring(config).and_then(|ring| assemble::log_signer(config, &ring));
    let signer = match signer {
        Ok(signer) => signer,
        Err(refusal) => return findings.refused(ID, &refusal, todo),
    };
    let Some(checkpoint) = &condition.checkpoint else {
        return findings.ok(ID, "there is a key; nothing was signed yet");
    };
    let keys = Keys::read(signer.verifier_keys().iter().map(String::as_str));
    match keys.and_then(|keys| Pin::read(checkpoint, &keys)) {
        Err(_) => {
            findings.failed(ID, "the newest head of the log was signed with another key", todo);
        }
        Ok(_) if config.audit.signing_key.is_none() => findings.warning(
            ID,
            "the key is made from the deployment key: whoever holds that can sign another past",
            "set audit.signing_key",
        ),
        Ok(head) => {
            findings.ok(ID, format!("it has signed the newest head, of {} leaves", head.size()))
        }
    }
}

fn witnesses(config: &Config, options: &Options, condition: &Condition, findings: &mut Findings) {
    const ID: &str = "log.witnesses";
    if condition.contradictions > 0 {
        let says =
            format!("{} heads that witnesses saw are not of this log", condition.contradictions);
        return findings.failed(ID, says, "docs/operating.md, A witness: stop, keep a copy, tell");
    }
    let all = assemble::witnesses(config);
    if all.is_empty() {
        let says = "nobody else keeps the heads of the log";
        return findings.warning(ID, says, "audit.witnesses, or print a checkpoint each week");
    }
    let now = Instant::from_utc(Utc::now());
    let mut away = 0;
    for witness in all {
        let at = health::cosigned_at(options, witness.key.name()).ok().flatten();
        away += usize::from(at.is_none_or(|at| now.seconds_since(at) > WITNESS_S));
    }
    let says = format!("{} of {} have signed within a day", all.len() - away, all.len());
    if away == 0 {
        findings.ok(ID, says);
    } else {
        findings.warning(ID, says, "ask who keeps the witness; refero audit witnesses");
    }
}

fn worker(config: &Config, condition: &Condition, findings: &mut Findings) {
    const ID: &str = "worker";
    let todo = "start the server, or refero worker where servers run with --no-worker";
    let Some(until) = condition.worker_until else {
        return findings.warning(ID, "none has worked yet", todo);
    };
    let since_s = Instant::from_utc(Utc::now()).seconds_since(until);
    let patience_s = i64::try_from(config.worker.interval_s.saturating_mul(4)).unwrap_or(i64::MAX);
    if since_s > patience_s.max(60) {
        findings.failed(ID, format!("none has worked for {since_s} s"), todo);
    } else {
        findings.ok(ID, "one is at work, or was a moment ago");
    }
}
