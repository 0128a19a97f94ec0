//! Access that outlives its reason: the same people, after their area or their role was taken away.

use super::{
    asking::{STALE, address},
    cell::Cell,
    people::{NORTH, SOUTH, Walker},
    records::Record,
    stages::{self, Stage},
    walking::{Walk, is_about_one},
};

/// Who has access through an area, and where.
const BY_AREA: [&str; 4] =
    ["coordinator", "coordinator_north", "supervisor_north", "officer_north"];
const AREAS: [&str; 4] = ["submitted", "active", "before_body", "accepted"];
/// Who has any access at all.
const ANY: [&str; 12] = [
    "author",
    "colleague",
    "coordinator",
    "coordinator_north",
    "coordinator_country",
    "supervisor_north",
    "officer_north",
    "worker",
    "worker_colleague",
    "manager",
    "clinic_worker",
    "clinic_manager",
];

const ANYWHERE: [&str; 8] =
    ["unsubmitted", "submitted", "presumed", "claimed", "sent", "accepted", "shared", "completed"];

impl Walk<'_> {
    /// Takes the north away from everybody who had it, then every role; gives how much was asked.
    pub(super) async fn go_on_afterwards(&mut self) -> usize {
        let again = |stage: &&Stage| AREAS.contains(&stage.name) || ANYWHERE.contains(&stage.name);
        for stage in stages::every().filter(again) {
            let record = Record::reach(self.w, self.people, stage).await;
            self.records.insert(stage.name, record);
        }
        let grants = "update role_grants set";
        self.w.sql(&format!("{grants} area = '{SOUTH}' where area = '{NORTH}'"));
        let by_area = self.find_nothing(&BY_AREA, &AREAS).await;
        self.w.sql(&format!("{grants} valid_to = valid_from where valid_to is null"));
        // Who has no role at all finds less than nothing: not even an empty search.
        self.ask_for_nothing().await;
        by_area + self.find_nothing(&ANY, &ANYWHERE).await
    }

    /// Asserts that some people find nothing in some stages, whatever they ask.
    async fn find_nothing(&self, names: &[&str], stages: &[&str]) -> usize {
        let named = |walker: &&Walker| names.contains(&walker.name);
        let walkers: Vec<_> = self.people.all.iter().filter(named).collect();
        assert_eq!(walkers.len(), names.len());
        let mut asked = 0;
        for stage in stages {
            let record = &self.records[stage];
            for op in self.operations.iter().filter(|op| is_about_one(op)) {
                if address(op, record).is_none() {
                    continue;
                }
                let answers =
                    self.ask_all(op, record, walkers.iter().map(|walker| (*walker, STALE))).await;
                for (walker, answer) in walkers.iter().zip(answers) {
                    let cell = self.judge(op, walker, &answer);
                    assert_eq!(cell, Cell::Hidden, "{}, {stage}: {}", walker.name, answer.asked());
                    asked += 1;
                }
            }
        }
        asked
    }
}
