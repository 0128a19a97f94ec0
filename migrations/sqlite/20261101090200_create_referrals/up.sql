-- Referrals, the care that follows, and what became overdue.
create table referrals (
  id text not null primary key check (length(id) = 36),
  case_id text not null references cases (id),
  from_organisation_id text not null references organisations (id),
  organisation_id text not null references organisations (id),
  -- JSON list of service_type codes.
  services text not null,
  urgency text not null,
  -- 0 answers soonest; the inbox sorts by it.
  urgency_rank integer not null,
  reason text not null,
  legal_basis text not null,
  consent_id text references consents (id),
  -- JSON list of confidentiality_level codes that acceptance discloses (R2).
  categories text not null,
  -- JSON list of codes that placement depends on; part of the blind offer (R1).
  placement_needs text not null,
  -- The reason for another legal basis, and instructions to the provider.
  sealed blob not null,
  state text not null check (state in ('draft', 'consent_pending', 'sent', 'received', 'accepted',
    'declined', 'service_started', 'service_completed', 'returned_to_sender',
    'withdrawn_by_survivor', 'cancelled')),
  respond_by text,
  sent_at text,
  received_at text,
  answered_at text,
  ended_at text,
  worker_id text references users (id),
  -- The coded reason of a decline, return or withdrawal, or the outcome of a completion.
  end_reason text,
  -- What the provider, or whoever ended it, wrote with the answer.
  answer blob,
  created_by text not null references users (id),
  version integer not null,
  created_at text not null,
  updated_at text not null
) strict;
create index referrals_case on referrals (case_id, created_at, id);
create index referrals_inbox on referrals (organisation_id, state, urgency_rank, respond_by, id);
create index referrals_overdue on referrals (state, respond_by);
create index referrals_from on referrals (from_organisation_id, created_at, id);
create index referrals_consent on referrals (consent_id);
create index referrals_worker on referrals (worker_id);
create index referrals_created_by on referrals (created_by);

create table service_updates (
  id text not null primary key check (length(id) = 36),
  referral_id text not null references referrals (id),
  case_id text not null references cases (id),
  service_type text not null,
  -- ISO 8601 calendar dates.
  occurred_on text not null,
  state text not null,
  outcome text,
  next_due_on text,
  sealed blob,
  author_id text not null references users (id),
  corrects_id text references service_updates (id),
  created_at text not null
) strict;
create index service_updates_referral on service_updates (referral_id, created_at, id);
create index service_updates_case on service_updates (case_id, created_at, id);
create index service_updates_author on service_updates (author_id);
create index service_updates_corrects on service_updates (corrects_id);

create table escalations (
  id text not null primary key check (length(id) = 36),
  kind text not null check (kind in ('referral_overdue', 'clock_overdue')),
  case_id text not null references cases (id),
  referral_id text references referrals (id),
  clock_id text references clocks (id),
  due_at text not null,
  raised_at text not null,
  constraint escalations_referral_once unique (referral_id, due_at),
  constraint escalations_clock_once unique (clock_id, due_at)
) strict;
create index escalations_case on escalations (case_id);
