//! The copy as a page to print or to read aloud: no script, nothing from outside, and nothing of the
//! records that a browser could take for markup.

use maud::{Markup, html};

use super::{
    copy::{CopyView, FieldView, SectionView, ValueView, WordsView},
    words::InLanguage,
};
use crate::api::print_page;

/// Writes the page.
pub(super) fn write(copy: &CopyView) -> String {
    let words = InLanguage(copy.language);
    let content = html! {
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
    };
    print_page::write(copy.language, &copy.title, &content)
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
