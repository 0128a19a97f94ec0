//! One page of a list, cut before anybody shows or names its rows.
//!
//! To know whether a list goes on, one row more is asked for than is shown. That row must reach
//! neither the caller nor the trail: who was not shown a record has not seen it (R14).

/// Asks for one page of a list, newest first: what comes after the row that the page before ended with, in
/// an order that ends in the id, and one row more than is shown.
macro_rules! newest_first {
    ($query:expr, ($at:expr, $id:expr), $after:expr, $limit:expr) => {{
        let query = $query;
        let query = match $after {
            None => query,
            Some((at, id)) => query.filter($at.lt(at).or($at.eq(at).and($id.lt(id)))),
        };
        query.order(($at.desc(), $id.desc())).limit($limit.one_more())
    }};
}

/// Asks for one page of a list, oldest first.
macro_rules! oldest_first {
    ($query:expr, ($at:expr, $id:expr), $after:expr, $limit:expr) => {{
        let query = $query;
        let query = match $after {
            None => query,
            Some((at, id)) => query.filter($at.gt(at).or($at.eq(at).and($id.gt(id)))),
        };
        query.order(($at.asc(), $id.asc())).limit($limit.one_more())
    }};
}

pub(crate) use {newest_first, oldest_first};

/// How many rows a page shows at the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowLimit(u16);

impl RowLimit {
    /// A page of so many rows.
    #[must_use]
    pub const fn of(rows: u16) -> Self {
        Self(rows)
    }

    /// Returns how many rows to ask the database for: one more than are shown.
    pub(crate) fn one_more(self) -> i64 {
        i64::from(self.0) + 1
    }

    /// Cuts what the database gave to what is shown.
    pub(crate) fn cut<T>(self, mut found: Vec<T>) -> Rows<T> {
        let shown = usize::from(self.0);
        let has_more = found.len() > shown;
        found.truncate(shown);
        Rows { shown: found, has_more }
    }
}

/// The rows that a page shows, and whether the list goes on after them. Only a query makes one.
#[derive(Debug)]
pub struct Rows<T> {
    shown: Vec<T>,
    has_more: bool,
}

impl<T> Rows<T> {
    /// Looks at the rows.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.shown.iter()
    }

    /// Turns each row into what is shown of it.
    pub fn map<U>(self, show: impl FnMut(T) -> U) -> Rows<U> {
        Rows { shown: self.shown.into_iter().map(show).collect(), has_more: self.has_more }
    }

    /// As [`Self::map`], where showing may fail.
    ///
    /// # Errors
    /// The first failure.
    pub fn try_map<U, E>(self, show: impl FnMut(T) -> Result<U, E>) -> Result<Rows<U>, E> {
        let shown = self.shown.into_iter().map(show).collect::<Result<_, _>>()?;
        Ok(Rows { shown, has_more: self.has_more })
    }

    /// Puts other things, made of these rows, in their places.
    pub(crate) fn replaced<U>(
        self,
        make: impl FnOnce(Vec<T>) -> crate::Result<Vec<U>>,
    ) -> crate::Result<Rows<U>> {
        Ok(Rows { shown: make(self.shown)?, has_more: self.has_more })
    }

    /// Returns the rows, and whether the list goes on.
    #[must_use]
    pub fn into_parts(self) -> (Vec<T>, bool) {
        (self.shown, self.has_more)
    }
}

impl<'r, T> IntoIterator for &'r Rows<T> {
    type Item = &'r T;
    type IntoIter = std::slice::Iter<'r, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_row_that_tells_that_a_list_goes_on_is_not_shown() {
        let limit = RowLimit::of(2);

        assert_eq!(limit.one_more(), 3);
        assert_eq!(limit.cut(vec![1, 2, 3]).into_parts(), (vec![1, 2], true));
        assert_eq!(limit.cut(vec![1, 2]).map(|row| row * 2).into_parts(), (vec![2, 4], false));
        assert_eq!(RowLimit::of(u16::MAX).one_more(), 65_536);
    }
}
