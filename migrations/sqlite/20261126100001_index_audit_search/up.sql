-- What auditors ask the trail: who saw this file, and who did what, when, for whom, in which request.

-- The ids that a list showed, one a row: an event names them in one text, in which nothing can be sought.
create table audit_shown (
  shown_id text not null,
  -- When: the order in which the events are shown.
  at text not null,
  event_id text not null,
  primary key (shown_id, at, event_id)
) strict, without rowid;

create trigger audit_events_shown after insert on audit_events when new.shown_ids <> '[]' begin
  insert into audit_shown (shown_id, at, event_id) select distinct value, new.at, new.id from json_each(new.shown_ids);
end;
create trigger audit_shown_no_update before update on audit_shown begin select raise(abort, 'append-only'); end;
create trigger audit_shown_no_delete before delete on audit_shown begin select raise(abort, 'append-only'); end;

insert into audit_shown (shown_id, at, event_id)
  select distinct value, at, audit_events.id from audit_events, json_each(audit_events.shown_ids);

drop index audit_events_object;
create index audit_events_object on audit_events (object_id, at, id);
create index audit_events_case on audit_events (case_id, at, id);
create index audit_events_organisation on audit_events (organisation_id, at, id);
create index audit_events_action on audit_events (action, at, id);
create index audit_events_request on audit_events (request_id);
