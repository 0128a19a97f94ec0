//! Every operation of the table, with a way to ask it.

use refero::api::operation::Operation;
use refero_domain::actor::ActorRole;

use crate::world::{Asking, Persona, World};

/// An id that nothing has.
pub(crate) const ABSENT: &str = "11111111-1111-4111-8111-111111111111";

/// Returns the names of the parameters in an operation's path, in its order.
pub(crate) fn parameters(op: &Operation) -> Vec<&'static str> {
    let opened = op.path.split('{').skip(1);
    opened.filter_map(|rest| rest.split('}').next()).collect()
}

/// Returns the parameters that are ids, and not names such as that of a code list.
pub(crate) fn ids(op: &Operation) -> Vec<&'static str> {
    let mut parameters = parameters(op);
    parameters.retain(|name| !op.names.iter().any(|(named, _)| named == name));
    parameters
}

/// Returns the path with its parameters filled in.
pub(crate) fn address(op: &Operation, mut fill: impl FnMut(&str) -> String) -> String {
    parameters(op).into_iter().fold(op.path.to_owned(), |path, name| {
        let named = op.names.iter().find(|(named, _)| *named == name);
        let value = named.map_or_else(|| fill(name), |(_, example)| (*example).to_owned());
        path.replace(&format!("{{{name}}}"), &value)
    })
}

/// Asks an operation as its description says: with its example, at the version `version`.
pub(crate) fn ask(by: &Persona, op: &Operation, path: &str, version: i64) -> Asking {
    let mut asking = by.ask(op.method.clone().as_str().parse().unwrap(), path);
    if op.if_match {
        asking = asking.if_match(version);
    }
    if op.purpose.is_some() {
        asking = asking.purpose("case_management");
    }
    match &op.body {
        Some((_, example)) => asking.json(example),
        None => asking,
    }
}

/// Somebody with so many roles that only the request itself can be wrong. No such account can be
/// made through the service (R16).
pub(crate) async fn anybody(w: &World) -> Persona {
    ActorRole::ALL.iter().fold(w.first_responder(), |all, role| all.also(*role)).await
}
