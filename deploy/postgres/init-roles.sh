#!/bin/bash
# Makes the two roles and the database, once, when PostgreSQL's folder is new. The image runs it as the superuser.
#
#   refero_owner  owns the database and its schema; only `refero db migrate` signs in as it
#   refero_app    what the server signs in as: it owns nothing and can create nothing. It has no right on any table
#                 until a migration grants it, so that the audit tables stay without UPDATE and DELETE.
set -euo pipefail

secrets=${REFERO_SECRETS_DIR:-/run/secrets}

# The passwords are read by psql itself: on a command line, every user of the machine could see them.
psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --set=secrets="$secrets" \
  --username="$POSTGRES_USER" --dbname="$POSTGRES_DB" <<'SQL'
\set owner_password `cat :secrets/database_owner_password`
\set app_password `cat :secrets/database_app_password`

create role refero_owner login nosuperuser nocreatedb nocreaterole noreplication nobypassrls
  password :'owner_password' connection limit 5;
create role refero_app login nosuperuser nocreatedb nocreaterole noreplication nobypassrls
  password :'app_password' connection limit 100;

-- A forgotten transaction must not hold locks or old row versions for ever, and a lost query must end.
alter role refero_app set idle_in_transaction_session_timeout = '60s';
alter role refero_app set statement_timeout = '30s';
alter role refero_app set lock_timeout = '5s';
-- A deadlock is known by its words, and its victim runs again.
alter role refero_app set lc_messages = 'C';

create database refero owner refero_owner;
revoke all on database refero from public;
grant connect on database refero to refero_app;

\connect refero
alter schema public owner to refero_owner;
revoke all on schema public from public;
grant usage on schema public to refero_app;
SQL
