//! Which keys a program starts with, and how it says what is wrong with others.

use std::fs;

use crate::world::program::{House, Serving, key, key_of_epoch, wait_until};

/// A house whose keys are in a file, and that has served once.
fn served() -> House {
    let house = House::on_sqlite().without("REFERO_KEYS__DEPLOYMENT");
    let path = house.folder.path().join("keys").to_str().unwrap().to_owned();
    let house = house.with("REFERO_KEYS__EPOCHS_FILE", path);
    give(&house, &key_of_epoch(1));
    house.says(&["db", "migrate"]);
    serves(&house);
    house
}

fn give(house: &House, lines: &str) {
    fs::write(house.value("REFERO_KEYS__EPOCHS_FILE"), lines).unwrap();
}

fn serves(house: &House) {
    let serving = Serving::of(house.command(&["serve"]));
    wait_until("readiness", || house.run(&["healthcheck"]).status.success());
    assert_eq!(serving.terminate(), Some(0));
}

#[test]
fn a_key_that_is_missing_or_wrong_is_named_by_its_epoch_and_never_shown() {
    let house = served();

    give(&house, &key_of_epoch(2));
    let refused = house.refuses(&["serve"]);
    assert!(refused.contains("the deployment key of epoch 1 is missing"), "{refused}");
    assert!(refused.contains("keys.epochs") && !refused.contains(&key("epoch 2")), "{refused}");

    let wrong = key_of_epoch(2).replace("2:", "1:");
    give(&house, &wrong);
    let refused = house.refuses(&["serve"]);
    assert!(refused.contains("epoch 1 is not the one this database was sealed with"), "{refused}");

    give(&house, "");
    assert!(house.refuses(&["serve"]).contains("keys.epochs"));
    give(&house, &key_of_epoch(1));
    serves(&house);
}

#[test]
fn the_key_that_was_the_only_one_is_epoch_one() {
    let house = served();
    let only = key("epoch 1");
    let house = house.without("REFERO_KEYS__EPOCHS_FILE").with("REFERO_KEYS__DEPLOYMENT", &only);
    serves(&house);

    let house = house.with("REFERO_KEYS__EPOCHS", key_of_epoch(2));
    assert!(house.says(&["keys", "rotate"]).contains("epoch 2 is current"));
    serves(&house);
    let house = house.without("REFERO_KEYS__EPOCHS");
    assert!(house.refuses(&["serve"]).contains("epoch 2 is missing"));
}

#[test]
fn a_command_may_give_the_keys() {
    let house = served();
    let path = house.value("REFERO_KEYS__EPOCHS_FILE").to_owned();
    let house = house
        .without("REFERO_KEYS__EPOCHS_FILE")
        .with("PATH", std::env::var("PATH").unwrap())
        .with("REFERO_KEYS__COMMAND", format!("cat {path}"));
    serves(&house);

    let house = house.with("REFERO_KEYS__COMMAND", "echo not a key");
    assert!(house.refuses(&["serve"]).contains("what keys.command gives is refused"));
    let house = house.with("REFERO_KEYS__COMMAND", "exit 1");
    assert!(house.refuses(&["serve"]).contains("keys.command failed"));
}

#[test]
fn an_epoch_is_followed_sealed_anew_and_retired_in_this_order_only() {
    let house = served();
    assert!(house.refuses(&["keys", "rotate"]).contains("no key of a newer epoch is held"));
    assert!(house.refuses(&["keys", "retire", "1"]).contains("current epoch"));
    assert!(house.refuses(&["keys", "retire", "7"]).contains("does not know"));

    let made = house.says(&["keys", "generate"]);
    assert!(made.starts_with("2:"), "{made}");
    give(&house, &(key_of_epoch(1) + &made));
    let listed = house.says(&["keys", "list"]);
    assert!(listed.contains("epoch 1: current") && listed.contains("epoch 2: not in use yet"));
    assert!(house.says(&["keys", "rotate"]).contains("epoch 2 is current"));
    assert!(house.refuses(&["keys", "rotate", "--to", "1"]).contains("not newer"));
    assert!(house.says(&["keys", "generate"]).starts_with("3:"));

    assert!(house.says(&["keys", "retire", "1"]).contains("epoch 1 is retired"));
    assert!(house.refuses(&["keys", "retire", "1"]).contains("retired already"));
    // Held or not, a retired key is not asked for; another one never takes its number.
    serves(&house);
    give(&house, &made);
    serves(&house);
    let listed = house.says(&["keys", "list"]);
    assert!(listed.contains("epoch 1: retired") && listed.contains("not held"), "{listed}");
    give(&house, &(key_of_epoch(5).replace("5:", "1:") + &made));
    assert!(house.refuses(&["serve"]).contains("epoch 1 is not the one"));
}

#[test]
fn after_a_rotation_the_log_is_signed_by_both_keys_until_the_older_is_retired() {
    let house = served().without("REFERO_AUDIT__SIGNING_KEY");
    let before = house.says(&["audit", "key"]);
    give(&house, &(key_of_epoch(1) + &key_of_epoch(2)));
    let told = house.says(&["keys", "rotate"]);
    assert!(told.contains("refero audit key"), "{told}");
    let both = house.says(&["audit", "key"]);

    assert!(both.contains(before.trim()) && both.lines().count() == 2, "{both}");
    house.says(&["keys", "retire", "1"]);
    give(&house, &key_of_epoch(2));
    assert!(!house.says(&["audit", "key"]).contains(before.trim()));
}
