//! What a profile must be, beyond its shape.

use std::collections::BTreeSet;

use super::{Body, ClockKind, ClockRule, CountryProfile, SourcedCode, Status};
use crate::reference::CodeLists;

/// No clock runs longer than this many units: a slip of the finger would silence it for good.
const LONGEST_CLOCK: u16 = 1000;

/// Says why a text is not a profile.
///
/// Every message is a fixed sentence; the section and the position (from zero) tell where to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    /// The text is not TOML, or a member is missing, unknown or of the wrong kind.
    #[error("the profile is malformed, or a member is missing or unknown (line {line})")]
    Malformed {
        /// Line, from one; nought when a member of the whole is missing.
        line: usize,
    },
    /// The country code is not ISO 3166-1 alpha-2 in capitals.
    #[error("the country is not an ISO 3166-1 alpha-2 code in capitals")]
    Country,
    /// A text that must say something is empty.
    #[error("a text of the section {section} is empty")]
    Empty {
        /// The section.
        section: &'static str,
    },
    /// A language code is not ISO 639-1, or stands twice.
    #[error("a language is not an ISO 639-1 code in small letters, or stands twice")]
    Language,
    /// The age of majority is under 18 or beyond belief.
    #[error("the age of majority is not between 18 and 21")]
    AgeOfMajority,
    /// An area code is not ISO 3166-2 of this country, or stands twice.
    #[error("the area at position {position} is not an ISO 3166-2 code of the country, or repeats")]
    Area {
        /// Position of the area.
        position: usize,
    },
    /// A clock has no time, or too much.
    #[error("the clock of the section {section} is nought or too long")]
    Clock {
        /// The section, or the code of the clock.
        section: &'static str,
    },
    /// A code is not in its list, or stands twice.
    #[error(
        "the code at position {position} of the section {section} is not in its list, or repeats"
    )]
    Code {
        /// The section.
        section: &'static str,
        /// Position of the code.
        position: usize,
    },
    /// Something claims to be verified and names no source.
    #[error("an entry of the section {section} is verified without a source")]
    Unsourced {
        /// The section.
        section: &'static str,
    },
    /// The figures of the watch contradict each other, or one is nought.
    #[error("the figures of the section {section} are nought or contradict each other")]
    Figures {
        /// The section.
        section: &'static str,
    },
    /// A hotline cannot be dialled, has no name, or was not read in a source.
    #[error("the hotline at position {position} is no number, has no name, or is not verified")]
    Hotline {
        /// Position of the hotline.
        position: usize,
    },
    /// A made-up entry stands in a real country, or a verified one in a made-up country.
    #[error("an entry of the section {section} mixes a real country with a made-up one")]
    Fiction {
        /// The section.
        section: &'static str,
    },
}

impl ProfileError {
    /// Keeps the line and drops the message, which repeats the text.
    pub(super) fn malformed(text: &str, error: &toml::de::Error) -> Self {
        let before = error.span().and_then(|span| text.get(..span.start));
        let line = before.map_or(0, |before| before.matches('\n').count().saturating_add(1));
        Self::Malformed { line }
    }
}

/// One statement of a profile: where it stands, what it rests on, how far it may be relied on.
pub(super) type Claim<'a> = (&'static str, Option<&'a str>, Status);

impl CountryProfile {
    /// Finds what is wrong, the first of each kind of check.
    pub(super) fn faults(&self) -> Vec<ProfileError> {
        let checks = [
            self.check_names(),
            self.check_areas(),
            self.check_codes(),
            self.check_clocks(),
            self.check_figures(),
            self.check_hotlines(),
        ];
        let claims = self.claims().into_iter().map(|claim| self.check_claim(claim));
        checks.into_iter().chain(claims).filter_map(Result::err).collect()
    }

    fn check_names(&self) -> Result<(), ProfileError> {
        if self.country.len() != 2 || !self.country.bytes().all(|b| b.is_ascii_uppercase()) {
            return Err(ProfileError::Country);
        }
        if !(18..=21).contains(&self.age_of_majority) {
            return Err(ProfileError::AgeOfMajority);
        }
        let known: BTreeSet<_> = self.languages.iter().collect();
        let well_formed = |language: &String| {
            language.len() == 2 && language.bytes().all(|b| b.is_ascii_lowercase())
        };
        let distinct = known.len() == self.languages.len();
        if known.is_empty() || !distinct || !self.languages.iter().all(well_formed) {
            return Err(ProfileError::Language);
        }
        // Labels and texts exist in these three from the start (rule R20).
        let order = |language| self.order_of_work.get(language).map_or("", String::as_str);
        let texts = [
            ("name", self.name.as_str()),
            ("version", &self.version),
            ("order_of_work", order("en")),
            ("order_of_work", order("fr")),
            ("order_of_work", order("pt")),
        ];
        let empty = texts
            .into_iter()
            .chain(self.bodies().map(|(section, body)| (section, body.name.as_str())))
            .find(|(_, text)| text.trim().is_empty());
        empty.map_or(Ok(()), |(section, _)| Err(ProfileError::Empty { section }))
    }

    fn check_areas(&self) -> Result<(), ProfileError> {
        if self.areas.is_empty() {
            return Err(ProfileError::Empty { section: "areas" });
        }
        let mut seen = BTreeSet::new();
        let wrong = self.areas.iter().position(|area| {
            let part = area.code.strip_prefix(&self.country).and_then(|p| p.strip_prefix('-'));
            let well_formed = part.is_some_and(|part| {
                (1..=3).contains(&part.len())
                    && part.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
            });
            !well_formed || area.name.trim().is_empty() || !seen.insert(&area.code)
        });
        wrong.map_or(Ok(()), |position| Err(ProfileError::Area { position }))
    }

    fn check_codes(&self) -> Result<(), ProfileError> {
        let child = &self.child_consent;
        let codes = |codes: &[SourcedCode]| -> Vec<String> {
            codes.iter().map(|entry| entry.code.clone()).collect()
        };
        let sections = [
            ("legal_bases", "legal_basis", codes(&self.legal_bases)),
            ("child_consent.givers", "consent_giver", codes(&child.givers)),
            (
                "child_consent.bases_without_consent",
                "legal_basis",
                codes(&child.bases_without_consent),
            ),
            ("break_glass.roles", "actor_role", self.break_glass.roles.clone()),
        ];
        for (section, list, codes) in sections {
            if codes.is_empty() {
                return Err(ProfileError::Empty { section });
            }
            let mut seen = BTreeSet::new();
            let wrong = codes
                .iter()
                .position(|code| !CodeLists::embedded().contains(list, code) || !seen.insert(code));
            if let Some(position) = wrong {
                return Err(ProfileError::Code { section, position });
            }
        }
        Ok(())
    }

    fn check_clocks(&self) -> Result<(), ProfileError> {
        let wrong = self.rules().find(|(section, rule)| {
            // "Immediately" is a duty that real laws know, and only for a breach.
            let least = u16::from(*section != "breach");
            !(least..=LONGEST_CLOCK).contains(&rule.amount)
        });
        wrong.map_or(Ok(()), |(section, _)| Err(ProfileError::Clock { section }))
    }

    fn check_figures(&self) -> Result<(), ProfileError> {
        let glass = &self.break_glass;
        let sound = [
            ("watch", self.watch.is_sound()),
            ("calendar", self.calendar.is_sound()),
            ("break_glass", glass.at_most > 0 && glass.within_days > 0),
            ("reflection", self.reflection.is_sound()),
            ("best_interests", self.best_interests.long_placement_days != Some(0)),
            ("matching", self.matching.is_sound()),
            ("statistics", self.statistics.is_sound()),
        ];
        let wrong = sound.into_iter().find(|(_, is_sound)| !is_sound);
        wrong.map_or(Ok(()), |(section, _)| Err(ProfileError::Figures { section }))
    }

    fn check_hotlines(&self) -> Result<(), ProfileError> {
        let wrong = self.hotlines.iter().position(|hotline| !hotline.is_sound());
        wrong.map_or(Ok(()), |position| Err(ProfileError::Hotline { position }))
    }

    fn check_claim(&self, (section, source, status): Claim<'_>) -> Result<(), ProfileError> {
        let sourced = source.is_some_and(|source| !source.trim().is_empty());
        match status {
            Status::Verified if self.is_fictional() => Err(ProfileError::Fiction { section }),
            Status::Verified if !sourced => Err(ProfileError::Unsourced { section }),
            Status::Demonstration if !self.is_fictional() => Err(ProfileError::Fiction { section }),
            Status::Verified | Status::Policy | Status::Demonstration => Ok(()),
        }
    }

    /// Lists every clock rule of the profile with its section.
    fn rules(&self) -> impl Iterator<Item = (&'static str, &ClockRule)> {
        let kinds = ClockKind::ALL.iter();
        let retention = [&self.retention.after_closure, &self.retention.after_majority];
        kinds
            .map(|kind| (kind.code(), self.clock(*kind)))
            .chain([
                ("break_glass", &self.break_glass.duration),
                ("breach", &self.breach.notify_within),
            ])
            .chain(retention.into_iter().flatten().map(|rule| ("retention", rule)))
            .chain(self.subject_access.answer_within.iter().map(|rule| ("subject_access", rule)))
    }

    /// Lists every body of the profile with its section.
    fn bodies(&self) -> impl Iterator<Item = (&'static str, &Body)> {
        let one = std::iter::once(("coordinating_body", &self.coordinating_body));
        one.chain(self.supporting_bodies.iter().map(|body| ("supporting_bodies", body)))
            .chain(self.identifying_bodies.iter().map(|body| ("identifying_bodies", body)))
    }

    /// Lists everything in the profile that rests on a source.
    pub(super) fn claims(&self) -> Vec<Claim<'_>> {
        let codes = [
            ("legal_bases", &self.legal_bases),
            ("child_consent.givers", &self.child_consent.givers),
            ("child_consent.bases_without_consent", &self.child_consent.bases_without_consent),
        ];
        let (rest, child) = (&self.reflection, &self.best_interests);
        let mut claims = vec![
            ("reflection", rest.source.as_deref(), rest.status),
            ("best_interests", child.source.as_deref(), child.status),
            ("pauses", self.pauses.source.as_deref(), self.pauses.status),
            ("matching", self.matching.source.as_deref(), self.matching.status),
            ("statistics", self.statistics.source.as_deref(), self.statistics.status),
        ];
        claims.extend(self.bodies().map(|(section, b)| (section, b.source.as_deref(), b.status)));
        for (section, codes) in codes {
            claims.extend(codes.iter().map(|c| (section, c.source.as_deref(), c.status)));
        }
        claims.extend(self.hotlines.iter().map(|h| ("hotlines", h.source.as_deref(), h.status)));
        claims.extend(
            self.calendar.holidays.iter().map(|h| ("calendar", h.source.as_deref(), h.status)),
        );
        claims.extend(self.rules().map(|(section, r)| (section, r.source.as_deref(), r.status)));
        claims
    }
}
