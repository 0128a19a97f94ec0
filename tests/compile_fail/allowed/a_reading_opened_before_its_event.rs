//! What was found opens when its event is durable, and not before (R14).

use refero_store::{
    Db, Error,
    unit::{Disclosed, Reading, Request},
};

fn opened(
    db: &Db,
    request: &Request,
    find: fn(&mut Reading<'_>) -> Result<Disclosed<String>, Error>,
) -> Result<String, Error> {
    db.read(request, find)
}
