//! A drawing of the figures: for each operation how long half of the answers took at most, and 99 of 100.

use std::fmt::Write;

use crate::{
    Outcome, Wanted, goals, house::Database, machine::Machine, operations::Operation, run::Run,
};

const WIDTH: f64 = 860.0;
const LEFT: f64 = 270.0;
const RIGHT: f64 = 90.0;
const TOP: f64 = 92.0;
const LINE: f64 = 15.0;
const HEAD: f64 = 24.0;

/// Colours that people who see few colours tell apart, and that both grounds bear; the ground is the page's.
const STYLE: &str = "text { font: 12px system-ui, sans-serif; fill: #24292f; }
.title { font-size: 16px; font-weight: 600; } .head { font-weight: 600; } .small { font-size: 11px; }
.grid { stroke: #8884; } .goal { stroke: #d1242f; stroke-width: 2; }
.sqlite { stroke: #0969da; fill: #0969da; } .postgresql { stroke: #bc4c00; fill: #bc4c00; }
.span { stroke-width: 3; stroke-linecap: round; }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3; } .goal { stroke: #ff7b72; }
.sqlite { stroke: #58a6ff; fill: #58a6ff; } .postgresql { stroke: #f0883e; fill: #f0883e; } }";

/// Draws what the runs took the usual number of clients.
pub(crate) fn draw(machine: &Machine, wanted: &Wanted, runs: &[Run]) -> Outcome<String> {
    let clients = wanted.usual_clients();
    let shown: Vec<Operation> =
        Operation::ALL.into_iter().filter(|operation| *operation != Operation::Healthz).collect();
    let rows = runs.iter().flat_map(|run| shown.iter().filter_map(|of| run.row(*of, clients)));
    let scale = Scale::of(rows.map(|row| (row.ms(500), row.ms(990))));
    let count = f64::from(u32::try_from(shown.len())?);
    let group = HEAD + LINE * f64::from(u32::try_from(runs.len())?);
    let bottom = TOP + count * group;
    let mut svg = String::new();
    writeln!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {:.0}\" role=\"img\" \
         aria-labelledby=\"title desc\">",
        bottom + 34.0
    )?;
    writeln!(
        svg,
        "<title id=\"title\">How long the API takes to answer {clients} clients</title>"
    )?;
    writeln!(svg, "<desc id=\"desc\">{}</desc>", escaped(&told(runs, &shown, clients)?))?;
    writeln!(svg, "<style>{STYLE}</style>")?;
    heading(&mut svg, machine, clients)?;
    scale.grid(&mut svg, bottom)?;
    let mut y = TOP;
    for operation in shown {
        writeln!(
            svg,
            "<text class=\"head\" x=\"8\" y=\"{:.0}\">{}</text>",
            y + 15.0,
            operation.code()
        )?;
        if let Some(ms) = goals::most_ms(operation) {
            let x = scale.x(ms);
            let (from, to) = (y + 6.0, y + group);
            writeln!(svg, "<path class=\"goal\" d=\"M{x:.1} {from:.0}V{to:.0}\"/>")?;
        }
        y += HEAD;
        for run in runs {
            span(&mut svg, run, (operation, clients), (&scale, y))?;
            y += LINE;
        }
    }
    writeln!(svg, "</svg>")?;
    Ok(svg)
}

/// Says in words what is drawn, for who does not see it.
fn told(runs: &[Run], shown: &[Operation], clients: u32) -> Outcome<String> {
    let mut words = String::from("Milliseconds, p50 and p99.");
    for run in runs {
        write!(words, " {}:", run.short_name())?;
        for operation in shown {
            if let Some(row) = run.row(*operation, clients) {
                write!(words, " {} {:.1} and {:.1};", operation.code(), row.ms(500), row.ms(990))?;
            }
        }
    }
    Ok(words)
}

fn heading(svg: &mut String, machine: &Machine, clients: u32) -> Outcome<()> {
    let Machine { day, processor, cores, commit, .. } = machine;
    writeln!(
        svg,
        "<text class=\"title\" x=\"8\" y=\"22\">How long the API takes to answer {clients} clients</text>"
    )?;
    let legend = "From p50 to p99, in milliseconds. The red line is the goal for p99. At the right: \
                  answers in a second.";
    writeln!(svg, "<text class=\"small\" x=\"8\" y=\"42\">{legend}</text>")?;
    let where_it_was = escaped(&format!("{day}, commit {commit}, {processor}, {cores} cores"));
    writeln!(svg, "<text class=\"small\" x=\"8\" y=\"60\">{where_it_was}</text>")?;
    Ok(())
}

/// Draws one run's line of an operation.
fn span(
    svg: &mut String,
    run: &Run,
    (operation, clients): (Operation, u32),
    (scale, y): (&Scale, f64),
) -> Outcome<()> {
    let Some(row) = run.row(operation, clients) else { return Ok(()) };
    let (from, to) = (scale.x(row.ms(500)), scale.x(row.ms(990)));
    let class = match run.database {
        Database::Sqlite => "sqlite",
        Database::Postgresql => "postgresql",
    };
    let (name, text_y) = (run.short_name(), y + 9.0);
    writeln!(svg, "<text class=\"small\" x=\"24\" y=\"{text_y:.0}\">{name} people</text>")?;
    let mid = y + 5.0;
    writeln!(svg, "<g class=\"{class}\"><path class=\"span\" d=\"M{from:.1} {mid:.0}H{to:.1}\"/>")?;
    for x in [from, to] {
        write!(svg, "<circle cx=\"{x:.1}\" cy=\"{mid:.0}\" r=\"3.5\"/>")?;
    }
    let (x, rate) = (WIDTH - 8.0, row.per_second()?);
    writeln!(
        svg,
        "</g>\n<text class=\"small\" text-anchor=\"end\" x=\"{x:.0}\" y=\"{text_y:.0}\">{rate:.0} /s</text>"
    )?;
    Ok(())
}

/// Milliseconds from left to right, each step of the grid ten times the one before.
struct Scale {
    first: f64,
    steps: f64,
}

impl Scale {
    fn of(spans: impl Iterator<Item = (f64, f64)>) -> Self {
        let (mut least, mut most) = (1.0_f64, 10.0_f64);
        for (from, to) in spans {
            least = least.min(from.max(0.01));
            most = most.max(to);
        }
        let first = least.log10().floor();
        Self { first, steps: (most.log10().ceil() - first).max(1.0) }
    }

    fn x(&self, ms: f64) -> f64 {
        let room = WIDTH - LEFT - RIGHT;
        LEFT + room * ((ms.max(0.01).log10() - self.first) / self.steps).clamp(0.0, 1.0)
    }

    fn grid(&self, svg: &mut String, bottom: f64) -> Outcome<()> {
        let mut step = 0.0;
        while step <= self.steps {
            let ms = 10.0_f64.powf(self.first + step);
            let (x, from, to) = (self.x(ms), TOP - 4.0, bottom + 6.0);
            writeln!(svg, "<path class=\"grid\" d=\"M{x:.1} {from:.0}V{to:.0}\"/>")?;
            for y in [TOP - 10.0, bottom + 22.0] {
                writeln!(
                    svg,
                    "<text class=\"small\" text-anchor=\"middle\" x=\"{x:.1}\" y=\"{y:.0}\">{ms} ms</text>"
                )?;
            }
            step += 1.0;
        }
        Ok(())
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
