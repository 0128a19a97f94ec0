//! Who must have a second factor.

use std::collections::BTreeSet;

use refero_domain::{
    actor::ActorRole,
    policy::{ACTIONS, Class, rules, steps_up},
    second_factor::Required,
};

use super::{Config, Sources, from_environment, from_file};

fn required(text: &str) -> Option<Required> {
    let variable = [("REFERO_SECOND_FACTOR__REQUIRED", text)];
    from_environment(&variable).ok().map(|config| config.second_factor.required.rule().clone())
}

#[test]
fn unless_set_otherwise_whoever_opens_an_identity_in_a_case_takes_the_trail_away_or_administers_must_have_one()
 {
    let opens = |role: &ActorRole| {
        let marked = ACTIONS.iter().filter(|action| steps_up(action));
        let mut rows = marked.flat_map(|action| rules(action)).filter(|rule| rule.role == *role);
        rows.any(|rule| rule.classes.has(Class::IdentitySealed))
    };
    let mut expected: BTreeSet<ActorRole> = ActorRole::ALL.iter().copied().filter(opens).collect();
    expected.extend(rules("audit.export").iter().map(|rule| rule.role));
    expected.insert(ActorRole::SystemAdministrator);

    let config = Config::load(Sources::new()).unwrap();
    let Required::Roles(roles) = config.second_factor.required.rule() else {
        panic!("the default names roles");
    };
    assert_eq!(roles.iter().copied().collect::<BTreeSet<_>>(), expected);
    assert_eq!(config.second_factor.fresh_s, 300);
}

#[test]
fn it_is_nobody_everybody_or_a_list_of_roles() {
    assert_eq!(required("enrolled"), Some(Required::Enrolled));
    assert_eq!(required("all"), Some(Required::Everybody));
    let two = vec![ActorRole::Auditor, ActorRole::Analyst];
    assert_eq!(required("auditor, analyst"), Some(Required::Roles(two)));
    for wrong in ["", "nobody", "All", "auditor,", "auditor;analyst", "auditor analyst"] {
        assert_eq!(required(wrong), None, "{wrong}");
    }
    assert!(from_file("[second_factor]\nrequired = [\"auditor\"]\n").is_err());
    let shown = |text: &str| {
        let flag = Sources::new().with_flag("second_factor.required", text);
        Config::load(flag).unwrap().second_factor.show().to_string()
    };
    assert!(shown("auditor, analyst").contains("auditor,analyst"));
    assert!(shown("enrolled").contains("enrolled") && shown("all").contains("all"));
}
