//! The same people at the lists and queues: what is listed is what can be opened.

use refero::api::operation::Operation;
use serde_json::Value;

use super::{
    asking::{About, about, ask},
    cell::Cell,
    people::Walker,
    records::Record,
    walking::Walk,
};
use crate::world::{Answer, together};

/// Which list holds what is read how.
const SAME: [(&str, &str); 4] = [
    ("listDetectionReports", "readDetectionReport"),
    ("listCases", "readCase"),
    ("listReferrals", "readReferral"),
    ("listIncidents", "readIncident"),
];

/// What somebody finds in a list, through all its pages.
enum Found {
    /// The list itself is refused.
    Refused(Cell),
    Items(Vec<Value>),
}

impl Walk<'_> {
    /// Lets everybody look at every list and queue, for every record that was met.
    pub(super) async fn look_at_lists(&mut self) {
        for op in self.operations.iter().filter(|op| about(op) == About::Many) {
            let path = format!("{}?limit=200", op.path);
            let to = |walker: &Walker| ask(self.w, walker, op, (&path, 0, None));
            let answers = together(self.people.all.iter().map(to)).await;
            for (walker, answer) in self.people.all.iter().zip(answers) {
                let found = self.all_pages(op, walker, answer).await;
                // Who went on with a referral needed no incident, and has none.
                let is_there = |record: &Record| {
                    op.id != "listIncidents" || record.parts.contains_key("incident_id")
                };
                for (stage, record) in self.records.iter().filter(|(_, record)| is_there(record)) {
                    let cell = found.cell_of(record);
                    self.cells.insert((op.id, walker.name, stage), cell);
                }
            }
        }
        self.lists_agree();
    }

    async fn all_pages(&self, op: &Operation, walker: &Walker, mut page: Answer) -> Found {
        let mut items = Vec::new();
        loop {
            match page.status {
                200 => {}
                404 => return Found::Refused(Cell::Hidden),
                _ => return Found::Refused(Cell::of(&page, false)),
            }
            items.extend(page.at("/items").as_array().unwrap().iter().cloned());
            let Some(cursor) = page.at("/next_cursor").as_str().map(str::to_owned) else {
                return Found::Items(items);
            };
            let next = format!("{}?limit=200&cursor={cursor}", op.path);
            page = ask(self.w, walker, op, (&next, 0, None)).await;
        }
    }

    /// Asserts that a record is listed exactly for those who can open it.
    fn lists_agree(&self) {
        let mut compared = 0_u32;
        for (list, read) in SAME {
            for ((_, walker, stage), opened) in
                self.cells.iter().filter(|((op, ..), _)| *op == read)
            {
                let Some(listed) = self.cells.get(&(list, *walker, *stage)) else { continue };
                let (listed, opened) = (!listed.classes().is_empty(), !opened.classes().is_empty());
                assert_eq!(listed, opened, "{list} and {read}: {walker}, {stage}");
                compared += 1;
            }
        }
        assert!(compared > 0);
    }
}

impl Found {
    fn cell_of(&self, record: &Record) -> Cell {
        let items = match self {
            Self::Refused(cell) => return cell.clone(),
            Self::Items(items) => items,
        };
        let is_it = |item: &&Value| {
            let is = |member: &str, id: &str| !id.is_empty() && item[member] == id;
            let referral = record.referral.as_deref().unwrap_or_default();
            let part = |name: &str| record.parts.get(name).map_or("", String::as_str);
            is("id", &record.report)
                || is("id", &record.case)
                || is("id", referral)
                || is("id", part("pair_id"))
                || is("id", part("incident_id"))
                // What is overdue is a clock of the case, or one of its referrals.
                || (item["kind"].is_string() && is("case_id", &record.case))
        };
        items.iter().find(is_it).map_or(Cell::Hidden, |item| Cell::shown(item, false))
    }
}
