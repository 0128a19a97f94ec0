//! An operation that anybody may reach is no operation: its handler takes a `Caller` first.

use actix_web::{HttpResponse, http::Method, web::Path};
use refero::api::operation::Table;

async fn read(_id: Path<String>) -> HttpResponse {
    HttpResponse::Ok().finish()
}

fn table(table: Table) -> Table {
    table.op((Method::GET, "/v1/cases/{id}", "readCase"), read, |operation| operation)
}
