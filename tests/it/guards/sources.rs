//! The Rust files of the project, for guards that read them.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// One file with its path below the project's root, written with `/`.
pub(super) struct Source {
    pub(super) path: String,
    pub(super) text: String,
}

/// Returns every Rust file below some folders.
pub(super) fn sources(folders: &[&str]) -> Vec<Source> {
    let mut found = Vec::new();
    for folder in folders {
        walk(&root().join(folder), &mut found);
    }
    assert!(!found.is_empty(), "no sources in {folders:?}");
    found
}

/// Returns the root of the project.
pub(super) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn walk(folder: &Path, found: &mut Vec<Source>) {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            walk(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(Source {
                path: path.strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/"),
                text: fs::read_to_string(&path).unwrap(),
            });
        }
    }
}

impl Source {
    /// Returns the lines that are not comments, with their numbers.
    pub(super) fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().enumerate().map(|(at, line)| (at + 1, line.trim()));
        lines.filter(|(_, line)| !line.starts_with("//"))
    }

    /// Returns the modules of the crate that the file names: `crate::api…`, also inside braces.
    pub(super) fn modules_named(&self) -> Vec<String> {
        let code: String = self.code().map(|(_, line)| format!("{line}\n")).collect();
        let mut named = Vec::new();
        for rest in code.split("crate::").skip(1) {
            match rest.strip_prefix('{') {
                None => named.push(first_word(rest)),
                Some(block) => named.extend(first_words_of_block(block)),
            }
        }
        named
    }
}

fn first_word(text: &str) -> String {
    text.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
}

/// Returns the first word of each member of a braced list, at its own depth.
fn first_words_of_block(block: &str) -> Vec<String> {
    let (mut depth, mut member, mut words) = (0_u32, String::new(), Vec::new());
    for c in block.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => words.push(std::mem::take(&mut member)),
            _ => member.push(c),
        }
    }
    words.push(member);
    words.iter().map(|word| first_word(word.trim())).collect()
}
