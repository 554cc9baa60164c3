-- Indexes that the worker's statements need, by statement. Run it as the owner of the table, outside a transaction:
-- CONCURRENTLY keeps the table writable meanwhile. The names are the defaults, as in role.sql.

-- Is another user's address the same? 592 ms per sign-up at a million rows without it.
CREATE INDEX CONCURRENTLY IF NOT EXISTS librechat_same_address
  ON "users_user" (lower(btrim(email)));

-- One LibreChat account belongs to one user.
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS librechat_one_owner
  ON "users_user" (librechat_user_id)
  WHERE librechat_user_id IS NOT NULL AND librechat_user_id <> '';

-- The sweep: active users without an account.
CREATE INDEX CONCURRENTLY IF NOT EXISTS librechat_to_provision
  ON "users_user" (id)
  WHERE is_active AND (
    librechat_user_id IS NULL OR librechat_user_id = ''
    OR librechat_password_encrypted IS NULL OR librechat_password_encrypted = ''
  );

-- The sweep: linked users whose row and LibreChat may not agree.
CREATE INDEX CONCURRENTLY IF NOT EXISTS librechat_in_doubt
  ON "users_user" (id)
  WHERE is_active AND librechat_synced_at IS NULL
    AND librechat_user_id IS NOT NULL AND librechat_user_id <> ''
    AND librechat_password_encrypted IS NOT NULL AND librechat_password_encrypted <> '';

-- The sweep: inactive users who still have a credential.
CREATE INDEX CONCURRENTLY IF NOT EXISTS librechat_to_suspend
  ON "users_user" (id)
  WHERE NOT is_active AND librechat_password_encrypted IS NOT NULL AND librechat_password_encrypted <> '';

-- The age of a credential is the time inside its Fernet token (bytes 2 to 9, seconds since 1970). The predicate is what
-- every token begins with until the year 2106: without it one row of garbage makes index and query fail. With the id, since
-- thousands of users may have been imported in one second.
CREATE INDEX CONCURRENTLY IF NOT EXISTS librechat_by_age
  ON "users_user" ((('x' || encode(substring(decode(translate(substr(librechat_password_encrypted, 1, 12), '-_', '+/'), 'base64') FROM 2 FOR 8), 'hex'))::bit(64)::bigint), id)
  WHERE librechat_password_encrypted ~ '^gAAAAA[A-Za-z0-9_-]{6}';

-- The fleet: active linked users whose column holds no token, so that nobody knows its age.
CREATE INDEX CONCURRENTLY IF NOT EXISTS librechat_unreadable
  ON "users_user" (id)
  WHERE is_active
    AND librechat_user_id IS NOT NULL AND librechat_user_id <> ''
    AND librechat_password_encrypted IS NOT NULL AND librechat_password_encrypted <> ''
    AND NOT librechat_password_encrypted ~ '^gAAAAA[A-Za-z0-9_-]{6}';
