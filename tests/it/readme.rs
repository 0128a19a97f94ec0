//! The tours of the README and of `docs/tours.md`, run as a reader runs it: with bash, curl and sed against `refero demo`.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use serde_json::Value;

/// Stands in the line before each block of the tour.
const MARK: &str = "<!-- tour -->";
/// Is printed between the steps.
const NEXT: &str = "-- the next step --";

/// A block of commands, and what the text says that it prints.
struct Step {
    line: usize,
    commands: String,
    printed: Vec<String>,
}

/// A demonstration that ends with the test.
struct Demo(Child);

impl Demo {
    /// Starts the program on a free port and waits for the line that it prints when it serves.
    fn start(folder: &Path) -> (Self, String) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_refero"))
            .args(["demo", "--json", "--port", "0", "--data-dir", "demo-data"])
            .current_dir(folder)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let read = BufReader::new(child.stdout.take().unwrap()).read_line(&mut line);
        let demo = Self(child);
        read.unwrap();
        (demo, line)
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[test]
fn the_tour_of_the_readme_answers_as_the_text_says() {
    answer_as_the_text_says("README.md", &steps("README.md"));
}

#[test]
fn the_french_edition_has_the_same_tour() {
    let of = |name| steps(name).into_iter().map(|step| (step.commands, step.printed));
    assert!(of("README.fr.md").eq(of("README.md")), "README.fr.md is behind README.md");
}

#[test]
fn the_two_cases_of_the_tours_answer_as_the_text_says() {
    let mut all = steps("README.md");
    // Its functions, without what is done with them.
    all.truncate(1);
    all.extend(steps("docs/tours.md"));
    answer_as_the_text_says("docs/tours.md", &all);
}

/// Runs the steps of a document against a demonstration of its own, and compares what is printed.
fn answer_as_the_text_says(name: &str, steps: &[Step]) {
    let folder = tempfile::tempdir().unwrap();
    let (_demo, line) = Demo::start(folder.path());
    let told: Value = serde_json::from_str(&line).unwrap();
    assert!(told["accounts"].as_array().is_some_and(|accounts| !accounts.is_empty()));
    fs::write(folder.path().join("demo.json"), &line).unwrap();

    let script: String =
        steps.iter().map(|step| format!("{}\necho '{NEXT}'\n", step.commands)).collect();
    fs::write(folder.path().join("tour.sh"), script).unwrap();
    let ran = Command::new("bash")
        .args(["-eu", "-o", "pipefail", "tour.sh"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let (out, err) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));

    assert!(ran.status.success() && err.is_empty(), "{err}\n{out}");
    let next = format!("{NEXT}\n");
    let mut parts = out.split(&next);
    for step in steps {
        let lines: Vec<&str> = parts.next().unwrap_or_default().lines().collect();
        let agree = lines.len() == step.printed.len()
            && lines.iter().zip(&step.printed).all(|(line, pattern)| fits(pattern, line));
        assert!(agree, "{name}, line {}, printed:\n{}", step.line, lines.join("\n"));
    }
}

/// Finds the marked blocks, each with the block of text that follows it.
fn steps(name: &str) -> Vec<Step> {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap();
    let mut lines = text.lines().zip(1_usize..);
    let mut steps = Vec::new();
    while let Some((line, at)) = lines.next() {
        if line != MARK {
            continue;
        }
        let (fence, _) = lines.next().unwrap();
        assert_eq!(fence, "```sh", "{name}, line {at}");
        let commands = block(&mut lines).join("\n");
        let (after, at_text) = lines.by_ref().find(|(line, _)| !line.is_empty()).unwrap();
        let printed = if after == "```text" { block(&mut lines) } else { Vec::new() };
        assert!(after != MARK, "{name}, line {at_text}: words between two blocks are missing");
        steps.push(Step { line: at, commands, printed });
    }
    assert!(steps.len() > 5, "{name} has no tour");
    steps
}

fn block<'t>(lines: &mut impl Iterator<Item = (&'t str, usize)>) -> Vec<String> {
    lines.map(|(line, _)| line).take_while(|line| *line != "```").map(str::to_owned).collect()
}

/// Says whether a line is what the text shows, where `…` stands for anything but nothing.
fn fits(pattern: &str, line: &str) -> bool {
    match pattern.split_once('…') {
        None => pattern == line,
        Some((before, after)) => line.strip_prefix(before).is_some_and(|rest| {
            let ends = rest.char_indices().map(|(at, c)| at + c.len_utf8());
            ends.into_iter().any(|end| fits(after, &rest[end..]))
        }),
    }
}

#[test]
fn dots_stand_for_anything_but_nothing() {
    assert!(fits("state=… version=1", "state=sent version=1"));
    assert!(fits("code …", "code UG-2026-7K3M-D"));
    assert!(!fits("code …", "code "));
    assert!(!fits("sent", "sent by"));
    assert!(!fits("… sent", "sent"));
}
