//! The tables of the documents that are written from the code, and that the two still agree.
//!
//! A section begins with `<!-- from the code: name -->` and ends with `<!-- end -->`. With
//! `REFERO_UPDATE_GOLDEN=1` the sections are written anew instead of compared.

use std::{fmt::Display, fs, path::Path};

use refero::api::{
    extract::Language,
    problem::{FieldCode, Problem, ProblemCode},
};
use refero_domain::{
    actor::ActorRole,
    age_assessment::AssessmentState,
    best_interests::InterestsStage,
    case::{CaseStatus, IdentificationStage},
    complaint::ComplaintState,
    consent::ConsentStatus,
    duplicate::DuplicateState,
    identification::DecisionState,
    machine::Machine,
    non_punishment::IssueState,
    plan::{ItemState, PlanState},
    policy::{ACTIONS, Classes, Rule, rules, steps_up},
    proceeding::{HearingState, ProceedingStage},
    reference::{CodeLists, ListKind},
    referral::ReferralState,
    reflection::ReflectionStatus,
    report::ReportState,
};
const END: &str = "<!-- end -->";

#[test]
fn the_tables_of_the_documents_are_those_of_the_code() {
    let update = std::env::var_os("REFERO_UPDATE_GOLDEN").is_some_and(|value| value == "1");
    for (name, section, current) in [
        ("docs/integrating.md", "problems", problems()),
        ("docs/integrating.md", "field codes", field_codes()),
        ("docs/integrating.md", "reports", transitions::<ReportState>()),
        ("docs/integrating.md", "cases", transitions::<CaseStatus>()),
        ("docs/integrating.md", "identification", transitions::<IdentificationStage>()),
        ("docs/integrating.md", "decisions", transitions::<DecisionState>()),
        ("docs/integrating.md", "referrals", transitions::<ReferralState>()),
        ("docs/integrating.md", "consents", transitions::<ConsentStatus>()),
        ("docs/integrating.md", "proceedings", transitions::<ProceedingStage>()),
        ("docs/integrating.md", "hearings", transitions::<HearingState>()),
        ("docs/integrating.md", "non-punishment issues", transitions::<IssueState>()),
        ("docs/integrating.md", "age assessments", transitions::<AssessmentState>()),
        ("docs/integrating.md", "best interests", transitions::<InterestsStage>()),
        ("docs/integrating.md", "reflection periods", transitions::<ReflectionStatus>()),
        ("docs/integrating.md", "plans", transitions::<PlanState>()),
        ("docs/integrating.md", "plan items", transitions::<ItemState>()),
        ("docs/integrating.md", "complaints", transitions::<ComplaintState>()),
        ("docs/integrating.md", "pairs", transitions::<DuplicateState>()),
        ("docs/integrating.md", "need to know", need_to_know()),
        ("docs/integrating.md", "lists", lists()),
        ("docs/htcds.md", "htcds", crate::htcds::table()),
        ("docs/permissions.md", "permissions", permissions()),
        ("docs/permissions.md", "step up", step_up()),
    ] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
        let text = fs::read_to_string(&path).unwrap();
        let begin = format!("<!-- from the code: {section} -->");
        let (before, rest) = text.split_once(&begin).unwrap_or_else(|| panic!("{name}: {section}"));
        let (written, after) = rest.split_once(END).unwrap();
        let current = format!("\n{current}");
        if update {
            fs::write(&path, format!("{before}{begin}{current}{END}{after}")).unwrap();
        } else {
            assert!(
                written == current,
                "{name}, section {section}, is stale: run this with REFERO_UPDATE_GOLDEN=1"
            );
        }
    }
}

#[test]
fn every_relation_of_the_policy_is_explained() {
    let text = fs::read_to_string("docs/permissions.md").unwrap();
    let relations = ACTIONS.iter().flat_map(|action| rules(action)).map(|rule| rule.relation);

    for name in relations.map(|relation| relation.name()) {
        assert!(text.contains(&format!("| `{name}` | ")), "{name}");
    }
}

#[test]
fn the_links_between_the_documents_lead_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![root.to_owned(), root.join("docs"), root.join("docs/decisions")];
    folders.push(root.join("ci"));
    for folder in folders {
        for entry in fs::read_dir(&folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if path.extension().is_none_or(|extension| extension != "md") {
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
                if target.contains("://") {
                    continue;
                }
                let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
                let aim = if file.is_empty() { path.clone() } else { folder.join(file) };
                assert!(aim.exists(), "{}: {target}", path.display());
                if !anchor.is_empty() {
                    let there = fs::read_to_string(&aim).unwrap();
                    let found =
                        there.lines().any(|line| anchor_of(line).as_deref() == Some(anchor));
                    assert!(found, "{}: {target}", path.display());
                }
            }
        }
    }
}

/// Returns the anchor that a heading has on the hosts that render these documents.
fn anchor_of(line: &str) -> Option<String> {
    let title = line.strip_prefix('#')?.trim_start_matches('#').strip_prefix(' ')?;
    let kept = title.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    Some(kept.collect::<String>().to_lowercase().replace(' ', "-"))
}

fn quoted(all: impl IntoIterator<Item = impl Display>) -> String {
    let all: Vec<String> = all.into_iter().map(|one| format!("`{one}`")).collect();
    all.join(", ")
}

fn problems() -> String {
    let mut table = String::from("| status | code | what it says |\n| --- | --- | --- |\n");
    for code in ProblemCode::ALL {
        let body = serde_json::to_value(Problem::new(*code).body(Language::En, None)).unwrap();
        let says = |member: &str| body[member].as_str().unwrap_or_default().to_owned();
        let (status, code, title) = (&body["status"], code.as_str(), says("title"));
        table.push_str(&format!("| {status} | `{code}` | {title}. {} |\n", says("detail")));
    }
    table
}

fn field_codes() -> String {
    format!("{}\n", quoted(FieldCode::ALL.iter().map(|code| code.as_str())))
}

fn transitions<M: Machine>() -> String {
    let mut table = String::from("| from | by | to |\n| --- | --- | --- |\n");
    for (from, by, to) in M::TRANSITIONS {
        table.push_str(&format!("| `{from}` | `{by}` | `{to}` |\n"));
    }
    table
}

fn lists() -> String {
    let of = |kind: ListKind| {
        quoted(CodeLists::embedded().lists.iter().filter(|list| list.kind == kind).map(|l| &l.id))
    };
    format!("Open: {}.\n\nClosed: {}.\n", of(ListKind::Open), of(ListKind::Closed))
}

/// The actions that show data of a case; who may do the others is named in `docs/permissions.md`.
const READINGS: [&str; 21] = [
    "report.read",
    "incident.read",
    "case.read",
    "case.search",
    "duplicate.read",
    "identity.read",
    "screening.read",
    "identification-decision.read",
    "consent.read",
    "age-assessment.read",
    "guardian.read",
    "best-interests.read",
    "reflection-period.read",
    "placement.read",
    "safe-contact.read",
    "document.read",
    "document.read-content",
    "note.read",
    "referral.read",
    "package.read",
    "service-update.read",
];

fn need_to_know() -> String {
    let mut table = String::from("| role | relation | sees | by |\n| --- | --- | --- | --- |\n");
    for role in ActorRole::ALL {
        let mut rows: Vec<(&str, Classes, Vec<&str>)> = Vec::new();
        for action in READINGS {
            for rule in rules(action).iter().filter(|rule| rule.role == *role) {
                let name = rule.relation.name();
                match rows.iter_mut().find(|(relation, ..)| *relation == name) {
                    Some((_, classes, by)) => {
                        *classes = classes.union(rule.classes);
                        by.push(action);
                    }
                    None => rows.push((name, rule.classes, vec![action])),
                }
            }
        }
        for (relation, classes, by) in rows {
            let (sees, by) = (quoted(classes.iter()), quoted(by));
            table.push_str(&format!("| `{role}` | `{relation}` | {sees} | {by} |\n"));
        }
    }
    table
}

fn step_up() -> String {
    let marked = ACTIONS.iter().filter(|action| steps_up(action));
    format!("{}\n", quoted(marked))
}

fn permissions() -> String {
    let mut groups: Vec<(&[Rule], Vec<&str>)> = Vec::new();
    for action in ACTIONS {
        match groups.iter_mut().find(|(shared, _)| *shared == rules(action)) {
            Some((_, actions)) => actions.push(action),
            None => groups.push((rules(action), vec![action])),
        }
    }
    let mut text = String::new();
    for (shared, actions) in groups {
        text.push_str(&format!("{}\n\n| role | relation | sees |\n", quoted(actions)));
        text.push_str("| --- | --- | --- |\n");
        if shared.len() == ActorRole::ALL.len() {
            text.push_str("| every role | `role` | |\n\n");
            continue;
        }
        for Rule { role, relation, classes, .. } in shared {
            let sees = quoted(classes.iter());
            text.push_str(&format!("| `{role}` | `{}` | {sees} |\n", relation.name()));
        }
        text.push('\n');
    }
    text
}

#[test]
fn r16_no_administrator_and_no_auditor_is_in_the_table_of_who_sees_what() {
    let table = need_to_know();

    assert!(table.contains("`identity_sealed`"));
    for role in ActorRole::ALL.iter().filter(|role| !role.reads_cases()) {
        assert!(!table.contains(role.code()), "{role}");
    }
}
