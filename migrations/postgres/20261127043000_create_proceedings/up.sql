-- Proceedings about the exploitation or the stay of a person. Those against whoever exploited them are behind
-- the wall (R8): what is written in them is for the authority that conducts them.
create table proceedings (
  id text not null primary key check (length(id) = 36),
  case_id text not null references cases (id),
  -- A code of legal_proceeding_type.
  kind text not null,
  -- A code of legal_outcome.
  state text not null,
  -- Who conducts it.
  organisation_id text not null references organisations (id),
  -- What the person is in it: a code of proceeding_person_role.
  person_role text not null,
  -- Codes of protective_measure.
  protective_measures text not null,
  -- The number of the file, the court and notes, under the person's key.
  sealed bytea,
  created_by text not null references users (id),
  version bigint not null,
  created_at timestamp not null,
  updated_at timestamp not null
);
create index proceedings_case on proceedings (case_id, created_at, id);
create index proceedings_organisation on proceedings (organisation_id, case_id);
create index proceedings_author on proceedings (created_by);

-- The times for which the authority of a proceeding was told who the person is, each on its basis (R4).
create table identity_disclosures (
  id text not null primary key check (length(id) = 36),
  case_id text not null references cases (id),
  proceeding_id text not null references proceedings (id),
  organisation_id text not null references organisations (id),
  legal_basis text not null,
  consent_id text references consents (id),
  -- Why it rests on another basis than consent, under the person's key.
  sealed bytea,
  opened_by text not null references users (id),
  opened_at timestamp not null,
  -- Who ended it; nobody, where a consent ended or time passed.
  ended_by text references users (id),
  ended_at timestamp,
  -- A code of disclosure_end_reason.
  end_reason text,
  check ((legal_basis = 'consent') = (consent_id is not null)
    and (end_reason is null) = (ended_at is null))
);
-- One at a time for each proceeding.
create unique index identity_disclosures_open on identity_disclosures (proceeding_id) where ended_at is null;
create index identity_disclosures_proceeding on identity_disclosures (proceeding_id);
create index identity_disclosures_case on identity_disclosures (case_id, opened_at, id);
create index identity_disclosures_organisation on identity_disclosures (organisation_id);
create index identity_disclosures_consent on identity_disclosures (consent_id);
create index identity_disclosures_opener on identity_disclosures (opened_by);
create index identity_disclosures_ender on identity_disclosures (ended_by);
