use std::collections::BTreeSet;

use chrono::{DateTime, TimeZone, Utc};
use proptest::prelude::*;

use super::{
    Calendar, ClockKind, ClockRule, ClockUnit, CountryProfile, ProfileError, Status, Watch,
};
use crate::reference::CodeLists;

const DEMO: &str = include_str!("../../../../profiles/demo.toml");
const UG: &str = include_str!("../../../../profiles/ug.toml");

fn rule(amount: u16, unit: ClockUnit) -> ClockRule {
    ClockRule { amount, unit, warn_before_hours: None, source: None, status: Status::Policy }
}

fn at(day: u32, hour: u32) -> DateTime<Utc> {
    // May 2026 begins on a Friday.
    Utc.with_ymd_and_hms(2026, 5, day, hour, 0, 0).unwrap()
}

fn refusal(text: &str, from: &str, to: &str) -> ProfileError {
    assert!(text.contains(from), "the profile has the text that the test replaces");
    CountryProfile::parse(&text.replacen(from, to, 1)).unwrap_err()
}

#[test]
fn the_profiles_that_ship_are_whole() {
    let ids: Vec<_> = CountryProfile::embedded_ids().collect();
    assert_eq!(ids, ["ci", "demo", "gh", "gm", "ma", "mr", "ne", "ng", "sn", "ug"]);
    for id in ids {
        let profile = CountryProfile::embedded(id).unwrap();
        assert_eq!(profile.age_of_majority, 18);
        assert!(profile.allows_legal_basis("consent"));
        assert!(profile.child_consent.allows_giver("guardian"));
        assert!(profile.child_consent.allows_without_consent("vital_interests"));
    }
    assert!(CountryProfile::embedded("UG").is_none());
    assert!(CountryProfile::embedded("").is_none());
}

#[test]
fn each_country_has_its_own_areas() {
    let codes = |id: &str| -> Vec<&str> {
        let areas = &CountryProfile::embedded(id).unwrap().areas;
        areas.iter().map(|area| area.code.as_str()).collect()
    };

    assert_eq!(codes("ug"), ["UG-C", "UG-E", "UG-N", "UG-W"]);
    assert_eq!(codes("demo"), ["XZ-N", "XZ-S", "XZ-E", "XZ-W", "XZ-C"]);
    assert_eq!(codes("ci").len(), 14);
    assert_eq!(CountryProfile::embedded("ci").unwrap().area("CI-AB").unwrap().name, "Abidjan");
    let counts = [("gh", 16), ("gm", 6), ("ma", 12), ("mr", 15), ("ne", 8), ("ng", 37), ("sn", 14)];
    for (id, count) in counts {
        assert_eq!(codes(id).len(), count, "{id}");
    }
}

#[test]
fn no_clock_of_a_real_country_claims_to_be_law_without_a_source() {
    for id in CountryProfile::embedded_ids().filter(|id| *id != "demo") {
        let profile = CountryProfile::embedded(id).unwrap();
        for kind in ClockKind::ALL {
            assert_eq!(profile.clock(*kind).status.code(), "policy, to be confirmed");
        }
        assert_eq!(profile.reflection.days, None);
        assert!(profile.retention.after_closure.is_none());
        assert!(!profile.is_fictional());
    }
    let breach = |id| &CountryProfile::embedded(id).unwrap().breach.notify_within;
    let (ug, ng, sn) = (breach("ug"), breach("ng"), breach("sn"));
    assert_eq!((ug.amount, ug.status), (0, Status::Verified));
    assert_eq!((ng.amount, ng.status), (72, Status::Verified));
    assert_eq!((sn.amount, sn.status), (72, Status::Policy));
    assert!(ug.source.is_some() && ng.source.is_some() && sn.source.is_none());
}

#[test]
fn the_demonstration_country_cannot_be_taken_for_a_real_one() {
    let demo = CountryProfile::embedded("demo").unwrap();

    assert!(demo.is_fictional() && demo.name.contains("fictional"));
    assert!(ClockKind::ALL.iter().all(|k| demo.clock(*k).status == Status::Demonstration));
    assert!(!DEMO.contains("verified"));
}

#[test]
fn every_response_timeframe_has_its_clock() {
    let list = CodeLists::embedded().list("response_timeframe").unwrap();
    let kinds: BTreeSet<_> = list
        .values
        .iter()
        .map(|value| ClockKind::for_response_timeframe(&value.code).unwrap())
        .collect();

    assert_eq!(kinds.len(), list.values.len());
    assert_eq!(ClockKind::for_response_timeframe("2_hours"), None);
    let hour = CountryProfile::embedded("demo").unwrap().clock(ClockKind::ReferralAnswer1Hour);
    assert_eq!(hour.due(&Calendar::default(), at(4, 9)), at(4, 10));
}

#[test]
fn a_clock_has_one_code_everywhere() {
    assert_eq!(ClockKind::ALL.len(), 22);
    let clocks = serde_json::to_value(&CountryProfile::embedded("ug").unwrap().clocks).unwrap();
    for kind in ClockKind::ALL {
        assert_eq!(serde_json::to_value(kind).unwrap(), kind.code());
        assert_eq!(ClockKind::from_code(kind.code()), Some(*kind));
        assert!(clocks.get(kind.code()).is_some());
    }
}

#[test]
fn a_clock_counts_in_its_unit() {
    assert_eq!(rule(24, ClockUnit::Hours).due(&Calendar::default(), at(1, 22)), at(2, 22));
    assert_eq!(rule(7, ClockUnit::Days).due(&Calendar::default(), at(1, 8)), at(8, 8));
    assert_eq!(rule(0, ClockUnit::Hours).due(&Calendar::default(), at(1, 8)), at(1, 8));
    let last_of_january = Utc.with_ymd_and_hms(2026, 1, 31, 8, 0, 0).unwrap();
    let last_of_february = Utc.with_ymd_and_hms(2026, 2, 28, 8, 0, 0).unwrap();
    assert_eq!(
        rule(1, ClockUnit::Months).due(&Calendar::default(), last_of_january),
        last_of_february
    );
}

#[test]
fn working_days_skip_saturday_and_sunday() {
    assert_eq!(rule(5, ClockUnit::WorkingDays).due(&Calendar::default(), at(4, 9)), at(11, 9));
    assert_eq!(rule(1, ClockUnit::WorkingDays).due(&Calendar::default(), at(1, 17)), at(4, 17));
    assert_eq!(rule(1, ClockUnit::WorkingDays).due(&Calendar::default(), at(2, 9)), at(4, 9));
    assert_eq!(rule(1, ClockUnit::WorkingDays).due(&Calendar::default(), at(3, 9)), at(4, 9));
}

#[test]
fn r19_working_days_are_those_of_the_country() {
    let calendar = |text: &str| toml::from_str::<Calendar>(text).unwrap();
    // Tuesday the 5th is a holiday; Friday and Saturday are the weekend.
    let text = "weekend = [\"friday\", \"saturday\"]
        holidays = [{ date = \"2026-05-05\", name = \"A day\", status = \"demonstration\" }]";
    let friday_and_saturday = calendar(text);
    let working = |days| rule(days, ClockUnit::WorkingDays);
    assert!(!friday_and_saturday.is_working_day(at(5, 9).date_naive()));
    assert_eq!(working(1).due(&friday_and_saturday, at(4, 9)), at(6, 9));
    assert_eq!(working(3).due(&friday_and_saturday, at(4, 9)), at(10, 9));
    // Late on Friday in UTC it is Saturday already, three hours further east.
    let east = calendar("utc_offset_minutes = 180");
    assert_eq!(working(1).due(&east, at(1, 22)), at(3, 22));
    assert_eq!(working(1).due(&Calendar::default(), at(1, 22)), at(4, 22));
    assert_eq!(rule(24, ClockUnit::Hours).due(&friday_and_saturday, at(4, 9)), at(5, 9));
}

#[test]
fn r19_a_calendar_that_nobody_works_by_is_refused() {
    let with =
        |lines: &str| CountryProfile::parse(&format!("{DEMO}\n[calendar]\n{lines}\n")).unwrap_err();
    let section = "calendar";
    let all = "weekend = [\"monday\", \"tuesday\", \"wednesday\", \"thursday\", \"friday\", \"saturday\", \"sunday\"]";
    for wrong in [all, "weekend = [\"sunday\", \"sunday\"]", "utc_offset_minutes = 900"] {
        assert_eq!(with(wrong), ProfileError::Figures { section }, "{wrong}");
    }
}

#[test]
fn r19_no_number_of_a_real_country_is_dialled_on_hearsay() {
    let hotline = |base: &str, lines: &str| {
        CountryProfile::parse(&format!("{base}\n[[hotlines]]\n{lines}\n")).map(drop)
    };
    let refused = Err(ProfileError::Hotline { position: 0 });
    assert_eq!(
        hotline(UG, "number = \"116\"\nname = \"A line\"\nstatus = \"policy, to be confirmed\""),
        refused
    );
    let sourced = "name = \"A line\"\nsource = \"A page\"\nstatus = \"verified\"";
    assert_eq!(hotline(UG, &format!("number = \"call us\"\n{sourced}")), refused);
    assert_eq!(hotline(UG, &format!("number = \"116\"\n{sourced}")), Ok(()));
    let numbers = |id| -> Vec<String> {
        let profile = CountryProfile::embedded(id).unwrap();
        profile.hotlines.iter().map(|hotline| hotline.number.clone()).collect()
    };
    assert_eq!(
        (numbers("ng"), numbers("gm"), numbers("ci")),
        (vec!["627".to_owned()], vec!["1123".to_owned()], vec![])
    );
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let text =
        DEMO.replace("age_of_majority = 18", "age_of_majority = 9").replace("\"XZ-N\"", "\"XX-N\"");
    let (first, others) = CountryProfile::examine(&text).unwrap_err();

    assert_eq!(first, ProfileError::AgeOfMajority);
    assert!(others.contains(&ProfileError::Area { position: 0 }), "{others:?}");
    let ug = CountryProfile::embedded("ug").unwrap().unconfirmed();
    assert!(ug.contains_key("legal_bases") && !ug.contains_key("breach"), "{ug:?}");
    assert!(CountryProfile::embedded("demo").unwrap().unconfirmed().is_empty());
}

#[test]
fn a_profile_is_served_as_it_was_read_but_for_its_watch() {
    for id in CountryProfile::embedded_ids() {
        let profile = CountryProfile::embedded(id).unwrap();
        let text = serde_json::to_string(profile).unwrap();
        let unwatched = CountryProfile { watch: Watch::default(), ..profile.clone() };
        assert_eq!(serde_json::from_str::<CountryProfile>(&text).unwrap(), unwatched);
    }
}

#[test]
fn a_missing_or_unknown_clock_is_refused() {
    let missing: String = DEMO
        .lines()
        .filter(|l| !l.starts_with("submission"))
        .fold(String::new(), |t, l| t + l + "\n");
    assert!(matches!(CountryProfile::parse(&missing), Err(ProfileError::Malformed { .. })));

    let line = "submission = {";
    let typo = refusal(DEMO, line, "submision = {");
    assert!(matches!(typo, ProfileError::Malformed { .. }));
    let unit = refusal(DEMO, "unit = \"working_days\"", "unit = \"moons\"");
    assert!(matches!(unit, ProfileError::Malformed { line } if line > 70));
    assert!(!format!("{unit} {unit:?}").contains("moons"));
    let negative = refusal(DEMO, "amount = 24", "amount = -24");
    assert!(matches!(negative, ProfileError::Malformed { .. }));
}

#[test]
fn a_clock_without_time_or_with_far_too_much_is_refused() {
    let line = "urgent_needs_critical = { amount = 1,";
    let section = "urgent_needs_critical";

    for amount in ["0", "1001"] {
        let to = format!("urgent_needs_critical = {{ amount = {amount},");
        assert_eq!(refusal(DEMO, line, &to), ProfileError::Clock { section });
    }
    let endless = refusal(DEMO, "{ amount = 2, unit = \"hours\"", "{ amount = 0, unit = \"hours\"");
    assert_eq!(endless, ProfileError::Clock { section: "break_glass" });
}

#[test]
fn codes_that_do_not_exist_are_refused_by_their_place() {
    let area = refusal(DEMO, "XZ-E", "UG-E");
    assert_eq!(area, ProfileError::Area { position: 2 });
    assert_eq!(refusal(DEMO, "XZ-E", "XZ-N"), ProfileError::Area { position: 2 });
    assert_eq!(refusal(DEMO, "XZ-E", "XZ-east"), ProfileError::Area { position: 2 });
    let basis = refusal(DEMO, "code = \"public_task\"", "code = \"because\"");
    assert_eq!(basis, ProfileError::Code { section: "legal_bases", position: 2 });
    let role = refusal(DEMO, "case_coordinator", "root");
    assert_eq!(role, ProfileError::Code { section: "break_glass.roles", position: 0 });
    assert_eq!(refusal(DEMO, "country = \"XZ\"", "country = \"xz\""), ProfileError::Country);
    assert_eq!(refusal(DEMO, "\"en\", \"fr\"", "\"en\", \"en\""), ProfileError::Language);
    assert_eq!(refusal(DEMO, "majority = 18", "majority = 16"), ProfileError::AgeOfMajority);
    let name = refusal(DEMO, "name = \"Demoland (fictional country)\"", "name = \" \"");
    assert_eq!(name, ProfileError::Empty { section: "name" });
}

#[test]
fn what_is_verified_names_its_source_and_what_is_made_up_stays_in_a_made_up_country() {
    let basis = "{ code = \"vital_interests\", status = \"policy, to be confirmed\" }";
    let section = "legal_bases";

    let claimed = refusal(UG, basis, "{ code = \"vital_interests\", status = \"verified\" }");
    assert_eq!(claimed, ProfileError::Unsourced { section });
    let made_up = refusal(UG, basis, "{ code = \"vital_interests\", status = \"demonstration\" }");
    assert_eq!(made_up, ProfileError::Fiction { section });
    let real = refusal(DEMO, "days = 30\nstatus = \"demonstration\"", "status = \"verified\"");
    assert_eq!(real, ProfileError::Fiction { section: "reflection" });
}

#[test]
fn hostile_text_is_refused_without_being_repeated() {
    for text in ["", "\u{0}", "country", "[clocks]\nsubmission = 1", "country = \"Ama K.\"\n x ="] {
        let error = CountryProfile::parse(text).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("Ama"));
    }
}

proptest! {
    #[test]
    fn a_clock_never_ends_before_it_starts(
        amount in any::<u16>(),
        unit in proptest::sample::select(ClockUnit::ALL),
        seconds in -62_000_000_000_i64..8_000_000_000_000,
    ) {
        let from = DateTime::from_timestamp(seconds, 0).unwrap();
        prop_assert!(rule(amount, unit).due(&Calendar::default(), from) >= from);
        let latest = DateTime::<Utc>::MAX_UTC;
        prop_assert_eq!(rule(amount.max(1), unit).due(&Calendar::default(), latest), latest);
    }

    #[test]
    fn any_text_is_parsed_or_refused(text in ".{0,200}") {
        prop_assert!(CountryProfile::parse(&text).is_err());
    }
}

#[test]
fn figures_of_the_watch_that_would_silence_it_are_refused() {
    let figures = ProfileError::Figures { section: "watch" };
    for (from, to) in [
        ("people_alarm_after = 150", "people_alarm_after = 0"),
        ("people_refuse_after = 1000", "people_refuse_after = 149"),
        ("refusals = 20", "refusals = 0"),
        ("refusals_within_minutes = 10", "refusals_within_minutes = 0"),
    ] {
        assert_eq!(refusal(DEMO, from, to), figures, "{to}");
    }
    let glass = ProfileError::Figures { section: "break_glass" };
    assert_eq!(refusal(DEMO, "at_most = 3", "at_most = 0"), glass);
}

#[test]
fn r19_figures_of_a_reflection_period_that_cannot_be_are_refused() {
    let figures = ProfileError::Figures { section: "reflection" };
    for (from, to) in [
        ("max_days = 90", "max_days = 29"),
        ("max_days = 90", "max_days = 1001"),
        ("days = 30", "days = 0"),
        ("warn_before_days = 7", "warn_before_days = 30"),
    ] {
        assert_eq!(refusal(DEMO, from, to), figures, "{to}");
    }
    let best = ProfileError::Figures { section: "best_interests" };
    assert_eq!(refusal(DEMO, "long_placement_days = 90", "long_placement_days = 0"), best);
}

#[test]
fn r19_no_real_country_has_days_rules_or_pauses_that_no_source_gives() {
    for id in CountryProfile::embedded_ids().filter(|id| *id != "demo") {
        let profile = CountryProfile::embedded(id).unwrap();
        let rest = &profile.reflection;
        assert_eq!((rest.days, rest.max_days, rest.suspends_removal), (None, None, None), "{id}");
        assert_eq!(rest.status, Status::Policy);
        assert_eq!(profile.best_interests, super::BestInterests::default(), "{id}");
        assert_eq!(profile.pauses, super::Pauses::default(), "{id}");
    }
}

#[test]
fn somebody_is_warned_as_long_before_an_end_as_the_rule_says() {
    let silent = rule(24, ClockUnit::Hours);
    assert_eq!(silent.warned(at(2, 9)), None);
    let warned = ClockRule { warn_before_hours: Some(24), ..silent };
    assert_eq!(warned.warned(at(2, 9)), Some(at(1, 9)));
    let offset = Calendar { utc_offset_minutes: 60, ..Calendar::default() };
    assert_eq!(offset.end_of(at(1, 9).date_naive()), at(1, 23));
    assert_eq!(offset.day_of(at(1, 23)), at(2, 0).date_naive());
}

#[test]
fn who_is_watched_is_not_shown_how_far_they_may_go() {
    for id in CountryProfile::embedded_ids() {
        let shown = serde_json::to_string(CountryProfile::embedded(id).unwrap()).unwrap();
        assert!(!shown.contains("watch") && !shown.contains("people_"), "{id}");
    }
}

#[test]
fn a_profile_without_a_watch_is_watched_as_the_program_does() {
    let start = DEMO.find("[watch]").unwrap();
    let end = DEMO.find("[breach]").unwrap();
    let without = format!("{}{}", &DEMO[..start], &DEMO[end..]);

    let watch = CountryProfile::parse(&without).unwrap().watch;
    assert_eq!((watch.people_alarm_after, watch.people_refuse_after), (150, 1_000));
}
