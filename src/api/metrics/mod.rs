//! Metrics in the OpenMetrics format, for Prometheus: how many requests, how long they took, how much work
//! waits. No label points at a person, a user or an organisation.

mod listener;

use std::{fmt, time::Duration};

use prometheus_client::{
    encoding::{
        EncodeLabelSet,
        text::{encode_eof, encode_registry},
    },
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram, info::Info},
    registry::Registry,
};
use refero_store::gauges::{Gauges, Waiting};

pub use self::listener::listen;

/// From a read in a cache to the limit of a request, in seconds.
const BUCKETS: [f64; 12] = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0];

/// What is counted by: the template of the address, never the address.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Asked {
    method: &'static str,
    route: String,
}

/// What this process has done since it started.
pub struct Metrics {
    requests: Family<Answered, Counter>,
    durations: Family<Asked, Histogram, fn() -> Histogram>,
    registry: Registry,
}

impl Default for Metrics {
    fn default() -> Self {
        let requests = Family::default();
        let durations: Family<_, _, fn() -> Histogram> =
            Family::new_with_constructor(|| Histogram::new(BUCKETS));
        let mut registry = Registry::with_prefix("refero");
        registry.register(
            "build",
            "The version of the program",
            Info::new([("version", env!("CARGO_PKG_VERSION"))]),
        );
        registry.register(
            "http_requests",
            "Answers, by the template of the address",
            requests.clone(),
        );
        registry.register(
            "http_request_duration_seconds",
            "From the head of a request to its answer",
            durations.clone(),
        );
        Self { requests, durations, registry }
    }
}

impl Metrics {
    /// Counts an answer.
    pub fn answered(&self, method: &'static str, route: &str, status: u16, took: Duration) {
        let route = route.to_owned();
        self.durations
            .get_or_create(&Asked { method, route: route.clone() })
            .observe(took.as_secs_f64());
        self.requests.get_or_create(&Answered { method, route, status }).inc();
    }

    /// Writes everything down; without gauges, the database does not answer; without an age, there is
    /// no backup that this server knows of.
    ///
    /// # Errors
    /// Fails if the text cannot be written.
    pub fn write(
        &self,
        gauges: Option<&Gauges>,
        backup_age_s: Option<i64>,
    ) -> Result<String, fmt::Error> {
        let mut text = String::new();
        encode_registry(&mut text, &self.registry)?;
        encode_registry(&mut text, &waiting(gauges))?;
        encode_registry(&mut text, &backup(backup_age_s))?;
        encode_eof(&mut text)?;
        Ok(text)
    }
}

/// What waits now: written anew for each that asks, so that no old number is taken for a new one.
fn waiting(gauges: Option<&Gauges>) -> Registry {
    let mut registry = Registry::with_prefix("refero");
    gauge(
        &mut registry,
        "database_up",
        "Whether the database answers",
        i64::from(gauges.is_some()),
    );
    let Some(gauges) = gauges else { return registry };
    for (name, what, waiting) in [
        ("triage_cases", "Cases that nobody has claimed", gauges.triage),
        ("unanswered_referrals", "Referrals without an answer", gauges.unanswered_referrals),
        ("overdue_referrals", "Referrals whose time to answer is up", gauges.overdue_referrals),
        ("overdue_deadlines", "Deadlines of cases that have passed", gauges.overdue_deadlines),
        (
            "unacknowledged_alerts",
            "Alerts that nobody has acknowledged",
            gauges.unacknowledged_alerts,
        ),
        ("outbox_alerts", "Alerts not handed over to the command", gauges.outbox),
        ("unnumbered_events", "Events that the log has not numbered", gauges.unnumbered_events),
    ] {
        let Waiting { count, oldest_s } = waiting;
        gauge(&mut registry, name, what, count);
        let age = format!("{name}_oldest_age_seconds");
        gauge(&mut registry, &age, &format!("{what}: for how long the oldest"), oldest_s);
    }
    gauge(&mut registry, "log_leaves", "Leaves of the audit log", gauges.log_size);
    if let Some(age_s) = gauges.checkpoint_age_s {
        let what = "Since the head of the audit log was signed";
        gauge(&mut registry, "log_checkpoint_age_seconds", what, age_s);
    }
    registry
}

/// The age of the last backup; left out where no backup is known, which a rule can tell by its absence.
fn backup(age_s: Option<i64>) -> Registry {
    let mut registry = Registry::with_prefix("refero");
    if let Some(age_s) = age_s {
        gauge(&mut registry, "backup_age_seconds", "Since the last backup was made", age_s);
    }
    registry
}

fn gauge(registry: &mut Registry, name: &str, what: &str, value: i64) {
    let gauge: Gauge = Gauge::default();
    gauge.set(value);
    registry.register(name, what, gauge);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_is_written_with_its_template() {
        let metrics = Metrics::default();
        metrics.answered("GET", "/v1/cases/{id}", 200, Duration::from_millis(7));
        let text = metrics.write(Some(&Gauges { log_size: 9, ..Gauges::default() }), Some(60));
        let text = text.unwrap();
        for line in [
            r#"refero_http_requests_total{method="GET",route="/v1/cases/{id}",status="200"} 1"#,
            r#"refero_http_request_duration_seconds_bucket{le="0.01",method="GET",route="/v1/cases/{id}"} 1"#,
            "refero_database_up 1",
            "refero_log_leaves 9",
            "refero_backup_age_seconds 60",
            "refero_triage_cases_oldest_age_seconds 0",
            "# EOF",
        ] {
            assert!(text.lines().any(|written| written == line), "{line} is not in\n{text}");
        }
    }

    #[test]
    fn no_old_number_is_told_while_the_database_is_away() {
        let text = Metrics::default().write(None, None).unwrap();
        assert!(text.contains("refero_database_up 0"));
        assert!(!text.contains("triage") && !text.contains("backup"));
    }
}
