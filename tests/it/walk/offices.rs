//! Everything else: operations that are about no person whom the mechanism serves. Who may ask them
//! depends on the role, and on whose organisation it is.

use std::collections::BTreeMap;

use refero::api::operation::Operation;
use refero_domain::id::OrganisationId;

use super::{
    asking::{About, STALE, about, ask},
    cell::Cell,
    people::{People, Place, Walker},
    walking::Walk,
};
use crate::{
    every::{ABSENT, address, ids},
    world::{Persona, World, together},
};

/// Of the caller's own organisation.
const OWN: &str = "own";
/// Of another organisation.
const OTHER: &str = "another's";
/// Of no organisation.
const NEITHER: &str = "any";
pub(super) const COLUMNS: [&str; 3] = [NEITHER, OWN, OTHER];

/// Ends the session that it is asked with: everybody may, and could not walk on.
const LAST: &str = "endSession";

/// What an organisation has: a service, and somebody who works there with a role.
struct Office {
    organisation: OrganisationId,
    service: String,
    user: String,
    grant: String,
}

impl Office {
    async fn open(w: &World, administrator: &Persona, organisation: &OrganisationId) -> Self {
        let user = w.worker().at(organisation).await.user_id;
        let seen = administrator.get(format!("/v1/users/{user}")).await.is(200);
        Self {
            organisation: organisation.clone(),
            service: w.service(organisation, "legal_aid"),
            user: user.to_string(),
            grant: seen.text_at("/roles/0/id"),
        }
    }

    fn address(&self, op: &Operation) -> String {
        address(op, |name| match (name, op.path.starts_with("/v1/users")) {
            ("id", true) => self.user.clone(),
            ("id", false) if op.path.starts_with("/v1/organisations") => {
                self.organisation.to_string()
            }
            ("id", false) => ABSENT.to_owned(),
            ("service_id", _) => self.service.clone(),
            ("grant_id", _) => self.grant.clone(),
            ("version_id", _) => ABSENT.to_owned(),
            _ => panic!("the walk makes no {name}"),
        })
    }
}

/// Every organisation at which somebody walks, by its id.
async fn offices(w: &World, people: &People) -> BTreeMap<OrganisationId, Office> {
    let mut offices = BTreeMap::new();
    for organisation in people.all.iter().filter_map(Walker::organisation) {
        if !offices.contains_key(organisation) {
            let office = Office::open(w, people.the("administrator"), organisation).await;
            offices.insert(organisation.clone(), office);
        }
    }
    offices
}

impl Walk<'_> {
    /// Lets everybody ask what is about no record, of their own organisation and of another. What
    /// takes a version is asked with one that is not the present one: nobody moves anything.
    pub(super) async fn visit_the_offices(&mut self) {
        let offices = offices(self.w, self.people).await;
        let asked =
            |op: &&Operation| about(op) == About::Nobody && op.action.is_some() && op.id != LAST;
        for op in self.operations.iter().filter(asked) {
            let is_of_one = !ids(op).is_empty() && !op.path.starts_with("/v1/me/");
            let columns = if is_of_one { [OWN, OTHER].as_slice() } else { &[NEITHER] };
            for column in columns {
                self.visit(op, column, &offices).await;
            }
        }
    }

    async fn visit(
        &mut self,
        op: &Operation,
        column: &'static str,
        offices: &BTreeMap<OrganisationId, Office>,
    ) {
        let body = op.body.as_ref().map(|(_, example)| example);
        let (shelter, hostel) =
            (self.people.place(Place::Shelter), self.people.place(Place::Hostel));
        let whose = |walker: &Walker| {
            let own = walker.organisation().unwrap_or(shelter);
            let other = if own == hostel { shelter } else { hostel };
            offices[if column == OTHER { other } else { own }].address(op)
        };
        let paths: Vec<String> = self.people.all.iter().map(whose).collect();
        let all = self.people.all.iter().zip(&paths);
        let to = |(walker, path): (_, &String)| ask(self.w, walker, op, (path, STALE, body));
        let answers = together(all.map(to)).await;
        for (walker, answer) in self.people.all.iter().zip(answers) {
            let cell = match answer.status {
                401 if walker.role.is_none() => Cell::Unknown,
                403 => Cell::Forbidden,
                404 => Cell::Hidden,
                500.. => panic!("{} answered {}", answer.asked(), answer.text()),
                _ => Cell::Allowed,
            };
            self.cells.insert((op.id, walker.name, column), cell);
        }
    }
}
