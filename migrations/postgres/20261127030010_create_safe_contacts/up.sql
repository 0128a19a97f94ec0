-- How a person may be reached without anybody being endangered, and how never.
create table safe_contacts (
  id text not null primary key check (length(id) = 36),
  case_id text not null references cases (id),
  state text not null check (state in ('in_use', 'retired')),
  rule text not null check (rule in ('safe', 'never')),
  -- A code of contact_channel.
  channel text not null,
  -- The language to speak or write in (BCP 47).
  language text,
  -- When: a list of days of the week and times of day, by the clock of the country; at any time if empty.
  hours text not null,
  -- The number or place, the code word, who may answer, under the key of the person.
  sealed bytea,
  -- Who asked for it last, when, and what could not wait for a safe hour: a code of urgent_contact_reason.
  used_by text references users (id),
  used_at timestamp,
  urgent_because text,
  -- A code of safe_contact_end_reason.
  end_reason text,
  ended_by text references users (id),
  ended_at timestamp,
  created_by text not null references users (id),
  version bigint not null,
  created_at timestamp not null,
  updated_at timestamp not null,
  check ((state = 'retired') = (ended_at is not null) and (ended_by is null) = (ended_at is null)
    and (end_reason is null) = (ended_at is null) and (used_by is null) = (used_at is null))
);
create index safe_contacts_case on safe_contacts (case_id, created_at, id);
create index safe_contacts_user on safe_contacts (used_by);
create index safe_contacts_ender on safe_contacts (ended_by);
create index safe_contacts_author on safe_contacts (created_by);
