import { describe, expect, test } from '@jest/globals';
import { createKeyRing } from '../../../activities/adapters/fernet.ts';
import { countDue } from '../../../activities/fleet/count-due.ts';
import type { DueRule } from '../../../contract/due.ts';
import { parseAccountId, parseDjangoUserId } from '../../../contract/ids.ts';
import { Secret } from '../../../contract/secret.ts';
import { newKey } from '../../../tools/world.ts';
import { FakeFleetTable } from '../../fakes/fleet-table.ts';
import { FakeUserTable } from '../../fakes/user-table.ts';

const DAY = 86_400;
const NOW = 1_800_000_000;

describe('the count at the beginning of a run', () => {
  const key = new Secret(newKey());
  const token = (seconds: number): string =>
    createKeyRing(key, { now: () => seconds * 1_000 }).seal(new Secret('a password'));
  const held = (): undefined => undefined;

  function tableOf(rows: Readonly<Record<string, string>>): FakeFleetTable {
    const userTable = new FakeUserTable();
    for (const [id, sealedPassword] of Object.entries(rows))
      userTable.put({
        djangoUserId: parseDjangoUserId(id),
        accountId: parseAccountId(id.padStart(24, '0')),
        syncedAt: new Date(),
        sealedPassword,
      });
    return new FakeFleetTable(userTable);
  }

  const incident: DueRule = { startedAt: NOW, periodSeconds: 0 };
  const table = tableOf({ 1: token(NOW - 1), 2: token(NOW + 600), 3: token(NOW + 2 * DAY), 4: 'no token' });

  test('in an incident tells whose password is dated ahead: nobody knows when it was minted', async () => {
    expect(await countDue(table, { rule: incident, now: NOW }, held)).toEqual({
      due: 2,
      unreadable: 1,
      leftOut: { count: 1, named: ['2'] },
    });
    // Ten minutes later it may as well be of a user who has signed up since: nobody knows.
    expect(await countDue(table, { rule: incident, now: NOW + 700 }, held)).toMatchObject({
      leftOut: { count: 1, named: ['2'] },
    });
  });

  test('in an incident does not tell of those who have signed up since its start, a moment before', async () => {
    const since = tableOf({ 1: token(NOW + 2) });
    expect(await countDue(since, { rule: incident, now: NOW + 3 }, held)).toMatchObject({
      due: 0,
      leftOut: { count: 0 },
    });
  });

  test('of a list tells who of it is not rotated, and names a hundred of them', async () => {
    const others = Array.from({ length: 1_200 }, (_, index) => String(1_000 + index));
    const among = ['2', '1', ...others, '3'];
    const counted = await countDue(table, { rule: incident, among, now: NOW }, held);
    expect(counted).toMatchObject({ due: 2, leftOut: { count: 1_201 } });
    expect(counted.leftOut.named).toEqual(['2', ...others.slice(0, 99)]);
  });

  test('of a scheduled run leaves nobody out: the next one comes', async () => {
    expect(
      await countDue(table, { rule: { ...incident, periodSeconds: 30 * DAY }, now: NOW }, held),
    ).toMatchObject({
      due: 1,
      leftOut: { count: 0, named: [] },
    });
  });
});
