//! Which cells of a table are not shown, so that none tells of few people (R18).

/// A count, and how many people it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cell {
    /// The count.
    pub count: i64,
    /// How many people it is about: several referrals may be about one.
    pub people: i64,
}

/// A cell that is the sum of others, by their places in the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sum {
    /// The sum.
    pub total: usize,
    /// What it is the sum of.
    pub parts: Vec<usize>,
}

impl Sum {
    fn cells(&self) -> impl Iterator<Item = usize> + '_ {
        std::iter::once(self.total).chain(self.parts.iter().copied())
    }
}

/// Says of each cell whether it is hidden: one of at least one person and fewer than `least`; and beside it
/// others, so that it does not follow from a sum. Nought is shown: it is about nobody.
#[must_use]
pub fn hidden(cells: &[Cell], sums: &[Sum], least: u16) -> Vec<bool> {
    let least = i64::from(least);
    let mut hides: Vec<bool> =
        cells.iter().map(|cell| cell.people > 0 && cell.people < least).collect();
    while let Some(next) = sums.iter().find_map(|sum| one_more(cells, &hides, sum, least)) {
        if let Some(hides) = hides.get_mut(next) {
            *hides = true;
        }
    }
    hides
}

/// Returns the cell that has to be hidden too so that a sum gives nothing away: the smallest that will do.
fn one_more(cells: &[Cell], hides: &[bool], sum: &Sum, least: i64) -> Option<usize> {
    let is_hidden = |place: usize| hides.get(place).copied().unwrap_or_default();
    let people = |place: usize| cells.get(place).map_or(0, |cell| cell.people);
    let secret = sum.cells().filter(|place| is_hidden(*place)).count();
    // What is hidden of the parts follows together from a sum that is shown.
    let together: i64 =
        sum.parts.iter().filter(|place| is_hidden(**place)).map(|p| people(*p)).sum();
    let follows = secret == 1 || (!is_hidden(sum.total) && secret > 0 && together < least);
    if !follows {
        return None;
    }
    let open = sum.parts.iter().copied().filter(|place| !is_hidden(*place) && people(*place) > 0);
    let smallest = open.min_by_key(|place| (people(*place), *place));
    smallest.or_else(|| Some(sum.total).filter(|total| !is_hidden(*total)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cells(people: &[i64]) -> Vec<Cell> {
        people.iter().map(|people| Cell { count: *people, people: *people }).collect()
    }

    fn row(parts: usize) -> Sum {
        Sum { total: 0, parts: (1..=parts).collect() }
    }

    #[test]
    fn r18_a_cell_of_few_people_is_hidden_and_does_not_follow_from_the_sum() {
        let hides = hidden(&cells(&[45, 3, 12, 30]), &[row(3)], 11);
        assert_eq!(hides, [false, true, true, false]);

        let hides = hidden(&cells(&[30, 0, 30, 0]), &[row(3)], 11);
        assert_eq!(hides, [false; 4], "nobody is nobody");
        let hides = hidden(&cells(&[15, 2, 13]), &[row(2)], 11);
        assert_eq!(hides, [false, true, true]);
        let hides = hidden(&cells(&[4, 4, 0]), &[row(2)], 11);
        assert_eq!(hides, [true, true, false]);
    }

    #[test]
    fn r18_two_cells_that_together_are_few_people_are_not_enough() {
        // 2 + 3 would follow from the sum as 5.
        let hides = hidden(&cells(&[45, 2, 3, 40]), &[row(3)], 11);
        assert_eq!(hides, [false, true, true, true]);
    }

    #[test]
    fn r18_many_referrals_of_few_people_are_hidden() {
        let many = Cell { count: 40, people: 3 };
        assert_eq!(hidden(&[many], &[], 11), [true]);
    }

    proptest! {
        #[test]
        fn r18_no_sum_gives_away_what_is_hidden(
            parts in prop::collection::vec(prop::collection::vec(0..40_i64, 3), 1..5),
            least in 2..15_u16,
        ) {
            // A table of areas by outcome, with a sum of each row, of each column, and of all.
            let columns = 3;
            let (mut people, mut sums) = (Vec::new(), Vec::new());
            let totals: Vec<i64> = (0..columns).map(|c| parts.iter().map(|row| row[c]).sum()).collect();
            for row in std::iter::once(&totals).chain(&parts) {
                let begin = people.len();
                people.push(row.iter().sum());
                people.extend(row);
                sums.push(Sum { total: begin, parts: (begin + 1..=begin + columns).collect() });
            }
            for column in 0..=columns {
                let rows = (1..=parts.len()).map(|row| row * (columns + 1) + column).collect();
                sums.push(Sum { total: column, parts: rows });
            }
            let cells = cells(&people);
            let hides = hidden(&cells, &sums, least);

            for (cell, hides) in cells.iter().zip(&hides) {
                prop_assert!(*hides || cell.people == 0 || cell.people >= i64::from(least));
            }
            for sum in &sums {
                let hidden_parts: Vec<_> = sum.parts.iter().filter(|part| hides[**part]).collect();
                if hides[sum.total] {
                    prop_assert!(!hidden_parts.is_empty());
                } else if !hidden_parts.is_empty() {
                    let together: i64 = hidden_parts.iter().map(|part| cells[**part].people).sum();
                    prop_assert!(hidden_parts.len() > 1 && together >= i64::from(least));
                }
            }
        }
    }
}
