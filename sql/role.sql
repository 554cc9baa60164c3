-- The worker's role: it may read eight columns of the user table and write three. Run it as the owner of the table, who
-- must be allowed to create roles, then give the role a password. The names are the defaults; where yours differ, replace
-- "librechat_worker", "users_user" and "public" throughout (`npm run --silent sql -- role --table …` prints it with your
-- own).

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'librechat_worker') THEN
    CREATE ROLE "librechat_worker" LOGIN;
  END IF;
END
$$;

-- On the server side: a client that gives up waiting does not stop the statement, which then runs later.
ALTER ROLE "librechat_worker" SET statement_timeout = '3s';
ALTER ROLE "librechat_worker" SET lock_timeout = '2s';
ALTER ROLE "librechat_worker" SET idle_in_transaction_session_timeout = '5s';

GRANT USAGE ON SCHEMA "public" TO "librechat_worker";

GRANT SELECT (
  id, email, is_active, first_name, last_name,
  librechat_user_id, librechat_synced_at, librechat_password_encrypted,
  xmin -- which transaction wrote the row last: what tells the worker that somebody else has
) ON "users_user" TO "librechat_worker";

GRANT UPDATE (
  librechat_user_id, librechat_synced_at, librechat_password_encrypted
) ON "users_user" TO "librechat_worker";
