//! What people want, and what they were told was done.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::{Duration, Instant},
};

use actix_web::rt;
use serde_json::{Value, json};

use crate::{
    referral_steps::{Scene, merged},
    steps::adult_report,
    world::{Answer, Asking, Persona, program::PATIENCE, together},
};

/// A name that stands nowhere but in what people send.
pub(super) const CANARY: &str = "Zephyrine Quillfeather";
/// How long somebody waits for an answer before they send the same thing again.
const ANSWERED_IN: Duration = Duration::from_secs(20);
/// How much of what was acknowledged is sent once more after each fault.
const REPEATED: usize = 10;

/// Something that somebody wants done, and sends with the same key until it is acknowledged.
#[derive(Clone)]
pub(super) struct Wish {
    pub(super) by: Persona,
    pub(super) path: String,
    pub(super) if_match: Option<i64>,
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

    pub(super) fn asking(&self) -> Asking {
        let asking = self.by.post(&self.path).key(&self.key).json(&self.body);
        match self.if_match {
            Some(version) => asking.if_match(version),
            None => asking,
        }
    }
}

/// What people do when nobody answers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Habit {
    /// They send it again, until they go home.
    Insist,
    /// They go home.
    GoHome,
}

/// What people wanted, and what they were told was done.
pub(super) struct Journal {
    /// What nobody was told of yet.
    pub(super) open: RefCell<Vec<Wish>>,
    /// What was acknowledged.
    pub(super) done: RefCell<Vec<(Wish, Answer)>>,
    /// How many requests were not answered with what was wanted.
    pub(super) failed: Cell<usize>,
    /// The longest that anybody waited for an answer.
    pub(super) slowest: Cell<Duration>,
    habit: Habit,
    /// Whether a token may be of another time than the server's.
    at_other_times: Cell<bool>,
    at_work: Cell<bool>,
    /// Whether everybody who is registered has the same name, which gives the worker more to do than it can.
    pub(super) namesakes: Cell<bool>,
    /// The names that people were registered by.
    pub(super) names: RefCell<Vec<String>>,
}

impl Journal {
    pub(super) fn new(habit: Habit) -> Self {
        Self {
            open: RefCell::default(),
            done: RefCell::default(),
            failed: Cell::new(0),
            slowest: Cell::default(),
            habit,
            at_other_times: Cell::new(false),
            at_work: Cell::new(true),
            namesakes: Cell::new(false),
            names: RefCell::default(),
        }
    }

    /// Lets people begin what is new, or not: then they finish what they are at.
    pub(super) fn at_work(&self, at_work: bool) {
        self.at_work.set(at_work);
    }

    /// Takes it from now on that the server's clock is not that of the tokens.
    pub(super) fn expect_other_times(&self) {
        self.at_other_times.set(true);
    }

    /// How many wishes were acknowledged.
    pub(super) fn acknowledged(&self) -> usize {
        self.done.borrow().len()
    }

    /// Sends a wish until it is acknowledged; gives nothing if people go home before.
    pub(super) async fn insist(&self, wish: Wish) -> Option<Answer> {
        let begun = Instant::now();
        loop {
            let sent = Instant::now();
            let heard = rt::time::timeout(ANSWERED_IN, wish.asking().attempt()).await;
            self.slowest.set(self.slowest.get().max(sent.elapsed()));
            match heard {
                Ok(Ok(answer)) if matches!(answer.status, 200 | 201) => {
                    self.done.borrow_mut().push((wish, answer.clone()));
                    return Some(answer);
                }
                Ok(Ok(answer)) if answer.status == 401 && self.at_other_times.get() => {}
                Ok(Ok(answer)) => {
                    answer.is_problem(503, "unavailable");
                }
                Ok(Err(_)) | Err(_) if self.habit == Habit::GoHome => {
                    self.keep(wish);
                    return None;
                }
                Ok(Err(_)) | Err(_) => {}
            }
            self.failed.set(self.failed.get() + 1);
            if !self.at_work.get() {
                self.keep(wish);
                return None;
            }
            assert!(begun.elapsed() < 2 * PATIENCE, "nothing is done any more: {}", wish.path);
            rt::time::sleep(Duration::from_millis(10)).await;
        }
    }

    fn keep(&self, wish: Wish) {
        self.open.borrow_mut().push(wish);
    }

    /// Has everybody insist on what they were not told, and expects that they are told now.
    pub(super) async fn finish(self: &Rc<Self>) {
        self.at_work(true);
        let insisted = self.open.take().into_iter().map(|wish| {
            let journal = Rc::clone(self);
            async move { journal.insist(wish).await }
        });
        for answer in together(insisted).await {
            answer.unwrap();
        }
    }

    /// Has a few people repeat what was acknowledged already, and expects the same thing for an answer.
    pub(super) async fn repeat(self: &Rc<Self>, which: impl Fn(usize) -> usize) {
        let all = self.acknowledged();
        let some = (0..REPEATED.min(all)).map(|_| self.done.borrow()[which(all)].clone());
        let some: Vec<_> = some.collect();
        for (wish, first) in some {
            let again = loop {
                let again = wish.asking().await;
                if matches!(again.status, 200 | 201) {
                    break again;
                }
                // With few connections, the house's own work may have them all.
                again.is_problem(503, "unavailable");
            };
            assert_eq!(again.id(), first.id(), "a repeat was another act: {}", wish.path);
        }
    }

    /// Works until there is nobody to work for.
    pub(super) async fn work(&self, n: usize, scene: &(Scene, String)) {
        while self.at_work.get() && self.piece_of_work(n, scene).await.is_some() {}
    }

    /// Does a piece of work: registers somebody, writes a note, or carries a referral through.
    async fn piece_of_work(&self, n: usize, (s, consent): &(Scene, String)) -> Option<()> {
        if n % 5 < 2 {
            let name = if self.namesakes.get() { CANARY.to_owned() } else { made_up() };
            let names = json!({"names": [{"text": name, "kind": "as_heard"}]});
            self.names.borrow_mut().push(name);
            let body = merged(adult_report(), json!({"identity": names, "narrative": CANARY}));
            self.insist(Wish::new(&s.responder, "/v1/detection-reports", body)).await?;
        } else if n % 5 < 4 {
            let notes = format!("/v1/cases/{}/notes", s.case);
            self.insist(Wish::new(&s.coordinator, notes, json!({"text": CANARY}))).await?;
        } else {
            let create = Wish::new(&s.coordinator, "/v1/referrals", s.referral_body(consent));
            let mut seen = self.insist(create).await?;
            let referral = format!("/v1/referrals/{}", seen.id());
            for (act, body) in [
                ("accept", json!({"note": CANARY})),
                ("start", json!({})),
                ("complete", json!({"outcome": "goal_met"})),
            ] {
                let step = Wish::new(&s.worker, format!("{referral}/{act}"), body);
                seen = self.insist(step.at_version(seen.version())).await?;
            }
        }
        Some(())
    }
}

/// Makes up a name that nobody else has, nor one that sounds like it.
fn made_up() -> String {
    let bytes = uuid::Uuid::new_v4().into_bytes();
    let pair = |byte: &u8| {
        let letter = |from: &str, at: u8| from.chars().nth(usize::from(at) % from.len()).unwrap();
        [letter("bdfgklmnprstvz", byte >> 4), letter("aeiou", byte & 15)]
    };
    let word: String = bytes[..12].iter().flat_map(pair).collect();
    format!("{} {}", &word[..12], &word[12..])
}
