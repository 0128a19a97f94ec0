//! Two programs that register people in turns, on databases of their own, so that what else the machine does
//! falls on both: what the trail costs, or what a change of the program has done.

use std::{fmt::Write, path::Path, time::Duration};

use crate::{
    Outcome, Wanted,
    client::Client,
    house::{House, RELEASED, Server},
    operations::Operation,
    people,
    percentile::percentile,
    prepare::Pass,
};

/// A program that serves, and the clients that ask it.
struct Side {
    clients: Vec<Client>,
    per_second: Vec<f64>,
    p99: Vec<Duration>,
    answered: u32,
    processor: Duration,
    unexpected: usize,
    server: Server,
    house: House,
}

impl Side {
    fn begin(house: House, wanted: &Wanted) -> Outcome<Self> {
        let server = house.serve()?;
        let clients = people::clients(&house, wanted.usual_clients())?;
        Ok(Self {
            clients,
            per_second: Vec::new(),
            p99: Vec::new(),
            answered: 0,
            processor: Duration::ZERO,
            unexpected: 0,
            server,
            house,
        })
    }

    fn register(&mut self, people: usize, requests: usize) -> Outcome<()> {
        let before = self.server.processor_time()?;
        let pass = Pass::of(people);
        let measured = Operation::Register.measure(&mut self.clients, &pass, requests)?;
        self.processor += self.server.processor_time()?.saturating_sub(before);
        // Those who warm up are served too.
        self.answered += u32::try_from(measured.answered() * 11 / 10)?;
        self.unexpected += measured.unexpected.values().sum::<usize>();
        self.per_second.push(measured.per_second()?);
        self.p99.push(measured.percentile(990));
        Ok(())
    }

    /// Returns the median of the rounds.
    fn median(&self) -> f64 {
        let mut sorted = self.per_second.clone();
        sorted.sort_by(f64::total_cmp);
        percentile(&sorted, 500).unwrap_or_default()
    }

    fn line(&self, name: &str) -> Outcome<String> {
        let rounds: Vec<_> = self.per_second.iter().map(|one| format!("{one:.0}")).collect();
        let mut p99 = self.p99.clone();
        p99.sort_unstable();
        let p99 = percentile(&p99, 500).unwrap_or_default().as_secs_f64() * 1_000.0;
        let each = (self.processor / self.answered.max(1)).as_secs_f64() * 1_000.0;
        let mut line = String::new();
        write!(
            line,
            "- {name}: {:.0} registered in a second (median of {}), p99 {p99:.1} ms, {each:.2} ms of the \
             server's processor time for each",
            self.median(),
            rounds.join(", ")
        )?;
        if self.unexpected > 0 {
            write!(line, ", {} unexpected answers", self.unexpected)?;
        }
        Ok(line)
    }
}

/// Whom this program is compared with.
#[derive(Clone, Copy)]
pub(crate) enum Other<'p> {
    /// The same program, built to keep no trail.
    WithoutTrail(&'p Path),
    /// Any other one, for example of an earlier commit.
    Program(&'p Path),
}

/// What was found.
pub(crate) struct Turns {
    pub(crate) text: String,
    pub(crate) is_clean: bool,
}

/// Lets both programs register in turns on both databases, and tells what each did in a second.
pub(crate) fn measure(other: Other<'_>, wanted: &Wanted) -> Outcome<Turns> {
    let mut turns = Turns { text: String::new(), is_clean: true };
    let (program, names) = match other {
        Other::WithoutTrail(program) => (program, ["with the trail", "without"]),
        Other::Program(program) => (program, ["this program", "the other one"]),
    };
    for database in wanted.databases() {
        let [this, that] = in_turns(
            [
                Side::begin(House::on(database, Path::new(RELEASED))?, wanted)?,
                Side::begin(House::on(database, program)?, wanted)?,
            ],
            wanted,
        )?;
        writeln!(turns.text, "\n### In turns on {}\n", this.house.about()?)?;
        for (name, side) in names.iter().zip([&this, &that]) {
            writeln!(turns.text, "{}", side.line(name)?)?;
        }
        let ratio = this.median() / that.median();
        match other {
            Other::WithoutTrail(_) => {
                writeln!(turns.text, "- cost of the trail: {:.1} %", 100.0 * (1.0 - ratio))?;
            }
            Other::Program(_) => writeln!(turns.text, "- {ratio:.2} times as many")?,
        }
        turns.is_clean &= this.unexpected + that.unexpected == 0;
    }
    Ok(turns)
}

fn in_turns([mut this, mut that]: [Side; 2], wanted: &Wanted) -> Outcome<[Side; 2]> {
    let requests = usize::try_from(wanted.requests)?;
    let mut people = 0;
    for round in 0..wanted.rounds {
        // Who comes first changes, since the one after finds the disk busy.
        let [first, second] =
            if round % 2 == 0 { [&mut this, &mut that] } else { [&mut that, &mut this] };
        first.register(people, requests)?;
        second.register(people, requests)?;
        people += requests + requests / 10;
    }
    Ok([this, that])
}
