//! The runbook: what it says of each country is what the profiles say, and both editions say the same.

use std::{collections::BTreeSet, fs, path::Path};

use refero_domain::profile::CountryProfile;

const ENGLISH: &str = "docs/operating.md";
const FRENCH: &str = "docs/operating.fr.md";

/// The words of an edition.
struct Words {
    countries: fn(&'static str) -> String,
    immediately: &'static str,
    hours: &'static str,
    statuses: [(&'static str, &'static str); 2],
}

const IN_ENGLISH: Words = Words {
    countries: |id| CountryProfile::embedded(id).unwrap().name.clone(),
    immediately: "immediately",
    hours: "hours",
    statuses: [("verified", "verified"), ("policy, to be confirmed", "policy, to be confirmed")],
};

const IN_FRENCH: Words = Words {
    countries: |id| {
        let names = [
            ("ci", "Côte d’Ivoire"),
            ("gh", "Ghana"),
            ("gm", "Gambie"),
            ("ma", "Maroc"),
            ("mr", "Mauritanie"),
            ("ne", "Niger"),
            ("ng", "Nigéria"),
            ("sn", "Sénégal"),
            ("ug", "Ouganda"),
        ];
        names.iter().find(|(known, _)| *known == id).unwrap().1.to_owned()
    },
    immediately: "immédiatement",
    hours: "heures",
    statuses: [
        ("verified", "vérifié"),
        ("policy, to be confirmed", "règle par défaut, à confirmer"),
    ],
};

fn read(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

/// What the table says of a country whose data was broken into.
fn row(id: &'static str, words: &Words) -> String {
    let breach = &CountryProfile::embedded(id).unwrap().breach;
    let clock = &breach.notify_within;
    let within = match clock.amount {
        0 => words.immediately.to_owned(),
        hours => format!("{hours} {}", words.hours),
    };
    let code = clock.status.code();
    let (_, status) = words.statuses.iter().find(|(known, _)| *known == code).unwrap();
    let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "—".to_owned());
    format!(
        "| `{id}` | {} | {} | {within} | {} | {status} |",
        (words.countries)(id),
        or_none(&breach.authority),
        or_none(&clock.source),
    )
}

#[test]
fn after_a_breach_the_runbook_tells_the_clock_of_each_country() {
    for (name, words) in [(ENGLISH, &IN_ENGLISH), (FRENCH, &IN_FRENCH)] {
        let text = read(name);
        for id in CountryProfile::embedded_ids().filter(|id| *id != "demo") {
            let row = row(id, words);
            assert!(text.lines().any(|line| line == row), "{name} does not say:\n{row}");
        }
    }
}

/// The level and the words of each heading, and what stands in each fenced block.
fn parts(text: &str) -> (Vec<(usize, String)>, Vec<String>) {
    let (mut headings, mut blocks, mut open) = (Vec::new(), Vec::new(), None::<String>);
    for line in text.lines() {
        let line = line.trim_start();
        match (&mut open, line.starts_with("```")) {
            (None, true) => open = Some(format!("{line}\n")),
            (Some(_), true) => blocks.extend(open.take()),
            (Some(block), false) => {
                block.push_str(line);
                block.push('\n');
            }
            (None, false) if line.starts_with('#') => {
                let words = line.trim_start_matches('#');
                headings.push((line.len() - words.len(), words.trim().to_owned()));
            }
            (None, false) => {}
        }
    }
    (headings, blocks)
}

/// A block without its comments, which are in the language of the edition.
fn without_comments(block: &str) -> String {
    let kept = block.lines().filter_map(|line| {
        let said = line.split_once(" # ").map_or(line, |(said, _)| said).trim_end();
        (!said.starts_with("# ")).then(|| format!("{said}\n"))
    });
    kept.collect()
}

#[test]
fn the_french_runbook_has_the_headings_and_the_commands_of_the_english_one() {
    let (english, french) = (read(ENGLISH), read(FRENCH));
    let ((headings, blocks), (titres, blocs)) = (parts(&english), parts(&french));
    let levels = |of: &[(usize, String)]| of.iter().map(|(level, _)| *level).collect::<Vec<_>>();
    assert_eq!(levels(&headings), levels(&titres), "{headings:?}\n{titres:?}");
    assert_eq!(blocks.len(), blocs.len());
    for (block, bloc) in blocks.iter().zip(&blocs) {
        assert_eq!(without_comments(block), without_comments(bloc));
    }
    // A row that is missing would not be missed by who reads one edition.
    let rows = |text: &str| text.lines().filter(|line| line.trim_start().starts_with('|')).count();
    assert_eq!(rows(&english), rows(&french));
    assert!(english.contains("(operating.fr.md)") && french.contains("(operating.md)"));
}

/// The anchor that a heading is given where these documents are read.
fn anchor(heading: &str) -> String {
    let kept = heading.to_lowercase().replace(' ', "-");
    kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect()
}

#[test]
fn what_the_runbook_refers_to_is_in_it() {
    for name in [ENGLISH, FRENCH] {
        let text = read(name);
        let anchors: BTreeSet<String> =
            parts(&text).0.iter().map(|(_, words)| anchor(words)).collect();
        for link in text.split("](#").skip(1) {
            let link = link.split(')').next().unwrap();
            assert!(anchors.contains(link), "{name}: #{link}");
        }
        let beside = text.split("](").skip(1).filter_map(|link| link.split([')', '#']).next());
        for file in beside.filter(|file| !file.is_empty() && !file.contains("://")) {
            assert!(
                Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(file).exists(),
                "{file}"
            );
        }
    }
}
