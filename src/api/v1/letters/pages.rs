//! The pages of letters. Codes and sentences of the house alone stand in them: no name, no words of anybody, no
//! telephone number of a person, and no place where somebody lives (R9).

use maud::{Markup, html};
use refero_domain::profile::CountryProfile;
use refero_store::{Result, cases::CaseRow, referrals::ReferralRow};

use super::words::{RIGHTS, right, sentence};
use crate::{
    api::{
        extract::Language,
        print_page,
        v1::{access_requests::InLanguage, referrals::OfferView},
    },
    service::letters::Heading,
};

/// What is needed to put a letter into words.
#[derive(Clone, Copy)]
pub(super) struct Wording<'w> {
    pub(super) language: Language,
    pub(super) profile: &'w CountryProfile,
}

impl Wording<'_> {
    fn says(self, name: &str) -> &'static str {
        sentence(self.language, name)
    }

    fn code(self, list: &str, code: &str) -> String {
        InLanguage(self.language).code(list, code)
    }

    fn codes(self, list: &str, codes: &[String]) -> String {
        codes.iter().map(|code| self.code(list, code)).collect::<Vec<_>>().join("; ")
    }

    fn head(self, heading: &Heading, case_code: Option<&str>) -> Markup {
        let made_at = InLanguage(self.language).day(&heading.made_at.date().to_string());
        html! {
            dt { (self.says("number")) } dd { (heading.number) }
            dt { (self.says("made_at")) } dd { (made_at) }
            dt { (self.says("from")) } dd { bdi { (heading.from) } }
            @if let Some(code) = case_code {
                dt { (self.says("case_code")) } dd { (code) }
            }
        }
    }

    fn line(self, name: &str, told: &str) -> Markup {
        html! { @if !told.is_empty() { dt { (self.says(name)) } dd { (told) } } }
    }

    /// Writes the letter that goes with a referral: what its receiver may see of it (R1, R2).
    pub(super) fn referral(self, row: &ReferralRow, heading: &Heading) -> Result<String> {
        let offer = OfferView::of(row, heading.made_at)?;
        let is_accepted = row.facts.state.is_live();
        let code = is_accepted.then_some(row.case.case_code.as_str());
        let services = self.codes("service_type", &row.referral.services()?);
        let needs = self.codes("placement_need", &offer.placement_needs);
        let urgency = self.code("response_timeframe", offer.urgency.code());
        let words = InLanguage(self.language);
        let until = offer.respond_by.map(|at| words.moment(at)).unwrap_or_default();
        let area = offer.area.as_ref().and_then(|code| self.profile.area(code));
        let to = heading.to.as_deref().unwrap_or_else(|| self.says("to_provider"));
        let content = html! {
            dl {
                (self.head(heading, code))
                dt { (self.says("to")) } dd { bdi { (to) } }
            }
            p { (self.says("letter_opening")) }
            p { (self.says(if is_accepted { "letter_accepted" } else { "letter_offer" })) }
            dl {
                (self.line("services", &services))
                (self.line("urgency", &urgency))
                @if !is_accepted { (self.line("respond_by", &until)) }
                @if is_accepted {
                    (self.line("reason", &self.code("referral_reason", &row.referral.reason)))
                }
                (self.line("sex", &self.code("sex_reporting", offer.sex_reporting.code())))
                (self.line("age", self.says(&format!("age_{}", offer.age_band))))
                (self.line("languages", &offer.languages.join(", ")))
                (self.line("needs", &needs))
                @if let Some(area) = area { (self.line("area", &area.name)) }
            }
            p { (self.says("letter_private")) }
            p { strong { (self.says("letter_urgent")) } }
        };
        Ok(print_page::write(self.language, self.says("letter_title"), &content))
    }

    /// Writes the notice of their rights for the person of a case.
    pub(super) fn notice(self, row: &CaseRow, heading: &Heading) -> String {
        let is_child = row.person.protected_as_child();
        let told = RIGHTS.iter().filter(|name| is_child || **name != "child");
        let content = html! {
            p { (self.says("notice_for_you")) }
            @for name in told { (self.right(name)) }
            p { strong { (self.says("notice_keep_safe")) } }
            dl { (self.head(heading, Some(&row.case.case_code))) }
        };
        print_page::write(self.language, self.says("notice_title"), &content)
    }

    fn right(self, name: &str) -> Markup {
        let (title, text) = right(self.language, name);
        html! {
            section aria-labelledby=(name) {
                h2 id=(name) { (title) }
                @if name != "numbers" { p { (text) } }
                @else if self.profile.hotlines.is_empty() { p { (self.says("numbers_none")) } }
                @else {
                    p { (text) }
                    ul {
                        @for line in &self.profile.hotlines {
                            li { strong { (line.number) } " " bdi { (line.name) } }
                        }
                    }
                }
            }
        }
    }
}
