//! A new epoch comes into use while people work, and nobody notices.

use std::{cell::Cell, rc::Rc, time::Duration};

use actix_web::rt;

use crate::{
    steps::{adult_report, register},
    world::{
        Persona,
        program::{House, Program, key_of_epoch},
    },
};

const PEOPLE: usize = 12;

/// Registers, reads and lists, until told to stop; says how often. Any refusal ends the story.
async fn work(responder: Persona, coordinator: Persona, stop: Rc<Cell<bool>>) -> usize {
    let mut done = 0;
    while !stop.get() {
        let case = register(&responder, adult_report()).await;
        let path = format!("/v1/cases/{case}/identity");
        coordinator.get(&path).purpose("case_management").await.is(200);
        let page = coordinator.get("/v1/cases?limit=1").await.is(200);
        if page.at("/next_cursor").is_string() {
            let cursor = page.text_at("/next_cursor");
            coordinator.get(format!("/v1/cases?limit=1&cursor={cursor}")).await.is(200);
        }
        done += 1;
    }
    done
}

both! {
    async fn nobody_is_refused_while_one_epoch_follows_another(p: Program) {
        let mut p = p;
        p.keys(&[1]);
        // Nobody is refused for want of a connection on a busy machine: keys alone are the story.
        p.set("REFERO_DATABASE__ACQUIRE_TIMEOUT_MS", "30000");
        p.set("REFERO_DATABASE__STATEMENT_TIMEOUT_MS", "30000");
        p.start().await;
        let (responder, coordinator) = (p.w.first_responder().await, p.w.coordinator().await);
        let first = register(&responder, adult_report()).await;
        let once = responder.post("/v1/detection-reports").key("before-and-after").json(adult_report());
        let before = once.await.is(201).id();
        let stop = Rc::new(Cell::new(false));
        let people: Vec<_> = (0..PEOPLE)
            .map(|_| rt::spawn(work(responder.clone(), coordinator.clone(), Rc::clone(&stop))))
            .collect();
        rt::time::sleep(Duration::from_millis(500)).await;

        p.keys(&[1, 2]);
        run(&p, &["keys", "rotate"]).await;
        rt::time::sleep(Duration::from_millis(500)).await;
        let again =
            responder.post("/v1/detection-reports").key("before-and-after").json(adult_report());
        assert_eq!(again.await.is(201).id(), before, "a repeat was run twice");
        run(&p, &["keys", "rewrap"]).await;
        run(&p, &["keys", "retire", "1"]).await;
        p.keys(&[2]);
        // Long enough for the server to look and to forget the key that is gone.
        rt::time::sleep(Duration::from_secs(4)).await;
        stop.set(true);
        let mut done = 0;
        for somebody in people {
            done += somebody.await.unwrap_or_else(|refused| panic!("{refused}\n{}", p.log()));
        }
        assert!(done > PEOPLE, "nobody did anything");

        let epochs = p.w.texts("select distinct cast(epoch as text) as value from person_keys");
        assert_eq!(epochs, ["2"]);
        p.kill();
        p.start().await;
        let path = format!("/v1/cases/{first}/identity");
        coordinator.get(&path).purpose("case_management").await.is(200);
        let trail = p.w.trail();
        for told in ["keys.rotate success", "keys.rewrap success", "keys.retire success"] {
            assert!(trail.iter().any(|event| event == told), "{told}");
        }
        p.w.expect_sound();
        assert!(!p.log().contains("\"level\":\"ERROR\""), "{}", p.log());
    }
}

/// Runs a command of the program while the story goes on.
async fn run(p: &Program, arguments: &[&str]) {
    let mut command = p.house.command(arguments);
    let output = actix_web::web::block(move || command.output().unwrap()).await.unwrap();
    let refused = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {refused}");
}

#[actix_web::test]
async fn a_server_without_the_new_key_waits_for_it_and_never_seals_with_another() {
    let mut p = Program::on_postgres();
    p.keys(&[1]);
    p.start().await;
    let (responder, coordinator) = (p.w.first_responder().await, p.w.coordinator().await);
    let old = register(&responder, adult_report()).await;
    // The key reaches those who run the commands first, and the server later.
    let commands = House::on_sqlite();
    let path = commands.folder.path().join("keys");
    std::fs::write(&path, key_of_epoch(1) + &key_of_epoch(2)).unwrap();
    let mut rotate = p.house.command(&["keys", "rotate"]);
    rotate.env("REFERO_KEYS__EPOCHS_FILE", &path);
    assert!(rotate.output().unwrap().status.success());

    let refused = responder.post("/v1/detection-reports").json(adult_report()).await;
    refused.is_problem(503, "unavailable");
    let identity = format!("/v1/cases/{old}/identity");
    coordinator.get(&identity).purpose("case_management").await.is(200);
    let mut rewrap = p.house.command(&["keys", "rewrap"]);
    rewrap.env("REFERO_KEYS__EPOCHS_FILE", &path);
    assert!(rewrap.output().unwrap().status.success());
    let refused = coordinator.get(&identity).purpose("case_management").await;
    refused.is_problem(503, "unavailable");

    p.keys(&[1, 2]);
    rt::time::sleep(Duration::from_secs(5)).await;
    coordinator.get(&identity).purpose("case_management").await.is(200);
    register(&responder, adult_report()).await;
    let epochs = p.w.texts("select distinct cast(epoch as text) as value from person_keys");
    assert_eq!(epochs, ["2"]);
}
