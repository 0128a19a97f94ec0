//! How long a search takes, and a registration, among many people.
//!
//! `REFERO_PEOPLE=10000 cargo test --test it matching::speed -- --nocapture` measures and prints; without
//! it a hundred people are enough to see that it works.

use std::time::{Duration, Instant as Stopwatch};

use refero::{
    jobs,
    service::reports::{self, NewReport},
};
use refero_domain::{
    actor::{Actor, ActorRole, Grant},
    age::{AgeStatus, SexReporting},
    person::{Identity, PersonName},
    profile::CountryProfile,
    report::{ReportDetails, ReportSecrets},
    sensitive::Sensitive,
};
use refero_store::unit::Request;
use serde_json::json;

use super::{NORTH, look, told};
use crate::{
    percentile::percentile,
    world::{Persona, World},
};

/// How many are registered in one transaction.
const TOGETHER: usize = 100;
const ASKED: usize = 100;

const GIVEN: [&str; 24] = [
    "Aminata", "Moussa", "Esther", "Kwame", "Fatou", "Ibrahim", "Grace", "Joseph", "Mariam",
    "Abdou", "Akosua", "Chidi", "Ngozi", "Samuel", "Aïcha", "Ousmane", "Ruth", "Yaw", "Hawa",
    "Musa", "Adjoa", "João", "Maria", "Paulo",
];
const BEGIN: [&str; 16] = [
    "Cou", "Tra", "Dia", "Nam", "Oke", "Men", "Kou", "Ba", "Sow", "Mba", "Nda", "Awu", "Oba",
    "Tou", "Gon", "Mu",
];
const MIDDLE: [&str; 12] =
    ["li", "ra", "ke", "mbo", "ssa", "nko", "do", "ya", "wu", "ti", "fe", "lo"];
const END: [&str; 12] =
    ["baly", "ore", "ita", "wa", "nga", "bi", "kwo", "ndi", "te", "sah", "gu", "ro"];

/// One of many thousand names.
fn name(n: usize) -> String {
    let of = |list: &[&'static str], step: usize| list[(n / step) % list.len()];
    format!("{} {}{}{}", of(&GIVEN, 1), of(&BEGIN, 24), of(&MIDDLE, 7), of(&END, 3))
}

fn year(n: usize) -> i32 {
    1955 + i32::try_from(n * 7 % 50).unwrap()
}

/// Registers people as the service does, many in one transaction.
fn settle(w: &World, by: &Persona, count: usize) {
    let db = w.second_program();
    let profile = CountryProfile::embedded("demo").unwrap();
    let actor = Actor {
        user_id: by.user_id.clone(),
        organisation_id: by.organisation_id.clone(),
        session_id: None,
        grants: vec![Grant { role: ActorRole::FirstResponder, area: None }],
        open_in_emergency: Vec::new(),
    };
    for first in (0..count).step_by(TOGETHER) {
        let (profile, actor, now) = (profile.clone(), actor.clone(), w.now());
        let people = first..count.min(first + TOGETHER);
        db.write("test.settle", Request::vouched(actor, now), move |tx| {
            let mut last = None;
            for n in people.clone() {
                last = Some(reports::create(tx, &profile, &report(n))?);
            }
            last.ok_or_else(|| refero_store::Error::broken("nobody was to be registered"))
        })
        .unwrap();
    }
}

fn report(n: usize) -> NewReport {
    let identity = Identity {
        names: vec![PersonName { text: name(n), kind: None }],
        phones: vec![format!("+2567{:08}", n * 7919 % 100_000_000)],
        ..Identity::default()
    };
    let details = ReportDetails {
        sex_reporting: Some(if n.is_multiple_of(2) {
            SexReporting::Female
        } else {
            SexReporting::Male
        }),
        birth_year_estimate: Some(year(n)),
        age_status: Some(AgeStatus::AdultDocumented),
        area: Some(NORTH.to_owned()),
        ..ReportDetails::default()
    };
    let secrets = ReportSecrets { identity, ..ReportSecrets::default() };
    NewReport { id: None, details, secrets: Sensitive::new(secrets), submit: true }
}

#[expect(clippy::print_stdout, reason = "the figures are what is asked for")]
fn tell(what: &str, mut took: Vec<Duration>) {
    took.sort();
    let at = |permille| percentile(&took, permille).unwrap_or_default();
    println!("{what}: median {:?}, 95 % within {:?}", at(500), at(950));
}

both! {
    async fn r12_people_are_found_among_many_in_little_time(w: World) {
        let people = std::env::var("REFERO_PEOPLE").map_or(100, |count| count.parse().unwrap());
        let (responder, coordinator) = (w.first_responder().await, w.coordinator().await);
        settle(&w, &responder, people);
        let compared = Stopwatch::now();
        let db = w.second_program();
        loop {
            let done = jobs::run_once(&db, w.now()).unwrap();
            let left = w.texts("select person_id as value from person_identities where compared_at is null");
            if done.indexed_people == 0 && left.is_empty() {
                break;
            }
        }
        tell(&format!("{people} people indexed and compared, each"), vec![compared.elapsed() / u32::try_from(people).unwrap()]);

        let (mut by_name, mut by_both, mut by_phone, mut registered) = (vec![], vec![], vec![], vec![]);
        for n in (0..people).step_by((people / ASKED).max(1)) {
            let phone = format!("07{:08}", n * 7919 % 100_000_000);
            for (asked, took) in [
                (json!({"names": [name(n)]}), &mut by_name),
                (json!({"names": [name(n)], "birth_year_estimate": year(n) + 1}), &mut by_both),
                (json!({"phone": format!("+256{}", &phone[1..])}), &mut by_phone),
            ] {
                let begun = Stopwatch::now();
                let answer = look(&coordinator, asked).await.is(200);
                took.push(begun.elapsed());
                assert!(!answer.at("/items").as_array().unwrap().is_empty(), "{n}");
            }
            let begun = Stopwatch::now();
            let again = responder.post("/v1/detection-reports").json(told(&name(n), year(n), NORTH));
            again.await.is(201);
            registered.push(begun.elapsed());
        }
        tell("found by name", by_name);
        tell("found by name and year", by_both);
        tell("found by telephone number", by_phone);
        tell("registered", registered);
    }
}
