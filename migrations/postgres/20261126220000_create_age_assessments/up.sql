-- Age assessments: the doubt, the panel, the decision, and whoever contests it. Codes, ages and times; what
-- people said is sealed.
create table age_assessments (
  id text not null primary key check (length(id) = 36),
  case_id text not null references cases (id),
  state text not null check (state in ('doubted', 'panel_named', 'decision_proposed', 'decided', 'contested',
    'withdrawn')),
  -- A code of age_doubt_reason.
  reason text not null,
  -- The age_status that stood when the doubt was recorded.
  status_before text not null,
  -- JSON list of codes of panel_profession, one for each member.
  professions text not null,
  -- A code of age_assessment_consent.
  consent text check (consent in ('given', 'refused', 'not_possible')),
  -- JSON list of codes of age_assessment_method, without examinations of the body.
  methods text not null,
  -- In years; and the age of majority by which they were judged.
  age_from bigint,
  age_to bigint,
  margin_of_error bigint,
  age_of_majority bigint,
  -- Derived from the range.
  outcome text check (outcome in ('assessed_child', 'assessed_adult')),
  -- Why the age is doubted, who sits on the panel, why the decision is contested.
  sealed bytea,
  -- The reasons of the decision.
  reasons bytea,
  -- Which examinations of the body there were, and what they found, in short.
  findings bytea,
  panel_named_by text references users (id),
  panel_named_at timestamp,
  proposed_by text references users (id),
  proposed_at timestamp,
  decided_by text references users (id),
  decided_at timestamp,
  contested_by text references users (id),
  contested_at timestamp,
  contested_for_person boolean,
  withdrawal_requested_by text references users (id),
  withdrawal_requested_at timestamp,
  created_by text not null references users (id),
  version bigint not null,
  created_at timestamp not null,
  updated_at timestamp not null,
  -- Only a range decides, and only by an act of a second person (R10).
  check ((outcome is null) = (age_from is null) and (age_from is null) = (age_to is null)
    and (age_from is null) = (margin_of_error is null) and (age_from is null) = (age_of_majority is null)),
  check (outcome is null or outcome <> 'assessed_adult' or age_from - margin_of_error >= age_of_majority),
  check (state not in ('decision_proposed', 'decided', 'contested') or outcome is not null),
  check (state not in ('decided', 'contested') or (decided_by is not null and decided_by <> proposed_by
    and decided_by <> created_by))
);
create index age_assessments_case on age_assessments (case_id, created_at, id);
-- One doubt at a time.
create unique index age_assessments_open on age_assessments (case_id)
  where state in ('doubted', 'panel_named', 'decision_proposed', 'contested');
create index age_assessments_panel_namer on age_assessments (panel_named_by);
create index age_assessments_proposer on age_assessments (proposed_by);
create index age_assessments_decider on age_assessments (decided_by);
create index age_assessments_contester on age_assessments (contested_by);
create index age_assessments_withdrawal_requester on age_assessments (withdrawal_requested_by);
create index age_assessments_author on age_assessments (created_by);
