//! What must hold after every fault:
//!
//! - **I1** what was acknowledged is there, and its receipt proves;
//! - **I2** no effect without its event, and no event without its effect;
//! - **I3** the log is whole, signed, and goes on from every head that was kept;
//! - **I4** what was sent again was done once;
//! - **I5** nothing that people said stands in a file or in the log of the program;
//! - **I6** every state was reached by legal moves, and no rule is broken.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use aho_corasick::AhoCorasick;
use refero_domain::{case::CaseStatus, machine::Machine, referral::ReferralState};
use refero_store::{testing, trail_query::Recorded};

use super::{drill::Drill, journal::CANARY};
use crate::world::World;

/// What people make, and where it is kept.
const MADE: [(&str, &str); 3] = [
    ("detection_reports", "/v1/detection-reports"),
    ("notes", "/notes"),
    ("referrals", "/v1/referrals"),
];

impl Drill {
    /// Expects everything that must hold, against what people were told.
    pub(super) fn expect_invariants(&mut self) {
        let events = testing::events(self.p.w.owner()).unwrap();
        self.report.look_at("I2: effects and events");
        self.p.w.expect_effects_with_events(&events);
        self.report.look_at("I3: the log");
        self.p.w.number_events();
        self.p.w.verify(&self.pins).unwrap();
        self.pins.push(self.p.w.checkpoint());
        self.expect_nothing_lost();
        self.expect_nothing_twice();
        self.report.look_at("I5: what people said");
        self.expect_nothing_told();
        self.report.look_at("I6: legal moves");
        expect_legal::<CaseStatus>(&self.p.w, &events, ("case", "cases"));
        expect_legal::<ReferralState>(&self.p.w, &events, ("referral", "referrals"));
        self.p.w.expect_no_rule_broken();
    }

    /// I1: to be asked when every event has its number.
    fn expect_nothing_lost(&mut self) {
        self.report.look_at("I1: what was acknowledged");
        let done = self.journal.done.borrow();
        let w = &self.p.w;
        let mut lost = Vec::new();
        for (table, path) in MADE {
            let kept = ids(w, table);
            let made = done.iter().filter(|(wish, _)| wish.path.ends_with(path));
            lost.extend(made.map(|(_, answer)| answer.id()).filter(|id| !kept.contains(id)));
        }
        let rows = w.texts("select id || ' ' || cast(version as text) as value from referrals");
        let rows: BTreeMap<&str, &str> =
            rows.iter().map(|row| row.split_once(' ').unwrap()).collect();
        let version = |id: &str| rows.get(id).map_or(0, |version| version.parse::<i64>().unwrap());
        let steps = done.iter().filter(|(wish, _)| wish.if_match.is_some());
        let undone = steps.filter(|(_, answer)| version(&answer.id()) < answer.version());
        lost.extend(undone.map(|(_, answer)| answer.text()));
        // A receipt that was given before still proves.
        let leaves = w.leaves();
        let receipts = done.iter().filter(|(_, answer)| {
            let receipt = answer.header("audit-receipt").unwrap();
            !leaves.contains(&receipt)
        });
        lost.extend(receipts.map(|(_, answer)| format!("the receipt of {}", answer.asked())));
        self.report.lost += lost.len();
        assert!(lost.is_empty(), "I1: acknowledged and lost: {lost:?}");
    }

    /// I4: as many things as were acknowledged, to be asked when nothing is open.
    pub(super) fn expect_nothing_twice(&mut self) {
        self.report.look_at("I4: what was sent again");
        let done = self.journal.done.borrow();
        for (table, path) in MADE {
            let made = done.iter().filter(|(wish, _)| wish.path.ends_with(path));
            let made: Vec<String> = made.map(|(_, answer)| answer.id()).collect();
            assert_eq!(made.len(), made.iter().collect::<BTreeSet<_>>().len(), "I4: {table}");
            // The scenes themselves began with a report each.
            let before = if table == "detection_reports" { self.scenes.len() } else { 0 };
            let kept = ids(&self.p.w, table).len();
            assert_eq!(kept, made.len() + before, "I4: {table}: something was done twice");
        }
    }

    /// I5: in the files of SQLite and the logs; a database server keeps its own.
    fn expect_nothing_told(&self) {
        let mut files: Vec<_> = self.others.iter().map(|server| server.log_path()).collect();
        files.push(self.p.log_path());
        if let Some(path) = self.p.w.owner().sqlite_path() {
            let folder = fs::read_dir(Path::new(path).parent().unwrap()).unwrap();
            files.extend(folder.map(|entry| entry.unwrap().path()));
        }
        let names = self.journal.names.borrow();
        let names = names.iter().map(String::as_str);
        let said = AhoCorasick::new(names.chain(CANARY.split(' ')).chain(["panicked"])).unwrap();
        for file in files {
            // One that has gone since holds nothing.
            let Ok(bytes) = fs::read(&file) else { continue };
            let found = said.find(&bytes).map(|found| {
                let around = found.start().saturating_sub(200)..bytes.len().min(found.end() + 400);
                String::from_utf8_lossy(&bytes[around]).into_owned()
            });
            assert_eq!(found, None, "I5: {} tells", file.display());
        }
    }
}

fn ids(w: &World, table: &str) -> BTreeSet<String> {
    w.texts(&format!("select id as value from {table}")).into_iter().collect()
}

/// I6: walks the way of each thing through its machine, by what the trail tells, and expects to find it
/// where it is.
#[track_caller]
fn expect_legal<M: Machine>(w: &World, events: &[Recorded], (kind, table): (&str, &str)) {
    let mut acts_on: BTreeMap<&str, Vec<(i64, M::Act)>> = BTreeMap::new();
    for event in events.iter().filter(|event| event.outcome == "success") {
        let act = act_of::<M>(kind, &event.action);
        if let (Some(id), Some(version), Some(act)) = (&event.object_id, event.object_version, act)
        {
            acts_on.entry(id).or_default().push((version, act));
        }
    }
    for row in w.texts(&format!("select id || ' ' || state as value from {table}")) {
        let (id, state) = row.split_once(' ').unwrap();
        let mut acts = acts_on.remove(id).unwrap_or_default();
        acts.sort_by_key(|(version, _)| *version);
        let end = acts.into_iter().fold(M::INITIAL, |at, (_, act)| {
            let moves = M::TRANSITIONS.iter();
            let found = moves.clone().find(|(from, by, _)| *from == at && *by == act);
            found.unwrap_or_else(|| panic!("I6: {kind} {id}: {act} from {at}")).2
        });
        assert_eq!(end.to_string(), state, "I6: {kind} {id}");
    }
}

/// Returns the act of a machine that an action is, if it is one.
fn act_of<M: Machine>(kind: &str, action: &str) -> Option<M::Act> {
    let code = action.strip_prefix(kind)?.strip_prefix('.')?;
    M::TRANSITIONS.iter().map(|(_, act, _)| *act).find(|act| act.to_string() == code)
}
