//! Sealing anew is stopped in the midst, again and again, and begins where it was.

use std::{collections::BTreeMap, fmt::Write, time::Duration};

use refero_store::{
    Entropy,
    sealing::{DeploymentKey, KeyRing, PersonKey},
};

use crate::world::{World, program::key};

const PEOPLE: usize = 3_000;

fn deployment_key(epoch: u32) -> DeploymentKey {
    DeploymentKey::from_base64(&key(&format!("epoch {epoch}"))).unwrap()
}

/// Puts people into the database whose keys the first epoch wraps.
fn people(w: &World) -> BTreeMap<String, PersonKey> {
    let ring = KeyRing::single(1, deployment_key(1));
    let entropy = Entropy::system();
    let mut keys = BTreeMap::new();
    let mut rows = String::new();
    for _ in 0..PEOPLE {
        let id = uuid::Uuid::new_v4().to_string();
        let key = PersonKey::generate(&mut *entropy.rng());
        let wrapped = key.wrap(&ring, &id, &mut *entropy.rng()).unwrap();
        let comma = if rows.is_empty() { "" } else { "," };
        let bytes = w.bytes(&wrapped.bytes);
        write!(rows, "{comma}('{id}', 1, {bytes}, '2026-11-02 09:00:00')").unwrap();
        keys.insert(id, key);
    }
    w.sql(&format!(
        "insert into person_keys (person_id, epoch, wrapped, created_at) values {rows}"
    ));
    keys
}

both! {
    async fn killed_in_the_midst_it_goes_on_where_it_was(p: Program) {
        let mut p = p;
        p.keys(&[1]);
        p.start().await;
        p.kill();
        let keys = people(&p.w);
        p.keys(&[1, 2]);
        p.house.says(&["keys", "rotate"]);
        let refused = p.house.refuses(&["keys", "retire", "1"]);
        assert!(refused.contains(&format!("still seals {PEOPLE} people")), "{refused}");

        let of_epoch_two = || {
            let count = "select cast(count(*) as text) as value from person_keys where epoch = 2";
            p.w.texts(count)[0].parse::<usize>().unwrap()
        };
        let (mut stops, mut before) = (0, 0);
        while of_epoch_two() < PEOPLE && stops < 200 {
            let mut child = p.house.command(&["keys", "rewrap"]).spawn().unwrap();
            let begun = of_epoch_two();
            while of_epoch_two() == begun && child.try_wait().unwrap().is_none() {
                std::thread::sleep(Duration::from_millis(1));
            }
            drop(child.kill());
            child.wait().unwrap();
            let now = of_epoch_two();
            assert!(now >= before, "what was sealed anew went back");
            (before, stops) = (now, stops + 1);
        }
        assert!(stops > 3, "it was never stopped in the midst");
        p.house.says(&["keys", "rewrap"]);
        assert_eq!(of_epoch_two(), PEOPLE);
        p.house.says(&["keys", "retire", "1"]);

        // Every key is the one it was, and the new epoch alone opens it.
        let ring = KeyRing::single(2, deployment_key(2));
        let place = refero_store::sealing::Place { table: "t", column: "c" };
        for (person, wrapped) in p.w.wrapped_keys() {
            let opened = PersonKey::unwrap(&wrapped, &ring, &person).unwrap();
            assert_eq!(opened.commitment(place, "r", b"v"), keys[&person].commitment(place, "r", b"v"));
        }
        p.keys(&[2]);
        p.start().await;
        p.w.expect_sound();
    }
}

both! {
    /// F9: what was changed by somebody errs alone.
    async fn f9_a_key_that_was_changed_hinders_no_other(p: Program) {
        let mut p = p;
        p.keys(&[1]);
        p.start().await;
        p.kill();
        people(&p.w);
        let damaged = p.w.texts("select min(person_id) as value from person_keys").remove(0);
        let zeros = p.w.bytes(&[1; 73]);
        p.w.sql(&format!("update person_keys set wrapped = {zeros} where person_id = '{damaged}'"));
        p.keys(&[1, 2]);
        p.house.says(&["keys", "rotate"]);

        let output = p.house.run(&["keys", "rewrap"]);
        assert!(!output.status.success());
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(said, format!("{} sealed anew\n", PEOPLE - 1));
        let refused = p.house.refuses(&["keys", "retire", "1"]);
        assert!(refused.contains("still seals 1 people"), "{refused}");
        assert!(p.house.says(&["keys", "list"]).contains("epoch 1: older"));
    }
}
