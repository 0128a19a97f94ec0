//! The two documents about the configuration, made from the table of keys.

use std::fmt::Write;

use super::SECTIONS;
use super::key::Key;

/// Writes the commented example: every key, what it means, its unit and its default.
#[must_use]
pub fn example_toml() -> String {
    let mut text = String::from(
        "# The configuration of Refero: every key with its default. Copy it to refero.toml and\n\
         # uncomment what you change. Variables (REFERO_SECTION__KEY) beat this file, flags beat\n\
         # variables. An unknown key stops the start. Generated from src/config: do not edit.\n",
    );
    for section in &SECTIONS {
        text.push('\n');
        for line in section.doc {
            push(&mut text, format_args!("#{line}"));
        }
        push(&mut text, format_args!("[{}]", section.name));
        for key in section.keys {
            push_key(&mut text, key);
        }
    }
    text
}

fn push_key(text: &mut String, key: &Key) {
    text.push('\n');
    for line in key.doc {
        push(text, format_args!("#{line}"));
    }
    let takes = takes(key);
    push(text, format_args!("# Takes {takes}."));
    if key.from_file {
        push(text, format_args!("# {}_file may name a file with the value instead.", key.field));
    }
    match key.default {
        Some(value) if key.quoted => push(text, format_args!("# {} = \"{value}\"", key.field)),
        Some(value) => push(text, format_args!("# {} = {value}", key.field)),
        None if key.quoted => push(text, format_args!("# {} = \"\"  # not set", key.field)),
        None => push(text, format_args!("# {} =  # not set", key.field)),
    }
}

/// Writes the table of all keys for `docs/configuration.md`.
#[must_use]
pub fn markdown() -> String {
    let mut text = String::from(
        "# Configuration\n\n\
         <!-- Generated from src/config: do not edit. -->\n\n\
         Settings come from, each beating those before it:\n\n\
         1. the defaults below;\n\
         2. a TOML file: the one that `--config` or else `REFERO_CONFIG` names, or else \
         `refero.toml` in the working directory;\n\
         3. environment variables;\n\
         4. flags of the command line: `--set KEY=VALUE`, and `--bind` and `--no-worker` of \
         `refero serve`.\n\n\
         An unknown key in any of them stops the start, with the name of the nearest known one. \
         Keys marked *secret* are never printed; `refero.example.toml` has every key to copy from. \
         Keys marked *or file* can be given as a file instead: the same name with `_file` \
         (`_FILE` in a variable), whose content is the value; one newline at its end is taken \
         off. A value and a file in the same place are refused.\n\n\
         A key of 32 random bytes is made by `openssl rand -base64 32`. Keys from examples, texts, \
         patterns and short keys are refused.\n",
    );
    for section in &SECTIONS {
        push(&mut text, format_args!("\n## `[{}]`\n", section.name));
        push(&mut text, format_args!("{}\n", joined(section.doc)));
        push(&mut text, format_args!("| key | variable | takes | default | meaning |"));
        push(&mut text, format_args!("|---|---|---|---|---|"));
        for key in section.keys {
            let default = key.default.map_or_else(|| "none".to_owned(), |text| format!("`{text}`"));
            let marks = match (key.secret, key.from_file) {
                (true, true) => " *(secret, or file)*",
                (true, false) => " *(secret)*",
                (false, true) => " *(or file)*",
                (false, false) => "",
            };
            let (variable, takes, doc) = (key.variable(), takes(key), joined(key.doc));
            push(
                &mut text,
                format_args!(
                    "| `{}` | `{variable}` | {takes}{marks} | {default} | {doc} |",
                    key.field
                ),
            );
        }
    }
    text
}

/// What a key takes, with unit and range.
fn takes(key: &Key) -> String {
    let mut text = key.kind.to_owned();
    if !key.unit.is_empty() {
        let _ = write!(text, " of {}", key.unit);
    }
    if let Some((least, most)) = key.range {
        let _ = write!(text, ", {least} to {most}");
    }
    text
}

fn joined(lines: &[&str]) -> String {
    lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ")
}

/// Adds one line; writing to a string does not fail.
fn push(text: &mut String, line: std::fmt::Arguments<'_>) {
    let _ = writeln!(text, "{line}");
}
