//! The copy as a page to print or to read aloud: no script, nothing from outside, and nothing of the
//! records that a browser could take for markup.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest as _, Sha256};

use super::{
    copy::{CopyView, FieldView, SectionView, ValueView, WordsView},
    words::InLanguage,
};

/// Large enough to be read by tired eyes, and black on white for any printer.
const STYLE: &str = "\
body{font:1.1rem/1.5 sans-serif;color:#000;background:#fff;max-width:44rem;margin:1rem auto;padding:0 1rem}\
dt{font-weight:bold;margin-top:.5rem}dd{margin:0 0 0 1rem;white-space:pre-wrap;overflow-wrap:anywhere}\
section{margin-top:2rem}dl{border-top:1px solid #000;padding-top:.5rem}\
mark{background:#000;color:#fff;padding:0 .3rem}.draft{border:3px solid #000;padding:.5rem;font-weight:bold}\
@media print{dl{break-inside:avoid}mark{-webkit-print-color-adjust:exact;print-color-adjust:exact}}";

/// Returns the policy under which a browser may show the page: its one style, and nothing else.
pub(super) fn policy() -> String {
    let digest = STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'"
    )
}

/// Writes the page.
pub(super) fn write(copy: &CopyView) -> String {
    let words = InLanguage(copy.language);
    let page = html! {
        (DOCTYPE)
        html lang=(copy.language.as_str()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (copy.title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    h1 { (copy.title) }
                    @if !copy.may_be_handed_over {
                        p.draft role="note" { (words.sentence("draft")) }
                    }
                    dl {
                        @if let Some(code) = &copy.case_code {
                            dt { (words.sentence("case_code")) } dd { (code) }
                        }
                        dt { (words.sentence("held_by")) } dd { (copy.held_by) }
                        dt { (words.sentence("copy_number")) } dd { (copy.number) }
                        dt { (words.sentence("made_at")) } dd { (words.moment(copy.made_at)) }
                    }
                    @for notice in copy.notices.iter().filter(|one| **one != words.sentence("draft")) {
                        p { (notice) }
                    }
                    @for section in &copy.sections { (subject(section, words)) }
                }
            }
        }
    };
    page.into_string()
}

fn subject(section: &SectionView, words: InLanguage) -> Markup {
    html! {
        section aria-labelledby=(section.id) {
            h2 id=(section.id) { (section.title) }
            @if let Some(told) = &section.told { p { (told) } }
            @for entry in &section.entries {
                dl {
                    // What nobody wrote down is left out on paper; programs are told that it is empty.
                    @for field in entry.fields.iter().filter(|field| !field.values.is_empty()) {
                        (line(field, words))
                    }
                }
            }
        }
    }
}

fn line(field: &FieldView, words: InLanguage) -> Markup {
    html! {
        dt { (field.label) }
        @for value in &field.values { dd { (told(value, words)) } }
    }
}

/// What was told is set apart from what stands around it, in whichever direction it is written.
fn told(value: &ValueView, words: InLanguage) -> Markup {
    html! {
        @if let Some(text) = &value.words { (free_text(text, words)) }
        @else if let Some(text) = &value.text { bdi { (text) } }
    }
}

fn free_text(text: &WordsView, words: InLanguage) -> Markup {
    html! {
        @if !text.is_reviewed { strong { "[" (words.sentence("unreviewed")) "] " } }
        @for span in &text.spans {
            @if let Some(shown) = &span.text { bdi { (shown) } }
            @if let Some(label) = &span.label {
                mark { (words.sentence("taken_out")) ": " (label) }
            }
        }
    }
}
