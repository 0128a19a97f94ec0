//! What the operator does with the log, by the commands of the program.

use std::fs;

use crate::world::{
    postgres::PostgresDatabase,
    program::{FIRST_ADMINISTRATOR, House, Serving, key, wait_until},
    watcher::Watcher,
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
    what_a_witness_signed_is_checked(&house, &signer);
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
    assert!(is_sound && said.contains("the log has signed it"), "{said}");
    let without = |keep: &dyn Fn(usize) -> bool| -> String {
        let kept = lines.lines().enumerate().filter(|(at, _)| keep(*at));
        kept.map(|(_, line)| format!("{line}\n")).collect()
    };
    let last = lines.lines().count() - 1;
    let unsigned = file(house, "unsigned", &without(&|at| at != last));
    let (is_sound, said) = elsewhere(&unsigned);
    assert!(is_sound && said.contains("is not signed"), "{said}");
    for (name, changed) in [
        ("shorter", without(&|at| at != last - 1)),
        ("longer", lines.clone() + lines.lines().next().unwrap() + "\n"),
        ("resealed", lines.replace("lines ", "lines 1")),
    ] {
        assert!(!elsewhere(&file(house, name, &changed)).0, "{name}");
    }
    let changed = file(house, "changed", &lines.replacen("success", "failed", 1));
    let (is_sound, said) = elsewhere(&changed);
    assert!(!is_sound && said.starts_with("NOT SOUND. First fault: leaf 0, event "), "{said}");
    assert!(said.contains("what it says is not what was hashed"), "{said}");
}

fn what_a_witness_signed_is_checked(house: &House, signer: &str) {
    let watcher = Watcher::of(signer);
    let earlier = house.says(&["audit", "checkpoint"]);
    let signed = watcher.sign(&earlier, None);
    assert!(signed.status.success());
    let signed = String::from_utf8(signed.stdout).unwrap();
    let cosigned = file(house, "cosigned", &signed);
    let printed = file(house, "printed", signed.split_once("\n\n").unwrap().0);
    let witness = watcher.key.to_string();
    let verified = house.says(&["audit", "verify", "--pin", &cosigned, "--witness", &witness]);
    assert!(verified.contains("are those of a pinned checkpoint"), "{verified}");
    assert!(house.says(&["audit", "verify", "--printed", &printed]).contains("pinned checkpoint"));
    let unsigned = file(house, "unwitnessed", &earlier);
    house.refuses(&["audit", "verify", "--pin", &unsigned, "--witness", &witness]);

    house.says(&["admin", "recover", "--username", "ruth.w"]);
    serve(house);
    let later = house.says(&["audit", "checkpoint"]);
    let from = earlier.lines().nth(1).unwrap();
    let proof = house.says(&["audit", "consistency", "--from", from]);
    assert!(!watcher.sign(&later, None).status.success());
    assert!(watcher.sign(&later, Some(&proof)).status.success());
    let [old, new, proof] = [("old", &earlier), ("new", &later), ("growth", &proof)]
        .map(|(name, text)| file(house, name, text));
    let grown = |old: &str, new: &str| {
        let files = ["--old", old, "--new", new, "--proof", &proof, "--key", signer];
        house.run(&[&["audit", "grown"][..], &files].concat()).status.success()
    };
    assert!(grown(&old, &new) && !grown(&new, &old));
    let house_with = format!("http://127.0.0.1:9 {witness}");
    let mut asking = house.command(&["audit", "witnesses"]);
    let said = asking.env("REFERO_AUDIT__WITNESSES", house_with).output().unwrap().stdout;
    assert_eq!(String::from_utf8(said).unwrap(), "watcher.example.org: nothing yet\n");
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
