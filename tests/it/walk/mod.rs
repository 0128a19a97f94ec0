//! The walk: every role, standing to a record in every way, asks every operation in every state.
//!
//! Nothing here knows the policy. People are put where they stand by what was done, in earnest,
//! through the API; what they are answered is compared with `tests/golden/walk.txt`, which people
//! read, and with rules that are said in words (`rules`). The operations are those of the table, and
//! one that the walk cannot place, or has no record for, stops it.
//!
//! Each record is asked about by everybody, and must not move under them. Whoever sees it says a
//! version that it does not have: who may act learns so (412) and then acts in earnest, alone, and
//! the record is made anew in the same state; who may not asks again with the version that it has.
//! Whoever does not see it says the version that it has, for whoever guesses could. A 404 is the
//! answer about an absent record to the byte, headers included.

mod afterwards;
mod asking;
mod cell;
mod former;
mod golden;
mod lists;
mod making;
mod offices;
mod people;
mod records;
mod rules;
mod stages;
mod walking;

use refero::api::{operation::Operation, operations};

use self::{
    asking::About,
    making::Maker,
    people::{People, Walker},
    stages::{Basis, DRAFT, OF_CASES, OF_PAIRS, OF_REFERRALS, Plan, Stage},
    walking::Walk,
};

/// How many combinations of person, operation and state are walked; a walk that grew shorter says so.
const COMBINATIONS: usize = 83_738;
/// How many are walked again after the reasons for access have gone.
const AFTERWARDS: usize = 15_100;

/// A part of the walk: some kinds of records, in some stages, and who comes to ask what there.
struct Part {
    title: &'static str,
    kinds: &'static [About],
    stages: Vec<&'static Stage>,
    audience: fn(&Walker, &Stage, &Operation) -> bool,
}

fn parts() -> Vec<Part> {
    vec![
        Part {
            title: "Reports, cases and incidents, in every state of the case",
            kinds: &[About::Report, About::Case, About::Incident],
            stages: std::iter::once(&DRAFT).chain(OF_CASES).collect(),
            audience: everybody,
        },
        Part {
            title: "Reports, cases and incidents, in every state of a referral",
            kinds: &[About::Report, About::Case, About::Incident],
            stages: OF_REFERRALS.iter().collect(),
            audience: around_a_referral,
        },
        Part {
            title: "Referrals, in every state",
            kinds: &[About::Referral],
            stages: OF_REFERRALS.iter().collect(),
            audience: everybody,
        },
        Part {
            title: "Pairs of cases, in every state",
            kinds: &[About::Pair],
            stages: OF_PAIRS.iter().collect(),
            audience: everybody,
        },
        Part {
            title: "Lists and queues",
            kinds: &[About::Many],
            stages: stages::every().collect(),
            audience: |_, _, _| true,
        },
    ]
}

/// Everybody comes in every state; to its variants come those whom some relation may tie to them.
fn everybody(walker: &Walker, stage: &Stage, _: &Operation) -> bool {
    !stage.is_variant
        || match walker.name {
            "clinic_worker" | "clinic_manager" => stage.name == "shared",
            "coordinator_south" | "supervisor_south" | "officer_south" => stage.name == "unplaced",
            "hotline" => false,
            _ => !walker.is_stranger(),
        }
}

/// Those come to whom a case can look otherwise because of a referral: its provider, its sender, and
/// to look and not to act, those who coordinate. To everybody else it is the case that it was in
/// [`OF_CASES`].
fn around_a_referral(walker: &Walker, stage: &Stage, op: &Operation) -> bool {
    match walker.name {
        "worker" | "worker_colleague" | "manager" => true,
        "clinic_worker" | "clinic_manager" => stage.name == "shared",
        "author" | "colleague" => matches!(stage.plan, Plan::Referral(Basis::Emergency, _)),
        // Open referrals stand in the way of closing a case.
        "coordinator" | "supervisor_north" if op.id == "closeCase" => true,
        "coordinator" | "coordinator_north" | "supervisor_north" | "officer_north" => {
            op.method.as_str() == "GET"
        }
        _ => false,
    }
}

#[expect(clippy::print_stdout, reason = "the number is what the walk is asked for")]
fn tell(combinations: usize, afterwards: usize) {
    println!("the walk: {combinations} combinations, and {afterwards} afterwards");
}

both! {
    async fn everybody_is_answered_as_the_table_says_in_every_state(w: World) {
        let people = People::arrive(&w).await;
        Maker { w: &w, people: &people }.another_case().await;
        let (table, parts) = (operations::table(), parts());
        let mut walk = Walk::begin(&w, &people, table.operations()).await;

        for part in parts.iter().filter(|part| part.kinds != [About::Many]) {
            for stage in &part.stages {
                walk.stop_at(stage, part).await;
            }
        }
        rules::about_records(&walk);
        w.advance_s(4 * 86_400);
        walk.look_at_lists().await;
        walk.visit_the_offices().await;
        rules::about_accounts(&walk);
        golden::compare(&golden::write(&walk, &parts));
        let afterwards = walk.go_on_afterwards().await;

        tell(walk.cells.len(), afterwards);
        assert_eq!((walk.cells.len(), afterwards), (COMBINATIONS, AFTERWARDS));
    }
}
