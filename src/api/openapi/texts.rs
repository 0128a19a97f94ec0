//! What the description says besides the operations.

/// The first thing an integrator reads.
pub(super) const ABOUT: &str = "\
Refero is the backend of a national referral mechanism for victims of trafficking in persons: first \
responders register, a coordination bureau triages and refers, providers accept and record care, and \
every look at a record leaves a trace.

**Signing in.** `POST /v1/session` gives a bearer token for ten minutes and a refresh token that works \
once. Tokens carry no rights: what a caller may do is read on every request.

**Not allowed to know is 404.** What a caller may not see does not exist. 403 is only for something \
that the caller may see. Both are audited.

**Errors** are `application/problem+json` (RFC 9457) with a stable `code`; each is explained at \
`/problems/{code}` in English, French and Portuguese. An answer never repeats what was sent.

**Versions.** Representations carry `version` and an `ETag`. Changes and transitions need `If-Match`: \
without it 428, with an old version 412. A state is never written: transitions are `POST`.

**Repeats.** Every `POST` of somebody who is signed in takes an `Idempotency-Key`, kept for 72 hours. A repeat with the same key \
acts once and answers with the representation as it is now; the same key with another body is 422.

**Lists** go by a signed `cursor` that is bound to the filters. **Ids** are random UUIDs (version 4) \
and may be chosen by the client. **Times** are RFC 3339 with offset. Personal data is never in an \
address.

**Language.** Titles and details are in the language that the user has chosen (`PATCH /v1/me`), else in one \
that `Accept-Language` names, else in English. Codes are never translated.

**A second factor** is asked for by operations that are marked `x-step-up`, before anything is looked \
for: 403 `step-up-required` until `POST /v1/session/step-up`, or 403 `second-factor-enrolment-required`.

`x-permission` names what a caller must be permitted to do (`none`: anybody may ask; `sign-in`: \
somebody who is not signed in yet), and `x-audit-action` what the trail records (`none`: \
only refusals).";

/// Every group with what it holds, in reading order.
pub(super) const TAGS: [(&str, &str); 32] = [
    ("session", "Signing in, staying signed in, signing out, activating an account."),
    ("me", "The caller: who, where, with which roles, and what waits."),
    ("organisations", "The directory: organisations and the services they offer."),
    ("users", "Accounts and their dated roles, kept by administrators (R16)."),
    ("detection-reports", "What a first responder registers; submitting opens a case."),
    (
        "incidents",
        "Many people found in one operation: what they share, and one table to register them by.",
    ),
    ("cases", "The case and its states, the sealed identity, the timeline."),
    ("duplicates", "Two registrations of one person: found, judged, merged by two people (R12)."),
    ("screenings", "Indicators, advice, and the conclusion of a named person (R11)."),
    (
        "identification-decisions",
        "Presumption, formal identification, review, declining; help waits for none of it.",
    ),
    ("consents", "Consent to sharing, and its withdrawal (R4, R5)."),
    ("age-assessments", "A doubt about an age, the panel, its decision with four eyes (R6, R10)."),
    ("guardians", "Guardians of those who are protected as children, and what rules one out (R6)."),
    (
        "best-interests",
        "What is best for a child: assessed, and determined with four eyes (R6, R10).",
    ),
    ("reflection", "Time to recover and to decide freely: offered, granted, extended, ended."),
    (
        "safety",
        "Where a person lives, sealed by itself (R9), and how they are reached without danger.",
    ),
    (
        "documents",
        "What others have written about the person, kept as it is; its class says who sees it.",
    ),
    (
        "plans",
        "The support plan, agreed with the person; conferences about it; how they fare later.",
    ),
    ("complaints", "What survivors say about how they were treated; somebody independent answers."),
    (
        "proceedings",
        "Investigations behind the wall, and what else is decided about the person (R8).",
    ),
    ("non-punishment", "Offences that must not be held against the person (R7)."),
    ("referrals", "Offers to providers, their answers, what acceptance discloses, the care given."),
    (
        "letters",
        "On paper: the letter that goes with a referral, and a person's notice of their rights.",
    ),
    ("emergency-accesses", "One case, opened for a time in an emergency, and its review (R15)."),
    ("erasure", "Forgetting a person with four eyes, and what stands in the way (R10, R13)."),
    ("access-requests", "A person's request for a copy of what is held about them."),
    ("queues", "Work lists, ordered by danger, then by the clock."),
    ("statistics", "Counts that tell of nobody (R18)."),
    ("alerts", "What an office has to look at now: kinds and ids, nothing about a person."),
    ("audit", "The trail of every act and every reading (R14)."),
    ("reference", "Code lists, the country profile and indicator sets (R19, R20)."),
    ("system", "The server itself. No token is needed."),
];
