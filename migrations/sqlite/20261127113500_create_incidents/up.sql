-- One operation can find many people. What is here is the same for all of them; who they are stands in their
-- cases alone.
create table incidents (
  id text not null primary key check (length(id) = 36),
  -- A key of its own seals the words, since they are about no one person. It is destroyed with the last of those
  -- who were found.
  key_id text not null references person_keys (person_id),
  organisation_id text not null references organisations (id),
  found_on text not null check (length(found_on) = 10),
  -- An ISO 3166-2 area of the country profile.
  area text,
  -- A code of incident_place.
  place text not null,
  -- Codes of how people were recruited, brought there, held and exploited.
  facts text not null,
  -- What was found, in words.
  sealed blob,
  created_by text not null references users (id),
  version integer not null,
  created_at text not null,
  updated_at text not null
) strict;
create index incidents_newest on incidents (created_at, id);
create index incidents_key on incidents (key_id);
create index incidents_organisation on incidents (organisation_id);
create index incidents_author on incidents (created_by);

-- Which cases belong to an incident, and which once did (R13).
create table incident_links (
  id text not null primary key check (length(id) = 36),
  incident_id text not null references incidents (id),
  case_id text not null references cases (id),
  state text not null check (state in ('linked', 'removed')),
  -- A code of incident_unlink_reason.
  end_reason text,
  ended_by text references users (id),
  ended_at text,
  created_by text not null references users (id),
  version integer not null,
  created_at text not null,
  updated_at text not null,
  check ((state = 'removed') = (ended_at is not null) and (ended_by is null) = (ended_at is null)
    and (end_reason is null) = (ended_at is null))
) strict;
create index incident_links_incident on incident_links (incident_id);
create index incident_links_case on incident_links (case_id);
-- Somebody was found once.
create unique index incident_links_now on incident_links (case_id) where state = 'linked';
create index incident_links_ender on incident_links (ended_by);
create index incident_links_author on incident_links (created_by);
