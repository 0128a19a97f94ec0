//! What the operator does with the log, by the commands of the program.

use std::fs;

use crate::world::{
    postgres::PostgresDatabase,
    program::{FIRST_ADMINISTRATOR, House, Serving, key, wait_until},
};

/// A served database with a few events, and what its operator does with the log.
fn is_verified_by_its_operator(house: House) {
    house.says(&["db", "migrate"]);
    assert!(house.refuses(&["audit", "checkpoint"]).contains("nothing was signed yet"));
    house.says(&FIRST_ADMINISTRATOR);
    assert!(house.says(&["audit", "verify"]).contains("0 leaves"));
    serve(&house);

    let pin = file(&house, "pin", &house.says(&["audit", "checkpoint"]));
    let sound = house.says(&["audit", "verify", "--pin", &pin]);
    assert!(
        sound.starts_with("Sound: ") && sound.contains("are those of a pinned checkpoint"),
        "{sound}"
    );
    let without = house.says(&["audit", "verify"]);
    assert!(without.contains("No checkpoint was pinned"), "{without}");

    let signer = house.says(&["audit", "key"]).trim().to_owned();
    an_export_is_verified_elsewhere(&house, &signer, &pin);
    another_key_signs(house, &signer, &pin);
}

/// Writes a file into the folder of a house.
fn file(house: &House, name: &str, text: &str) -> String {
    let path = house.folder.path().join(name);
    fs::write(&path, text).unwrap();
    path.display().to_string()
}

/// Serves for a moment: what waits gets its number.
fn serve(house: &House) {
    let serving = Serving::of(house.command(&["serve"]));
    wait_until("readiness", || house.run(&["healthcheck"]).status.success());
    assert_eq!(serving.terminate(), Some(0));
}

fn an_export_is_verified_elsewhere(house: &House, signer: &str, pin: &str) {
    let lines = house.says(&["audit", "export"]);
    let export = file(house, "export", &lines);
    let elsewhere = |export: &str| {
        let arguments = ["audit", "verify", "--export", export, "--key", signer, "--pin", pin];
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_refero"))
            .env_clear()
            .args(arguments)
            .output()
            .unwrap();
        (output.status.success(), String::from_utf8(output.stdout).unwrap())
    };
    let (is_sound, said) = elsewhere(&export);
    assert!(is_sound, "{said}");
    let changed = file(house, "changed", &lines.replacen("success", "failed", 1));
    let (is_sound, said) = elsewhere(&changed);
    assert!(!is_sound && said.starts_with("NOT SOUND. First fault: leaf 0, event "), "{said}");
    assert!(said.contains("what it says is not what was hashed"), "{said}");
}

fn another_key_signs(house: House, signer: &str, pin: &str) {
    // Another key: both sign for a while, and what the former has signed is checked by its line.
    let house = house
        .with("REFERO_AUDIT__PREVIOUS_SIGNING_KEY", key("log"))
        .with("REFERO_AUDIT__SIGNING_KEY", key("new log"));
    house.says(&["admin", "recover", "--username", "ruth.w"]);
    serve(&house);
    let both = house.says(&["audit", "key"]);
    assert_eq!(both.lines().count(), 2);
    assert_eq!(both.lines().nth(1), Some(signer));
    house.says(&["audit", "verify", "--pin", pin]);
    let house = house.without("REFERO_AUDIT__PREVIOUS_SIGNING_KEY");
    let output = house.run(&["audit", "verify"]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(!output.status.success() && said.contains("by a key that is not known"), "{said}");
    house.says(&["audit", "verify", "--key", signer]);
}

#[test]
fn an_operator_verifies_shows_and_exports_the_log_of_an_embedded_database() {
    is_verified_by_its_operator(House::on_sqlite());
}

#[test]
fn an_operator_verifies_shows_and_exports_the_log_of_a_server() {
    let database = PostgresDatabase::empty();
    let house = House::on_sqlite()
        .with("REFERO_DATABASE__URL", database.app.url.clone())
        .with("REFERO_DATABASE__OWNER_URL", database.owner.url.clone());
    is_verified_by_its_operator(house);
}
