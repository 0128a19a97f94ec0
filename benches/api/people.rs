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
    make(house, count)?;
    sign_in(house, count)
}

/// Who works at each client, and in which organisation: a name, and a kind.
const STAFF: [(&str, &str, &str); 3] = [
    ("first_responder", "Police Post", "law_enforcement"),
    ("case_coordinator", "Coordination Bureau", "coordination_body"),
    ("service_provider_worker", "Shelter", "shelter"),
];

/// Makes the organisations, and an account of each kind for each client.
pub(crate) fn make(house: &House, count: u32) -> Outcome<()> {
    let mut administrator = Administrator::found(house)?;
    for (role, organisation, kind) in STAFF {
        let id = administrator.organisation(organisation, kind)?;
        if kind == "shelter" {
            let service = json!({"service_type": "safe_shelter", "ages": "everyone"});
            administrator.create(&format!("/v1/organisations/{id}/services"), &service)?;
        }
        for number in 0..count {
            administrator.account(role, number, &id)?;
        }
    }
    Ok(())
}

/// Signs in who was made for each client, on a connection of its own.
pub(crate) fn sign_in(house: &House, count: u32) -> Outcome<Vec<Client>> {
    let client = |number| {
        let connection = Connection::to(house)?;
        let session = |role| Session::begin(&connection, &username(role, number));
        let [responder, coordinator, mut worker] = [
            session("first_responder")?,
            session("case_coordinator")?,
            session("service_provider_worker")?,
        ];
        let me = worker.ask(&connection, Method::GET, "/v1/me")?;
        let me = connection.insist(me, 200)?;
        let shelter_id = text(me.get("organisation").unwrap_or(&me), "id")?;
        Ok(Client {
            connection,
            responder,
            coordinator,
            worker,
            coordinator_name: username("case_coordinator", number),
            accepted: Vec::new(),
            shelter_id,
        })
    };
    (0..count).map(client).collect()
}

fn username(role: &str, number: u32) -> String {
    format!("{role}.{number}")
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

    /// Makes an account that is ready to sign in.
    fn account(&mut self, role: &str, number: u32, organisation_id: &str) -> Outcome<()> {
        let username = username(role, number);
        let body = json!({
            "username": username, "display_name": format!("Ama K. {number}"),
            "organisation_id": organisation_id, "roles": [{"role": role}]
        });
        let secret = text(&self.create("/v1/users", &body)?, "activation_secret")?;
        activate(&self.connection, &username, &secret)
    }
}

fn activate(connection: &Connection, username: &str, secret: &str) -> Outcome<()> {
    let body = json!({"username": username, "activation_secret": secret, "password": PASSWORD});
    let request = connection.request(Method::POST, "/v1/session/activate").json(&body);
    connection.insist(request, 204).map(drop)
}
