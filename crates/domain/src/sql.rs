//! How values are stored: every code, id and state as text, every moment as a UTC timestamp.

use diesel::{
    backend::Backend,
    deserialize::{self, FromSql},
    serialize::{self, Output, ToSql},
    sql_types::{Text, Timestamp},
};

use crate::{
    id::{Id, Kind},
    instant::Instant,
    machine::{Machine, State},
};

/// Stores a value as the text that a function borrows from it; reads it back with `FromStr`.
macro_rules! text_column {
    ($name:ty, |$value:ident| $text:expr) => {
        impl<DB: diesel::backend::Backend> diesel::serialize::ToSql<diesel::sql_types::Text, DB>
            for $name
        where
            str: diesel::serialize::ToSql<diesel::sql_types::Text, DB>,
        {
            fn to_sql<'b>(
                &'b self,
                out: &mut diesel::serialize::Output<'b, '_, DB>,
            ) -> diesel::serialize::Result {
                let $value = self;
                <str as diesel::serialize::ToSql<diesel::sql_types::Text, DB>>::to_sql($text, out)
            }
        }
        impl<DB: diesel::backend::Backend> diesel::deserialize::FromSql<diesel::sql_types::Text, DB>
            for $name
        where
            String: diesel::deserialize::FromSql<diesel::sql_types::Text, DB>,
        {
            fn from_sql(raw: DB::RawValue<'_>) -> diesel::deserialize::Result<Self> {
                let text = <String as diesel::deserialize::FromSql<
                                                                            diesel::sql_types::Text,
                                                                            DB,
                                                                        >>::from_sql(raw)?;
                text.parse()
                    .map_err(|_| "a stored value is not in its list".into())
            }
        }
    };
}
pub(crate) use text_column;

impl<K: Kind, DB: Backend> ToSql<Text, DB> for Id<K>
where
    str: ToSql<Text, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        <str as ToSql<Text, DB>>::to_sql(self.as_str(), out)
    }
}

impl<K: Kind, DB: Backend> FromSql<Text, DB> for Id<K>
where
    String: FromSql<Text, DB>,
{
    fn from_sql(raw: DB::RawValue<'_>) -> deserialize::Result<Self> {
        String::from_sql(raw)?.parse().map_err(|_| "a stored identifier is malformed".into())
    }
}

impl<DB: Backend> ToSql<Timestamp, DB> for Instant
where
    chrono::NaiveDateTime: ToSql<Timestamp, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.naive().to_sql(out)
    }
}

impl<DB: Backend> FromSql<Timestamp, DB> for Instant
where
    chrono::NaiveDateTime: FromSql<Timestamp, DB>,
{
    fn from_sql(raw: DB::RawValue<'_>) -> deserialize::Result<Self> {
        chrono::NaiveDateTime::from_sql(raw).map(|at| Self::from_utc(at.and_utc()))
    }
}

impl<M: Machine, DB: Backend> FromSql<Text, DB> for State<M>
where
    M: FromSql<Text, DB>,
{
    fn from_sql(raw: DB::RawValue<'_>) -> deserialize::Result<Self> {
        M::from_sql(raw).map(State::stored)
    }
}
