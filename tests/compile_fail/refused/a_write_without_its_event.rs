//! A write says what it did: without an event there is no `Audited` (R14).

use refero_store::{Db, Error, unit::Request};

fn write(db: &Db, request: Request) -> Result<(), Error> {
    db.write("case.claim", request, |_tx| Ok(()))
}
