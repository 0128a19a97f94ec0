-- Time to recover, and to decide freely. Whether somebody works with the police is asked nowhere.
create table reflection_periods (
  id text not null primary key check (length(id) = 36),
  case_id text not null references cases (id),
  state text not null check (state in ('offered', 'granted', 'extended', 'declined', 'refused', 'ended',
    'terminated_early')),
  offered_on text not null check (length(offered_on) = 10),
  -- JSON: what the person was told, on which day, in which language and by whom.
  notices text not null,
  -- JSON: the days that were granted, the first time and with each extension, on what they rest and by whom.
  grants text not null,
  starts_on text check (length(starts_on) = 10),
  -- The last day.
  ends_on text check (length(ends_on) = 10),
  -- By the country profile of the day of the grant.
  suspends_removal integer,
  -- What was said, and why it was refused, extended or ended, under the key of the person.
  sealed blob,
  -- Who granted it, refused it, or wrote down that the person declined.
  answered_by text references users (id),
  answered_at text,
  -- A code of reflection_termination_reason.
  end_reason text,
  ended_on text check (length(ended_on) = 10),
  ended_by text references users (id),
  ended_at text,
  created_by text not null references users (id),
  version integer not null,
  created_at text not null,
  updated_at text not null,
  check ((state = 'offered') = (answered_at is null) and (answered_by is null) = (answered_at is null)),
  check ((state in ('ended', 'terminated_early')) = (ended_at is not null)
    and (ended_by is null) = (ended_at is null) and (ended_on is null) = (ended_at is null)
    and (state = 'terminated_early') = (end_reason is not null)),
  check ((starts_on is null) = (ends_on is null)
    and (state in ('offered', 'declined', 'refused')) = (starts_on is null))
) strict;
create index reflection_periods_case on reflection_periods (case_id, created_at, id);
-- One period at a time.
create unique index reflection_periods_now on reflection_periods (case_id)
  where state in ('offered', 'granted', 'extended');
create index reflection_periods_answerer on reflection_periods (answered_by);
create index reflection_periods_ender on reflection_periods (ended_by);
create index reflection_periods_author on reflection_periods (created_by);
