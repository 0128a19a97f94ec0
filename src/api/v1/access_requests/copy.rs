//! The copy in words: one content, which programs read as JSON and people as a page.

use chrono::SecondsFormat;
use refero_domain::{
    id::{AccessRequestId, OrganisationId},
    instant::Instant,
    profile::CountryProfile,
    subject_access::{RedactionGround, Span},
};
use refero_store::access_requests::Office;
use serde::Serialize;
use utoipa::ToSchema;

use super::words::InLanguage;
use crate::{
    api::extract::Language,
    service::access_requests::copy::{Copy, Field, FreeText, Said, Section},
};

/// One holder's part of the copy of what is held about a person.
#[derive(Clone, Serialize, ToSchema)]
pub struct CopyView {
    /// The request that it answers.
    pub request_id: AccessRequestId,
    /// The language that it is written in.
    pub language: Language,
    /// What it is.
    pub title: String,
    /// The number of this copy of the part.
    pub number: i64,
    /// The number of the person's file; null in the part of a provider (R3).
    pub case_code: Option<String>,
    /// When it was made.
    pub made_at: Instant,
    /// The provider whose part it is; null for the part of those who coordinate the case.
    pub organisation_id: Option<OrganisationId>,
    /// Whose part it is, in words.
    pub held_by: String,
    /// Whether every text was looked through, so that it may be handed over.
    pub may_be_handed_over: bool,
    /// The texts that nobody has looked through as they stand.
    pub unreviewed: Vec<String>,
    /// What whoever reads it should know first.
    pub notices: Vec<String>,
    /// What is held.
    pub sections: Vec<SectionView>,
}

/// One subject.
#[derive(Clone, Serialize, ToSchema)]
pub struct SectionView {
    /// Which.
    #[schema(value_type = String)]
    pub id: &'static str,
    /// Its title.
    pub title: String,
    /// What is said of it as a whole.
    pub told: Option<String>,
    /// One entry for each record.
    pub entries: Vec<EntryView>,
}

/// One record.
#[derive(Clone, Serialize, ToSchema)]
pub struct EntryView {
    /// What it says.
    pub fields: Vec<FieldView>,
}

/// What one column says.
#[derive(Clone, Serialize, ToSchema)]
pub struct FieldView {
    /// Where it was read: `table.column`, a member of it after a stroke.
    #[schema(value_type = String)]
    pub source: &'static str,
    /// What that is called.
    pub label: String,
    /// What stands there: nothing, one thing, or several.
    pub values: Vec<ValueView>,
}

/// One thing that stands there.
#[derive(Clone, Default, Serialize, ToSchema)]
pub struct ValueView {
    /// The code, date or id that was stored, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// In words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Free text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub words: Option<WordsView>,
}

/// Free text, with marks where something was taken out.
#[derive(Clone, Serialize, ToSchema)]
pub struct WordsView {
    /// Which text: so it is named when it is looked through.
    pub id: String,
    /// Whether somebody has looked it through as it stands.
    pub is_reviewed: bool,
    /// What stands there.
    pub spans: Vec<SpanView>,
}

/// A stretch of free text: words, or why they were taken out.
#[derive(Clone, Serialize, ToSchema)]
pub struct SpanView {
    /// The words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Why words were taken out here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redacted: Option<RedactionGround>,
    /// That in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}

/// What is needed to put a copy into words.
pub(super) struct Wording<'w> {
    pub(super) request_id: AccessRequestId,
    pub(super) language: Language,
    pub(super) profile: &'w CountryProfile,
    pub(super) made_at: Instant,
}

impl CopyView {
    /// Puts a copy into words.
    pub(super) fn of(copy: &Copy, wording: &Wording<'_>) -> Self {
        let writer = Writer { copy, words: InLanguage(wording.language), profile: wording.profile };
        let words = writer.words;
        let unreviewed = writer.unreviewed();
        let organisation_id = copy.holder.organisation().cloned();
        let held_by = match &organisation_id {
            None => words.sentence("bureau"),
            Some(id) => writer.organisation(id),
        };
        let mut notices = vec!["for_you", "keep_safe", "not_shown"];
        if organisation_id.is_none() {
            notices.push("other_parts");
        }
        if !unreviewed.is_empty() {
            notices.insert(0, "draft");
        }
        let mut sections: Vec<SectionView> =
            copy.sections.iter().map(|section| writer.section(section)).collect();
        sections.extend(writer.closing());
        Self {
            request_id: wording.request_id.clone(),
            language: wording.language,
            title: words.sentence("title"),
            number: copy.number,
            case_code: copy.case_code.clone(),
            made_at: wording.made_at,
            organisation_id,
            held_by,
            may_be_handed_over: unreviewed.is_empty(),
            unreviewed,
            notices: notices.into_iter().map(|name| words.sentence(name)).collect(),
            sections,
        }
    }
}

struct Writer<'w> {
    copy: &'w Copy,
    words: InLanguage,
    profile: &'w CountryProfile,
}

impl Writer<'_> {
    fn unreviewed(&self) -> Vec<String> {
        let fields = self.copy.sections.iter().flat_map(|section| &section.entries).flatten();
        let said = fields.flat_map(|field| &field.said);
        said.filter_map(|said| match said {
            Said::Words(text) if !text.is_reviewed() => Some(text.id.clone()),
            _ => None,
        })
        .collect()
    }

    fn section(&self, section: &Section) -> SectionView {
        let entry = |fields: &Vec<Field>| EntryView {
            fields: fields.iter().map(|field| self.field(field)).collect(),
        };
        let told = section.entries.is_empty().then(|| self.words.sentence("nothing"));
        SectionView {
            id: section.id,
            title: self.words.section(section.id),
            told,
            entries: section.entries.iter().map(entry).collect(),
        }
    }

    /// What is said of every copy: purposes, sources, retention, rights.
    fn closing(&self) -> Vec<SectionView> {
        let retention = &self.profile.retention;
        let is_set = retention.after_closure.is_some() || retention.after_majority.is_some();
        let kept = if is_set { "retention_set" } else { "retention_open" };
        let told = [
            ("purposes", "purposes"),
            ("sources", "sources"),
            ("retention", kept),
            ("rights", "rights"),
        ];
        let section = |(id, sentence)| SectionView {
            id,
            title: self.words.section(id),
            told: Some(self.words.sentence(sentence)),
            entries: Vec::new(),
        };
        told.into_iter().map(section).collect()
    }

    fn field(&self, field: &Field) -> FieldView {
        FieldView {
            source: field.source,
            label: self.words.label(field.source),
            values: field.said.iter().map(|said| self.value(said)).collect(),
        }
    }

    fn value(&self, said: &Said) -> ValueView {
        let words = self.words;
        let coded = |code: &str, text: String| ValueView {
            code: Some(code.to_owned()),
            text: Some(text),
            words: None,
        };
        let plain = |text: String| ValueView { text: Some(text), ..ValueView::default() };
        match said {
            Said::Code(list, code) => coded(code, words.code(list, code)),
            Said::Indicator(code, None) => {
                coded(code, words.indicator(&self.copy.indicators, code))
            }
            Said::Indicator(code, Some(answer)) => {
                let answered = words.code("indicator_answer", answer);
                let asked = words.indicator(&self.copy.indicators, code);
                coded(code, format!("{asked} — {answered}"))
            }
            Said::Area(code) => {
                let name = self.profile.area(code).map(|area| area.name.clone());
                coded(code, name.unwrap_or_else(|| code.clone()))
            }
            Said::Day(day) => coded(day, words.day(day)),
            Said::Moment(at) => {
                coded(&at.to_utc().to_rfc3339_opts(SecondsFormat::Micros, true), words.moment(*at))
            }
            Said::Yes(yes) => coded(&yes.to_string(), words.yes(*yes)),
            Said::Plain(text) => plain(text.clone()),
            Said::Organisation(id) => coded(id.as_str(), self.organisation(id)),
            // Nobody who works here is told by name or by account.
            Said::By(user) => plain(self.office(self.copy.offices.get(user))),
            Said::Office(office) => plain(self.office(Some(office))),
            Said::Words(text) => {
                ValueView { words: Some(self.free_text(text)), ..ValueView::default() }
            }
        }
    }

    fn organisation(&self, id: &OrganisationId) -> String {
        let (name, kind) = self.copy.organisations.get(id).cloned().unwrap_or_default();
        format!("{name} ({})", self.words.code("organisation_type", &kind))
    }

    fn office(&self, office: Option<&Office>) -> String {
        let Some(office) = office else {
            return String::new();
        };
        let roles = office.roles.iter().map(|role| self.words.code("actor_role", role));
        let roles: Vec<String> = roles.collect();
        let organisation = office.organisation_id.as_ref().map(|id| self.organisation(id));
        [Some(roles.join(", ")), organisation].into_iter().flatten().collect::<Vec<_>>().join(" — ")
    }

    fn free_text(&self, text: &FreeText) -> WordsView {
        let span = |span| match span {
            Span::Shown(words) => SpanView { text: Some(words), redacted: None, label: None },
            Span::Hidden(ground) => SpanView {
                text: None,
                redacted: Some(ground),
                label: Some(self.words.code(RedactionGround::LIST, ground.code())),
            },
        };
        WordsView {
            id: text.id.clone(),
            is_reviewed: text.is_reviewed(),
            spans: text.spans().into_iter().map(span).collect(),
        }
    }
}
