//! Stories about configurations, good and bad.

use std::fs;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use tempfile::TempDir;

use super::*;

mod second_factor;
mod secrets;

fn key(seed: u8) -> String {
    use sha2::Digest;
    STANDARD.encode(sha2::Sha256::digest([seed]))
}

fn from_environment(variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
    Config::load(Sources::new().with_environment(variables.iter().copied()))
}

fn from_file(text: &str) -> Result<Config, ConfigError> {
    let here = TempDir::new().unwrap();
    let path = here.path().join("refero.toml");
    fs::write(&path, text).unwrap();
    Config::load(Sources::new().with_file(path))
}

#[test]
fn the_defaults_are_a_configuration() {
    let config = Config::load(Sources::new()).unwrap();

    assert_eq!(config.server.bind, "127.0.0.1:8080".parse().unwrap());
    assert_eq!(config.server.shutdown_timeout_s, 25);
    assert_eq!(config.server.request_body_limit_bytes, 256 * 1024);
    assert!(config.server.docs_enabled && !config.server.trust_forwarded_for);
    assert!(config.database.url.is_none() && config.server.public_url.is_none());
    assert_eq!(config.tokens.access_ttl_s, 600);
    assert_eq!(config.passwords.activation_ttl_s, 72 * 3600);
    assert_eq!(config.log.format, LogFormat::Json);
}

#[test]
fn each_source_beats_the_one_before() {
    let here = TempDir::new().unwrap();
    let path = here.path().join("refero.toml");
    fs::write(&path, "[server]\nshutdown_timeout_s = 1\nrequest_timeout_s = 2\nworkers = 3\n")
        .unwrap();
    let config = Config::load(
        Sources::new()
            .with_file(path)
            .with_environment([
                ("REFERO_SERVER__REQUEST_TIMEOUT_S", "20"),
                ("REFERO_SERVER__WORKERS", "30"),
            ])
            .with_flag("server.workers", "200")
            .with_flag("server.workers", "100"),
    )
    .unwrap();

    assert_eq!(config.server.shutdown_timeout_s, 1);
    assert_eq!(config.server.request_timeout_s, 20);
    assert_eq!(config.server.workers, Some(100));
}

#[test]
fn the_environment_may_name_the_file_and_the_flag_beats_it() {
    let here = TempDir::new().unwrap();
    let named = |name: &str, seconds: u8| {
        let path = here.path().join(name);
        fs::write(&path, format!("[worker]\ninterval_s = {seconds}\n")).unwrap();
        path
    };
    let (one, two) = (named("one.toml", 1), named("two.toml", 2));

    let sources = Sources::new().with_environment([("REFERO_CONFIG", one)]);
    assert_eq!(Config::load(sources.clone()).unwrap().worker.interval_s, 1);
    assert_eq!(Config::load(sources.with_file(two)).unwrap().worker.interval_s, 2);
}

#[test]
fn an_unknown_key_names_the_nearest() {
    let nearest = |result: Result<Config, ConfigError>| match result.unwrap_err() {
        ConfigError::UnknownKey { nearest, .. } => nearest,
        other => panic!("{other}"),
    };

    assert_eq!(nearest(from_file("[server]\nbnid = \"127.0.0.1:1\"")), "server.bind");
    assert_eq!(nearest(from_file("[databse]\nurl = \"sqlite://a\"")), "database.url");
    assert_eq!(nearest(from_file("[keys]\ndeployment_fil = 'x'")), "keys.deployment_file");
    assert_eq!(nearest(from_file("server_bind = 'x'")), "server.bind");
    assert_eq!(nearest(from_file("[log]\nlevel_file = 'x'")), "log.level");
    assert_eq!(nearest(from_environment(&[("REFERO_DATABASE_URL", "x")])), "REFERO_DATABASE__URL");
    assert_eq!(
        nearest(from_environment(&[("REFERO_SERVER__BIND__PORT", "1")])),
        "REFERO_SERVER__BIND"
    );
    assert_eq!(
        nearest(from_environment(&[("REFERO_SERVER__bind", "127.0.0.1:1")])),
        "REFERO_SERVER__BIND"
    );
    let flag = Config::load(Sources::new().with_flag("server.binde", "x"));
    assert_eq!(nearest(flag), "server.bind");
}

#[test]
fn a_table_where_a_value_belongs_is_refused() {
    assert_eq!(
        from_file("[server.bind]\nport = 1").unwrap_err().to_string(),
        "server.bind (from the configuration file) must be an address and a port"
    );
}

#[test]
fn variables_of_an_orchestrator_do_not_stop_the_start() {
    let links = [
        ("REFERO_SERVICE_HOST", "10.0.0.1"),
        ("REFERO_SERVICE_PORT", "80"),
        ("REFERO_SERVICE_PORT_HTTP", "80"),
        ("REFERO_PORT", "tcp://10.0.0.1:80"),
        ("REFERO_PORT_80_TCP_ADDR", "10.0.0.1"),
        ("PATH", "/bin"),
        ("OTHER_REFERO_X", "1"),
    ];

    assert!(from_environment(&links).is_ok());
}

#[test]
fn a_value_of_the_wrong_kind_is_refused_without_repeating_it() {
    for (text, sentence) in [
        (
            "[database]\npool_size = \"8\"",
            "database.pool_size (from the configuration file) must be a whole number",
        ),
        (
            "[database]\npool_size = 8.0",
            "database.pool_size (from the configuration file) must be a whole number",
        ),
        (
            "[database]\npool_size = -1",
            "database.pool_size (from the configuration file) must be a whole number",
        ),
        (
            "[database]\npool_size = 0",
            "database.pool_size (from the configuration file) must be between 1 and 512",
        ),
        (
            "[server]\ndocs_enabled = 1",
            "server.docs_enabled (from the configuration file) must be true or false",
        ),
        (
            "[server]\nbind = 8080",
            "server.bind (from the configuration file) must be an address and a port",
        ),
        (
            "[log]\nlevel = \"INFO\"",
            "log.level (from the configuration file) must be one of error, warn, info, debug, trace",
        ),
        (
            "[passwords]\nmin_length = 8",
            "passwords.min_length (from the configuration file) must be between 15 and 64",
        ),
        (
            "[keys]\ndeployment = [1]",
            "keys.deployment (from the configuration file) must be 32 random bytes in base64 (openssl rand -base64 32)",
        ),
        (
            "[keys]\ndeployment_file = 1",
            "keys.deployment (from the configuration file) must be 32 random bytes in base64 (openssl rand -base64 32)",
        ),
        ("[log]\n\n# s3cr3t\nlevel = s3cr3t", "the configuration file is not valid TOML at line 4"),
        (
            "[log]\nlevel = 'info'\nlevel = 's3cr3t'",
            "the configuration file is not valid TOML at line 3",
        ),
    ] {
        assert_eq!(from_file(text).unwrap_err().to_string(), sentence);
    }
    for value in ["", " ", "x", "8 ", "1e1", "99999999999999999999"] {
        let error = from_environment(&[("REFERO_DATABASE__POOL_SIZE", value)]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "database.pool_size (from the environment) must be a whole number"
        );
    }
}

#[test]
fn plain_http_is_only_for_this_machine() {
    for url in [
        "https://nrm.example.org",
        "https://nrm.example.org:8443/api/",
        "http://localhost:8080",
        "http://[::1]:1",
    ] {
        assert!(from_environment(&[("REFERO_SERVER__PUBLIC_URL", url)]).is_ok(), "{url}");
    }
    for url in [
        "http://nrm.example.org",
        "nrm.example.org",
        "https://",
        "https://a@b",
        "http://localhost.evil.org",
        "ftp://a",
        "https://a b",
        "https://:80",
    ] {
        assert!(from_environment(&[("REFERO_SERVER__PUBLIC_URL", url)]).is_err(), "{url}");
    }
}

#[test]
fn settings_that_contradict_each_other_are_refused() {
    for (name, value) in [
        ("REFERO_TOKENS__REFRESH_IDLE_S", "60"),
        ("REFERO_TOKENS__REFRESH_ABSOLUTE_S", "1200"),
        ("REFERO_PASSWORDS__ARGON2_ITERATIONS", "1"),
        ("REFERO_WORKER__LEASE_S", "15"),
    ] {
        let error = from_environment(&[(name, value)]).unwrap_err();
        assert!(matches!(error, ConfigError::Conflict(_)), "{name}: {error}");
    }
}

#[test]
fn the_example_uncommented_is_the_defaults() {
    let uncommented: String = Config::example_toml()
        .lines()
        .filter(|line| !line.ends_with("# not set"))
        .map(|line| match line.strip_prefix("# ") {
            Some(setting)
                if setting.split_once(" = ").is_some_and(|(key, _)| !key.contains(' ')) =>
            {
                format!("{setting}\n")
            }
            Some(_) | None => format!("{line}\n"),
        })
        .collect();
    let config = from_file(&uncommented).unwrap();

    assert!(uncommented.contains("\nbind = \"127.0.0.1:8080\"\n"));
    assert_eq!(config.redacted(), Config::load(Sources::new()).unwrap().redacted());
    assert!(from_file(&Config::example_toml()).is_ok());
}

#[test]
fn the_committed_documents_are_current() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (name, current) in [
        ("refero.example.toml", Config::example_toml()),
        ("docs/configuration.md", document::markdown()),
    ] {
        let path = root.join(name);
        if std::env::var_os("REFERO_UPDATE_GOLDEN").is_some_and(|value| value == "1") {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, &current).unwrap();
        }
        let committed = fs::read_to_string(&path).unwrap_or_default();
        assert!(committed == current, "{name} is stale: run this with REFERO_UPDATE_GOLDEN=1");
    }
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_not_text_is_refused() {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt;

    let not_text = OsString::from_vec(vec![0xff, 0xfe]);
    let sources =
        Sources::new().with_environment([(OsString::from("REFERO_LOG__LEVEL"), not_text)]);
    assert_eq!(Config::load(sources).unwrap_err(), ConfigError::NotText);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_file_makes_it_panic(text in "(\\[[a-z.]{0,9}\\]\n)?([a-z_]{1,12} ?= ?[^\n]{0,20}\n){0,4}") {
        let _ = from_file(&text);
    }

    #[test]
    fn no_variable_makes_it_panic(name in "[A-Z_.]{0,20}|.{0,20}", value in ".{0,40}") {
        let _ = from_environment(&[(&format!("REFERO_{name}"), &value)]);
    }
}
