//! Parts of a case: whoever reaches one came through the case, by a permit.

/// Writes how parts of one kind are fetched and listed, newest first. How a stored one is opened is said
/// beside it: `fn opened(&mut Reading, Stored, &PersonId) -> Result<Part>`.
macro_rules! parts_of_case {
    ($table:ident, $id:ty => $part:ty, $read:ty) => {
        /// Fetches one through its case.
        ///
        /// # Errors
        /// [`refero_domain::refusal::Refusal::NotFound`] if the case has no such part.
        pub fn find<A: refero_domain::policy::Action>(
            reading: &mut $crate::unit::Reading<'_>,
            permit: &refero_domain::policy::Permit<A, $crate::cases::CaseRow>,
            id: &$id,
        ) -> $crate::error::Result<$part> {
            let $crate::cases::CaseRow { case, person, .. } = permit.row();
            let stored: Stored = $table::table
                .filter($table::id.eq(id))
                .filter($table::case_id.eq(&case.id))
                .select(Stored::as_select())
                .first(reading.conn)?;
            opened(reading, stored, &person.id)
        }

        /// Lists those of a case, the newest first.
        ///
        /// # Errors
        /// [`crate::Error::Unavailable`] if the database is not there.
        pub fn page(
            reading: &mut $crate::unit::Reading<'_>,
            permit: &refero_domain::policy::Permit<$read, $crate::cases::CaseRow>,
            after: Option<(refero_domain::instant::Instant, $id)>,
            limit: $crate::rows::RowLimit,
        ) -> $crate::error::Result<$crate::rows::Rows<$part>> {
            let $crate::cases::CaseRow { case, person, .. } = permit.row();
            let query = $table::table
                .filter($table::case_id.eq(&case.id))
                .select(Stored::as_select())
                .into_boxed();
            let rows: Vec<Stored> =
                $crate::rows::newest_first!(query, ($table::created_at, $table::id), after, limit)
                    .load(reading.conn)?;
            limit.cut(rows).try_map(|stored| opened(reading, stored, &person.id))
        }
    };
}

pub(crate) use parts_of_case;
