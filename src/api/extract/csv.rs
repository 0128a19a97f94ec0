//! Tables as spreadsheets write them (RFC 4180), with whatever separates the cells.

/// Reads the separator off the header: Excel in French and in Portuguese separates by semicolons.
fn separator(text: &str) -> char {
    let header = text.lines().next().unwrap_or_default();
    let count = |separator: char| header.chars().filter(|c| *c == separator).count();
    [';', '\t'].into_iter().find(|other| count(*other) > count(',')).unwrap_or(',')
}

/// Reads the rows of a table, each with its cells, without the blanks around them. A line without anything is no
/// row. Nothing if the quotes do not close, or something stands behind a quote that closed.
pub(super) fn rows(text: &str) -> Option<Vec<Vec<String>>> {
    let separator = separator(text);
    let mut rows = Vec::new();
    let mut row: Vec<String> = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (cell, after) = cell(rest, separator)?;
        row.push(cell);
        let mut left = after.chars();
        match left.next() {
            Some(c) if c == separator => {
                rest = left.as_str();
                // A separator at the very end has an empty cell behind it.
                if rest.is_empty() {
                    row.push(String::new());
                }
            }
            Some('\r') => rest = left.as_str().strip_prefix('\n').unwrap_or(left.as_str()),
            _ => rest = left.as_str(),
        }
        if !after.starts_with(separator) || rest.is_empty() {
            if row.len() > 1 || row.iter().any(|cell| !cell.is_empty()) {
                rows.push(std::mem::take(&mut row));
            }
            row.clear();
        }
    }
    Some(rows)
}

/// Reads one cell; gives what stands behind it, which begins with a separator or the end of the line.
fn cell(text: &str, separator: char) -> Option<(String, &str)> {
    let ends = |c: char| c == separator || c == '\r' || c == '\n';
    let blank = |c: char| c == ' ' || (c == '\t' && separator != '\t');
    let start = text.trim_start_matches(blank);
    let Some(mut quoted) = start.strip_prefix('"') else {
        let end = text.find(ends).unwrap_or(text.len());
        let (plain, after) = text.split_at_checked(end)?;
        return Some((plain.trim().to_owned(), after));
    };
    let mut cell = String::new();
    loop {
        let (part, after) = quoted.split_once('"')?;
        cell.push_str(part);
        match after.strip_prefix('"') {
            Some(more) => {
                cell.push('"');
                quoted = more;
            }
            None => {
                let after = after.trim_start_matches(blank);
                let closes = after.chars().next().is_none_or(ends);
                return closes.then(|| (cell.trim().to_owned(), after));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Option<Vec<Vec<String>>> {
        rows(text)
    }

    fn table(cells: &[&[&str]]) -> Option<Vec<Vec<String>>> {
        let row = |row: &&[&str]| row.iter().map(|cell| (*cell).to_owned()).collect();
        Some(cells.iter().map(row).collect())
    }

    #[test]
    fn cells_are_read_as_spreadsheets_write_them() {
        for (text, cells) in [
            ("a,b\n1,2\n", &[&["a", "b"][..], &["1", "2"]][..]),
            ("a;b\r\n1;2,5\r\n", &[&["a", "b"], &["1", "2,5"]]),
            ("a\tb\n1 \t 2", &[&["a", "b"], &["1", "2"]]),
            (
                "a,b\n\"x, \"\"y\"\"\", \"two\nlines\" \n",
                &[&["a", "b"], &["x, \"y\"", "two\nlines"]],
            ),
            ("a,b\n\n1,\n,\n", &[&["a", "b"], &["1", ""], &["", ""]]),
            ("a,b\n1,", &[&["a", "b"], &["1", ""]]),
            ("a\n\"\"\nx\r1", &[&["a"], &["x"], &["1"]]),
            ("", &[]),
        ] {
            assert_eq!(read(text), table(cells), "{text:?}");
        }
        for text in ["a\n\"open", "a,b\n\"x\"y,1", "\""] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_with_quotes_comes_back(
            cells in prop::collection::vec(prop::collection::vec("[a-z;\"\n,é]{1,8}", 2..5), 1..5)
        ) {
            let quoted = |cell: &String| format!("\"{}\"", cell.replace('"', "\"\""));
            let line = |row: &Vec<String>| row.iter().map(quoted).collect::<Vec<_>>().join(",");
            let header = "x,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,";
            let lines: Vec<String> = cells.iter().map(line).collect();
            let text = format!("{header}\r\n{}\r\n", lines.join("\r\n"));
            let trimmed: Vec<Vec<String>> =
                cells.iter().map(|row| row.iter().map(|cell| cell.trim().to_owned()).collect()).collect();
            prop_assert_eq!(rows(&text).unwrap()[1..].to_vec(), trimmed);
        }

        #[test]
        fn no_text_breaks_the_reader(text in ".*") {
            let _outcome = rows(&text).is_some();
        }
    }
}
