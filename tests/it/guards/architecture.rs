//! The direction of the house: `api → service → store → domain`, never the other way.

use super::sources::{Source, sources};

/// Longer files are two things.
const LONGEST: usize = 400;

/// What each part of `src` does not know.
const UNKNOWN_TO: [(&str, &[&str]); 8] = [
    ("src/config", &["api", "authn", "cli", "demo", "jobs", "service"]),
    ("src/authn", &["api", "cli", "config", "demo", "jobs", "service"]),
    ("src/service", &["api", "cli", "config", "demo", "jobs"]),
    ("src/api", &["cli", "config", "demo", "jobs"]),
    ("src/demo", &["api", "cli", "config"]),
    ("src/jobs", &["api", "cli", "demo"]),
    ("src/backup", &["api", "authn", "cli", "config", "demo", "jobs", "service"]),
    ("src/witness", &["api", "authn", "cli", "config", "demo", "jobs", "service"]),
];

fn assert_none(broken: &[String], rule: &str) {
    assert!(broken.is_empty(), "{rule}:\n{}", broken.join("\n"));
}

/// Returns the lines of code that hold a text.
fn lines_with<'s>(
    sources: &'s [Source],
    text: &'s str,
) -> impl Iterator<Item = (&'s str, usize, &'s str)> {
    sources.iter().flat_map(move |source| {
        let code = source.code().filter(move |(_, line)| line.contains(text));
        code.map(|(at, line)| (source.path.as_str(), at, line))
    })
}

#[test]
fn each_part_knows_only_what_lies_below_it() {
    let mut broken = Vec::new();
    for source in sources(&["src"]) {
        for (part, unknown) in UNKNOWN_TO {
            let inside =
                source.path.starts_with(&format!("{part}/")) || source.path == format!("{part}.rs");
            if inside {
                let named = source.modules_named().into_iter();
                let wrong = named.filter(|name| unknown.contains(&name.as_str()));
                broken.extend(wrong.map(|name| format!("{} names {name}", source.path)));
            }
        }
    }
    assert_none(&broken, "a part names what lies above it");
}

#[test]
fn sql_is_written_in_the_store_alone() {
    let all = sources(&["src", "crates/domain/src", "tests"]);
    let broken: Vec<String> = lines_with(&all, "diesel")
        .filter(|(path, _, line)| {
            // How values are stored is said beside the values, under a feature of its own.
            let storable = path.starts_with("crates/domain/")
                && (line.contains("feature = \"sql\"")
                    || line.contains("diesel::")
                    || *path == "crates/domain/src/sql.rs");
            let guard = path.starts_with("tests/it/");
            !storable && !guard
        })
        .map(|(path, at, line)| format!("{path}:{at} {line}"))
        .collect();
    assert_none(&broken, "Diesel is known to crates/store");

    let manifest = include_str!("../../../crates/domain/Cargo.toml");
    assert!(manifest.contains("diesel = { workspace = true, optional = true }"));
    let root = include_str!("../../../Cargo.toml");
    let package = root.split("[package]").nth(1).unwrap();
    assert!(!package.contains("diesel"), "the root package does not depend on Diesel");
}

#[test]
fn http_is_known_to_the_edge_and_the_command_line_alone() {
    let all = sources(&["src", "crates"]);
    let broken: Vec<String> = lines_with(&all, "actix_web")
        .filter(|(path, ..)| !path.starts_with("src/api/") && !path.starts_with("src/cli/"))
        .map(|(path, at, line)| format!("{path}:{at} {line}"))
        .collect();
    assert_none(&broken, "actix_web is known to src/api and src/cli");
}

#[test]
fn the_environment_is_read_in_the_configuration_alone() {
    let all = sources(&["src", "crates"]);
    let reads = ["std::env", "env::var", "env::args", "env::current_dir"];
    let broken: Vec<String> = reads
        .iter()
        .flat_map(|text| lines_with(&all, text))
        .filter(|(path, ..)| !path.starts_with("src/config/"))
        .map(|(path, at, line)| format!("{path}:{at} {line}"))
        .collect();
    assert_none(&broken, "the environment is read in src/config");
}

#[test]
fn the_clock_is_read_at_the_door_alone() {
    let all = sources(&["src", "crates"]);
    let allowed = ["src/api/app.rs", "src/cli/"];
    let broken: Vec<String> = ["Utc::now", "Local::now", "SystemTime::now"]
        .iter()
        .flat_map(|text| lines_with(&all, text))
        .filter(|(path, ..)| !allowed.iter().any(|prefix| path.starts_with(prefix)))
        .filter(|(path, ..)| !path.contains("/tests") && !path.ends_with("_tests.rs"))
        .map(|(path, at, line)| format!("{path}:{at} {line}"))
        .collect();
    assert_none(&broken, "the clock is read by api::app::Clock and the command line");
}

#[test]
fn only_the_system_itself_is_open_to_anybody() {
    let all = sources(&["src"]);
    let broken: Vec<String> = lines_with(&all, ".open((")
        .filter(|(path, ..)| !path.starts_with("src/api/system/"))
        .map(|(path, at, line)| format!("{path}:{at} {line}"))
        .collect();
    assert_none(&broken, "a route of a resource takes a Caller");
}

#[test]
fn the_database_is_reached_through_the_caller_alone() {
    let all = sources(&["src/api"]);
    let doors = [
        "src/api/app.rs",
        "src/api/caller/mod.rs",
        "src/api/caller/stranger.rs",
        "src/api/own_language.rs",
        "src/api/system/health.rs",
    ];
    let broken: Vec<String> = lines_with(&all, ".db()")
        .filter(|(path, ..)| !doors.contains(path))
        .map(|(path, at, line)| format!("{path}:{at} {line}"))
        .collect();
    assert_none(&broken, "a handler reaches the database through its Caller");
}

#[test]
fn no_file_is_two_things() {
    let all = sources(&["src", "crates", "tests", "benches"]);
    let broken: Vec<String> = all
        .iter()
        .map(|source| (&source.path, source.text.lines().count()))
        .filter(|(_, lines)| *lines > LONGEST)
        .map(|(path, lines)| format!("{path} has {lines} lines"))
        .collect();
    assert_none(&broken, "a file has at most 400 lines");
}
