//! What was found opens when its event is durable, and not before (R14).

use refero_store::unit::Disclosed;

fn opened(found: Disclosed<String>) -> String {
    found.value
}
