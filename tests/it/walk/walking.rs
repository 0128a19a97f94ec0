//! The walk itself: everybody asks everything, about a record in every stage.

use std::collections::BTreeMap;

use refero::api::operation::Operation;

use super::{
    Part,
    asking::{self, About, STALE, about, address, ask},
    cell::Cell,
    people::{People, Walker},
    records::Record,
    stages::Stage,
};
use crate::world::{Answer, World, together};

/// Whose answer to which operation, in which stage.
pub(super) type Key = (&'static str, &'static str, &'static str);

/// What was answered so far.
pub(super) struct Walk<'w> {
    pub(super) w: &'w World,
    pub(super) people: &'w People,
    pub(super) operations: &'w [Operation],
    pub(super) cells: BTreeMap<Key, Cell>,
    pub(super) records: BTreeMap<&'static str, Record>,
    /// What everybody is answered about a record that is not there.
    absent: BTreeMap<(&'static str, &'static str), String>,
}

impl<'w> Walk<'w> {
    /// Begins with records that are not there.
    pub(super) async fn begin(
        w: &'w World,
        people: &'w People,
        operations: &'w [Operation],
    ) -> Self {
        let (cells, records, absent) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        let mut walk = Self { w, people, operations, cells, records, absent };
        walk.ask_for_nothing().await;
        walk
    }

    /// Lets everybody ask about records that are not there.
    pub(super) async fn ask_for_nothing(&mut self) {
        for op in self.operations.iter().filter(|op| is_about_one(op)) {
            let (path, body) = (asking::nowhere(op), asking::body_about_nothing(op, self.people));
            let to = |walker| ask(self.w, walker, op, (&path, STALE, body.as_ref()));
            let answers = together(self.people.all.iter().map(to)).await;
            for (walker, answer) in self.people.all.iter().zip(answers) {
                let (name, is_nothing) = (walker.name, is_nothing(op, &answer));
                assert!(is_nothing || answer.status == 401, "{name}: {}", answer.asked());
                self.absent.insert((op.id, name), answer.seen());
            }
        }
    }

    /// Lets an audience ask everything about some kinds of records in one stage.
    pub(super) async fn stop_at(&mut self, stage: &'static Stage, part: &Part) {
        let mut record = match self.records.remove(stage.name) {
            Some(record) => record,
            None => Record::reach(self.w, self.people, stage).await,
        };
        for op in self.operations.iter().filter(|op| part.kinds.contains(&about(op))) {
            if address(op, &record).is_none() {
                continue;
            }
            let comes = |walker: &&Walker| (part.audience)(walker, stage, op);
            let audience: Vec<_> = self.people.all.iter().filter(comes).collect();
            let cells = self.meet(op, stage, &mut record, &audience).await;
            for (walker, cell) in audience.into_iter().zip(cells) {
                self.cells.insert((op.id, walker.name, stage.name), cell);
            }
        }
        self.records.insert(stage.name, record);
    }

    /// Lets an audience ask one operation, all at once. Those who see the record say a version that
    /// is not the present one, so that nobody moves anything; then whoever may act acts in earnest,
    /// one after the other, and whoever may not asks again with the present version. Those who do
    /// not see it ask with the present version at once: they have nothing to lose.
    async fn meet(
        &self,
        op: &Operation,
        stage: &Stage,
        record: &mut Record,
        audience: &[&Walker],
    ) -> Vec<Cell> {
        if !op.if_match && !asking::leaves_the_stage(op) {
            return self.meet_one_by_one(op, stage, record, audience).await;
        }
        let present = if op.if_match { self.version(op, record).await } else { STALE };
        let sees = |walker: &Walker| {
            let key = (op_that_reads(op), walker.name, stage.name);
            self.cells.get(&key).is_none_or(Cell::is_known)
        };
        let asked = audience.iter().map(|walker| {
            let version = if sees(walker) { STALE } else { present };
            (*walker, version)
        });
        let answers = self.ask_all(op, record, asked).await;
        let mut cells = Vec::new();
        let mut refused = Vec::new();
        for (walker, answer) in audience.iter().zip(answers) {
            if answer.status == 412 {
                assert!(sees(walker), "{} learns a version: {}", walker.name, answer.asked());
                let answer = self.act(op, stage, record, walker).await;
                cells.push(Cell::of(&answer, true));
                continue;
            }
            let cell = self.judge(op, walker, &answer);
            if op.if_match && sees(walker) && !matches!(cell, Cell::Refused(_)) {
                refused.push((*walker, answer.seen()));
            }
            cells.push(cell);
        }
        self.insist(op, record, refused).await;
        cells
    }

    /// Lets an audience do, one after the other, what can be done once.
    async fn meet_one_by_one(
        &self,
        op: &Operation,
        stage: &Stage,
        record: &mut Record,
        audience: &[&Walker],
    ) -> Vec<Cell> {
        let mut cells = Vec::new();
        for walker in audience {
            let answer = self.act(op, stage, record, walker).await;
            cells.push(self.judge(op, walker, &answer));
        }
        cells
    }

    pub(super) async fn ask_all(
        &self,
        op: &Operation,
        record: &Record,
        asked: impl IntoIterator<Item = (&Walker, i64)>,
    ) -> Vec<Answer> {
        let path = address(op, record).unwrap();
        let body = asking::body(op, record, self.people);
        let to = |(walker, version)| ask(self.w, walker, op, (&path, version, body.as_ref()));
        let answers = together(asked.into_iter().map(to)).await;
        for answer in &answers {
            let has_receipt = answer.header("audit-receipt").is_some();
            let acted = op.gives_receipt() && answer.status < 300;
            assert_eq!(has_receipt, acted, "the receipt of {}", answer.asked());
        }
        answers
    }

    /// Acts with the present version. Whatever moved is brought back into its stage: as another
    /// record, for nothing of the kind can be undone.
    async fn act(
        &self,
        op: &Operation,
        stage: &Stage,
        record: &mut Record,
        walker: &Walker,
    ) -> Answer {
        let version = self.version(op, record).await;
        let mut answers = self.ask_all(op, record, [(walker, version)]).await;
        let answer = answers.remove(0);
        if answer.status < 300 && !asking::leaves_the_stage(op) {
            record.reach_again(self.w, self.people, (stage, op.id)).await;
        }
        answer
    }

    /// Reads the present version of what an operation changes, by somebody who may.
    async fn version(&self, op: &Operation, record: &Record) -> i64 {
        let path = address(op, record).unwrap();
        let thing = match op.method.as_str() {
            "PATCH" => path.as_str(),
            _ => path.rsplit_once('/').unwrap().0,
        };
        let keeper = match about(op) {
            About::Pair => "coordinator_country",
            _ if record.case.is_empty() => "author",
            _ => "supervisor_north",
        };
        let keeper = self.people.the(keeper);
        keeper.get(thing).purpose("supervision").await.is(200).version()
    }

    /// Reads an answer; one of 404 must be that about a record that is not there, to the byte.
    pub(super) fn judge(&self, op: &Operation, walker: &Walker, answer: &Answer) -> Cell {
        if is_nothing(op, answer) || answer.status == 401 {
            let absent = &self.absent[&(op.id, walker.name)];
            assert_eq!(&answer.seen(), absent, "{}: {}", walker.name, answer.asked());
        }
        if is_nothing(op, answer) {
            return Cell::Hidden;
        }
        Cell::of(answer, op.gives_receipt())
    }

    /// Asks again with the present version: a refusal does not depend on it.
    async fn insist(&self, op: &Operation, record: &Record, refused: Vec<(&Walker, String)>) {
        if refused.is_empty() {
            return;
        }
        let version = self.version(op, record).await;
        let walkers = refused.iter().map(|(walker, _)| (*walker, version));
        let again = self.ask_all(op, record, walkers).await;
        for ((walker, before), answer) in refused.into_iter().zip(again) {
            assert_eq!(answer.seen(), before, "{}: {}", walker.name, answer.asked());
        }
    }
}

/// Says whether an operation is about one record, or a part of one.
pub(super) fn is_about_one(op: &Operation) -> bool {
    !matches!(about(op), About::Many | About::Nobody)
}

/// Returns the operation that shows what an operation is about.
pub(super) fn op_that_reads(op: &Operation) -> &'static str {
    match about(op) {
        About::Report => "readDetectionReport",
        About::Case => "readCase",
        About::Referral => "readReferral",
        About::Pair => "readDuplicateCandidate",
        About::Incident => "readIncident",
        About::Many | About::Nobody => panic!("{} is about no record", op.id),
    }
}

/// Says whether an answer says that nothing is there.
fn is_nothing(op: &Operation, answer: &Answer) -> bool {
    match op.id {
        "searchCases" if answer.status == 200 => answer.at("/items") == serde_json::json!([]),
        // Who registers nobody is told so before anything is looked for.
        "registerReports" => matches!(answer.status, 403 | 404),
        _ => answer.status == 404,
    }
}
