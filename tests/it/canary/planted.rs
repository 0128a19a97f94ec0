//! Texts that nobody was ever called, each planted in one place, to be looked for everywhere else.

use std::{
    cell::{Ref, RefCell},
    collections::BTreeSet,
};

use refero_store::Entropy;
use serde_json::{Value, json};

/// No vowels: a canary never spells a word.
const LETTERS: &[u8] = b"bcdfghjkmnpqrstvwxz23456789";

/// One text that was sent in one member of one body.
pub(crate) struct Canary {
    /// The member, such as `NoteBody.text` or `ReportBody.identity.names.text`.
    pub(crate) member: String,
    /// What it belongs to: who may see one of a kind may see them all.
    pub(crate) kind: &'static str,
    /// The whole text, as it was sent.
    pub(crate) value: String,
    /// The part that every way of writing the text down keeps together.
    pub(crate) token: String,
}

/// Everything that was planted in one story.
#[derive(Default)]
pub(crate) struct Planted(RefCell<Vec<Canary>>);

impl Planted {
    /// Plants a text. It holds what JSON, addresses and old encodings write differently: a quote,
    /// a backslash, spaces and a letter with an accent.
    pub(crate) fn text(&self, kind: &'static str, member: &str) -> String {
        let token = token();
        self.keep(kind, member, format!("Zé \"{token}\" \\"), token)
    }

    /// Plants an id such as a gateway gives to a request.
    pub(crate) fn id(&self, kind: &'static str, member: &str) -> String {
        let id = uuid::Uuid::new_v4().simple().to_string();
        self.keep(kind, member, id.clone(), id)
    }

    /// Plants a date of birth of long ago.
    fn date(&self, kind: &'static str, member: &str) -> String {
        let draw = |below| Entropy::system().below(below);
        let date = format!("{}-{:02}-{:02}", 1931 + draw(30), 1 + draw(12), 1 + draw(28));
        self.keep(kind, member, date.clone(), date)
    }

    /// Plants an identity: every member that it can have. `within` is where it is sent, such as
    /// `ReportBody.identity`.
    pub(crate) fn identity(&self, kind: &'static str, within: &str) -> Value {
        let text = |member: &str| self.text(kind, &format!("{within}.{member}"));
        json!({
            "names": [
                {"text": text("names.text"), "kind": "official"},
                {"text": text("names.text"), "kind": "alias"},
            ],
            "birth_date": self.date(kind, &format!("{within}.birth_date")),
            "documents": [
                {"kind": text("documents.kind"), "number": text("documents.number"), "country": "XZ"},
            ],
            "phones": [text("phones"), text("phones")],
            "addresses": [text("addresses"), text("addresses")],
            "photo_reference": text("photo_reference"),
        })
    }

    /// Takes what the service itself has made for one person, to be looked for everywhere else.
    pub(crate) fn given(&self, kind: &'static str, member: &str, value: &str) {
        self.keep(kind, member, value.to_owned(), value.to_owned());
    }

    fn keep(&self, kind: &'static str, member: &str, value: String, token: String) -> String {
        let canary = Canary { member: member.to_owned(), kind, value: value.clone(), token };
        self.0.borrow_mut().push(canary);
        value
    }

    /// Returns all of them.
    pub(crate) fn all(&self) -> Ref<'_, Vec<Canary>> {
        self.0.borrow()
    }

    /// Returns the members in which something was planted.
    pub(crate) fn members(&self) -> BTreeSet<String> {
        self.all().iter().map(|canary| canary.member.clone()).collect()
    }
}

fn token() -> String {
    let entropy = Entropy::system();
    let letter = || LETTERS[usize::try_from(entropy.below(27)).unwrap()];
    (0..16).map(|_| char::from(letter())).collect()
}
