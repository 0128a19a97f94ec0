//! Only the transaction makes an `Audited`, when the event is written (R14).

use refero_domain::{
    event::{Event, Operation},
    policy::ClaimCase,
};
use refero_store::{
    Error,
    unit::{Audited, Tx},
};

fn recorded(tx: &mut Tx<'_>) -> Result<Audited<()>, Error> {
    tx.record(&Event::of::<ClaimCase>(Operation::Update), ())
}
