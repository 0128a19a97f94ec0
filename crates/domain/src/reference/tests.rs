use std::collections::BTreeSet;

use super::CodeLists;

#[test]
fn every_value_has_a_label_in_english_french_and_portuguese() {
    for list in &CodeLists::embedded().lists {
        for value in &list.values {
            let languages: Vec<_> = value.labels.keys().map(String::as_str).collect();
            assert_eq!(languages, ["en", "fr", "pt"], "{} {}", list.id, value.code);
            assert!(value.labels.values().all(|label| !label.trim().is_empty()));
        }
    }
}

#[test]
fn a_code_stands_once_in_its_list_and_a_list_once_in_the_file() {
    let lists = CodeLists::embedded();
    let ids: BTreeSet<_> = lists.ids().collect();

    assert_eq!(ids.len(), lists.lists.len());
    for list in &lists.lists {
        let codes: BTreeSet<_> = list.values.iter().map(|value| &value.code).collect();
        assert_eq!(codes.len(), list.values.len(), "{}", list.id);
    }
}

#[test]
fn codes_are_plain_ascii_words() {
    let plain = |code: &str| {
        !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };

    for list in &CodeLists::embedded().lists {
        assert!(plain(&list.id));
        assert!(list.values.iter().all(|value| plain(&value.code)), "{}", list.id);
        assert!(!list.source.is_empty() && !list.values.is_empty(), "{}", list.id);
    }
}

#[test]
fn only_adult_age_statuses_end_the_protection_as_a_child() {
    let list = CodeLists::embedded().list("age_status").unwrap();
    let adults: Vec<_> = list
        .values
        .iter()
        .filter(|value| !value.protected_as_child.unwrap())
        .map(|value| value.code.as_str())
        .collect();

    assert_eq!(adults, ["assessed_adult", "adult_declared", "adult_documented"]);
}

#[test]
fn an_unknown_list_or_code_is_absent_and_never_a_panic() {
    let lists = CodeLists::embedded();

    assert!(lists.list("").is_none());
    assert!(lists.list("service_type'; drop table").is_none());
    assert!(!lists.contains("no_such_list", "other"));
    assert!(!lists.list("service_type").unwrap().contains("SAFE_SHELTER"));
}

#[test]
fn the_lists_are_served_as_they_were_read() {
    let lists = CodeLists::embedded();
    let again: CodeLists = serde_json::from_str(&serde_json::to_string(lists).unwrap()).unwrap();

    assert_eq!(&again, lists);
}
