-- People, what is sealed about them, reports, cases and the parts of a dossier.
create table deployment_keys (
  epoch integer not null primary key,
  -- Derived from the key, never the key: a wrong key refuses to start.
  check_value blob not null,
  created_at text not null
) strict;

create table person_keys (
  -- A draft report has a key before the person has a case.
  person_id text not null primary key check (length(person_id) = 36),
  epoch integer not null references deployment_keys (epoch),
  wrapped blob not null,
  created_at text not null
) strict;
create index person_keys_epoch on person_keys (epoch);

create table people (
  id text not null primary key check (length(id) = 36),
  sex_reporting text not null,
  birth_year_estimate integer,
  age_status text not null,
  primary_language text,
  -- JSON lists of codes.
  other_languages text not null,
  citizenships text not null,
  version integer not null,
  created_at text not null,
  updated_at text not null
) strict;

create table person_identities (
  person_id text not null primary key references people (id),
  -- Names, birth date, documents, phones, addresses, photo reference.
  sealed blob not null,
  version integer not null,
  updated_at text not null
) strict;

create table detection_reports (
  id text not null primary key check (length(id) = 36),
  person_id text not null references person_keys (person_id),
  organisation_id text not null references organisations (id),
  author_id text not null references users (id),
  state text not null check (state in ('draft', 'submitted')),
  area text,
  -- JSON: coded facts of the report, nothing that names a person.
  facts text not null,
  -- Identity as heard and free narrative.
  sealed blob not null,
  case_id text,
  version integer not null,
  created_at text not null,
  updated_at text not null,
  submitted_at text
) strict;
create index detection_reports_author on detection_reports (author_id, created_at, id);
create index detection_reports_organisation on detection_reports (organisation_id, created_at, id);
create index detection_reports_case on detection_reports (case_id);
create index detection_reports_person on detection_reports (person_id);

create table cases (
  id text not null primary key check (length(id) = 36),
  case_code text not null,
  person_id text not null references people (id),
  report_id text not null references detection_reports (id),
  state text not null check (state in ('submitted', 'under_triage', 'active', 'reflection_period',
    'awaiting_return', 'follow_up', 'suspended_lost_contact', 'closed', 'closed_referred', 'merged_duplicate')),
  identification_stage text not null check (identification_stage in ('detected',
    'screened_indicators_present', 'screened_insufficient', 'presumed_victim', 'formally_identified',
    'not_identified', 'under_review', 'declined_identification')),
  registered_by text not null references organisations (id),
  coordinator_id text references users (id),
  area text,
  risk_level text not null check (risk_level in ('critical', 'high', 'medium', 'low')),
  -- 0 is the greatest danger; queues sort by it, then by the clock.
  danger_rank integer not null,
  -- The earliest deadline that is not met; queues sort by it.
  next_due_at text,
  closure_reason text,
  closure_requested_by text references users (id),
  closure_requested_at text,
  claimed_at text,
  closed_at text,
  version integer not null,
  created_at text not null,
  updated_at text not null,
  constraint cases_code_unique unique (case_code)
) strict;
create index cases_queue on cases (state, danger_rank, next_due_at, id);
create index cases_registered_by on cases (registered_by, created_at, id);
create index cases_coordinator on cases (coordinator_id, state);
create index cases_created on cases (created_at, id);
create index cases_person on cases (person_id);
create index cases_report on cases (report_id);
create index cases_closure_requested_by on cases (closure_requested_by);

create table clocks (
  id text not null primary key check (length(id) = 36),
  case_id text not null references cases (id),
  kind text not null,
  starts_at text not null,
  due_at text not null,
  met_at text,
  constraint clocks_one_of_a_kind unique (case_id, kind)
) strict;
create index clocks_due on clocks (met_at, due_at);

create table screenings (
  id text not null primary key check (length(id) = 36),
  case_id text not null references cases (id),
  indicator_set text not null,
  indicator_set_version text not null,
  ruleset_version text not null,
  profile text not null,
  -- JSON: answers by indicator; the observed or intended purpose; the advice as it was computed.
  answers text not null,
  purpose text not null,
  result text not null,
  created_by text not null references users (id),
  created_at text not null,
  conclusion text,
  -- The reasons, sealed: they quote what the person told.
  reasons blob,
  concluded_by text references users (id),
  concluded_at text,
  version integer not null
) strict;
create index screenings_case on screenings (case_id, created_at, id);
create index screenings_created_by on screenings (created_by);
create index screenings_concluded_by on screenings (concluded_by);

create table notes (
  id text not null primary key check (length(id) = 36),
  case_id text not null references cases (id),
  sealed blob not null,
  author_id text not null references users (id),
  -- A correction names the note that it corrects; both stay (R13).
  corrects_id text references notes (id),
  created_at text not null
) strict;
create index notes_case on notes (case_id, created_at, id);
create index notes_author on notes (author_id);
create index notes_corrects on notes (corrects_id);

create table consents (
  id text not null primary key check (length(id) = 36),
  case_id text not null references cases (id),
  purpose text not null,
  recipient_organisation_id text references organisations (id),
  -- JSON lists of confidentiality_level codes.
  categories text not null,
  giver text not null,
  mode text not null,
  language text not null,
  interpreter integer not null,
  state text not null check (state in ('given', 'given_with_limits', 'refused', 'withdrawn',
    'expired', 'pending', 'not_required_other_basis')),
  -- The person's words: limits, and why it was withdrawn.
  sealed blob,
  expires_at text,
  answered_at text,
  withdrawn_at text,
  created_by text not null references users (id),
  version integer not null,
  created_at text not null,
  updated_at text not null
) strict;
create index consents_case on consents (case_id, created_at, id);
create index consents_recipient on consents (recipient_organisation_id);
create index consents_expiry on consents (state, expires_at);
create index consents_created_by on consents (created_by);

-- Earlier values of what was corrected (R13), sealed under the person's key.
create table revisions (
  id text not null primary key check (length(id) = 36),
  person_id text not null references person_keys (person_id),
  object_type text not null,
  object_id text not null,
  object_version integer not null,
  sealed blob not null,
  recorded_by text not null references users (id),
  recorded_at text not null
) strict;
create index revisions_object on revisions (object_type, object_id, object_version);
create index revisions_person on revisions (person_id);
create index revisions_recorded_by on revisions (recorded_by);
