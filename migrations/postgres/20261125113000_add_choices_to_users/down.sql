alter table users drop column disabled_reason;

update users set language = 'en' where language is null;
alter table users alter column language set not null;
