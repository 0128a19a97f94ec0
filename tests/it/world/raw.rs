//! Bytes as the database holds them.

use refero_store::sealing::WrappedKey;

use super::World;

impl World {
    /// Writes a column of bytes as hexadecimal digits.
    pub(crate) fn hex(&self, column: &str) -> String {
        match self.owner().sqlite_path() {
            Some(_) => format!("hex({column})"),
            None => format!("encode({column}, 'hex')"),
        }
    }

    /// Writes bytes as a value in SQL.
    pub(crate) fn bytes(&self, bytes: &[u8]) -> String {
        let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        match self.owner().sqlite_path() {
            Some(_) => format!("x'{digits}'"),
            None => format!("decode('{digits}', 'hex')"),
        }
    }

    /// Returns the wrapped key of each person.
    pub(crate) fn wrapped_keys(&self) -> Vec<(String, WrappedKey)> {
        let wrapped = self.hex("wrapped");
        let rows = self.texts(&format!(
            "select person_id || ' ' || epoch || ' ' || {wrapped} as value from person_keys"
        ));
        let read = |row: &String| {
            let [person, epoch, wrapped] = words(row);
            let epoch = epoch.parse().unwrap();
            (person.to_owned(), WrappedKey { epoch, bytes: bytes(wrapped) })
        };
        rows.iter().map(read).collect()
    }
}

/// Takes a row of several values apart.
pub(crate) fn words<const N: usize>(row: &str) -> [&str; N] {
    row.split(' ').collect::<Vec<_>>().try_into().unwrap()
}

/// Reads hexadecimal digits.
pub(crate) fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> =
        hex.chars().map(|digit| u8::try_from(digit.to_digit(16).unwrap()).unwrap()).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}
