//! A reading leaves the database as `Disclosed`, with the event that says so (R14).

use refero_domain::{
    event::{Event, Operation},
    id::CaseId,
    policy::ReadCase,
};
use refero_store::{Db, Error, cases, unit::Request};

fn read(db: &Db, request: &Request, id: &CaseId) -> Result<String, Error> {
    db.read(request, |reading| {
        let permit = cases::fetch::<ReadCase>(reading, id)?;
        let event = Event::under(Operation::Read, &permit).in_case(id);
        Ok(reading.disclose(event, permit.row().case.case_code.clone()))
    })
}
