//! Documents of a dossier: who is shown which, what is kept of them, and what is handed out.

use refero_domain::actor::ActorRole;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::{
    every::ABSENT,
    referral_steps::{Scene, act, ids, merged, scene, scene_for},
    steps::{register, report},
    world::{Answer, Persona},
};

const PDF: &[u8] = b"%PDF-1.4\nBorn in Bouake.";

/// A certificate.
pub(crate) fn certificate() -> Value {
    json!({"kind": "birth_certificate", "class": "case_restricted", "title": "From the town hall"})
}

fn path(case: &str) -> String {
    format!("/v1/cases/{case}/documents")
}

fn of(class: &str) -> Value {
    merged(certificate(), json!({"class": class}))
}

async fn upload(by: &Persona, one: &str, version: i64, bytes: &[u8]) -> Answer {
    by.put(format!("{one}/content"))
        .if_match(version)
        .bytes("application/octet-stream", bytes)
        .await
}

/// Adds a document and uploads it; gives its address.
pub(crate) async fn added(by: &Persona, case: &str, body: Value, bytes: &[u8]) -> String {
    let made = by.post(path(case)).json(body).await.is(201);
    let one = format!("{}/{}", path(case), made.id());
    upload(by, &one, 1, bytes).await.is(200);
    one
}

async fn content(by: &Persona, one: &str) -> Answer {
    by.get(format!("{one}/content")).await
}

async fn shelter_works(s: &Scene) -> String {
    s.accepted().await.1
}

both! {
    async fn a_document_is_kept_as_it_is_and_handed_out_as_an_attachment(w: World) {
        let s = scene(&w).await;
        let body = merged(certificate(), json!({"language": "fr", "issued_on": "2026-10-20", "number": "1181/2009"}));
        let made = s.coordinator.post(path(&s.case)).json(body).await.is(201);
        assert_eq!((made.at("/state"), made.at("/allowed_actions")), (json!("awaiting_content"), json!(["upload"])));
        let one = format!("{}/{}", path(&s.case), made.id());
        content(&s.coordinator, &one).await.is_problem(409, "illegal-transition");

        let kept = upload(&s.coordinator, &one, 1, PDF).await.is(200);
        let digest: String = Sha256::digest(PDF).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!((kept.at("/state"), kept.at("/media_type")), (json!("current"), json!("application/pdf")));
        assert_eq!((kept.at("/size_bytes"), kept.at("/sha256")), (json!(PDF.len()), json!(digest)));
        let handed = content(&s.coordinator, &one).await.is(200);
        assert_eq!(handed.text().as_bytes(), PDF);
        let header = |name: &str| handed.header(name).unwrap();
        assert_eq!(header("content-disposition"), format!("attachment; filename=\"document-{}.pdf\"", made.id()));
        assert_eq!((header("x-content-type-options"), header("cache-control")), ("nosniff".to_owned(), "no-store".to_owned()));
        // R14: the trail proves what was uploaded, and who had it.
        let told = w.texts("select action || ' ' || basis_id as value from audit_events where basis_id is not null order by action");
        let proof = told[1].strip_prefix("document.upload hmac-sha256:").unwrap();
        assert_eq!(told[0], format!("document.read-content hmac-sha256:{proof}"));
        assert!(proof.len() == 64 && proof != digest, "whoever holds the same page finds nobody in the trail");
        upload(&s.coordinator, &one, 2, PDF).await.is_problem(409, "illegal-transition");
        assert!(!w.texts("select state as value from documents").is_empty());
        w.expect_sound();
    }

    async fn what_a_document_is_its_first_bytes_say(w: World) {
        let s = scene(&w).await;
        let made = s.coordinator.post(path(&s.case)).json(certificate()).await.is(201);
        let one = format!("{}/{}", path(&s.case), made.id());

        for bytes in [&b""[..], b"MZ\x90\0\x03", b"PK\x03\x04", b"GIF89a\x01\0", b"Am\xe9lie"] {
            upload(&s.coordinator, &one, 1, bytes).await.is_problem(415, "unsupported-media-type");
        }
        let page = b"<html><script>alert(1)</script></html>";
        upload(&s.coordinator, &one, 1, page).await.is(200);
        // A page is text here, and no browser is told otherwise.
        let handed = content(&s.coordinator, &one).await.is(200);
        assert_eq!(handed.header("content-type").unwrap(), "text/plain; charset=utf-8");
        assert!(handed.header("content-security-policy").unwrap().contains("default-src 'none'"));
        let packed = s.coordinator.post(path(&s.case)).json(certificate()).await.is(201).id();
        let packed = s.coordinator.put(format!("{}/{packed}/content", path(&s.case))).if_match(1);
        packed.bytes("application/pdf", PDF).header("Content-Encoding", "gzip").await.is_problem(415, "unsupported-media-type");
        let large = s.coordinator.post(path(&s.case)).json(certificate()).await.is(201).id();
        let large = s.coordinator.put(format!("{}/{large}/content", path(&s.case))).if_match(1);
        large.bytes("application/pdf", vec![b'x'; 5 * 1024 * 1024 + 1]).await.is_problem(413, "too-large");
    }

    async fn five_mebibytes_are_kept_and_come_back(w: World) {
        let s = scene(&w).await;
        let mut bytes = b"%PDF-1.7\n".to_vec();
        bytes.resize(5 * 1024 * 1024, b'.');
        let one = added(&s.coordinator, &s.case, certificate(), &bytes).await;
        assert_eq!(content(&s.coordinator, &one).await.is(200).text().len(), bytes.len());
    }

    async fn r8_a_medical_document_is_the_treating_providers_and_others_learn_that_there_is_one(w: World) {
        let s = scene(&w).await;
        for by in [&s.coordinator, &w.supervisor().await] {
            by.post(path(&s.case)).json(of("medical")).await.is_problem(403, "not-permitted");
        }
        s.worker.post(path(&s.case)).json(of("medical")).await.is_problem(404, "not-found");
        let referral = shelter_works(&s).await;
        let one = added(&s.worker, &s.case, of("medical"), PDF).await;

        for by in [&s.worker, &s.manager] {
            assert_eq!(by.get(&one).await.is(200).at("/title"), "From the town hall");
            assert_eq!(content(by, &one).await.is(200).text().as_bytes(), PDF);
        }
        let seen = s.coordinator.get(&one).await.is(200);
        assert_eq!((seen.at("/title"), seen.at("/sha256"), seen.at("/withheld")), (json!(null), json!(null), json!(["medical"])));
        assert_eq!(seen.at("/links").get("content"), None);
        content(&s.coordinator, &one).await.is_problem(403, "not-permitted");
        let listed = s.coordinator.get(path(&s.case)).await.is(200);
        assert!(!listed.text().contains("town hall") && ids(&listed).len() == 1);
        // A colleague who does not work on it, and whoever registered the case.
        let colleague = w.worker().at(&s.shelter).await;
        for by in [&colleague, &s.responder, &w.persona(ActorRole::Investigator).await] {
            by.get(&one).await.is_problem(404, "not-found");
            content(by, &one).await.is_problem(404, "not-found");
        }
        // R3: with the referral ends the work, and the provider keeps what it wrote itself.
        act(&s.worker, &referral, "start", json!({})).await.is(200);
        act(&s.worker, &referral, "complete", json!({"outcome": "goal_met"})).await.is(200);
        content(&s.worker, &one).await.is_problem(404, "not-found");
        assert_eq!(content(&s.manager, &one).await.is(200).text().as_bytes(), PDF);
        s.manager.post(path(&s.case)).json(of("medical")).await.is_problem(404, "not-found");
        w.expect_sound();
    }

    async fn r2_a_provider_is_shown_no_document_that_it_did_not_add(w: World) {
        let s = scene(&w).await;
        shelter_works(&s).await;
        let one = added(&s.coordinator, &s.case, certificate(), PDF).await;
        for by in [&s.worker, &s.manager] {
            by.get(&one).await.is_problem(404, "not-found");
            content(by, &one).await.is_problem(404, "not-found");
            assert_eq!(ids(&by.get(path(&s.case)).await.is(200)), Vec::<String>::new());
        }
        w.coordinator().await.get(&one).await.is(200);
        w.coordinator().in_area("XZ-S").await.get(format!("{}/{ABSENT}", path(&s.case))).await.is_problem(404, "not-found");
    }

    async fn r8_a_document_behind_the_wall_is_seen_from_behind_it(w: World) {
        let s = scene(&w).await;
        let police = w.persona(ActorRole::Investigator).await;
        police.post(path(&s.case)).json(of("investigation")).await.is_problem(404, "not-found");
        let investigation = crate::proceedings::investigation(&police.organisation_id);
        s.coordinator.post(crate::proceedings::path(&s)).json(investigation).await.is(201);
        let one = added(&police, &s.case, of("investigation"), PDF).await;
        let of_the_bureau = added(&s.coordinator, &s.case, certificate(), PDF).await;

        assert_eq!(content(&police, &one).await.is(200).text().as_bytes(), PDF);
        assert_eq!(ids(&police.get(path(&s.case)).await.is(200)).len(), 1);
        police.get(&of_the_bureau).await.is_problem(404, "not-found");
        police.post(path(&s.case)).json(certificate()).await.is_problem(403, "not-permitted");
        for by in [&s.coordinator, &w.supervisor().await, &s.responder] {
            by.get(&one).await.is_problem(404, "not-found");
        }
        assert_eq!(ids(&s.coordinator.get(path(&s.case)).await.is(200)).len(), 1);
        s.coordinator.post(path(&s.case)).json(of("investigation")).await.is_problem(403, "not-permitted");
    }

    async fn whoever_registers_adds_what_the_person_carries_until_the_bureau_takes_over(w: World) {
        let (responder, coordinator) = (w.first_responder().await, w.coordinator().await);
        let case = register(&responder, report()).await;
        let one = added(&responder, &case, certificate(), PDF).await;
        content(&responder, &one).await.is(200);
        coordinator.post(format!("/v1/cases/{case}/claim")).if_match(1).json(json!({})).await.is(200);
        content(&responder, &one).await.is_problem(404, "not-found");
        responder.get(&one).await.is_problem(404, "not-found");
        content(&coordinator, &one).await.is(200);
        responder.post(path(&case)).json(certificate()).await.is_problem(403, "not-permitted");
    }

    async fn r13_a_newer_version_keeps_the_earlier_one(w: World) {
        let s = scene(&w).await;
        let first = added(&s.coordinator, &s.case, certificate(), PDF).await;
        let id = first.rsplit('/').next().unwrap();
        let newer = merged(certificate(), json!({"supersedes_id": id}));
        let other_class = merged(of("medical"), json!({"supersedes_id": id}));
        shelter_works(&s).await;
        s.worker.post(path(&s.case)).json(other_class).await.is_problem(422, "validation-failed");
        let absent = merged(certificate(), json!({"supersedes_id": ABSENT}));
        s.coordinator.post(path(&s.case)).json(absent).await.is_problem(422, "validation-failed");

        let second = s.coordinator.post(path(&s.case)).json(&newer).await.is(201).id();
        assert_eq!(s.coordinator.get(&first).await.is(200).at("/state"), "current", "until it is uploaded");
        let third = s.coordinator.post(path(&s.case)).json(&newer).await.is(201).id();
        upload(&s.coordinator, &format!("{}/{second}", path(&s.case)), 1, b"The newer one.").await.is(200);
        assert_eq!(s.coordinator.get(&first).await.is(200).at("/state"), "superseded");
        assert_eq!(content(&s.coordinator, &first).await.is(200).text().as_bytes(), PDF);
        let late = upload(&s.coordinator, &format!("{}/{third}", path(&s.case)), 1, PDF).await;
        late.is_problem(409, "illegal-transition");
        w.expect_sound();
    }

    async fn r13_with_the_person_goes_the_document(w: World) {
        let s = scene_for(&w, crate::steps::adult_report()).await;
        let one = added(&s.coordinator, &s.case, certificate(), PDF).await;
        let notices = format!("/v1/cases/{}/notices-of-rights", s.case);
        s.coordinator.post(notices).json(json!({"language": "fr"})).await.is(201);
        crate::erasure::forget(&w, &s.case).await;
        let digests = "select digest as value from documents union all select digest as value from letters";
        assert_eq!(w.texts(digests), vec!["0".repeat(64); 2], "a digest would tell who holds the same page");
        content(&s.coordinator, &one).await.is_problem(410, "erased");
        s.coordinator.get(&one).await.is_problem(410, "erased");
        s.coordinator.post(path(&s.case)).json(certificate()).await.is_problem(410, "erased");
        assert_eq!(w.texts("select state as value from documents where sealed is null"), ["current"]);
        assert_eq!(w.texts("select document_id as value from document_contents where length(sealed) = 0").len(), 1);
        w.expect_sound();
    }

    async fn a_document_that_is_added_twice_is_added_once(w: World) {
        let s = scene(&w).await;
        let body = merged(certificate(), json!({"id": "0f0e0d0c-0b0a-4908-8706-050403020100"}));
        let add = |body: Value| s.coordinator.post(path(&s.case)).without_key().json(body);
        add(body.clone()).await.is(201);
        add(body.clone()).await.is(201);
        add(merged(body, json!({"title": "Another"}))).await.is_problem(409, "id-taken");
        add(certificate()).await.is_problem(400, "idempotency-key-missing");
        let wrong = |changes: Value| s.coordinator.post(path(&s.case)).json(merged(certificate(), changes));
        for changes in [json!({"class": "operational"}), json!({"kind": "novel"}), json!({"title": ""}), json!({"issued_on": "2999-01-01"})] {
            wrong(changes).await.is_problem(422, "validation-failed");
        }
    }
}
