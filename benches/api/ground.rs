//! What is measured on: a database with accounts and people, made anew or kept from an earlier run.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use serde::{Deserialize, Serialize};

use crate::{
    Outcome,
    house::{Database, House, RELEASED},
    limits::{self, Rows},
    people,
    seed::{self, Seeded},
};

/// A database with accounts and people, on which no server runs.
pub(crate) struct Ground {
    pub(crate) house: House,
    pub(crate) seeded: Seeded,
    pub(crate) rows_of_one: Rows,
}

/// What is kept beside the database.
#[derive(Serialize, Deserialize)]
struct Kept {
    secrets: Vec<(String, String)>,
    seeded_in: Duration,
    rows_of_one: Rows,
}

/// How long a kept database is of use: the deadlines of those who were seeded must not pass while it is measured.
const USEFUL: Duration = Duration::from_secs(10 * 3_600);

impl Ground {
    /// Makes a database with accounts for so many clients, and people, to whom others come while it is
    /// measured; or takes the one that was kept.
    pub(crate) fn of(
        database: Database,
        (people, clients, newcomers): (usize, u32, usize),
        keep: Option<&Path>,
    ) -> Outcome<Self> {
        // A database of a server is no file to copy.
        let keep = keep.filter(|_| database == Database::Sqlite);
        let place = keep.map(|folder| folder.join(format!("sqlite-{people}-for-{clients}")));
        if let Some(kept) = place.as_deref().filter(|place| place.is_dir()) {
            return Self::kept(kept);
        }
        let made = Self::made(database, (people, clients, newcomers))?;
        if let Some(place) = place {
            made.keep(&place)?;
        }
        Ok(made)
    }

    fn made(
        database: Database,
        (people, clients, newcomers): (usize, u32, usize),
    ) -> Outcome<Self> {
        let house = House::on(database, Path::new(RELEASED))?;
        let server = house.serve()?;
        people::make(&house, clients)?;
        let mut one = people::sign_in(&house, 1)?.pop().ok_or("nobody asks")?;
        let rows_of_one = limits::learn(&house, &mut one, (people, people + newcomers))?;
        drop(server);
        let seeded = seed::seed(&house, people)?;
        Ok(Self { house, seeded, rows_of_one })
    }

    fn keep(&self, place: &Path) -> Outcome<()> {
        fs::create_dir_all(place)?;
        fs::copy(self.house.sqlite_file(), database_in(place))?;
        let kept = Kept {
            secrets: self.house.secrets(),
            seeded_in: self.seeded.elapsed,
            rows_of_one: self.rows_of_one.clone(),
        };
        Ok(fs::write(notes_in(place), serde_json::to_string(&kept)?)?)
    }

    fn kept(place: &Path) -> Outcome<Self> {
        let age = SystemTime::now().duration_since(fs::metadata(notes_in(place))?.modified()?)?;
        if age > USEFUL {
            return Err(format!("{} is too old: remove it", place.display()).into());
        }
        let kept: Kept = serde_json::from_str(&fs::read_to_string(notes_in(place))?)?;
        let house = House::of_copy(&database_in(place), kept.secrets)?;
        let cases = seed::cases(&house)?;
        let seeded = Seeded { people: cases.len(), elapsed: kept.seeded_in, cases };
        Ok(Self { house, seeded, rows_of_one: kept.rows_of_one })
    }
}

fn database_in(place: &Path) -> PathBuf {
    place.join("refero.sqlite")
}

/// Written last: without it a copy is not whole.
fn notes_in(place: &Path) -> PathBuf {
    place.join("kept.json")
}
