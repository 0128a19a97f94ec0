-- What auditors ask the trail: who saw this file, and who did what, when, for whom, in which request.

-- The ids that a list showed, one a row: an event names them in one text, in which nothing can be sought.
create table audit_shown (
  shown_id text not null,
  -- When: the order in which the events are shown.
  at timestamp not null,
  event_id text not null,
  primary key (shown_id, at, event_id)
);

create function note_shown() returns trigger language plpgsql as $$
begin
  insert into audit_shown (shown_id, at, event_id)
    select distinct value, new.at, new.id from jsonb_array_elements_text(new.shown_ids::jsonb) as value;
  return null;
end
$$;
create trigger audit_events_shown after insert on audit_events for each row when (new.shown_ids <> '[]')
  execute function note_shown();
create trigger audit_shown_append_only before update or delete on audit_shown for each row execute function refuse_change();
create trigger audit_shown_no_truncate before truncate on audit_shown for each statement execute function refuse_change();

insert into audit_shown (shown_id, at, event_id)
  select distinct value, at, id from audit_events, jsonb_array_elements_text(shown_ids::jsonb) as value;

drop index audit_events_object;
create index audit_events_object on audit_events (object_id, at, id);
create index audit_events_case on audit_events (case_id, at, id);
create index audit_events_organisation on audit_events (organisation_id, at, id);
create index audit_events_action on audit_events (action, at, id);
create index audit_events_request on audit_events (request_id);
