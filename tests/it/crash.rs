//! The program itself is killed, or told to stop, with a hundred people at work.
//!
//! `REFERO_CRASH_ROUNDS` says how often it is killed in one story; five times if it is not set.

use std::{cell::RefCell, collections::BTreeSet, rc::Rc, time::Duration};

use actix_web::rt;
use refero_store::Entropy;
use serde_json::{Value, json};

use crate::{
    referral_steps::{Scene, merged, scene},
    steps::adult_report,
    world::{Answer, Asking, Persona, program::Program, together},
};

/// A name that stands nowhere but in what people send.
const CANARY: &str = "Zephyrine Quillfeather";
const PEOPLE: usize = 100;

/// Something that somebody wants done, and sends with the same key until it is acknowledged.
#[derive(Clone)]
struct Wish {
    by: Persona,
    path: String,
    if_match: Option<i64>,
    key: String,
    body: Value,
}

impl Wish {
    fn new(by: &Persona, path: impl Into<String>, body: Value) -> Self {
        let key = uuid::Uuid::new_v4().to_string();
        Self { by: by.clone(), path: path.into(), if_match: None, key, body }
    }

    fn at_version(self, version: i64) -> Self {
        Self { if_match: Some(version), ..self }
    }

    fn asking(&self) -> Asking {
        let asking = self.by.post(&self.path).key(&self.key).json(&self.body);
        match self.if_match {
            Some(version) => asking.if_match(version),
            None => asking,
        }
    }
}

/// What people wanted, and what they were told was done.
#[derive(Default)]
struct Journal {
    open: Vec<Wish>,
    done: Vec<(Wish, Answer)>,
}

/// The program with its people at work.
struct Drill {
    p: Program,
    scenes: Vec<Rc<(Scene, String)>>,
    journal: Rc<RefCell<Journal>>,
}

impl Drill {
    /// Starts the program, with a few cases that everybody works on.
    async fn begin(mut p: Program) -> Self {
        p.start().await;
        let mut scenes = Vec::new();
        for _ in 0..4 {
            let s = scene(&p.w).await;
            let consent = s.consent(json!({})).await.is(201).id();
            scenes.push(Rc::new((s, consent)));
        }
        Self { p, scenes, journal: Rc::default() }
    }

    /// Lets others register from now on: nobody may open so many people in a day.
    async fn relieve(&mut self) {
        for scene in &mut self.scenes {
            let (s, consent) = &**scene;
            let responder = self.p.w.first_responder().at(&s.responder.organisation_id).await;
            let s = Scene {
                responder,
                coordinator: s.coordinator.clone(),
                shelter: s.shelter.clone(),
                worker: s.worker.clone(),
                manager: s.manager.clone(),
                case: s.case.clone(),
            };
            *scene = Rc::new((s, consent.clone()));
        }
    }

    /// Sets people to work until the server is gone.
    fn set_to_work(&self, people: usize) -> Vec<rt::task::JoinHandle<()>> {
        let set = |n: usize| {
            let (scene, journal) = (Rc::clone(&self.scenes[n % 4]), Rc::clone(&self.journal));
            rt::spawn(async move { while work(n, &scene, &journal).await.is_some() {} })
        };
        (0..people).map(set).collect()
    }

    /// Waits until so many wishes more were acknowledged.
    async fn acknowledged(&self, more: usize) {
        let before = self.journal.borrow().done.len();
        while self.journal.borrow().done.len() < before + more {
            rt::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Starts the program again, has everybody insist on what they were not told, and expects that
    /// everything is done, and once.
    async fn recover(&mut self) {
        self.p.start().await;
        let open = std::mem::take(&mut self.journal.borrow_mut().open);
        let insisted = open.into_iter().map(|wish| {
            let journal = Rc::clone(&self.journal);
            async move { insist(&journal, wish).await }
        });
        for answer in together(insisted).await {
            answer.unwrap();
        }
        self.expect_everything_done_once();
        let log = self.p.log();
        assert!(!log.contains(CANARY) && !log.contains("panicked"));
    }

    fn expect_everything_done_once(&self) {
        let journal = self.journal.borrow();
        let w = &self.p.w;
        for (table, path) in [
            ("detection_reports", "/v1/detection-reports"),
            ("notes", "/notes"),
            ("referrals", "/v1/referrals"),
        ] {
            let made = journal.done.iter().filter(|(wish, _)| wish.path.ends_with(path));
            let made: Vec<String> = made.map(|(_, answer)| answer.id()).collect();
            let kept: BTreeSet<String> =
                w.texts(&format!("select id as value from {table}")).into_iter().collect();
            let lost: Vec<&String> = made.iter().filter(|id| !kept.contains(*id)).collect();
            assert!(lost.is_empty(), "acknowledged and lost of {table}: {lost:?}");
            assert_eq!(made.len(), made.iter().collect::<BTreeSet<_>>().len(), "{table}");
            // The scenes themselves began with a report each.
            let before = if table == "detection_reports" { self.scenes.len() } else { 0 };
            assert_eq!(kept.len(), made.len() + before, "{table}: something was done twice");
        }
        let rows = w.texts("select id || ' ' || cast(version as text) as value from referrals");
        let version = |id: &str| {
            let row = rows.iter().find_map(|row| row.strip_prefix(id)?.strip_prefix(' '));
            row.unwrap().parse::<i64>().unwrap()
        };
        for (_, answer) in journal.done.iter().filter(|(wish, _)| wish.if_match.is_some()) {
            assert!(
                version(&answer.id()) >= answer.version(),
                "a step was lost: {}",
                answer.text()
            );
        }
        w.expect_sound();
        // A receipt that was given before the program was killed still proves.
        let leaves = w.leaves();
        for (_, answer) in &journal.done {
            let receipt = answer.header("audit-receipt").unwrap();
            assert!(leaves.contains(&receipt), "no leaf for the receipt of {}", answer.asked());
        }
    }
}

/// Sends a wish until it is acknowledged; gives nothing if the server is gone.
async fn insist(journal: &RefCell<Journal>, wish: Wish) -> Option<Answer> {
    loop {
        match wish.asking().attempt().await {
            Ok(answer) if matches!(answer.status, 200 | 201) => {
                journal.borrow_mut().done.push((wish, answer.clone()));
                return Some(answer);
            }
            Ok(answer) => {
                answer.is_problem(503, "unavailable");
                rt::time::sleep(Duration::from_millis(10)).await;
            }
            Err(_) => {
                journal.borrow_mut().open.push(wish);
                return None;
            }
        }
    }
}

/// Does a piece of work: registers somebody, writes a note, or carries a referral through.
async fn work(n: usize, (s, consent): &(Scene, String), journal: &RefCell<Journal>) -> Option<()> {
    if n % 5 < 2 {
        let names = json!({"names": [{"text": CANARY, "kind": "as_heard"}]});
        let body = merged(adult_report(), json!({"identity": names, "narrative": CANARY}));
        insist(journal, Wish::new(&s.responder, "/v1/detection-reports", body)).await?;
    } else if n % 5 < 4 {
        let notes = format!("/v1/cases/{}/notes", s.case);
        insist(journal, Wish::new(&s.coordinator, notes, json!({"text": CANARY}))).await?;
    } else {
        let create = Wish::new(&s.coordinator, "/v1/referrals", s.referral_body(consent));
        let mut seen = insist(journal, create).await?;
        let referral = format!("/v1/referrals/{}", seen.id());
        for (act, body) in [
            ("accept", json!({"note": CANARY})),
            ("start", json!({})),
            ("complete", json!({"outcome": "goal_met"})),
        ] {
            let step = Wish::new(&s.worker, format!("{referral}/{act}"), body);
            seen = insist(journal, step.at_version(seen.version())).await?;
        }
    }
    Some(())
}

fn rounds() -> u32 {
    std::env::var("REFERO_CRASH_ROUNDS").map_or(5, |rounds| rounds.parse().unwrap())
}

async fn killed_again_and_again(p: Program) {
    let mut drill = Drill::begin(p).await;
    let entropy = Entropy::system();
    for round in 1..=rounds() {
        if round % 10 == 0 {
            drill.relieve().await;
        }
        let people = drill.set_to_work(PEOPLE);
        drill.acknowledged(1 + usize::try_from(entropy.below(150)).unwrap()).await;
        drill.p.kill();
        for somebody in people {
            somebody.await.unwrap();
        }
        drill.recover().await;
    }
}

async fn told_to_stop(p: Program) {
    let mut drill = Drill::begin(p).await;
    let people = drill.set_to_work(PEOPLE);
    drill.acknowledged(50).await;

    let (code, took) = drill.p.terminate().await;
    assert_eq!(code, Some(0), "{}", drill.p.log());
    // A second in which others look away, and what is configured for the rest.
    assert!(took < Duration::from_secs(11), "{took:?}");
    for somebody in people {
        somebody.await.unwrap();
    }
    drill.recover().await;
}

mod what_was_acknowledged_outlives_every_kill_and_nothing_is_half_done {
    use super::*;

    #[actix_web::test]
    async fn sqlite() {
        killed_again_and_again(Program::on_sqlite()).await;
    }

    #[actix_web::test]
    async fn postgres() {
        killed_again_and_again(Program::on_postgres()).await;
    }
}

mod told_to_stop_at_work_it_finishes_what_it_began_and_ends_well {
    use super::*;

    #[actix_web::test]
    async fn sqlite() {
        told_to_stop(Program::on_sqlite()).await;
    }

    #[actix_web::test]
    async fn postgres() {
        told_to_stop(Program::on_postgres()).await;
    }
}
