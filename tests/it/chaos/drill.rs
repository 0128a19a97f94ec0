//! A service with people at work, for a fault to strike.

use std::{
    rc::Rc,
    time::{Duration, Instant},
};

use actix_web::rt;
use refero_store::Entropy;
use reqwest::Method;
use serde_json::json;

use super::{
    journal::{Habit, Journal},
    report::Report,
};
use crate::{
    referral_steps::{Scene, scene},
    world::{
        Answer,
        process::Server,
        program::{PATIENCE, Program},
    },
};

pub(super) const PEOPLE: usize = 100;

/// The program with its people at work.
pub(super) struct Drill {
    pub(super) p: Program,
    /// More servers on the same database.
    pub(super) others: Vec<Server>,
    pub(super) scenes: Vec<Rc<(Scene, String)>>,
    pub(super) journal: Rc<Journal>,
    /// Heads of the log that somebody has kept.
    pub(super) pins: Vec<String>,
    pub(super) report: Report,
    people: Vec<rt::task::JoinHandle<()>>,
}

impl Drill {
    /// Starts the program, with a few cases that everybody works on.
    pub(super) async fn begin(fault: &'static str, mut p: Program, habit: Habit) -> Self {
        p.start().await;
        Self::around(fault, p, habit).await
    }

    /// The same around a program that serves already.
    pub(super) async fn around(fault: &'static str, p: Program, habit: Habit) -> Self {
        let mut scenes = Vec::new();
        for _ in 0..4 {
            let s = scene(&p.w).await;
            let consent = s.consent(json!({})).await.is(201).id();
            scenes.push(Rc::new((s, consent)));
        }
        let report = Report::of(fault, &p.w);
        let journal = Rc::new(Journal::new(habit));
        let (others, pins, people) = (Vec::new(), Vec::new(), Vec::new());
        Self { p, others, scenes, journal, pins, report, people }
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

    /// Begins a round of many: everybody works, and every tenth time others register.
    pub(super) async fn begin_round(&mut self, round: u32) {
        if round.is_multiple_of(10) {
            self.relieve().await;
        }
        self.set_to_work(PEOPLE);
    }

    /// Ends a round after which the service goes on by itself.
    pub(super) async fn end_round(&mut self) {
        self.acknowledged(20).await;
        self.call_it_a_day().await;
        self.recover().await;
    }

    /// Kills the program in the midst, and starts it when everybody has gone home.
    pub(super) async fn start_anew(&mut self) {
        self.p.kill();
        self.everybody_home().await;
        let ready = self.p.start().await;
        self.report.recovered_in(ready);
    }

    /// Sets people to work.
    pub(super) fn set_to_work(&mut self, people: usize) {
        self.journal.at_work(true);
        let set = |n: usize| {
            let (scene, journal) = (Rc::clone(&self.scenes[n % 4]), Rc::clone(&self.journal));
            rt::spawn(async move { journal.work(n, &scene).await })
        };
        self.people = (0..people).map(set).collect();
    }

    /// Waits until so many wishes more were acknowledged; gives how long that took.
    pub(super) async fn acknowledged(&self, more: usize) -> Duration {
        let (before, begun) = (self.journal.acknowledged(), Instant::now());
        while self.journal.acknowledged() < before + more {
            assert!(begun.elapsed() < PATIENCE, "nobody is told anything: {}", self.p.log());
            rt::time::sleep(Duration::from_millis(1)).await;
        }
        begun.elapsed()
    }

    /// Waits until up to so many wishes more were acknowledged, one at least.
    pub(super) async fn some_acknowledged(&self, most: u32) {
        let more = 1 + Entropy::system().below(most);
        self.acknowledged(usize::try_from(more).unwrap()).await;
    }

    /// Waits until everybody has gone home, who were told to or met nobody.
    pub(super) async fn everybody_home(&mut self) {
        for somebody in self.people.drain(..) {
            somebody.await.unwrap();
        }
    }

    /// Sends everybody home, and waits until they are.
    pub(super) async fn call_it_a_day(&mut self) {
        self.journal.at_work(false);
        self.everybody_home().await;
    }

    /// Waits until the service says that it is ready, and notes how long that took.
    pub(super) async fn ready_again(&mut self) {
        let begun = Instant::now();
        loop {
            let ready = self.p.w.stranger(Method::GET, "/readyz").attempt().await;
            if ready.is_ok_and(|answer| answer.status == 200) {
                break;
            }
            assert!(begun.elapsed() < PATIENCE, "it is not ready again: {}", self.p.log());
            rt::time::sleep(Duration::from_millis(20)).await;
        }
        self.report.recovered_in(begun.elapsed());
    }

    /// Waits until the service says that it is not ready: where room is used again, or a check still stands, it
    /// says for a moment that it is.
    pub(super) async fn not_ready(&self) -> Answer {
        let begun = Instant::now();
        loop {
            let answer = self.p.w.stranger(Method::GET, "/readyz").await;
            if answer.status != 200 {
                return answer;
            }
            assert!(begun.elapsed() < PATIENCE, "it says that it is ready: {}", self.p.log());
            rt::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Has everybody insist on what they were not told, and expects what must hold.
    pub(super) async fn recover(&mut self) {
        self.report.look_at("what is open is done");
        self.journal.finish().await;
        self.report.look_at("I4: a repeat acts once");
        let entropy = Entropy::system();
        let which =
            |all: usize| usize::try_from(entropy.below(u32::try_from(all).unwrap())).unwrap();
        self.journal.repeat(which).await;
        self.expect_invariants();
        self.report.rounds += 1;
        self.report.acknowledged = self.journal.acknowledged();
        self.report.failed = self.journal.failed.get();
        self.report.look_at("the work");
    }
}
