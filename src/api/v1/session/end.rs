//! `DELETE /v1/session`

use refero_domain::policy::EndSession;

use crate::{
    api::{caller::Caller, problem::Problem, reply::Done},
    service::sessions,
};

/// Signs out.
pub(super) async fn end(caller: Caller<EndSession>) -> Result<Done, Problem> {
    caller.write(sessions::end).await.map(|()| Done)
}
