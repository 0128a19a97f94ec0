-- The best interests of a child: assessed, and determined by a panel with four eyes (R6, R10).
create table best_interests (
  id text not null primary key check (length(id) = 36),
  case_id text not null references cases (id),
  state text not null check (state in ('bia_done', 'bid_required', 'bid_panel', 'bid_proposed', 'bid_decided',
    'bid_review')),
  -- A code of best_interests_purpose.
  purpose text not null,
  assessed_on text not null check (length(assessed_on) = 10),
  -- A code of child_views_heard.
  heard text not null,
  -- Codes of durable_solution: what was considered, what is recommended, what was determined.
  options text not null,
  recommendation text not null,
  solution text,
  -- Whether a separation cannot wait for the panel.
  cannot_wait boolean not null,
  -- Codes of panel_profession.
  professions text not null,
  review_on text check (length(review_on) = 10),
  -- What the child said, what was weighed and recommended, who sits on the panel and why it determined so,
  -- under the key of the child.
  sealed bytea,
  panel_named_by text references users (id),
  panel_named_at timestamp,
  proposed_by text references users (id),
  proposed_at timestamp,
  decided_by text references users (id),
  decided_at timestamp,
  review_asked_by text references users (id),
  review_asked_at timestamp,
  created_by text not null references users (id),
  version bigint not null,
  created_at timestamp not null,
  updated_at timestamp not null,
  check ((panel_named_by is null) = (panel_named_at is null) and (proposed_by is null) = (proposed_at is null)
    and (decided_by is null) = (decided_at is null) and (review_asked_by is null) = (review_asked_at is null)
    and (solution is null) = (proposed_at is null)),
  -- Nobody approves what they proposed (R10).
  check (decided_by is null or decided_by <> proposed_by),
  check (state not in ('bid_proposed', 'bid_decided', 'bid_review') or solution is not null),
  check (state not in ('bid_decided', 'bid_review') or decided_by is not null)
);
create index best_interests_case on best_interests (case_id, created_at, id);
create index best_interests_namer on best_interests (panel_named_by);
create index best_interests_proposer on best_interests (proposed_by);
create index best_interests_decider on best_interests (decided_by);
create index best_interests_reviewer on best_interests (review_asked_by);
create index best_interests_author on best_interests (created_by);
