//! Where the router looks for a path.

use std::collections::BTreeMap;

use actix_web::{Route, Scope, web};

/// Registers one resource per path, so that a wrong method answers 405 with `Allow`. Those of one family stand in a
/// scope: at hundreds of others a request is past with one look at its beginning.
pub(super) fn mount(routes: BTreeMap<&'static str, Vec<Route>>, config: &mut web::ServiceConfig) {
    let mut scopes: BTreeMap<&'static str, Scope> = BTreeMap::new();
    for (path, routes) in routes {
        let (family, rest) = parted(path);
        let resource = web::resource(rest);
        let resource = routes.into_iter().fold(resource, |all, route| all.route(route));
        match family {
            None => {
                config.service(resource);
            }
            Some(family) => {
                let scope = scopes.remove(family).unwrap_or_else(|| web::scope(family));
                scopes.insert(family, scope.service(resource));
            }
        }
    }
    for scope in scopes.into_values() {
        config.service(scope);
    }
}

/// Parts `/v1/cases/{id}` into `/v1/cases` and `/{id}`. What lies beside the versions of the API has no family.
fn parted(path: &'static str) -> (Option<&'static str>, &'static str) {
    let Some(after) = path.strip_prefix("/v1/") else { return (None, path) };
    let family = after.find('/').map_or(path.len(), |end| end + "/v1/".len());
    path.split_at_checked(family).map_or((None, path), |(family, rest)| (Some(family), rest))
}

#[cfg(test)]
mod tests {
    use super::parted;

    #[test]
    fn a_path_is_parted_after_what_it_is_about() {
        assert_eq!(parted("/v1/cases"), (Some("/v1/cases"), ""));
        assert_eq!(parted("/v1/cases/{id}/notes"), (Some("/v1/cases"), "/{id}/notes"));
        assert_eq!(parted("/healthz"), (None, "/healthz"));
    }
}
