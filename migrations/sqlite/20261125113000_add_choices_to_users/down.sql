alter table users drop column disabled_reason;

alter table users add column any_language text not null default 'en'
  check (any_language in ('en', 'fr', 'pt'));
update users set any_language = coalesce(language, 'en');
alter table users drop column language;
alter table users rename column any_language to language;
