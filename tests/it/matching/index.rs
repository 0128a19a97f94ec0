//! The blind index: it says what the identity says, and nothing to whoever reads it.

use std::collections::BTreeMap;

use refero::{jobs, service::cases};
use refero_domain::{
    actor::{Actor, ActorRole, Grant},
    event::{Event, Operation},
    id::PersonId,
    sensitive::Sensitive,
};
use refero_store::{
    Db, Entropy,
    people_index::{self, Portrait},
    sealing::{DeploymentKey, KeyRing},
    unit::{Principal, Request},
};
use serde_json::json;

use super::{NORTH, found, told, work};
use crate::{
    referral_steps::merged,
    steps::{register, step},
    world::{World, deployment_key},
};

fn digests(w: &World) -> Vec<String> {
    w.texts("select person_id || ' ' || cast(digest as text) as value from person_index order by 1")
}

fn person_of(w: &World, case: &str) -> PersonId {
    let of = w.texts(&format!("select person_id as value from cases where id = '{case}'"));
    of[0].parse().unwrap()
}

both! {
    async fn r12_an_identity_that_changes_is_found_by_what_it_says_now(w: World) {
        let (responder, coordinator) = (w.first_responder().await, w.coordinator().await);
        let case = register(&responder, told("Aminata Coulibaly", 1998, NORTH)).await;
        step(&coordinator, &case, "claim", json!({})).await.is(200);
        let before = digests(&w);
        let path = format!("/v1/cases/{case}/identity");
        let version = coordinator.get(&path).purpose("case_management").await.is(200).version();
        let corrected = json!({"names": [{"text": "Esther Nakato"}], "phones": ["+256772123456"]});
        let edit = coordinator.patch(&path).purpose("case_management").if_match(version);
        edit.json(corrected).await.is(200);

        assert!(found(&coordinator, json!({"names": ["Aminata Coulibaly"]})).await.is_empty());
        assert_eq!(found(&coordinator, json!({"names": ["Ester Nakatto"]})).await, [&*case]);
        let after = digests(&w);
        assert!(!after.is_empty() && before.iter().all(|old| !after.contains(old)));
        let version = coordinator.get(format!("/v1/cases/{case}")).await.is(200).version();
        let year = json!({"birth_year_estimate": 1970});
        coordinator.patch(format!("/v1/cases/{case}")).if_match(version).json(year).await.is(200);
        assert_ne!(digests(&w), after, "the year of birth is in the digests");
        w.expect_sound();
    }

    async fn r12_many_people_share_each_digest_and_none_holds_a_word(w: World) {
        let responder = w.first_responder().await;
        for n in 0..40 {
            let name = format!("Person{} Name{}", n * 7919 % 97, n * 104_729 % 89);
            register(&responder, told(&name, 1960 + n, NORTH)).await;
        }

        let widest = w.texts(
            "select cast(max(digest & 4294967295) as text) as value from person_index where digest >> 32 > 2",
        );
        // Cut for 1,024 people, the fewest that are counted: two or more share each of 256 values.
        assert!(widest[0].parse::<i64>().unwrap() < 512, "{widest:?}");
    }

    async fn r13_who_is_forgotten_is_found_by_nobody(w: World) {
        let (responder, coordinator) = (w.first_responder().await, w.coordinator().await);
        let case = register(&responder, told("Aminata Coulibaly", 1998, NORTH)).await;
        let asked = || json!({"names": ["Aminata Coulibaly"]});
        assert_eq!(found(&coordinator, asked()).await, [&*case]);
        let person = person_of(&w, &case);
        let house = Request {
            principal: Principal::Nobody, now: w.now(), request_id: None, network: None, purpose: None,
        };
        w.second_program().write("test.forget", house, move |tx| {
            people_index::forget(tx, &person)?;
            tx.record(&Event::named("test.forget", Operation::Delete), ())
        }).unwrap();

        assert!(digests(&w).is_empty());
        assert_eq!(work(&w).indexed_people, 0, "who is forgotten is not indexed again");
        assert!(found(&coordinator, asked()).await.is_empty());
    }

    async fn r12_people_who_were_registered_before_the_index_are_brought_into_it(w: World) {
        let (responder, coordinator) = (w.first_responder().await, w.coordinator().await);
        let mut cases = Vec::new();
        for name in ["Aminata Coulibaly", "Esther Nakato", "João Gonçalves"] {
            cases.push(register(&responder, told(name, 1998, NORTH)).await);
        }
        let before = digests(&w);
        w.sql("delete from person_index");
        w.sql("update person_identities set index_scheme = null");
        w.sql("delete from index_schemes");
        let asked = || json!({"names": ["Esther Nakato"]});
        assert!(found(&coordinator, asked()).await.is_empty());

        assert_eq!(work(&w).indexed_people, 3);
        assert_eq!(work(&w).indexed_people, 0);
        assert_eq!(digests(&w), before);
        assert_eq!(found(&coordinator, asked()).await, [cases[1].clone()]);
        let told = w.texts("select operation || ' ' || shown_count as value from audit_events where action = 'person.index'");
        assert_eq!(told, ["update 3"]);
    }

    async fn r12_digests_for_more_people_take_the_place_of_the_shorter_ones(w: World) {
        let (responder, coordinator) = (w.first_responder().await, w.coordinator().await);
        let case = register(&responder, told("Aminata Coulibaly", 1998, NORTH)).await;
        // As if these digests had been cut for a handful of people.
        w.sql("update index_schemes set population = 2");
        let asked = || json!({"names": ["Aminata Coulibaly"]});

        assert_eq!(work(&w).indexed_people, 1);
        assert_eq!(found(&coordinator, asked()).await, [case]);
        work(&w);
        let schemes = w.texts("select cast(number as text) as value from index_schemes");
        assert_eq!(schemes, ["2"], "the old scheme has gone with its last digest");
    }

    async fn r12_people_are_found_while_the_deployment_key_changes(w: World) {
        let (responder, coordinator) = (w.first_responder().await, w.coordinator().await);
        let case = register(&responder, told("Aminata Coulibaly", 1998, NORTH)).await;
        let next = DeploymentKey::generate(&mut rand::rng());
        let keys = KeyRing::new(BTreeMap::from([(1, deployment_key()), (2, next)]), 2).unwrap();
        let db = Db::open(w.app_options().clone(), keys, Entropy::system()).unwrap();
        let actor = Actor {
            user_id: coordinator.user_id.clone(),
            organisation_id: coordinator.organisation_id.clone(),
            session_id: None,
            grants: vec![Grant { role: ActorRole::CaseCoordinator, area: None }],
            open_in_emergency: Vec::new(),
        };
        let mut asking = Request::vouched(actor, w.now());
        asking.purpose = Some("case_management".to_owned());
        let search = || {
            let names = vec!["Koulibaly Aminata".to_owned()];
            let asked = Sensitive::new(Portrait { names, ..Portrait::default() });
            db.read(&asking, |reading| {
                let (event, found) = cases::search_person(reading, &asked, &["names"])?;
                let ids: Vec<String> =
                    found.iter().map(|(permit, _)| permit.row().case.id.to_string()).collect();
                Ok(reading.disclose(event, ids))
            }).unwrap()
        };
        let epochs = || w.texts(
            "select distinct cast(epoch as text) as value from index_schemes
             join person_index on scheme = number order by 1",
        );
        assert_eq!((search(), epochs()), (vec![case.clone()], vec!["1".to_owned()]));

        assert_eq!(jobs::run_once(&db, w.now()).unwrap().indexed_people, 1);
        assert_eq!((search(), epochs()), (vec![case], vec!["2".to_owned()]));
    }

    async fn r12_one_identity_that_does_not_open_keeps_nobody_else_from_being_found(w: World) {
        let (responder, coordinator) = (w.first_responder().await, w.coordinator().await);
        let broken = register(&responder, told("Aminata Coulibaly", 1998, NORTH)).await;
        let whole = register(&responder, merged(told("Aminata Coulibaly", 1999, NORTH), json!({}))).await;
        let other = register(&responder, told("Esther Nakato", 1998, NORTH)).await;
        let (person, from) = (person_of(&w, &broken), person_of(&w, &other));
        w.sql(&format!(
            "update person_identities set sealed = (select sealed from person_identities where person_id = '{from}')
             where person_id = '{person}'"
        ));

        assert_eq!(found(&coordinator, json!({"names": ["Aminata Coulibaly"]})).await, [whole]);
    }
}
