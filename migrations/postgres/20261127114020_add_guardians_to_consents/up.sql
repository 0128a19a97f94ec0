-- The guardian of record with whom a child consented, or a code of child_consent_ground; the reasons are sealed.
alter table consents add column guardian_id text references guardians (id);
alter table consents add column child_ground text;
create index consents_guardian on consents (guardian_id);
