//! Tables of Markdown that are tables in a terminal too.

use std::fmt::Write;

use crate::Outcome;

/// One line.
pub(crate) type Cells = Vec<String>;

/// Writes a table: the first line names the columns, the first column the lines.
pub(crate) fn table(text: &mut String, lines: &[Cells]) -> Outcome<()> {
    let columns = lines.first().map_or(0, Vec::len);
    let width = |column: usize| {
        let cells = lines.iter().filter_map(|line| line.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for (at, line) in lines.iter().enumerate() {
        let mut cells = line.iter().zip(&widths);
        if let Some((name, width)) = cells.next() {
            write!(text, "| {name:width$} |")?;
        }
        for (cell, width) in cells {
            write!(text, " {cell:>width$} |")?;
        }
        writeln!(text)?;
        if at == 0 {
            under_head(text, &widths)?;
        }
    }
    Ok(())
}

fn under_head(text: &mut String, widths: &[usize]) -> Outcome<()> {
    let mut widths = widths.iter();
    if let Some(name) = widths.next() {
        write!(text, "| {} |", "-".repeat(*name))?;
    }
    for width in widths {
        write!(text, " {}: |", "-".repeat(width.saturating_sub(1)))?;
    }
    writeln!(text)?;
    Ok(())
}
