//! The keys, by concern. The comment above a key is its documentation everywhere: in
//! `refero.example.toml`, in `docs/configuration.md` and here.

use std::net::SocketAddr;
use std::path::PathBuf;

use super::database_url::DatabaseUrl;
use super::epoch_keys::EpochKeys;
use super::key::concern;
use super::recipients::Recipients;
use super::setting::{KeyBytes, LogFormat, LogLevel, Name, PublicUrl, RequiredFactor};
use super::witnesses::WitnessList;

concern! {
    /// How the service is reached.
    Server "server" {
        /// Where the service listens. It speaks plain HTTP: put a proxy with TLS before it.
        bind: SocketAddr = Some("127.0.0.1:8080"), "";
        /// The address that clients use. With https:// answers tell browsers to stay on TLS
        /// (HSTS), and failed sign-ins are not limited by network unless `trust_forwarded_for` is
        /// on. Links are relative, whatever it says.
        public_url: Option<PublicUrl> = None, "";
        /// Threads that serve requests. When it is not set, one for each processor.
        workers: Option<usize> = None, "threads", 1..=256;
        /// The largest JSON body that is read.
        request_body_limit_bytes: usize = Some("262144"), "bytes", 1024..=16777216;
        /// The largest document that is uploaded to a case.
        document_limit_bytes: usize = Some("5242880"), "bytes", 1024..=16777216;
        /// How long a request may take, from its head to its answer. Verifying the audit log takes what it takes.
        request_timeout_s: u64 = Some("15"), "seconds", 1..=300;
        /// How long requests that have begun may go on after the service was told to stop.
        shutdown_timeout_s: u64 = Some("25"), "seconds", 0..=600;
        /// Whether the last address of `X-Forwarded-For` is taken for the client's. Only behind
        /// a proxy that sets it; otherwise anybody chooses the address in the audit trail.
        trust_forwarded_for: bool = Some("false"), "";
        /// Whether `/docs` shows the API to anyone.
        docs_enabled: bool = Some("true"), "";
    }
}

concern! {
    /// Where the data is.
    Database "database" {
        /// `sqlite://path` for the embedded database (the file must exist: the migrate command
        /// creates it), or `postgres://user@host/database?sslmode=verify-full`. A server on
        /// another machine needs `sslmode=verify-full` or `verify-ca`, or on a private network
        /// a stated `disable`. Required by every command that opens the data.
        url: Option<DatabaseUrl> = None, "";
        /// The address for migrations on PostgreSQL, with the role that owns the tables; the
        /// role in `url` may only add to the audit trail. When it is not set, `url` is used.
        owner_url: Option<DatabaseUrl> = None, "";
        /// Connections that are kept open, for reading on SQLite, for everything on PostgreSQL.
        pool_size: u32 = Some("8"), "connections", 1..=512;
        /// How long SQLite waits for another process that writes.
        busy_timeout_ms: u64 = Some("5000"), "milliseconds", 100..=60000;
        /// How long a request waits for a connection before it is answered 503.
        acquire_timeout_ms: u64 = Some("1500"), "milliseconds", 50..=60000;
        /// How long one statement may run on PostgreSQL.
        statement_timeout_ms: u64 = Some("5000"), "milliseconds", 100..=600000;
    }
}

concern! {
    /// The keys that seal identities, one for each epoch: the database says which is the current one
    /// (`refero keys`). Whoever has them and the database reads every name; without them nobody
    /// does, and no backup of the database helps. Keep copies of them elsewhere. Epochs may be given
    /// in several of these places, each epoch in one.
    Keys "keys" {
        /// The deployment key of epoch 1: exactly 32 bytes. It wraps the key of each person.
        deployment: Option<KeyBytes> = None, "";
        /// The deployment keys of any epochs, each as `EPOCH:KEY` such as `2:` and 32 bytes in
        /// base64, with white space between them: a line for each in a file. The file is read
        /// again when the database asks for an epoch that is not held.
        epochs: Option<EpochKeys> = None, "";
        /// A command for `sh -c` whose standard output is written as `epochs` is: from a key
        /// service, `age`, `pass`. It has 20 seconds, and is run again when the database asks for
        /// an epoch that is not held.
        command: Option<Name> = None, "";
    }
}

concern! {
    /// Forgetting people.
    Erasure "erasure" {
        /// A file to which a line is added for each person who was forgotten: an id and a time. Keep
        /// it apart from the database and its backups: a server does not start on a database that is
        /// older than this file, before `refero erasures replay` was run.
        tombstones: Option<PathBuf> = None, "";
    }
}

concern! {
    /// Backups, which `refero backup` encrypts to keys whose private half is kept away from this machine.
    Backup "backup" {
        /// The public keys of those who can open backups, as `refero keys new-backup-key` shows them. Any
        /// one of them opens a backup: give two, kept by two people in two places. Required to back up.
        recipients: Option<Recipients> = None, "";
        /// The folder that backups are written to, and where `refero doctor` and the metrics see how old
        /// the last one is.
        directory: Option<PathBuf> = None, "";
        /// How old the last backup may be before `refero doctor` warns.
        max_age_s: u64 = Some("93600"), "seconds", 3600..=7776000;
        /// The address of a PostgreSQL server with a role that may make databases, in which
        /// `refero verify-backup` makes a scratch database and drops it again. When it is not set,
        /// `database.owner_url` is used.
        scratch_url: Option<DatabaseUrl> = None, "";
    }
}

concern! {
    /// What a monitoring system asks for.
    Metrics "metrics" {
        /// Where `GET /metrics` answers in the OpenMetrics format, for Prometheus. No token is asked for and
        /// nothing about a person is told: still, an address that only the monitoring reaches, such as
        /// `127.0.0.1:9464`. When it is not set, nothing is served.
        bind: Option<SocketAddr> = None, "";
    }
}

concern! {
    /// Access tokens (RFC 9068) and refresh tokens.
    Tokens "tokens" {
        /// The key that signs access tokens with HS256: at least 32 bytes.
        signing_key: Option<KeyBytes> = None, "";
        /// The signing key before the last change, still accepted for checking. Remove it once
        /// `access_ttl_s` has passed since the change.
        previous_signing_key: Option<KeyBytes> = None, "";
        /// The `iss` of the tokens.
        issuer: Name = Some("refero"), "";
        /// The `aud` of the tokens. Deployments that share a signing key by mistake are still
        /// apart if this differs.
        audience: Name = Some("refero-api"), "";
        /// How long an access token is good for.
        access_ttl_s: u64 = Some("600"), "seconds", 30..=3600;
        /// How long a session may go without being refreshed.
        refresh_idle_s: u64 = Some("1800"), "seconds", 60..=86400;
        /// How long a session may live at all before the person signs in again.
        refresh_absolute_s: u64 = Some("43200"), "seconds", 300..=86400;
    }
}

concern! {
    /// Passwords. The defaults for Argon2id are those of the OWASP cheat sheet; weaker ones are
    /// refused.
    Passwords "passwords" {
        /// Memory of one hash.
        argon2_memory_kib: u32 = Some("19456"), "KiB", 7168..=1048576;
        /// Passes over the memory.
        argon2_iterations: u32 = Some("2"), "passes", 1..=64;
        /// Lanes of one hash.
        argon2_parallelism: u32 = Some("1"), "lanes", 1..=16;
        /// Hashes computed at the same time. Each takes the memory above.
        hash_concurrency: usize = Some("2"), "hashes", 1..=64;
        /// Hashes that may wait for their turn; the next sign-in is answered 503 at once.
        hash_queue: usize = Some("32"), "hashes", 0..=4096;
        /// The shortest new password. Less than 15 is refused (NIST SP 800-63B-4).
        min_length: usize = Some("15"), "characters", 15..=64;
        /// The longest password. A longer one is refused, never cut.
        max_length: usize = Some("128"), "bytes", 64..=1024;
        /// How long the secret for a first sign-in is good for.
        activation_ttl_s: u64 = Some("259200"), "seconds", 300..=1209600;
        /// Failed sign-ins from one network (/24 or /48) that are looked at in a row; after that one
        /// every six seconds, and 429 in between. 0 sets no limit; none is set either
        /// where `server.public_url` begins with https:// and `server.trust_forwarded_for` is off,
        /// because all clients are one network then.
        network_failures: u32 = Some("200"), "failures", 0..=100000;
    }
}

concern! {
    /// Second factors: codes of an authenticator (TOTP, RFC 6238). Who has one proves it at every
    /// sign-in, and again before identities are opened or rights are given.
    SecondFactor "second_factor" {
        /// Who must have one for those acts: `all`, or the roles, separated by commas. With `enrolled`
        /// nobody must, and who has one still proves it.
        required: RequiredFactor = Some("case_coordinator,coordination_supervisor,service_provider_worker,service_provider_manager,identification_officer,investigator,prosecutor_liaison,auditor,data_protection_officer,system_administrator"), "";
        /// For how long a proof opens those acts.
        fresh_s: u64 = Some("300"), "seconds", 30..=3600;
        /// The name of this deployment, as authenticators show it.
        issuer: Name = Some("Refero"), "";
    }
}

concern! {
    /// Work that is done beside requests: escalating what is overdue, ending consents whose time is
    /// up, forgetting what was kept for repeats and sign-ins.
    Worker "worker" {
        /// Whether the serving process does it too. Turn it off when workers run on their own.
        enabled: bool = Some("true"), "";
        /// How often it looks for work.
        interval_s: u64 = Some("15"), "seconds", 1..=3600;
        /// How long a worker owns a piece of work before another may take it over.
        lease_s: u64 = Some("60"), "seconds", 5..=3600;
    }
}

concern! {
    /// Where alerts go to: each is a line in the log, and is given to a command if one is named.
    Alerts "alerts" {
        /// A program that is run with each alert as one line of JSON on its standard input, with
        /// nothing of the service's environment. An alert counts as handed over when it
        /// ends with 0, and is tried again until then. Kinds and ids only: no personal data.
        command: Option<PathBuf> = None, "";
        /// How long that program may take before it is ended.
        command_timeout_s: u64 = Some("10"), "seconds", 1..=30;
    }
}

concern! {
    /// The log over the audit trail (RFC 6962), whose head is signed within a second.
    Audit "audit" {
        /// The Ed25519 key that signs the heads of the log: exactly 32 bytes. When it is not set, a
        /// key made from `keys.deployment` signs. Whoever has it and the database can write another
        /// past, which only a head that somebody else has kept gives away.
        signing_key: Option<KeyBytes> = None, "";
        /// The signing key before the last change. It signs beside the new one until it is removed,
        /// so that whoever checks has time to learn the new one.
        previous_signing_key: Option<KeyBytes> = None, "";
        /// The name of the log, first line of every signed head: one for each deployment, for ever.
        /// No spaces and no plus signs, such as `refero.example.org/audit`.
        log_name: Name = Some("refero"), "";
        /// Who keeps the heads of the log elsewhere and signs them, each with the address it is asked
        /// at and the key that `refero audit witness key` shows. Whatever they do, the service goes on.
        witnesses: Option<WitnessList> = None, "";
        /// How often they are asked.
        witness_interval_s: u64 = Some("60"), "seconds", 1..=3600;
    }
}

concern! {
    /// The country: its bodies, areas, languages, legal bases and deadlines.
    Country "country" {
        /// The name of a profile that comes with the service, or the path of a TOML file.
        /// Required to serve.
        profile: Option<Name> = None, "";
    }
}

concern! {
    /// What the service says about itself on standard error. Personal data is never in it.
    Log "log" {
        /// How much it says: error, warn, info, debug or trace.
        level: LogLevel = Some("info"), "";
        /// `json` for machines, `text` for a terminal.
        format: LogFormat = Some("json"), "";
    }
}
