//! Column types that are the store's own: JSON in a text column.

use std::marker::PhantomData;

use chrono::NaiveDate;
use diesel::{
    backend::Backend,
    deserialize::{self, FromSql},
    serialize::{self, Output, ToSql},
    sql_types::Text,
};

use crate::error::{Error, Result};

/// Reads a day that is kept as text, the same on both databases.
pub(crate) fn day(text: &str) -> Result<NaiveDate> {
    text.parse().map_err(|cause| Error::broken_by("a stored day is not a date", cause))
}

/// A value kept as JSON text, the same on both databases.
#[derive(Debug, diesel::AsExpression, diesel::FromSqlRow)]
#[diesel(sql_type = Text)]
pub struct Json<T> {
    text: String,
    value: PhantomData<fn() -> T>,
}

impl<T> Clone for Json<T> {
    fn clone(&self) -> Self {
        Self { text: self.text.clone(), value: PhantomData }
    }
}

impl<T: serde::Serialize + serde::de::DeserializeOwned> Json<T> {
    /// Writes a value as JSON.
    ///
    /// # Errors
    /// [`Error::Broken`] if the value has no JSON form (a map with keys that are not text).
    pub fn of(value: &T) -> Result<Self> {
        serde_json::to_string(value)
            .map(|text| Self { text, value: PhantomData })
            .map_err(|e| Error::broken_by("a value has no JSON form", e))
    }

    /// Reads the value back.
    ///
    /// # Errors
    /// [`Error::Broken`] if what is stored is not what was written.
    pub fn get(&self) -> Result<T> {
        serde_json::from_str(&self.text).map_err(|e| Error::broken_by("a stored JSON is broken", e))
    }
}

impl<T: std::fmt::Debug, DB: Backend> ToSql<Text, DB> for Json<T>
where
    str: ToSql<Text, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        <str as ToSql<Text, DB>>::to_sql(&self.text, out)
    }
}

impl<T, DB: Backend> FromSql<Text, DB> for Json<T>
where
    String: FromSql<Text, DB>,
{
    fn from_sql(raw: DB::RawValue<'_>) -> deserialize::Result<Self> {
        String::from_sql(raw).map(|text| Self { text, value: PhantomData })
    }
}

/// A list of codes, languages or areas.
pub type Codes = Json<Vec<String>>;
