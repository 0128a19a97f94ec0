//! A handler has no database but its caller's: what handlers share keeps it to itself.

use actix_web::web::Data;
use refero::api::app::App;
use refero_store::Db;

fn database(app: &Data<App>) -> Db {
    app.db().clone()
}
