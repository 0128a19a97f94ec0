//! What the program is meant to reach, and whether it does.

use serde_json::{Value, json};

use crate::{Outcome, operations::Operation, run::Run};

/// A figure that a run is judged by.
pub(crate) struct Goal {
    pub(crate) name: String,
    code: String,
    bound: Bound,
    of: Of,
}

/// On which side of a number the figure should lie.
#[derive(Clone, Copy)]
enum Bound {
    AtLeast(f64),
    AtMost(f64),
    Below(f64),
}

/// What is compared with it.
#[derive(Clone, Copy)]
enum Of {
    ShareOfLimit(Operation),
    P99Ms(Operation),
    /// The p50 of the largest database against that of the smallest one.
    Growth(Operation),
    MemoryMb(u32),
    StartS,
    FloodRatio,
}

/// The p99 that an operation should stay below, in milliseconds.
pub(crate) const fn most_ms(operation: Operation) -> Option<f64> {
    match operation {
        Operation::Get => Some(10.0),
        Operation::Register => Some(40.0),
        Operation::List
        | Operation::ListFiltered
        | Operation::SearchName
        | Operation::SearchNameAndYear => Some(50.0),
        Operation::Healthz
        | Operation::SignIn
        | Operation::Accept
        | Operation::ServiceUpdate
        | Operation::Mix => None,
    }
}

/// How a run stands to a goal.
pub(crate) struct Verdict {
    pub(crate) value: f64,
    pub(crate) is_met: bool,
}

impl Goal {
    /// Returns every goal, those of a number of clients for the number that is usual in the run.
    pub(crate) fn all(clients: u32) -> Vec<Self> {
        let goal = |code: String, name: String, bound, of| Self { name, code, bound, of };
        let mut goals = Vec::new();
        for (operation, bound, of_what) in [
            (Operation::Register, 0.6, "the database writing the same rows"),
            (Operation::Get, 0.5, "one row read through the same pool"),
        ] {
            let code = operation.code();
            let name = format!("{code}: at least {bound} of {of_what}");
            let of = Of::ShareOfLimit(operation);
            goals.push(goal(format!("{code}-of-limit"), name, Bound::AtLeast(bound), of));
        }
        for operation in Operation::ALL {
            let Some(ms) = most_ms(operation) else { continue };
            let code = operation.code();
            let name = format!("{code}: p99 below {ms} ms at {clients} clients");
            goals.push(goal(format!("{code}-p99"), name, Bound::Below(ms), Of::P99Ms(operation)));
        }
        for operation in GROWS {
            let code = operation.code();
            let name = format!("{code}: p50 at most 1.3 of that of the smallest size");
            let of = Of::Growth(operation);
            goals.push(goal(format!("{code}-growth"), name, Bound::AtMost(1.3), of));
        }
        goals.extend([
            goal(
                "memory".to_owned(),
                "memory: below 100 MB after 64 clients".to_owned(),
                Bound::Below(100.0),
                Of::MemoryMb(64),
            ),
            goal(
                "start".to_owned(),
                "start: ready in less than 0.5 s".to_owned(),
                Bound::Below(0.5),
                Of::StartS,
            ),
            goal(
                "sign-in-flood".to_owned(),
                "get while others sign in: p99 at most 2 times as long".to_owned(),
                Bound::AtMost(2.0),
                Of::FloodRatio,
            ),
        ]);
        goals
    }

    /// Judges one of several runs; nothing if it was not measured there.
    pub(crate) fn judge(&self, run: &Run, (all, clients): (&[Run], u32)) -> Option<Verdict> {
        let value = self.of.value(run, (all, clients))?;
        let is_met = match self.bound {
            Bound::AtLeast(bound) => value >= bound,
            Bound::AtMost(bound) => value <= bound,
            Bound::Below(bound) => value < bound,
        };
        Some(Verdict { value, is_met })
    }

    pub(crate) fn to_json(&self, (all, clients): (&[Run], u32)) -> Outcome<Value> {
        let verdicts: Vec<Value> = all
            .iter()
            .map(|run| {
                let verdict = self.judge(run, (all, clients));
                json!({
                    "database": run.database.code(), "people": run.people,
                    "value": verdict.as_ref().map(|verdict| verdict.value),
                    "met": verdict.as_ref().map(|verdict| verdict.is_met),
                })
            })
            .collect();
        Ok(json!({"goal": self.code, "says": self.name, "runs": verdicts}))
    }
}

const GROWS: [Operation; 5] = [
    Operation::Register,
    Operation::Get,
    Operation::List,
    Operation::ListFiltered,
    Operation::SearchNameAndYear,
];

impl Of {
    fn value(self, run: &Run, (all, clients): (&[Run], u32)) -> Option<f64> {
        match self {
            Self::ShareOfLimit(operation) => run.share_of_limit(operation, clients),
            Self::P99Ms(operation) => Some(run.row(operation, clients)?.ms(990)),
            Self::Growth(operation) => {
                let same = all.iter().filter(|other| other.database == run.database);
                let smallest = same.min_by_key(|other| other.people)?;
                if smallest.people == run.people {
                    return None;
                }
                let p50 = |run: &Run| Some(run.row(operation, clients)?.ms(500));
                Some(p50(run)? / p50(smallest)?)
            }
            Self::MemoryMb(clients) => {
                let found = run.memory.iter().find(|(count, _)| *count == clients);
                found.map(|(_, memory)| memory.most_mib * 1.048_576)
            }
            Self::StartS => Some(run.start_s()),
            Self::FloodRatio => Some(run.flood.ratio()),
        }
    }
}
