//! Only the transaction makes an `Audited`, when the event is written (R14).

use refero_store::{
    Error,
    unit::{Audited, Tx},
};

fn recorded(_tx: &mut Tx<'_>) -> Result<Audited<()>, Error> {
    Ok(Audited {})
}
