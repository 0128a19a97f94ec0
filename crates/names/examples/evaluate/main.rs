//! Measures how well people are found again: `cargo run -p refero-names --release --example evaluate`.
//!
//! 10,000 made-up people, 4,000 looks for one of them as the next officer would write them down, through
//! terms behind a digest that are cut as in production.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a trial may stop")]

mod chance;
mod index;
mod otherwise;
mod people;
#[cfg(test)]
mod tests;
mod trial;

use std::{
    io::{self, Write},
    time::Instant,
};

use refero_names::{AT_FIRST, POSSIBLE, TermKind, bits, likeness, query_terms, terms};

use crate::{
    index::Index,
    people::Person,
    trial::{Look, Outcome},
};

const PEOPLE: usize = 10_000;
const LOOKS: usize = 4_000;
/// How many people of the population are not in it when precision for strangers is measured.
const STRANGERS: usize = 2_000;
/// How many misses and false alarms are printed.
const PRINTED: usize = 15;

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    let people = trial::population(PEOPLE + STRANGERS);
    let (people, strangers) = people.split_at(PEOPLE);
    let index = Index::new(people);
    let outcome = trial::looks(people, &index, LOOKS);

    recall(&mut out, &outcome)?;
    candidates(&mut out, &outcome.looks)?;
    threshold(&mut out, &outcome.looks, &index, strangers)?;
    let (alike, at_once) = outcome.told();
    writeln!(
        out,
        "of {alike} looks with a possible duplicate, {at_once} find one among the first {AT_FIRST}"
    )?;
    rows(&mut out, people, &index)?;
    speed(&mut out, people)?;
    misses(&mut out, people, &outcome.looks)?;
    false_alarms(&mut out, people, strangers, &index)
}

fn recall(out: &mut impl Write, outcome: &Outcome) -> io::Result<()> {
    writeln!(out, "recall at {} of {PEOPLE}: {:.4}", trial::SHOWN, outcome.all.recall())?;
    writeln!(out, "{:18} {:>6} {:>10} {:>8}", "change", "looks", "candidate", "shown")?;
    for (change, found) in &outcome.by_change {
        let candidate = f64::from(found.candidate) / f64::from(found.asked);
        let change = format!("{change:?}");
        writeln!(out, "{change:18} {:>6} {candidate:>10.4} {:>8.4}", found.asked, found.recall())?;
    }
    let place = |limit: usize| {
        let there = outcome.looks.iter().filter_map(|look| look.place);
        let there = there.filter(|(place, _)| *place < limit).count();
        share(there, outcome.looks.len())
    };
    writeln!(out, "recall at 1: {:.4}, at 5: {:.4}, at 10: {:.4}", place(1), place(5), place(10))
}

fn candidates(out: &mut impl Write, looks: &[Look]) -> io::Result<()> {
    let mut sizes: Vec<usize> = looks.iter().map(|look| look.candidates).collect();
    sizes.sort_unstable();
    let mean = share(sizes.iter().sum(), sizes.len());
    let at = |part: usize| sizes[(sizes.len() * part / 1000).min(sizes.len() - 1)];
    writeln!(
        out,
        "candidates: mean {mean:.0}, median {}, p90 {}, p99 {}, most {}",
        at(500),
        at(900),
        at(990),
        at(1000)
    )
}

fn threshold(
    out: &mut impl Write,
    looks: &[Look],
    index: &Index<'_>,
    strangers: &[Person],
) -> io::Result<()> {
    let new: Vec<Vec<(usize, f64)>> = strangers
        .iter()
        .map(|person| index.ranked(&person.known(), &index.candidates(&person.known())))
        .collect();
    for limit in [0.70, 0.75, POSSIBLE, 0.85, 0.90, 0.95] {
        let right =
            looks.iter().filter(|look| look.place.is_some_and(|(_, score)| score >= limit)).count();
        let wrong: usize = looks
            .iter()
            .map(|look| look.others.iter().filter(|score| **score >= limit).count())
            .sum();
        let alarmed =
            new.iter().filter(|ranked| ranked.first().is_some_and(|(_, s)| *s >= limit)).count();
        writeln!(
            out,
            "score >= {limit:.2}: recall {:.4}, precision {:.4} ({:.1} others for a look), new people with a possible duplicate {:.4}",
            share(right, looks.len()),
            share(right, right + wrong),
            share(wrong, looks.len()),
            share(alarmed, new.len()),
        )?;
    }
    Ok(())
}

fn rows(out: &mut impl Write, people: &[Person], index: &Index<'_>) -> io::Result<()> {
    let stored: usize = people.iter().map(|person| terms(&person.known()).len()).sum();
    let most = people.iter().map(|person| terms(&person.known()).len()).max().unwrap_or_default();
    let asked: usize = people.iter().map(|person| query_terms(&person.known()).len()).sum();
    writeln!(
        out,
        "terms: {:.1} stored for a person (most {most}), {:.1} asked for",
        share(stored, people.len()),
        share(asked, people.len())
    )?;
    for kind in TermKind::ALL {
        let bits = bits(kind, u64::try_from(people.len()).unwrap());
        writeln!(
            out,
            "  {:14} {bits:>2} bits, fullest value {} rows",
            kind.tag(),
            index.fullest(kind)
        )?;
    }
    Ok(())
}

fn speed(out: &mut impl Write, people: &[Person]) -> io::Result<()> {
    let per = |what: &str, out: &mut dyn Write, run: &dyn Fn(usize)| -> io::Result<()> {
        let began = Instant::now();
        for at in 0..people.len() - 1 {
            run(at);
        }
        let each = began.elapsed().as_secs_f64() * 1e6 / share(people.len() - 1, 1);
        writeln!(out, "{what}: {each:.1} us")
    };
    per("terms", out, &|at| drop(std::hint::black_box(terms(&people[at].known()))))?;
    per("query_terms", out, &|at| drop(std::hint::black_box(query_terms(&people[at].known()))))?;
    per("likeness", out, &|at| {
        drop(std::hint::black_box(likeness(&people[at].known(), &people[at + 1].known())));
    })
}

fn misses(out: &mut impl Write, people: &[Person], looks: &[Look]) -> io::Result<()> {
    let missed =
        looks.iter().filter(|look| look.place.is_none_or(|(place, _)| place >= trial::SHOWN));
    for look in missed.take(PRINTED) {
        let person = &people[look.sought];
        writeln!(
            out,
            "{} {:?} <- {} {:?} {:?} place {:?} of {}",
            person.written,
            person.birth_year,
            look.asked.written,
            look.asked.birth_year,
            look.changes,
            look.place,
            look.candidates
        )?;
    }
    Ok(())
}

fn false_alarms(
    out: &mut impl Write,
    people: &[Person],
    strangers: &[Person],
    index: &Index<'_>,
) -> io::Result<()> {
    let mut left = PRINTED;
    for person in strangers {
        let ranked = index.ranked(&person.known(), &index.candidates(&person.known()));
        let Some((at, score)) = ranked.first().filter(|(_, score)| *score >= POSSIBLE) else {
            continue;
        };
        let Some(less) = left.checked_sub(1) else { break };
        left = less;
        let (other, known) = (&people[*at], person.known());
        let reasons = likeness(&known, &other.known()).reasons;
        writeln!(
            out,
            "{} {:?} is not {} {:?}: {score:.3} {reasons:?}",
            person.written, person.birth_year, other.written, other.birth_year
        )?;
    }
    Ok(())
}

fn share(part: usize, of: usize) -> f64 {
    let count = |number: usize| f64::from(u32::try_from(number).unwrap());
    count(part) / count(of.max(1))
}
