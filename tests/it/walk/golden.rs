//! The walk as a table that people read, and that is compared with what it was.
//!
//! With `REFERO_UPDATE_GOLDEN=1` it is written anew. Whoever does so reads every line that changed
//! against the need-to-know table: it says who sees what of whom.

use std::{collections::BTreeSet, fs, path::Path};

use refero::api::operation::Operation;

use super::{
    Part,
    asking::{About, about},
    cell::Cell,
    offices,
    people::Walker,
    walking::{Key, Walk},
};

const FILE: &str = "tests/golden/walk.txt";

const LEGEND: &str = "\
Who may do what with the records about a person, as the service answered. Written by the walk in
tests/it/walk; read it against the need-to-know table before you change it.

Whoever is not named, and every state that is not named, got the same answer, to the byte, as about
a record that does not exist. `anonymous` is always told that it is unknown (401).

    x             it may be seen, and this may not be done (403)
    =             it may be done, and not now: a rule stands in the way, named below the operation
    +             it was done, and then shown; without + it was shown (in the last chapter: it may be
                  done, whatever came of it)
    o r i m       the classes of data that were shown: operational, case_restricted,
                  identity_sealed, medical
    c             what the provider wrote about its own work
    s k n f       of what a timeline tells: screenings, consents, notes, referrals
    /r /i /m      the classes of data that exist and were named as withheld
";

const OFFICES: &str = "Everything else, asked of one's own organisation and of another";

/// How far a line goes.
const WIDTH: usize = 100;

/// Writes the whole table.
pub(super) fn write(walk: &Walk<'_>, parts: &[Part]) -> String {
    let mut text = format!("{LEGEND}\n\nPeople (* whom no relation ties to any record)\n\n");
    for walker in &walk.people.all {
        let Walker { name, role, what, .. } = walker;
        let (role, mark) = (role.map_or("", |role| role.code()), mark(walker.is_stranger()));
        text.push_str(&format!("  {mark} {name:<20}  {role:<25}  {what}\n"));
    }
    text.push_str("\n\nStates (* variants of a state)\n\n");
    let mut told = BTreeSet::new();
    for stage in parts.iter().flat_map(|part| &part.stages) {
        if told.insert(stage.name) {
            let mark = mark(stage.is_variant);
            text.push_str(&format!("  {mark} {:<11}  {}\n", stage.name, stage.what));
        }
    }
    for part in parts {
        let stages: Vec<_> = part.stages.iter().map(|stage| stage.name).collect();
        text.push_str(&chapter(walk, part.title, part.kinds, &stages));
    }
    text + &chapter(walk, OFFICES, &[About::Nobody], &offices::COLUMNS)
}

fn chapter(walk: &Walk<'_>, title: &str, kinds: &[About], columns: &[&'static str]) -> String {
    format!("\n\n{title}\n{}\n", "-".repeat(title.len())) + &sections(walk, kinds, columns)
}

/// Writes a section for each group of operations that were answered alike.
fn sections(walk: &Walk<'_>, kinds: &[About], columns: &[&'static str]) -> String {
    let mut groups: Vec<(String, String)> = Vec::new();
    let was_asked = |op: &&Operation| walk.cells.keys().any(|(id, ..)| *id == op.id);
    let of_kind = walk.operations.iter().filter(|op| kinds.contains(&about(op)));
    for op in of_kind.filter(was_asked) {
        let title = format!("{}  {} {}\n", op.id, op.method, op.path);
        let text = section(walk, columns, op);
        match groups.iter_mut().find(|(_, known)| *known == text) {
            Some((titles, _)) => titles.push_str(&title),
            None => groups.push((title, text)),
        }
    }
    groups.iter().map(|(titles, text)| format!("\n{titles}{text}")).collect()
}

const fn mark(is_marked: bool) -> char {
    if is_marked { '*' } else { ' ' }
}

/// What somebody was answered, by the state in which they asked.
type Row<'w> = Vec<(&'static str, &'w Cell)>;

/// Writes what one operation answered, once for all those whom it answered alike.
fn section(walk: &Walk<'_>, columns: &[&'static str], op: &Operation) -> String {
    let row = |walker: &Walker| -> Row<'_> {
        let cell = |name| {
            let key: Key = (op.id, walker.name, name);
            walk.cells.get(&key).map(|cell| (name, cell))
        };
        columns.iter().copied().filter_map(cell).collect()
    };
    let mut groups: Vec<(Row<'_>, Vec<&str>)> = Vec::new();
    for walker in &walk.people.all {
        let row = row(walker);
        match groups.iter_mut().find(|(known, _)| *known == row) {
            Some((_, names)) => names.push(walker.name),
            None => groups.push((row, vec![walker.name])),
        }
    }
    let most = groups.iter().map(|(row, _)| row.len()).max().unwrap_or_default();
    let (mut text, mut rules) = (String::new(), BTreeSet::new());
    for (row, names) in &groups {
        let lines = answers(row, row.len() == most);
        if !lines.is_empty() {
            text.push_str(&wrapped("    ", &names.join(", ")));
            text.push_str(&lines);
        }
        for (_, cell) in row {
            if let Cell::Refused(code) = cell {
                rules.insert(code.as_str());
            }
        }
    }
    if !rules.is_empty() {
        let rules: Vec<&str> = rules.into_iter().collect();
        text.push_str(&format!("    = {}\n", rules.join(", ")));
    }
    text
}

/// Writes a line for each answer with the states in which it was given.
fn answers(row: &Row<'_>, is_whole: bool) -> String {
    let mut by_answer: Vec<(String, Vec<&str>)> = Vec::new();
    let known = row.iter().filter(|(_, cell)| cell.is_known());
    for (stage, cell) in known.clone() {
        let cell = cell.to_string();
        match by_answer.iter_mut().find(|(answer, _)| *answer == cell) {
            Some((_, stages)) => stages.push(stage),
            None => by_answer.push((cell, vec![stage])),
        }
    }
    let is_everywhere = is_whole && known.count() == row.len();
    // The answer of most states comes last: the others are what a reader looks for.
    let last = by_answer.iter().map(|(_, stages)| stages.len()).max().unwrap_or_default();
    if is_everywhere && let Some(at) = by_answer.iter().position(|(_, all)| all.len() == last) {
        let (answer, _) = by_answer.remove(at);
        let rest = if by_answer.is_empty() { "everywhere" } else { "everywhere else" };
        by_answer.push((answer, vec![rest]));
    }
    let line = |(answer, stages): &(String, Vec<&str>)| {
        wrapped(&format!("        {answer:<8}  "), &stages.join(", "))
    };
    by_answer.iter().map(line).collect()
}

/// Writes words behind a margin, on as many lines as they need.
fn wrapped(margin: &str, words: &str) -> String {
    let (mut text, mut line) = (String::new(), margin.to_owned());
    for word in words.split(' ') {
        if line.len() + word.len() > WIDTH {
            text.push_str(&format!("{}\n", line.trim_end()));
            line = " ".repeat(margin.len());
        }
        line.push_str(&format!("{word} "));
    }
    text + line.trim_end() + "\n"
}

/// Compares the table with the one that was checked in.
#[track_caller]
pub(super) fn compare(current: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
    if std::env::var_os("REFERO_UPDATE_GOLDEN").is_some_and(|value| value == "1") {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, current).unwrap();
        return;
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    let differs: Vec<String> = written
        .lines()
        .zip(current.lines())
        .filter(|(was, is)| was != is)
        .map(|(was, is)| format!("- {was}\n+ {is}"))
        .collect();
    assert!(
        written == current,
        "{FILE} differs; if it should, read every line and run this with REFERO_UPDATE_GOLDEN=1\n{}",
        differs.join("\n")
    );
}
