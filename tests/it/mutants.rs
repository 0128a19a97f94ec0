//! Good tokens, cursors, versions and keys, each changed a little: five hundred times, and never the
//! same. A mutant opens nothing, breaks nothing, and is told so in order.

use std::collections::BTreeSet;

use proptest::test_runner::{RngAlgorithm, TestRng};
use rand::Rng as _;
use reqwest::Method;
use serde_json::json;

use crate::{
    steps::{active_case, adult_report, register, report},
    world::{Answer, together},
};

/// The letters that tokens and cursors are made of, and some that they are not.
const LETTERS: &[u8] = b"ABCXYZabcxyz0189-_.=+/~ %\"";

/// How many of them are asked at once.
const AT_ONCE: usize = 20;

/// A source of changes; its seed stands here, so that a mutant can be met again.
fn chance(seed: u8) -> TestRng {
    TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32])
}

fn below(chance: &mut TestRng, limit: usize) -> usize {
    usize::try_from(chance.next_u32()).unwrap() % limit.max(1)
}

/// Changes a text in one to three places; gives another text.
fn mutant(chance: &mut TestRng, good: &str) -> String {
    let mut text = good.as_bytes().to_vec();
    for _ in 0..=below(chance, 3) {
        let at = below(chance, text.len());
        let letter = LETTERS[below(chance, LETTERS.len())];
        let other = below(chance, text.len());
        match below(chance, 8) {
            0 if !text.is_empty() => text[at] = letter,
            1 if !text.is_empty() => drop(text.remove(at)),
            2 => text.insert(at, letter),
            3 if !text.is_empty() => text.swap(at, other),
            4 => text.truncate(at),
            5 => drop(text.splice(..at, [])),
            6 => text.extend_from_within(at..),
            _ if !text.is_empty() => text[at] = text[at].to_ascii_uppercase() ^ 0x20,
            _ => text.push(letter),
        }
    }
    // What no client can put into a header or an address is another test's.
    text.retain(|byte| (b'!'..=b'~').contains(byte));
    let text = String::from_utf8(text).unwrap();
    if text == good { mutant(chance, good) } else { text }
}

/// The parts of a good token in other orders, and of two good tokens mixed.
fn recombined(token: &str, other: &str) -> Vec<String> {
    let (mine, theirs): (Vec<_>, Vec<_>) = (token.split('.').collect(), other.split('.').collect());
    let mut made = Vec::new();
    for first in 0..3 {
        for second in 0..3 {
            for third in 0..3 {
                for from in
                    [[&mine, &mine, &theirs], [&mine, &theirs, &mine], [&theirs, &mine, &mine]]
                {
                    made.push(format!("{}.{}.{}", from[0][first], from[1][second], from[2][third]));
                }
            }
        }
    }
    made.retain(|mutant| mutant != token && mutant != other);
    made.sort();
    made.dedup();
    made
}

#[track_caller]
fn are_refused(answers: &[Answer], allowed: &[(u16, &str)]) {
    for answer in answers {
        let code = answer.json()["code"].as_str().unwrap_or_default().to_owned();
        let told = (answer.status, code.as_str());
        assert!(allowed.contains(&told), "{}: {}", answer.asked(), answer.text());
    }
}

both! {
    async fn five_hundred_mutants_of_a_token_open_nothing(w: World) {
        let responder = w.first_responder().await;
        let case = register(&responder, report()).await;
        let path = format!("/v1/cases/{case}");
        let (token, other) = (responder.token(), w.coordinator().await.token());
        let mut mutants = recombined(&token, &other);
        let mut chance = chance(5);
        while mutants.len() < 500 {
            mutants.push(mutant(&mut chance, &token));
        }

        for some in mutants.chunks(AT_ONCE) {
            let asked = some.iter().map(|mutant| w.bearer(mutant, Method::GET, &path));
            let answers: Vec<Answer> = together(asked).await;
            are_refused(&answers, &[(401, "not-authenticated")]);
        }
        w.bearer(&token, Method::GET, &path).await.is(200);
    }

    async fn three_hundred_mutants_of_a_cursor_lead_nowhere(w: World) {
        let responder = w.first_responder().await;
        for _ in 0..3 {
            register(&responder, report()).await;
        }
        let first = responder.get("/v1/cases?limit=1").await.is(200);
        let cursor = first.text_at("/next_cursor");
        let mut chance = chance(7);
        let mutants: Vec<String> = (0..300).map(|_| mutant(&mut chance, &cursor)).collect();

        for some in mutants.chunks(AT_ONCE) {
            let addresses = some.iter().map(|mutant| {
                let sent: String = mutant.bytes().map(|byte| format!("%{byte:02X}")).collect();
                responder.get(format!("/v1/cases?limit=1&cursor={sent}"))
            });
            let answers: Vec<Answer> = together(addresses).await;
            are_refused(&answers, &[(400, "invalid-cursor"), (400, "invalid-parameter")]);
        }
        responder.get(format!("/v1/cases?limit=1&cursor={cursor}")).await.is(200);
        // A cursor belongs to whoever it was given to, and to the list that it was given for.
        let colleague = w.coordinator().await;
        let theirs = colleague.get(format!("/v1/cases?limit=1&cursor={cursor}")).await;
        are_refused(&[theirs], &[(400, "invalid-cursor")]);
        let elsewhere = responder.get(format!("/v1/detection-reports?limit=1&cursor={cursor}")).await;
        are_refused(&[elsewhere], &[(400, "invalid-cursor")]);
    }

    async fn two_hundred_mutants_of_a_version_change_nothing(w: World) {
        let (responder, coordinator) = (w.first_responder().await, w.coordinator().await);
        let case = active_case(&responder, &coordinator, adult_report()).await;
        let path = format!("/v1/cases/{case}");
        let tag = coordinator.get(&path).await.is(200).etag();
        let mut chance = chance(11);
        let mutants: Vec<String> = (0..200).map(|_| mutant(&mut chance, &tag)).collect();

        for some in mutants.chunks(AT_ONCE) {
            let asked = some.iter().map(|mutant| {
                coordinator.patch(&path).header("If-Match", mutant).json(json!({"area": "XZ-S"}))
            });
            let answers: Vec<Answer> = together(asked).await;
            are_refused(&answers, &[(400, "invalid-header"), (412, "stale-version"), (428, "if-match-required")]);
        }
        assert_eq!(coordinator.get(&path).await.is(200).etag(), tag);
    }

    async fn two_hundred_mutants_of_a_key_are_keys_of_their_own_or_none(w: World) {
        let (responder, coordinator) = (w.first_responder().await, w.coordinator().await);
        let case = active_case(&responder, &coordinator, adult_report()).await;
        let path = format!("/v1/cases/{case}/notes");
        let post = |key: &str| {
            let note = json!({"text": "Called; the person feels safe."});
            coordinator.post(&path).without_key().header("Idempotency-Key", key).json(note)
        };
        let good = "0c6ab5c5-4a2f-4b1d-9c6b-2d1f3a4b5c6d";
        let first = post(good).await.is(201).id();
        let mut chance = chance(13);
        let mutants: BTreeSet<String> = (0..200).map(|_| mutant(&mut chance, good)).collect();
        let mut ids = BTreeSet::from([first.clone()]);

        for mutant in &mutants {
            let answer = post(mutant).await;
            if answer.status != 201 {
                are_refused(&[answer], &[(400, "invalid-header"), (400, "idempotency-key-missing")]);
                continue;
            }
            assert!(ids.insert(answer.id()), "{mutant}: keys that differ stand for notes that differ");
        }
        assert!(ids.len() > 100, "most mutants are keys");
        assert_eq!(post(good).await.is(201).id(), first, "the good key still stands for the first note");
    }
}
