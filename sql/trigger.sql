-- Keeps a stale save of Django's from undoing what the worker wrote. `user.save()` writes every column as it was when the
-- user was read: a profile form that was open during a rotation would put the old password back, and nobody could log in.
-- Run it as the owner of the table. The names are the defaults, as in role.sql.
--
-- It concerns every role but the worker's, and never raises: a profile edit must not fail. NULL and '' are the same.
--   * A statement that would empty the link to the account, or put a lesser credential in the place of a better one, has
--     the stored values of all three columns kept, with a WARNING that names the row. From the best to the least: a token
--     with a later time inside, one with an earlier time, one from more than a day in the future (its clock was wrong),
--     a value that is no token, nothing. Without the key nobody can tell more than that.
--   * A token of the same time passes: that is a rewrap (`MultiFernet.rotate` keeps the time). So does a later one: it is
--     what is wanted from now on. LibreChat does not have it yet, so the row is put in doubt, for the sweep to repair. The
--     same holds for another account id.
--   * `librechat_synced_at` is the worker's to set; others may empty it, which puts the row in doubt.
--
-- Who means it says so, in the transaction that writes: SET LOCAL librechat.override = 'on'
CREATE OR REPLACE FUNCTION "public".librechat_keep_credential() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  had_account varchar := coalesce(OLD.librechat_user_id, '');
  has_account varchar := coalesce(NEW.librechat_user_id, '');
  tokens text[] := ARRAY[coalesce(OLD.librechat_password_encrypted, ''), coalesce(NEW.librechat_password_encrypted, '')];
  -- Seconds since 1970; below zero is no time.
  ranks bigint[] := ARRAY[-2, -2];
  tomorrow bigint := extract(epoch FROM now())::bigint + 86400;
BEGIN
  FOR side IN 1..2 LOOP
    IF tokens[side] ~ '^gAAAAA[A-Za-z0-9_-]{6}' THEN
      ranks[side] := ('x' || encode(substring(decode(translate(substr(tokens[side], 1, 12), '-_', '+/'), 'base64') FROM 2 FOR 8), 'hex'))::bit(64)::bigint;
      IF ranks[side] > tomorrow THEN ranks[side] := -1; END IF;
    END IF;
  END LOOP;
  IF ranks[2] < ranks[1] OR (has_account = '' AND had_account <> '') THEN
    NEW.librechat_user_id := OLD.librechat_user_id;
    NEW.librechat_synced_at := OLD.librechat_synced_at;
    NEW.librechat_password_encrypted := OLD.librechat_password_encrypted;
    -- Not LOG: with that the server would also write the statement, and the address in it.
    RAISE WARNING 'librechat: a stale save of row % has not undone its credential', OLD.id;
  ELSIF ranks[2] > ranks[1] OR has_account <> had_account THEN
    NEW.librechat_synced_at := NULL;
  ELSIF NEW.librechat_synced_at IS NOT NULL THEN
    NEW.librechat_synced_at := OLD.librechat_synced_at;
  END IF;
  RETURN NEW;
END
$$;

CREATE OR REPLACE TRIGGER librechat_keep_credential
  BEFORE UPDATE OF librechat_user_id, librechat_synced_at, librechat_password_encrypted ON "users_user"
  FOR EACH ROW
  WHEN (
    current_user <> 'librechat_worker'
    AND current_setting('librechat.override', true) IS DISTINCT FROM 'on'
    AND (OLD.librechat_user_id, OLD.librechat_synced_at, OLD.librechat_password_encrypted)
      IS DISTINCT FROM (NEW.librechat_user_id, NEW.librechat_synced_at, NEW.librechat_password_encrypted)
  )
  EXECUTE FUNCTION "public".librechat_keep_credential();
