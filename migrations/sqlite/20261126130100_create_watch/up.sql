-- Who was opened by whom on a day, for the budget of people; and the cases that nobody works on, to be noticed when
-- somebody opens one.

create table people_opened (
  actor_id text not null references users (id),
  -- The day in UTC.
  day text not null,
  person_id text not null,
  primary key (actor_id, day, person_id)
) strict;

-- How many of them there are: the row that keeps parallel openings apart.
create table people_counts (
  actor_id text not null references users (id),
  day text not null,
  people integer not null,
  primary key (actor_id, day)
) strict;

create table bait_cases (
  id text not null primary key check (length(id) = 36),
  case_id text not null references cases (id),
  marked_by text not null references users (id),
  marked_at text not null,
  removed_at text,
  version integer not null
) strict;
create unique index bait_cases_case on bait_cases (case_id) where removed_at is null;
create index bait_cases_of_case on bait_cases (case_id);
create index bait_cases_marked_by on bait_cases (marked_by);
