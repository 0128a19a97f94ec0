//! Where the records of the walk stand: every state that can be reached through the API, and what
//! else access depends on.

/// Somebody does something.
pub(super) type Move = (&'static str, &'static str);

/// How a stage is reached.
pub(super) enum Plan {
    /// A report that its author has not submitted.
    Draft,
    /// A case that was registered so, and moved on.
    Case(Found, &'static [Move]),
    /// A referral that rests on something, and moved on.
    Referral(Basis, &'static [Move]),
    /// Two cases, the second of which was found somewhere, as a pair that moved on.
    Pair(Found, &'static [Move]),
}

/// Who was found, and where.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// A grown woman in the north.
    Adult,
    /// Somebody of unknown age in the north.
    Child,
    /// A grown woman, nobody knows where.
    Somewhere,
    /// A grown woman in the south.
    Elsewhere,
}

/// What a referral rests on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Basis {
    /// A consent to sharing the case's number and as many more classes of data of
    /// `case_restricted` and `identity_sealed`.
    Consent(usize),
    /// A consent that ends within the hour.
    Lapsing,
    /// A consent that has been asked for.
    Asked,
    /// Vital interests: the author sends it before triage.
    Emergency,
}

/// One state of the records.
pub(super) struct Stage {
    pub(super) name: &'static str,
    pub(super) plan: Plan,
    pub(super) what: &'static str,
    /// It differs from another stage by something else than the state.
    pub(super) is_variant: bool,
}

const ALL: Basis = Basis::Consent(2);

const fn case(name: &'static str, moves: &'static [Move], what: &'static str) -> Stage {
    found(name, Found::Adult, moves, what)
}

const fn found(
    name: &'static str,
    found: Found,
    moves: &'static [Move],
    what: &'static str,
) -> Stage {
    Stage { name, plan: Plan::Case(found, moves), what, is_variant: false }
}

const fn sent(name: &'static str, moves: &'static [Move], what: &'static str) -> Stage {
    on(name, ALL, moves, what)
}

const fn on(name: &'static str, basis: Basis, moves: &'static [Move], what: &'static str) -> Stage {
    Stage { name, plan: Plan::Referral(basis, moves), what, is_variant: false }
}

const fn variant(stage: Stage) -> Stage {
    Stage { is_variant: true, ..stage }
}

const fn pair(name: &'static str, moves: &'static [Move], what: &'static str) -> Stage {
    Stage { name, plan: Plan::Pair(Found::Adult, moves), what, is_variant: false }
}

const ASK_MERGE: Move = ("coordinator", "request-merge");
const MERGE: Move = ("supervisor_north", "approve-merge");
const UNDO: Move = ("supervisor_north", "undo-merge");

const CLAIM: Move = ("coordinator", "claim");
const OPEN: Move = ("coordinator", "activate");
const ASK: Move = ("coordinator", "close");
const APPROVE: Move = ("supervisor_north", "close");

const REOPEN: Move = ("supervisor_north", "reopen");
const PRESUME: Move = ("coordinator", "conclude");

const SEND: Move = ("coordinator", "send");
const ACCEPT: Move = ("worker", "accept");
const START: Move = ("worker", "start");
const CANCEL: Move = ("coordinator", "cancel");
const WITHDRAW: Move = ("coordinator", "withdraw-consent");
const GIVE: Move = ("manager", "assign");
const WAIT: Move = ("coordinator", "wait");
const JOIN: Move = ("clinic_worker", "join");

/// A report before there is a case.
pub(super) const DRAFT: Stage = Stage {
    name: "unsubmitted",
    plan: Plan::Draft,
    what: "a report that is not submitted",
    is_variant: false,
};

/// Every `case_status` that can be reached, and what else access to a case depends on.
///
/// `awaiting_return` and `closed_referred` belong to acts that are not there; `merged_duplicate` is the end
/// of a case that went into another one.
#[rustfmt::skip]
pub(super) const OF_CASES: &[Stage] = &[
    case("submitted", &[], "`submitted`: nobody has claimed the case"),
    case("triage", &[CLAIM], "`under_triage`"),
    case("active", &[CLAIM, OPEN], "`active`"),
    case("reflection", &[CLAIM, OPEN, ("coordinator", "start-reflection")], "`reflection_period`"),
    case("lost", &[CLAIM, OPEN, ("coordinator", "suspend")], "`suspended_lost_contact`"),
    case("follow_up", &[CLAIM, OPEN, ("coordinator", "start-follow-up")], "`follow_up`"),
    case("closed", &[CLAIM, OPEN, ASK, APPROVE], "`closed`"),
    case("merged", &[CLAIM, ("coordinator", "pair"), ASK_MERGE, MERGE], "`merged_duplicate`"),
    variant(case("closing", &[CLAIM, OPEN, ASK], "`active`, and the coordinator asks to close it")),
    variant(case("reopened", &[CLAIM, OPEN, ASK, APPROVE, REOPEN], "`active` again")),
    variant(case("presumed", &[CLAIM, OPEN, PRESUME], "`active`, and before the body: `presumed_victim`")),
    variant(found("child", Found::Child, &[CLAIM, OPEN], "`active`, the person is protected as a child")),
    variant(found("unplaced", Found::Somewhere, &[CLAIM, OPEN], "`active`, and nobody knows in which area")),
];

/// Every `referral_status`, and what else access to a referral depends on. The case is `active`
/// unless it says otherwise.
#[rustfmt::skip]
pub(super) const OF_REFERRALS: &[Stage] = &[
    sent("draft", &[], "`draft`"),
    on("waiting", Basis::Asked, &[SEND], "`consent_pending`"),
    sent("sent", &[SEND], "`sent`"),
    sent("received", &[SEND, ("worker", "receive")], "`received`"),
    sent("accepted", &[SEND, ACCEPT], "`accepted` by the worker"),
    sent("started", &[SEND, ACCEPT, START], "`service_started`"),
    sent("completed", &[SEND, ACCEPT, START, ("worker", "complete")], "`service_completed`"),
    sent("declined", &[SEND, ("worker", "decline")], "`declined`"),
    sent("returned", &[SEND, ACCEPT, ("worker", "return")], "`returned_to_sender`"),
    sent("cancelled", &[SEND, ACCEPT, CANCEL], "`cancelled` after acceptance"),
    sent("withdrawn", &[SEND, ACCEPT, WITHDRAW], "`withdrawn_by_survivor` with its consent, after acceptance"),
    variant(sent("taken_back", &[SEND, CANCEL], "`cancelled` before an answer")),
    variant(sent("unwanted", &[SEND, ("coordinator", "withdraw")], "`withdrawn_by_survivor` before an answer")),
    variant(sent("given", &[SEND, ACCEPT, GIVE], "`accepted` by the worker, then given to the colleague")),
    variant(on("nameless", Basis::Consent(1), &[SEND, ACCEPT], "`accepted`, the consent excludes identity")),
    variant(on("bare", Basis::Consent(0), &[SEND, ACCEPT], "`accepted`, the consent covers the number only")),
    variant(on("lapsed", Basis::Lapsing, &[SEND, ACCEPT, WAIT], "`accepted`, and the consent has run out since")),
    variant(sent("shared", &[SEND, ACCEPT, JOIN], "`accepted`, and the clinic has a live referral of the same case")),
    variant(sent("before_body", &[SEND, ACCEPT, PRESUME], "`accepted`, and the case is before the body")),
    variant(on("emergency", Basis::Emergency, &[], "`sent` by the author, the case is `submitted`")),
    variant(on("claimed", Basis::Emergency, &[CLAIM], "`sent` by the author, the case is `under_triage` since")),
    variant(on("urgent", Basis::Emergency, &[ACCEPT], "`accepted`, sent by the author, the case is `submitted`")),
];

/// Every `duplicate_state`, and what else access to a pair depends on. Both cases are coordinated by one
/// person in the north unless it says otherwise.
#[rustfmt::skip]
pub(super) const OF_PAIRS: &[Stage] = &[
    pair("alike", &[], "`open`: nobody has judged the pair"),
    pair("apart", &[("coordinator", "dismiss")], "`dismissed`"),
    pair("joining", &[ASK_MERGE], "`merge_requested` by the coordinator"),
    pair("joined", &[ASK_MERGE, MERGE], "`merged`"),
    pair("parting", &[ASK_MERGE, MERGE, UNDO], "`merged`, and the supervisor asks to undo it"),
    pair("parted", &[ASK_MERGE, MERGE, UNDO, ("coordinator", "undo-merge")], "`undone`"),
    Stage { name: "across", plan: Plan::Pair(Found::Elsewhere, &[]), what: "`open`, and one of the cases lies in another area", is_variant: false },
];

/// Returns every stage.
pub(super) fn every() -> impl Iterator<Item = &'static Stage> {
    std::iter::once(&DRAFT).chain(OF_CASES).chain(OF_REFERRALS).chain(OF_PAIRS)
}
