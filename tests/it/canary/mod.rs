//! A canary in everything that is told about one person. Then everything that somebody could get hold
//! of is searched: the files of the database, its write-ahead log, a dump, the log of the service and
//! every answer to everybody who has no need to know.

mod ages;
mod factor;
mod faults;
mod found;
pub(crate) mod life;
mod members;
mod places;
mod plans;
pub(crate) mod planted;
mod redacting;
mod reflection;
mod safety;
mod search;
pub(crate) mod vault;
mod walk;
mod wall;

use std::collections::BTreeSet;

use refero_domain::actor::ActorRole;
use serde_json::json;

use self::{life::People, places::Since, planted::Planted, search::Search};
use crate::{
    data_map::DataMap,
    referral_steps::act,
    steps::step,
    world::{Persona, World},
};

/// What the coordination of the case sees: everything but what those keep who treat, and what has
/// become history.
const COORDINATION: [&str; 22] = [
    "assessment",
    "care",
    "consent",
    "content",
    "decision",
    "declining answer",
    "document",
    "emergency",
    "findings",
    "guardian",
    "identity",
    "incident",
    "instructions",
    "issue",
    "live answer",
    "note",
    "past answer",
    "placement",
    "proceeding",
    "report",
    "screening",
    "sender",
];
/// And what the coordinator of the case sees besides: where the person lives (R9).
const COORDINATOR: [&str; 23] = {
    let mut all = ["location"; 23];
    let mut n = 0;
    while n < COORDINATION.len() {
        all[n] = COORDINATION[n];
        n += 1;
    }
    all
};
/// What those see who supervise it and are independent of what the person complains about.
const SUPERVISION: [&str; 23] = [
    "assessment",
    "care",
    "complaint",
    "consent",
    "content",
    "decision",
    "declining answer",
    "document",
    "emergency",
    "findings",
    "guardian",
    "identity",
    "incident",
    "instructions",
    "issue",
    "live answer",
    "note",
    "past answer",
    "placement",
    "proceeding",
    "report",
    "screening",
    "sender",
];
/// What the provider sees whose referral is live: the package, and what it wrote itself.
const PACKAGE: [&str; 8] = [
    "care",
    "identity",
    "instructions",
    "live answer",
    "location",
    "medical",
    "placement",
    "report",
];

/// Expects somebody to have been told what is theirs to know, all of it, and nothing else.
#[track_caller]
fn was_told(w: &World, search: &Search, who: &Persona, expected: &[&str]) {
    let mut told = BTreeSet::new();
    for answer in w.heard_by(who) {
        let kinds = search.kinds(answer.seen().as_bytes());
        let too_much: Vec<_> = kinds.iter().filter(|kind| !expected.contains(kind)).collect();
        assert!(too_much.is_empty(), "{} told {} of {too_much:?}", answer.asked(), who.username);
        told.extend(kinds);
    }
    assert!(w.heard_by(who).len() > 50, "{} asked for too little", who.username);
    assert_eq!(told, expected.iter().copied().collect(), "{}", who.username);
}

/// One of every role with no part in the case, and those who are near it and still have none.
async fn outsiders(w: &World, people: &People) -> Vec<Persona> {
    let mut outsiders = vec![
        w.worker().at(&people.worker.organisation_id).await,
        w.first_responder().at(&people.responder.organisation_id).await,
        w.worker().at(&people.past.organisation_id).await,
        w.worker().at(&people.declining.organisation_id).await,
    ];
    for role in ActorRole::ALL {
        outsiders.push(w.persona(*role).in_area("XZ-S").await);
    }
    outsiders
}

/// Expects nothing of what was planted to lie anywhere.
#[track_caller]
fn lies_nowhere(w: &World, since: &Since, search: &Search) {
    for (place, found) in places::search(w, since, search) {
        assert!(found.is_empty(), "{place} holds {found:?}");
    }
}

both! {
    async fn what_is_told_about_a_person_lies_sealed_and_nowhere_else(w: World) {
        let (since, planted) = (Since::now(&w), Planted::default());
        life::lead(&w, &planted).await;
        let search = Search::of(&[&planted]);

        let opened = vault::opened(&w);
        let mut kept = BTreeSet::new();
        for (column, words) in &opened {
            let found = search.tokens(words);
            assert!(!found.is_empty(), "no canary was planted in {column}");
            kept.extend(found);
        }
        assert_eq!(kept.len(), planted.all().len(), "what was planted is what was sealed");
        assert_eq!(vault::columns(), DataMap::read().sealed());
        let forgotten: Vec<String> = members::sealed().difference(&planted.members()).cloned().collect();
        assert!(forgotten.is_empty(), "no canary was planted in {forgotten:?}");
        lies_nowhere(&w, &since, &search);
    }

    async fn what_is_not_sealed_is_found_in_every_place_that_is_searched(w: World) {
        let (since, planted) = (Since::now(&w), Planted::default());
        let id = planted.id("control", "the id of a request");

        let heard = w.coordinator().await.get("/v1/cases").header("X-Request-Id", &id).await.is(200);
        assert_eq!(heard.header("request-id"), Some(id));
        let found = places::search(&w, &since, &Search::of(&[&planted]));
        let database: Vec<&str> = match w.owner().sqlite_path() {
            Some(_) => vec!["refero.sqlite-wal"],
            None => vec!["the data files", "the write-ahead log"],
        };
        for place in database.into_iter().chain(["the dump", "the log"]) {
            assert!(!found[place].is_empty(), "{place} was not searched: {found:?}");
        }
    }

    async fn everybody_is_told_what_is_theirs_to_know_and_nothing_else(w: World) {
        let planted = Planted::default();
        let life = life::lead(&w, &planted).await;
        let search = Search::of(&[&planted]);
        let outsiders = outsiders(&w, &life.people).await;
        let People { responder, coordinator, supervisor, identifier, worker, manager, offered, declining, past, investigator } = &life.people;
        w.advance_s(2 * 86_400);

        w.listen();
        let everybody = [responder, coordinator, supervisor, identifier, worker, manager, offered, declining, past, investigator];
        for persona in everybody.into_iter().chain(&outsiders) {
            walk::read_everything(persona, &life).await;
        }
        for persona in outsiders.iter().chain([responder, declining, past]) {
            walk::change_everything(persona, &life).await;
        }

        was_told(&w, &search, coordinator, &COORDINATOR);
        was_told(&w, &search, supervisor, &SUPERVISION);
        was_told(&w, &search, identifier, &["assessment", "decision", "identity", "incident", "report", "screening"]);
        was_told(&w, &search, worker, &PACKAGE);
        was_told(&w, &search, manager, &PACKAGE);
        was_told(&w, &search, declining, &["declining answer"]);
        was_told(&w, &search, past, &["past answer"]);
        was_told(&w, &search, investigator, &["identity", "inquiry"]);
        was_told(&w, &search, offered, &[]);
        was_told(&w, &search, responder, &[]);
        for outsider in &outsiders {
            was_told(&w, &search, outsider, &[]);
        }
    }

    async fn when_the_case_is_closed_the_provider_is_told_nothing_but_its_own_words(w: World) {
        let planted = Planted::default();
        let life = life::lead(&w, &planted).await;
        let search = Search::of(&[&planted]);
        let People { coordinator, supervisor, worker, manager, .. } = &life.people;
        act(worker, &life.live, "complete", json!({"outcome": "goal_met"})).await.is(200);
        act(coordinator, life.others.last().unwrap(), "cancel", json!({"reason": "Not needed."})).await.is(200);
        step(coordinator, &life.case, "close", json!({"reason": "goals_met"})).await.is(200);
        step(supervisor, &life.case, "close", json!({})).await.is(200);

        w.listen();
        for persona in [worker, manager] {
            walk::read_everything(persona, &life).await;
            was_told(&w, &search, persona, &["care", "live answer", "medical"]);
        }
    }

    async fn a_request_that_goes_wrong_leaves_nothing_of_what_it_held(w: World) {
        let (since, planted, wrong) = (Since::now(&w), Planted::default(), Planted::default());
        let life = life::lead(&w, &planted).await;

        let answers = faults::go_wrong(&w, &life, &wrong).await;
        let search = Search::of(&[&wrong, &planted]);
        let refused: Vec<_> = answers.iter().filter(|answer| answer.status >= 400).collect();
        assert!(refused.len() > 300, "{} of {} were refused", refused.len(), answers.len());
        for answer in refused {
            let found = search.find(answer.seen().as_bytes());
            assert!(found.is_empty(), "{} repeats {found:?}", answer.asked());
        }
        lies_nowhere(&w, &since, &search);
    }
}
