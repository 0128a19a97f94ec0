//! A copy of what is held about a person, before anybody has put it into words.
//!
//! Everything in it names the column that it was read from: `data_map.toml` says of each column that
//! holds a person's data whether it is in the copy, and a test holds one to the other.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use refero_domain::{
    id::{OrganisationId, UserId},
    instant::Instant,
    person::PartialDate,
    report::TraffickingEvent,
    screening::IndicatorSet,
    subject_access::{Holder, ReviewedText, Span},
};
use refero_store::access_requests::Office;

/// One holder's part of a copy.
pub struct Copy {
    /// Whose part it is.
    pub holder: Holder,
    /// The number of this copy of the part.
    pub number: i64,
    /// What people say on the telephone; not for a provider, whose access may have ended (R3).
    pub case_code: Option<String>,
    /// What is told, in the order in which it is read.
    pub sections: Vec<Section>,
    /// Where those work who are named by their accounts, and as what.
    pub offices: BTreeMap<UserId, Office>,
    /// The names and kinds of the organisations in it.
    pub organisations: BTreeMap<OrganisationId, (String, String)>,
    /// What was asked, in words: every version keeps the questions of those before it.
    pub indicators: IndicatorSet,
}

/// One subject, with as many entries as there are records of it.
pub struct Section {
    /// Which.
    pub id: &'static str,
    /// Each record.
    pub entries: Vec<Vec<Field>>,
}

/// What one column says.
pub struct Field {
    /// The column, as `table.column`; a member of it after a stroke.
    pub source: &'static str,
    /// What it says: nothing, one thing, or several.
    pub said: Vec<Said>,
}

/// One thing that is said.
pub enum Said {
    /// A code of a code list.
    Code(&'static str, String),
    /// An indicator of the screening, and how it was answered if it was asked.
    Indicator(String, Option<&'static str>),
    /// An area of the country.
    Area(String),
    /// A day, as far as it is known: the year, the month, the day.
    Day(String),
    /// A moment.
    Moment(Instant),
    /// Yes or no.
    Yes(bool),
    /// A number, a code of a standard, a name: what needs no translation.
    Plain(String),
    /// An organisation.
    Organisation(OrganisationId),
    /// Somebody who works here: shown by role and organisation.
    By(UserId),
    /// Somebody who worked on it, of whom the role and the organisation are known.
    Office(Office),
    /// Free text.
    Words(FreeText),
}

/// Free text, which may name others.
pub struct FreeText {
    /// Which text: what it is and the id of its record.
    pub id: String,
    text: String,
    /// What is shown of it; nothing while nobody has looked it through.
    reviewed: Option<Vec<Span>>,
}

impl FreeText {
    /// Returns the text, for whoever looks it through.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Says whether somebody has looked it through as it stands.
    #[must_use]
    pub const fn is_reviewed(&self) -> bool {
        self.reviewed.is_some()
    }

    /// Returns what is shown: all of it to the officer who has yet to look it through.
    #[must_use]
    pub fn spans(&self) -> Vec<Span> {
        let whole = || vec![Span::Shown(self.text.clone())];
        self.reviewed.clone().unwrap_or_else(whole)
    }
}

impl Field {
    const fn of(source: &'static str, said: Vec<Said>) -> Self {
        Self { source, said }
    }

    pub(super) fn code(source: &'static str, list: &'static str, code: Option<&str>) -> Self {
        Self::of(source, code.map(|code| Said::Code(list, code.to_owned())).into_iter().collect())
    }

    pub(super) fn codes<T: AsRef<str>>(
        source: &'static str,
        list: &'static str,
        codes: impl IntoIterator<Item = T>,
    ) -> Self {
        let said = codes.into_iter().map(|code| Said::Code(list, code.as_ref().to_owned()));
        Self::of(source, said.collect())
    }

    /// What happened, where and when, one event after another.
    pub(super) fn events(source: &'static str, told: &[TraffickingEvent]) -> Self {
        let said = told.iter().flat_map(|event| {
            let place = [event.country.clone(), event.area.clone()].into_iter().flatten();
            std::iter::once(Said::Code("trafficking_event_type", event.kind.clone()))
                .chain(place.map(Said::Plain))
                .chain(event.on.map(|day| Said::Day(day.to_string())))
        });
        Self::of(source, said.collect())
    }

    pub(super) fn plain<T: Into<String>>(
        source: &'static str,
        texts: impl IntoIterator<Item = T>,
    ) -> Self {
        Self::of(source, texts.into_iter().map(|text| Said::Plain(text.into())).collect())
    }

    pub(super) fn indicators(
        source: &'static str,
        asked: impl IntoIterator<Item = (String, Option<&'static str>)>,
    ) -> Self {
        let said = asked.into_iter().map(|(code, answer)| Said::Indicator(code, answer));
        Self::of(source, said.collect())
    }

    pub(super) fn area(source: &'static str, area: Option<&String>) -> Self {
        Self::of(source, area.cloned().map(Said::Area).into_iter().collect())
    }

    pub(super) fn day(source: &'static str, day: Option<NaiveDate>) -> Self {
        Self::of(source, day.map(|day| Said::Day(day.to_string())).into_iter().collect())
    }

    pub(super) fn days(source: &'static str, days: impl IntoIterator<Item = NaiveDate>) -> Self {
        Self::of(source, days.into_iter().map(|day| Said::Day(day.to_string())).collect())
    }

    pub(super) fn partial_day(source: &'static str, day: Option<PartialDate>) -> Self {
        Self::of(source, day.map(|day| Said::Day(day.to_string())).into_iter().collect())
    }

    pub(super) fn moment(source: &'static str, at: Option<Instant>) -> Self {
        Self::of(source, at.map(Said::Moment).into_iter().collect())
    }

    pub(super) fn yes(source: &'static str, yes: Option<bool>) -> Self {
        Self::of(source, yes.map(Said::Yes).into_iter().collect())
    }

    pub(super) fn organisation(source: &'static str, id: Option<&OrganisationId>) -> Self {
        Self::of(source, id.cloned().map(Said::Organisation).into_iter().collect())
    }

    pub(super) fn organisations(
        source: &'static str,
        ids: impl IntoIterator<Item = OrganisationId>,
    ) -> Self {
        Self::of(source, ids.into_iter().map(Said::Organisation).collect())
    }

    pub(super) fn by(source: &'static str, user: Option<&UserId>) -> Self {
        Self::of(source, user.cloned().map(Said::By).into_iter().collect())
    }

    pub(super) fn by_each<'u>(
        source: &'static str,
        users: impl IntoIterator<Item = &'u UserId>,
    ) -> Self {
        Self::of(source, users.into_iter().cloned().map(Said::By).collect())
    }

    pub(super) fn office(source: &'static str, office: Office) -> Self {
        Self::of(source, vec![Said::Office(office)])
    }

    /// A free text of a record; `kind` names it among the texts of the copy.
    pub(super) fn words(
        source: &'static str,
        (kind, row): (&str, &str),
        text: Option<String>,
    ) -> Self {
        let words = |text| {
            let id = format!("{kind}:{row}");
            Said::Words(FreeText { id, text, reviewed: None })
        };
        Self::of(source, text.map(words).into_iter().collect())
    }
}

/// Returns the free texts of some sections.
pub(super) fn texts(sections: &[Section]) -> impl Iterator<Item = &FreeText> {
    said(sections).filter_map(|said| match said {
        Said::Words(text) => Some(text),
        _ => None,
    })
}

fn said(sections: &[Section]) -> impl Iterator<Item = &Said> {
    sections.iter().flat_map(|section| &section.entries).flatten().flat_map(|field| &field.said)
}

/// Cuts out of each text what was found in it.
pub(super) fn review(sections: &mut [Section], found: &[ReviewedText]) {
    let fields = sections.iter_mut().flat_map(|section| &mut section.entries).flatten();
    for said in fields.flat_map(|field| &mut field.said) {
        if let Said::Words(words) = said {
            let reviewed = found.iter().find(|reviewed| reviewed.id == words.id);
            words.reviewed = reviewed.and_then(|reviewed| reviewed.spans(&words.text));
        }
    }
}

/// Returns who is named by their account.
pub(super) fn people(sections: &[Section]) -> BTreeSet<UserId> {
    let by = said(sections).filter_map(|said| match said {
        Said::By(user) => Some(user.clone()),
        _ => None,
    });
    by.collect()
}

/// Returns the organisations that are named, also by who works there.
pub(super) fn organisations(
    sections: &[Section],
    offices: &BTreeMap<UserId, Office>,
) -> BTreeSet<OrganisationId> {
    let named = said(sections).filter_map(|said| match said {
        Said::Organisation(id) => Some(id.clone()),
        Said::Office(office) => office.organisation_id.clone(),
        _ => None,
    });
    named.chain(offices.values().filter_map(|office| office.organisation_id.clone())).collect()
}
