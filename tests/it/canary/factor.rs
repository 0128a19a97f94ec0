//! What a person signs in with lies sealed or as a digest, and nowhere else.

use refero_store::testing;
use serde_json::json;

use super::{places, places::Since, planted::Planted, search::Search};
use crate::{
    device::{Device, STEP_S, enrol, sign_in, step_up},
    world::PASSWORD,
};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Everything that must not be found: the secret as it is written down, and the codes on paper.
fn plant(planted: &Planted, device: &Device) {
    planted.given("factor", "the secret in base32", &device.base32);
    planted.given("factor", "the bytes of the secret", &hex(&device.secret));
    for code in &device.recovery_codes {
        planted.given("factor", "a recovery code", code);
        planted.given("factor", "a recovery code without hyphens", &code.replace('-', ""));
    }
}

both! {
    async fn the_secret_of_a_second_factor_and_its_codes_lie_nowhere(w: World) {
        let (since, planted) = (Since::now(&w), Planted::default());
        let (somebody, other) = (w.coordinator().await, w.administrator().await);
        let device = enrol(&w, &somebody).await;
        plant(&planted, &device);
        plant(&planted, &enrol(&w, &other).await);

        w.advance_s(STEP_S);
        let paper = |n: usize| json!({"recovery_code": device.recovery_codes[n]});
        let otp = json!({"otp": device.code(w.now())});
        sign_in(&w, &somebody.username, PASSWORD, otp).await.is(200);
        sign_in(&w, &somebody.username, PASSWORD, paper(0)).await.is(200);
        sign_in(&w, &somebody.username, PASSWORD, paper(0)).await.is(401);
        step_up(&somebody, &device.base32).await.is(401);
        let misplaced = json!({"otp": device.recovery_codes[1], "secret": device.base32});
        somebody.post("/v1/session/step-up").json(misplaced).await.is(422);
        let renewed = somebody.post("/v1/me/second-factor/recovery-codes").await.is(200);
        for code in serde_json::from_value::<Vec<String>>(renewed.at("/recovery_codes")).unwrap() {
            planted.given("factor", "a new recovery code", &code);
        }
        let search = Search::of(&[&planted]);
        for (place, found) in places::search(&w, &since, &search) {
            assert!(found.is_empty(), "{place} holds {found:?}");
        }
        for path in ["/v1/me", "/v1/me/second-factor", "/v1/audit-events"] {
            let told = somebody.get(path).await.is(200);
            assert!(search.find(told.seen().as_bytes()).is_empty(), "{path}");
        }
    }

    async fn a_sealed_secret_that_is_moved_to_another_account_opens_nothing(w: World) {
        let (somebody, thief) = (w.coordinator().await, w.coordinator().await);
        let device = enrol(&w, &somebody).await;
        let own = enrol(&w, &thief).await;
        w.advance_s(STEP_S);
        testing::run(w.owner(), &format!(
            "update second_factors set sealed = (select sealed from second_factors where user_id = '{}')
             where user_id = '{}'",
            thief.user_id, somebody.user_id
        )).unwrap();

        for device in [&own, &device] {
            let otp = json!({"otp": device.code(w.now())});
            sign_in(&w, &somebody.username, PASSWORD, otp).await.is_problem(500, "internal");
        }
        step_up(&thief, &own.code(w.now())).await.is(200);
    }
}
