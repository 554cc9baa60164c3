import type { DuePage, FleetActivities } from '../../contract/activities.ts';
import { parseDjangoUserId, type DjangoUserId } from '../../contract/ids.ts';
import { sealedDigest } from '../credential-rules.ts';
import { isLinkedWithPassword } from '../password/linked-row.ts';
import { findInList, findInTable, isDue } from './due-users.ts';
import type { FleetServices } from './services.ts';

/** @property now seconds since 1970 */
type Search = Parameters<FleetActivities['findDue']>[0] & { readonly now: number };

/** Which of some users failed in their last rotation. */
export type FailedBefore = (users: readonly string[]) => Promise<readonly string[]>;

/**
 * Finds the next due users of a shard, as many as LibreChat's limits leave room for, and looks at the rows of those who were
 * rotated last: a stale save may have put an old password back.
 *
 * @throws BridgeError `DatabaseUnavailable`
 */
export async function findDue(
  services: FleetServices,
  failedBefore: FailedBefore,
  search: Search,
): Promise<DuePage> {
  const drift = await putInDoubt(services, search);
  if (search.resumed === true) services.rotationBudget.trust();
  const trouble = services.rotationBudget.trouble();
  const found = { after: search.after, exhausted: false, failedBefore: [], drift };
  if (trouble !== undefined) return { ...found, users: [], trouble, waitSeconds: TROUBLE_WAIT_SECONDS };
  if (search.limit === 0) return { ...found, users: [] };
  const page = await next(services, search);
  if (page.users.length === 0) return { ...found, ...page };
  const { granted, retryAfterSeconds } = await services.rotationBudget.admit(page.users.length);
  const users = page.users.slice(0, granted);
  const cut = users.length < page.users.length;
  return {
    drift,
    users,
    // Whoever was not let in is found again.
    after: cut ? (users.at(-1) ?? search.after) : page.after,
    exhausted: cut ? false : page.exhausted,
    failedBefore: await failedBefore(users.map(({ djangoUserId }) => djangoUserId)),
    ...(cut ? { waitSeconds: Math.max(1, retryAfterSeconds) } : {}),
  };
}

/** LibreChat is asked by others meanwhile, and may have recovered. */
const TROUBLE_WAIT_SECONDS = 30;

const next = ({ fleetTable }: FleetServices, search: Search): ReturnType<typeof findInTable> =>
  search.among === undefined ? findInTable(fleetTable, search) : findInList(fleetTable, search, search.among);

/** LibreChat has a newer password than such a row: it is in doubt from now on, for the sweep to repair. */
async function putInDoubt(
  { fleetTable, userTable }: FleetServices,
  { rotated, rule, now }: Search,
): Promise<number> {
  if (rotated.length === 0) return 0;
  const ages = await fleetTable.agesOf(rotated.map(parseDjangoUserId));
  const stale = ages.filter((row) => isDue(row, rule, now));
  let count = 0;
  for (const { djangoUserId } of stale) {
    const row = await userTable.read(djangoUserId as DjangoUserId);
    if (row === null || !isLinkedWithPassword(row)) continue;
    const { accountId, sealedPassword } = row;
    if ((await userTable.markInDoubt(row.djangoUserId, accountId, sealedDigest(sealedPassword))) !== null)
      count += 1;
  }
  return count;
}
