//! Documents of a dossier: what somebody else has written, kept as it is and shown to whom its class is shown.

use crate::{
    closed::closed_list,
    machine::{Machine, acts},
    policy::Class,
};

closed_list! {
    /// Where a document stands.
    DocumentState = "document_state" {
        AwaitingContent = "awaiting_content",
        Current = "current",
        Superseded = "superseded",
    }
}

acts! {
    /// What moves a document.
    DocumentAct {
        Upload = "upload",
        Supersede = "supersede",
    }
}

impl Machine for DocumentState {
    type Act = DocumentAct;
    const INITIAL: Self = Self::AwaitingContent;
    const TRANSITIONS: &'static [(Self, DocumentAct, Self)] = &[
        (Self::AwaitingContent, DocumentAct::Upload, Self::Current),
        (Self::Current, DocumentAct::Supersede, Self::Superseded),
    ];
}

/// The classes of data of which a document can be: each is shown to others.
pub const DOCUMENT_CLASSES: [Class; 3] =
    [Class::CaseRestricted, Class::Medical, Class::Investigation];

closed_list! {
    /// What a document is made of: nothing that a program would run.
    DocumentMedia = "document_media" {
        Pdf = "pdf",
        Jpeg = "jpeg",
        Png = "png",
        Text = "text",
    }
}

impl DocumentMedia {
    /// Finds out what bytes are by how they begin, whatever they are called: nobody's word is taken for it.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<Self> {
        const PNG: &[u8] = &[0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a];
        if bytes.starts_with(b"%PDF-") {
            return Some(Self::Pdf);
        }
        if bytes.starts_with(&[0xff, 0xd8, 0xff]) {
            return Some(Self::Jpeg);
        }
        if bytes.starts_with(PNG) {
            return Some(Self::Png);
        }
        let text = std::str::from_utf8(bytes).ok()?;
        let is_plain = |c: char| !c.is_control() || matches!(c, '\t' | '\n' | '\r');
        (!text.trim().is_empty() && text.chars().all(is_plain)).then_some(Self::Text)
    }

    /// Returns the media type under which it is handed out.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Text => "text/plain; charset=utf-8",
        }
    }

    /// Returns how the name of its file ends.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Text => "txt",
        }
    }
}

/// What is told of a document in sealed form.
#[derive(Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct DocumentWords {
    /// What it is called.
    pub title: String,
    /// Who issued it.
    pub issued_by: Option<String>,
    /// The number on it.
    pub number: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_document_is_is_seen_by_how_it_begins() {
        for (bytes, media) in [
            (&b"%PDF-1.7\n"[..], DocumentMedia::Pdf),
            (&[0xff, 0xd8, 0xff, 0xe0, 0x00], DocumentMedia::Jpeg),
            (b"\x89PNG\r\n\x1a\n\0\0", DocumentMedia::Png),
            ("Nom : Ama\r\n".as_bytes(), DocumentMedia::Text),
            ("عبد الله".as_bytes(), DocumentMedia::Text),
        ] {
            assert_eq!(DocumentMedia::of(bytes), Some(media));
        }
        for bytes in [
            &b""[..],
            b"  \n",
            b"MZ\x90\0",
            b"PK\x03\x04",
            b"GIF89a\x01\0",
            b"Am\xe9lie",
            b"\x1b[2J",
        ] {
            assert_eq!(DocumentMedia::of(bytes), None, "{bytes:?}");
        }
    }
}
