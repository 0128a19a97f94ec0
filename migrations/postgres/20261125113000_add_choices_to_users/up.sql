-- The language of answers; null until the person or an administrator has chosen one. English was written
-- where nobody had chosen, so it counts as not chosen.
alter table users alter column language drop not null;
update users set language = null where language = 'en';

-- disable_reason; null if none was given, and for an account that is not disabled.
alter table users add column disabled_reason text;
