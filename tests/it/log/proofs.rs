//! Who has acted is given a receipt, and with it a proof that needs nobody's word.

use refero_domain::audit::raw::Digest;
use refero_verify::{Consistency, Pin, Proof, Unusable};
use reqwest::Method;
use serde_json::json;

use crate::{
    referral_steps::scene,
    steps::report,
    world::{Answer, ledger},
};

fn receipt(answer: &Answer) -> String {
    answer.header("audit-receipt").unwrap_or_else(|| panic!("{} gave no receipt", answer.asked()))
}

both! {
    async fn an_act_gives_a_receipt_that_proves_its_event(w: World) {
        let s = scene(&w).await;
        let mut receipts = Vec::new();
        for n in 0..20 {
            let sent = s.responder.post("/v1/detection-reports").key(format!("report-{n}")).json(report());
            receipts.push(receipt(&sent.await.is(201)));
        }
        let note = s.coordinator.post(format!("/v1/cases/{}/notes", s.case)).json(json!({"text": "Called."}));
        let note = note.await.is(201);
        receipts.push(receipt(&note));
        let hashes = w.texts(&match w.owner().sqlite_path() {
            Some(_) => format!("select lower(hex(hash)) as value from audit_events where object_id = '{}'", note.id()),
            None => format!("select encode(hash, 'hex') as value from audit_events where object_id = '{}'", note.id()),
        });
        assert_eq!(hashes, [receipt(&note)], "the receipt is of the event of the act");

        let path = |receipt: &str| format!("/v1/audit/proofs/{receipt}");
        s.worker.get(path(&receipts[0])).await.is_problem(404, "not-found");
        w.number_events();
        let keys = ledger::keys();
        for (n, one) in receipts.iter().enumerate() {
            let text = s.worker.get(path(one)).await.is(200).text();
            let proof = Proof::read(&text, &keys).unwrap();
            assert!(proof.proves(&one.parse().unwrap()), "{text}");
            let other: Digest = receipts[(n + 1) % receipts.len()].parse().unwrap();
            assert!(!proof.proves(&other));
            assert!(text.len() <= 2_048, "{} bytes", text.len());
        }
        let checkpoint = s.worker.get("/v1/audit/checkpoint").await.is(200).text();
        assert_eq!(checkpoint, w.checkpoint());
        w.verify(&[checkpoint]).unwrap();
    }

    async fn who_signs_in_is_given_a_receipt_too_and_who_is_refused_is_not(w: World) {
        let somebody = w.coordinator().await;
        let sign_in = |password: &str| {
            let body = json!({"username": somebody.username, "password": password});
            w.stranger(Method::POST, "/v1/session").json(body)
        };
        let signed_in = sign_in(somebody.password).await.is(200);
        let token = json!({"refresh_token": signed_in.text_at("/refresh_token")});
        let refreshed = w.stranger(Method::POST, "/v1/session/refresh").json(token).await.is(200);

        let refused = sign_in("not the password of anybody").await;
        assert_eq!((refused.status, refused.header("audit-receipt")), (401, None));

        w.number_events();
        for one in [receipt(&signed_in), receipt(&refreshed)] {
            let text = somebody.get(format!("/v1/audit/proofs/{one}")).await.is(200).text();
            let proof = Proof::read(&text, &ledger::keys()).unwrap();
            assert!(proof.proves(&one.parse().unwrap()));
        }
    }

    async fn the_log_is_shown_to_have_only_grown(w: World) {
        let s = scene(&w).await;
        let mut checkpoints = Vec::new();
        for _ in 0..6 {
            s.coordinator.get(format!("/v1/cases/{}", s.case)).await.is(200);
            w.number_events();
            checkpoints.push(Pin::read(&w.checkpoint(), &ledger::keys()).unwrap());
        }
        for (n, later) in checkpoints.iter().enumerate() {
            for earlier in &checkpoints[..=n] {
                let path = format!("/v1/audit/consistency/{}/{}", earlier.size(), later.size());
                let text = s.worker.get(path).await.is(200).text();
                let proof = Consistency::read(&text).unwrap();
                assert!(proof.shows_growth(earlier, later));
                assert_eq!(proof.shows_growth(later, earlier), earlier == later);
            }
        }
        let last = checkpoints[5].size();
        for wrong in ["0/1".to_owned(), "2/1".to_owned(), format!("1/{}", last + 1), "x/1".to_owned(), "1/-1".to_owned()] {
            s.worker.get(format!("/v1/audit/consistency/{wrong}")).await.is_problem(404, "not-found");
        }
    }

    async fn a_proof_that_was_changed_proves_nothing(w: World) {
        let s = scene(&w).await;
        let notes = format!("/v1/cases/{}/notes", s.case);
        let one = receipt(&s.coordinator.post(&notes).json(json!({"text": "Called."})).await.is(201));
        w.number_events();
        let text = s.worker.get(format!("/v1/audit/proofs/{one}")).await.is(200).text();
        let (keys, leaf): (_, Digest) = (ledger::keys(), one.parse().unwrap());

        for (at, byte) in text.bytes().enumerate() {
            if !byte.is_ascii_alphanumeric() {
                continue;
            }
            let mut changed = text.clone().into_bytes();
            changed[at] = if byte == b'1' { b'2' } else { b'1' };
            let changed = String::from_utf8(changed).unwrap();
            let proof = Proof::read(&changed, &keys);
            assert!(proof.is_err() || !proof.unwrap().proves(&leaf), "{changed}");
        }
        assert_eq!(Proof::read("", &keys), Err(Unusable::Proof));
        assert_eq!(Proof::read(&text.replace("tlog-proof@v1", "tlog-proof@v2"), &keys), Err(Unusable::Proof));
    }

    async fn what_is_no_leaf_is_not_found_and_a_stranger_is_told_nothing(w: World) {
        let s = scene(&w).await;
        s.worker.get("/v1/audit/checkpoint").await.is_problem(404, "not-found");
        w.number_events();
        for leaf in ["0".repeat(64), "0".repeat(63), "A".repeat(64), "x".to_owned()] {
            s.worker.get(format!("/v1/audit/proofs/{leaf}")).await.is_problem(404, "not-found");
        }
        w.stranger(Method::GET, "/v1/audit/checkpoint").await.is_problem(401, "not-authenticated");
        let reading = s.worker.get(format!("/v1/referrals/{}", s.sent().await.1)).await.is(200);
        assert_eq!(reading.header("audit-receipt"), None, "a reading is no act");
        let refused = s.worker.post("/v1/users").json(json!({})).await;
        assert_eq!(refused.header("audit-receipt"), None);
    }
}
