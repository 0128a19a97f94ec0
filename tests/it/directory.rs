//! The directory: organisations and the services they offer.

use reqwest::Method;
use serde_json::{Value, json};

fn shelter() -> Value {
    json!({"service_type": "safe_shelter", "name": " Shelter ", "capacity": 12,
        "languages": ["en", "fr"], "sexes": ["female"], "ages": "children_only"})
}

both! {
    async fn an_organisation_is_entered_read_and_changed(w: World) {
        let administrator = w.administrator().await;

        let made = administrator
            .post("/v1/organisations")
            .json(json!({"name": " Northern Shelter Network ", "organisation_type": "ngo",
                "area": "XZ-N", "phone": "+256414000000"}))
            .await
            .is(201);
        let address = made.header("location").unwrap();
        assert_eq!(made.at("/name"), "Northern Shelter Network");
        let reader = w.first_responder().await;
        let shown = reader.get(&address).await.is(200);
        assert_eq!((shown.version(), shown.at("/allowed_actions")), (1, json!([])));
        reader
            .patch(&address)
            .if_match(1)
            .json(json!({"name": "x"}))
            .await
            .is_problem(403, "not-permitted");
        let changed = administrator
            .patch(&address)
            .if_match(1)
            .json(json!({"phone": null, "active": false}))
            .await
            .is(200);
        assert_eq!((changed.at("/phone"), changed.at("/area")), (Value::Null, json!("XZ-N")));
        assert_eq!((changed.at("/active"), changed.version()), (json!(false), 2));
        administrator
            .patch(&address)
            .if_match(1)
            .json(json!({"name": "x"}))
            .await
            .is_problem(412, "stale-version");
    }

    async fn an_organisation_is_entered_once(w: World) {
        let administrator = w.administrator().await;
        let id = "3f2b8c1e-7a4d-4e0b-9c53-1d2e3f4a5b6c";
        let body = json!({"id": id, "name": "Harbour House", "organisation_type": "shelter"});

        let made = administrator.post("/v1/organisations").key("k").json(&body).await.is(201);
        assert_eq!(made.id(), id);
        assert_eq!(
            administrator.post("/v1/organisations").key("k").json(&body).await.is(201).id(),
            id
        );
        let other = administrator.post("/v1/organisations").json(&body).await;
        other.is_problem(409, "id-taken");
        let without_key = json!({"name": "Harbour House", "organisation_type": "shelter"});
        administrator
            .post("/v1/organisations")
            .without_key()
            .json(without_key)
            .await
            .is_problem(400, "idempotency-key-missing");
    }

    async fn what_is_entered_is_checked(w: World) {
        let administrator = w.administrator().await;
        for (member, value, code) in [
            ("name", json!(""), "validation-failed"),
            ("name", json!("x".repeat(201)), "validation-failed"),
            ("organisation_type", json!("bakery"), "validation-failed"),
            ("area", json!("UG-102"), "validation-failed"),
            ("phone", json!("0414 000 000"), "validation-failed"),
            ("version", json!(3), "unknown-field"),
            ("id", json!("0192f0c1-2b3c-7d4e-8f50-112233445566"), "validation-failed"),
        ] {
            let mut body = json!({"name": "Harbour House", "organisation_type": "shelter"});
            body[member] = value;
            administrator.post("/v1/organisations").json(body).await.is_problem(422, code);
        }
        let organisation = w.organisation("ngo");
        for (member, value) in [
            ("service_type", json!("massage")),
            ("capacity", json!(-1)),
            ("capacity", json!(1_000_000)),
            ("areas", json!(["UG-102"])),
            ("languages", json!(["english"])),
            ("sexes", json!(["any"])),
            ("ages", json!("teenagers")),
        ] {
            let mut body = shelter();
            body[member] = value;
            administrator
                .post(format!("/v1/organisations/{organisation}/services"))
                .json(body)
                .await
                .is_problem(422, "validation-failed");
        }
    }

    async fn everybody_who_is_signed_in_reads_the_directory(w: World) {
        w.stranger(Method::GET, "/v1/organisations").await.is_problem(401, "not-authenticated");
        let reader = w.worker().await;
        let other = w.organisation("health_service");

        assert_eq!(
            reader.get("/v1/organisations").await.is(200).at("/items").as_array().unwrap().len(),
            2
        );
        let health = reader.get("/v1/organisations?organisation_type=health_service,shelter").await;
        assert_eq!(health.is(200).at("/items/0/id"), other.as_str());
        let none = reader.get("/v1/organisations?active=false").await.is(200);
        assert_eq!(none.at("/items"), json!([]));
        let none = reader.get("/v1/organisations?area=XZ-N").await.is(200);
        assert_eq!(none.at("/items"), json!([]));
        let first = reader.get("/v1/organisations?limit=1").await.is(200);
        let cursor = first.text_at("/next_cursor");
        let next = reader.get(format!("/v1/organisations?limit=1&cursor={cursor}")).await.is(200);
        assert_ne!(next.at("/items/0/id"), first.at("/items/0/id"));
        reader
            .get(format!("/v1/organisations?limit=1&active=true&cursor={cursor}"))
            .await
            .is_problem(400, "invalid-cursor");
        assert!(w.trail().contains(&"organisation.read success".to_owned()));
    }

    async fn a_manager_keeps_the_services_of_the_own_organisation(w: World) {
        let manager = w.manager().await;
        let other = w.organisation("ngo");
        let own = format!("/v1/organisations/{}/services", manager.organisation_id);

        let made = manager.post(&own).json(shelter()).await.is(201);
        assert_eq!((made.at("/name"), made.at("/capacity")), (json!("Shelter"), json!(12)));
        assert_eq!(made.at("/allowed_actions"), json!(["edit", "report-places"]));
        let address = made.header("location").unwrap();
        let changed = manager
            .patch(&address)
            .if_match(1)
            .json(json!({"capacity": null, "languages": [], "active": false}))
            .await
            .is(200);
        assert_eq!((changed.at("/capacity"), changed.at("/sexes")), (Value::Null, json!(["female"])));
        manager
            .post(format!("/v1/organisations/{other}/services"))
            .json(shelter())
            .await
            .is_problem(403, "not-permitted");
        let worker = w.worker().at(&manager.organisation_id).await;
        worker.post(&own).json(shelter()).await.is_problem(403, "not-permitted");
        worker.get(&address).await.is(200);
        assert_eq!(worker.get(&own).await.is(200).at("/items").as_array().unwrap().len(), 1);
        assert_eq!(
            worker.get(format!("{own}?active=true")).await.is(200).at("/items"),
            json!([])
        );
    }

    async fn a_service_is_found_through_its_organisation_only(w: World) {
        let administrator = w.administrator().await;
        let (one, two) = (w.organisation("ngo"), w.organisation("ngo"));
        let id = w.service(&one, "legal_aid");

        administrator.get(format!("/v1/organisations/{one}/services/{id}")).await.is(200);
        let elsewhere = format!("/v1/organisations/{two}/services/{id}");
        administrator.get(&elsewhere).await.is_problem(404, "not-found");
        administrator
            .patch(&elsewhere)
            .if_match(1)
            .json(json!({"capacity": 1}))
            .await
            .is_problem(404, "not-found");
        administrator
            .get("/v1/organisations/3f2b8c1e-7a4d-4e0b-9c53-1d2e3f4a5b6c/services")
            .await
            .is_problem(404, "not-found");
    }

    async fn the_people_of_an_inactive_organisation_are_out(w: World) {
        let administrator = w.administrator().await;
        let worker = w.worker().await;

        administrator
            .patch(format!("/v1/organisations/{}", worker.organisation_id))
            .if_match(1)
            .json(json!({"active": false}))
            .await
            .is(200);
        worker.get("/v1/me").await.is_problem(401, "not-authenticated");
        let again = w
            .stranger(Method::POST, "/v1/session")
            .json(json!({"username": worker.username, "password": worker.password}))
            .await;
        again.is_problem(401, "invalid-credentials");
    }
}
