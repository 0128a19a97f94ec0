-- The support plan of a case, its steps; and the agreements of the person and the reviews, which are appended and
-- never changed (R13).
create table support_plans (
  id text not null primary key check (length(id) = 36),
  case_id text not null references cases (id),
  state text not null check (state in ('draft', 'agreed', 'changed', 'ended')),
  -- An ISO 8601 calendar date: until when the plan is meant to be carried out.
  planned_end_on text check (length(planned_end_on) = 10),
  -- What the person wants to reach, under their key.
  sealed bytea,
  -- When the person last agreed, and when the plan ended with the case.
  agreed_at timestamp,
  ended_at timestamp,
  created_by text not null references users (id),
  version bigint not null,
  created_at timestamp not null,
  updated_at timestamp not null,
  check ((state = 'ended') = (ended_at is not null)),
  check (state <> 'agreed' or agreed_at is not null)
);
-- One plan for a case.
create unique index support_plans_case on support_plans (case_id);
create index support_plans_author on support_plans (created_by);

create table plan_agreements (
  id text not null primary key check (length(id) = 36),
  case_id text not null references cases (id),
  plan_id text not null references support_plans (id),
  -- The version of the plan that the person agreed to.
  plan_version bigint not null,
  -- Codes of consent_giver and consent_mode, and an ISO 639 code.
  giver text not null,
  mode text not null,
  language text not null,
  interpreter boolean not null,
  -- Codes of service_type that were offered and declined, as a JSON list.
  declined_services text not null,
  -- What the person said to it, under their key.
  sealed bytea not null,
  recorded_by text not null references users (id),
  created_at timestamp not null
);
create index plan_agreements_case on plan_agreements (case_id, created_at, id);
create index plan_agreements_plan on plan_agreements (plan_id);
create index plan_agreements_author on plan_agreements (recorded_by);
create trigger plan_agreements_append_only before update or delete on plan_agreements for each row execute function refuse_change();
create trigger plan_agreements_no_truncate before truncate on plan_agreements for each statement execute function refuse_change();

create table plan_reviews (
  id text not null primary key check (length(id) = 36),
  case_id text not null references cases (id),
  plan_id text not null references support_plans (id),
  outcome text not null check (outcome in ('continues', 'to_be_changed', 'goals_reached')),
  -- What goes well, what has to change, and the person's own words, under their key.
  sealed bytea not null,
  recorded_by text not null references users (id),
  created_at timestamp not null
);
create index plan_reviews_case on plan_reviews (case_id, created_at, id);
create index plan_reviews_plan on plan_reviews (plan_id);
create index plan_reviews_author on plan_reviews (recorded_by);
create trigger plan_reviews_append_only before update or delete on plan_reviews for each row execute function refuse_change();
create trigger plan_reviews_no_truncate before truncate on plan_reviews for each statement execute function refuse_change();

create table plan_items (
  id text not null primary key check (length(id) = 36),
  case_id text not null references cases (id),
  plan_id text not null references support_plans (id),
  state text not null check (state in ('planned', 'in_progress', 'completed', 'declined', 'dropped')),
  -- Codes of support_plan_type and service_type.
  plan_type text not null,
  service_type text,
  owner text not null check (owner in ('survivor', 'bureau', 'organisation')),
  owner_organisation_id text references organisations (id),
  -- An ISO 8601 calendar date.
  due_on text check (length(due_on) = 10),
  -- The referral of the same case that carries it out.
  referral_id text references referrals (id),
  -- Whether it prepares the person for the time after the age of majority.
  for_transition boolean not null,
  -- A code of service_outcome.
  outcome text,
  -- Objective, action, and how it ended in words, under the key of the person.
  sealed bytea,
  ended_by text references users (id),
  ended_at timestamp,
  created_by text not null references users (id),
  version bigint not null,
  created_at timestamp not null,
  updated_at timestamp not null,
  check ((owner = 'organisation') = (owner_organisation_id is not null)),
  check ((state in ('planned', 'in_progress')) = (ended_at is null)),
  check ((ended_by is null) = (ended_at is null))
);
create index plan_items_case on plan_items (case_id, created_at, id);
create index plan_items_plan on plan_items (plan_id);
create index plan_items_organisation on plan_items (owner_organisation_id);
create index plan_items_referral on plan_items (referral_id);
create index plan_items_ender on plan_items (ended_by);
create index plan_items_author on plan_items (created_by);
