//! What must hold in the table whatever stands in it: the rules that the walk was made for, each
//! said without the policy and without the table.

use std::cell::RefCell;

use refero::api::operation::Operation;
use refero_domain::actor::ActorRole;

use super::{
    asking::{About, about},
    cell::Cell,
    people::Walker,
    walking::{Walk, op_that_reads},
};

/// One cell with what it is about.
struct Asked<'c> {
    op: &'c Operation,
    walker: &'c Walker,
    stage: &'static str,
    cell: &'c Cell,
}

impl Asked<'_> {
    fn is(&self, names: &[&str]) -> bool {
        names.contains(&self.walker.name)
    }

    fn at(&self, stages: &[&str]) -> bool {
        stages.contains(&self.stage)
    }

    fn asks(&self, operations: &[&str]) -> bool {
        operations.contains(&self.op.id)
    }

    fn reads(&self) -> bool {
        !self.op.gives_receipt()
    }

    fn shows(&self, class: char) -> bool {
        self.cell.classes().contains(class)
    }

    fn is_done(&self) -> bool {
        matches!(self.cell, Cell::Shown { done: true, .. })
    }

    fn is_role(&self, roles: &[ActorRole]) -> bool {
        self.walker.role.is_some_and(|role| roles.contains(&role))
    }
}

/// The provider that the referrals are sent to.
const SHELTER: [&str; 3] = ["worker", "worker_colleague", "manager"];
/// The stages in which the author's organisation still holds the case.
const UNCLAIMED: [&str; 3] = ["submitted", "emergency", "urgent"];
const OFFERED: [&str; 4] = ["sent", "received", "emergency", "claimed"];
const LIVE: [&str; 9] = [
    "accepted",
    "started",
    "given",
    "nameless",
    "bare",
    "lapsed",
    "shared",
    "before_body",
    "urgent",
];
/// The live stages whose referral discloses identity.
const NAMED: [&str; 5] = ["accepted", "started", "given", "shared", "before_body"];
/// The stages in which a referral ended after the provider had answered it.
const ANSWERED: [&str; 5] = ["completed", "declined", "returned", "cancelled", "withdrawn"];

/// Every cell of the walk so far.
struct Table<'c> {
    walk: &'c Walk<'c>,
    asked: Vec<Asked<'c>>,
    /// The rules that did not hold, all of them.
    broken: RefCell<Vec<String>>,
}

impl<'c> Table<'c> {
    fn of(walk: &'c Walk<'c>) -> Self {
        let operation = |id| walk.operations.iter().find(|op| op.id == id).unwrap();
        let walker = |name| walk.people.all.iter().find(|walker| walker.name == name).unwrap();
        let asked = walk.cells.iter().map(|((op, name, stage), cell)| Asked {
            op: operation(*op),
            walker: walker(*name),
            stage,
            cell,
        });
        Self { walk, asked: asked.collect(), broken: RefCell::default() }
    }

    /// Holds a rule to every cell that it speaks of, and asserts that there are such cells.
    #[track_caller]
    fn hold(
        &self,
        rule: &str,
        speaks_of: impl Fn(&Asked<'_>) -> bool,
        holds: impl Fn(&Asked<'_>) -> bool,
    ) {
        let met: Vec<_> = self.asked.iter().filter(|asked| speaks_of(asked)).collect();
        assert!(!met.is_empty(), "nothing was asked that the rule speaks of: {rule}");
        let broken: Vec<String> = met
            .into_iter()
            .filter(|asked| !holds(asked))
            .map(|Asked { op, walker, stage, cell }| {
                format!("{} {} {stage}: {cell}", walker.name, op.id)
            })
            .collect();
        if !broken.is_empty() {
            self.broken.borrow_mut().push(format!("{rule}:\n{}", broken.join("\n")));
        }
    }

    /// Expects that no rule was broken.
    #[track_caller]
    fn expect_held(&self) {
        let broken = self.broken.borrow();
        assert!(broken.is_empty(), "{}", broken.join("\n\n"));
    }

    /// Says whether somebody was shown something in the same state.
    fn shows(&self, op: &'static str, asked: &Asked<'_>) -> bool {
        let cell = self.walk.cells.get(&(op, asked.walker.name, asked.stage));
        cell.is_some_and(|cell| !cell.classes().is_empty())
    }
}

fn is_hidden(asked: &Asked<'_>) -> bool {
    *asked.cell == Cell::Hidden
}

/// Asserts every rule about records.
pub(super) fn about_records(walk: &Walk<'_>) {
    let table = Table::of(walk);
    those_who_see_nothing(&table);
    those_who_see_and_do_not_act(&table);
    first_responders(&table);
    providers(&table);
    pairs(&table);
    classes(&table);
    table.expect_held();
}

/// Asserts the rule about everything else.
pub(super) fn about_accounts(walk: &Walk<'_>) {
    let accounts = [
        "createOrganisation",
        "editOrganisation",
        "createUser",
        "editUser",
        "disableUser",
        "enableUser",
        "resetUser",
        "resetUserSecondFactor",
        "grantRole",
        "endRole",
    ];
    let rule = "R16: who administers is the only one who makes accounts, and sees no case";
    let may = |asked: &Asked<'_>| *asked.cell == Cell::Allowed && asked.asks(&accounts);
    let is_administrator = |asked: &Asked<'_>| asked.is(&["administrator"]);
    let table = Table::of(walk);
    table.hold(rule, may, is_administrator);
    table.expect_held();
}

fn those_who_see_nothing(table: &Table<'_>) {
    use ActorRole::*;
    let offices = [SystemAdministrator, Auditor, DataProtectionOfficer, Analyst];
    let rule = "R16: who administers, audits or counts reads no case";
    let of_theirs =
        |asked: &Asked<'_>| asked.is_role(&offices) && !asked.asks(&["listDisclosures"]);
    table.hold(rule, of_theirs, is_hidden);
    let rule = "R4: data protection sees to whom was disclosed, and nothing of what";
    let officer = |asked: &Asked<'_>| asked.is_role(&[DataProtectionOfficer]);
    table.hold(rule, officer, |asked| ["", "o"].contains(&asked.cell.classes()));
    let walled = [TransnationalFocalPoint, Guardian];
    let rule = "who sees another country or one child sees nothing yet";
    table.hold(rule, |asked| asked.is_role(&walled), is_hidden);
    let track = [Investigator, ProsecutorLiaison];
    let rule = "R8: who investigates is shown no dossier, no care and no name";
    let sees = |asked: &Asked<'_>| ['r', 'm', 'i'].iter().any(|class| asked.shows(*class));
    table.hold(rule, |asked| asked.is_role(&track), |asked| !sees(asked));
    let rule = "R8: who investigates acts on the investigation alone";
    let acts = [
        "editProceeding",
        "advanceProceeding",
        "scheduleHearing",
        "recordHearing",
        "addAllegedPerpetrator",
        "raiseNonPunishmentIssue",
    ];
    table.hold(
        rule,
        |asked| asked.is_role(&track) && asked.is_done(),
        |asked| asked.asks(&acts) || asked.reads(),
    );
    let rule = "a role that has not begun opens nothing";
    let early = ["supervisor_tomorrow", "manager_tomorrow"];
    table.hold(rule, |asked| asked.is(&early), is_hidden);
    let strangers = [
        "responder_elsewhere",
        "officer_south",
        "hostel_worker",
        "hostel_manager",
        "worker_elsewhere",
        "manager_elsewhere",
        "hotline",
    ];
    let rule = "who has nothing to do with a case sees nothing of it";
    table.hold(rule, |asked| asked.is(&strangers), is_hidden);
    let south = ["coordinator_south", "supervisor_south"];
    let rule = "a case of another area is another bureau's";
    table.hold(rule, |asked| asked.is(&south) && !asked.at(&["unplaced"]), is_hidden);
    let rule = "who does not sign in is told so, and no more";
    table.hold(rule, |asked| asked.walker.role.is_none(), |asked| *asked.cell == Cell::Unknown);
}

fn those_who_see_and_do_not_act(table: &Table<'_>) {
    let rule = "who may do something with a record may see it";
    let sees = |asked: &Asked<'_>| table.shows(op_that_reads(asked.op), asked);
    // The register of disclosures tells of no record.
    let known = |asked: &Asked<'_>| {
        asked.cell.is_known() && asked.walker.role.is_some() && !asked.asks(&["listDisclosures"])
    };
    table.hold(rule, known, sees);
    let others = ["coordinator_north", "coordinator_country", "coordinator_south"];
    let rule = "a coordinator does nothing to a case of somebody else but claim it from triage, and hear a \
                complaint";
    let acts = |asked: &Asked<'_>| asked.is_done();
    // What was found belongs to the bureau of the area, and two cases to both.
    let is_shared = |asked: &Asked<'_>| matches!(about(asked.op), About::Pair | About::Incident);
    table.hold(
        rule,
        |asked| asked.is(&others) && acts(asked) && !is_shared(asked),
        |asked| {
            (asked.asks(&["claimCase"]) && asked.at(&["submitted"]))
                || asked.asks(&["recordComplaint"])
        },
    );
    let rule = "the identifying body sees the cases before it, and acts on what is decided alone";
    let officer = |asked: &Asked<'_>| asked.is(&["officer_north"]);
    let before = ["presumed", "before_body"];
    table.hold(rule, |asked| officer(asked) && !asked.at(&before), is_hidden);
    let deciding = ["recordDecisionNotice", "requestDecisionReview"];
    table.hold(rule, officer, |asked| !asked.is_done() || asked.asks(&deciding));
}

fn first_responders(table: &Table<'_>) {
    let police = ["author", "colleague"];
    let rule = "a draft is its author's alone";
    table.hold(
        rule,
        |asked| asked.at(&["unsubmitted"]) && asked.walker.role.is_some(),
        |asked| asked.is(&["author"]) == asked.cell.is_known(),
    );
    let rule =
        "after triage the registering organisation sees where a case stands, not what it says";
    table.hold(
        rule,
        |asked| asked.is(&police) && !asked.at(&UNCLAIMED) && !asked.at(&["unsubmitted"]),
        |asked| !asked.shows('r'),
    );
    let rule = "after triage it does nothing but doubt the age, hear a complaint, take back its own referral, and \
                register who else was found";
    table.hold(
        rule,
        |asked| asked.is(&police) && !asked.at(&UNCLAIMED) && asked.is_done(),
        |asked| {
            asked.at(&["unsubmitted"])
                || asked.asks(&["createAgeAssessment", "recordComplaint", "registerReports"])
                || (asked.at(&["claimed"]) && asked.asks(&["cancelReferral", "withdrawReferral"]))
        },
    );
}

fn providers(table: &Table<'_>) {
    let here = |asked: &Asked<'_>| asked.is(&SHELTER);
    let rule = "R1: before it is asked a provider knows nothing";
    table.hold(rule, |asked| here(asked) && asked.at(&["draft", "waiting"]), is_hidden);
    let rule = "R1: until it answers a provider sees the offer, and nothing else";
    table.hold(
        rule,
        |asked| here(asked) && asked.at(&OFFERED) && asked.reads(),
        |asked| {
            let offer = asked.asks(&["readReferral"]);
            asked.cell.classes() == if offer { "o" } else { "" }
        },
    );
    let rule = "R2: a colleague sees no more because another may";
    let colleague = |asked: &Asked<'_>| match asked.stage {
        "given" => asked.is(&["worker"]),
        _ => asked.is(&["worker_colleague"]),
    };
    table.hold(rule, |asked| colleague(asked) && asked.at(&LIVE), is_hidden);
    let rule = "R2: the package is open to those who work on the referral, while they do";
    let works = |asked: &Asked<'_>| here(asked) && !colleague(asked) && asked.at(&LIVE);
    table.hold(
        rule,
        |asked| asked.asks(&["readPackage"]) && asked.walker.role.is_some(),
        |asked| if works(asked) { asked.cell.is_known() } else { is_hidden(asked) },
    );
    let rule = "R2: names are shown as far as the consent goes, and as long as it is in force";
    let names = ["readPackage", "readIdentity"];
    table.hold(
        rule,
        |asked| here(asked) && asked.asks(&names),
        |asked| asked.shows('i') == (works(asked) && asked.at(&NAMED)),
    );
    let rule = "R3: an ended referral that it never answered is gone for a provider";
    table.hold(rule, |asked| here(asked) && asked.at(&["taken_back", "unwanted"]), is_hidden);
    let rule = "R3: of an ended referral a provider keeps what it wrote, and nothing of the case";
    let own = ["readReferral", "listServiceUpdates", "readServiceUpdate"];
    // Letters are the sender's: that they are refused tells nothing, because the referral is still seen.
    let refused =
        |asked: &Asked<'_>| asked.asks(&["listReferralLetters"]) && *asked.cell == Cell::Forbidden;
    table.hold(
        rule,
        |asked| here(asked) && asked.at(&ANSWERED) && asked.reads() && !asked.asks(&own),
        |asked| is_hidden(asked) || refused(asked),
    );
    let rule = "R3: another live referral of the case opens the case, never this referral";
    let clinic = |asked: &Asked<'_>| asked.is(&["clinic_worker", "clinic_manager"]);
    table.hold(
        rule,
        |asked| clinic(asked) && (!asked.at(&["shared"]) || about(asked.op) == About::Referral),
        is_hidden,
    );
}

fn pairs(table: &Table<'_>) {
    let on_pair = |asked: &Asked<'_>| about(asked.op) == About::Pair && asked.walker.role.is_some();
    let rule = "R12: a pair is seen by those alone of whose area both cases are";
    let bureau = ["coordinator", "coordinator_north", "coordinator_country", "supervisor_north"];
    table.hold(rule, on_pair, |asked| {
        let whole_country = asked.is(&["coordinator_country"]);
        let sees = asked.is(&bureau) && (whole_country || !asked.at(&["across"]));
        asked.cell.is_known() == sees
    });
    let rule = "R10: nobody approves what they asked for themselves";
    let asked_for = |asked: &Asked<'_>| {
        (asked.asks(&["approveMerge"]) && asked.at(&["joining"]) && asked.is(&["coordinator"]))
            || (asked.asks(&["undoMerge"])
                && asked.at(&["parting"])
                && asked.is(&["supervisor_north"]))
    };
    table.hold(rule, asked_for, |asked| !asked.is_done());
}

fn classes(table: &Table<'_>) {
    let rule = "R8: medical notes are shown to the provider that treats, through its referral";
    table.hold(
        rule,
        |asked| asked.shows('m'),
        |asked| asked.is(&SHELTER) && about(asked.op) == About::Referral,
    );
    let rule = "names are opened where names are asked for, and nowhere else";
    let opens = ["readIdentity", "editIdentity", "readPackage", "useSafeContact"];
    table.hold(
        rule,
        |asked| asked.shows('i'),
        |asked| asked.asks(&opens) || asked.at(&["unsubmitted"]),
    );
    for (letter, opens) in
        [('s', "listScreenings"), ('k', "listConsents"), ('n', "listNotes"), ('f', "readReferral")]
    {
        let rule = "a timeline tells of nothing that its reader could not open";
        let may_open = |asked: &Asked<'_>| table.shows(opens, asked);
        let told = |asked: &Asked<'_>| asked.asks(&["readTimeline"]) && asked.shows(letter);
        table.hold(rule, told, may_open);
    }
    let rule = "what is shown is not called withheld";
    table.hold(
        rule,
        |_| true,
        |asked| match asked.cell {
            Cell::Shown { classes, withheld, .. } => {
                !classes.chars().any(|class| withheld.contains(class))
            }
            Cell::Unknown | Cell::Hidden | Cell::Forbidden | Cell::Refused(_) | Cell::Allowed => {
                true
            }
        },
    );
}
