//! Every action that can be permitted, with the name it has in the API, the policy and the trail.

/// Something a caller may be permitted to do.
pub trait Action: Send + Sync + 'static {
    /// The name: `object.verb`.
    const NAME: &'static str;
    /// The action that shows the record; who may do that gets 403 instead of 404 here.
    const VISIBLE_BY: Option<&'static str>;
    /// Whether a caller without the action is told nothing (404) or is told no (403).
    const HIDDEN: bool;
    /// Whether every change of the action, and every look at cases, lies within one case, and its
    /// event in the chain of that case. It may look at accounts and the directory too: what changes
    /// those never looks at cases to decide.
    const IN_CASE: bool;
    /// Whether it asks for a fresh proof of the second factor: whether it is marked [`StepsUp`].
    const STEPS_UP: bool;
    /// Whether it goes on when the person was forgotten: whether it is marked [`OutlivesErasure`].
    const OUTLIVES_ERASURE: bool;
}

/// Marks actions under which sealed data may be opened.
pub trait Discloses {}

/// Marks actions under which a record that is there may be changed.
pub trait Changes {}

/// Marks actions for which the person has proved the second factor a moment ago: what opens an
/// identity, gives rights, or takes data away. The doorway to the database asks for it, before
/// anything is looked for ([`FactorRules`](crate::second_factor::FactorRules)).
pub trait StepsUp {}

/// Marks actions that say nothing about anybody, and go on when the person was forgotten (R13).
pub trait OutlivesErasure {}

/// Marks actions that ask for the caller's password once more.
pub trait AsksPassword {}

macro_rules! actions {
    (@steps_up) => { false };
    (@steps_up StepsUp $($mark:ident)*) => { true };
    (@steps_up $other:ident $($mark:ident)*) => { actions!(@steps_up $($mark)*) };
    (@outlives) => { false };
    (@outlives OutlivesErasure $($mark:ident)*) => { true };
    (@outlives $other:ident $($mark:ident)*) => { actions!(@outlives $($mark)*) };
    ($($group:ident: visible_by $visible:expr, hidden $hidden:literal, in_case $in_case:literal { $($name:ident = $code:literal $(: $mark:ident $(+ $more:ident)*)?,)+ })+) => {
        $($(
            #[doc = concat!("`", $code, "`")]
            #[derive(Debug, Clone, Copy)]
            pub struct $name;
            impl Action for $name {
                const NAME: &'static str = $code;
                const VISIBLE_BY: Option<&'static str> = $visible;
                const HIDDEN: bool = $hidden;
                const IN_CASE: bool = $in_case;
                const STEPS_UP: bool = actions!(@steps_up $($mark $($more)*)?);
                const OUTLIVES_ERASURE: bool = actions!(@outlives $($mark $($more)*)?);
            }
            $(impl $mark for $name {} $(impl $more for $name {})*)?
        )+)+
        /// Every action's name, in reading order: the rows of the access matrix.
        pub const ACTIONS: &[&str] = &[$($($code,)+)+];

        /// Says whether an action, named at run time, asks for a fresh proof of the second factor.
        #[must_use]
        pub fn steps_up(action: &str) -> bool {
            match action {
                $($($code => $name::STEPS_UP,)+)+
                _ => false,
            }
        }

        /// Says whether an action, named at run time, goes on when the person was forgotten.
        #[must_use]
        pub fn outlives_erasure(action: &str) -> bool {
            match action {
                $($($code => $name::OUTLIVES_ERASURE,)+)+
                _ => false,
            }
        }
    };
}

actions! {
    system: visible_by None, hidden false, in_case false {
        ReadMe = "me.read",
        EditMe = "me.edit",
        ChangePassword = "me.change-password": AsksPassword,
        ReadSecondFactor = "second-factor.read",
        EnrolSecondFactor = "second-factor.enrol": AsksPassword,
        ConfirmSecondFactor = "second-factor.confirm",
        RenewRecoveryCodes = "second-factor.renew-codes": StepsUp,
        RemoveSecondFactor = "second-factor.remove": StepsUp,
        StepUp = "session.step-up",
        EndSession = "session.end",
        ReadSession = "session.read",
        RevokeSession = "session.revoke",
        ReadReference = "reference.read",
        CreateOrganisation = "organisation.create",
        ReadOrganisation = "organisation.read",
        EditOrganisation = "organisation.edit",
        CreateService = "service.create",
        EditService = "service.edit",
        ReportPlaces = "service.report-places",
        ReadStatistics = "statistics.read",
        ProposeIndicatorSet = "indicator-set.propose",
        ApproveIndicatorSet = "indicator-set.approve": Changes,
        WithdrawIndicatorSet = "indicator-set.withdraw": Changes,
        CreateUser = "user.create": StepsUp,
        ReadUser = "user.read",
        EditUser = "user.edit",
        DisableUser = "user.disable",
        EnableUser = "user.enable": StepsUp,
        GrantRole = "user.grant-role": StepsUp,
        EndRole = "user.end-role",
        ResetUser = "user.reset": StepsUp,
        ResetSecondFactor = "user.reset-second-factor": StepsUp,
        ReadOwnAudit = "audit.read-own",
        ReadAudit = "audit.read",
        ExportAudit = "audit.export": StepsUp,
        VerifyAudit = "audit.verify",
        ReadLog = "audit.read-log",
    }
    alerts: visible_by Some("alert.read"), hidden true, in_case false {
        ReadAlert = "alert.read",
        AcknowledgeAlert = "alert.acknowledge": Changes,
    }
    baits: visible_by Some("bait.read"), hidden true, in_case false {
        MarkBait = "bait.mark",
        ReadBait = "bait.read",
        RemoveBait = "bait.remove": Changes,
    }
    // Hidden from whoever may look at emergency accesses and not open one: to them a code that a case
    // has must be answered as one that none has.
    emergencies: visible_by None, hidden true, in_case false {
        OpenEmergency = "emergency-access.open": StepsUp,
    }
    reviews: visible_by Some("emergency-access.read"), hidden true, in_case false {
        ReadEmergency = "emergency-access.read": Discloses,
        ReviewEmergency = "emergency-access.review": Changes,
    }
    // Reading the copy numbers it; what is shown in it is permitted piece by piece, by the actions that
    // show the same in the case.
    subject_access: visible_by Some("access-request.read"), hidden true, in_case true {
        CreateAccessRequest = "access-request.create",
        ReadAccessRequest = "access-request.read": OutlivesErasure,
        CopyPersonData = "access-request.copy": Discloses + Changes + StepsUp,
        RedactCopy = "access-request.redact": Discloses + Changes,
        HandOverCopy = "access-request.hand-over": Discloses + Changes + StepsUp,
        RequestAccessRefusal = "access-request.request-refusal": Changes + OutlivesErasure,
        ApproveAccessRefusal = "access-request.approve-refusal": Changes + OutlivesErasure,
        DeclineAccessRefusal = "access-request.decline-refusal": Changes + OutlivesErasure,
    }
    registration: visible_by None, hidden false, in_case true {
        CreateReport = "report.create",
    }
    findings: visible_by None, hidden false, in_case false {
        CreateIncident = "incident.create",
    }
    // Who may see it looks at several cases to be decided.
    incidents: visible_by Some("incident.read"), hidden true, in_case false {
        ReadIncident = "incident.read": Discloses,
        EditIncident = "incident.edit": Discloses + Changes,
        ReadIncidentCases = "incident.read-cases",
    }
    reports: visible_by Some("report.read"), hidden true, in_case true {
        ReadReport = "report.read": Discloses,
        EditReport = "report.edit": Discloses + Changes,
        SubmitReport = "report.submit": Discloses + Changes,
    }
    cases: visible_by Some("case.read"), hidden true, in_case true {
        ReadCase = "case.read": Discloses,
        SearchCases = "case.search": Discloses,
        EditCase = "case.edit": Changes,
        ClaimCase = "case.claim": Changes,
        AssignCase = "case.assign": Changes,
        ActivateCase = "case.activate": Changes,
        StartReflection = "case.start-reflection": Changes,
        SuspendCase = "case.suspend": Changes,
        ResumeCase = "case.resume": Changes,
        StartFollowUp = "case.start-follow-up": Changes,
        CloseCase = "case.close": Changes,
        DeclineClosure = "case.decline-closure": Changes,
        ReopenCase = "case.reopen": Changes,
        MeetDeadline = "case.meet-deadline": Changes,
        LinkIncident = "case.link-incident": Changes,
        UnlinkIncident = "case.unlink-incident": Changes,
        ReadIdentity = "identity.read": Discloses + StepsUp,
        EditIdentity = "identity.edit": Discloses + Changes + StepsUp,
        CreateScreening = "screening.create",
        ReadScreening = "screening.read": Discloses,
        ConcludeScreening = "screening.conclude": Changes,
        CreateDecision = "identification-decision.create": Changes,
        ReadDecision = "identification-decision.read": Discloses,
        RecordDecisionNotice = "identification-decision.record-notice": Changes,
        RequestDecisionReview = "identification-decision.request-review": Changes,
        TakeBackDecision = "identification-decision.take-back": Changes,
        CreateConsent = "consent.create",
        ReadConsent = "consent.read": Discloses,
        AnswerConsent = "consent.answer": Changes,
        WithdrawConsent = "consent.withdraw": Changes,
        AssessNeeds = "needs-assessment.create": Changes,
        ReadNeeds = "needs-assessment.read": Discloses,
        CreateNote = "note.create",
        ReadNote = "note.read": Discloses,
        ReadTimeline = "timeline.read",
        ReadCare = "care.read": Discloses,
        CreateReferral = "referral.create",
        MatchServices = "service.match",
        ReadTriageQueue = "queue.triage",
        ReadMyCasesQueue = "queue.my-cases",
        ReadOverdueQueue = "queue.overdue",
    }
    assessments: visible_by Some("age-assessment.read"), hidden true, in_case true {
        CreateAgeAssessment = "age-assessment.create": Changes,
        ReadAgeAssessment = "age-assessment.read": Discloses,
        NameAgePanel = "age-assessment.name-panel": Changes,
        ProposeAgeDecision = "age-assessment.propose-decision": Changes,
        ApproveAgeDecision = "age-assessment.approve": Changes,
        DeclineAgeDecision = "age-assessment.decline": Changes,
        ContestAgeDecision = "age-assessment.contest": Changes,
        WithdrawAgeDoubt = "age-assessment.withdraw": Changes,
    }
    guardians: visible_by Some("case.read"), hidden true, in_case true {
        AppointGuardian = "guardian.appoint",
        ReadGuardian = "guardian.read": Discloses,
        EndGuardian = "guardian.end": Changes,
    }
    interests: visible_by Some("best-interests.read"), hidden true, in_case true {
        AssessInterests = "best-interests.create",
        ReadInterests = "best-interests.read": Discloses,
        NameInterestsPanel = "best-interests.name-panel": Changes,
        ProposeDetermination = "best-interests.propose-determination": Changes,
        ApproveDetermination = "best-interests.approve": Changes,
        DeclineDetermination = "best-interests.decline": Changes,
        ReviewDetermination = "best-interests.review": Changes,
    }
    reflection: visible_by Some("reflection-period.read"), hidden true, in_case true {
        OfferReflection = "reflection-period.offer",
        ReadReflection = "reflection-period.read": Discloses,
        TellReflection = "reflection-period.record-notice": Changes,
        GrantReflection = "reflection-period.grant": Changes,
        DeclineReflection = "reflection-period.decline": Changes,
        RefuseReflection = "reflection-period.refuse": Changes,
        ExtendReflection = "reflection-period.extend": Changes,
        EndReflection = "reflection-period.end": Changes,
        TerminateReflection = "reflection-period.terminate": Changes,
    }
    // A place that somebody may not know of does not exist for them, although they know the case.
    placements: visible_by Some("placement.read"), hidden true, in_case true {
        CreatePlacement = "placement.create",
        ReadPlacement = "placement.read": Discloses,
        EndPlacement = "placement.end": Changes,
    }
    // The number is told by the act that asks for it, and by nothing else.
    safe_contacts: visible_by Some("case.read"), hidden true, in_case true {
        CreateSafeContact = "safe-contact.create",
        ReadSafeContact = "safe-contact.read": Discloses,
        UseSafeContact = "safe-contact.use": Discloses + Changes + StepsUp,
        RetireSafeContact = "safe-contact.retire": Changes,
    }
    plans: visible_by Some("case.read"), hidden true, in_case true {
        StartPlan = "support-plan.create",
        ReadPlan = "support-plan.read": Discloses,
        EditPlan = "support-plan.edit": Changes,
        AgreePlan = "support-plan.agree": Changes,
        ReviewPlan = "support-plan.review": Changes,
        CreatePlanItem = "plan-item.create": Changes,
        EditPlanItem = "plan-item.edit": Changes,
        StartPlanItem = "plan-item.start": Changes,
        CompletePlanItem = "plan-item.complete": Changes,
        DeclinePlanItem = "plan-item.decline": Changes,
        DropPlanItem = "plan-item.drop": Changes,
        RecordConference = "case-conference.create",
        ReadConference = "case-conference.read": Discloses,
        RecordFollowUp = "follow-up.create": Changes,
        ReadFollowUp = "follow-up.read": Discloses,
        ReadClosureChecklist = "closure-checklist.read": Discloses,
        ReceiveComplaint = "complaint.create",
        ReadComplaint = "complaint.read": Discloses,
        ExamineComplaint = "complaint.examine": Changes,
        ConcludeComplaint = "complaint.conclude": Changes,
    }
    // A document that somebody may not know of does not exist for them, although they know the case. Its
    // content may be who the person is: a passport, a certificate.
    documents: visible_by Some("document.read"), hidden true, in_case true {
        CreateDocument = "document.create": Changes,
        ReadDocument = "document.read": Discloses,
        UploadDocument = "document.upload": Changes,
        ReadDocumentContent = "document.read-content": Discloses + StepsUp,
    }
    // Providers and first responders are not told that there is one (R8).
    proceedings: visible_by Some("proceeding.read"), hidden true, in_case true {
        OpenProceeding = "proceeding.open",
        ReadProceeding = "proceeding.read": Discloses,
        EditProceeding = "proceeding.edit": Changes,
        AdvanceProceeding = "proceeding.advance": Changes,
        ShareIdentity = "proceeding.share-identity": Changes + StepsUp,
        EndIdentitySharing = "proceeding.end-identity-sharing": Changes,
        ScheduleHearing = "hearing.schedule",
        ReadHearing = "hearing.read": Discloses,
        RecordHearing = "hearing.record": Changes,
        AddPerpetrator = "alleged-perpetrator.add",
        ReadPerpetrator = "alleged-perpetrator.read": Discloses,
    }
    disclosures: visible_by Some("disclosure.read"), hidden true, in_case true {
        ReadDisclosures = "disclosure.read",
    }
    issues: visible_by Some("non-punishment-issue.read"), hidden true, in_case true {
        RaiseIssue = "non-punishment-issue.raise",
        ReadIssue = "non-punishment-issue.read": Discloses,
        TellIssue = "non-punishment-issue.tell": Changes,
        RemedyIssue = "non-punishment-issue.remedy": Changes,
    }
    // A pair is about two cases: what is done to it moves the chains of both.
    duplicates: visible_by Some("duplicate.read"), hidden true, in_case false {
        ReadDuplicate = "duplicate.read": Discloses,
        DismissDuplicate = "duplicate.dismiss": Changes,
        RequestMerge = "duplicate.request-merge": Changes,
        ApproveMerge = "duplicate.approve-merge": Changes,
        DeclineMerge = "duplicate.decline-merge": Changes,
        UndoMerge = "duplicate.undo-merge": Changes,
        ReadDuplicatesQueue = "queue.duplicates",
    }
    referrals: visible_by Some("referral.read"), hidden true, in_case true {
        ReadReferral = "referral.read": Discloses,
        EditReferral = "referral.edit": Changes,
        SendReferral = "referral.send": Changes,
        ReceiveReferral = "referral.receive": Changes,
        AcceptReferral = "referral.accept": Changes,
        DeclineReferral = "referral.decline": Changes,
        AssignReferral = "referral.assign": Changes,
        StartReferral = "referral.start": Changes,
        CompleteReferral = "referral.complete": Changes,
        ReturnReferral = "referral.return": Changes,
        CancelReferral = "referral.cancel": Changes,
        WithdrawReferral = "referral.withdraw": Changes,
        CreateServiceUpdate = "service-update.create",
        ReadServiceUpdate = "service-update.read": Discloses,
        ReadInboxQueue = "queue.inbox",
        ReadReturnedQueue = "queue.returned",
    }
    // The numbers of letters are counted over all cases.
    letters: visible_by Some("referral.read"), hidden true, in_case false {
        MakeReferralLetter = "referral-letter.create": Changes,
        ReadReferralLetter = "referral-letter.read": Discloses,
    }
    notices: visible_by Some("case.read"), hidden true, in_case false {
        MakeNotice = "notice-of-rights.create": Changes,
        ReadNotice = "notice-of-rights.read": Discloses,
    }
    erasures: visible_by Some("erasure.read"), hidden true, in_case false {
        RequestErasure = "erasure.request": StepsUp,
        ReadErasure = "erasure.read": OutlivesErasure,
        ApproveErasure = "erasure.approve": Changes + StepsUp,
        DeclineErasure = "erasure.decline": Changes + OutlivesErasure,
    }
    holds: visible_by Some("legal-hold.read"), hidden true, in_case false {
        PlaceHold = "legal-hold.place",
        ReadHold = "legal-hold.read": OutlivesErasure,
        ReleaseHold = "legal-hold.release": Changes + StepsUp + OutlivesErasure,
    }
    // Whoever sees an offer or the rest of an ended referral does not see that a package exists.
    packages: visible_by None, hidden true, in_case true {
        ReadPackage = "package.read": Discloses + StepsUp,
    }
}
