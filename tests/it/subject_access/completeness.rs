//! Everything that is held about a person is in the copy, in one part of it, or `data_map.toml` says why
//! it is not.

use std::collections::BTreeSet;

use refero_domain::actor::ActorRole;
use serde_json::{Value, json};

use super::{ask, copy};
use crate::{
    canary::{
        life::{self, Life},
        planted::Planted,
    },
    data_map::DataMap,
    referral_steps::merged,
    steps::{adult_report, register},
    world::{Answer, World},
};

const OF_PERSONS: [&str; 4] = ["operational", "case_restricted", "identity_sealed", "medical"];
const ANSWERS: [&str; 2] = ["yes", "third_party"];

#[test]
fn every_column_that_belongs_to_a_person_says_how_it_appears_in_the_copy() {
    for (table, columns) in DataMap::read().tables {
        let is_joined = columns.contains_key("person_id") || columns.contains_key("case_id");
        for (name, column) in columns {
            let is_kept = ["case", "erasure"].contains(&column.retention.as_str());
            let is_persons = OF_PERSONS.contains(&column.class.as_str()) && (is_kept || is_joined);
            let answer = column.copy.unwrap_or_default();
            let is_answer = ANSWERS.contains(&answer.as_str())
                || answer.strip_prefix("internal: ").is_some_and(|why| why.len() > 10);
            assert_eq!(is_answer, is_persons, "{table}.{name}: {answer:?}");
        }
    }
}

/// The columns that are in the copy, as `data_map.toml` says it.
fn mapped() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (table, columns) in DataMap::read().tables {
        let told = columns.into_iter().filter(|(_, column)| {
            column.copy.as_deref().is_some_and(|copy| ANSWERS.contains(&copy))
        });
        found.extend(told.map(|(name, _)| format!("{table}.{name}")));
    }
    found
}

/// The columns that a copy was read from; each has a name in words, and so has every code.
fn sources(value: &Value, found: &mut BTreeSet<String>) {
    if let Some(source) = value["source"].as_str() {
        found.insert(source.split('/').next().unwrap().to_owned());
        assert_ne!(value["label"], source);
    }
    if let (Some(code), Some(text)) = (value["code"].as_str(), value["text"].as_str()) {
        assert_ne!(code, text, "a code has no label");
    }
    let parts = value.as_array().into_iter().flatten();
    let members = value.as_object().into_iter().flat_map(|members| members.values());
    parts.chain(members).for_each(|part| sources(part, found));
}

/// Every part of the copy, with the kinds of canaries that belong in it.
async fn parts(w: &World, life: &Life) -> Vec<(Answer, Vec<&'static str>)> {
    let people = &life.people;
    let past = w.manager().at(&people.past.organisation_id).await;
    let declining = w.manager().at(&people.declining.organisation_id).await;
    let dpo = w.persona(ActorRole::DataProtectionOfficer).await;
    let id = ask(&dpo, &life.case, "en").await.is(201).id();
    let bureau = vec![
        "assessment",
        "consent",
        "decision",
        "document",
        "emergency",
        "findings",
        "guardian",
        "identity",
        "instructions",
        "issue",
        "note",
        "placement",
        "proceeding",
        "report",
        "screening",
        "sender",
    ];
    vec![
        (copy(&people.coordinator, &id, "").await.is(200), bureau),
        (copy(&people.manager, &id, "").await.is(200), vec!["care", "live answer", "medical"]),
        (copy(&past, &id, "").await.is(200), vec!["past answer"]),
        (copy(&declining, &id, "").await.is(200), vec!["declining answer"]),
    ]
}

both! {
    async fn the_copy_holds_everything_that_the_data_map_says_and_nothing_else(w: World) {
        let (planted, other) = (Planted::default(), "Wqzkdz");
        let life = life::lead(&w, &planted).await;
        let somebody = merged(adult_report(), json!({"area": "XZ-N", "narrative": other}));
        let second = register(&life.people.responder, somebody).await;
        crate::steps::step(&life.people.coordinator, &second, "claim", json!({})).await.is(200);

        let parts = parts(&w, &life).await;
        let mut read = BTreeSet::new();
        parts.iter().for_each(|(copy, _)| sources(&copy.json(), &mut read));
        read.retain(|source| !source.starts_with("audit_events."));
        assert_eq!(read, mapped());
        for canary in planted.all().iter() {
            for (n, (copy, kinds)) in parts.iter().enumerate() {
                let is_there = copy.text().contains(&canary.token);
                let belongs = kinds.contains(&canary.kind);
                assert_eq!(is_there, belongs, "{} of {} in part {n}", canary.member, canary.kind);
            }
        }
        let officers = w.texts("select display_name as value from users union select id as value from users");
        for (copy, _) in &parts {
            let text = copy.text();
            let told: Vec<_> = officers.iter().filter(|name| text.contains(name.as_str())).collect();
            assert!(told.is_empty(), "{told:?} in {text}");
            assert!(!text.contains(other) && !text.contains(&second), "another person");
        }
    }

    async fn who_did_what_is_told_by_role_and_organisation(w: World) {
        let planted = Planted::default();
        let life = life::lead(&w, &planted).await;
        let (bureau, _) = parts(&w, &life).await.remove(0);

        let sections = bureau.at("/sections");
        let deeds = sections.as_array().unwrap().iter().find(|one| one["id"] == "deeds").unwrap();
        let told = deeds.to_string();
        for office in ["First responder", "Case coordinator", "Service provider case worker"] {
            assert!(told.contains(office), "{office}: {told}");
        }
        let recipients = sections.as_array().unwrap().iter().find(|one| one["id"] == "recipients").unwrap();
        let given: BTreeSet<&str> = recipients["entries"].as_array().unwrap().iter()
            .map(|entry| entry["fields"][0]["values"][0]["code"].as_str().unwrap())
            .collect();
        let people = &life.people;
        let accepted = [people.worker.organisation_id.as_str(), people.past.organisation_id.as_str()];
        assert_eq!(given, accepted.into_iter().collect(), "an offer that was declined gave nothing");
    }
}
