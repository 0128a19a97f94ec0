//! What the audit trail costs a write: the same registrations by two programs, one of which keeps no
//! trail, in turns on databases of their own, so that what else the machine does falls on both.

use std::{
    io::{self, Write},
    path::Path,
};

use crate::{
    Outcome, Wanted,
    client::Client,
    house::{House, RELEASED, Server},
    operations::{Operation, Prepared},
    people,
    percentile::percentile,
};

/// A program that serves, and the clients that ask it.
struct Side {
    clients: Vec<Client>,
    per_second: Vec<f64>,
    unexpected: usize,
    _server: Server,
    house: House,
}

impl Side {
    fn begin(house: House, wanted: &Wanted) -> Outcome<Self> {
        let server = house.serve()?;
        let clients = people::clients(&house, wanted.clients)?;
        Ok(Self { clients, per_second: Vec::new(), unexpected: 0, _server: server, house })
    }

    fn register(&mut self, requests: usize) -> Outcome<()> {
        let measured =
            Operation::Register.measure(&mut self.clients, &Prepared::nothing(), requests)?;
        self.unexpected += measured.unexpected.values().sum::<usize>();
        self.per_second.push(measured.per_second()?);
        Ok(())
    }

    /// Returns the median of the rounds.
    fn median(&self) -> f64 {
        let mut sorted = self.per_second.clone();
        sorted.sort_by(f64::total_cmp);
        percentile(&sorted, 500).unwrap_or_default()
    }
}

/// Lets both programs register in turns on both databases, and tells what each did in a second.
pub(crate) fn measure(without: &Path, wanted: &Wanted) -> Outcome<bool> {
    let both: [fn(&Path) -> Outcome<House>; 2] = [House::on_sqlite, House::on_postgres];
    let requests = usize::try_from(wanted.requests)?;
    let mut is_clean = true;
    let mut out = io::stdout().lock();
    for on in both {
        let mut kept = Side::begin(on(Path::new(RELEASED))?, wanted)?;
        let mut left_out = Side::begin(on(without)?, wanted)?;
        for round in 0..wanted.rounds {
            // Who comes first changes, since the one after finds the disk busy.
            let [first, second] = if round % 2 == 0 {
                [&mut kept, &mut left_out]
            } else {
                [&mut left_out, &mut kept]
            };
            first.register(requests)?;
            second.register(requests)?;
        }
        let ratio = 100.0 * (1.0 - kept.median() / left_out.median());
        writeln!(out, "\n### {}\n", kept.house.about()?)?;
        for (name, side) in [("with the trail", &kept), ("without", &left_out)] {
            let rounds: Vec<_> = side.per_second.iter().map(|one| format!("{one:.0}")).collect();
            writeln!(
                out,
                "- {name}: {:.0} registered in a second (median of {}), {} unexpected answers",
                side.median(),
                rounds.join(", "),
                side.unexpected
            )?;
        }
        writeln!(out, "- cost of the trail: {ratio:.1} %")?;
        is_clean &= kept.unexpected + left_out.unexpected == 0;
    }
    Ok(is_clean)
}
