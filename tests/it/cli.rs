//! The program as an operator meets it: what it prepares, and when it refuses to start.

use std::{
    fs,
    io::{BufRead, BufReader},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::Stdio,
};

use refero_domain::instant::Instant;
use serde_json::{Value, json};

use crate::{
    device::Device,
    world::{
        postgres::PostgresDatabase,
        program::{FIRST_ADMINISTRATOR, House, Serving, key, wait_until},
    },
};

#[test]
fn serving_begins_with_a_migration_and_ends_with_a_signal() {
    let house = House::on_sqlite();
    assert!(house.says(&["db", "migrate"]).contains("applied now"));
    assert!(!house.run(&["healthcheck"]).status.success());

    let serving = Serving::of(house.command(&["serve"]));
    wait_until("readiness", || house.run(&["healthcheck"]).status.success());
    assert_eq!(serving.terminate(), Some(0));
    assert!(!house.run(&["healthcheck"]).status.success());
}

#[test]
fn serving_is_refused_without_its_keys() {
    let house = House::on_sqlite();
    house.says(&["db", "migrate"]);

    let house = house.without("REFERO_KEYS__DEPLOYMENT");
    assert!(house.refuses(&["serve"]).contains("keys.deployment is required"));
    let house = house.with("REFERO_KEYS__DEPLOYMENT", key("deployment"));
    let house = house.without("REFERO_TOKENS__SIGNING_KEY");
    assert!(house.refuses(&["serve"]).contains("tokens.signing_key is required"));
}

#[test]
fn a_key_that_others_can_read_is_told_of_at_the_start() {
    let told = |mode: u32| {
        let house = House::on_sqlite().without("REFERO_KEYS__DEPLOYMENT");
        let file = house.folder.path().join("deployment.key");
        fs::write(&file, key("deployment")).unwrap();
        fs::set_permissions(&file, PermissionsExt::from_mode(mode)).unwrap();
        let house = house.with("REFERO_KEYS__DEPLOYMENT_FILE", file.to_str().unwrap());
        house.says(&["db", "migrate"]);
        let log = house.folder.path().join("log");
        let mut command = house.command(&["serve"]);
        command.stdout(Stdio::null()).stderr(fs::File::create(&log).unwrap());
        let serving = Serving(command.spawn().unwrap());
        wait_until("readiness", || house.run(&["healthcheck"]).status.success());
        assert_eq!(serving.terminate(), Some(0));
        let log = fs::read_to_string(log).unwrap();
        assert!(!log.contains(&key("deployment")));
        log.contains("keys.deployment_file (644, at most 640)")
    };

    assert!(told(0o644));
    assert!(!told(0o640));
}

#[test]
fn serving_is_refused_on_a_database_that_is_not_prepared() {
    let house = House::on_sqlite();
    assert!(house.refuses(&["serve"]).contains("does not exist"));
    let path = house.folder.path().join("refero.sqlite");
    assert!(!path.exists(), "a typo must not create a database");

    fs::write(&path, "").unwrap();
    assert!(house.refuses(&["serve"]).contains("refero db migrate"));
    assert!(!house.run(&["db", "status"]).status.success());
    house.says(&["db", "migrate"]);
    assert!(house.says(&["db", "status"]).contains("applied 2026"));
}

#[test]
fn serving_is_refused_with_another_key_than_the_data_was_sealed_with() {
    let house = House::on_sqlite();
    house.says(&["db", "migrate"]);
    let serving = Serving::of(house.command(&["serve"]));
    wait_until("readiness", || house.run(&["healthcheck"]).status.success());
    drop(serving);

    let house = house.with("REFERO_KEYS__DEPLOYMENT", key("another"));
    let refused = house.refuses(&["serve"]);
    assert!(refused.contains("is not the one this database was sealed with"), "{refused}");
    assert!(!refused.contains(&key("another")));
}

#[test]
fn a_newer_schema_is_left_alone() {
    let house = House::on_sqlite();
    house.says(&["db", "migrate"]);
    let options = refero_store::Options::for_url(house.settings[0].1.clone());
    let newer = "insert into __diesel_schema_migrations (version) values ('29990101000000')";
    refero_store::testing::run(&options, newer).unwrap();

    for command in [&["serve"][..], &["db", "migrate"]] {
        assert!(house.refuses(command).contains("newer than this program"));
    }
}

#[test]
fn on_postgresql_the_owner_migrates_and_the_application_serves() {
    let database = PostgresDatabase::empty();
    let house = House::on_sqlite()
        .with("REFERO_DATABASE__URL", database.app.url.clone())
        .with("REFERO_DATABASE__OWNER_URL", database.owner.url.clone());
    assert!(house.says(&["db", "migrate"]).contains("has its rights"));

    let serving = Serving::of(house.command(&["serve"]));
    wait_until("readiness", || house.run(&["healthcheck"]).status.success());
    assert_eq!(serving.terminate(), Some(0));
}

#[test]
fn the_configuration_is_shown_without_its_secrets() {
    let house = House::on_sqlite();
    let shown = house.says(&["config", "show", "--set", "log.level=debug"]);

    assert!(shown.contains("level = \"debug\"") && shown.contains("[hidden]"));
    assert!(!shown.contains(&key("deployment")) && !shown.contains(&key("tokens")));
    assert!(house.refuses(&["config", "show", "--set", "log.levle=debug"]).contains("log.level"));
}

#[test]
fn the_description_goes_to_standard_output_alone() {
    let house = House::on_sqlite();
    let committed = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.yaml"));

    assert_eq!(house.says(&["openapi"]), committed.unwrap());
}

/// Sends a JSON body and returns the status with the answer.
async fn post(url: String, body: Value) -> (u16, Value) {
    post_as("", url, body).await
}

/// The same with an access token.
async fn post_as(token: &str, url: String, body: Value) -> (u16, Value) {
    let request = reqwest::Client::new().post(url).bearer_auth(token).json(&body);
    let key = uuid::Uuid::new_v4().to_string();
    let answer = request.header("Idempotency-Key", key).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap_or_default())
}

const PASSWORD: &str = "violet kettle under seven maps";

#[actix_web::test]
async fn the_first_administrator_chooses_a_password_and_a_second_factor_and_makes_accounts() {
    let house = House::on_sqlite();
    house.says(&["db", "migrate"]);
    let told = house.says(&FIRST_ADMINISTRATOR);
    let secret = told.lines().last().unwrap();
    assert!(house.refuses(&FIRST_ADMINISTRATOR).contains("there is an administrator already"));

    let _serving = Serving::of(house.command(&["serve"]));
    wait_until("readiness", || house.run(&["healthcheck"]).status.success());
    let at = |path: &str| format!("http://{}{path}", house.value("REFERO_SERVER__BIND"));
    let activation = json!({
        "username": "ruth.w", "activation_secret": secret, "password": PASSWORD
    });
    assert_eq!(post(at("/v1/session/activate"), activation).await.0, 204);
    let sign_in = json!({"username": "ruth.w", "password": PASSWORD});
    let (status, session) = post(at("/v1/session"), sign_in).await;
    assert_eq!(status, 200);
    let token = session["access_token"].as_str().unwrap();
    let organisation = json!({"name": "Northern Police", "organisation_type": "law_enforcement"});
    let (status, organisation) = post_as(token, at("/v1/organisations"), organisation).await;
    assert_eq!(status, 201, "{organisation}");
    let user = json!({
        "organisation_id": organisation["id"], "username": "ama.k", "display_name": "Ama K."
    });

    let (status, refused) = post_as(token, at("/v1/users"), user.clone()).await;
    assert_eq!((status, &refused["code"]), (403, &json!("second-factor-enrolment-required")));
    let password = json!({"password": PASSWORD});
    let (status, begun) = post_as(token, at("/v1/me/second-factor"), password).await;
    assert_eq!(status, 200, "{begun}");
    let device = Device::of(begun["secret"].as_str().unwrap().to_owned());
    let now = Instant::from_utc(chrono::Utc::now());
    let otp = json!({"otp": device.code(now)});
    let (status, confirmed) = post_as(token, at("/v1/me/second-factor/confirm"), otp).await;
    assert_eq!(status, 200, "{confirmed}");
    assert_eq!(post_as(token, at("/v1/users"), user).await.0, 201);
}

#[test]
fn a_lost_administrator_is_recovered_by_name() {
    let house = House::on_sqlite();
    house.says(&["db", "migrate"]);
    let first = house.says(&FIRST_ADMINISTRATOR);

    let second = house.says(&["admin", "recover", "--username", "ruth.w"]);
    assert_ne!(first.lines().last(), second.lines().last());
    house.refuses(&["admin", "recover", "--username", "nobody"]);
}

/// Starts the demonstration and reads its one line.
fn demonstrate(house: &House) -> (Serving, Value) {
    let arguments = ["demo", "--json", "--port", "0", "--data-dir", "data"];
    let mut serving = Serving::of(house.command(&arguments));
    let mut line = String::new();
    let out = serving.0.stdout.take().unwrap();
    BufReader::new(out).read_line(&mut line).unwrap();
    (serving, serde_json::from_str(&line).unwrap())
}

#[actix_web::test]
async fn everybody_in_the_demonstration_can_sign_in_and_has_the_role_that_is_said() {
    let house = House::on_sqlite();
    let (_serving, ready) = demonstrate(&house);
    let base = ready["base_url"].as_str().unwrap();

    for account in ready["accounts"].as_array().unwrap() {
        let sign_in = json!({"username": account["username"], "password": account["password"]});
        let (status, session) = post(format!("{base}/v1/session"), sign_in).await;
        assert_eq!(status, 200, "{account}");
        let me = reqwest::Client::new()
            .get(format!("{base}/v1/me"))
            .bearer_auth(session["access_token"].as_str().unwrap());
        let me: Value = me.send().await.unwrap().json().await.unwrap();
        assert_eq!(me["user_id"], account["user_id"], "{me}");
        assert_eq!(me["roles"][0]["role"], account["role"], "{me}");
    }
}

#[test]
fn the_demonstration_says_one_line_and_knows_its_folder_again() {
    let house = House::on_sqlite();
    let (serving, first) = demonstrate(&house);
    assert!(first["base_url"].as_str().unwrap().starts_with("http://127.0.0.1:"));
    assert!(first["docs_url"].as_str().unwrap().ends_with("/docs/"));
    let accounts = first["accounts"].as_array().unwrap();
    for member in ["role", "username", "password", "organisation_id", "organisation", "user_id"] {
        assert!(accounts.iter().all(|account| account[member].is_string()), "{member}");
    }
    assert_eq!(serving.terminate(), Some(0));

    let (_serving, again) = demonstrate(&house);
    assert_eq!(again["accounts"], first["accounts"]);
    let own = house.folder.path().join("refero.sqlite");
    assert!(!own.exists(), "a demonstration takes nothing from the environment");
}

#[test]
fn a_demonstration_serves_this_machine_alone() {
    let house = House::on_sqlite();
    let open = ["demo", "--json", "--data-dir", "data", "--set", "server.bind=0.0.0.0:0"];

    assert!(house.refuses(&open).contains("this machine alone"));
}

#[test]
fn r19_a_country_is_checked_before_anybody_relies_on_it() {
    let house = House::on_sqlite();
    assert!(house.says(&["profile", "list"]).contains("ng\tNigeria\n"));
    for id in ["ug", "ci", "ng", "sn", "gm", "gh", "ne", "ma", "mr"] {
        let told = house.says(&["profile", "check", id]);
        assert!(told.contains("is whole") && told.contains("in force\n"), "{told}");
        assert!(told.contains("policy, to be confirmed"), "{told}");
    }

    let own = house.folder.path().join("own.toml");
    let path = own.to_str().unwrap();
    let uganda = include_str!("../../profiles/ug.toml");
    let wrong = uganda.replace("age_of_majority = 18", "age_of_majority = 16");
    fs::write(&own, wrong.replace("\"UG-C\"", "\"KE-C\"")).unwrap();
    let refused = house.refuses(&["profile", "check", path]);
    assert!(refused.contains("age of majority") && refused.contains("position 0"), "{refused}");
    assert!(house.refuses(&["profile", "check", "atlantis"]).contains("country.profile names"));

    let later =
        uganda.replace("effective_from = \"2026-01-01\"", "effective_from = \"2999-01-01\"");
    fs::write(&own, later).unwrap();
    assert!(house.says(&["profile", "check", path]).contains("not in force yet"));
    house.says(&["db", "migrate"]);
    let house = house.with("REFERO_COUNTRY__PROFILE", path.to_owned());
    assert!(house.refuses(&["serve"]).contains("not in force before 2999-01-01"));
}

#[test]
fn the_schema_of_a_profile_stands_on_its_own() {
    fn references(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    match member {
                        Value::String(to) if name == "$ref" => found.push(to.clone()),
                        other => references(other, found),
                    }
                }
            }
            Value::Array(values) => values.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }
    let house = House::on_sqlite();
    let schema: Value = serde_json::from_str(&house.says(&["profile", "schema"])).unwrap();

    let mut found = Vec::new();
    references(&schema, &mut found);
    assert!(found.len() > 10);
    for to in found {
        assert!(schema.pointer(to.trim_start_matches('#')).is_some(), "{to}");
    }
    let members = schema.pointer("/$defs/CountryProfile/properties").unwrap();
    let text = include_str!("../../profiles/ug.toml");
    let uganda: toml::Table = text.parse().unwrap();
    for member in uganda.keys() {
        assert!(members.get(member).is_some(), "{member}");
    }
}
