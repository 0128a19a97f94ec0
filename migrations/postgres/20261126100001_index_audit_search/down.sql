drop index audit_events_request;
drop index audit_events_action;
drop index audit_events_organisation;
drop index audit_events_case;
drop index audit_events_object;
create index audit_events_object on audit_events (object_id, at);
drop trigger audit_events_shown on audit_events;
drop function note_shown;
drop table audit_shown;
