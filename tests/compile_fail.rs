//! Mistakes that would hurt somebody do not compile.
//!
//! Each file in `compile_fail/refused` makes one mistake; the `.stderr` beside it is what the compiler
//! says to it. The file of the same name in `compile_fail/allowed` does the same thing rightly and is
//! compiled with this test: a mistake is refused for itself, and not because a name has moved.
//!
//! The mistakes are a test target of this package that no other command builds, so they meet the very
//! libraries that this test was built with, and nothing is built twice.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops, and says where")]

#[expect(dead_code, reason = "that it compiles is the test")]
#[path = "compile_fail/allowed/mod.rs"]
mod allowed;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

const REFUSED: &str = "tests/compile_fail/refused";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Returns the names of the mistakes, or of what stands beside them.
fn names(folder: &str, extension: &str) -> BTreeSet<String> {
    let files = fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path());
    files
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .filter(|name| !["main", "mod"].contains(&name.as_str()))
        .collect()
}

/// Builds the mistakes; gives what the compiler refuses in each file, one line for each error.
fn refusals() -> BTreeMap<String, String> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let build = ["build", "--workspace", "--test", "mistakes", "--locked", "--offline"];
    let built = Command::new(env!("CARGO"))
        .current_dir(root())
        .args(build)
        .args(["--message-format=short", "--color=never", "--target-dir"])
        .arg(target)
        .output()
        .unwrap();
    let said = String::from_utf8(built.stderr).unwrap();
    let mut refusals: BTreeMap<String, String> = BTreeMap::new();
    for line in said.lines().filter(|line| line.contains(": error")) {
        let (file, refusal) = line.split_once(':').unwrap();
        let file = PathBuf::from(file);
        assert!(file.starts_with(REFUSED), "an error of another kind: {said}");
        let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
        refusals.entry(name).or_default().push_str(&format!("{refusal}\n"));
    }
    assert!(!refusals.is_empty(), "nothing was refused: {said}");
    refusals
}

#[test]
fn mistakes_that_would_hurt_somebody_do_not_compile() {
    let mut refusals = refusals();
    for name in names(REFUSED, "rs") {
        let refusal = refusals.remove(&name).unwrap_or_default();
        let golden = root().join(REFUSED).join(format!("{name}.stderr"));
        if std::env::var_os("REFERO_UPDATE_GOLDEN").is_some_and(|value| value == "1") {
            fs::write(&golden, &refusal).unwrap();
        }
        assert!(!refusal.is_empty(), "{name} compiles");
        assert_eq!(refusal, fs::read_to_string(&golden).unwrap_or_default(), "{name}");
    }
    assert!(refusals.is_empty(), "{refusals:?}");
}

#[test]
fn beside_each_mistake_stands_the_right_way_and_the_refusal() {
    let refused = names(REFUSED, "rs");

    assert!(refused.len() > 20, "{refused:?}");
    assert_eq!(refused, names("tests/compile_fail/allowed", "rs"));
    assert_eq!(refused, names(REFUSED, "stderr"));
    let listed = fs::read_to_string(root().join(REFUSED).join("main.rs")).unwrap();
    for name in refused {
        assert!(listed.contains(&format!("mod {name};")), "{name} is not compiled");
    }
}
