//! Only the API's own module opens a route to anybody: is it alive, what is it.

use actix_web::{HttpResponse, http::Method};
use refero::api::{caller::Caller, operation::Table};
use refero_domain::policy::ReadCase;

async fn read(_caller: Caller<ReadCase>) -> HttpResponse {
    HttpResponse::Ok().finish()
}

fn table(table: Table) -> Table {
    table.op((Method::GET, "/v1/cases", "listCases"), read, |operation| operation)
}
