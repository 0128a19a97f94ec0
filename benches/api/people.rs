//! The organisations and accounts, made through the API by the first administrator.

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    Outcome,
    client::{Client, Connection, PASSWORD, Session, text},
    house::House,
};

const ADMINISTRATOR: &str = "ruth.w";

/// Who makes the others.
struct Administrator {
    connection: Connection,
    session: Session,
}

/// Makes people for each client and signs them in.
pub(crate) fn clients(house: &House, count: u32) -> Outcome<Vec<Client>> {
    let mut administrator = Administrator::found(house)?;
    let police = administrator.organisation("Police Post", "law_enforcement")?;
    let bureau = administrator.organisation("Coordination Bureau", "coordination_body")?;
    let shelter = administrator.organisation("Shelter", "shelter")?;
    let service = json!({"service_type": "safe_shelter", "ages": "everyone"});
    administrator.create(&format!("/v1/organisations/{shelter}/services"), &service)?;
    let client = |number| {
        let connection = Connection::to(house)?;
        let mut sign_in = |role, at| {
            let username = administrator.account(role, number, at)?;
            Outcome::Ok((Session::begin(&connection, &username)?, username))
        };
        let (responder, _) = sign_in("first_responder", &police)?;
        let (coordinator, coordinator_name) = sign_in("case_coordinator", &bureau)?;
        let (worker, _) = sign_in("service_provider_worker", &shelter)?;
        let (accepted, shelter_id) = (Vec::new(), shelter.clone());
        Ok(Client {
            connection,
            responder,
            coordinator,
            worker,
            coordinator_name,
            accepted,
            shelter_id,
        })
    };
    (0..count).map(client).collect()
}

impl Administrator {
    fn found(house: &House) -> Outcome<Self> {
        let told = house.says(&[
            "admin",
            "create",
            "--username",
            ADMINISTRATOR,
            "--display-name",
            "Ruth W.",
            "--organisation",
            "Government Computing",
        ])?;
        let secret = told.lines().last().unwrap_or_default();
        let connection = Connection::to(house)?;
        activate(&connection, ADMINISTRATOR, secret)?;
        let session = Session::begin(&connection, ADMINISTRATOR)?;
        Ok(Self { connection, session })
    }

    fn create(&mut self, path: &str, body: &Value) -> Outcome<Value> {
        let request = self.session.ask(&self.connection, Method::POST, path)?;
        self.connection.insist(request.json(body), 201)
    }

    /// Enters an organisation and gives its id.
    fn organisation(&mut self, name: &str, kind: &str) -> Outcome<String> {
        let body = json!({"name": name, "organisation_type": kind});
        text(&self.create("/v1/organisations", &body)?, "id")
    }

    /// Makes an account that is ready to sign in, and gives its name.
    fn account(&mut self, role: &str, number: u32, organisation_id: &str) -> Outcome<String> {
        let username = format!("{role}.{number}");
        let body = json!({
            "username": username, "display_name": format!("Ama K. {number}"),
            "organisation_id": organisation_id, "roles": [{"role": role}]
        });
        let secret = text(&self.create("/v1/users", &body)?, "activation_secret")?;
        activate(&self.connection, &username, &secret)?;
        Ok(username)
    }
}

fn activate(connection: &Connection, username: &str, secret: &str) -> Outcome<()> {
    let body = json!({"username": username, "activation_secret": secret, "password": PASSWORD});
    let request = connection.request(Method::POST, "/v1/session/activate").json(&body);
    connection.insist(request, 204).map(drop)
}
