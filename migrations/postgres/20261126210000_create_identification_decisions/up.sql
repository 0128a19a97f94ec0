-- What is decided about the person of a case, by which body, what they were told of it, and what became of it.
create table identification_decisions (
  id text not null primary key check (length(id) = 36),
  case_id text not null references cases (id),
  -- The how-manieth of its case.
  number bigint not null,
  kind text not null check (kind in ('presumption', 'formal_identification', 'review', 'declined')),
  -- None where the person declines.
  outcome text check (outcome in ('positive', 'negative')),
  -- The decision that a review is about.
  reviews_id text references identification_decisions (id),
  stage_before text not null,
  stage_after text not null,
  body_type text check (body_type in ('police', 'ngo', 'court_or_prosecution',
    'non_police_government', 'other')),
  -- A body of the country profile, by its name.
  body text,
  -- A code of standard_of_proof.
  standard_of_proof text,
  -- Whether the person was found before the exploitation began: intercepted persons are counted apart.
  intercepted boolean,
  certificate_number text,
  -- Reasons, the law, and what it rests on, under the key of the person.
  sealed bytea,
  -- An ISO 8601 calendar date.
  decided_on text not null,
  decided_by text not null references users (id),
  state text not null check (state in ('in_force', 'under_review', 'replaced', 'taken_back')),
  notice_language text,
  notice_mode text,
  notice_interpreter boolean,
  notified_on text,
  notified_by text references users (id),
  review_ground text,
  review_asked_by text,
  review_requested_by text references users (id),
  review_requested_at timestamp,
  version bigint not null,
  created_at timestamp not null,
  check ((kind = 'declined') = (outcome is null)),
  check ((kind = 'review') = (reviews_id is not null)),
  check (certificate_number is null or outcome = 'positive')
);
create unique index identification_decisions_numbered on identification_decisions (case_id, number);
-- A review may give the same number again: the decision that it replaces has lost it.
create unique index identification_decisions_certificate on identification_decisions (certificate_number)
  where certificate_number is not null and state <> 'replaced';
create index identification_decisions_reviews on identification_decisions (reviews_id);
create index identification_decisions_decided_by on identification_decisions (decided_by);
create index identification_decisions_notified_by on identification_decisions (notified_by);
create index identification_decisions_review_requested_by on identification_decisions (review_requested_by);
