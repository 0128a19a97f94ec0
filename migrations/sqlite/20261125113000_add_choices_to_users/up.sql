-- The language of answers; null until the person or an administrator has chosen one. English was written
-- where nobody had chosen, so it counts as not chosen.
alter table users add column chosen_language text check (chosen_language in ('en', 'fr', 'pt'));
update users set chosen_language = nullif(language, 'en');
alter table users drop column language;
alter table users rename column chosen_language to language;

-- disable_reason; null if none was given, and for an account that is not disabled.
alter table users add column disabled_reason text;
