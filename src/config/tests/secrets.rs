//! Stories about keys, files with values, and what is required.

use super::*;

#[test]
fn secrets_come_from_files_without_their_last_newline() {
    let here = TempDir::new().unwrap();
    let path = here.path().join("key");
    let file = path.to_str().unwrap();

    for end in ["", "\n", "\r\n"] {
        fs::write(&path, format!("{}{end}", key(1))).unwrap();
        let config = from_environment(&[("REFERO_KEYS__DEPLOYMENT_FILE", file)]).unwrap();
        let bytes = config.keys.deployment.unwrap();
        assert_eq!(STANDARD.encode(bytes.reveal()), key(1));
    }
    fs::write(&path, format!("{}\n\n", key(1))).unwrap();
    assert!(from_environment(&[("REFERO_KEYS__DEPLOYMENT_FILE", file)]).is_err());
}

#[test]
fn a_value_and_its_file_in_one_place_are_refused_and_a_later_place_wins() {
    let here = TempDir::new().unwrap();
    let path = here.path().join("key");
    fs::write(&path, key(1)).unwrap();
    let file = path.to_str().unwrap();
    let both = ConfigError::BothGiven { key: "keys.deployment", origin: Origin::Environment };
    let value = key(2);
    let variables =
        [("REFERO_KEYS__DEPLOYMENT", value.as_str()), ("REFERO_KEYS__DEPLOYMENT_FILE", file)];

    assert_eq!(from_environment(&variables).unwrap_err(), both);
    let config = Config::load(
        Sources::new()
            .with_environment([("REFERO_KEYS__DEPLOYMENT", value.as_str())])
            .with_flag("keys.deployment_file", file),
    );
    assert_eq!(STANDARD.encode(config.unwrap().keys.deployment.unwrap().reveal()), key(1));
}

#[test]
fn a_file_that_cannot_be_read_is_refused() {
    let here = TempDir::new().unwrap();
    let refused = |path: &Path| {
        from_environment(&[("REFERO_DATABASE__URL_FILE", path.to_str().unwrap())]).unwrap_err()
    };
    let unreadable = |reason| ConfigError::UnreadableValue {
        key: "database.url",
        origin: Origin::Environment,
        reason,
    };
    let missing = "there is no such file";
    let big = here.path().join("big");
    fs::write(&big, vec![b'a'; 65 * 1024]).unwrap();

    let binary = here.path().join("binary");
    fs::write(&binary, [0xff, 0xfe]).unwrap();

    assert_eq!(refused(here.path()), unreadable("it is no file"));
    assert_eq!(refused(&here.path().join("none")), unreadable(missing));
    assert_eq!(refused(Path::new("/dev/zero")), unreadable("it is no file"));
    assert_eq!(refused(&big), unreadable("it is much longer than a value"));
    assert_eq!(refused(&binary), unreadable("it is not text in UTF-8"));
    let none = Config::load(Sources::new().with_file(here.path().join("none.toml")));
    assert_eq!(none.unwrap_err(), ConfigError::UnreadableFile { reason: missing });
}

#[test]
fn weak_and_shared_keys_are_refused() {
    let all_zero = STANDARD.encode([0_u8; 32]);
    let too_long = STANDARD.encode([key(1).as_bytes(), &[200; 9]].concat());
    for weak in ["changeme", &all_zero, &too_long] {
        let error = from_environment(&[("REFERO_KEYS__DEPLOYMENT", weak)]).unwrap_err();
        assert!(matches!(error, ConfigError::WeakSecret { key: "keys.deployment", .. }), "{error}");
        assert!(!error.to_string().contains(weak));
    }
    let one = key(1);
    let shared = [("REFERO_KEYS__DEPLOYMENT", &*one), ("REFERO_TOKENS__SIGNING_KEY", &*one)];
    assert!(matches!(from_environment(&shared).unwrap_err(), ConfigError::Conflict(_)));
}

#[test]
fn serving_names_what_is_missing() {
    let here = TempDir::new().unwrap();
    let path = here.path().join("refero.sqlite");
    let url = format!("sqlite://{}", path.display());
    let (one, two) = (key(1), key(2));
    let all = [
        ("REFERO_DATABASE__URL", url.as_str()),
        ("REFERO_KEYS__DEPLOYMENT", one.as_str()),
        ("REFERO_TOKENS__SIGNING_KEY", two.as_str()),
        ("REFERO_COUNTRY__PROFILE", "uganda"),
    ];

    assert_eq!(
        from_environment(&[]).unwrap().require_serving().unwrap_err().to_string(),
        "database.url is required: set it in the configuration file or as REFERO_DATABASE__URL"
    );
    let config = from_environment(&all).unwrap();
    assert_eq!(config.require_serving(), Err(ConfigError::NoDatabaseFile));
    fs::write(&path, "").unwrap();
    assert_eq!(config.require_serving(), Ok(()));
    for (index, (name, _)) in all.iter().enumerate() {
        let mut fewer = all.to_vec();
        fewer.remove(index);
        let error = from_environment(&fewer).unwrap().require_serving().unwrap_err();
        assert!(matches!(&error, ConfigError::Missing { variable, .. } if variable == name));
    }
}

#[test]
fn no_secret_is_printed() {
    let (one, two) = (key(1), key(2));
    let config = from_environment(&[
        ("REFERO_DATABASE__URL", "postgres://app:Pa55w0rt@db/refero?sslmode=verify-full"),
        ("REFERO_KEYS__DEPLOYMENT", &one),
        ("REFERO_TOKENS__SIGNING_KEY", &two),
    ])
    .unwrap();
    let printed =
        format!("{config:?} {config:#?} {}", toml::to_string(&config.redacted()).unwrap());

    for secret in ["Pa55w0rt", &one, &two, "app:"] {
        assert!(!printed.contains(secret));
    }
    assert!(printed.contains("deployment = \"[hidden]\""));
    let sources = Sources::new().with_flag("keys.deployment", one.clone());
    assert_eq!(format!("{sources:?}"), "Sources");
}
