drop index consents_guardian;
alter table consents drop column child_ground;
alter table consents drop column guardian_id;
