import { createKeyRing } from '../activities/adapters/fernet.ts';
import { Secret } from '../contract/secret.ts';
import type { World } from './world.ts';

/** A row that was linked in the past, as if the product had done it. */
export interface LinkedUser {
  readonly id: string;
  readonly address: string;
}

/** How they come to be. */
export interface LinkedUserOptions {
  /** Begin of their addresses. */
  readonly prefix?: string;
  /** When the password of a user was minted; default: 100 days ago, a second apart. */
  readonly mintedAt?: (index: number) => Date;
}

const DAY_MS = 86_400_000;
const DEFAULT_AGE_MS = 100 * DAY_MS;
/** Calls to the stand-in at once. */
const AT_ONCE = 25;

/** Adds users with an account, in masses: no workflow is run for them. */
export async function addLinkedUsers(
  world: World,
  count: number,
  {
    prefix = 'fleet',
    mintedAt = (index) => new Date(Date.now() - DEFAULT_AGE_MS + 1_000 * index),
  }: LinkedUserOptions = {},
): Promise<readonly LinkedUser[]> {
  const rows: { address: string; accountId: string; sealed: string }[] = [];
  for (let from = 0; from < count; from += AT_ONCE) {
    const indexes = Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, offset) => from + offset);
    rows.push(
      ...(await Promise.all(
        indexes.map((index) => account(world, `${prefix}-${index}@example.com`, mintedAt(index))),
      )),
    );
  }
  const { rows: inserted } = await world.database.owner.query<LinkedUser>(
    `INSERT INTO users_user (password, is_superuser, username, first_name, last_name, email, is_staff, is_active,
       date_joined, librechat_user_id, librechat_synced_at, librechat_password_encrypted)
     SELECT '!', false, address, 'Ada', 'Lovelace', address, false, true, now(), account_id, now(), sealed
     FROM unnest($1::text[], $2::text[], $3::text[]) AS given(address, account_id, sealed)
     RETURNING id::text, email AS address`,
    [
      rows.map(({ address }) => address),
      rows.map(({ accountId }) => accountId),
      rows.map(({ sealed }) => sealed),
    ],
  );
  return inserted;
}

async function account({ keys, standIn }: World, address: string, mintedAt: Date) {
  const password = `password of ${address}`;
  const { id } = await standIn.control.changeAccount(address, { create: true, password });
  if (id === undefined) throw new Error('The stand-in made no account');
  const keyRing = createKeyRing(new Secret(keys.encryption), { now: () => mintedAt.getTime() });
  return { address, accountId: id, sealed: keyRing.seal(new Secret(password)) };
}
