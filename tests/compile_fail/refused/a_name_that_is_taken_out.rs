//! What is sensitive is not reached into.

use refero_domain::sensitive::Sensitive;

fn take(name: Sensitive<String>) -> String {
    name.0
}
