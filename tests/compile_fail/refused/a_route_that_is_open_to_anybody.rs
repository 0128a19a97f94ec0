//! Only the API's own module opens a route to anybody: is it alive, what is it.

use actix_web::{HttpResponse, http::Method};
use refero::api::operation::Table;

async fn read() -> HttpResponse {
    HttpResponse::Ok().finish()
}

fn table(table: Table) -> Table {
    table.open((Method::GET, "/v1/cases", "listCases"), read, |operation| operation)
}
