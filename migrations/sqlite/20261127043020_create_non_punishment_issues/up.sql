-- Offences that stem from the exploitation and must not be held against the person (R7): who holds them against
-- them, who was told, and what was done about it.
create table non_punishment_issues (
  id text not null primary key check (length(id) = 36),
  case_id text not null references cases (id),
  state text not null check (state in ('raised', 'told', 'remedied', 'refused')),
  -- A code of non_punishment_issue.
  issue text not null,
  -- Who holds it against the person: a code of organisation_type; and since which day.
  attributed_by text not null,
  attributed_on text check (length(attributed_on) = 10),
  -- Who raised it.
  organisation_id text not null references organisations (id),
  -- How it stems from the exploitation, what was said to the body and what it answered, under the person's key.
  sealed blob,
  -- Which body was told last, a code of organisation_type; on which day, and who wrote it down.
  told_body text,
  told_on text check (length(told_on) = 10),
  told_by text references users (id),
  -- What the body did, a code of non_punishment_remedy; on which day, and who wrote it down.
  remedy text,
  remedied_on text check (length(remedied_on) = 10),
  remedied_by text references users (id),
  created_by text not null references users (id),
  version integer not null,
  created_at text not null,
  updated_at text not null,
  check ((told_body is null) = (told_on is null) and (told_by is null) = (told_on is null)
    and (remedy is null) = (remedied_on is null) and (remedied_by is null) = (remedied_on is null)
    and (state in ('remedied', 'refused')) = (remedy is not null))
) strict;
create index non_punishment_issues_case on non_punishment_issues (case_id, created_at, id);
create index non_punishment_issues_organisation on non_punishment_issues (organisation_id);
create index non_punishment_issues_teller on non_punishment_issues (told_by);
create index non_punishment_issues_remedier on non_punishment_issues (remedied_by);
create index non_punishment_issues_author on non_punishment_issues (created_by);
