//! How long a refused sign-in takes tells no more than what it says.
//!
//! By default a few pairs are asked, and only what is told is compared. The drill measures:
//! `REFERO_TIMING_PAIRS=400 bin/test --release --test it -- timing:: --nocapture`.

use std::time::Instant;

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    device::{Device, enrol},
    world::{Answer, PASSWORD, World, quiet},
};

const WRONG: &str = "a wrong password by far";
/// Fewer pairs say nothing about time.
const ENOUGH: usize = 100;
/// The median may differ by so much of itself, unless chance explains the difference.
const MOST: f64 = 0.05;
const LEAST_P: f64 = 0.01;

fn pairs() -> usize {
    std::env::var("REFERO_TIMING_PAIRS").ok().and_then(|text| text.parse().ok()).unwrap_or(2)
}

/// Somebody who tries to sign in, each time anew.
struct Contender<'c> {
    what: &'static str,
    body: Box<dyn Fn() -> Value + 'c>,
}

impl<'c> Contender<'c> {
    fn new(what: &'static str, body: impl Fn() -> Value + 'c) -> Self {
        Self { what, body: Box::new(body) }
    }

    /// Knocks once; what came before does not slow it down.
    async fn knock(&self, w: &World, clear: &str) -> (f64, Answer) {
        w.sql(clear);
        let asking = w.stranger(Method::POST, "/v1/session").json((self.body)());
        let begun = Instant::now();
        let answer = asking.await;
        (begun.elapsed().as_secs_f64(), answer)
    }
}

fn median(sorted: &[f64]) -> f64 {
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 {
        sorted[middle]
    } else {
        f64::midpoint(sorted[middle - 1], sorted[middle])
    }
}

/// The two-sided p of Mann and Whitney, by the normal approximation: how often chance alone gives two
/// samples that differ so much.
fn mann_whitney(one: &[f64], other: &[f64]) -> f64 {
    let mut all: Vec<(f64, bool)> = one.iter().map(|time| (*time, true)).collect();
    all.extend(other.iter().map(|time| (*time, false)));
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let ranks: f64 = (1_u32..)
        .zip(&all)
        .filter(|(_, (_, is_one))| *is_one)
        .map(|(rank, _)| f64::from(rank))
        .sum();
    let size = |sample: &[f64]| f64::from(u32::try_from(sample.len()).unwrap());
    let (n, m) = (size(one), size(other));
    let u = ranks - n * (n + 1.0) / 2.0;
    let z = (u - n * m / 2.0).abs() / (n * m * (n + m + 1.0) / 12.0).sqrt();
    // The tail of the normal distribution (Abramowitz and Stegun, 26.2.17).
    let t = 1.0 / (1.0 + 0.231_641_9 * z);
    let sum = t
        * (0.319_381_530
            + t * (-0.356_563_782
                + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))));
    2.0 * (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt() * sum
}

/// Lets two contenders knock in turns and compares what they are told, and how long it takes.
#[expect(clippy::print_stdout, reason = "the figures are what the drill is asked for")]
async fn compare(w: &World, one: &Contender<'_>, other: &Contender<'_>, status: u16, clear: &str) {
    let (mut times, mut others) = (Vec::new(), Vec::new());
    for pair in 0..pairs() {
        let ((time, told), (other_time, other_told)) = if pair % 2 == 0 {
            let first = one.knock(w, clear).await;
            (first, other.knock(w, clear).await)
        } else {
            let first = other.knock(w, clear).await;
            (one.knock(w, clear).await, first)
        };
        assert_eq!(told.status, status, "{}: {}", one.what, told.text());
        assert_eq!(told.seen(), other_told.seen(), "{} and {}", one.what, other.what);
        times.push(time);
        others.push(other_time);
    }
    if times.len() < ENOUGH {
        return;
    }
    let p = mann_whitney(&times, &others);
    times.sort_by(f64::total_cmp);
    others.sort_by(f64::total_cmp);
    let (this, that) = (median(&times), median(&others));
    let difference = (this - that).abs() / this.max(that);
    println!(
        "{} {:.2} ms, {} {:.2} ms: {:.2} % apart, p {p:.3}",
        one.what,
        this * 1e3,
        other.what,
        that * 1e3,
        difference * 1e2
    );
    assert!(difference < MOST || p > LEAST_P, "{} and {} differ", one.what, other.what);
}

async fn nobody_learns_from_the_time(w: World) {
    let (active, disabled, invited) =
        (w.coordinator().await, w.coordinator().await, w.coordinator().await);
    let enrolled = w.coordinator().await;
    let device: Device = enrol(&w, &enrolled).await;
    w.sql(&format!("update users set state = 'disabled' where id = '{}'", disabled.user_id));
    w.sql(&format!(
        "update users set state = 'invited', password_hash = null where id = '{}'",
        invited.user_id
    ));
    let plain = |name: String, password: &'static str| move || json!({"username": name, "password": password});
    let code = || device.wrong_code(w.now());
    let unknown = Contender::new("unknown name", plain("nobody.at-all".to_owned(), WRONG));
    let with_code = Contender::new(
        "wrong password with a code",
        || json!({"username": enrolled.username, "password": WRONG, "otp": code()}),
    );

    let fresh = "delete from sign_in_failures; delete from sign_in_networks";
    for contender in [
        Contender::new("wrong password", plain(active.username.clone(), WRONG)),
        Contender::new("disabled account", plain(disabled.username.clone(), PASSWORD)),
        Contender::new("invited account", plain(invited.username.clone(), WRONG)),
        Contender::new("enrolled, wrong password", plain(enrolled.username.clone(), WRONG)),
        Contender::new("enrolled, wrong password with a code", || (with_code.body)()),
    ] {
        compare(&w, &contender, &unknown, 401, fresh).await;
    }
    let wrong_code = Contender::new(
        "right password with a wrong code",
        || json!({"username": enrolled.username, "password": PASSWORD, "otp": code()}),
    );
    compare(&w, &wrong_code, &with_code, 401, fresh).await;

    // Locked until midnight: the count is kept by name, whether an account has it or not.
    w.sql(fresh);
    let locked = Contender::new("locked account", plain(active.username.clone(), WRONG));
    for contender in [&locked, &unknown] {
        assert_eq!(contender.knock(&w, "delete from sign_in_networks").await.1.status, 401);
    }
    let rest = "update sign_in_failures set failures = 100; delete from sign_in_networks";
    compare(&w, &locked, &unknown, 429, rest).await;
}

#[actix_web::test]
async fn nobody_learns_from_the_time_on_sqlite() {
    let _alone = (pairs() >= ENOUGH).then(quiet::alone);
    nobody_learns_from_the_time(World::on_sqlite_in("demo").await).await;
}

#[actix_web::test]
async fn nobody_learns_from_the_time_on_postgres() {
    let _alone = (pairs() >= ENOUGH).then(quiet::alone);
    nobody_learns_from_the_time(World::on_postgres_in("demo").await).await;
}

#[test]
fn samples_that_differ_are_told_from_samples_that_do_not() {
    let sample = |shift: f64| {
        (0..400).map(|n: u32| f64::from(n * 7919 % 400) / 400.0 + shift).collect::<Vec<_>>()
    };

    assert!(mann_whitney(&sample(0.0), &sample(0.000_01)) > 0.9);
    assert!(mann_whitney(&sample(0.0), &sample(0.2)) < 0.000_1);
    assert!((median(&[1.0, 2.0, 4.0]) - 2.0).abs() < f64::EPSILON);
}
