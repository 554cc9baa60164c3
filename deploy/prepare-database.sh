#!/bin/sh
# Runs in the service `prepare-database` of compose.yaml: the user table if there is none, the worker's role, its
# password, the indexes and the trigger. Safe to run again.
set -eu
PGPASSWORD="$(cat /run/secrets/postgres_password)"
export PGPASSWORD
run() { psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 "$@"; }

if [ "$(run --tuples-only --no-align --command "SELECT to_regclass('public.users_user') IS NULL")" = t ]; then
  run --file /database/django-users.sql
fi
run --file /sql/role.sql
# From standard input, where psql fills in variables; never as an argument, which every process could read.
run <<'SQL'
\set password `cat /run/secrets/worker_database_password`
ALTER ROLE "librechat_worker" PASSWORD :'password';
SQL
run --file /sql/indexes.sql
run --file /sql/trigger.sql
