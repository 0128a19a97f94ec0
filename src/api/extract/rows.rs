//! A table of many of the same: JSON, or CSV as a spreadsheet writes it. Each row is judged by itself.

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use serde::de::DeserializeOwned;

use super::{
    BodyDigest, Checked,
    body::{self, Reading},
    node::Node,
};
use crate::api::problem::{FieldCode, FieldError, FieldErrors, Pointer, Problem, ProblemCode};

const JSON: &str = "application/json";
const CSV: &str = "text/csv";

/// What a cell of a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    /// A text or a code.
    Text,
    /// A whole number.
    Number,
    /// `true` or `false`.
    Flag,
    /// Codes, separated by `|`.
    List,
}

/// A column: its name in the header, where its cells belong, and what they hold.
pub type Column = (&'static str, &'static str, Cell);

/// A row: its number from 1, and what was sent or what is wrong with it.
pub(crate) type Row<T> = (u16, Result<T, Problem>);

/// What can be sent many at once.
pub trait Tabular: DeserializeOwned + Checked {
    /// The columns. A place is written as a JSON Pointer; `0` is the first of a list.
    const COLUMNS: &'static [Column];
    /// The flags that are true where a row says nothing.
    const TRUE_IF_SILENT: &'static [&'static str];
    /// The most rows.
    const MOST_ROWS: usize;
}

/// Takes a table: an object with `rows`, or CSV in UTF-8 with a header, its cells separated by commas,
/// semicolons or tabs.
///
/// What is wrong with the whole is refused, in the order of [`Body`](super::Body). What is wrong with a row
/// stands in its place among the rows.
pub struct RowsBody<T> {
    rows: Vec<Row<T>>,
    digest: BodyDigest,
}

impl<T> RowsBody<T> {
    /// Returns the rows, each with its number from 1, and the digest of the bytes that arrived.
    pub fn into_parts(self) -> (Vec<Row<T>>, BodyDigest) {
        (self.rows, self.digest)
    }
}

impl<T: Tabular + 'static> FromRequest for RowsBody<T> {
    type Error = Problem;
    type Future = Reading<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let kind = body::media_type(request, &[JSON, CSV]);
        let bytes = body::read(request, payload);
        Box::pin(async move {
            let is_csv = kind? == CSV;
            let bytes = bytes.await?;
            let trees = if is_csv { of_csv::<T>(&bytes)? } else { of_json(&bytes)? };
            let rows = parsed(trees)?;
            Ok(Self { rows, digest: BodyDigest::of(&bytes) })
        })
    }
}

fn invalid(place: &Pointer, code: FieldCode) -> Problem {
    Problem::new(ProblemCode::ValidationFailed).errors([FieldError::at(place, code)])
}

/// The rows of a table as they were sent, each with its number.
type Trees = Vec<(usize, Result<Node, Problem>)>;

fn of_json(bytes: &[u8]) -> Result<Trees, Problem> {
    let Node::Object(members) = body::read_tree(bytes)? else {
        return Err(invalid(&Pointer::root(), FieldCode::Type));
    };
    let place = Pointer::from("rows");
    let mut rows = None;
    for (name, value) in members {
        if name != "rows" {
            let place = Pointer::root().foreign_member(&name).unwrap_or_default();
            let error = FieldError::at(&place, FieldCode::UnknownField);
            return Err(Problem::new(ProblemCode::UnknownField).errors([error]));
        }
        if rows.replace(value).is_some() {
            return Err(invalid(&place, FieldCode::DuplicateField));
        }
    }
    match rows {
        Some(Node::List(rows)) => {
            Ok(rows.into_iter().enumerate().map(|(at, row)| (at + 1, Ok(row))).collect())
        }
        None | Some(Node::Null) => Err(invalid(&place, FieldCode::Required)),
        Some(_) => Err(invalid(&place, FieldCode::Type)),
    }
}

/// Reads the separator off the header: Excel in French and in Portuguese separates by semicolons.
fn separator(text: &str) -> u8 {
    let header = text.lines().next().unwrap_or_default();
    let count = |separator: u8| header.bytes().filter(|byte| *byte == separator).count();
    [b';', b'\t'].into_iter().find(|other| count(*other) > count(b',')).unwrap_or(b',')
}

fn of_csv<T: Tabular>(bytes: &[u8]) -> Result<Trees, Problem> {
    let malformed = || Problem::new(ProblemCode::MalformedTable);
    let text = std::str::from_utf8(bytes).map_err(|_| malformed())?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    // A quote that never closes would swallow all rows behind it.
    if text.matches('"').count() % 2 != 0 {
        return Err(malformed());
    }
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator(text))
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let columns = columns::<T>(reader.headers().map_err(|_| malformed())?)?;
    let mut trees = Vec::new();
    for (at, record) in reader.records().enumerate() {
        let record = record.map_err(|_| malformed())?;
        // What a spreadsheet leaves below a table is no row.
        if record.iter().all(str::is_empty) {
            continue;
        }
        trees.push((at + 1, row(&columns, &record)));
    }
    Ok(trees)
}

/// Finds the columns that a header names.
fn columns<T: Tabular>(header: &csv::StringRecord) -> Result<Vec<Column>, Problem> {
    let mut found: Vec<Column> = Vec::with_capacity(header.len());
    for name in header {
        let place = Pointer::root().foreign_member(name).unwrap_or_default();
        let known = T::COLUMNS.iter().find(|(known, ..)| *known == name);
        let column = known.ok_or_else(|| {
            let error = FieldError::at(&place, FieldCode::UnknownField);
            Problem::new(ProblemCode::UnknownField).errors([error])
        })?;
        if found.contains(column) {
            return Err(invalid(&place, FieldCode::DuplicateField));
        }
        found.push(*column);
    }
    Ok(found)
}

/// Makes of a row what would have been sent as JSON. An empty cell says nothing.
fn row(columns: &[Column], record: &csv::StringRecord) -> Result<Node, Problem> {
    if record.len() > columns.len() {
        return Err(invalid(&Pointer::root(), FieldCode::TooLong));
    }
    let mut tree = Node::Object(Vec::new());
    for ((_, place, holds), text) in columns.iter().zip(record) {
        if !text.is_empty() {
            put(&mut tree, place, cell(*holds, text));
        }
    }
    Ok(tree)
}

fn cell(holds: Cell, text: &str) -> Node {
    let as_text = || Node::Text(text.to_owned());
    match holds {
        Cell::Text => as_text(),
        Cell::Number => text.parse().map_or_else(|_| as_text(), Node::Signed),
        Cell::Flag => text.to_ascii_lowercase().parse().map_or_else(|_| as_text(), Node::Bool),
        Cell::List => {
            let codes = text.split('|').map(str::trim).filter(|code| !code.is_empty());
            Node::List(codes.map(|code| Node::Text(code.to_owned())).collect())
        }
    }
}

/// Puts a value where a JSON Pointer says, and makes what has to be around it.
fn put(tree: &mut Node, place: &str, value: Node) {
    let Some(steps) = place.strip_prefix('/') else {
        *tree = value;
        return;
    };
    let end = steps.find('/').unwrap_or(steps.len());
    let (step, rest) = steps.split_at(end);
    if matches!(tree, Node::Null) {
        *tree = if step == "0" { Node::List(vec![Node::Null]) } else { Node::Object(Vec::new()) };
    }
    match tree {
        Node::List(items) => {
            if let Some(first) = items.first_mut() {
                put(first, rest, value);
            }
        }
        Node::Object(members) => {
            let at = members.iter().position(|(name, _)| name == step).unwrap_or(members.len());
            if at == members.len() {
                members.push((step.to_owned(), Node::Null));
            }
            if let Some((_, member)) = members.get_mut(at) {
                put(member, rest, value);
            }
        }
        Node::Null
        | Node::Bool(_)
        | Node::Unsigned(_)
        | Node::Signed(_)
        | Node::Float(_)
        | Node::Text(_) => {}
    }
}

fn parsed<T: Tabular>(trees: Trees) -> Result<Vec<Row<T>>, Problem> {
    let mut errors = FieldErrors::new();
    let most = i64::try_from(T::MOST_ROWS).unwrap_or(i64::MAX);
    let at = |code| FieldError::at(&Pointer::from("rows"), code);
    if trees.is_empty() {
        errors.push(at(FieldCode::TooShort).with("min", 1));
    }
    if trees.len() > T::MOST_ROWS {
        errors.push(at(FieldCode::TooLong).with("max", most));
    }
    errors.into_result()?;
    let parsed = |tree: Node| body::parse_tree(with_silence::<T>(tree));
    trees
        .into_iter()
        .map(|(number, tree)| {
            let number = u16::try_from(number).map_err(Problem::internal)?;
            Ok((number, tree.and_then(parsed)))
        })
        .collect()
}

fn with_silence<T: Tabular>(mut tree: Node) -> Node {
    if let Node::Object(members) = &mut tree {
        for flag in T::TRUE_IF_SILENT {
            if !members.iter().any(|(name, _)| name == flag) {
                members.push(((*flag).to_owned(), Node::Bool(true)));
            }
        }
    }
    tree
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Found {
        #[serde(default)]
        name: Option<String>,
        #[serde(default)]
        year: Option<i32>,
        #[serde(default)]
        codes: Vec<String>,
        #[serde(default)]
        told: bool,
        #[serde(default)]
        deep: Option<Deep>,
    }
    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Deep {
        names: Vec<String>,
    }
    impl Checked for Found {}
    impl Tabular for Found {
        const COLUMNS: &'static [Column] = &[
            ("name", "/name", Cell::Text),
            ("year", "/year", Cell::Number),
            ("codes", "/codes", Cell::List),
            ("told", "/told", Cell::Flag),
            ("deep", "/deep/names/0", Cell::Text),
        ];
        const TRUE_IF_SILENT: &'static [&'static str] = &["told"];
        const MOST_ROWS: usize = 3;
    }

    type Told = Vec<(u16, Result<Found, ProblemCode>)>;

    fn read(bytes: &[u8]) -> Result<Told, ProblemCode> {
        let rows = of_csv::<Found>(bytes).and_then(parsed::<Found>);
        rows.map(|rows| {
            let code = |problem: Problem| problem.code();
            rows.into_iter().map(|(at, row)| (at, row.map_err(code))).collect()
        })
        .map_err(|problem| problem.code())
    }

    fn ama() -> Found {
        Found {
            name: Some("Ama; K.".to_owned()),
            year: Some(2001),
            codes: vec!["a".to_owned(), "b".to_owned()],
            told: true,
            deep: None,
        }
    }

    #[test]
    fn a_table_is_read_as_spreadsheets_write_it() {
        for text in [
            "name,year,codes\r\n\"Ama; K.\",2001,a|b\r\n",
            "\u{feff}name;year;codes\r\n\"Ama; K.\";2001;a | b\r\n;;\r\n",
            "name\tyear\tcodes\nAma; K.\t2001\t|a|b|",
            "year,name,codes,told\n2001,\"Ama; K.\",a|b,TRUE\n\n",
        ] {
            assert_eq!(read(text.as_bytes()), Ok(vec![(1, Ok(ama()))]), "{text}");
        }
        let deep = read(b"deep,told\nAma K.,false").unwrap().remove(0).1.unwrap();
        assert_eq!(deep.deep.unwrap().names, ["Ama K."]);
        assert!(!deep.told);
    }

    #[test]
    fn a_bad_row_stands_among_the_good_ones() {
        let rows = read(b"name,year\nAma,2001\nKofi,soon\n,\nYaa,1999,too,many\n").unwrap();
        let told: Vec<_> = rows.iter().map(|(at, row)| (*at, row.is_ok())).collect();
        assert_eq!(told, [(1, true), (2, false), (4, false)]);
    }

    #[test]
    fn what_is_wrong_with_the_whole_is_refused() {
        for (text, code) in [
            (&b"name\nAm\xe9"[..], ProblemCode::MalformedTable),
            (b"name,colour\nAma,red", ProblemCode::UnknownField),
            (b"name,name\nAma,Ama", ProblemCode::ValidationFailed),
            (b"name", ProblemCode::ValidationFailed),
            (b"", ProblemCode::ValidationFailed),
            (b"name\na\nb\nc\nd", ProblemCode::ValidationFailed),
        ] {
            assert_eq!(read(text), Err(code), "{}", String::from_utf8_lossy(text));
        }
    }

    proptest! {
        #[test]
        fn cells_come_back_as_they_were_written(
            names in prop::collection::vec("[A-Za-zé][A-Za-zé;,\t\n\" ]{0,10}[a-zé]", 1..=3),
            separator in prop::sample::select(vec![b',', b';', b'\t']),
        ) {
            let mut writer = csv::WriterBuilder::new().delimiter(separator).from_writer(Vec::new());
            writer.write_record(["name", "year"]).unwrap();
            for name in &names {
                writer.write_record([name.as_str(), "2001"]).unwrap();
            }
            let told = read(&writer.into_inner().unwrap()).unwrap();
            let told: Vec<_> =
                told.into_iter().map(|(at, row)| (at, row.unwrap().name.unwrap())).collect();
            prop_assert_eq!(told, (1..).zip(names).collect::<Vec<_>>());
        }

        #[test]
        fn what_is_no_table_is_refused_and_breaks_nothing(
            bytes in prop::collection::vec(any::<u8>(), 0..200)
        ) {
            prop_assert!(of_json(&bytes).is_err());
            if let Ok(rows) = read(&bytes) {
                prop_assert!(rows.len() <= Found::MOST_ROWS);
                prop_assert!(rows.is_sorted_by_key(|(at, _)| *at));
            }
        }
    }
}
