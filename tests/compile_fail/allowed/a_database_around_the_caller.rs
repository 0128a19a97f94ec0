//! A handler has no database but its caller's: what handlers share keeps it to itself.

use refero::api::{caller::Caller, problem::Problem};
use refero_domain::policy::ReadReference;

async fn database(caller: Caller<ReadReference>) -> Result<(), Problem> {
    caller.read(|reading| Ok(reading.admit())).await
}
