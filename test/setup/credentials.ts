import { createKeyRing } from '../../activities/adapters/fernet.ts';
import { Secret } from '../../contract/secret.ts';
import type { UserDatabase } from '../../tools/database/user-database.ts';
import type { World } from '../../tools/world.ts';

/** Keeps count of the sealed passwords that are ever written, whoever writes them. */
export async function watchPasswords(database: UserDatabase): Promise<void> {
  await database.owner.query(`
    CREATE TABLE password_log (sealed text NOT NULL);
    CREATE FUNCTION log_password() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
      BEGIN INSERT INTO public.password_log VALUES (NEW.librechat_password_encrypted); RETURN NULL; END $$;
    CREATE TRIGGER log_password AFTER UPDATE ON users_user FOR EACH ROW
      WHEN (NEW.librechat_password_encrypted IS DISTINCT FROM OLD.librechat_password_encrypted)
      EXECUTE FUNCTION log_password();`);
}

/** How many different sealed passwords were written since the watch began. */
export async function passwordsWritten(database: UserDatabase): Promise<number> {
  const { rows } = await database.owner.query<{ count: string }>(
    'SELECT count(DISTINCT sealed) FROM password_log',
  );
  return Number(rows[0]?.count);
}

/** The password in the row. */
export async function passwordInRow(world: World, id: string): Promise<string> {
  const { librechat_password_encrypted: sealed } = await world.database.user(id);
  return createKeyRing(new Secret(world.keys.encryption))
    .open(sealed ?? '')
    .password.reveal();
}

/** What LibreChat says to the password of the row, without any code of the product. */
export async function loginWithRow(world: World, id: string): Promise<string> {
  const row = await world.database.user(id);
  const response = await fetch(`${world.standIn.url}/api/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: row.email, password: await passwordInRow(world, id) }),
  });
  const answer = (await response.json()) as { message?: string; user?: { id: string } };
  if (answer.user === undefined) return answer.message ?? `status ${response.status}`;
  return answer.user.id === row.librechat_user_id ? 'own account' : 'another account';
}
